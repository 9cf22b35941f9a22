"""What zstd still finds in a raw-content dictionary: pieces of its start, middle and end.

    python -m benchmarks.zstd_forgetting

A row is a level and a size of dictionary. The columns are the bytes of a frame that holds 200 bytes
of the dictionary (a dozen if they are found, some 140 if not): with the tables that the library
makes for the level, and with those of ``zstd-dict``, made for the dictionary.
"""

from __future__ import annotations

import random

import zstandard

from compressclf.documents import Corpus
from compressclf.models import zstd_dict

LEVELS = (1, 3, 6, 9, 12)
SIZES = (1, 2, 4, 8, 16, 32)
"""MiB."""
PIECE = 200


def random_words(n_bytes: int, seed: int = 0) -> bytes:
    """Return text whose pieces are cheap only where they were copied from."""
    rng = random.Random(seed)
    letters = b"abcdefghijklmnopqrstuvwxyz"
    words = [bytes(rng.choices(letters, k=rng.randrange(2, 9))) for _ in range(20_000)]
    return b" ".join(rng.choices(words, k=n_bytes // 5))[:n_bytes]


def with_own_tables(text: bytes, level: int, pieces: list[bytes]) -> list[int]:
    """Return the sizes of the pieces' frames, tables as the library makes them."""
    parameters = zstandard.ZstdCompressionParameters.from_level(
        level,
        dict_size=len(text),
        format=zstandard.FORMAT_ZSTD1_MAGICLESS,
        write_content_size=False,
        write_checksum=False,
        write_dict_id=False,
    )
    dictionary = zstandard.ZstdCompressionDict(text, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    coder = zstandard.ZstdCompressor(dict_data=dictionary, compression_params=parameters)
    return [len(coder.compress(piece)) for piece in pieces]


def main() -> None:
    """Print the table."""
    text = random_words(SIZES[-1] << 20)
    print("| level | MiB | library: start, middle, end | zstd-dict: start, middle, end |")
    print("|--:|--:|---|---|")
    for level in LEVELS:
        for size in SIZES:
            part = text[: size << 20]
            last = len(part) - PIECE
            pieces = [part[at : at + PIECE] for at in (0, last // 2, last)]
            plain = with_own_tables(part, level, pieces)
            shard = zstd_dict._Dictionary(part, level)
            ours = (shard.bits(Corpus.from_documents(pieces)) / 8).astype(int).tolist()
            print(f"| {level} | {size} | {plain} | {ours} |", flush=True)


if __name__ == "__main__":
    main()
