import zipfile

import numpy as np
import pytest

from compressclf.datasets import load_dataset


def write(path, content=b"text"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_a_sub_directory_is_a_class(tmp_path):
    write(tmp_path / "b" / "1.txt", b"\xff raw \r")
    write(tmp_path / "b" / "deeper" / "2.txt", b"two")
    write(tmp_path / "a" / "3", b"")
    write(tmp_path / "a" / ".hidden", b"no")
    write(tmp_path / ".git" / "x", b"no")
    data = load_dataset(tmp_path)
    assert data.test is None
    assert list(data.train.docs) == [b"", b"\xff raw \r", b"two"]
    assert data.train.labels.tolist() == ["a", "b", "b"]


@pytest.mark.parametrize("kind", ["directories", "tables"])
def test_train_and_test_parts(tmp_path, kind):
    for part in ("train", "test"):
        if kind == "tables":
            write(tmp_path / f"{part}.csv", f"text,label\n{part} text,a\n".encode())
        else:
            write(tmp_path / part / "a" / "1.txt", f"{part} text".encode())
    data = load_dataset(tmp_path)
    assert list(data.train.docs) == [b"train text"]
    assert list(data.test.docs) == [b"test text"]
    assert data.test.labels.tolist() == ["a"]


def test_arrays(tmp_path):
    images = np.arange(8, dtype=np.uint8).reshape(2, 2, 2)
    np.savez(tmp_path / "a.npz", x_train=images, y_train=[3, 7], x_test=images[:1], y_test=[7])
    data = load_dataset(tmp_path / "a.npz")
    assert list(data.train.docs) == [bytes(range(4)), bytes(range(4, 8))]
    assert data.train.labels.tolist() == ["3", "7"]
    assert data.test.labels.tolist() == ["7"]
    np.savez(tmp_path / "b.npz", x_train=np.array(["one", "two"]), y_train=["a", "b"])
    assert list(load_dataset(tmp_path / "b.npz").train.docs) == [b"one", b"two"]


def test_a_test_part_needs_no_labels(tmp_path):
    write(tmp_path / "train.csv", b"text,label\none,a\n")
    write(tmp_path / "test.csv", b"text\ntwo\n")
    assert load_dataset(tmp_path).test.labels is None
    np.savez(tmp_path / "a.npz", x_train=np.eye(2), y_train=[0, 1], x_test=np.eye(2))
    test = load_dataset(tmp_path / "a.npz").test
    assert (len(test.docs), test.labels) == (2, None)


def test_a_class_may_be_called_train(tmp_path):
    write(tmp_path / "bus" / "1.txt")
    write(tmp_path / "train" / "1.txt")
    assert load_dataset(tmp_path).train.labels.tolist() == ["bus", "train"]


def test_labels_of_bytes_and_whole_floats(tmp_path):
    for labels, expected in ((np.array([b"x", b"y"]), ["x", "y"]), ([1.0, 0.0], ["1", "0"])):
        np.savez(tmp_path / "a.npz", x_train=np.eye(2), y_train=labels)
        assert load_dataset(tmp_path / "a.npz").train.labels.tolist() == expected


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (b"((((((", "an array has no readable header"),
        (b"  {'a\n  b", "an array has no readable header"),
        (b"{'descr': '<f8', 'fortran_order': False, 'shape': (2,", "an array has no readable"),
        (b" " * 20_000, "Header info length (20000) is large and may not be safe to load securely"),
        (b"[]" * 3, "Cannot parse header: '[][][]'"),
    ],
    ids=["brackets", "indent", "cut off", "long", "no literal"],
)
def test_arrays_that_are_made_to_harm(header, reason, tmp_path):
    """The literal in a header fails in more ways than ValueError: TokenError is one."""
    data = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(16)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("x_train.npy", data)
    with pytest.raises(ValueError, match=r"a\.npz: not a readable \.npz file") as error:
        load_dataset(tmp_path / "a.npz")
    assert reason in str(error.value)
    assert "\n" not in str(error.value)
