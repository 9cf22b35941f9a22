"""Files that are one document each: what is a text, what an image, and what neither."""

import io
import sys
import types

import numpy as np
import pytest
from PIL import Image

from compressclf.datasets import load_dataset
from compressclf.datasets.images import IMAGE_SUFFIXES, PLUG_INS
from compressclf.documents.images import ImageCorpus

PIXELS = np.random.default_rng(0).integers(0, 256, (8, 9)).astype(np.uint8)
# Formats that Pillow registers and we do not take for images by their suffix alone.
NOT_TAKEN = set(
    ".blp .bufr .emf .eps .fit .fits .flc .fli .ftc .ftu .gbr .grib .h5 .hdf .iim .im .mpeg .mpg "
    ".msp .pcd .ps .wmf".split()
)


def picture(kind="png"):
    file = io.BytesIO()
    Image.fromarray(PIXELS).save(file, kind)
    return file.getvalue()


def write(root, **files):
    """Write a file for each class."""
    for label, (name, content) in files.items():
        (root / label).mkdir(exist_ok=True)
        (root / label / name).write_bytes(content)
    return root


def docs_of(root, **options):
    return list(load_dataset(root, **options).train.docs)


def test_every_suffix_of_pillow_is_known():
    readable = {a for a, kind in Image.registered_extensions().items() if kind in Image.OPEN}
    assert readable - IMAGE_SUFFIXES - NOT_TAKEN == set()
    assert IMAGE_SUFFIXES - readable - set(PLUG_INS) - {".mpo"} == set()


@pytest.mark.parametrize("suffix", ["pgm", "pnm", "jp2", "tga", "ico", "PPM", "pcx", "sgi", "bmp"])
def test_images_of_many_suffixes(tmp_path, suffix):
    (tmp_path / "a").mkdir()
    Image.new("L", (16, 16), 7).save(tmp_path / "a" / f"1.{suffix}")
    docs = load_dataset(tmp_path).train.docs
    assert isinstance(docs, ImageCorpus)
    assert set(docs[0]) == {7}


def test_a_format_that_needs_a_plug_in(tmp_path):
    write(tmp_path, a=("1.heic", b"\0\0\0\x18ftypheic"))
    sentence = r"1\.heic: not a readable image \(it is damaged, or Pillow lacks the plug-in for "
    with pytest.raises(ValueError, match=sentence + r"\.heic: pip install pillow-heif, or convert"):
        load_dataset(tmp_path)


def test_a_plug_in_that_is_installed_is_used(tmp_path, monkeypatch):
    called = []
    module = types.ModuleType("pillow_heif")
    module.__spec__ = types.SimpleNamespace(name="pillow_heif")
    module.register_heif_opener = lambda: called.append(True)
    monkeypatch.setitem(sys.modules, "pillow_heif", module)
    write(tmp_path, a=("1.heic", picture()))
    assert docs_of(tmp_path) == [PIXELS.tobytes()]
    assert called == [True]


@pytest.mark.parametrize("kind", ["png", "tiff", "bmp", "gif", "ppm", "jpeg2000"])
def test_images_without_the_suffix_of_one(tmp_path, kind):
    data = load_dataset(write(tmp_path, a=("1", picture(kind)), b=("2.dat", picture(kind))))
    assert isinstance(data.train.docs, ImageCorpus)
    assert list(data.train.docs) == [PIXELS.tobytes()] * 2
    assert data.facts["files"] == "images by their content"
    mixed = load_dataset(write(tmp_path, c=("3.png", picture())))
    assert len(mixed.train.docs) == 3


@pytest.mark.parametrize("text", [b"BM25 ranks", b"GIF89a is old", b"P2 1 2 3", b"PK", b"II* MM"])
def test_texts_that_begin_like_a_binary_file(tmp_path, text):
    assert docs_of(write(tmp_path, a=("1", text))) == [text]


MARKED = {
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-32": "UTF-32",
}


@pytest.mark.parametrize("encoding", MARKED)
def test_byte_order_marks(tmp_path, encoding):
    texts = ["naïve 日本\n", "\0 NUL", ""]
    for name, text in zip("abc", texts, strict=True):
        write(tmp_path, **{name: ("1.txt", text.encode(encoding))})
    data = load_dataset(tmp_path)
    assert list(data.train.docs) == [text.encode() for text in texts]
    assert data.facts["encoding"] == f"{MARKED[encoding]} with byte-order mark"
    assert data.remarks == ()


@pytest.mark.parametrize("mark", [b"\xfe\xff", b"\0\0\xfe\xff"])
def test_big_endian(tmp_path, mark):
    width = len(mark) * 8
    content = mark + "ü".encode(f"utf-{width}-be")
    assert docs_of(write(tmp_path, a=("1", content))) == ["ü".encode()]


def test_some_files_with_a_mark(tmp_path):
    write(tmp_path, a=("1", "é".encode("utf-16")), b=("2", b"plain"))
    data = load_dataset(tmp_path)
    assert list(data.train.docs) == ["é".encode(), b"plain"]
    assert data.remarks == (
        f"1 of 2 files begin with the byte-order mark of UTF-16, such as {tmp_path / 'a' / '1'}; "
        f"they were converted to UTF-8.",
    )


def test_an_encoding_for_all_files(tmp_path):
    write(tmp_path, a=("1", b"caf\xe9"), b=("2", "naïve".encode("utf-8-sig")))
    assert docs_of(tmp_path) == [b"caf\xe9", "naïve".encode()]
    assert docs_of(tmp_path, encoding="latin-1") == ["café".encode(), "naïve".encode()]
    write(tmp_path, b=("2", "naïve".encode("latin-1")))
    with pytest.raises(ValueError, match=r"1:1: byte 0xe9 is not valid ascii"):
        load_dataset(tmp_path, encoding="ascii")


def test_nul_bytes_are_told(tmp_path):
    write(tmp_path, a=("1", "text".encode("utf-16-le")), b=("2", b"plain"))
    data = load_dataset(tmp_path)
    assert data.train.docs[0] == b"t\0e\0x\0t\0"
    assert data.remarks == (
        f"1 of 2 files hold NUL bytes, such as {tmp_path / 'a' / '1'}; if they are texts in "
        f"UTF-16, name it with `encoding`.",
    )
    assert docs_of(write(tmp_path, b=("2", b"")), encoding="utf-16-le") == [b"text", b""]


def test_a_text_that_begins_like_an_image_is_a_text(tmp_path):
    for text in ("P1 10 20 points\n", "GIF89a is a format\n"):
        write(tmp_path, a=("1.txt", text.encode()))
        assert list(load_dataset(tmp_path).train.docs) == [text.encode()]
    (tmp_path / "rows.csv").write_text("P1 10 20 ,label\none,a\n")
    rows = load_dataset(tmp_path / "rows.csv", text_column="P1 10 20")
    assert list(rows.train.docs) == [b"one"]
