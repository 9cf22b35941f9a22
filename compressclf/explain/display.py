"""What all renderings of a text share: its pieces with their shades, numbers and lines of text."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from compressclf._lib.printable import printable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.explain.explanation import Explanation

__all__ = ["LEVELS", "Piece", "headline", "number", "pieces", "shades", "shown", "signed", "views"]

LEVELS = 8
"""Number of shades of a colour, beside 0, which has no colour."""


class Piece(NamedTuple):
    """Neighbouring characters of one shade."""

    text: str
    shade: int
    """From -LEVELS, which favours the runner-up, to LEVELS."""


def shown(text: object) -> str:
    r"""Return text that can be shown: control characters and bytes that are not UTF-8 escaped.

    Line breaks and tabs are kept.

    Examples
    --------
    >>> print(shown("a\x1b[2J"), shown("\udcff"))
    a\x1b[2J \xff
    """
    escaped = printable(str(text).replace("\r\n", "\n"), keep="\n\t")
    return escaped.replace("\\udc", "\\x") if "\\udc" in escaped else escaped


def number(bits: float) -> str:
    """Return bits with two decimals, such as 12,345.67."""
    return f"{bits + 0.0:,.2f}".replace("-0.00", "0.00")


def signed(bits: float) -> str:
    """Return bits with two decimals and a sign.

    Examples
    --------
    >>> signed(3.14159), signed(-0.001), signed(-2)
    ('+3.14', '0.00', '-2.00')
    """
    text = f"{bits:+,.2f}"
    return "0.00" if text in ("+0.00", "-0.00") else text


def shades(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the shade of each value; all above the 98th percentile have the darkest.

    Examples
    --------
    >>> shades(np.array([-2.0, 0.0, 1.0, 2.0])).tolist()
    [-8, 0, 4, 8]
    """
    sizes = np.abs(values)
    most = float(np.percentile(sizes, 98)) if sizes.size else 0.0
    most = most or float(sizes.max(initial=0.0)) or 1.0
    levels: NDArray[np.float64] = np.sign(values) * np.rint(sizes / most * LEVELS).clip(0, LEVELS)
    return levels.astype(np.int64)


def views(explanation: Explanation) -> list[tuple[str, str, NDArray[np.int64]]]:
    """Return the heat maps of a text: name, heading and the shade of each character.

    For class models these are the difference between both classes and the bits under each; for a
    kNN the passages that are shared with the neighbour of each class.
    """
    winner, second = explanation.winner, explanation.runner_up
    name = shown(winner.label)
    if explanation.method != "codelength":
        maps = [("winner", f"Shared with the nearest of {name}", _copied(explanation, 0))]
        if second is not None:
            heading = f"Shared with the nearest of {shown(second.label)}"
            maps.append(("runner-up", heading, -_copied(explanation, 1)))
        return maps
    maps = [("winner", f"Bits under {name}", shades(winner.bits))]
    if second is not None:
        other = shown(second.label)
        maps.insert(0, ("difference", f"{name} or {other}", shades(explanation.favour)))
        maps.append(("runner-up", f"Bits under {other}", shades(second.bits)))
    return maps


def _copied(explanation: Explanation, which: int) -> NDArray[np.int64]:
    account = explanation.runner_up if which else explanation.winner
    assert account is not None
    found = np.zeros(len(explanation.characters), np.int64)
    longest = max((copy.length for copy in account.copies), default=1)
    for copy in account.copies:
        shade = max(2, round(LEVELS * copy.length / longest))
        for begin, end in copy.places:
            found[begin:end] = np.maximum(found[begin:end], shade)
    return found


def pieces(characters: tuple[str, ...], shade: NDArray[np.int64]) -> list[Piece]:
    """Return the text of a heat map, with neighbouring characters of one shade joined."""
    pairs = zip(characters, shade.tolist(), strict=True)
    return [
        Piece(shown("".join(character for character, _ in group)), level)
        for level, group in groupby(pairs, key=lambda pair: pair[1])
    ]


def headline(explanation: Explanation) -> str:
    """Return the label and its bits, and those of the next class, in one line."""
    winner, second = explanation.winner, explanation.runner_up
    if explanation.method != "codelength":
        text = f"{winner.label}: nearest training document {winner.position} at distance "
        text += f"{winner.distance:.4f}"
        if second is not None:
            text += f"; {second.label}: {second.position} at {second.distance:.4f}"
        return printable(text)
    text = f"{winner.label}: {winner.codelength:.1f} bits"
    if second is not None:
        text += f"; {second.label}: {second.codelength:.1f} bits"
    if winner.position is not None:
        text += f"; nearest training image of {winner.label}: {winner.position}"
    return printable(text)
