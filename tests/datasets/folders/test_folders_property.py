"""Random directories: what was put in is read back or refused, and a remark says what was left."""

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compressclf.datasets import load_dataset

pytestmark = pytest.mark.slow

JUNK = (".DS_Store", "Thumbs.db", "desktop.ini", "1.txt~", ".hidden/1.txt", "__MACOSX/._1.txt")
LINKS = ("..", ".", "../a", "../../test", "../nowhere", "1", "deeper", "../../test/a")
PARTS = (
    ("", ""),
    ("train/", "test/"),
    ("Training/", "Testing/"),
    ("set-train/", "set-test/"),
    ("train/", "val/"),
    ("a/train/", "a/test/"),
    ("train/train/", "test/"),
)
CLASSES = ("a", "b", "c c", "é", "bus", "train", "test", "latest", "unsup", "x.csv")
NAMES = ("1", "2.txt", "3.html", "deeper/1", "deeper/more/2.txt", "train.log", "a copy.txt")


@st.composite
def directories(draw):
    """Return the names of documents, those of other files, and links by their name."""
    documents, others, links = [], [], {}
    for part in set(draw(st.sampled_from(PARTS))):
        for label in draw(st.sets(st.sampled_from(CLASSES), min_size=1, max_size=4)):
            place = f"{part}{label}/"
            documents += [place + name for name in draw(st.sets(st.sampled_from(NAMES)))]
            others += [place + name for name in draw(st.sets(st.sampled_from(JUNK), max_size=1))]
            for target in draw(st.sets(st.sampled_from(LINKS), max_size=1)):
                links[f"{place}link"] = target
    others += draw(st.sampled_from([[], ["README"]]))
    return documents, others, links


def build(root, documents, others, links):
    """Write each file with its own name as content."""
    for name in [*documents, *others, *links]:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        if name in links:
            (root / name).symlink_to(links[name])
        else:
            (root / name).write_text(name, encoding="utf-8")


def rows(split):
    """Return the name of each document, and its label or None."""
    if split is None:
        return []
    labels = [None] * len(split.docs) if split.labels is None else split.labels.tolist()
    return [(doc.decode(), label) for doc, label in zip(split.docs, labels, strict=True)]


@settings(max_examples=300, deadline=None)
@given(directories(), st.booleans())
def test_random_directories(made, labelled):
    documents, others, links = made
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "data"
        root.mkdir()
        build(root, documents, others, links)
        try:
            data, refusal = load_dataset(root, labelled=labelled), None
        except ValueError as error:
            data, refusal = None, str(error)
    if data is None:
        assert re.match(rf"{re.escape(str(root))}\S* ?.*\.$", refusal)
        return
    told = "\n".join(data.remarks)
    train, test = rows(data.train), rows(data.test)
    read = [name for name, _ in train + test]
    assert set(read) <= set(documents) | {"README"}
    assert "README" not in read or not labelled or data.test is not None
    if len(read) > len(set(read)):
        assert "Links to files" in told
    if set(documents) - set(read):
        assert told
    if any(name in JUNK or name.partition("/")[2].endswith(JUNK) for name in others):
        assert "hidden, or made by the operating system" in told
    for name, label in train + test:
        assert label is None or label in name.split("/")[:-1] or links
    if data.test is not None and not links:
        assert all(re.search(r"test|val", name, re.IGNORECASE) for name, _ in test)
        assert all(re.search(r"train", name, re.IGNORECASE) for name, _ in train)
    if {"train", "test"} & {label for _, label in train + test}:
        assert "named like a part" in told
