"""Bytes as text."""

from __future__ import annotations

from compressclf.datasets._reading import Reading

__all__ = ["decode"]


def decode(name: str, data: bytes, reading: Reading) -> str:
    """Return the text in `data`.

    Raises
    ------
    ValueError
        If the bytes are not of the encoding, with file and line.
    """
    encoding = reading.encoding
    try:
        return data.decode("utf-8-sig" if encoding.lower() in {"utf-8", "utf8"} else encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{name}:{line}: byte 0x{data[error.start]:02x} is not valid {encoding}; convert the "
            f"file, or name its encoding with --encoding."
        ) from None
    except LookupError:
        raise ValueError(f"Unknown encoding {encoding!r}; try utf-8, latin-1 or utf-16.") from None
