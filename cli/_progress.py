"""Progress on standard error for work that takes longer than two seconds, and peak memory."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from compressclf._lib.progress import listen

__all__ = ["duration", "show_progress"]

SILENT_SECONDS = 2.0
SECONDS_BETWEEN_LINES = 10.0  # if standard error is not a terminal


@contextmanager
def show_progress(doing: str) -> Iterator[None]:
    """Show progress, rate and remaining time of the tracked work in the block."""
    display = _Display(doing)
    try:
        with listen(display.update):
            yield
    finally:
        display.clear()


class _Display:
    def __init__(self, doing: str) -> None:
        self.doing = doing
        self.terminal = sys.stderr.isatty()
        self.begin = time.monotonic()
        self.last = self.begin
        self.shown = 0

    def update(self, done: int, total: int) -> None:
        """Show ``done`` of ``total`` bytes."""
        now = time.monotonic()
        if done == 0:
            self.begin = now
        elapsed = now - self.begin
        pause = 0.1 if self.terminal else SECONDS_BETWEEN_LINES
        if not done or elapsed < SILENT_SECONDS or now - self.last < pause:
            return
        self.last = now
        rate = done / elapsed
        line = (
            f"{self.doing}: {done / total:4.0%}, {_rate(rate)}, "
            f"{duration((total - done) / rate)} to go"
        )
        if self.terminal:
            click.echo("\r" + line.ljust(self.shown), err=True, nl=False)
            self.shown = len(line)
        else:
            click.echo(line, err=True)

    def clear(self) -> None:
        """Clear the line for the next output."""
        if self.shown:
            click.echo("\r" + " " * self.shown + "\r", err=True, nl=False)


def _rate(rate: float) -> str:
    """Return bytes per second in MB/s or kB/s.

    Examples
    --------
    >>> _rate(2_500_000), _rate(800)
    ('2.5 MB/s', '0.8 kB/s')
    """
    return f"{rate / 1e6:,.1f} MB/s" if rate >= 100_000 else f"{rate / 1e3:.1f} kB/s"


def duration(seconds: float) -> str:
    """Return a duration in hours, minutes and seconds.

    Examples
    --------
    >>> duration(5), duration(400)
    ('5 s', '6 min 40 s')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
