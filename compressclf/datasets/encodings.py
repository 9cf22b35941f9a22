"""Decode bytes to text.

A byte-order mark says how a file is encoded. It takes precedence over the parameter `encoding` if
the two are compatible. Nothing else is guessed: if bytes are not valid, the message may suggest an
encoding, but the user decides.
"""

from __future__ import annotations

import codecs
import re

from compressclf.datasets.reading import Reading

__all__ = ["MARKS", "decode"]

MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Encodings by byte-order mark; UTF-32 is first, since its mark begins like that of UTF-16."""
MARK = "\ufeff"
CTRL_Z = "\x1a"
LIKELY = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "koi8_r", "cp932",
    "euc_jp", "gb18030", "big5", "cp949",
)  # fmt: skip
SAMPLE = 50_000


def decode(name: str, data: bytes, reading: Reading, *, first: int = 1) -> str:
    r"""Return the text in `data`, without byte-order marks and without a Ctrl-Z at the end.

    A mark at the beginning of a later line, where files were joined, is dropped with a remark.
    Lines are counted from `first`.

    Raises
    ------
    ValueError
        If the bytes are not valid in the encoding (the message names file and line), if a
        byte-order mark contradicts the encoding, or if the encoding is unknown.

    Examples
    --------
    >>> reading = Reading()
    >>> decode("a.csv", "text,label\n".encode("utf-16"), reading), reading.notes.facts
    ('text,label\n', {'encoding': 'UTF-16 with byte-order mark'})
    """
    try:
        encoding = _encoding(name, data, reading)
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + first
        raise ValueError(
            f"{name}:{line}: byte 0x{data[error.start]:02x} is not valid {reading.encoding}; "
            f"{_remedy(data, error.start, encoding)}."
        ) from None
    except LookupError:  # also raised by codecs from bytes to bytes, such as hex
        raise ValueError(
            f"Unknown encoding {reading.encoding!r}; try utf-8, latin-1 or utf-16."
        ) from None
    except UnicodeError as error:  # raised by rare encodings such as idna
        raise ValueError(f"{name}: not valid {reading.encoding} ({error}).") from None
    text = text.removeprefix(MARK)
    if f"\n{MARK}" in text:
        text = _without_marks(name, text, reading, first)
    if text.endswith(CTRL_Z):
        reading.notes.fact("end", "Ctrl-Z, which was dropped")
        text = text.rstrip(CTRL_Z)
    return text


def _encoding(name: str, data: bytes, reading: Reading) -> str:
    """Return the encoding to use: that of the byte-order mark, or else the parameter."""
    asked = codecs.lookup(reading.encoding).name
    mark = next((mark for mark in MARKS if data.startswith(mark)), None)
    if mark is None:
        _refuse_zeros(name, data, asked)
        if asked in {"utf-16", "utf-32"}:
            raise ValueError(
                f"{name}: without a byte-order mark, {asked} needs a byte order; add "
                f"`encoding='{asked}-le'` or `encoding='{asked}-be'`."
            )
        reading.notes.fact("encoding", asked.removesuffix("-sig").upper())
        return asked
    marked = MARKS[mark]
    family = marked.removesuffix("-sig")
    if asked in {"utf-8", "utf-8-sig"} or asked.startswith(family):
        reading.notes.fact("encoding", f"{family.upper()} with byte-order mark")
        return marked
    raise ValueError(
        f"{name}: the file begins with the byte-order mark of {family}, but `encoding` is "
        f"{reading.encoding}; leave `encoding` out, or convert the file."
    )


def _refuse_zeros(name: str, data: bytes, asked: str) -> None:
    """Refuse UTF-16 and UTF-32 without a mark, which otherwise become letters and zero bytes."""
    if asked.startswith(("utf-16", "utf-32")):
        return
    head = data[:16]  # for example the name of the first column
    zeros = "".join("x" if any(head[start::4]) else "0" for start in range(4))
    known = {"x0x0": "utf-16-le", "0x0x": "utf-16-be", "x000": "utf-32-le", "000x": "utf-32-be"}
    found = known.get(zeros) if len(head) > 7 else None
    if found is not None:
        raise ValueError(
            f"{name}: there are zero bytes between the letters, as in {found[:6].upper()} without "
            f"a byte-order mark; add `encoding='{found}'`."
        )


def _remedy(data: bytes, start: int, encoding: str) -> str:
    """Return what to do about the byte at `start`, which is not valid in the encoding."""
    if encoding.startswith("utf-8") and re.search(rb"[\xc2-\xf4][\x80-\xbf]", data[:start]):
        return (
            "the lines before it are valid utf-8, so this line has another encoding: convert "
            "it, or name the encoding of the whole file with `encoding`"
        )
    likely = _likely_encodings(data, start)
    if likely:
        names = " or ".join(likely)
        return f"it looks like {names}: add `encoding='{likely[0]}'` and check a few texts"
    return "convert the file, or name its encoding with `encoding`"


def _likely_encodings(data: bytes, start: int) -> list[str]:
    """Return up to three encodings that charset-normalizer suggests; [] if it is not installed."""
    try:
        from charset_normalizer import from_bytes
    except ImportError:
        return []
    begin = data.rfind(b"\n", 0, max(0, start - SAMPLE)) + 1
    lines = re.findall(rb"[^\n]*[\x80-\xff][^\n]*", data[begin : start + SAMPLE])
    matches = list(from_bytes(b"\n".join(lines), cp_isolation=[*LIKELY]))
    best = min(((match.chaos, -match.coherence) for match in matches), default=None)
    names = {
        name
        for match in matches
        if (match.chaos, -match.coherence) == best
        for name in match.could_be_from_charset
    }
    return [name for name in LIKELY if name in names][:3]


def _without_marks(name: str, text: str, reading: Reading, first: int) -> str:
    """Drop the byte-order marks at the beginnings of lines."""
    line = text.count("\n", 0, text.index(f"\n{MARK}")) + 1 + first
    reading.notes.remark(
        f"{name}:{line}: a byte-order mark in the middle of the file was left out; files were "
        f"joined here."
    )
    return text.replace(f"\n{MARK}", "\n")
