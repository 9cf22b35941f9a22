"""Kernels are compiled once wherever there is a folder for them, and never for want of one."""

import importlib.util
import os
import sys
import tempfile

import pytest
from numba.core.caching import InTreeCacheLocator, UserWideCacheLocator
from numba.core.event import RecordingListener, install_listener

from compressclf._lib import kernelcache
from compressclf._lib.jit import kernels_of
from compressclf._lib.kernelcache import NoCache, temporary_folder


@pytest.fixture(autouse=True)
def places(monkeypatch, tmp_path):
    """A read-only installation and a read-only home."""

    def read_only(*_):
        raise PermissionError("read-only")

    real = UserWideCacheLocator.ensure_cache_path

    def ensure(self):
        if type(self) is UserWideCacheLocator or not self.get_cache_path().startswith(
            str(tmp_path)
        ):
            read_only()
        real(self)

    monkeypatch.setattr(InTreeCacheLocator, "ensure_cache_path", read_only)
    monkeypatch.setattr(UserWideCacheLocator, "ensure_cache_path", ensure)
    monkeypatch.setattr("numba.config.CACHE_DIR", "")
    monkeypatch.setenv("COMPRESSCLF_CACHE", "/proc/no/where")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    kernelcache._said.cache_clear()
    yield tmp_path
    kernelcache._said.cache_clear()


def kernel_in(folder):
    """Return a kernel as a new process has it: its module is read again."""
    if not (folder / "module.py").exists():
        (folder / "module.py").write_text("def double(x):\n    return 2 * x\n")
    spec = importlib.util.spec_from_file_location("module", folder / "module.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["module"] = module
    spec.loader.exec_module(module)
    return kernels_of(folder)(module.double)


@pytest.fixture
def run(places, caplog):
    """Run the kernel as a new process; return whether it was compiled, and what was said."""

    def run():
        caplog.clear()
        with install_listener("numba:compile", RecordingListener()) as seen:
            assert kernel_in(places)(21) == 42
        return bool(seen.buffer), [record.getMessage() for record in caplog.records]

    return run


def test_the_users_cache_is_used_where_numbas_places_are_read_only(run, places, monkeypatch):
    monkeypatch.setenv("COMPRESSCLF_CACHE", str(places / "mine"))
    assert run() == (True, [])
    assert list((places / "mine" / "numba").rglob("*.nbi"))
    assert run() == (False, [])


def test_a_temporary_folder_is_used_with_a_hint_where_all_else_is_read_only(run, places):
    was_compiled, (hint,) = run()
    assert was_compiled
    assert hint == (
        f"Compiled kernels are kept in {temporary_folder()}, which may be emptied: set "
        f"COMPRESSCLF_CACHE to a writable folder, so that they are compiled only "
        f"once."
    )
    assert temporary_folder().stat().st_mode & 0o777 == 0o700
    assert run() == (False, [])


def test_a_temporary_folder_of_somebody_else_is_not_trusted(run, places):
    temporary_folder().chmod(0o777)
    for hints in (1, 0):  # said once
        was_compiled, said = run()
        assert was_compiled
        assert len(said) == hints
    assert not list((places / "temporary").rglob("*.nb?"))


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="POSIX")
def test_a_link_is_no_folder_of_ours(places):
    folder = temporary_folder()
    folder.rmdir()
    (places / "elsewhere").mkdir()
    folder.symlink_to(places / "elsewhere")
    with pytest.raises(PermissionError, match="does not belong to this user alone"):
        temporary_folder()


def test_a_full_disk_does_not_end_the_computation(run, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("numba.core.caching.IndexDataCacheFile.save", full)
    was_compiled, (hint,) = run()
    assert was_compiled
    assert "cannot be kept in" in hint
    assert "No space left on device" in hint


def test_a_damaged_cache_is_compiled_anew(run, places, monkeypatch):
    monkeypatch.setenv("COMPRESSCLF_CACHE", str(places / "mine"))
    assert run()[0]
    for file in (places / "mine").rglob("*.nb?"):
        file.write_bytes(file.read_bytes()[:-9])
    assert run() == (True, [])


def test_worker_processes_say_nothing(run, monkeypatch):
    monkeypatch.setattr(kernelcache, "parent_process", lambda: "the main process")
    assert run() == (True, [])


def test_without_any_locator_there_is_no_cache(monkeypatch):
    monkeypatch.setattr(kernelcache.KernelCacheImpl, "_locator_classes", ())
    assert isinstance(kernelcache.cache_of(kernel_in, ()), NoCache)
