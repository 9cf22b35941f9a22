"""A thousand damaged files: ``python -m benchmarks.mutated_files``.

Files of every codec at hand, each cut, flipped, shuffled, joined with another or given a right
header checksum over wrong fields, must be refused by one sentence. Prints what came of them; the
exit code is 1 if one passed as right, crashed, was refused by something else than a sentence, or
took longer than the limit. A crash of the interpreter would end the run, and so be seen too.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter

import click

from cli._output import render_table
from compressclf._lib.optional import MissingExtraError
from compressclf.coding import container
from compressclf.coding.checksum import crc32c
from compressclf.compressors import COMPRESSORS, build_compressor
from compressclf.compressors.base import ByteCompressor
from compressclf.compressors.coded import ModelCompressor
from compressclf.compressors.files import pack, unpack

TEXT = b"".join(b"It was the %d of times, it was the worst of %d. " % (i, i * i) for i in range(40))
SLOW = 60.0  # seconds that no file may take


def codecs() -> list[str]:
    """Return the specs of all installed quick codecs that write files, with little memory."""
    specs = []
    for name in COMPRESSORS.names():
        try:
            codec = build_compressor(name)
        except (MissingExtraError, ValueError, OSError):  # its library or its model is not here
            continue
        if (
            codec.runs_unasked
            and codec.lossless
            and isinstance(codec, (ByteCompressor, ModelCompressor))
        ):
            specs.append(codec.spec.replace("memory=16", "memory=1"))
    return specs


class OfLength(bytes):
    """Bytes that lie about their number."""

    def __new__(cls, data: bytes, n_bytes: int) -> OfLength:
        """Return `data`, of which `len` says `n_bytes`."""
        made = super().__new__(cls, data)
        made.n_bytes = n_bytes
        return made

    def __len__(self) -> int:
        return self.n_bytes


def mutant(file: bytes, other: bytes, rng: random.Random) -> tuple[str, bytes]:
    """Return how a file is damaged, and the damaged file."""
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
    """Return a file whose length is right and whose code is not."""
    start = len(_header(file))
    return _changed(file, rng.randrange(start, len(file)), rng.randrange(1, 256))


def _forged(file: bytes, rng: random.Random) -> bytes:
    """Return a file with a changed field and the right checksum of it, as a person would make."""
    header = _header(file)[:-4]
    header = _changed(header, rng.randrange(6, len(header)), rng.randrange(1, 256))
    return header + crc32c(header).to_bytes(4, "little") + container.unpack(file)[1]


def outcome(mutated: bytes) -> str:
    """Return "refused", or what should not have happened."""
    begin = time.monotonic()
    try:
        text = unpack(mutated)
    except (ValueError, MissingExtraError) as error:
        sentence = str(error)
        found = "refused" if sentence.endswith(".") and "\n" not in sentence else f"? {sentence}"
    except Exception as error:
        found = f"{type(error).__name__}: {error}"
    else:
        found = "came back right" if text == TEXT else "wrong data"
    return "took too long" if time.monotonic() - begin > SLOW else found


@click.command()
@click.option("--files", "n_files", default=1000, show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--compressor", "specs", multiple=True, help="Default: all that are installed.")
def main(n_files: int, seed: int, specs: tuple[str, ...]) -> None:
    """Damage files in turn and count what comes of them."""
    rng = random.Random(seed)
    chosen = list(specs) or codecs()
    files = {spec: pack(TEXT, spec) for spec in chosen}
    counts: Counter[tuple[str, str]] = Counter()
    for i in range(n_files):
        spec = chosen[i % len(chosen)]
        kind, mutated = mutant(files[spec], pack(TEXT[:900], spec), rng)
        if mutated == files[spec]:
            continue
        found = outcome(mutated)
        counts[kind, found] += 1
        if found != "refused":
            print(f"{spec}, {kind}: {found} ({mutated.hex()})", file=sys.stderr)
    rows = [{"damage": k, "outcome": o, "files": n} for (k, o), n in sorted(counts.items())]
    print(f"{len(chosen)} codecs: {', '.join(chosen)}\n")
    print(render_table(rows, "md"))
    sys.exit(any(found != "refused" for _, found in counts))


if __name__ == "__main__":
    main()
