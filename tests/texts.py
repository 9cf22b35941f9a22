"""Texts for tests: made here, from a seed."""

from __future__ import annotations

import random

TOPICS = {
    "cooking": "stir the onion in butter then add salt pepper stock and simmer until the sauce is",
    "sailing": "hoist the main sail check the wind tack to port and keep the keel clear of the",
    "chess": "move the knight to the centre castle early control the open file with the rook and",
}


def labelled_texts(n: int, *, seed: int = 0, n_words: int = 25) -> tuple[list[str], list[str]]:
    """Texts of three topics that share a third of their words."""
    rng = random.Random(seed)
    common = "a in it is was for on with as by at from this that not but or".split()
    texts, labels = [], []
    for _ in range(n):
        label = rng.choice(list(TOPICS))
        words = TOPICS[label].split()
        texts.append(
            " ".join(
                rng.choice(words) if rng.random() < 0.66 else rng.choice(common)
                for _ in range(rng.randrange(n_words // 2, n_words * 2))
            )
        )
        labels.append(label)
    return texts, labels


AWKWARD = [
    b"",
    b"a",
    b"\x00",
    b"\x00" * 300,
    b"line\rline\r\nline\n",
    bytes(range(256)),
    "naïve – 日本語 – 😀 – прив́ет".encode(),
    b"abc" * 5000,
    random.Random(1).randbytes(2000),
]
