import zipfile

import pytest

from compressclf.datasets import load_dataset

CSV = b"text,label\none one,a\ntwo two,b\n"
TREE = {f"{part}/{label}/{n}.txt": f"{label} {n}" for part in ("train", "test")
        for label in ("ham", "spam") for n in range(2)}  # fmt: skip


def write(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def test_a_tree_is_read_as_its_directory(tmp_path):
    write(tmp_path / "mail.zip", {f"mail/{name}": text for name, text in TREE.items()})
    data = load_dataset(tmp_path / "mail.zip")
    assert data.name == "mail.zip"
    assert (
        list(data.train.docs) == list(data.test.docs) == [b"ham 0", b"ham 1", b"spam 0", b"spam 1"]
    )
    assert data.train.labels.tolist() == ["ham", "ham", "spam", "spam"]
    assert data.facts["packed"] == "zip"


def test_a_tree_under_another_suffix(tmp_path):
    write(tmp_path / "mail.csv", TREE)
    assert len(load_dataset(tmp_path / "mail.csv").train.docs) == 4


def test_tables_of_parts(tmp_path):
    write(tmp_path / "a.zip", {"train.csv": CSV, "test.csv": b"text\nthree\n"})
    data = load_dataset(tmp_path / "a.zip")
    assert list(data.test.docs) == [b"three"]
    assert len(data.train.docs) == 2


def test_one_table_beside_other_files_is_remarked_on(tmp_path):
    write(tmp_path / "a.zip", {"a/rows.csv": CSV, "a/README.md": "Read me.", "a/LICENSE": "MIT"})
    data = load_dataset(tmp_path / "a.zip")
    assert list(data.train.docs) == [b"one one", b"two two"]
    assert data.remarks == (
        f"2 files or directories were skipped (beside the table rows.csv), such as "
        f"{tmp_path / 'a.zip'}/a/LICENSE.",
    )


def test_junk_is_remarked_on(tmp_path):
    write(tmp_path / "a.zip", {**TREE, "__MACOSX/._train": "x", "train/ham/.DS_Store": "x"})
    data = load_dataset(tmp_path / "a.zip")
    assert len(data.train.docs) == 4
    assert data.remarks == (
        "2 files or directories were skipped (hidden, or made by the operating system or an "
        f"editor), such as {tmp_path / 'a.zip'}/__MACOSX/._train.",
    )


def test_messages_name_the_archive(tmp_path):
    write(tmp_path / "a.zip", {"train.csv": CSV, "test.csv": b"text,label\nthree\n"})
    with pytest.raises(ValueError, match=r"a\.zip/test\.csv:2: expected 2 fields, found 1"):
        load_dataset(tmp_path / "a.zip")


def test_a_file_that_is_there_twice_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a/1.txt", "one")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a/1.txt", "two")
    with pytest.raises(ValueError, match=r"cannot be unpacked \(it holds a/1\.txt twice\)"):
        load_dataset(tmp_path / "a.zip")


def damaged(path, change):
    """Write an archive of two documents, and change its list of members."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/1.txt", "to be")
        archive.writestr("b/1.txt", "or not")
    data = bytearray(path.read_bytes())
    change(data, data.index(b"PK\1\2"))
    path.write_bytes(data)


def newer(data, entry):
    data[entry + 6] = 99  # the version that is needed


def nameless(data, entry):
    data[entry + 28] = 0  # the length of the name
    data[entry + 32] = 7  # that of the comment, which follows it


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (newer, r"the zip file is damaged or cut off \(zip file version 9\.9\)\."),
        (nameless, r"the path '' leads out of the archive\."),
    ],
)
def test_whatever_zipfile_raises_is_one_sentence(change, sentence, tmp_path):
    """NotImplementedError and IndexError are neither ValueError nor OSError."""
    damaged(tmp_path / "a.zip", change)
    with pytest.raises(ValueError, match=rf"a\.zip: {sentence}$"):
        load_dataset(tmp_path / "a.zip")
