"""A journal holds what was finished, whatever moment a process was killed at."""

import errno
import os
import sys

import pytest

from compressclf._lib import journal as module
from compressclf._lib.journal import Journal

SETTINGS = {"top_k": 5, "metric": "ncd"}
RECORDS = [({"part": 0}, b"first"), ({"part": 1}, b""), ({"part": 2}, b"\n\x00\xff" * 3000)]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "journal"
    with Journal(path, "matrix", SETTINGS) as journal:
        assert journal.is_empty
        for record in RECORDS:
            journal.append(*record)
    return path


def records(path):
    with Journal(path, "matrix", SETTINGS) as journal:
        return [tuple(record) for record in journal.replay()]


def test_the_file_is_as_documented(tmp_path):
    with Journal(tmp_path / "j", "squares", {"n": 3}) as journal:
        journal.append({"part": 0}, b"abc")
    lines = (tmp_path / "j").read_bytes().split(b"\n")
    assert lines == [
        b"compressclf-journal 1",
        b'af10cc11 0 {"kind": "squares", "settings": {"n": 3}}',
        b"",
        b'c7a2afbc 3 {"part": 0}',
        b"abc",
        b"",
    ]


def test_records_are_read_back(path):
    assert records(path) == RECORDS


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_what_is_cut_off_is_forgotten_and_can_be_appended_again(path, kept):
    whole = path.read_bytes()
    ends = [whole.index(b'{"part": %d}' % number) for number in range(3)] + [len(whole)]
    for cut in {ends[kept] + 1, ends[kept + 1] - 20, ends[kept + 1] - 1}:
        if kept < 2:
            cut = min(cut, ends[kept + 1] - 20)
        path.write_bytes(whole[:cut])
        assert records(path) == RECORDS[:kept]
        with Journal(path, "matrix", SETTINGS) as journal:
            for record in RECORDS[kept:]:
                journal.append(*record)
        assert path.read_bytes() == whole


def test_any_prefix_of_the_file_can_be_continued(path):
    whole = path.read_bytes()
    for cut in [*range(0, 200), len(whole) - 1]:
        path.write_bytes(whole[:cut])
        found = records(path)
        assert found == RECORDS[: len(found)]


def test_a_changed_byte_ends_the_journal_before_its_record(path):
    data = bytearray(path.read_bytes())
    data[data.index(b"first")] ^= 1
    path.write_bytes(data)
    assert records(path) == []


def test_restart_replaces_the_records(path):
    with Journal(path, "matrix", SETTINGS) as journal:
        journal.restart({"strip": 1}, b"state")
        journal.append({"part": 3})
    assert records(path) == [({"strip": 1}, b"state"), ({"part": 3}, b"")]
    assert os.listdir(path.parent) == ["journal"]


def test_other_settings_are_refused_and_named(path):
    with pytest.raises(
        ValueError,
        match=r"journal was begun with other settings: top_k was 5 and is now 6; dtype was None "
        r"and is now 'float32'\. Use the old settings to continue, or delete this file to start "
        r"again\.",
    ):
        Journal(path, "matrix", {"top_k": 6, "metric": "ncd", "dtype": "float32"})
    assert records(path) == RECORDS


def test_other_work_and_other_files_are_refused(path):
    with pytest.raises(ValueError, match=r"belongs to other work \(matrix\): delete it to start"):
        Journal(path, "predictions", SETTINGS)
    path.write_bytes(b"text,label\n" * 9)
    with pytest.raises(ValueError, match="is not a journal of this version: delete it to start"):
        Journal(path, "matrix", SETTINGS)
    assert path.read_bytes() == b"text,label\n" * 9


@pytest.mark.skipif(sys.platform == "win32", reason="files are not locked there")
def test_a_journal_in_use_is_refused(path):
    with Journal(path, "matrix", SETTINGS) as journal:
        for _ in range(2):  # before and after the file is another one
            with pytest.raises(ValueError, match="is in use by another process: wait for its end"):
                Journal(path, "matrix", SETTINGS)
            journal.restart({})
    Journal(path, "matrix", SETTINGS).close()


def test_a_full_disk_names_the_journal_and_leaves_it_as_it_was(path, monkeypatch):
    before = path.read_bytes()

    def write_half(file, data, place):
        file.seek(place)
        file.write(data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    with Journal(path, "matrix", SETTINGS) as journal:
        monkeypatch.setattr(module, "write_all", write_half)
        for write in (journal.append, journal.restart):
            with pytest.raises(OSError, match="No space left on device") as error:
                write({"part": 3}, b"data")
            assert error.value.filename == str(path)
    assert path.read_bytes() == before


def test_an_entry_that_could_not_be_read_back_is_refused(path):
    with Journal(path, "matrix", SETTINGS) as journal:
        with pytest.raises(
            ValueError, match=r"^An entry of a journal has at most 524,288 bytes of"
        ):
            journal.append({"names": ["a" * 100] * 10_000})
        journal.append({"names": "a" * 500_000})
    assert len(records(path)) == 4


def test_records_are_on_the_disk_after_some_seconds(path, monkeypatch):
    synced = []
    monkeypatch.setattr(module.os, "fsync", lambda handle: synced.append(handle))
    with Journal(path, "matrix", SETTINGS) as journal:
        journal.append({})
        assert synced == []
        monkeypatch.setattr(module, "SYNC_SECONDS", 0)
        journal.append({})
        assert len(synced) == 1
