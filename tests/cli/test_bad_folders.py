"""What can be wrong with directories, image files and arrays: one sentence with the way out."""

import re
import struct

import numpy as np
import pytest
from PIL import Image

from tests.cli.refusals import DATA, assert_refused

KNOWN = (
    "x_train, y_train, x_test and y_test, or train_images, train_labels, test_images and "
    "test_labels, or images and labels, data and target, x and y"
)
# name: (source, message); the files are those of the fixture `there`
CASES = {
    "flat parts": (
        "flat",
        "flat/train: it is named like a part of a data set, but does not hold one directory per "
        "class; make these directories, or rename it if it is a class.",
    ),
    "one flat part": (
        "alone",
        "alone/train: it is named like a part of a data set, but does not hold one directory per "
        "class; make these directories, or rename it if it is a class.",
    ),
    "no training part": (
        "untrained",
        "untrained: test and val are named like parts of a data set; give two sources, for "
        "training and for testing, such as untrained/test untrained/val.",
    ),
    "parts of two data sets": (
        "unlike",
        "unlike: new-train and old-test are named like parts of a data set; give two sources, for "
        "training and for testing, such as unlike/new-train unlike/old-test.",
    ),
    "two training parts": (
        "twice",
        "twice: Training and train are named like the same part of a data set; give the two "
        "sources that you mean, such as twice/Training twice/test.",
    ),
    "two formats of a part": (
        "formats",
        "formats: train.csv and train.tsv are named like the same part of a data set; give the two "
        "sources that you mean, such as formats/train.csv formats/test.csv.",
    ),
    "a part beside classes": (
        "among",
        "among: train is named like a part of a data set, and it is beside other directories; give "
        "among/train if it is a part, or rename it if it is a class.",
    ),
    "parts in classes": (
        "inside",
        "inside/cats is divided into parts, test and train; give inside/cats if it is a data set, "
        "or put the parts outside if it is a class, as in inside/test/cats.",
    ),
    "tables and classes": (
        "lists",
        "lists: the tables train.txt and test.txt could be the data set, and so could the "
        "directories a, b; give the tables as two sources, or remove them.",
    ),
    "several tables": (
        "tables",
        "tables: there are several tables, one.csv, two.csv; give one of them, or two as the "
        "training and the test source, such as tables/one.csv tables/two.csv.",
    ),
    "a table and one directory": (
        "pictures",
        "pictures: there are a table and one directory, images; give the table pictures/labels.csv "
        "if it has the documents, or remove it.",
    ),
    "an image among texts": (
        "notes",
        "notes/a/3.txt is a PNG image, and other documents are texts; take it out, or give images "
        "a source of their own.",
    ),
    "a text among images": (
        "mixed",
        "mixed: texts and images are mixed (see mixed/b/x.txt); keep one kind.",
    ),
    "a PDF by its suffix": (
        "pdf",
        "pdf/a/1.pdf: .pdf files are not read; convert them to plain text first.",
    ),
    "a PDF by its content": (
        "hidden-pdf",
        "hidden-pdf/a/1 is a PDF file, which is not read as a text; convert it to plain text "
        "first.",
    ),
    "an archive": (
        "gz",
        "gz/a/1.txt.gz is a gzip file, which is not read as a text; unpack or convert it first.",
    ),
    "Word": (
        "word",
        "word/a/1.docx: .docx files are not read; convert them to plain text first.",
    ),
    "half a character": (
        "utf16",
        "utf16/a/1.txt: the file begins with the byte-order mark of UTF-16, but byte 2 is not "
        "valid in it; convert the file to UTF-8.",
    ),
    "no plug-in": (
        "heic",
        re.compile(r"heic/a/1\.heic: not a readable image \(it is damaged, or .+ to PNG\)\."),
    ),
    "arrays of another library": (
        "data.mat",
        "data.mat: .mat files are not read; save the arrays with numpy.savez('data.npz', "
        "x_train=..., y_train=...) and give that file.",
    ),
    "one array": (
        "data.npy",
        "data.npy: .npy files are not read; save the arrays with numpy.savez('data.npz', "
        "x_train=..., y_train=...) and give that file.",
    ),
    "no documents": (
        "labels.npz",
        f"labels.npz: documents are missing (found: y_train); call the arrays {KNOWN}.",
    ),
    "two arrays of documents": (
        "both.npz",
        f"both.npz: x and images could both be meant; call the arrays {KNOWN}.",
    ),
    "arrays without a training part": (
        "val.npz",
        "val.npz: there is no training part among val_images and test_images; save one of them as "
        "x_train and y_train.",
    ),
    "several labels": (
        "multi.npz",
        "multi.npz, y[1]: this document has 2 of 3 labels; give every document one label.",
    ),
    "rows of floats": (
        "floats.npz",
        "floats.npz: x holds float64 of shape (2, 12): neither texts nor images; save texts as "
        "strings, and images as uint8 of shape (n, height, width) or (…, 3).",
    ),
    "floats below 0": (
        "scaled.npz",
        "scaled.npz: x holds floats from -1 to 1; scale pixels to 0 .. 255 and save them as uint8.",
    ),
    "wide numbers": (
        "wide.npz",
        "wide.npz: x holds numbers from 0 to 4,095; scale pixels to 0 .. 255 and save them as "
        "uint8.",
    ),
    "four channels": (
        "alpha.npz",
        "alpha.npz: x has shape (2, 8, 8, 4), that is, four channels; compose transparent pixels "
        "on a "
        "background and save red, green and blue.",
    ),
    "volumes": (
        "volumes.npz",
        "volumes.npz: x holds uint8 of shape (2, 8, 8, 8): neither texts nor images; save texts as "
        "strings, and images as uint8 of shape (n, height, width) or (…, 3).",
    ),
    "no pixels": (
        "pixels.npz",
        "pixels.npz: x has shape (2, 0, 8): its images have no pixels.",
    ),
    "several sets of IDX": (
        "idx",
        "idx: there are several sets of images, a, b; give the files of one, such as "
        "idx/a-train-images-idx3-ubyte idx/a-test-images-idx3-ubyte.",
    ),
    "IDX labels that are floats": (
        "float-labels",
        "float-labels/train-labels-idx1-float: the numbers have the IDX type 0x0d; only integers "
        "are read.",
    ),
}


