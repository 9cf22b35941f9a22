"""Check that the zlib that Python runs agrees with this engine.

Python may be built with zlib-ng, a vendor's zlib or a future version. They write valid streams of
other lengths, and then lengths must be taken from that zlib.
"""

from __future__ import annotations

import functools
import zlib

import numpy as np

from compressclf.compressors.deflate.engine import joint_payload_bytes
from compressclf.documents import Corpus

_ZLIB_CONTAINER = 6
_SYLLABLES = "ba de fi go ku la me ni po ru sa te vi xo zu wyn ther ing qua tion".split()


@functools.cache
def self_check(level: int) -> bool:
    """Return whether the engine and the running zlib agree on a fixed set of texts.

    Parameters
    ----------
    level : int
        The level of compression, 1 to 9.

    Returns
    -------
    bool
        True if all lengths are equal. The result is cached; the first call for a level takes less
        than 50 ms, without compilation.

    Examples
    --------
    >>> self_check(level=9) or "this Python does not run madler's zlib"
    True
    """
    prefixes, docs = _probes()
    lengths = joint_payload_bytes(
        Corpus.from_documents(prefixes), Corpus.from_documents(docs), separator=b" ", level=level
    )
    return all(
        len(zlib.compress(prefix + b" " + doc, level)) - _ZLIB_CONTAINER == length
        for prefix, row in zip(prefixes, lengths.tolist(), strict=True)
        for doc, length in zip(docs, row, strict=True)
    )


@functools.cache
def _probes() -> tuple[list[bytes], list[bytes]]:
    """Return texts that exercise lazy matches, limits of chains, all block types, the window."""
    rng = np.random.default_rng(20)
    text = _babble(rng, 6000)
    noise = rng.integers(0, 256, 40_000, dtype=np.uint8).tobytes()
    skewed = np.repeat(np.arange(16, dtype=np.uint8), 2 ** np.arange(16) // 64 + 1)
    crowd = b"".join(b"abc" + noise[i : i + 2] for i in range(1500))
    prefixes = [b"", b"be", text[:300], text[2000:6000], b"a" * 300]
    docs = [b"", b"a", text[:200], text[1000:3000], b"ab" * 200, noise[:100]]
    docs += [rng.permutation(skewed).tobytes(), b"abcdefgh" + crowd + b"abcdefgh"]
    docs += [noise + text + noise]
    return prefixes, docs


def _babble(rng: np.random.Generator, n: int) -> bytes:
    words = ["".join(rng.choice(_SYLLABLES, size)) for size in rng.integers(1, 4, 300)]
    return " ".join(words[min(int(rank), 299)] for rank in rng.zipf(1.3, n)).encode()[:n]
