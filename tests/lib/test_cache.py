import sys
from pathlib import Path

import pytest

from compressclf._lib.cache import cache_folder, made_once


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        ("linux", {}, "home/.cache/compressclf"),
        ("linux", {"XDG_CACHE_HOME": "xdg"}, "xdg/compressclf"),
        ("darwin", {"XDG_CACHE_HOME": "xdg"}, "home/Library/Caches/compressclf"),
        ("win32", {"LOCALAPPDATA": "local"}, "local/compressclf"),
        ("linux", {"XDG_CACHE_HOME": "xdg", "COMPRESSCLF_CACHE": "mine"}, "mine"),
    ],
)
def test_the_platforms_rule(monkeypatch, platform, environment, expected):
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "COMPRESSCLF_CACHE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(Path, "home", lambda: Path("home"))
    assert cache_folder() == Path(expected)


def test_a_folder_is_made_once_and_never_half(monkeypatch, tmp_path):
    monkeypatch.setenv("COMPRESSCLF_CACHE", str(tmp_path))
    calls = []

    def make(folder):
        (folder / "part").write_text("1")
        assert not (tmp_path / "thing").exists()
        if not calls:
            calls.append("failed")
            raise OSError("disk full")
        calls.append("made")

    with pytest.raises(OSError, match="disk full"):
        made_once("thing", make)
    assert list(tmp_path.iterdir()) == []
    for _ in range(2):
        assert (made_once("thing", make) / "part").read_text() == "1"
    assert calls == ["failed", "made"]
    assert [path.name for path in tmp_path.iterdir()] == ["thing"]


def test_of_two_who_make_it_one_is_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("COMPRESSCLF_CACHE", str(tmp_path))

    def make(folder):
        (folder / "part").write_text("mine")
        (tmp_path / "thing").mkdir()
        (tmp_path / "thing" / "part").write_text("another's")

    assert (made_once("thing", make) / "part").read_text() == "another's"
    assert [path.name for path in tmp_path.iterdir()] == ["thing"]
