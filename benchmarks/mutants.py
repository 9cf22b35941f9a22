"""Damaged files, for `benchmarks.hostile` and the fuzzer.

Files are cut, flipped, shuffled, joined with another file, or given wrong fields with a correct
header checksum.
"""

from __future__ import annotations

import random

from compressclf.coding import container
from compressclf.coding.checksum import crc32c

TEXT = b"".join(b"It was the %d of times, it was the worst of %d. " % (i, i * i) for i in range(40))


class OfLength(bytes):
    """Bytes with a false length."""

    def __new__(cls, data: bytes, n_bytes: int) -> OfLength:
        """Return `data` with a ``len`` of `n_bytes`."""
        made = super().__new__(cls, data)
        made.n_bytes = n_bytes
        return made

    def __len__(self) -> int:
        return self.n_bytes


def mutant(file: bytes, other: bytes, rng: random.Random) -> tuple[str, bytes]:
    """Return the kind of damage and the damaged file."""
    place, until = sorted(rng.sample(range(len(file) + 1), 2))
    kinds = {
        "cut short": lambda: file[: min(place, len(file) - 1)],
        "bit flipped": lambda: _changed(file, place, 1 << rng.randrange(8)),
        "byte changed": lambda: _changed(file, place, rng.randrange(1, 256)),
        "part left out": lambda: file[:place] + file[until:],
        "part overwritten": lambda: file[:place] + rng.randbytes(until - place) + file[until:],
        "part put in": lambda: file[:place] + rng.randbytes(rng.randrange(1, 9)) + file[place:],
        "end put on": lambda: file + rng.randbytes(rng.randrange(1, 99)),
        "code of another": lambda: _header(file) + container.unpack(other)[1],
        "code changed": lambda: _code_changed(file, rng),
        "header forged": lambda: _forged(file, rng),
        "noise": lambda: rng.randbytes(rng.randrange(200)),
    }
    kind = rng.choice(list(kinds))
    return kind, kinds[kind]()


def _changed(file: bytes, place: int, flip: int) -> bytes:
    place = min(place, len(file) - 1)
    return file[:place] + bytes([file[place] ^ flip]) + file[place + 1 :]


def _header(file: bytes) -> bytes:
    return file[: len(file) - len(container.unpack(file)[1])]


def _code_changed(file: bytes, rng: random.Random) -> bytes:
    """Return a file with the correct length and a wrong code."""
    start = len(_header(file))
    return _changed(file, rng.randrange(start, len(file)), rng.randrange(1, 256))


def _forged(file: bytes, rng: random.Random) -> bytes:
    """Return a file with a changed field and a correct checksum, as an attacker would make it."""
    header = _header(file)[:-4]
    header = _changed(header, rng.randrange(6, len(header)), rng.randrange(1, 256))
    return header + crc32c(header).to_bytes(4, "little") + container.unpack(file)[1]
