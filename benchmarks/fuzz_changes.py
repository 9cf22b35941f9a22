"""Changes of inputs for `benchmarks.fuzz`, and the shortening of those with a finding."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Sequence

ODD_NUMBERS = (
    0,
    1,
    127,
    128,
    255,
    256,
    32767,
    65535,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**63,
    2**64 - 1,
)
WORDS = (
    *(b"-1", b"0", b"1e999", b"-0.0", b"9" * 30, b"NaN", b"Infinity", b"null", b"true", b"''"),
    *(
        b'""',
        b'"',
        b"'",
        b"\\",
        b"[",
        b"]",
        b"{",
        b"}",
        b"[[[[[[[[",
        b":",
        b",",
        b"=",
        b"\t",
        b"\n",
    ),
    *(b"\r\n", b"\r", b"\0", b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xef\xbb\xbf", b"\xff\xfe"),
    *(b"\xed\xa0\x80", b"\\ud800", b"\xe2\x80\xae", b"\x1b[2J", b"\xc2\x85", b"%s", b"../", b"/"),
)
NUMBER = re.compile(rb"-?\d+(\.\d+)?")
TOKEN = re.compile(rb'"[^"\\\n]{0,99}"|-?\d[\d.e+-]*|\w+|\[\]|\{\}')
VALUES = (
    *(b"null", b"true", b"false", b"-1", b"0", b"1", b"2", b"1.5", b"1e308", b"1e-320", b"1e999"),
    *(b"9223372036854775808", b'""', b'"x"', b"[]", b"{}", b"[[]]", b'{"a": 1}', b"[1, 2]"),
    *(b'"\\ud800"', b'"' + b"a" * 5000 + b'"', b"[" + b"0, " * 900 + b"0]", b"9" * 5000),
)
LONGEST = 1 << 14  # bytes of a changed input at most, unless the original is longer
MOST_TRIES = 3000


def changed(data: bytes, other: bytes, words: Sequence[bytes], rng: random.Random) -> bytes:
    """Return an input with one to four changes, some of them parts of `other`."""
    longest = max(LONGEST, len(data) + 100)
    for _ in range(rng.choice((1, 1, 2, 4))):
        data = rng.choice(_CHANGES)(data, other, words, rng)
    return data[:longest]


def shortened(data: bytes, same: Callable[[bytes], bool], seconds: float) -> bytes:
    """Return the shortest input found for which `same` is true, starting from `data`."""
    until, tries = time.monotonic() + seconds, 0
    size = len(data) // 2
    while size:
        at = 0
        while at < len(data):
            tries += 1
            if tries > MOST_TRIES or time.monotonic() > until:
                return data
            shorter = data[:at] + data[at + size :]
            if same(shorter):
                data = shorter
            else:
                at += size
        size //= 2
    return data


def _place(data: bytes, rng: random.Random) -> tuple[int, int]:
    """Return the begin and end of a random part; short parts are more frequent."""
    begin = int(rng.random() * (len(data) + 1))
    return begin, min(len(data), begin + (1 << int(rng.random() * 8)))


def _flipped(data: bytes, other: bytes, words: Sequence[bytes], rng: random.Random) -> bytes:
    if not data:
        return b"\0"
    at = int(rng.random() * len(data))
    return data[:at] + bytes([data[at] ^ 1 << int(rng.random() * 8)]) + data[at + 1 :]


def _byte_set(data: bytes, other: bytes, words: Sequence[bytes], rng: random.Random) -> bytes:
    at = int(rng.random() * (len(data) + 1))
    return data[:at] + bytes([int(rng.random() * 256)]) + data[at + 1 :]


def _cut_out(data: bytes, other: bytes, words: Sequence[bytes], rng: random.Random) -> bytes:
    begin, end = _place(data, rng)
    return data[:begin] + data[end:]


def _cut_off(data: bytes, other: bytes, words: Sequence[bytes], rng: random.Random) -> bytes:
    return data[: int(rng.random() * (len(data) + 1))]


def _repeated(data: bytes, other: bytes, words: Sequence[bytes], rng: random.Random) -> bytes:
    begin, end = _place(data, rng)
    return data[:begin] + data[begin:end] * rng.choice((2, 2, 3, 40)) + data[end:]


def _moved(data: bytes, other: bytes, words: Sequence[bytes], rng: random.Random) -> bytes:
    begin, end = _place(data, rng)
    at, rest = int(rng.random() * (len(data) + 1)), data[:begin] + data[end:]
    return rest[:at] + data[begin:end] + rest[at:]


def _word_put_in(data: bytes, other: bytes, words: Sequence[bytes], rng: random.Random) -> bytes:
    begin, end = _place(data, rng)
    end = begin if rng.random() < 0.5 else end
    return data[:begin] + rng.choice(words) + data[end:]


def _crossed(data: bytes, other: bytes, words: Sequence[bytes], rng: random.Random) -> bytes:
    begin, end = _place(other, rng)
    at = int(rng.random() * (len(data) + 1))
    return data[:at] + other[begin:end] + data[at:]


def _joined(data: bytes, other: bytes, words: Sequence[bytes], rng: random.Random) -> bytes:
    at = rng.random()
    return data[: int(at * len(data))] + other[int(at * len(other)) :]


def _integer(data: bytes, other: bytes, words: Sequence[bytes], rng: random.Random) -> bytes:
    """Overwrite 1, 2, 4 or 8 bytes by an extreme number."""
    n_bytes = rng.choice((1, 2, 4, 8))
    number = rng.choice(ODD_NUMBERS) % (1 << 8 * n_bytes)
    at = int(rng.random() * (len(data) + 1))
    packed = number.to_bytes(n_bytes, rng.choice(("little", "big")))
    return data[:at] + packed + data[at + n_bytes :]


def _decimal(data: bytes, other: bytes, words: Sequence[bytes], rng: random.Random) -> bytes:
    """Replace a decimal number."""
    found = NUMBER.search(data, int(rng.random() * (len(data) + 1)))
    if found is None:
        return _byte_set(data, other, words, rng)
    number = rng.choice((str(rng.choice(ODD_NUMBERS)), "-1", "0.5", "1e308", "1e-320", "[]"))
    return data[: found.start()] + number.encode() + data[found.end() :]


def _token(data: bytes, other: bytes, words: Sequence[bytes], rng: random.Random) -> bytes:
    """Replace a JSON string, number or word by an odd value or one of the other input."""
    found = TOKEN.search(data, int(rng.random() * (len(data) + 1)))
    if found is None:
        return _word_put_in(data, other, words, rng)
    value = rng.choice(VALUES)
    if rng.random() < 0.5:
        another = TOKEN.search(other, int(rng.random() * (len(other) + 1)))
        value = another[0] if another else value
    return data[: found.start()] + value + data[found.end() :]


_CHANGES = (
    *(_flipped, _byte_set, _cut_out, _cut_off, _repeated, _moved, _word_put_in, _word_put_in),
    *(_crossed, _joined, _integer, _decimal, _token, _token, _token),
)
