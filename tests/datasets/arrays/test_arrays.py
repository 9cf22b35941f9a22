"""Arrays of .npz files: names, labels and numbers in the ways that people save them."""

import io
import re
import zipfile

import numpy as np
import pytest

from compressclf.datasets import load_dataset
from compressclf.documents.images import ImageCorpus

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (4, 5, 6)).astype(np.uint8)
LABELS = np.array([3, 7, 3, 7])


def saved(tmp_path, **arrays):
    np.savez(tmp_path / "a.npz", **arrays)
    return tmp_path / "a.npz"


def pixels(split):
    assert isinstance(split.docs, ImageCorpus)
    return split.docs.array()


@pytest.mark.parametrize(
    ("documents", "labels"),
    [
        ("x_train", "y_train"),
        ("X_train", "Y_train"),
        ("train_x", "train_y"),
        ("train_images", "train_labels"),
        ("train_data", "train_target"),
        ("trainX", "trainY"),
        ("images", "labels"),
        ("data", "target"),
        ("X", "y"),
        ("features", "labels"),
    ],
)
def test_names(tmp_path, documents, labels):
    data = load_dataset(saved(tmp_path, **{documents: IMAGES, labels: LABELS}))
    assert pixels(data.train)[..., 0].tolist() == IMAGES.tolist()
    assert data.train.labels.tolist() == ["3", "7", "3", "7"]
    assert (data.test, data.remarks) == (None, ())


def test_parts(tmp_path):
    arrays = {
        f"{part}_{what}": array[rows]
        for part, rows in (("train", slice(2)), ("val", slice(2, 3)), ("test", slice(3, 4)))
        for what, array in (("images", IMAGES), ("labels", LABELS[:, None]))
    }
    path = saved(tmp_path, **arrays)
    data = load_dataset(path)
    assert (data.train.labels.tolist(), data.test.labels.tolist()) == (["3", "7"], ["7"])
    assert pixels(data.test)[..., 0].tolist() == IMAGES[3:].tolist()
    assert data.remarks == (
        f"{path}: train_images and test_images are the training and the test part, and val_images "
        f"was left out.",
    )


def test_texts(tmp_path):
    for texts in (["one", "two\n"], [["one"], ["two\n"]], [b"one", b"two\n"]):
        data = load_dataset(saved(tmp_path, x_train=np.array(texts), y_train=["a", "b"]))
        assert list(data.train.docs) == [b"one", b"two\n"]


def test_a_test_part_needs_no_labels(tmp_path):
    path = saved(tmp_path, x_train=IMAGES, y_train=LABELS, x_test=IMAGES[:2])
    assert load_dataset(path).test.labels is None
    alone = saved(tmp_path, images=IMAGES)
    assert load_dataset(alone, labelled=False).train.labels is None


def test_only_a_test_part(tmp_path):
    path = saved(tmp_path, x_test=IMAGES, y_test=LABELS)
    data = load_dataset(path)
    assert data.train.labels.tolist() == ["3", "7", "3", "7"]
    assert data.remarks == (f"{path}: there is no training part, so x_test is used as one.",)
    assert load_dataset(path, labelled=False).remarks == ()


def test_labels_of_bytes_and_whole_floats(tmp_path):
    for labels, expected in ((np.array([b"x", b"y"]), ["x", "y"]), ([1.0, 0.0], ["1", "0"])):
        path = saved(tmp_path, x_train=IMAGES[:2], y_train=labels)
        assert load_dataset(path).train.labels.tolist() == expected


@pytest.mark.parametrize("kind", [np.uint8, np.float32, bool])
def test_one_hot_labels(tmp_path, kind):
    labels = np.eye(3, dtype=kind)[[2, 0, 1, 1]]
    data = load_dataset(saved(tmp_path, x=IMAGES, y=labels))
    assert data.train.labels.tolist() == ["2", "0", "1", "1"]
    assert data.facts["labels"] == "one-hot, 3 columns"


@pytest.mark.parametrize("kind", [np.int16, np.int64, np.uint16, np.float32, np.float64])
def test_whole_numbers_within_a_byte_are_pixels(tmp_path, kind):
    data = load_dataset(saved(tmp_path, x=IMAGES.astype(kind), y=LABELS))
    assert pixels(data.train)[..., 0].tolist() == IMAGES.tolist()
    whole = "whole floats" if np.dtype(kind).kind == "f" else np.dtype(kind).name
    assert (data.facts["pixels"], data.remarks) == (whole, ())


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_floats_from_0_to_1_are_scaled(tmp_path, kind):
    scaled = (IMAGES / 255).astype(kind)
    path = saved(tmp_path, x_train=scaled, y_train=LABELS, x_test=np.zeros_like(scaled))
    data = load_dataset(path)
    assert pixels(data.train)[..., 0].tolist() == IMAGES.tolist()
    assert pixels(data.test).max() == 0
    assert len(data.remarks) == 1
    assert re.match(
        rf"{re.escape(str(path))}: x_train and x_test hold floats from 0.* to 1, which were scaled",
        data.remarks[0],
    )


