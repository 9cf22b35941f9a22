"""A thousand damaged files: ``python -m benchmarks.mutated_files``.

Files of every installed codec are cut, flipped, shuffled, joined with another file, or given wrong
fields with a correct header checksum. Each must be refused with one sentence. Prints the outcomes;
the exit code is 1 if one passed as correct, crashed, was refused in another way, or took longer
than the limit. A crash of the interpreter ends the run.
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
SLOW = 60.0  # largest number of seconds per file


def codecs() -> list[str]:
    """Return the specs of all installed fast codecs that write files, with little memory."""
    specs = []
    for name in COMPRESSORS.names():
        try:
            codec = build_compressor(name)
        except (MissingExtraError, ValueError, OSError):  # library or model not installed
            continue
        if (
            codec.runs_unasked
            and codec.lossless
            and isinstance(codec, (ByteCompressor, ModelCompressor))
        ):
            specs.append(codec.spec.replace("memory=16", "memory=1"))
    return specs


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


def outcome(mutated: bytes) -> str:
    """Return "refused", or a description of the fault."""
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
@click.option("--compressor", "specs", multiple=True, help="Default: all installed codecs.")
def main(n_files: int, seed: int, specs: tuple[str, ...]) -> None:
    """Damage files in turn and count the outcomes."""
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
