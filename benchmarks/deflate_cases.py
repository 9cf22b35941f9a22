"""Texts that are likely to reveal a difference between two implementations of DEFLATE.

`benchmarks.deflate_exactness` and the tests draw their pairs from here.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pydoc_data import topics
from typing import NamedTuple

SEPARATORS = (b" ", b" ", b"", b"\n\n", b"--")

# The greatest length of a text in a batch, and how many prefixes and documents it has.
SHAPES = (
    *[(n, 50, 60) for n in (40, 120, 300, 300, 600, 600, 1200)],
    (2500, 20, 24),
    (6000, 12, 15),
)
LONG_SHAPES = ((20_000, 6, 8), (70_000, 4, 5), (200_000, 2, 4))

_SCRIPTS = "naïve café Ünïcode — 日本語テキスト прив́ет мир 😀😃 ελληνικά עברית"


class Batch(NamedTuple):
    """Prefixes and documents; every prefix is paired with every document."""

    prefixes: list[bytes]
    separator: bytes
    documents: list[bytes]
    families: list[str]  # of the documents


class Cases:
    """A reproducible stream of batches.

    Parameters
    ----------
    seed : int
        The same seed gives the same batches.
    texts : sequence of bytes, optional
        Real texts to cut from; Python's own help topics by default.
    """

    def __init__(self, seed: int, texts: Sequence[bytes] | None = None) -> None:
        self.rng = random.Random(seed)
        self.texts = list(texts or [topic.encode() for topic in topics.topics.values()])
        self.families: dict[str, Callable[[int], bytes]] = {
            "text": self.text,
            "lower-case text": lambda n: self.text(n).lower(),
            "utf-8": self.scripts,
            "random bytes": lambda n: self.noise(n, 256),
            "random 64": lambda n: self.noise(n, 64),
            "random 4": lambda n: self.noise(n, 4),
            "random 2": lambda n: self.noise(n, 2),
            "runs": self.runs,
            "periodic": self.periodic,
            "hash collisions": self.collisions,
            "fibonacci": self.fibonacci,
            "all a": lambda n: b"a" * n,
            "all nul": lambda n: b"\0" * n,
        }

    def batch(self, max_bytes: int, n_prefixes: int, n_documents: int) -> Batch:
        """Draw prefixes and documents; a third of the documents are made from the prefixes."""
        rng = self.rng
        prefixes = [self._any(max_bytes)[1] for _ in range(n_prefixes)]
        drawn = [self._any(max_bytes) for _ in range(n_documents - n_documents // 3)]
        for i in range(n_documents // 3):
            prefix = rng.choice(prefixes)
            drawn.append(("mutated prefix", self.mutated(prefix)) if i % 3 else ("prefix", prefix))
        families, documents = map(list, zip(*drawn, strict=True))
        return Batch(prefixes, rng.choice(SEPARATORS), documents, families)

    def _any(self, max_bytes: int) -> tuple[str, bytes]:
        rng = self.rng
        family = rng.choice(["text"] * 4 + list(self.families))
        sort = rng.random()
        if sort < 0.15:
            return family, self.families[family](rng.randrange(8))
        if sort < 0.5:
            max_bytes = min(max_bytes, 300)
        return family, self.families[family](rng.randrange(max_bytes + 1))

    def text(self, n: int) -> bytes:
        """Cut `n` bytes out of the real texts."""
        text = self.rng.choice(self.texts)
        while len(text) < n:
            text += b" " + self.rng.choice(self.texts)
        start = self.rng.randrange(len(text) - n + 1)
        return text[start : start + n]

    def scripts(self, n: int) -> bytes:
        """Mix letters of several scripts."""
        return "".join(self.rng.choices(_SCRIPTS, k=n)).encode()[:n]

    def noise(self, n: int, alphabet: int) -> bytes:
        """Draw bytes below `alphabet`."""
        return bytes(self.rng.choices(range(alphabet), k=n))

    def runs(self, n: int) -> bytes:
        """Repeat bytes, often about as long as the longest match."""
        rng, text = self.rng, b""
        lengths = [1, 2, 3, 4, 5, 257, 258, 259, 260, 300]
        while len(text) < n:
            text += bytes([rng.choice(b"abc \0\xff")]) * rng.choice([*lengths, rng.randrange(600)])
        return text[:n]

    def periodic(self, n: int) -> bytes:
        """Repeat a word."""
        rng = self.rng
        word = self.noise(rng.randrange(1, 40), rng.choice([2, 4, 26, 256]))
        return (word * (n // len(word) + 1))[:n]

    def collisions(self, n: int) -> bytes:
        """Choose among trigrams that differ in bits which zlib's hash drops."""
        rng = self.rng
        trigrams = [
            bytes([first ^ (high << 5), second, third])
            for first in b"ab"
            for high in range(8)
            for second in b"xy"
            for third in b"pq"
        ]
        return b"".join(rng.choices(trigrams, k=n // 3 + 1))[:n]

    def fibonacci(self, n: int) -> bytes:
        """Shuffle bytes with Fibonacci frequencies, whose Huffman tree exceeds DEFLATE's depth."""
        text = bytearray()
        symbol, count, following = 0, 1, 1
        while len(text) < n:
            text += bytes([symbol]) * count
            count, following = following, count + following
            symbol = (symbol * 7 + 13) % 251
        shuffled = list(text[:n])
        self.rng.shuffle(shuffled)
        return bytes(shuffled)

    def mutated(self, text: bytes) -> bytes:
        """Change, delete and insert bytes at a few places."""
        rng, changed = self.rng, bytearray(text)
        for _ in range(rng.randrange(6)):
            if not changed:
                break
            start = rng.randrange(len(changed))
            stop = min(len(changed), start + rng.randrange(20))
            edit = rng.choice(["change", "delete", "insert"])
            if edit == "change":
                changed[start] = rng.randrange(256)
            elif edit == "delete":
                del changed[start:stop]
            else:
                changed[start:start] = self.text(rng.randrange(30))
        return bytes(changed)
