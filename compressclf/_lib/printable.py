"""Make text from files safe to print to a terminal."""

from __future__ import annotations

import re

__all__ = ["printable", "sentence"]

LONGEST_SENTENCE = 1000
"""Largest number of characters of a message, which may repeat names from a file."""
# Control characters of ASCII and of Latin-1 (C0, DEL, C1), separators of lines and paragraphs,
# characters that change the direction of writing, and lone surrogates.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: object, *, keep: str = "") -> str:
    r"""Return text with its control characters escaped as Python escapes them.

    The name of a class or a file may contain commands to a terminal that clear the screen, forge
    lines or change the direction of writing.

    Parameters
    ----------
    text : object
        Anything that ``str`` converts to text.
    keep : str, default=""
        Characters that are not escaped: ``"\n"`` if `text` has several lines.

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
    r"""Return a message about a file in one line; if it is too long, its middle is left out.

    A message repeats names from the file, which may have line breaks or a million characters.

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
