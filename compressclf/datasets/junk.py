"""Files and directories that operating systems, editors and notebooks leave among documents."""

from __future__ import annotations

__all__ = ["is_junk"]

NAMES = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "__pycache__", "icon\r"})
SUFFIXES = ("~", ".bak", ".swp", ".swo", ".tmp", ".orig", ".crdownload", ".part")


def is_junk(name: str) -> bool:
    """Tell by its name whether a file or directory is left out at every depth.

    Left out are hidden names (they begin with a full stop), what operating systems write
    (``Thumbs.db``, ``desktop.ini``, ``__MACOSX``), and copies that editors and downloads leave
    (``~``, ``.bak``, ``.tmp``).

    Examples
    --------
    >>> [name for name in (".DS_Store", "Thumbs.db", "a.txt~", "a.txt") if not is_junk(name)]
    ['a.txt']
    """
    lower = name.lower()
    return name.startswith(".") or lower in NAMES or lower.endswith(SUFFIXES)
