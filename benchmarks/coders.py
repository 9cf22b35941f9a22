"""Our range coder beside constriction's: ``python -m benchmarks.coders``.

The messages have random probabilities, peaked like those of a language model, and symbols drawn
from them. Both coders get the same probabilities and round them to integers of 24 bits (ours also
of 32 for the large vocabulary). Prints for each length the bits beyond −Σ log2 p per message, and
symbols per second with the rounding included: medians of interleaved rounds. `whole` codes a
message in one call. `steps` codes one symbol per call, as a model must that predicts each symbol
from the last. A second table has the cost of the rounding alone. constriction runs with
``perfect=False``; its default is far slower.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.metadata import version
from statistics import median
from typing import NamedTuple

import click
import numpy as np
from numpy.typing import NDArray

from cli._output import render_table
from compressclf._lib.optional import optional_import
from compressclf.coding.frequencies import FLOOR, integer_frequencies
from compressclf.coding.symbols import Decoder, Encoder, decode, encode

Message = tuple[NDArray[np.float64], NDArray[np.int64]]
CASES = ((256, 60, 200), (256, 240, 100), (256, 4000, 10), (49_152, 60, 4))  # symbols, n, messages


class Coder(NamedTuple):
    """A way to code a message; `encode` returns the code and its length in bits."""

    encode: Callable[[Message], tuple[object, int]]
    decode: Callable[[Message, object], list[int]]


def ours_whole(precision: int) -> Coder:
    """Return our coder, one message per call."""

    def encoded(message: Message) -> tuple[object, int]:
        tables = integer_frequencies(message[0], precision=precision)
        code = encode(tables, message[1], precision=precision)
        return code, 8 * len(code)

    def decoded(message: Message, code: bytes) -> list[int]:
        tables = integer_frequencies(message[0], precision=precision)
        return decode(tables, code, precision=precision).tolist()

    return Coder(encoded, decoded)


def ours_steps(precision: int) -> Coder:
    """Return our coder, one symbol per call."""

    def encoded(message: Message) -> tuple[object, int]:
        encoder = Encoder(precision)
        for row, symbol in zip(*message, strict=True):
            encoder.put(integer_frequencies(row, precision=precision), symbol)
        code = encoder.finish()
        return code, 8 * len(code)

    def decoded(message: Message, code: bytes) -> list[int]:
        decoder = Decoder(code, precision)
        found = [decoder.take(integer_frequencies(row, precision=precision)) for row in message[0]]
        decoder.finish()
        return found

    return Coder(encoded, decoded)


def theirs_whole() -> Coder:
    """Return constriction's range coder, one message per call."""
    stream = optional_import("constriction", extra="neural").stream
    family = stream.model.Categorical(perfect=False)

    def encoded(message: Message) -> tuple[object, int]:
        encoder = stream.queue.RangeEncoder()
        encoder.encode(message[1].astype(np.int32), family, capped(message[0]))
        code = encoder.get_compressed()
        return code, 32 * code.size

    def decoded(message: Message, code: NDArray[np.uint32]) -> list[int]:
        decoder = stream.queue.RangeDecoder(code)
        return decoder.decode(family, capped(message[0])).tolist()

    return Coder(encoded, decoded)


def theirs_steps() -> Coder:
    """Return constriction's range coder, one symbol per call."""
    stream = optional_import("constriction", extra="neural").stream

    def encoded(message: Message) -> tuple[object, int]:
        encoder = stream.queue.RangeEncoder()
        for row, symbol in zip(*message, strict=True):
            encoder.encode(int(symbol), stream.model.Categorical(capped(row), perfect=False))
        code = encoder.get_compressed()
        return code, 32 * code.size

    def decoded(message: Message, code: NDArray[np.uint32]) -> list[int]:
        decoder = stream.queue.RangeDecoder(code)
        return [
            int(decoder.decode(stream.model.Categorical(capped(row), perfect=False)))
            for row in message[0]
        ]

    return Coder(encoded, decoded)


