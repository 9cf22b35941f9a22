"""``compressclf train-lm``: from texts of any kind to a compressor."""

import gzip
import json

import pytest

from compressclf.cli._texts import read_texts
from tests.cli.refusals import DATA, USAGE, assert_refused
from tests.cli.test_commands import run

torch = pytest.importorskip("torch")
SMALL = ["--hidden", 32, "--lanes", 4, "--window", 16, "--threads", 1, "--precision", "fp32"]


@pytest.fixture
def texts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = torch.get_num_threads()
    (tmp_path / "folder" / "deep").mkdir(parents=True)
    (tmp_path / "folder" / "deep" / "a.txt").write_text("alpha\n\nbeta\n")
    (tmp_path / "folder" / "b.gz").write_bytes(gzip.compress(b"gamma"))
    (tmp_path / "blocks.txt").write_text("one\nline\n\n\r\n\n two \n \nthree\n")
    (tmp_path / "table.jsonl").write_text(
        '{"body": "row one"}\n{"body": ""}\n{"body": "row two"}\n'
    )
    (tmp_path / "book.txt").write_text("to be, or not to be: that is the question\n" * 600)
    (tmp_path / "cut.gz").write_bytes(gzip.compress(b"gamma" * 99)[:-9])
    yield tmp_path
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("sources", "documents"),
    [
        (["folder"], [b"gamma", b"alpha\n\nbeta\n"]),
        (["blocks:blocks.txt"], [b"one\nline", b"two", b"three"]),
        (["lines:blocks.txt"], [b"one", b"line", b" two ", b" ", b"three"]),
        (["table.jsonl"], [b"row one", b"row two"]),
        (["folder/b.gz", "folder/b.gz"], [b"gamma", b"gamma"]),
    ],
)
def test_texts_are_read_from_any_source(texts, sources, documents):
    assert sorted(read_texts(tuple(sources), "body")) == sorted(documents)


def test_train_and_go_on_and_compress(texts):
    first = run(
        "train-lm", "book.txt", "-o", "m", "--steps", 40, *SMALL, "--licence", "public domain"
    )
    assert first.stdout.startswith("m/weights.safetensors: ")
    assert first.stdout.endswith(" bits per byte on held-out text\n")
    assert "step 40" in first.stderr
    card = (texts / "m" / "README.md").read_text()
    assert "- book.txt" in card
    assert "- public domain" in card
    again = run("train-lm", "book.txt", "-o", "m", "--steps", 80, *SMALL, "--resume")
    assert "step 80" in again.stderr
    log = (texts / "m" / "log.jsonl").read_text().splitlines()
    assert [json.loads(line)["steps"] for line in log] == [40, 80]
    spec = "bytelm:weights=m/weights.safetensors"
    run("compress", "blocks.txt", "-o", "packed", "--compressor", spec)
    run("decompress", "packed", "-o", "back", "--compressor", spec)
    assert (texts / "back").read_bytes() == (texts / "blocks.txt").read_bytes()


REFUSED = {
    "no end": (
        "train-lm book.txt -o m",
        DATA,
        "Give --minutes or --steps, which say how long to train.",
    ),
    "no file": ("train-lm none.txt -o m --steps 1", DATA, "none.txt: No such file or directory"),
    "nothing to resume": (
        "train-lm book.txt -o m --steps 1 --resume --hidden 32",
        DATA,
        "m has no checkpoint.safetensors; leave out --resume.",
    ),
    "odd size": (
        "train-lm book.txt -o m --steps 1 --hidden 33",
        DATA,
        "--hidden must be a multiple of 32 from 32 to 1024. Got 33.",
    ),
    "broken gzip": (
        "train-lm cut.gz -o m --steps 1",
        DATA,
        "cut.gz: not a complete gzip file (Compressed file ended before the end-of-stream marker "
        "was reached).",
    ),
    "precision": (
        "train-lm book.txt -o m --precision fp8",
        USAGE,
        "Invalid value for '--precision': Unknown precision 'fp8': choose from auto, fp32, bf16.",
    ),
}


@pytest.mark.parametrize(("arguments", "exit_code", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_is_said(texts, arguments, exit_code, message):
    assert_refused(arguments, exit_code, message, texts)
