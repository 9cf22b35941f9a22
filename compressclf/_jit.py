"""Compiled kernels whose cache on disk notices a change in any file that takes part."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba
import numpy as np

from compressclf._kernelcache import cache_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["kernels_of", "read_only", "stamp"]

Function = TypeVar("Function", bound=Callable[..., Any])


def kernels_of(*folders: Path, **options: Any) -> Callable[[Function], Function]:
    """Return a decorator that compiles on first use, caches on disk and runs without the GIL.

    numba notices a change in the file of a kernel, but not in the kernels that it calls in other
    files: after an update it would go on to run what it has cached. Here all files in `folders`
    count.

    Parameters
    ----------
    *folders : Path
        Where the kernels are that call one another.
    **options
        As of `numba.njit`.
    """
    sources = stamp(*folders)
    options = {"nogil": True, **options}

    def decorate(function: Function) -> Function:
        if getattr(numba.config, "DISABLE_JIT", 0):
            return _interpreted(function)
        kernel: Any = numba.njit(**options)(function)
        kernel._cache = cache_of(function, sources)
        compiled: Function = kernel
        return compiled

    return decorate


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """Return a read-only view.

    A kernel is compiled once for arrays that can be written to and once more for those that cannot:
    documents from an Arrow column or a memory map. Given a read-only view of either, it is compiled
    once.
    """
    view = array.view()
    view.flags.writeable = False
    return view


def _interpreted(function: Function) -> Function:
    """Return a kernel whose numbers wrap around and divide by 0 without a warning, as compiled."""

    @functools.wraps(function)
    def run(*arguments: Any) -> Any:
        with np.errstate(all="ignore"):
            return function(*arguments)

    return cast(Function, run)


def stamp(*folders: Path) -> list[tuple[str, int, int]]:
    """Return name, time of change and size of every Python file in the folders."""
    files = (path for folder in folders for path in folder.glob("*.py"))
    return sorted((path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in files)
