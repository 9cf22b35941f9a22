"""IDX, the format of MNIST."""

import gzip
import struct

import numpy as np
import pytest

from compressclf.datasets import load_dataset
from compressclf.documents.images import ImageCorpus

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
        (b"\0\0\x0d\x03", r"have the IDX type 0x0d; only bytes \(0x08\) are read"),
        (b"\0\0\x08\x03\0\0", "the file ends within its header"),
        (idx(IMAGES)[:-1], r"fewer bytes than its sizes \(2, 3, 4\) say"),
        (idx(IMAGES) + b"x", r"more bytes than its sizes \(2, 3, 4\) say"),
        (b"\0\0\x08\x03" + b"\xff" * 12, "fewer bytes than its sizes"),
        (idx(np.zeros(3, np.uint8)), r"expected images, found an array of shape \(3,\)"),
        (idx(np.zeros((0, 2, 2), np.uint8)), "there are no images"),
        (idx(np.zeros((2, 0, 2), np.uint8)), "they have no pixels"),
        (b"\0\0\x08\x03" + struct.pack(">3I", 10**9, 0, 9), "they have no pixels"),
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


@pytest.mark.parametrize(("kind", "dtype"), [(0x09, ">i1"), (0x0B, ">i2"), (0x0C, ">i4")])
@pytest.mark.parametrize("name", ["train-labels-idx1-int", "train-labels.idx1-short"])
def test_labels_of_other_integers(tmp_path, kind, dtype, name):
    path = write(tmp_path, "train")
    (tmp_path / "train-labels-idx1-ubyte").unlink()
    (tmp_path / name).write_bytes(idx(np.array([-1, 100]).astype(dtype), kind))
    assert load_dataset(path).train.labels.tolist() == ["-1", "100"]
    (tmp_path / name).write_bytes(idx(np.array([-1, 100]).astype(dtype), kind)[:-1])
    with pytest.raises(ValueError, match=r"fewer bytes than its sizes \(2,\) say"):
        load_dataset(path)


def test_labels_of_several_columns(tmp_path):
    path = write(tmp_path, "qmnist-train", zipped=True)
    (tmp_path / "qmnist-train-labels-idx1-ubyte.gz").unlink()
    columns = np.arange(16).reshape(2, 8).astype(">i4")
    labels = tmp_path / "qmnist-train-labels-idx2-int.gz"
    labels.write_bytes(gzip.compress(idx(columns, 0x0C)))
    data = load_dataset(tmp_path)
    assert data.train.labels.tolist() == ["0", "8"]
    assert data.facts["labels"] == "first of 8 columns"
    labels.write_bytes(gzip.compress(idx(np.eye(2, dtype=">i4"), 0x0C)))
    assert load_dataset(path).train.labels.tolist() == ["0", "1"]
    labels.write_bytes(gzip.compress(idx(columns[:, :3], 0x0C)))
    with pytest.raises(ValueError, match=r"2 images have labels of shape \(2, 3\)"):
        load_dataset(path)


def test_two_files_of_labels(tmp_path):
    path = write(tmp_path, "train")
    plain = tmp_path / "train-labels-idx1-ubyte"
    (tmp_path / "train-labels-idx2-int").write_bytes(plain.read_bytes())
    assert load_dataset(path).train.labels.tolist() == ["7", "3"]  # those that are spelt alike
    plain.rename(tmp_path / "train-labels-idx1-int")
    with pytest.raises(ValueError, match="could both hold its labels; remove one"):
        load_dataset(path)


def test_test_within_another_word(tmp_path):
    write(tmp_path, "latest-train")
    write(tmp_path, "latest-t10k", IMAGES[:1], (5,))
    data = load_dataset(tmp_path)
    assert (len(data.train.docs), data.test.labels.tolist()) == (2, ["5"])


def test_several_sets(tmp_path):
    for part in ("letters-train", "letters-test", "digits-test", "digits-train"):
        write(tmp_path, part)
    pair = " ".join(str(tmp_path / f"digits-{p}-images-idx3-ubyte") for p in ("train", "test"))
    with pytest.raises(
        ValueError, match="there are several sets of images, digits, letters; "
    ) as e:
        load_dataset(tmp_path)
    assert str(e.value).endswith(f"give the files of one, such as {pair}.")


def test_a_part_for_validation_is_left_out(tmp_path):
    for part in ("train", "val", "test"):
        write(tmp_path, part)
    (remark,) = load_dataset(tmp_path).remarks
    assert remark.endswith("and val-images-idx3-ubyte was left out.")


def test_copies_that_an_operating_system_makes(tmp_path):
    write(tmp_path, "train")
    (tmp_path / "._train-images-idx3-ubyte").write_bytes(b"\0\5\x16\7")
    assert len(load_dataset(tmp_path).train.docs) == 2


def test_a_test_part_without_labels(tmp_path):
    write(tmp_path, "train")
    write(tmp_path, "test")
    (tmp_path / "test-labels-idx1-ubyte").unlink()
    assert load_dataset(tmp_path).test.labels is None
