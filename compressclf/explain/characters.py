"""Characters, words and the runs of words that favour a class.

A *character* is what a reader sees as one: a code point with the combining marks after it. A byte
that is not UTF-8 is a character of its own. A *word* is a run of letters and digits with the spaces
and punctuation after it; in scripts that are written without spaces, each character is a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Feature", "characters_of", "features_of", "words_of"]

JOINER = "\u200d"  # joins the characters on both sides, as in emoji
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u2e80-\u312f\u31a0-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)
"""Thai, Lao, Tibetan, Burmese, Khmer, and Chinese and Japanese."""


@dataclass(frozen=True)
class Feature:
    """A word, or a run of words, with the bits by which it favours a class.

    Attributes
    ----------
    text : str
        The run without the spaces and punctuation around it, as it is written where it comes
        first.
    bits : float
        Bits that it takes less under the class that it favours than under the other, over all
        `places`.
    places : tuple of (int, int)
        Begin and end of each occurrence, in characters of the document. The spaces and
        punctuation after it are included.
    """

    text: str
    bits: float
    places: tuple[tuple[int, int], ...]


def characters_of(document: bytes) -> tuple[list[str], NDArray[np.int64]]:
    r"""Return the characters of a document, and the position of the first byte of each.

    Examples
    --------
    >>> characters_of("né!".encode())
    (['n', 'é', '!'], array([0, 1, 3]))
    >>> characters_of("ne\u0301!".encode())[1], characters_of(b"\xff!")[0]
    (array([0, 1, 4]), ['\udcff', '!'])
    """
    characters: list[str] = []
    starts: list[int] = []
    position = 0
    for point in document.decode("utf-8", "surrogateescape"):
        if characters and _joins(characters[-1], point):
            characters[-1] += point
        else:
            characters.append(point)
            starts.append(position)
        position += len(point.encode("utf-8", "surrogateescape"))
    return characters, np.array(starts, dtype=np.int64)


def _joins(before: str, point: str) -> bool:
    """Return whether a code point belongs to the character before it."""
    if point < "\u0300":
        return before == "\r" and point == "\n"
    is_mark = point == JOINER or unicodedata.category(point) in ("Mn", "Mc", "Me")
    is_mark = is_mark or "\U0001f3fb" <= point <= "\U0001f3ff"  # colours of skin
    return (is_mark and before[-1] not in "\r\n\t ") or before[-1] == JOINER


def words_of(characters: Sequence[str]) -> NDArray[np.int64]:
    """Return the first character of each word, and the number of characters at the end.

    Examples
    --------
    >>> words_of(list("To be, or")).tolist(), words_of(list("茶と tea")).tolist()
    ([0, 3, 7, 9], [0, 1, 3, 6])
    """
    starts = [0] if characters else []
    inside = False
    for i, character in enumerate(characters):
        first = character[0]
        letter = first.isalnum() or first == "_" or (first in "'’" and inside)
        alone = bool(UNSPACED.match(first))
        before_alone = i > 0 and bool(UNSPACED.match(characters[i - 1][0]))
        if i > starts[-1] and letter and (not inside or alone or before_alone):
            starts.append(i)
        inside = letter
    return np.array([*starts, len(characters)], dtype=np.int64)


def features_of(
    characters: Sequence[str], favour: NDArray[np.float64], most: int = 10
) -> tuple[Feature, ...]:
    """Return the runs of words that favour a class by the most bits.

    A word is in a run if it favours the class by as many bits as the mean of the words that favour
    it, or more. The bits of runs with the same text are added, upper case or not.

    Parameters
    ----------
    characters : sequence of str
        The document.
    favour : ndarray of float64, shape (n_characters,)
        Bits that each character takes less under the class than under the other.
    most : int, default=10
        Number of runs, at most.

    Returns
    -------
    tuple of Feature
        Those with the most bits first.

    Examples
    --------
    >>> text = "a goal, no goal"
    >>> favour = np.array([0, 0, 2, 2, 2, 2, 0, 0, -1, -1, 0, 2, 2, 2, 2.0])
    >>> [(one.text, one.bits, one.places) for one in features_of(text, favour)]
    [('goal', 16.0, ((2, 8), (11, 15)))]
    """
    words = words_of(characters)
    if len(words) < 2:
        return ()
    bits = np.add.reduceat(favour, words[:-1])
    if not (bits > 0).any():
        return ()
    far = bits >= bits[bits > 0].mean() - 1e-9
    edges = np.flatnonzero(np.diff(np.concatenate([[0], far, [0]])))
    found: dict[str, list[tuple[int, int]]] = {}
    for begin, end in edges.reshape(-1, 2).tolist():
        place = int(words[begin]), int(words[end])
        key = _trimmed("".join(characters[slice(*place)])).casefold()
        found.setdefault(key, []).append(place)
    features = [
        Feature(
            _trimmed("".join(characters[slice(*places[0])])),
            float(sum(favour[slice(*place)].sum() for place in places)),
            tuple(places),
        )
        for places in found.values()
    ]
    return tuple(sorted(features, key=lambda one: -one.bits)[:most])


def _trimmed(text: str) -> str:
    """Return text without spaces and punctuation around it, unless there is nothing else."""
    return re.sub(r"^\W+|\W+$", "", text) or text.strip() or text
