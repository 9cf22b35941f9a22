"""The file format of codes: a header that names the codec, the code, and checksums.

A code alone says neither how long the data are nor which model decodes it. A file consists of

========  ======================================================================================
4 bytes   ``CC 43 4C 46``, no text in any common encoding
1 byte    version of this format, 1
varint    bytes of the fields that follow, up to the checksum of the header
text      spec of the codec, as in ``contextmix:memory=16``
text      version of the codec; empty if its streams contain it
text      the runtime that the bits depend on; empty if they are the same everywhere
digest    0 or 8 bytes: the first bytes of the SHA-256 of the model
varint    length of the data in bytes
4 bytes   CRC-32C of the code followed by the data
varint    length of the code in bytes
4 bytes   CRC-32C of everything before it
the rest  the code
========  ======================================================================================

A varint has 7 bits per byte, lowest first; a text is a varint of its length followed by UTF-8;
numbers of four bytes are little-endian. The header of the context mixer has 41 bytes. Eight bytes
of the digest suffice to detect a wrong model: two models agree in them by chance once in 2**64, and
then the checksum of the data still differs. That checksum covers the code too, because a decoder
may not read all of a damaged code.

A reader does not trust lengths: those of header and code must match the bytes in the file, and the
codec must refuse a length of data that its code cannot hold.
"""

from __future__ import annotations

from dataclasses import dataclass

from compressclf.coding.checksum import crc32c

__all__ = ["MAGIC", "VERSION", "Header", "pack", "unpack"]

MAGIC = b"\xccCLF"
VERSION = 1
_DIGEST_BYTES = 8
_LONGEST_FIELDS = 1 << 14  # a spec may hold a path
_OTHER = "decompress it with the tool that wrote it."
_AGAIN = "copy or download it again."


@dataclass(frozen=True)
class Header:
    """The header of a file.

    Attributes
    ----------
    spec, version, runtime : str
        Spec, version and runtime of the codec.
    digest : str
        The first 16 hexadecimal digits of the model's SHA-256, or empty.
    n_bytes : int
        Length of the data.
    checksum : int
        CRC-32C of the code followed by the data.
    """

    spec: str
    version: str
    runtime: str
    digest: str
    n_bytes: int
    checksum: int

    def check_codec(self, *, spec: str, version: str, runtime: str, digest: str) -> None:
        """Refuse a codec that cannot read this file.

        A model with a digest may have another spec, such as another path. A codec without a digest
        must have the same spec.

        Raises
        ------
        ValueError
            If model, parameters, version or runtime differ.
        """
        if digest[: 2 * _DIGEST_BYTES] != self.digest:
            raise ValueError(
                f"The file was written with a model that differs from {spec} here (SHA-256 "
                f"{self.digest or 'none'}…, not {digest[: 2 * _DIGEST_BYTES] or 'none'}…): give "
                f"the model that wrote it, {self.spec}, as the compressor."
            )
        if not digest and spec != self.spec:
            raise ValueError(
                f"The file was written by {self.spec}, not by {spec}: give {self.spec} as the "
                f"compressor, or leave the compressor out."
            )
        if version != self.version:
            raise ValueError(
                f"The file was written by version {self.version!r} of {self.spec}, but this is "
                f"version {version!r}: decompress it with the compressclf that wrote it."
            )
        if runtime != self.runtime:
            raise ValueError(
                f"The bits of {self.spec} depend on the machine: the file was written with "
                f"{self.runtime or 'none'}, but this is {runtime or 'none'}; decompress it "
                f"on a machine like the first."
            )

    def check_data(self, data: bytes, code: bytes) -> None:
        """Refuse decoded data or a code that do not match the header.

        Raises
        ------
        ValueError
            If length or checksum differ.
        """
        if len(data) != self.n_bytes or crc32c(code + data) != self.checksum:
            raise ValueError(f"The file is damaged: its checksum is wrong; {_AGAIN}")


