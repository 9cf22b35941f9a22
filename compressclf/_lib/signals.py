"""Interrupts at a moment that suits the work."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["collected_signals"]


@contextmanager
def collected_signals() -> Iterator[list[int]]:
    """Yield a list of the signals that come in the block, instead of calling their handlers.

    Use it where an interrupt would leave work half done, and look at the list where it may end.
    The second signal calls its handler at once. SIGINT and SIGTERM are collected, in the main
    thread, and if they have a handler.

    Examples
    --------
    >>> with collected_signals() as signals:
    ...     signal.raise_signal(signal.SIGINT)
    >>> signals == [signal.SIGINT]
    True
    """
    signals: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def collect(number: int, frame: FrameType | None) -> None:
        signals.append(number)
        handler = before[signal.Signals(number)]
        if len(signals) > 1 and callable(handler):
            handler(number, frame)

    is_main = threading.current_thread() is threading.main_thread()
    own = [number for number, handler in before.items() if is_main and callable(handler)]
    for number in own:
        signal.signal(number, collect)
    try:
        yield signals
    finally:
        for number in own:
            signal.signal(number, before[number])
