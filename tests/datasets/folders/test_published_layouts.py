"""Well-known data sets in the layout that they are published in, rebuilt small.

Each is read and classified as a newcomer would do it first: by the name of its directory.
"""

import gzip
import json
import struct
from typing import NamedTuple

import numpy as np
import pytest
from click.testing import CliRunner

from compressclf.cli import cli
from compressclf.datasets import load_dataset

WORDS = {
    "a": "the striker scored twice before half time and the keeper was sent off ".split(),
    "b": "shares fell as the central bank raised rates and profits missed forecasts ".split(),
    "c": "voters will elect a new parliament after ministers lost the motion at noon ".split(),
}
RNG = np.random.default_rng(0)


class Expected(NamedTuple):
    """What is read of a data set."""

    classes: list[str]
    n_train: int
    n_test: int | None
    remarks: int = 0


def article(topic, end="\n"):
    return " ".join(RNG.choice(WORDS[topic], 40)).encode() + end.encode("latin-1")


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def bbc_news(root):
    """Directories of Latin-1 files, and a README beside them."""
    for topic, name in zip("abc", ("sport", "business", "politics"), strict=True):
        for i in range(10):
            write(root / "bbc" / name / f"{i:03}.txt", article(topic, " \xa3 5m\n"))
    write(root / "bbc" / "README.TXT", b"Consists of 2225 documents")
    return root / "bbc", Expected(["business", "politics", "sport"], 30, None, remarks=1)


def movie_reviews(root):
    """IMDB: the training part alone has unlabelled reviews; lists and counts lie about."""
    top = root / "aclImdb"
    for part, n in (("train", 12), ("test", 6)):
        for i in range(n):
            write(top / part / "pos" / f"{i}_9.txt", article("a"))
            write(top / part / "neg" / f"{i}_2.txt", article("b"))
        for name in ("urls_pos.txt", "urls_neg.txt", "labeledBow.feat"):
            write(top / part / name, b"9 0:9 1:1 2:4\n" * 20)
    for i in range(20):
        write(top / "train" / "unsup" / f"{i}_0.txt", article("ab"[i % 2]))
    for name in ("README", "imdb.vocab", "imdbEr.txt"):
        write(top / name, b"the\nand\na\n")
    return top, Expected(["neg", "pos"], 24, 12, remarks=4)


def newsgroups(root):
    """20 Newsgroups: the parts have longer names, the files none but a number."""
    top = root / "20news-bydate"
    for part, n in (("train", 8), ("test", 4)):
        for topic, name in zip("abc", ("rec.sport", "misc.forsale", "talk.politics"), strict=True):
            for i in range(n):
                content = b"From: a@b.c\nSubject: x\n\n" + article(topic, "\xe9\n")
                write(top / f"20news-bydate-{part}" / name / f"{50_000 + i}", content)
    return top, Expected(["misc.forsale", "rec.sport", "talk.politics"], 24, 12)


def digits(n, side=12):
    """Return n images of vertical (0) and horizontal (1) bars, and their labels."""
    labels = np.arange(n) % 2
    bars = np.tile(np.arange(side) % 4 < 2, (side, 1)).astype(np.uint8) * 200
    images = np.stack([bars if label == 0 else bars.T for label in labels])
    return images + RNG.integers(0, 20, images.shape).astype(np.uint8), labels


def medmnist(root):
    """MedMNIST: an .npz file with three parts and labels of shape (n, 1)."""
    arrays = {}
    for part, n in (("train", 20), ("val", 6), ("test", 10)):
        arrays[f"{part}_images"], labels = digits(n)
        arrays[f"{part}_labels"] = labels[:, None].astype(np.uint8)
    np.savez(root / "breastmnist.npz", **arrays)
    return root / "breastmnist.npz", Expected(["0", "1"], 20, 10, remarks=1)


def qmnist(root):
    """QMNIST: labels of 32 bits in eight columns."""
    for part, n in (("train", 20), ("test", 10)):
        images, labels = digits(n)
        start = struct.pack(">BBBBIII", 0, 0, 8, 3, *images.shape)
        write(root / f"qmnist-{part}-images-idx3-ubyte.gz", gzip.compress(start + images.tobytes()))
        columns = np.column_stack([labels, *RNG.integers(0, 4_000, (7, n))]).astype(">i4")
        start = struct.pack(">BBBBII", 0, 0, 12, 2, n, 8)
        write(root / f"qmnist-{part}-labels-idx2-int.gz", gzip.compress(start + columns.tobytes()))
    return root, Expected(["0", "1"], 20, 10)


@pytest.mark.parametrize("make", [bbc_news, movie_reviews, newsgroups, medmnist, qmnist])
def test_it_is_read_and_classified(tmp_path, make):
    source, expected = make(tmp_path)
    data = load_dataset(source)
    assert sorted(set(data.train.labels.tolist())) == expected.classes
    assert len(data.train.docs) == expected.n_train
    assert (None if data.test is None else len(data.test.docs)) == expected.n_test
    assert len(data.remarks) == expected.remarks

    result = CliRunner().invoke(cli, ["classify", str(source), "--format", "json"])
    assert result.exit_code == 0, result.stderr
    report = json.loads(result.stdout)
    assert report["classes"] == expected.classes
    assert report["n_train"] + report["n_test"] == expected.n_train + (expected.n_test or 0)
    assert report["accuracy"] == 1
    assert report["remarks"] == list(data.remarks)
    assert report["read_as"] == data.facts
