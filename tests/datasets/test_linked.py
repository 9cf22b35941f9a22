"""A column of file names."""

import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from compressclf.datasets import load_dataset
from compressclf.documents.images import ImageCorpus

LABELS = list("abab")


@pytest.fixture
def pictures(tmp_path):
    """A folder with four images and their texts."""
    (tmp_path / "sub").mkdir()
    for n in range(4):
        Image.fromarray(np.full((3, 2), n, np.uint8)).save(tmp_path / "sub" / f"{n}.png")
        (tmp_path / "sub" / f"{n}.txt").write_bytes(f"text {n}\r\nof two lines".encode())
    return tmp_path


def names(suffix, form="sub/{}"):
    return [form.format(f"{n}.{suffix}") for n in range(4)]


def write(folder, column, values, suffix="csv"):
    path = folder / f"table.{suffix}"
    frame = pd.DataFrame({"id": range(len(values)), column: values, "label": LABELS[: len(values)]})
    if suffix == "csv":
        frame.to_csv(path, index=False)
    elif suffix == "parquet":
        frame.to_parquet(path)
    else:
        path.write_text(json.dumps(frame.to_dict("records")))
    return path


@pytest.mark.parametrize("suffix", ["csv", "json", "parquet"])
@pytest.mark.parametrize("column", ["image", "text", "File Name", "filepath"])
def test_images(pictures, suffix, column):
    data = load_dataset(write(pictures, column, names("png"), suffix))
    assert isinstance(data.train.docs, ImageCorpus)
    assert data.train.docs.array()[:, 0, 0, 0].tolist() == [0, 1, 2, 3]
    assert data.train.labels.tolist() == LABELS
    assert data.facts["documents"] == f"the files that the column {column!r} names"
    resized = load_dataset(pictures / f"table.{suffix}", resize=(5, 4))
    assert resized.train.docs.image_shape == (4, 5, 1)


@pytest.mark.parametrize("form", ["sub/{}", "sub\\{}", "./sub/../sub/{}"])
def test_texts(pictures, form):
    data = load_dataset(write(pictures, "path", names("txt", form)))
    assert list(data.train.docs) == [f"text {n}\r\nof two lines".encode() for n in range(4)]


def test_absolute_names_and_a_named_column(pictures):
    path = write(pictures, "where", [str(pictures / name) for name in names("txt")])
    assert load_dataset(path, text_column="where").train.docs[3] == b"text 3\r\nof two lines"


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        (
            "image",
            ["sub/0.png", "sub/9.png"],
            ":3: the column 'image' names a file that does not exist ('sub/9.png', looked for in "
            "{}); put "
            "the file there or drop the row.",
        ),
        (
            "image",
            ["sub/0.png", "sub/1.png", ""],
            ":4: the column 'image' names a file that does not exist ('', looked for in {}); put "
            "the file "
            "there or drop the row.",
        ),
        (
            "text",
            ["0.png", "1.png"],
            ":2: the column 'text' names files that do not exist ('0.png', looked for in {}); put "
            "the files there.",
        ),
        (
            "file",
            ["some text", "another"],
            ":2: the column 'file' should name a file ('some text', looked for in {}); put the "
            "files there, or name the column of texts with `text_column`.",
        ),
        ("image", ["sub/0.png", "sub/1.txt"], ": texts and images are mixed (see {}/sub/1.txt); "
         "keep one kind."),
    ],
)  # fmt: skip
def test_what_is_refused(pictures, column, values, message):
    path = write(pictures, column, values)
    with pytest.raises(ValueError, match="table") as error:
        load_dataset(path)
    assert str(error.value) == f"{path}{message.format(pictures)}"


def test_a_file_that_is_not_a_text(pictures):
    (pictures / "sub" / "0.txt").write_bytes(b"text\0")
    with pytest.raises(ValueError, match=r"0\.txt: the file holds NUL bytes"):
        load_dataset(write(pictures, "text", names("txt")))


@pytest.mark.parametrize(
    "texts",
    [
        ["example.com", "python.org"],
        ["sub", "table.csv is here"],
        ["see sub/0.png for it", "a.png and b.png"],
        ["", "0"],
        ["x" * 5000 + ".png", "y" * 300 + "/z.png"],
    ],
)
def test_texts_stay_texts(pictures, texts):
    data = load_dataset(write(pictures, "text", texts))
    assert [doc.decode() for doc in data.train.docs] == texts


def test_two_columns_that_could_be_meant(pictures):
    path = pictures / "two.csv"
    path.write_text("image,path,label\nsub/0.png,sub/0.txt,a\n")
    with pytest.raises(ValueError, match=r"no column 'text' \(found: 'image', 'path', 'label'\)"):
        load_dataset(path)
    assert load_dataset(path, text_column="path").train.docs[0] == b"text 0\r\nof two lines"
