"""Targets of `benchmarks.fuzz`: the readers of data sets.

A target imports what it needs when it is made, in the process that runs it.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.fuzz_targets import BETWEEN, NotHereError, Target, joined_parts, named_parts, zipped

TABLES = (
    b'text,label\nto be,a\n"or, not\nto ""be""",b\n',
    b"label;text;title\r\na;to be;x\r\nb;or not;y\r\n",
    b"id\ttext\tlabel\tlang\n1\tto be\ta\tsw\n2\tor not\tb\t\n",
    b"sep=|\ntext | label\nto be | a\nor not | b\n",
    b"ham,see you\nspam,win\nham,ok\nham,later\n",
    b'"text","label"\n"a ""b"" c","x"\n"d","y"\n\n',
    "text,label\nto be,a\n\u00e9\u0301 \u4e2d,b\n".encode("utf-16"),
)
RECORDS = (
    b'{"text": "to be", "label": "a"}\n{"text": "or not", "label": 1.0}\n',
    b'[{"text": "to be", "label": ["a"]}, {"text": "\\ud83d\\ude00", "label": "b"}]',
    b'{"text": ["to be", "or not"], "label": ["a", "b"]}',
    b'{"text": {"0": "to be", "1": "or not"}, "label": {"0": "a", "1": "b"}}',
    b'{"columns": ["text", "label"], "index": [0], "data": [["to be", "a"]]}',
    b'{"train": [{"text": "to be", "label": "a"}], "test": [{"text": "x", "label": "b"}]}',
    b'[{"data": {"text": "to be"}, "annotations": [{"result": [{"from_name": "x", "type": '
    b'"choices", "value": {"choices": ["a"]}}]}]}]',
    b'{"version": 1, "data": [{"text": "to be", "label": null}]}',
)
LINES = (
    b"__label__a to be\n__label__b or not\n\n",
    b"to be\r\nor not\r\n",
    b"\xef\xbb\xbf__label__a to be\n\xef\xbb\xbf__label__a,__label__b or not\x1a",
)


def reading_of(data: bytes) -> tuple[Any, bytes]:
    """Return the options chosen by the first byte, and the remaining bytes."""
    from compressclf.datasets import Reading

    options: tuple[dict[str, Any], ...] = (
        *({}, {"labelled": False}, {"header": False, "text": ("2",), "label": "1"}),
        *({"text": ("text", "title")}, {"group": "lang"}, {"delimiter": ";"}),
        *({"encoding": name} for name in ("latin-1", "utf-16", "cp932", "utf-7", "hz", "idna")),
        {"header": False, "labelled": False, "text": ("1",)},
    )
    chosen = options[data[0] % len(options)] if data else {}
    return Reading(**chosen), data[1:]


def _told(reading: Any) -> object:
    return tuple(reading.notes.facts), len(reading.notes.remarks)


def delimited(place: Path) -> Target:
    """Return the target of tables of fields."""
    from compressclf.datasets.encodings import decode
    from compressclf.datasets.tables.delimited import read_delimited

    def use(data: bytes) -> object:
        reading, data = reading_of(data)
        read_delimited("x", decode("x", data, reading), reading, ",")
        return _told(reading)

    words = (b"text", b"label", b"sep=;\n", b";", b"|", b'"\n"', b'""')
    return Target([bytes([i % 13]) + table for i, table in enumerate(TABLES * 3)], use, words)


def records(place: Path) -> Target:
    """Return the target of JSON."""
    from compressclf.datasets.encodings import decode
    from compressclf.datasets.tables.records import read_records

    def use(data: bytes) -> object:
        reading, data = reading_of(data)
        read_records("x", decode("x", data, reading), reading)
        return _told(reading)

    words = (b'"text": ', b'"label": ', b'"data": ', b'"annotations": ', b'"train": ', b"[]", b"{}")
    return Target([b"\0" + record for record in RECORDS], use, (*words, b"[" * 5000))


