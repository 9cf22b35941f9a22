"""IDX, the format of MNIST."""

import gzip
import struct

import numpy as np
import pytest

from compressclf.datasets import load_dataset
from compressclf.images import ImageCorpus

IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)


def idx(array, kind=8):
    return (
        struct.pack(f">BBBB{array.ndim}I", 0, 0, kind, array.ndim, *array.shape) + array.tobytes()
    )


def write(directory, part, images=IMAGES, labels=(7, 3), *, zipped=False, dot="-"):
    names = (f"{part}-images{dot}idx3-ubyte", f"{part}-labels{dot}idx1-ubyte")
    for name, array in zip(names, (images, np.array(labels, np.uint8)), strict=True):
        data = idx(array)
        file = directory / (name + ".gz" if zipped else name)
        file.write_bytes(gzip.compress(data) if zipped else data)
    return directory / (names[0] + (".gz" if zipped else ""))


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("dot", ["-", "."])
def test_images_and_the_labels_beside_them(tmp_path, zipped, dot):
    data = load_dataset(write(tmp_path, "train", zipped=zipped, dot=dot)).train
    assert isinstance(data.docs, ImageCorpus)
    assert data.docs.array()[..., 0].tolist() == IMAGES.tolist()
    assert data.labels.tolist() == ["7", "3"]


def test_a_directory_of_the_four_files(tmp_path):
    write(tmp_path, "train", zipped=True)
    write(tmp_path, "t10k", IMAGES[:1], (5,))
    data = load_dataset(tmp_path)
    assert (len(data.train.docs), data.test.labels.tolist()) == (2, ["5"])
    assert data.test.docs.array().tolist() == IMAGES[:1, :, :, None].tolist()


def test_only_a_test_part(tmp_path):
    write(tmp_path, "t10k")
    data = load_dataset(tmp_path)
    assert (data.train.labels.tolist(), data.test) == (["7", "3"], None)


def test_labels_may_be_missing_where_none_are_needed(tmp_path):
    path = write(tmp_path, "test")
    (tmp_path / "test-labels-idx1-ubyte").unlink()
    assert load_dataset(path, labelled=False).train.labels is None
    sentence = r"its labels are missing: put test-labels-idx1-ubyte beside it\."
    with pytest.raises(ValueError, match=sentence):
        load_dataset(path)


def test_labels_may_be_zipped_where_images_are_not(tmp_path):
    path = write(tmp_path, "train")
    labels = tmp_path / "train-labels-idx1-ubyte"
    labels.with_name(labels.name + ".gz").write_bytes(gzip.compress(labels.read_bytes()))
    labels.unlink()
    assert load_dataset(path).train.labels.tolist() == ["7", "3"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not an IDX file"),
        (b"\x01\0\x08\x03", "not an IDX file"),
        (b"\0\0\x08\x09", "not an IDX file"),
        (b"\0\0\x0d\x03", r"of the IDX type 0x0d; only bytes \(0x08\) are read"),
        (b"\0\0\x08\x03\0\0", "the file ends within its header"),
        (idx(IMAGES)[:-1], r"fewer bytes than its sizes \(2, 3, 4\) say"),
        (idx(IMAGES) + b"x", r"more bytes than its sizes \(2, 3, 4\) say"),
        (b"\0\0\x08\x03" + b"\xff" * 12, "fewer bytes than its sizes"),
        (idx(np.zeros(3, np.uint8)), r"expected images, found an array of shape \(3,\)"),
        (idx(np.zeros((0, 2, 2), np.uint8)), "there are no images"),
        (idx(np.zeros((2, 0, 2), np.uint8)), "Image 0 has no pixels"),
    ],
)
def test_damaged_files(tmp_path, data, reason):
    path = write(tmp_path, "train")
    path.write_bytes(data)
    with pytest.raises(ValueError, match=rf"train-images-idx3-ubyte: .*{reason}"):
        load_dataset(path)


def test_damaged_archives(tmp_path):
    path = write(tmp_path, "train", zipped=True)
    whole = path.read_bytes()
    for data in (whole[:-9], b"no archive", whole[:12] + b"\xff\xff\xff" + whole[15:]):
        path.write_bytes(data)
        with pytest.raises(ValueError, match=r"\.gz: the \.gz file is damaged or cut off"):
            load_dataset(path)


def test_as_many_labels_as_images(tmp_path):
    path = write(tmp_path, "train", labels=(1, 2, 3))
    with pytest.raises(ValueError, match=r"2 images have labels of shape \(3,\)"):
        load_dataset(path)


def test_two_training_parts(tmp_path):
    write(tmp_path, "train")
    write(tmp_path, "train", zipped=True)
    with pytest.raises(ValueError, match="are both a train part; name the file itself"):
        load_dataset(tmp_path)
