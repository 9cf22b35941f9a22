"""What a walk over a directory leaves out, and what it says."""

import os

import pytest

from compressclf.datasets import load_dataset
from compressclf.datasets.junk import is_junk

JUNK = (
    ".DS_Store",
    "._1.txt",
    "Thumbs.db",
    "desktop.ini",
    "Desktop.ini",
    "ehthumbs.db",
    "Icon\r",
    "1.txt~",
    "1.txt.bak",
    "~$1.docx",
    "#1.txt#",
    "1.txt.swp",
    "1.txt.crdownload",
)
JUNK_DIRECTORIES = (".git", ".ipynb_checkpoints", "__MACOSX", "@eaDir", "$RECYCLE.BIN")
DOCUMENTS = ("1", "1.txt", "a copy.txt", "a (1).txt", "#1", "database.db", "MACOSX", "thumbs.txt")


def write(path, content="text"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


@pytest.fixture
def two_classes(tmp_path):
    write(tmp_path / "a" / "1", "one")
    write(tmp_path / "b" / "2", "two")
    return tmp_path


def rows(path):
    data = load_dataset(path)
    return [doc.decode() for doc in data.train.docs], data.train.labels.tolist()


def test_names_of_junk():
    assert [name for name in (*JUNK, *JUNK_DIRECTORIES) if not is_junk(name)] == []
    assert [name for name in DOCUMENTS if is_junk(name)] == []


def test_junk_is_left_out_at_every_depth(two_classes):
    for place in (two_classes, two_classes / "a", two_classes / "b" / "deeper"):
        for name in JUNK:
            write(place / name)
        for name in JUNK_DIRECTORIES:
            write(place / name / "copy.txt")
            write(place / name / "a" / "copy.txt")
    assert rows(two_classes) == (["one", "two"], ["a", "b"])
    (remark,) = load_dataset(two_classes).remarks
    assert remark.startswith(
        f"{3 * len(JUNK + JUNK_DIRECTORIES)} files or directories were skipped (hidden, or made by "
        f"the operating system or an editor), such as "
    )


def test_the_source_itself_may_be_hidden(tmp_path):
    write(tmp_path / ".data~" / "a" / "1", "one")
    write(tmp_path / ".data~" / "b" / "2", "two")
    assert rows(tmp_path / ".data~") == (["one", "two"], ["a", "b"])


def test_links_that_lead_in_circles(two_classes):
    (two_classes / "a" / "up").symlink_to("..")
    (two_classes / "a" / "here").symlink_to(".")
    (two_classes / "b" / "all").symlink_to(two_classes.parent)
    assert rows(two_classes) == (["one", "two"], ["a", "b"])
    assert load_dataset(two_classes).remarks == (
        f"3 files or directories were skipped (a link to a directory that is read anyway), such as "
        f"{two_classes / 'a' / 'here'}.",
    )


def test_a_class_is_not_read_twice(two_classes):
    (two_classes / "0").symlink_to("b")  # comes first and would give the label away
    assert rows(two_classes) == (["one", "two"], ["a", "b"])
    (remark,) = load_dataset(two_classes).remarks
    assert "a link to a directory that is read anyway" in remark


def test_a_directory_outside_is_read_once(two_classes, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    write(outside / "deeper" / "3", "three")
    (two_classes / "c").symlink_to(outside)
    (two_classes / "d").symlink_to(outside / "deeper")
    (outside / "back").symlink_to(two_classes)
    assert rows(two_classes) == (["one", "two", "three"], ["a", "b", "c"])
    (remark,) = load_dataset(two_classes).remarks
    assert remark.startswith("2 files or directories were skipped (a link to a directory that is")


def test_links_into_hidden_directories_are_followed(two_classes):
    """As git-annex and the cache of the Hugging Face hub have them."""
    write(two_classes / ".git" / "annex" / "x", "three")
    (two_classes / "b" / "3").symlink_to("../.git/annex/x")
    assert rows(two_classes) == (["one", "two", "three"], ["a", "b", "b"])
    assert len(load_dataset(two_classes).remarks) == 1  # on .git


def test_links_to_other_documents_are_told(two_classes):
    (two_classes / "b" / "3").symlink_to("../a/1")
    assert rows(two_classes) == (["one", "two", "one"], ["a", "b", "b"])
    assert load_dataset(two_classes).remarks == (
        f"Links to files of this source are documents too: 1, such as {two_classes / 'b' / '3'}.",
    )


def test_broken_links_and_pipes(two_classes):
    (two_classes / "a" / "gone").symlink_to("nowhere")
    (two_classes / "a" / "itself").symlink_to("itself")
    os.mkfifo(two_classes / "b" / "pipe")
    assert rows(two_classes) == (["one", "two"], ["a", "b"])
    assert load_dataset(two_classes).remarks == (
        f"2 files or directories were skipped (a link to a file that does not exist), such as "
        f"{two_classes / 'a' / 'gone'}.",
        f"{two_classes / 'b' / 'pipe'} was skipped (a pipe, a socket or a device).",
    )


def test_the_source_may_be_a_link(two_classes, tmp_path_factory):
    link = tmp_path_factory.mktemp("links") / "data"
    link.symlink_to(two_classes)
    assert rows(link) == (["one", "two"], ["a", "b"])
