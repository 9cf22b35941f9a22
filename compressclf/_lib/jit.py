"""Compiled kernels whose cache on disk notices changes in all files of a package.

Where numba is not installed, as in a browser, kernels run as plain Python. They compute the same
numbers, hundreds of times slower.
"""

from __future__ import annotations

import _thread
import functools
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np

from compressclf._lib.executor import was_interrupted

try:
    import numba
except ModuleNotFoundError:
    numba = None  # type: ignore[assignment]
else:
    from compressclf._lib.kernelcache import cache_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "HAS_NUMBA",
    "compiles",
    "dispatcher_of",
    "kernels_of",
    "read_only",
    "stamp",
    "writable",
]

HAS_NUMBA = numba is not None

Function = TypeVar("Function", bound=Callable[..., Any])
Arrays = TypeVar("Arrays")


def compiles() -> bool:
    """Return whether kernels are compiled: numba is installed, NUMBA_DISABLE_JIT is not set."""
    return HAS_NUMBA and not getattr(numba.config, "DISABLE_JIT", 0)


def kernels_of(*folders: Path, **options: Any) -> Callable[[Function], Function]:
    """Return a decorator that compiles on first use, caches on disk and runs without the GIL.

    numba notices a change in the file of a kernel, but not in the kernels that it calls in other
    files: after an update it would run stale code from its cache. With this decorator, a change in
    any file of `folders` makes numba compile again.

    Parameters
    ----------
    *folders : Path
        The folders of the kernels that call one another.
    **options
        Options of `numba.njit`.
    """
    sources = stamp(*folders)
    options = {"nogil": True, **options}

    def decorate(function: Function) -> Function:
        if not compiles():
            return _interpreted(function)
        kernel: Any = numba.njit(**options)(function)
        kernel._cache = cache_of(function, sources)
        return _interruptible(function, kernel)

    return decorate


def dispatcher_of(kernel: Callable[..., Any]) -> Any:
    """Return numba's dispatcher of a compiled kernel."""
    return kernel._numba_type_.dispatcher  # type: ignore[attr-defined]


def read_only(arrays: Arrays) -> Arrays:
    """Return read-only views of an array, or of the arrays of a tuple.

    numba compiles a kernel once for writable arrays and once more for read-only ones, such as
    documents from an Arrow column or models in a memory map. With read-only views of both, it
    compiles only once.
    """

    def view(array: NDArray[Any]) -> NDArray[Any]:
        seen = array.view(np.ndarray)
        seen.flags.writeable = False
        return seen

    return _each(view, arrays)


def writable(arrays: Arrays) -> Arrays:
    """Return an array, or a tuple of arrays, with copies of those that must not be written to.

    These are read-only arrays, and memory maps, where writing would change the file: `joblib.load`
    maps a model's arrays with ``mmap_mode``, and joblib passes large arrays to its workers so.
    """

    def own(array: NDArray[Any]) -> NDArray[Any]:
        return array if type(array) is np.ndarray and array.flags.writeable else np.array(array)

    return _each(own, arrays)


def _each(function: Callable[[NDArray[Any]], NDArray[Any]], arrays: Arrays) -> Arrays:
    """Apply a function to an array, or to each array in a tuple; other members stay unchanged."""
    if isinstance(arrays, np.ndarray):
        return cast(Arrays, function(arrays))
    if isinstance(arrays, tuple):
        members = [_each(function, member) for member in arrays]
        return cast(
            Arrays, type(arrays)(*members) if hasattr(arrays, "_fields") else tuple(members)
        )
    return arrays


def _interruptible(function: Function, kernel: Any) -> Function:
    """Return a kernel that raises KeyboardInterrupt when Ctrl-C is pressed while it runs.

    numba calls Python to convert results to arrays. If the interpreter raises KeyboardInterrupt
    there, numba goes on with the rest of a tuple, and the interpreter reports a SystemError. Other
    kernels call the kernel itself, not this wrapper, so it costs them nothing.
    """

    @functools.wraps(function)
    def run(*arguments: Any) -> Any:
        try:
            return kernel(*arguments)
        except SystemError as error:
            if not was_interrupted(error):
                raise
        raise KeyboardInterrupt

    kernel._compile_for_args = _noticing_interrupts(kernel._compile_for_args)
    run._numba_type_ = kernel._numba_type_  # type: ignore[attr-defined]
    return cast(Function, run)


def _noticing_interrupts(compile_kernel: Function) -> Function:
    """Return a function that compiles and can be interrupted at any moment.

    LLVM calls Python back, and exceptions that are raised there are printed and lost. If an
    interrupt is lost in this way, it is sent again.
    """

    @functools.wraps(compile_kernel)
    def run(*arguments: Any, **named: Any) -> Any:
        if threading.current_thread() is not threading.main_thread():
            return compile_kernel(*arguments, **named)
        hook = sys.unraisablehook
        forgotten: list[threading.Timer] = []

        def send_again(raised: Any) -> None:
            if issubclass(raised.exc_type, KeyboardInterrupt):
                forgotten.append(threading.Timer(0.05, _thread.interrupt_main))
                forgotten[-1].start()  # later, since an exception raised here would be lost too
            else:
                hook(raised)

        sys.unraisablehook = send_again
        compiled = None
        try:
            compiled = compile_kernel(*arguments, **named)
        except Exception:
            if not forgotten:  # otherwise the callback failed, and numba raises errors of its own
                raise
        finally:
            sys.unraisablehook = hook
            for timer in forgotten:
                timer.cancel()
                timer.join()
        if forgotten:
            raise KeyboardInterrupt
        return compiled

    return cast(Function, run)


def _interpreted(function: Function) -> Function:
    """Return an interpreted kernel that, like a compiled one, overflows without warnings."""

    @functools.wraps(function)
    def run(*arguments: Any) -> Any:
        with np.errstate(all="ignore"):
            return function(*arguments)

    return cast(Function, run)


def stamp(*folders: Path) -> list[tuple[str, int, int]]:
    """Return name, modification time and size of every Python file in the folders."""
    files = (path for folder in folders for path in folder.glob("*.py"))
    return sorted((path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in files)
