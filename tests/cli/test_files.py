"""compress and decompress: what they write, where, and what they refuse."""

import os
import re
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from compressclf.cli import cli
from compressclf.cli._files import target_of
from compressclf.compressors.files import pack, unpack
from tests.cli.refusals import DATA, USAGE, assert_refused

TEXT = b"to be, or not to be: " * 20
CHEAP = ("--compressor", "zstd")


def run(*arguments, **options):
    result = CliRunner().invoke(cli, list(map(str, arguments)), **options)
    assert result.exit_code == 0, result.stderr
    return result


@pytest.fixture
def text(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_bytes(TEXT)
    (tmp_path / "good.cclf").write_bytes(pack(TEXT, "zstd"))
    (tmp_path / "cut.cclf").write_bytes(pack(TEXT, "zstd")[:-3])
    (tmp_path / "folder").mkdir()
    return tmp_path


def test_a_file_there_and_back(text):
    said = run("compress", "a.txt", "--compressor", "contextmix:memory=1")
    assert said.stdout == ""
    packed = (text / "a.txt.cclf").read_bytes()
    rate = 8 * len(packed) / len(TEXT)
    assert said.stderr.splitlines()[-1] == (
        f"a.txt: 420 to {len(packed)} bytes, {rate:.3f} bits per byte (contextmix:memory=1)"
    )
    assert unpack(packed) == TEXT
    (text / "a.txt").unlink()
    said = run("decompress", "a.txt.cclf")
    assert (text / "a.txt").read_bytes() == TEXT
    assert said.stderr == f"a.txt.cclf: {len(packed)} to 420 bytes\n"
    assert sorted(path.name for path in text.iterdir()) == [
        "a.txt",
        "a.txt.cclf",
        "cut.cclf",
        "folder",
        "good.cclf",
    ]


def test_through_pipes(text):
    packed = run("compress", "-", *CHEAP, input=TEXT).stdout_bytes
    assert packed == pack(TEXT, "zstd")
    assert run("decompress", "-", input=packed).stdout_bytes == TEXT
    assert run("decompress", "good.cclf", "-o", "-").stdout_bytes == TEXT
    run("compress", "-", "-o", "empty.cclf", *CHEAP, input=b"")
    assert run("decompress", "empty.cclf", "-o", "-").stdout_bytes == b""
    assert "bits per byte" not in run("compress", "-", *CHEAP, input=b"").stderr


def test_files_are_written_over_only_by_force(text):
    (text / "b.txt").write_bytes(b"older")
    assert_refused(
        "decompress good.cclf -o b.txt",
        USAGE,
        "b.txt already exists: name another file with -o, or add --force to overwrite it.",
        text,
    )
    assert (text / "b.txt").read_bytes() == b"older"
    run("decompress", "good.cclf", "-o", "b.txt", "--force")
    assert (text / "b.txt").read_bytes() == TEXT


CASES = {
    "missing": ("compress nowhere", DATA, "nowhere: No such file or directory"),
    "folder": ("compress folder", DATA, "folder: Is a directory"),
    "cut": (
        "decompress cut.cclf",
        DATA,
        re.compile("cut.cclf: The file is cut short: .* bytes of code are there; copy or .*"),
    ),
    "foreign": (
        "decompress a.txt -o b.txt",
        DATA,
        "a.txt: The file does not begin like a compressclf file: "
        "decompress it with the tool that wrote it.",
    ),
    "nothing": ("decompress -", DATA, "-: The file is empty; copy or download it again."),
    "no suffix": (
        "decompress a.txt",
        USAGE,
        "a.txt does not end in .cclf: name the result with -o.",
    ),
    "into a folder": (
        "compress a.txt -o folder",
        USAGE,
        "folder is a directory: name a file in it with -o.",
    ),
    "into nowhere": (
        "compress a.txt -o no/where",
        USAGE,
        re.compile("Invalid value: there is no directory .*no to write into."),
    ),
    "counts only": (
        "compress a.txt --compressor lz77",
        DATA,
        re.compile("lz77 only counts bits and cannot write files: choose another compressor, .*"),
    ),
    "unknown": (
        "compress a.txt --compressor contextmx",
        USAGE,
        re.compile("Invalid value for '--compressor': Unknown compressor .*'contextmix'\\?"),
    ),
    "other": (
        "decompress good.cclf -o b --compressor xz",
        DATA,
        "good.cclf: The file was written by zstd:level=3, not by xz:preset=6: give zstd:level=3 "
        "as the compressor, or leave the compressor out.",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_one_sentence_and_an_exit_code(name, text):
    assert_refused(*CASES[name], text)


def test_bytes_are_not_written_to_a_terminal(monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    message = r"Bytes are not written to a terminal: name a file with -o, or add --force\."
    with pytest.raises(click.UsageError, match=message):
        target_of(Path("-"), None, Path, force=False)
    assert target_of(Path("-"), None, Path, force=True) is None


def test_an_interrupt_leaves_nothing_behind(text, monkeypatch):
    def interrupt(*names):
        raise KeyboardInterrupt

    before = sorted(text.iterdir())
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", interrupt)
        stopped = CliRunner().invoke(cli, ["compress", "a.txt", *CHEAP])
    assert (stopped.exit_code, stopped.stderr) == (130, "Interrupted.\n")
    assert sorted(text.iterdir()) == before
