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


def test_a_test_part_needs_no_labels(tmp_path):
    write(tmp_path / "train.csv", b"text,label\none,a\n")
    write(tmp_path / "test.csv", b"text\ntwo\n")
    assert load_dataset(tmp_path).test.labels is None


def test_a_class_may_be_called_train(tmp_path):
    write(tmp_path / "bus" / "1.txt")
    write(tmp_path / "train" / "1.txt")
    assert load_dataset(tmp_path).train.labels.tolist() == ["bus", "train"]


def parts(root, *names):
    """Write two classes into each directory of a name; return their texts by part."""
    for name in names:
        for label in "ab":
            write(root / name / label / "1", f"{name} {label}".encode())


def texts(split):
    return [doc.decode() for doc in split.docs]


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("train", "test"),
        ("Training", "Testing"),
        ("TRAIN", "EVAL"),
        ("news-bydate-train", "news-bydate-test"),
        ("train_photos", "test_photos"),
        ("TrainImages", "TestImages"),
    ],
)
def test_names_of_parts(tmp_path, train, test):
    parts(tmp_path, train, test)
    data = load_dataset(tmp_path)
    assert (texts(data.train), texts(data.test)) == (
        [f"{train} a", f"{train} b"],
        [f"{test} a", f"{test} b"],
    )
    assert data.facts["parts"] == f"{train} and {test}"
    assert data.remarks == ()


def test_a_word_within_a_word_is_no_part(tmp_path):
    for name in ("latest", "contest", "restrain", "evaluate"):
        write(tmp_path / name / "1")
    data = load_dataset(tmp_path)
    assert data.train.labels.tolist() == ["contest", "evaluate", "latest", "restrain"]
    assert (data.test, data.remarks) == (None, ())


def test_a_third_part_is_left_out(tmp_path):
    parts(tmp_path, "train", "val", "test")
    data = load_dataset(tmp_path)
    assert texts(data.test) == ["test a", "test b"]
    assert data.remarks == (
        f"{tmp_path}: train and test are the training and the test part, and val was left out.",
    )


def test_validation_in_place_of_testing(tmp_path):
    parts(tmp_path, "train", "valid")
    data = load_dataset(tmp_path)
    assert texts(data.test) == ["valid a", "valid b"]
    assert data.remarks == (
        f"{tmp_path}: train and valid are the training and the test part, since no name says test.",
    )


def test_files_beside_parts_and_classes_are_told(tmp_path):
    parts(tmp_path, "train", "test")
    write(tmp_path / "README")
    write(tmp_path / "imdb.vocab")
    write(tmp_path / "train" / "labels.feat")
    (tmp_path / "test" / "empty").mkdir()
    assert load_dataset(tmp_path).remarks == (
        "2 files or directories were skipped (beside the training and the test part), such as "
        f"{tmp_path / 'README'}.",
        f"{tmp_path / 'train' / 'labels.feat'} was skipped (beside the directories of the "
        "classes).",
        f"{tmp_path / 'test' / 'empty'} was skipped (an empty directory).",
    )


@pytest.mark.parametrize("name", ["unsup", "unlabeled_data", "Unlabelled"])
def test_unlabelled_training_documents_are_left_out(tmp_path, name):
    parts(tmp_path, "train", "test")
    write(tmp_path / "train" / name / "1", b"of no class")
    expected = (
        f"{tmp_path / 'train' / name}: its name means documents without labels, so they "
        f"were left out (1).",
    )
    assert load_dataset(tmp_path).remarks == load_dataset(tmp_path / "train").remarks == expected
    assert load_dataset(tmp_path).train.labels.tolist() == ["a", "b"]
    write(tmp_path / "test" / name / "1", b"of no class")
    assert load_dataset(tmp_path).test.labels.tolist() == ["a", "b"]


@pytest.mark.parametrize("around", ["", "test", "unlabelled"])
def test_loose_documents_are_a_test_part_without_labels(tmp_path, around):
    parts(tmp_path, "train")
    for name in ("10", "2", "1"):
        write(tmp_path / "test" / around / name, name.encode())
    for data in (load_dataset(tmp_path).test, load_dataset(tmp_path / "test", labelled=False)):
        split = getattr(data, "train", data)
        assert (texts(split), split.labels) == (["1", "10", "2"], None)
    assert load_dataset(tmp_path).facts["format"].endswith("loose files without labels")
    assert len(load_dataset(tmp_path).remarks) == bool(around)


def test_classes_called_like_parts_are_told(tmp_path):
    for name in ("cats", "test"):
        write(tmp_path / name / "1")
    assert load_dataset(tmp_path).remarks == (
        f"{tmp_path / 'test'} was read as a class, although it is named like a part.",
    )


def test_a_directory_around_the_data(tmp_path):
    parts(tmp_path / "unpacked" / "news", "train", "test")
    data = load_dataset(tmp_path)
    assert (texts(data.train), texts(data.test)) == (["train a", "train b"], ["test a", "test b"])
    assert data.name == tmp_path.name
    assert data.remarks == tuple(
        f"{outer} holds one directory with a data set inside: {inner}."
        for outer, inner in (
            (tmp_path, tmp_path / "unpacked"),
            (tmp_path / "unpacked", tmp_path / "unpacked" / "news"),
        )
    )


def test_a_directory_of_one_table(tmp_path):
    write(tmp_path / "reviews.csv", b"text,label\none,a\n")
    assert load_dataset(tmp_path).facts["table"] == "reviews.csv"
    write(tmp_path / "README")
    data = load_dataset(tmp_path)
    assert texts(data.train) == ["one"]
    assert data.remarks == (f"{tmp_path / 'README'} was skipped (beside the table reviews.csv).",)


def test_arrays_in_a_directory(tmp_path):
    np.savez(tmp_path / "a.npz", x_train=["one"], y_train=["a"], x_test=["two"])
    data = load_dataset(tmp_path)
    assert (texts(data.train), texts(data.test)) == (["one"], ["two"])


def test_the_same_directories_in_all_classes_are_told(tmp_path):
    for outer in ("enron1", "enron2"):
        for inner in ("ham", "spam"):
            write(tmp_path / outer / inner / "1")
    data = load_dataset(tmp_path)
    assert data.train.labels.tolist() == ["enron1"] * 2 + ["enron2"] * 2
    assert data.remarks == (
        f"{tmp_path}: each of its directories holds ham and spam; if these are the classes, give "
        f"one directory, such as {tmp_path / 'enron1'}.",
    )


def test_strict_refuses_what_was_skipped(tmp_path):
    write(tmp_path / "a" / "1")
    write(tmp_path / "a" / "Thumbs.db")
    with pytest.raises(ValueError, match=r"Thumbs\.db was skipped .* \(refused, since `strict"):
        load_dataset(tmp_path, strict=True)
