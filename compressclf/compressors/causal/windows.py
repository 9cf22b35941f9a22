"""Divide texts longer than a model's context into windows.

A model sees at most `size` tokens at a time. In a longer text, the first window codes as many
tokens as fit. Every later window moves on by `stride` tokens, which it codes after the
``size - stride`` tokens before them as context. A small stride gives more context and costs more.
Each window begins with the model's start token, if it has one, which is not coded.

>>> for window in windows(0, 10, size=6, stride=2):
...     print(window)
Window(begin=0, code=0, end=6)
Window(begin=2, code=6, end=8)
Window(begin=4, code=8, end=10)

Given tokens before the text are context too. Their last ``size - stride`` tokens are kept, which
leaves room for `stride` tokens after them:

>>> windows(7, 3, size=6, stride=2)
[Window(begin=3, code=7, end=9), Window(begin=5, code=9, end=10)]
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Window", "windows"]


class Window(NamedTuple):
    """Tokens ``[code, end)`` are coded after ``[begin, code)``."""

    begin: int
    code: int
    end: int


def windows(n_given: int, n_coded: int, *, size: int, stride: int) -> list[Window]:
    """Return the windows that code the last `n_coded` of ``n_given + n_coded`` tokens."""
    found = []
    code, stop = n_given, n_given + n_coded
    begin = max(0, n_given - (size - stride))
    while code < stop:
        end = min(stop, begin + size)
        found.append(Window(begin, code, end))
        code, begin = end, end - (size - stride)
    return found
