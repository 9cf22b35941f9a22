"""Selection of the training documents that the compressor of each class reads."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from compressclf._lib.foreign import NotFromFileError, is_from_file
from compressclf.compressors import build_compressor
from compressclf.models._samples import spread_sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.documents import Corpus
    from compressclf.models.primed.model import PrimedModel

__all__ = ["Part", "Texts", "cut_text", "separator_problem", "unescaped"]

SCALES = (50_000, 200_000, 1 << 24)
"""Sizes in bytes of the parts into which ``parts="auto"`` divides a class, one size at a time."""
MOST_PARTS = 16
"""Parts of one size, at most; more take time without better accuracy. Large classes get larger
parts."""
USUAL_BUDGET = 16_000
"""Bytes per class that are read with ``budget="auto"``, if the window is at least twice that."""
MOST_FROM_FILE = 2048
"""MiB of texts that the settings in a file may need, if they repeat documents."""
TEXT_BYTES = 4096
"""Bytes that a text counts for besides its own, so that a file cannot need a million short ones."""
LONGEST_SEPARATOR = 4096
"""Bytes of a separator, at most."""
ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"\\": b"\\"}
ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|[nrt\\])")


class Part(NamedTuple):
    """A division of the documents of a class into texts, and the weight of their bits."""

    rows: list[Sequence[int]]
    """The documents of each text."""
    weight: float
    """1, or less if a class is divided more than once."""


class Texts:
    """The texts that the compressors of all classes read; parameters as in `ClassModel.fit`."""

    def __init__(
        self, model: PrimedModel, docs: Corpus, y: NDArray[np.int64], n_classes: int
    ) -> None:
        self.model = model
        self.docs = docs
        self.separator = unescaped(model.separator)
        self._y = y
        self._sizes = docs.lengths + len(self.separator)
        self._order = np.arange(len(y))
        if model.text != "sample":
            self._order = np.random.default_rng(model.seed).permutation(len(y))
        own = np.bincount(y, self._sizes, minlength=n_classes).astype(np.int64)
        self._n_bytes = own if model.against == "own" else own.sum() - own
        self.budget = self._budget()
        if is_from_file():
            self._check_from_file()
        self.parts = [self._parts_of(index) for index in range(n_classes)]
        """The documents that are read for each class."""

    def is_read(self) -> NDArray[np.bool_]:
        """Return whether each document is read, shape (n_docs,)."""
        found = np.zeros(len(self.docs), np.bool_)
        for parts in self.parts:
            for rows in (rows for part in parts for rows in part.rows):
                found[rows] = True
        return found

    def _parts_of(self, index: int) -> list[Part]:
        labels = self._y[self._order]
        is_own = labels == index
        members = self._order[is_own if self.model.against == "own" else ~is_own]
        if self.model.text == "exemplars":
            return [Part(list(self._draws(members)), 1.0)]
        if self.budget is not None:
            sizes = self._sizes[members]
            members = members[spread_sample(self._y[members], self.budget, sizes=sizes)]
        numbers = self._numbers(int(self.docs.lengths[members].sum()))
        shares = Counter(min(max(1, number), max(1, len(members))) for number in numbers)
        return [
            Part([members[start::number] for start in range(number)], times / len(numbers))
            for number, times in shares.items()
        ]

    def size(self, rows: Sequence[int]) -> int:
        """Return the approximate size of a text in bytes."""
        size = int(self._sizes[np.asarray(rows, np.int64)].sum())
        return size if self.budget is None else min(size, self.budget)

    def text(self, rows: Sequence[int]) -> bytes:
        """Return documents as one text, with separators between exemplars or after each one."""
        docs = (self.docs[row] for row in rows)
        if self.model.text == "exemplars":
            text = self.separator.join(docs)
            return text if self.budget is None else cut_text(text, self.budget)
        text = b"".join(part for doc in docs for part in (doc, self.separator))
        return text[: self.budget]

    def _check_from_file(self) -> None:
        """Refuse texts that repeat documents too often."""
        read = self._n_bytes if self.budget is None else self._n_bytes.clip(max=self.budget)
        times = int(self.model.parts) if self.model.text == "exemplars" else 1
        needed = int((read + TEXT_BYTES).sum()) * times >> 20
        if needed > max(MOST_FROM_FILE, self.docs.nbytes >> 19):
            raise NotFromFileError(
                f"texts that take {needed:,} MiB, and no file decides on more than "
                f"{MOST_FROM_FILE:,}"
            )

    def _budget(self) -> int | None:
        budget = self.model.budget
        if self.model.text == "all":
            return None
        if budget == "auto":
            window = build_compressor(self.model.compressor).window
            return USUAL_BUDGET if window is None else max(1, min(USUAL_BUDGET, window // 2))
        if budget == "equal":
            return int(self._n_bytes[self._n_bytes > 0].min()) if self._n_bytes.any() else None
        assert not isinstance(budget, str)
        return budget

    def _numbers(self, n_bytes: int) -> list[int]:
        """Return the number of texts of each division of a class."""
        if isinstance(self.model.parts, str):
            numbers = [min(round(n_bytes / size), MOST_PARTS) for size in SCALES[:-1]]
            return [*numbers, -(-n_bytes // SCALES[-1])]
        return [self.model.parts]

    def _draws(self, members: NDArray[np.int64]) -> Iterator[list[int]]:
        """Yield the exemplars of each text, drawing every document before repeating any."""
        assert not isinstance(self.model.parts, str)
        rng = np.random.default_rng(self.model.seed)
        queue = deque(members.tolist())
        most = min(len(members), self.model.shots or len(members))
        for _ in range(self.model.parts):
            rows: dict[int, None] = {}  # in the order in which they are drawn
            left = np.inf if self.budget is None else self.budget
            while len(rows) < most:
                if rows and self._sizes[queue[0]] > left:
                    break
                row = queue.popleft()
                if not queue:
                    queue.extend(rng.permutation(members).tolist())
                if row not in rows:
                    rows[row] = None
                    left -= int(self._sizes[row])
            yield list(rows)


def cut_text(text: bytes, most: int) -> bytes:
    """Return the first `most` bytes of a text, or up to three fewer to keep UTF-8 valid.

    Examples
    --------
    >>> cut_text("né".encode(), 2), cut_text(b"abc", 2)
    (b'n', b'ab')
    """
    if len(text) <= most:
        return text
    end = most
    while end > max(0, most - 3) and text[end] & 0xC0 == 0x80:
        end -= 1
    return text[:end]


def unescaped(separator: str) -> bytes:
    r"""Return a separator as bytes.

    Examples
    --------
    >>> unescaped(r"\n"), unescaped(r" · \x00"), unescaped(r"\\n")
    (b'\n', b' \xc2\xb7 \x00', b'\\n')
    """
    return ESCAPE.sub(
        lambda found: (
            bytes.fromhex(found[1][1:].decode()) if len(found[1]) > 1 else ESCAPES[found[1]]
        ),
        separator.encode(),
    )


def separator_problem(separator: str) -> str:
    r"""Return why a separator is refused, or an empty text.

    Examples
    --------
    >>> separator_problem(r"\n"), separator_problem(r"\q")
    ('', 'must have no escapes but \\n, \\r, \\t, \\\\ and \\x00 to \\xff.')
    """
    if ESCAPE.sub(b"", separator.encode()).count(b"\\"):
        return r"must have no escapes but \n, \r, \t, \\ and \x00 to \xff."
    if len(unescaped(separator)) > LONGEST_SEPARATOR:
        return f"must take at most {LONGEST_SEPARATOR:,} bytes."
    return ""
