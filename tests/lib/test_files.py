"""Files appear whole or not at all, and what goes wrong names the file that was asked for."""

import errno
import os

import numpy as np
import pytest

from compressclf import CodelengthClassifier
from compressclf._lib import files
from compressclf._lib.files import check_folder, naming, write_whole
from compressclf.persistence import save_model


def full(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_names_the_file_and_leaves_the_older_one(tmp_path, monkeypatch):
    target = tmp_path / "out.csv"
    target.write_bytes(b"older")
    monkeypatch.setattr(files.os, "fdopen", full)
    with pytest.raises(OSError, match="No space left on device") as error:
        write_whole(target, b"newer")
    assert error.value.filename == str(target)
    assert target.read_bytes() == b"older"
    assert os.listdir(tmp_path) == ["out.csv"]


def test_a_draft_that_a_killed_process_left_is_overwritten(tmp_path):
    target, draft = tmp_path / "out.csv", tmp_path / ".out.csv.new"
    draft.write_bytes(b"half of something that was longer")
    write_whole(target, b"whole", draft=draft)
    assert target.read_bytes() == b"whole"
    assert os.listdir(tmp_path) == ["out.csv"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux")
def test_a_device_that_is_full_is_named(tmp_path):
    (tmp_path / "link").symlink_to("/dev/full")
    for target in (tmp_path / "link", tmp_path / "link" / ".." / "full"):
        with pytest.raises(OSError, match=r"No space left on device|Not a directory") as error:
            write_whole(target, b"data")
        assert error.value.filename == str(target)


def test_a_full_disk_names_the_model(tmp_path, monkeypatch):
    classifier = CodelengthClassifier("zstd-dict", n_jobs=1).fit(["tea", "rum"], [0, 1])
    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space left on device") as error:
        save_model(classifier, tmp_path / "model")
    assert error.value.filename == str(tmp_path / "model")
    assert os.listdir(tmp_path) == []


def test_a_read_only_place_is_called_read_only(tmp_path, monkeypatch):
    check_folder(tmp_path)
    with pytest.raises(ValueError, match=r"^there is no directory .*no to write into"):
        check_folder(tmp_path / "no")
    monkeypatch.setattr(files.os, "access", lambda *_: False)  # root may write everywhere
    with pytest.raises(ValueError, match=r"^the directory .* is read-only: choose another place"):
        check_folder(tmp_path)


def test_errors_without_a_number_stay_as_they_are():
    with pytest.raises(OSError, match=r"^no image$"), naming("out.png"):
        raise OSError("no image")