def lines(place: Path) -> Target:
    """Return the target of lines."""
    from compressclf.datasets.encodings import decode
    from compressclf.datasets.tables.lines import read_lines

    def use(data: bytes) -> object:
        reading, data = reading_of(data)
        read_lines("x", decode("x", data, reading), reading)
        return _told(reading)

    return Target([b"\0" + lines for lines in LINES], use, (b"__label__", b" __label__b "))


def files(place: Path) -> Target:
    """Return the target of tables in files of any suffix, compressed or not."""
    from compressclf.datasets import load_dataset

    suffixes = (".csv", ".tsv", ".jsonl", ".txt", ".zip", ".gz", ".xz", ".bz2", ".zst", ".parquet")
    suffixes += ("", ".csv.gz", ".json", ".tab", ".NDJSON", ".txt.xz", ".arrow")

    def use(data: bytes) -> object:
        path = place / f"x{suffixes[data[0] % len(suffixes)] if data else ''}"
        path.write_bytes(data[1:])
        try:
            found = load_dataset(path, labelled=not data[:1] > b"\x80")
        finally:
            path.unlink()
        return tuple(found.facts), len(found.remarks)

    return Target([bytes([kind]) + data for kind, data in _seed_files()], use, sentences=True)


def _seed_files() -> Iterator[tuple[int, bytes]]:
    import bz2
    import gzip
    import lzma

    for table in TABLES:
        yield from ((0, table), (1, table), (10, table))
    for record in RECORDS:
        yield from ((2, record), (10, record), (12, record))
    for lines in LINES:
        yield from ((3, lines), (10, lines))
    for kind, pack in ((5, gzip.compress), (6, lzma.compress), (7, bz2.compress)):
        yield kind, pack(TABLES[0])
    with suppress(ImportError):
        import zstandard

        yield 8, zstandard.ZstdCompressor().compress(TABLES[0])
    with suppress(ImportError):
        import pyarrow
        import pyarrow.parquet

        stream = io.BytesIO()
        table = pyarrow.table({"text": ["to be", "or not"], "label": ["a", "b"]})
        pyarrow.parquet.write_table(table, stream)
        yield 9, stream.getvalue()
        for new in (pyarrow.ipc.new_file, pyarrow.ipc.new_stream):
            stream = io.BytesIO()
            with new(stream, table.schema) as writer:
                writer.write_table(table)
            yield 16, stream.getvalue()
    yield 4, zipped([("x.csv", TABLES[0])])
    yield 4, zipped([("a/1.txt", b"to be"), ("b/1.txt", b"or not")])


def archives(place: Path) -> Target:
    """Return the target of zip archives of several files."""
    from compressclf.datasets import load_dataset

    path = place / "x.zip"

    def use(data: bytes) -> object:
        path.write_bytes(zipped(named_parts(data)))
        found = load_dataset(path)
        return tuple(found.facts), len(found.remarks)

    seeds = [
        joined_parts(("x/a/1.txt", b"to be"), ("x/b/1.txt", b"or not"), ("x/.DS_Store", b"")),
        joined_parts(("train.csv", TABLES[0]), ("test.csv", TABLES[0])),
        joined_parts(("train/a/1.txt", b"to be"), ("test/a/1.txt", b"or not")),
        joined_parts(
            ("x.csv", b"text,label\na.txt,x\nb.txt,y\n"), ("a.txt", b"1"), ("b.txt", b"2")
        ),
    ]
    words = (BETWEEN, b"train/", b"test/", b"/", b"\\", b"..", b".csv\0", b".png\0", b"C:", b"x/")
    return Target(seeds, use, words, sentences=True)


