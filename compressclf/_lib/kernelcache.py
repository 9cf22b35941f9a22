"""The cache of compiled kernels on disk, which tries two folders in addition to numba's.

numba tries ``$NUMBA_CACHE_DIR``, the ``__pycache__`` beside the source and its cache folder of the
user. If none of them is writable, as in a container with a read-only installation and no home,
every process would compile for a minute. So `compressclf._lib.cache.cache_folder` is tried next,
and then a temporary folder that only this user can write to, since the code in it is run. If the
disk is full or a cached file is damaged, the kernel is compiled again and the computation goes on.
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
    """Return the cache of a kernel; if no folder is writable, it lasts for this process only.

    Parameters
    ----------
    function : function
        The kernel to compile.
    sources : object
        Any object that can be pickled; if it changes, the cache is out of date.
    """
    try:
        cache = KernelCache(function)
    except RuntimeError:  # numba has no locator left
        return NoCache()
    cache._cache_file._source_stamp = sources
    return cache


class ToolkitLocator(UserWideCacheLocator):
    """Keep kernels in the toolkit's cache folder."""

    def __init__(self, py_func: Any, py_file: str) -> None:
        super().__init__(py_func, py_file)
        self._cache_path = str(self.folder() / "numba" / self.get_suitable_cache_subpath(py_file))

    @staticmethod
    def folder() -> Path:
        """Return the folder, which may not exist yet."""
        return cache_folder()


class TemporaryLocator(ToolkitLocator):
    """Keep kernels in a temporary folder that only this user can write to."""

    @staticmethod
    def folder() -> Path:
        """Return the folder, and make it if it does not exist."""
        return temporary_folder()

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> Any:
        """Return the locator; None if the folder cannot be made."""
        try:
            return super().from_function(py_func, py_file)
        except OSError:
            return None


class KernelCacheImpl(CompileResultCacheImpl):
    """numba's implementation of caches, with two additional folders."""

    _locator_classes = [  # noqa: RUF012 - a list in numba too
        *CompileResultCacheImpl._locator_classes,
        ToolkitLocator,
        TemporaryLocator,
    ]


class KernelCache(FunctionCache):
    """numba's cache, but files that cannot be read or written are ignored."""

    _impl_class = KernelCacheImpl

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the compiled code for a signature; None if it is missing or damaged."""
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # pickle can raise any error for a damaged file
            with contextlib.suppress(OSError):
                self.flush()
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep the compiled code on disk, if possible."""
        try:
            super().save_overload(sig, data)
        except Exception as error:
            self.disable()
            hint(f"cannot be kept in {self.cache_path} ({error})")
            return
        if isinstance(self._impl.locator, TemporaryLocator):
            hint(f"are kept in {TemporaryLocator.folder()}, which may be emptied")


class NoCache(NullCache):
    """The cache if no folder is writable: it keeps nothing on disk."""

    def save_overload(self, sig: Any, data: Any) -> None:
        """Log once that nothing is kept."""
        hint("cannot be kept: no folder for them is writable")


def temporary_folder() -> Path:
    """Return the temporary folder of this user, and make it if it does not exist.

    Raises
    ------
    OSError
        If it cannot be made, or if other users can write to it.
    """
    user = os.getuid() if hasattr(os, "getuid") else None
    folder = Path(tempfile.gettempdir()) / (
        "compressclf" if user is None else f"compressclf-{user}"
    )
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    is_ours = stat.S_ISDIR(found.st_mode) and (user is None or found.st_uid == user)
    if not is_ours or (user is not None and found.st_mode & 0o022):
        raise PermissionError(f"{folder} does not belong to this user alone.")
    return folder


def hint(what: str) -> None:
    """Log once, and not from worker processes, why kernels will be compiled again."""
    if parent_process() is None:
        _said(what)


@functools.cache
def _said(what: str) -> None:
    logger.warning(
        "Compiled kernels %s: set COMPRESSCLF_CACHE to a writable folder, so that they are "
        "compiled only once.",
        what,
    )
