"""Every figure of a datasheet, counted by hand."""

import lzma

import numpy as np
import pytest

from compressclf import Corpus
from compressclf.datasets import Dataset, Split
from compressclf.reports.datasheet import conflicting, datasheet

TRAIN = Split(
    Corpus.from_documents([b"one", b"one", b"three", b"", b"\xff\xfe"]), np.array(list("abbba"))
)
TEST = Split(Corpus.from_documents([b"three", b"four"]), np.array(["a", "c"]))
SIZES = ["part", "documents", "bytes", "shortest", "median", "mean", "longest"]


def rows(sheet):
    lines = [line for line in sheet.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def bits_per_byte(data):
    return f"{8 * len(lzma.compress(data)) / len(data):.3f}"


def test_composition_by_hand():
    sheet = datasheet(Dataset("numbers", TRAIN, TEST))
    assert "Test documents that also occur in the training part: 1 of 2 (50.0%)." in sheet
    assert "Documents that occur with two or more labels: 2 (4 rows)." in sheet
    assert "It comes with a test part." in sheet
    whole = b"oneonethree\xff\xfe"
    assert rows(sheet) == [
        [*SIZES, "empty", "not UTF-8 text", "repeated"],
        ["train", "5", "13", "0", "3", "3", "5", "1", "1", "1"],
        ["test", "2", "9", "4", "4", "4", "5", "0", "0", "0"],
        ["class", "train documents", "test documents", "training bytes", "mean", "bits per byte"],
        ["a", "2", "1", "5", "2", bits_per_byte(b"one\xff\xfe")],
        ["b", "3", "0", "8", "3", bits_per_byte(b"onethree")],
        ["c", "0", "1", "0", "–", "–"],
        ["part", "bytes", "compressed bytes", "bits per byte"],
        ["train", "13", str(len(lzma.compress(whole))), bits_per_byte(whole)],
        ["test", "9", str(len(lzma.compress(b"threefour"))), bits_per_byte(b"threefour")],
    ]


def test_every_heading_and_whose_turn_it_is():
    sheet = datasheet(Dataset("numbers", TRAIN))
    headings = [line[3:] for line in sheet.splitlines() if line.startswith("## ")]
    assert headings == [
        "Motivation",
        "Composition",
        "Collection process",
        "Preprocessing, cleaning, labelling",
        "Uses",
        "Distribution",
        "Maintenance",
    ]
    questions = [line for line in sheet.splitlines() if "?" in line]
    assert len(questions) == 15
    written = "*To be written by the makers of the data set.*"
    assert all(line.endswith(written) for line in questions)
    assert "It comes without a test part" in sheet


def test_a_motivation_that_is_known():
    sheet = datasheet(Dataset("numbers", TRAIN), motivation="To test a sheet.")
    assert "## Motivation\n\nTo test a sheet.\n\n## Composition" in sheet


def test_without_labels():
    sheet = datasheet(Dataset("lines", Split(Corpus.from_documents(["a", "b"]))))
    assert "some or all have no label" in sheet
    assert "| class |" not in sheet
    assert "with two or more labels: 0 (0 rows)" in sheet


@pytest.mark.parametrize(
    ("labels", "counts"), [("aaaa", (0, 0)), ("aaab", (0, 0)), ("abaa", (1, 3)), ("abca", (1, 3))]
)
def test_conflicts(labels, counts):
    docs = Corpus.from_documents(["x", "x", "x", "y"])
    assert conflicting([Split(docs, np.array(list(labels)))]) == counts
