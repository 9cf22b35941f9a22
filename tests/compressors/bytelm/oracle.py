"""The integer model once more, as plainly as its definition goes: Python's integers, no tables.

The functions are rounded from decimal arithmetic with forty digits.
"""

from __future__ import annotations

import functools
from decimal import Decimal, localcontext


def logistic(x: int) -> int:
    """2**15 / (1 + e**-x) for x in units of 2**-10, at most 2**15 - 1 and x at most 16."""
    if x < 0:
        return (1 << 15) - logistic(-x)
    return min(_logistic(min(x, 1 << 14)), (1 << 15) - 1)


@functools.cache
def _logistic(x: int) -> int:
    with localcontext() as context:
        context.prec = 40
        return int((2**15 / (1 + (-Decimal(x) / 1024).exp())).to_integral_value())


@functools.cache
def power_of_two(units: int) -> int:
    """2**30 / 2**(units / 256), first to the nearest within an octave, then downwards."""
    with localcontext() as context:
        context.prec = 40
        octave, rest = divmod(units, 256)
        return int((2**30 * Decimal(2) ** (-Decimal(rest) / 256)).to_integral_value()) >> octave


def rounded(value: int, places: int) -> int:
    return value + (1 << places - 1) >> places


def clipped(value: int, limit: int) -> int:
    return min(max(value, -limit), limit)


class Oracle:
    """A model that reads tokens one by one."""

    def __init__(self, weights):
        self.tensors = {name: array.tolist() for name, array in weights.tensors.items()}
        self.hidden, self.layers = weights.hidden, weights.layers
        self.state = [[0] * self.hidden for _ in range(self.layers)]

    def product(self, name, suffix, state):
        short = [clipped(h + 128 >> 8, 127) for h in state]
        rows = zip(
            self.tensors[name + suffix],
            self.tensors[f"{name}_scale{suffix}"],
            self.tensors[f"{name}_bias{suffix}"],
            strict=True,
        )
        return [
            rounded(sum(w * h for w, h in zip(row, short, strict=True)) * scale, 20) + bias
            for row, scale, bias in rows
        ]

    def read(self, token):
        """Read a token and return the frequencies of the next byte."""
        size = self.hidden
        for layer in range(self.layers):
            own = self.product("recurrent", f".{layer}", self.state[layer])
            given = self.tensors["input"][token]
            if layer:
                given = self.product("feed", f".{layer}", self.state[layer - 1])
            new_state = []
            for j, h in enumerate(self.state[layer]):
                reset = self.gate(given[j] + own[j])
                keep = self.gate(given[size + j] + own[size + j])
                reach = clipped(own[2 * size + j], (1 << 15) - 1)
                inner = given[2 * size + j] + rounded(reset * reach, 15)
                new = 2 * logistic(abs(inner)) - (1 << 15)  # tanh
                new = new if inner >= 0 else -new
                new_state.append(rounded(((1 << 15) - keep) * new + keep * h, 15))
            self.state[layer] = new_state
        return self.share(self.product("head", "", self.state[-1]))

    @staticmethod
    def gate(x):
        """The logistic function of x in units of 2**-11: half away from zero to 2**-10."""
        return logistic(x + 1 >> 1) if x >= 0 else (1 << 15) - logistic(-x + 1 >> 1)

    @staticmethod
    def share(scores):
        best = max(scores)
        odds = [power_of_two(best - s) if best - s < 30 * 256 else 0 for s in scores]
        worth = ((1 << 24) - 256 * 16 << 38) // sum(odds)
        shares = [(odd * worth >> 38) + 16 for odd in odds]
        shares[scores.index(best)] += (1 << 24) - sum(shares)
        return shares
