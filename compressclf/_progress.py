"""Tell whoever listens how far a long computation is, and why the next seconds are silent.

The library reports; it never prints. A front end (the command line, a notebook) listens for the
length of a ``with`` block:

>>> seen = []
>>> with listen(lambda done, total: seen.append((done, total))):
...     with track(total=2) as advance:
...         advance(1)
...         advance(1)
>>> seen
[(0, 2), (1, 2), (2, 2)]
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["listen", "mention_if_slow", "track"]

logger = logging.getLogger("compressclf")

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
    """Report work of `total` units; the block calls what it is given with each part done."""
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
def mention_if_slow(message: str, *, after: float = 1.0) -> Iterator[None]:
    """Log `message` (to standard error, unless logging is set up) if the block takes long.

    Parameters
    ----------
    message : str
        One sentence.
    after : float
        Seconds until it is logged.
    """
    timer = threading.Timer(after, logger.warning, (message,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
