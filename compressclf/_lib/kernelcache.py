"""Where compiled kernels are kept on disk: where numba can, else in a folder of the toolkit.

numba tries ``$NUMBA_CACHE_DIR``, the ``__pycache__`` beside the source and its own folder of the
user's. Where none of them can be written to, as in a container with a read-only installation and
no home, every process would compile for a minute. `compressclf._lib.cache.cache_folder` is tried
next, and then a folder among the temporary files that belongs to this user alone: what is in it is
run.
A full disk or a damaged file never ends a computation: the kernel is compiled instead.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import stat
import tempfile
from multiprocessing import parent_process
from pathlib import Path
from typing import Any

from numba.core.caching import (
    CompileResultCacheImpl,
    FunctionCache,
    NullCache,
    UserWideCacheLocator,
)

from compressclf._lib.cache import cache_folder

__all__ = ["cache_of"]

logger = logging.getLogger("compressclf")


def cache_of(function: Any, sources: object) -> Any:
    """Return the cache of a kernel; it lasts for this process alone if no folder can be written to.

    Parameters
    ----------
    function : function
        What is compiled.
    sources : object
        Can be pickled; the cache is fresh as long as it stays the same.
    """
    try:
        cache = KernelCache(function)
    except RuntimeError:  # numba has no locator left
        return NoCache()
    cache._cache_file._source_stamp = sources
    return cache


class ToolkitLocator(UserWideCacheLocator):
    """The toolkit's own folder for what is made once."""

    def __init__(self, py_func: Any, py_file: str) -> None:
        super().__init__(py_func, py_file)
        self._cache_path = str(self.folder() / "numba" / self.get_suitable_cache_subpath(py_file))

    @staticmethod
    def folder() -> Path:
        """Return the folder; it need not exist."""
        return cache_folder()


class TemporaryLocator(ToolkitLocator):
    """A folder among the temporary files that nobody but this user can write to."""

    @staticmethod
    def folder() -> Path:
        """Return the folder, made if it is not there."""
        return temporary_folder()

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> Any:
        """Return the locator; None if the folder cannot be made."""
        try:
            return super().from_function(py_func, py_file)
        except OSError:
            return None


class KernelCacheImpl(CompileResultCacheImpl):
    """numba's, with two more places."""

    _locator_classes = [  # noqa: RUF012 - as numba has it
        *CompileResultCacheImpl._locator_classes,
        ToolkitLocator,
        TemporaryLocator,
    ]


class KernelCache(FunctionCache):
    """numba's, but what cannot be read or written is left alone."""

    _impl_class = KernelCacheImpl

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the compiled code for a signature; None if it is missing or damaged."""
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # whatever pickle makes of a damaged file
            with contextlib.suppress(OSError):
                self.flush()
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what was compiled, if there is room."""
        try:
            super().save_overload(sig, data)
        except Exception as error:
            self.disable()
            hint(f"cannot be kept in {self.cache_path} ({error})")
            return
        if isinstance(self._impl.locator, TemporaryLocator):
            hint(f"are kept in {TemporaryLocator.folder()}, which may be emptied")


class NoCache(NullCache):
    """No folder can be written to."""

    def save_overload(self, sig: Any, data: Any) -> None:
        """Say so once."""
        hint("cannot be kept: no folder for them can be written to")


def temporary_folder() -> Path:
    """Return this user's folder among the temporary files, made if it is not there.

    Raises
    ------
    OSError
        If it cannot be made, or others can write to it.
    """
    user = os.getuid() if hasattr(os, "getuid") else None
    folder = Path(tempfile.gettempdir()) / (
        "compressclf" if user is None else f"compressclf-{user}"
    )
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    is_ours = stat.S_ISDIR(found.st_mode) and (user is None or found.st_uid == user)
    if not is_ours or (user is not None and found.st_mode & 0o022):
        raise PermissionError(f"{folder} is not this user's alone.")
    return folder


def hint(what: str) -> None:
    """Say once, and not from worker processes, why kernels will be compiled again."""
    if parent_process() is None:
        _said(what)


@functools.cache
def _said(what: str) -> None:
    logger.warning(
        "Compiled kernels %s: set COMPRESSCLF_CACHE to a folder that can be written to, so that "
        "they are compiled only once.",
        what,
    )
