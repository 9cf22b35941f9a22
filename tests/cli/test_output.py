import os

import pytest

from compressclf._lib.progress import track
from compressclf.cli._output import emit, render_table
from compressclf.cli._progress import show_progress

ROWS = [{"name": "gzip", "bits": 2.94041, "n": 1200}, {"name": "xz, raw", "bits": None, "n": 7}]


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("text", "name      bits      n\ngzip     2.940  1,200\nxz, raw      –      7"),
        (
            "md",
            "| name | bits | n |\n|---|--:|--:|\n| gzip | 2.940 | 1,200 |\n| xz, raw | – | 7 |",
        ),
        ("csv", 'name,bits,n\ngzip,2.94041,1200\n"xz, raw",,7\n'),
        (
            "jsonl",
            '{"name": "gzip", "bits": 2.94041, "n": 1200}\n'
            '{"name": "xz, raw", "bits": null, "n": 7}\n',
        ),
    ],
)
def test_tables(style, expected):
    assert render_table(ROWS, style) == expected


def test_progress_shows_after_a_while_only(monkeypatch, capsys):
    now = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    with show_progress("coding"), track(10_000_000) as advance:
        now = 1.0
        advance(1_000_000)
        assert capsys.readouterr().err == ""
        now = 15.0
        advance(4_000_000)
        assert capsys.readouterr().err == "coding:  50%, 0.3 MB/s, 15 s to go\n"
        now = 16.0
        advance(1_000_000)
        assert capsys.readouterr().err == ""


def test_a_link_stays_a_link_and_a_pipe_a_pipe(tmp_path):
    target, link, pipe = tmp_path / "target", tmp_path / "link", tmp_path / "pipe"
    link.symlink_to(target)
    emit("text", link)
    assert link.is_symlink()
    assert target.read_text() == "text\n"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    emit("piped", pipe)
    assert os.read(reader, 100) == b"piped\n"
    os.close(reader)
    assert pipe.is_fifo()
