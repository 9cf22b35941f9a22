"""Compare the engine's lengths with zlib's on millions of pairs.

    python -m benchmarks.deflate_exactness --pairs 10_000_000 --data DIR

The engine computes every pair itself, without falling back on zlib. The exit code is 1 if a length
differs.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import sys
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count, cycle
from pathlib import Path

import numpy as np

from benchmarks.deflate_cases import LONG_SHAPES, SHAPES, Batch, Cases
from compressclf.compressors import deflate
from compressclf.documents import Corpus

ZLIB_CONTAINER = 6


def main() -> int:
    """Run the comparison and print a summary."""
    arguments = _arguments()
    texts = list(_texts(arguments.data)) if arguments.data else None
    cases = Cases(arguments.seed, texts)
    print(
        f"seed {arguments.seed}, zlib {zlib.ZLIB_RUNTIME_VERSION}, levels {arguments.levels}, "
        f"{len(cases.texts):,} real texts"
    )
    by_level: Counter[int] = Counter()
    by_family: Counter[str] = Counter()
    wrong = 0
    began = reported = time.monotonic()
    levels = cycle(arguments.levels)
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for number in count():
            batch = cases.batch(
                *cases.rng.choice(SHAPES if number % arguments.long_every else LONG_SHAPES)
            )
            level = next(levels)
            wrong += compare(batch, level, pool, arguments.seed, number)
            by_level[level] += len(batch.prefixes) * len(batch.documents)
            for family in batch.families:
                by_family[family] += len(batch.prefixes)
            if time.monotonic() - reported > 10:
                reported = time.monotonic()
                print(f"{by_level.total():,} pairs, {wrong} wrong", file=sys.stderr, flush=True)
            if by_level.total() >= arguments.pairs:
                break
    print("pairs by level:", ", ".join(f"{k}: {n:,}" for k, n in sorted(by_level.items())))
    print("pairs by family:", ", ".join(f"{k}: {n:,}" for k, n in by_family.most_common()))
    print("answered by the engine: 100 %, by zlib: 0 %")
    print(f"{by_level.total():,} pairs, {wrong} wrong, {time.monotonic() - began:.0f} s")
    return int(wrong > 0)


def compare(batch: Batch, level: int, pool: ThreadPoolExecutor, seed: int, number: int) -> int:
    """Return the number of lengths in a batch that differ from zlib's; print the first."""
    prefixes, separator, documents, families = batch
    lengths = deflate.joint_payload_bytes(
        Corpus.from_documents(prefixes),
        Corpus.from_documents(documents),
        separator=separator,
        level=level,
    )

    def row(prefix: bytes) -> list[int]:
        front = prefix + separator
        return [len(zlib.compress(front + document, level)) for document in documents]

    expected = np.array(list(pool.map(row, prefixes))) - ZLIB_CONTAINER
    differences = np.argwhere(lengths != expected)
    for i, j in differences[:1]:
        print(
            f"WRONG: seed {seed}, batch {number}, level {level}, {families[j]}: "
            f"{len(prefixes[i])} + {separator!r} + {len(documents[j])} bytes, "
            f"engine {lengths[i, j]}, zlib {expected[i, j]}",
            flush=True,
        )
    return len(differences)


def _texts(folder: Path, per_file: int = 5000) -> Iterator[bytes]:
    """Read the texts of all ``*/*.csv.gz`` with a column ``text``."""
    csv.field_size_limit(1 << 30)
    for path in sorted(folder.glob("*/*.csv.gz")):
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            for _, record in zip(range(per_file), csv.DictReader(file), strict=False):
                yield record["text"].encode()


def _levels(value: str) -> list[int]:
    first, _, last = value.partition("-")
    return list(range(int(first), int(last or first) + 1))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pairs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--levels", type=_levels, default=[9, 6, 1, 2, 3, 4, 5, 7, 8])
    parser.add_argument("--jobs", type=int, default=1, help="threads of zlib")
    parser.add_argument(
        "--long-every", type=int, default=20, help="one batch of this many has texts up to 200 KB"
    )
    parser.add_argument("--data", type=Path, help="folder with */*.csv.gz")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
