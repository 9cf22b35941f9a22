"""Report the progress of long computations, and when kernels are compiled.

The library reports, but never prints. A front end (the command line, a notebook) listens inside a
``with`` block:

>>> seen = []
>>> with listen(lambda done, total: seen.append((done, total))):
...     with track(total=2) as advance:
...         advance(1)
...         advance(1)
>>> seen
[(0, 2), (1, 2), (2, 2)]
"""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from multiprocessing import parent_process

__all__ = ["listen", "mention_compiling", "track"]

logger = logging.getLogger("compressclf")

WITHOUT_NUMBA = (
    "numba is not installed, so this runs as plain Python: the same result, but some hundred times "
    "slower; give it short texts."
)

Listener = Callable[[int, int], None]

_listener: ContextVar[Listener | None] = ContextVar("compressclf_progress", default=None)


@contextmanager
def listen(listener: Listener) -> Iterator[None]:
    """Call ``listener(done, total)`` for all work that is tracked inside the block."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


@contextmanager
def track(total: int) -> Iterator[Callable[[int], None]]:
    """Report work of `total` units; the block calls the yielded function with the units done."""
    listener = _listener.get()
    done = 0

    def advance(units: int) -> None:
        nonlocal done
        done += units
        if listener is not None:
            listener(done, total)

    advance(0)
    yield advance


@contextmanager
def mention_compiling(message: str, *, after: float = 1.0) -> Iterator[None]:
    """Log `message` once (to standard error, unless logging is set up) if the block compiles.

    Nothing is logged if the kernels come from the cache. Worker processes never log it. Without
    numba nothing is compiled; then it is logged once that the computation will be slow.

    Parameters
    ----------
    message : str
        One sentence.
    after : float
        Seconds of compiling after which it is logged.
    """
    if parent_process() is not None:
        yield
        return
    try:
        from numba.core.event import Event, Listener, install_listener
    except ModuleNotFoundError:
        _log_once(WITHOUT_NUMBA)
        yield
        return

    timer = threading.Timer(after, _log_once, (message,))
    timer.daemon = True
    thread = threading.get_ident()

    class Compiling(Listener):
        def on_start(self, event: Event) -> None:
            if threading.get_ident() == thread and timer.ident is None:
                timer.start()

        def on_end(self, event: Event) -> None:
            pass

    with install_listener("numba:compile", Compiling()):
        try:
            yield
        finally:
            timer.cancel()


@functools.cache
def _log_once(message: str) -> None:
    logger.warning(message)