def pack(
    code: bytes,
    data: bytes,
    *,
    spec: str,
    version: str = "",
    runtime: str = "",
    digest: str = "",
) -> bytes:
    r"""Return the content of the file for a code and the data that it encodes.

    Parameters
    ----------
    code, data : bytes
    spec, version, runtime : str
        Spec, version and runtime of the codec.
    digest : str, default=""
        The SHA-256 of the model in hexadecimal digits, or empty.

    Examples
    --------
    >>> file = pack(b"\x80", b"aaaa", spec="contextmix:memory=16", version="1")
    >>> len(file)
    42
    >>> header, code = unpack(file)
    >>> header.spec, header.n_bytes, code
    ('contextmix:memory=16', 4, b'\x80')
    """
    short = bytes.fromhex(digest)[:_DIGEST_BYTES]
    fields = b"".join(
        [
            *map(_text, (spec, version, runtime)),
            _varint(len(short)) + short,
            _varint(len(data)) + crc32c(code + data).to_bytes(4, "little"),
            _varint(len(code)),
        ]
    )
    if len(fields) > _LONGEST_FIELDS:
        raise ValueError(
            f"The name of the model takes {len(fields):,} bytes, and a file's header holds at most "
            f"{_LONGEST_FIELDS:,}: give it a shorter path."
        )
    header = MAGIC + bytes([VERSION]) + _varint(len(fields)) + fields
    return header + crc32c(header).to_bytes(4, "little") + code


def unpack(file: bytes) -> tuple[Header, bytes]:
    """Return header and code of a file.

    Raises
    ------
    ValueError
        If it is empty, not such a file, of a newer format, cut short, damaged or too long.
    """
    if not file:
        raise ValueError(f"The file is empty; {_AGAIN}")
    if not MAGIC.startswith(file[: len(MAGIC)]):
        raise ValueError(f"The file does not begin like a compressclf file: {_OTHER}")
    cut = f"The file is cut short within its header; {_AGAIN}"
    if len(file) < len(MAGIC) + 1:
        raise ValueError(cut)
    if file[len(MAGIC)] > VERSION:
        raise ValueError(
            f"The file has format version {file[len(MAGIC)]}, but this compressclf reads versions "
            f"up to {VERSION}: upgrade compressclf, or copy the file again if it is old."
        )
    damaged = f"The file's header is damaged; {_AGAIN}"
    reader = _Reader(file, len(MAGIC) + 1)
    try:
        n_fields = reader.varint()
    except IndexError:
        raise ValueError(cut) from None
    except ValueError:
        raise ValueError(damaged) from None
    end = reader.place + n_fields
    if file[len(MAGIC)] != VERSION or n_fields > _LONGEST_FIELDS:
        raise ValueError(damaged)
    if len(file) < end + 4:
        raise ValueError(cut)
    if crc32c(file[:end]) != int.from_bytes(file[end : end + 4], "little"):
        raise ValueError(damaged)
    try:
        header, n_code = _fields(_Reader(file[:end], reader.place))
    except (ValueError, IndexError):  # UnicodeDecodeError is a ValueError
        raise ValueError(damaged) from None
    code = file[end + 4 :]
    if len(code) < n_code:
        raise ValueError(
            f"The file is cut short: {len(code):,} of {n_code:,} bytes of code are there; {_AGAIN}"
        )
    if len(code) > n_code:
        raise ValueError(
            f"The file has {len(code) - n_code:,} bytes after its end; remove them, or {_AGAIN}"
        )
    return header, code


def _fields(reader: _Reader) -> tuple[Header, int]:
    header = Header(
        spec=reader.text(),
        version=reader.text(),
        runtime=reader.text(),
        digest=reader.take(reader.varint()).hex(),
        n_bytes=reader.varint(),
        checksum=int.from_bytes(reader.take(4), "little"),
    )
    n_code = reader.varint()
    if reader.place != len(reader.data) or len(header.digest) not in (0, 2 * _DIGEST_BYTES):
        raise ValueError
    return header, n_code


class _Reader:
    """A reader of bytes from a position; IndexError at the end."""

    def __init__(self, data: bytes, place: int) -> None:
        self.data = data
        self.place = place

    def take(self, n_bytes: int) -> bytes:
        """Return the next bytes."""
        if n_bytes > len(self.data) - self.place:
            raise IndexError
        self.place += n_bytes
        return self.data[self.place - n_bytes : self.place]

    def varint(self) -> int:
        """Return the next number, of at most 63 bits."""
        number = 0
        for shift in range(0, 63, 7):
            byte = self.data[self.place]
            self.place += 1
            number |= (byte & 127) << shift
            if byte < 128:
                return number
        raise ValueError

    def text(self) -> str:
        """Return the next text."""
        return self.take(self.varint()).decode()


def _varint(number: int) -> bytes:
    groups = []
    while number > 127:
        groups.append(number & 127 | 128)
        number >>= 7
    return bytes([*groups, number])


def _text(text: str) -> bytes:
    encoded = text.encode()
    return _varint(len(encoded)) + encoded
