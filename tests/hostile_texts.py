"""Texts that try to run a script or to break out of where they are shown."""

MARK = "document.title='broken'"
HOSTILE = [
    f"<script>{MARK}</script>",
    f"</script><script>{MARK}</script>",
    f"</style><script>{MARK}</script>",
    f"</title><script>{MARK}</script>",
    f'<img src=x onerror="{MARK}">',
    f'<svg onload="{MARK}">',
    f"<svg><script>{MARK}</script></svg>",
    f'" onmouseover="{MARK}" autofocus onfocus="{MARK}" x="',
    f"' autofocus onfocus='{MARK}' x='",
    f'<iframe srcdoc="<script>parent.{MARK}</script>">',
    f'<a href="javascript:{MARK}">x</a>',
    f'<body onload="{MARK}">',
    f'<details open ontoggle="{MARK}">',
    f'<input autofocus onfocus="{MARK}">',
    f"--><script>{MARK}</script><!--",
    f"]]><script>{MARK}</script>",
    f"{{{{ self.__init__.__globals__ }}}}<script>{MARK}</script>",
    f"{{% raw %}}<script>{MARK}</script>",
    f"&lt;script&gt;{MARK}&lt;/script&gt;",
    f'<meta http-equiv=refresh content="0;url=data:text/html,<script>{MARK}</script>">',
    "<base href=https://example.org/><link rel=stylesheet href=//example.org/a.css>",
    "\x00\x1b]0;broken\x07\x1b[2J\u202e\u2066\ud800",
]
