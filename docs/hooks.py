"""Files of the repository outside docs/ as pages of the site, and the links to them.

The reports of the studies, the notebooks with their outputs, CONTRIBUTING.md and the change log are
pages of the site, though they live elsewhere. A link of a page to one of them, written as a path in
the repository, becomes a link to its page. A link to any other file, such as source code, becomes
its text: where the repository is published is not known here.

``<!-- by name: compressclf.models:MODELS -->`` becomes the docstrings of everything in a registry.
"""

from __future__ import annotations

import importlib
import json
import posixpath
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
SINGLE = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "README.md": "index.md",
    "compressclf/compressors/bytelm/bundled/README.md": "evidence/bytelm-card.md",
    "experiments/README.md": "evidence/experiments.md",
    "notebooks/README.md": "notebooks/index.md",
}
REGISTRY = re.compile(r"<!-- by name: (?P<module>[\w.]+):(?P<registry>\w+) -->")
LINK = re.compile(r"(?P<mark>!?)\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<url>[^()\s]+)\)")
FORMULA = re.compile(r"\$\$(?P<block>.+?)\$\$|(?<![\\$])\$(?P<inline>[^$\n]+?)\$", re.DOTALL)
CODE = re.compile(r"^ *```.*?^ *```$|`[^`\n]+`", re.DOTALL | re.MULTILINE)
FENCED = re.compile(r"^ *```.*?^ *```$", re.DOTALL | re.MULTILINE)


def places() -> dict[str, str]:
    """Return where in the site a file of the repository is, by its path in the repository."""
    found = dict(SINGLE)
    for path in sorted(ROOT.glob("experiments/results/*")):
        if path.suffix in (".md", ".svg"):
            found[f"experiments/results/{path.name}"] = f"evidence/studies/{path.name}"
    for path in sorted(ROOT.glob("notebooks/*.ipynb")):
        found[f"notebooks/{path.name}"] = f"notebooks/{path.stem}.md"
    return found


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the files from outside docs/."""
    for path, place in places().items():
        if files.get_file_from_path(place) is not None:
            continue
        if path.endswith(".ipynb"):
            text = notebook_page(json.loads((ROOT / path).read_text(encoding="utf-8")))
            files.append(File.generated(config, place, content=text))
        else:
            files.append(File.generated(config, place, abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Return the page with links to pages of the site where it had paths in the repository."""
    sources = {place: path for path, place in places().items() if place != "index.md"}
    here = page.file.src_uri
    markdown = REGISTRY.sub(by_name, markdown)
    return relinked(markdown, sources.get(here, f"docs/{here}"), here, places())


def by_name(found: re.Match[str]) -> str:
    """Return a section for each object of a registry, with its docstring."""
    registry = getattr(importlib.import_module(found["module"]), found["registry"])
    options = "{show_root_heading: false, heading_level: 3, members: false}"
    sections = []
    for name in registry.names():
        described = registry.load(name)
        place = f"{described.__module__}.{described.__qualname__}"
        if place.startswith("compressclf."):  # not a plug-in of this environment
            sections.append(f"### `{name}`\n\n::: {place}\n    options: {options}\n")
    return "\n".join(sections)


def relinked(markdown: str, source: str, here: str, known: dict[str, str]) -> str:
    """Return the page with its links changed.

    Parameters
    ----------
    markdown : str
        The page.
    source, here : str
        Its path in the repository and in the site.
    known : dict of str to str
        Path in the site by path in the repository.
    """

    def change(link: re.Match[str]) -> str:
        url, _, anchor = link["url"].partition("#")
        if not url or re.match(r"[a-z]+:", url):
            return link[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), url))
        if not (ROOT / path).exists():
            return link[0]  # mkdocs reports it
        place = known.get(path, path.removeprefix("docs/") if path.startswith("docs/") else None)
        if place is None:
            return link["text"]
        target = posixpath.relpath(place, posixpath.dirname(here) or ".")
        return f"{link['mark']}[{link['text']}]({target}{'#' * bool(anchor)}{anchor})"

    return outside_code(markdown, lambda part: LINK.sub(change, part), FENCED)


def outside_code(markdown: str, change: Callable[[str], str], code: re.Pattern[str] = CODE) -> str:
    """Return the page with everything changed that is not code."""
    parts, last = [], 0
    for found in code.finditer(markdown):
        parts += [change(markdown[last : found.start()]), found[0]]
        last = found.end()
    return "".join([*parts, change(markdown[last:])])


def _mathml(formula: re.Match[str]) -> str:
    """Return a formula as MathML, which browsers draw without a script."""
    is_block = formula["block"] is not None
    latex = formula["block" if is_block else "inline"].strip().replace(r"\arg", r"\text{arg }")
    math = convert(latex, display="block" if is_block else "inline")
    return f"\n\n<div>{math}</div>\n\n" if is_block else f"<span>{math}</span>"


def notebook_page(notebook: dict[str, Any]) -> str:
    """Return a notebook with its outputs as Markdown."""
    parts = []
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            text = text.replace("<details>", "<details markdown>")
            parts.append(outside_code(text, lambda part: FORMULA.sub(_mathml, part)))
        elif cell["cell_type"] == "code":
            parts.append(f"```python\n{text}\n```")
            parts += [shown for output in cell["outputs"] if (shown := _output(output))]
    return "\n\n".join(parts) + "\n"


def _output(output: dict[str, Any]) -> str:
    """Return an output of a cell as Markdown: a picture, or else its text."""
    data = output.get("data", {})
    if "image/svg+xml" in data:
        return "".join(data["image/svg+xml"])
    if "image/png" in data:
        return f"![Output](data:image/png;base64,{''.join(data['image/png']).strip()})"
    text = "".join(output.get("text", data.get("text/plain", ""))).rstrip()
    return f"```text\n{text}\n```" if text else ""