def capped(probabilities: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return p' = (1 − ε)p + ε/V, the smoothed probabilities that our coder uses."""
    n_symbols = probabilities.shape[-1]
    return ((1 - FLOOR) * probabilities + FLOOR / n_symbols).astype(np.float32)


def drawn(rng: np.random.Generator, n_symbols: int, length: int) -> Message:
    """Return peaked probability distributions and symbols drawn from them."""
    logits = rng.normal(scale=3.0, size=(length, n_symbols))
    probabilities = np.exp(logits - logits.max(1, keepdims=True))
    probabilities /= probabilities.sum(1, keepdims=True)
    ends = probabilities.cumsum(1)
    places = rng.random((length, 1)) * ends[:, -1:]
    return probabilities, (ends <= places).sum(1)


def ideal_bits(message: Message) -> float:
    """Return −Σ log2 p' of a message."""
    probabilities, symbols = message
    n_symbols = probabilities.shape[1]
    p = probabilities[np.arange(symbols.size), symbols]
    return float(-np.log2((1 - FLOOR) * p + FLOOR / n_symbols).sum())


def measure(
    coders: dict[str, Coder], messages: list[Message], rounds: int
) -> list[dict[str, object]]:
    """Run the coders in turn; return one row per coder."""
    seconds: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in coders}
    bits = dict.fromkeys(coders, 0)
    for _ in range(rounds):
        for name, coder in coders.items():
            begin = time.perf_counter()
            codes = [coder.encode(message) for message in messages]
            middle = time.perf_counter()
            found = [coder.decode(m, code) for m, (code, _) in zip(messages, codes, strict=True)]
            seconds[name][1].append(time.perf_counter() - middle)
            seconds[name][0].append(middle - begin)
            assert found == [symbols.tolist() for _, symbols in messages], name
            bits[name] = sum(n for _, n in codes)
    ideal = sum(map(ideal_bits, messages))
    n_symbols = sum(symbols.size for _, symbols in messages)
    return [
        {
            "vocabulary": messages[0][0].shape[1],
            "symbols": messages[0][1].size,
            "coder": name,
            "bits/symbol": ideal / n_symbols,
            "extra bits/message": (bits[name] - ideal) / len(messages),
            "extra %": 100 * (bits[name] / ideal - 1),
            "encoded/s": round(n_symbols / median(seconds[name][0])),
            "decoded/s": round(n_symbols / median(seconds[name][1])),
        }
        for name in coders
    ]


def rounding(rng: np.random.Generator, n_symbols: int, precision: int) -> dict[str, object]:
    """Return the cost of rounding to integers: expected bits per symbol beyond those of p'."""
    probabilities = drawn(rng, n_symbols, 50)[0]
    exact = (1 - FLOOR) * probabilities + FLOOR / n_symbols
    integers = integer_frequencies(probabilities, precision=precision) / 2.0**precision
    entropy = -(exact * np.log2(exact)).sum(1).mean()
    cost = -(exact * np.log2(integers)).sum(1).mean()
    return {
        "vocabulary": n_symbols,
        "precision": precision,
        "bits/symbol": entropy,
        "extra bits/symbol": f"{cost - entropy:.7f}",
        "extra %": f"{100 * (cost / entropy - 1):.5f}",
    }


@click.command()
@click.option("--rounds", default=7, show_default=True)
@click.option("--seed", default=0, show_default=True)
def main(rounds: int, seed: int) -> None:
    """Code drawn messages with both coders."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    for n_symbols, length, n_messages in CASES:
        coders = {"ours, whole": ours_whole(24), "ours, steps": ours_steps(24)}
        if n_symbols > 256:
            coders |= {"ours 32 bits, steps": ours_steps(32)}
        coders |= {"constriction, whole": theirs_whole(), "constriction, steps": theirs_steps()}
        messages = [drawn(rng, n_symbols, length) for _ in range(n_messages)]
        measure(coders, messages[:1], 1)  # compiles
        rows += measure(coders, messages, rounds)
    print(f"constriction {version('constriction')}")
    print(render_table(rows, "md"))
    table = [rounding(rng, v, bits) for v in (256, 49_152) for bits in (16, 20, 24, 28, 32)]
    print("\n" + render_table(table, "md"))


if __name__ == "__main__":
    main()