@pytest.fixture
def there(tmp_path, monkeypatch):
    """A directory with one source for each case."""
    monkeypatch.chdir(tmp_path)
    csv = b"text,label\none,a\ntwo,b\n"
    texts = {
        "flat": ("train/1", "test/1"),
        "alone": ("train/1",),
        "untrained": ("test/a/1", "test/b/1", "val/a/1", "val/b/1"),
        "unlike": ("old-test/a/1", "old-test/b/1", "new-train/a/1", "new-train/b/1"),
        "twice": ("Training/a/1", "train/a/1", "test/a/1"),
        "formats": ("train.csv", "train.tsv", "test.csv"),
        "among": ("train/old/1", "train/new/1", "bus/1", "car/1"),
        "inside": ("cats/train/1", "cats/test/1", "dogs/train/1", "dogs/test/1"),
        "lists": ("train.txt", "test.txt", "a/1", "b/1"),
        "tables": ("one.csv", "two.csv", "README"),
        "pictures": ("labels.csv", "images/1"),
        "notes": ("a/1.txt", "b/1.txt"),
        "mixed": ("b/x.txt",),
        "word": ("a/1.docx", "b/1.txt"),
    }
    files = {f"{source}/{name}": csv for source, names in texts.items() for name in names}
    files |= {
        "pdf/a/1.pdf": b"",
        "hidden-pdf/a/1": b"%PDF-1.4\n",
        "gz/a/1.txt.gz": b"\x1f\x8b\x08\0",
        "utf16/a/1.txt": b"\xff\xfe!",
        "heic/a/1.heic": b"\0\0\0\x18ftypheic",
        "data.mat": b"MATLAB",
        "data.npy": b"\x93NUMPY",
    }
    images = struct.pack(">BBBBIII", 0, 0, 8, 3, 1, 1, 1) + b"\7"
    for part in ("a-train", "a-test", "b-train", "b-test"):
        files[f"idx/{part}-images-idx3-ubyte"] = images
    files["float-labels/train-images-idx3-ubyte"] = images
    files["float-labels/train-labels-idx1-float"] = b"\0\0\x0d\1\0\0\0\1" + bytes(4)
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    (tmp_path / "mixed" / "a").mkdir()
    for name in ("mixed/a/1.png", "mixed/a/2.png", "notes/a/3.txt"):
        Image.new("L", (2, 2)).save(name, "png")
    one = np.zeros((2, 8, 8), np.uint8)
    y = np.array([0, 1])
    np.savez("labels.npz", y_train=y)
    np.savez("both.npz", x=one, images=one, y=y)
    np.savez("val.npz", val_images=one, val_labels=y, test_images=one, test_labels=y)
    np.savez("multi.npz", x=one, y=[[0, 0, 1], [0, 1, 1]])
    np.savez("floats.npz", x=np.zeros((2, 12)), y=y)
    np.savez("scaled.npz", x=np.stack([one - 1.0, one + 1.0])[:, 0], y=y)
    np.savez("wide.npz", x=np.stack([one[0], one[0] + np.uint16(4095)]), y=y)
    np.savez("alpha.npz", x=np.zeros((2, 8, 8, 4), np.uint8), y=y)
    np.savez("volumes.npz", x=np.zeros((2, 8, 8, 8), np.uint8), y=y)
    np.savez("pixels.npz", x=np.zeros((2, 0, 8)), y=y)
    return tmp_path


@pytest.mark.parametrize("name", CASES)
def test_one_sentence_and_an_exit_code(name, there):
    source, message = CASES[name]
    assert_refused(f"classify {source}", DATA, message, there)
