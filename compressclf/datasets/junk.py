"""Recognise files that operating systems, editors and notebooks leave among documents."""

from __future__ import annotations

__all__ = ["is_junk"]

NAMES = frozenset(
    {
        "__macosx",
        "__pycache__",
        "$recycle.bin",
        "@eadir",
        "desktop.ini",
        "ehthumbs.db",
        "ehthumbs_vista.db",
        "icon\r",
        "lost+found",
        "system volume information",
        "thumbs.db",
    }
)
ENDS = ("~", ".bak", ".swp", ".swo", ".tmp", ".orig", ".crdownload", ".part")


def is_junk(name: str) -> bool:
    """Return whether a file or directory is left out, by its name.

    Left out are hidden files (their names begin with a full stop), files of operating systems
    (``Thumbs.db``, ``desktop.ini``, ``__MACOSX``), and copies made by editors and downloads
    (``~``, ``.bak``, ``.tmp``, ``~$`` at the beginning, ``#`` at both ends).

    Examples
    --------
    >>> names = (".DS_Store", "Thumbs.db", "a.txt~", "~$a.txt", "#a.txt#", "#a", "a.txt")
    >>> [name for name in names if not is_junk(name)]
    ['#a', 'a.txt']
    """
    lower = name.lower()
    if name.startswith("#"):
        return name.endswith("#") and len(name) > 1
    return name.startswith((".", "~$")) or lower in NAMES or lower.endswith(ENDS)
