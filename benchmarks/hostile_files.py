"""Hostile .cclf files of every codec, for `benchmarks.hostile`."""

from __future__ import annotations

import bz2
import lzma
import os
import random
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.mutants import TEXT, OfLength, mutant
from compressclf._lib.optional import MissingExtraError, optional_import
from compressclf.coding import container
from compressclf.compressors import COMPRESSORS, build_compressor
from compressclf.compressors.base import ByteCompressor
from compressclf.compressors.coded import ModelCompressor
from compressclf.compressors.files import pack, unpack

MUTANTS = 16
BOMB = 1 << 30  # bytes of zeros
BOMB_SIDE = 16_000  # side of a square grey image
LENGTHS = (0, 1, len(TEXT) - 1, len(TEXT) + 1, 1 << 20, 1 << 33, 1 << 46, (1 << 62) + 1)

Case = tuple[str, str, Callable[[], None]]


def codecs() -> dict[str, bytes]:
    """Return one file per installed codec."""
    files = {}
    for name in COMPRESSORS.names():
        if name in ("hf-lm", "smollm2"):  # the weights are not installed
            continue
        try:
            codec = build_compressor(name)
        except (MissingExtraError, ValueError, OSError):
            continue
        if codec.lossless and isinstance(codec, (ByteCompressor, ModelCompressor)):
            files[codec.spec] = pack(TEXT, codec)
    return files


def use(file: bytes) -> None:
    """Decode a file; raise AssertionError if it returns data that were never packed."""
    if unpack(file) not in (TEXT, b""):
        raise AssertionError("wrong data")


def forged(file: bytes, **changed: object) -> bytes:
    """Return a file with a changed header and correct checksums."""
    header, code = container.unpack(file)
    fields = {
        "spec": header.spec,
        "version": header.version,
        "runtime": header.runtime,
        "digest": header.digest,
        **changed,
    }
    code = fields.pop("code", code)
    n_bytes = fields.pop("n_bytes", header.n_bytes)
    data = TEXT if fields.pop("check", True) else b""
    return container.pack(code, OfLength(data, n_bytes), **fields)


def specs(place: Path) -> list[str]:
    """Return specs that a file must not be able to use."""
    pipe, folder, large = place / "pipe", place / "folder", place / "sparse"
    if not pipe.exists():
        os.mkfifo(pipe)
        folder.mkdir()
        with open(large, "wb") as file:
            file.truncate(1 << 36)
    return [
        *(f"bytelm:weights={path}" for path in (pipe, folder, large, "/dev/zero", "/dev/stdin")),
        *("bytelm:weights=/proc/kcore", "bytelm:weights=//host/share/x", "bytelm:weights=nowhere"),
        *("hf-lm:gpt2", "hf-lm:owner/model", f"hf-lm:{folder}", "hf-lm:.,device=cuda"),
        *("smollm2", "smollm2:batch=1000000000", "contextmix:memory=4096", "ppmd:memory=1024"),
        *("contextmix:model=bytelm:weights=/dev/zero", "contextmix:memory=4096,model=bytelm"),
        *("contextmix:memory=257", "ppmd:memory=99999999999", "zstd:level=99", "nothing", ""),
        *("lz77", "gzip:level=9,level=9", "gzip:" + "[" * 9000, "x" * 9000, "gzip:level=1e999"),
        "\x1b[2J\x1b]0;owned\x07",
    ]


def bombs() -> Iterator[tuple[str, bytes]]:
    """Yield specs with codes of at most a few megabytes that decode to a gigabyte."""
    zeros = bytes(1 << 20)
    encoders = {
        "gzip:level=9": zlib.compressobj(1, zlib.DEFLATED, 31),
        "zlib:level=9": zlib.compressobj(1),
        "deflate:level=9": zlib.compressobj(1, zlib.DEFLATED, -15),
        "bz2:level=9": bz2.BZ2Compressor(),
        "xz:preset=6": lzma.LZMACompressor(preset=0),
        "lzma:preset=6": lzma.LZMACompressor(
            format=lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA1, "preset": 6}]
        ),
    }
    for name, module in (("zstd:level=3", "zstandard"), ("brotli", "brotli"), ("lz4", "lz4.frame")):
        try:
            library = optional_import(module, extra="all")
        except MissingExtraError:
            continue
        if module == "zstandard":
            encoders[name] = library.ZstdCompressor().compressobj()
        elif module == "brotli":
            whole = library.compress(bytes(BOMB >> 2), quality=1)
            yield "brotli:quality=11,lgwin=22", whole
        else:
            yield "lz4:level=12", library.compress(bytes(BOMB))
    for spec, encoder in encoders.items():
        parts = [encoder.compress(zeros) for _ in range(BOMB >> 20)]
        yield spec, b"".join(parts) + encoder.flush()
    for name in ("png", "webp", "jxl", "jpegls", "jpeg2000"):
        try:
            codec = build_compressor(name)
            side = 8_000 if name == "webp" else BOMB_SIDE
            code = codec.encode(np.zeros((side, side, 1), np.uint8))  # type: ignore[attr-defined]
        except (MissingExtraError, ValueError):
            continue
        yield codec.spec, code + b"\x00\x01"
    # A stream that declares a dictionary of 4 GiB.
    xz = bytearray(lzma.compress(TEXT, preset=0))
    xz[16] = 40
    xz[20:24] = zlib.crc32(bytes(xz[12:20])).to_bytes(4, "little")
    yield "xz:preset=6", bytes(xz)


def cases(place: Path) -> Iterator[Case]:
    """Yield the codec, the attack and the function to call of each case."""
    rng = random.Random(0)
    files = codecs()
    for file in files.values():
        use(file)
    for spec, file in files.items():
        name = spec.partition(":")[0]
        code = container.unpack(file)[1]
        short = pack(TEXT[:900], spec)
        for i in range(MUTANTS):
            kind, mutated = mutant(file, short, rng)
            if mutated != file:
                yield name, f"{kind} {i}", partial(use, mutated)
        for length in LENGTHS:
            yield name, f"length {length}", partial(use, forged(file, n_bytes=length))
        noise = rng.randbytes(len(code))
        for attack, other in (
            ("noise", noise),
            ("zeros", bytes(len(code))),
            ("ones", b"\xff" * len(code)),
            ("no code", b""),
            ("code twice", code + code),
            ("zeros for long", bytes(20_000)),
        ):
            length = 2_000_000 if attack == "zeros for long" else len(TEXT)
            yield name, attack, partial(use, forged(file, code=other, n_bytes=length))
        yield name, "other checksum", partial(use, forged(file, check=False))
    first = next(iter(files.values()))
    for spec in specs(place):
        for n_bytes in (len(TEXT), 1 << 40):
            yield "specs", repr(spec)[:60], partial(use, forged(first, spec=spec, n_bytes=n_bytes))
    for spec, code in bombs():
        name = spec.partition(":")[0]
        if not any(known.partition(":")[0] == name for known in files):
            continue
        for n_bytes in (0, 1, len(TEXT), 1 << 20, BOMB >> 4):
            bomb = forged(first, spec=spec, code=code, n_bytes=n_bytes)
            yield "bombs", f"{spec} of {n_bytes}", partial(use, bomb)
    for head in (b"", b"\xcc", b"\xccCLF", b"\xccCLF\x01", b"\xccCLF\x01" + b"\xff" * 20):
        for rest in (b"", bytes(99), b"\xff" * 99):
            yield "headers", f"{head!r} {len(rest)}", partial(use, head + rest)