def idx(place: Path) -> Target:
    """Return the target of IDX files of images and labels."""
    from compressclf.datasets import load_dataset

    images, labels = place / "train-images-idx3-ubyte", place / "train-labels-idx1-ubyte"

    def use(data: bytes) -> object:
        image_data, _, label_data = data.partition(BETWEEN)
        images.write_bytes(image_data)
        labels.write_bytes(label_data)
        return tuple(load_dataset(images).facts)

    pixels = bytes(range(2 * 3 * 4))
    grey = b"\0\0\x08\x03" + struct.pack(">3I", 2, 3, 4) + pixels
    colour = b"\0\0\x08\x04" + struct.pack(">4I", 2, 2, 2, 3) + pixels
    one = b"\0\0\x08\x01" + struct.pack(">I", 2) + b"\0\1"
    none = b"\0\0\x08\x03" + struct.pack(">3I", 10**9, 0, 4)  # pixels
    eight = b"\0\0\x0c\x02" + struct.pack(">2I", 2, 8) + struct.pack(">16i", *range(16))
    return Target(
        [grey + BETWEEN + one, colour + BETWEEN + eight, none], use, (BETWEEN, b"\0\0\x08"), True
    )


def npz(place: Path) -> Target:
    """Return the target of NumPy arrays."""
    import numpy as np

    from compressclf.datasets import load_dataset

    path = place / "x.npz"

    def use(data: bytes) -> object:
        path.write_bytes(zipped(named_parts(data)))
        return tuple(load_dataset(path).facts)

    def npy(values: Any, dtype: Any = None) -> bytes:
        stream = io.BytesIO()
        np.save(stream, np.array(values, dtype), allow_pickle=True)
        return stream.getvalue()

    images = np.arange(2 * 3 * 4).reshape(2, 3, 4)
    seeds = [
        joined_parts(("x_train.npy", npy(images, np.uint8)), ("y_train.npy", npy([0, 1]))),
        joined_parts(("x.npy", npy(images / 24)), ("y.npy", npy([[1, 0], [0, 1]]))),
        joined_parts(("x.npy", npy(["to be", "or not"])), ("y.npy", npy(["a", "b"]))),
        joined_parts(("x.npy", npy(images, np.uint8)[:-1]), ("y.npy", npy([{}, None], object))),
        joined_parts(
            *(("train_images.npy", npy(images)), ("train_labels.npy", npy([b"a", b"b"]))),
            *(("test_images.npy", npy(images)), ("test_labels.npy", npy([0, 1.5]))),
        ),
    ]
    words = (b"'<f8'", b"'|S1'", b"'<U9'", b"'|O'", b"'<M8[D]'", b"'>c16'", b"'|V1'", b"(2,)")
    return Target(
        seeds, use, (*words, b"True", b"False", BETWEEN, b"_test", b".npy\0", b"\x93NUMPY"), True
    )


def images(place: Path) -> Target:
    """Return the target of image files."""
    from compressclf.datasets import read_image

    return Target(list(_seed_images()), lambda data: read_image(data, "x").shape[2])


def _seed_images() -> Iterator[bytes]:
    try:
        from PIL import Image
    except ImportError:
        raise NotHereError("Pillow") from None
    pictures = [Image.new(mode, (5, 4), 1) for mode in ("1", "L", "I;16", "F", "I")]
    pictures += [Image.new(mode, (5, 4), (9, 8, 7, 6)) for mode in ("RGBA", "CMYK")]
    pictures += [
        Image.new("RGB", (5, 4), (9, 8, 7)),
        Image.new("P", (16, 16)),
        Image.new("LA", (5, 4)),
    ]
    Image.init()
    for form in sorted(Image.SAVE):
        for picture in pictures:
            stream = io.BytesIO()
            with suppress(OSError, ValueError, KeyError, AttributeError, RuntimeError, TypeError):
                picture.save(stream, form)
                yield stream.getvalue()
    for compression in ("tiff_lzw", "tiff_deflate", "jpeg", "group4", "packbits"):
        stream = io.BytesIO()
        with suppress(OSError, ValueError):
            pictures[0 if compression == "group4" else 1].save(
                stream, "TIFF", compression=compression
            )
            yield stream.getvalue()
    yield b'/* XPM */\nstatic char *x[] = {\n"2 1 2 1",\n"a c #ff0000",\n"b c None",\n"ab"\n};\n'