def test_parts_are_scaled_alike(tmp_path):
    """The test part alone could be taken for floats from 0 to 1."""
    path = saved(
        tmp_path,
        x_train=IMAGES.astype(float),
        y_train=LABELS,
        x_test=np.ones((1, 5, 6)),
        y_test=[3],
    )
    assert pixels(load_dataset(path).test).max() == 1


@pytest.mark.parametrize("channels", [1, 3])
def test_channels_first(tmp_path, channels):
    first = RNG.integers(0, 256, (4, channels, 8, 9)).astype(np.uint8)
    data = load_dataset(saved(tmp_path, x=first, y=LABELS))
    assert pixels(data.train).tolist() == first.transpose(0, 2, 3, 1).tolist()
    assert data.facts["channels"] == "before the height"


def test_rows_of_bytes(tmp_path):
    data = load_dataset(saved(tmp_path, x=IMAGES.reshape(4, 30), y=LABELS))
    assert list(data.train.docs) == [image.tobytes() for image in IMAGES]
    assert data.facts["documents"] == "rows of 30 bytes"


def test_other_arrays_are_told(tmp_path):
    data = load_dataset(saved(tmp_path, x=IMAGES, y=LABELS, ids=LABELS, names=["3", "7"]))
    assert data.facts["other arrays"] == "ids names"


HEADERS = {
    "brackets": (b"((((((", "an array has no readable header"),
    "indent": (b"  {'a\n  b", "an array has no readable header"),
    "cut off": (
        b"{'descr': '<f8', 'fortran_order': False, 'shape': (2,",
        "an array has no readable",
    ),
    "long": (
        b" " * 20_000,
        "Header info length (20000) is large and may not be safe to load securely",
    ),
    "no literal": (b"[]" * 3, "Cannot parse header: '[][][]'"),
}


@pytest.mark.parametrize("name", HEADERS)
def test_arrays_that_are_made_to_harm(name, tmp_path):
    """The literal in a header fails in more ways than ValueError: TokenError is one."""
    header, reason = HEADERS[name]
    data = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(16)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("x_train.npy", data)
        archive.writestr("y_train.npy", data)
    with pytest.raises(ValueError, match=r"a\.npz: not a readable \.npz file") as error:
        load_dataset(tmp_path / "a.npz")
    assert reason in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        (b"a,b\n", "y is not an array"),
        (np.array([0x61, 0x110000], "<u4"), "y holds numbers that are not characters"),
        (np.array([0x61, 0x110000], ">u4"), "y holds numbers that are not characters"),
    ],
)
def test_members_that_are_no_arrays_of_values(labels, reason, tmp_path):
    """NumPy returns the first as bytes, and ends with SystemError where the others become str."""
    np.savez(tmp_path / "a.npz", x=np.array(["to be", "or not"]))
    if not isinstance(labels, bytes):
        stream = io.BytesIO()
        np.save(stream, labels)
        order = labels.dtype.str[0]
        labels = stream.getvalue().replace(f"'{order}u4'".encode(), f"'{order}U1'".encode())
    with zipfile.ZipFile(tmp_path / "a.npz", "a") as archive:
        archive.writestr("y.npy", labels)
    with pytest.raises(ValueError, match=rf"a\.npz: not a readable \.npz file .*\({reason}\)\.$"):
        load_dataset(tmp_path / "a.npz")


def test_rows_that_take_no_bytes_are_not_counted(tmp_path):
    """A header may promise a billion of them, for which gigabytes of offsets would be made."""
    np.savez(tmp_path / "a.npz", x=np.zeros((10**12, 0), np.uint8))
    sentence = r"a\.npz: x has shape \(1000000000000, 0\): its rows are empty\.$"
    with pytest.raises(ValueError, match=sentence):
        load_dataset(tmp_path / "a.npz", labelled=False)


def test_no_room_is_made_for_what_a_header_promises(tmp_path, monkeypatch):
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        stream, {"descr": "<U6", "fortran_order": False, "shape": (2**31,)}
    )
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("x.npy", stream.getvalue())
    monkeypatch.setattr(np.lib.format, "read_array", None)
    sentence = r"\(x has shape \(2147483648,\), but only 128 bytes\)\.$"
    with pytest.raises(ValueError, match=sentence):
        load_dataset(tmp_path / "a.npz", labelled=False)
