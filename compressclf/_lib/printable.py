"""Text from files, made harmless for a terminal."""

from __future__ import annotations

import re

__all__ = ["printable", "sentence"]

LONGEST_SENTENCE = 1000
"""Characters of a message, which may repeat what a file holds."""
# Control characters of ASCII and of Latin-1 (C0, DEL, C1), separators of lines and paragraphs, what
# turns the direction of writing, and half surrogate pairs.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: object, *, keep: str = "") -> str:
    r"""Return text with its control characters escaped as Python escapes them.

    What a class or a file is called may hold commands to a terminal, which would clear the screen,
    forge lines or turn the direction of writing.

    Parameters
    ----------
    text : object
        What ``str`` makes text of.
    keep : str, default=""
        Characters that stay: ``"\n"`` if `text` has several lines.

    Examples
    --------
    >>> print(printable("spam\x1b[2J\nham\u202e"))
    spam\x1b[2J\nham\u202e
    """
    return _UNSAFE.sub(
        lambda found: found[0] if found[0] in keep else found[0].encode("unicode_escape").decode(),
        str(text),
    )


def sentence(message: object) -> str:
    r"""Return a message about a file in one line, without its middle if it is too long.

    The names that a message repeats come from the file: one may have line breaks, or a million
    characters.

    Examples
    --------
    >>> sentence("a.csv: there is no column 'text' (found: 'a\nb').")
    "a.csv: there is no column 'text' (found: 'a\\nb')."
    >>> len(sentence("x" * 10**6))
    1000
    """
    text = printable(str(message))
    half = LONGEST_SENTENCE // 2
    return text if len(text) <= 2 * half else f"{text[: half - 6]} [...]{text[-half:]}"
