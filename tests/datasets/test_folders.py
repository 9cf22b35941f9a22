import numpy as np
import pytest
from PIL import Image

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


def test_images_are_their_pixels(tmp_path):
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4)
    colour = np.stack([grey, grey + 1, grey + 2], axis=-1)
    for name, pixels in (("a/grey.png", grey), ("b/colour.png", colour)):
        (tmp_path / name).parent.mkdir()
        Image.fromarray(pixels).save(tmp_path / name)
    data = load_dataset(tmp_path)
    assert list(data.train.docs) == [grey.tobytes(), colour.tobytes()]


def test_arrays(tmp_path):
    images = np.arange(8, dtype=np.uint8).reshape(2, 2, 2)
    np.savez(tmp_path / "a.npz", x_train=images, y_train=[3, 7], x_test=images[:1], y_test=[7])
    data = load_dataset(tmp_path / "a.npz")
    assert list(data.train.docs) == [bytes(range(4)), bytes(range(4, 8))]
    assert data.train.labels.tolist() == ["3", "7"]
    assert data.test.labels.tolist() == ["7"]
    np.savez(tmp_path / "b.npz", x_train=np.array(["one", "two"]), y_train=["a", "b"])
    assert list(load_dataset(tmp_path / "b.npz").train.docs) == [b"one", b"two"]
