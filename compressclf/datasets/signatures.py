"""Recognise the kind of a file by its first bytes, whatever its suffix is."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["kind_of", "refuse_foreign"]

SPREADSHEET = "save the sheet as CSV (UTF-8) and give that file"
OFFICE = "save it as plain text, one document per line, or as CSV"
IMAGE = "use the suffix of its format, or a directory with one sub-directory of images per class"
UNPACK = "unpack it and name the table or the directory"
CONVERT = "save the data as CSV, JSON lines or Parquet"
AGAIN = "open it in a browser, then download the file itself"
READ = ""
HEAD = 1 << 20
"""Number of bytes that are inspected."""


class Signature(NamedTuple):
    """A kind of file."""

    begins: str
    """Regular expression that matches its first bytes, read as Latin-1."""
    what: str
    remedy: str
    """What to do if a table is expected; `READ` if the file may hold a table."""
    certain: bool = True
    """Whether a text never begins like this. If not, a file whose bytes are all text is a text."""
    written: bool = False
    """Whether files of this kind are themselves texts, as HTML and RTF are."""


_MEMBER = r"PK\x03\x04[\s\S]{26}"  # a name follows the header of each member of a zip archive
_WITHIN = r"(?=PK\x03\x04)[\s\S]*?" + _MEMBER
SIGNATURES = tuple(
    Signature(*row)
    for row in (
        (_MEMBER + r"mimetypeapplication/vnd\.oasis\.opendocument\.spreadsheet",
         "an OpenDocument spreadsheet", SPREADSHEET),
        (_MEMBER + r"mimetypeapplication/vnd\.oasis\.opendocument", "an OpenDocument file", OFFICE),
        (_WITHIN + r"xl/", "an Excel workbook", SPREADSHEET),
        (_WITHIN + r"word/", "a Word document", OFFICE),
        (_WITHIN + r"ppt/", "a PowerPoint file", OFFICE),
        (_MEMBER + r"\[Content_Types\]\.xml", "a Microsoft Office file", SPREADSHEET),
        (r"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
         "an Excel workbook or another Microsoft Office file of the old kind", SPREADSHEET),
        (r"\{\\rtf\d", "a rich text (RTF) file", OFFICE, False, True),
        (r"%PDF-\d", "a PDF file", "extract its text first"),
        (r"\x89PNG\r\n\x1a\n", "a PNG image", IMAGE),
        (r"\xff\xd8\xff", "a JPEG image", IMAGE),
        (r"GIF8[79]a", "a GIF image", IMAGE, False),
        (r"RIFF[\s\S]{4}WEBP", "a WebP image", IMAGE),
        (r"II\*\0|MM\0\*", "a TIFF image", IMAGE),
        (r"BM[\s\S]{4}\0\0\0\0", "a BMP image", IMAGE, False),
        (r"P[1-6]\s+(#[^\n]*\n\s*)*\d+\s+\d+\s", "a PNM image", IMAGE, False),
        (r"\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51", "a JPEG 2000 image", IMAGE),
        (r"\0\0\0[\s\S]ftyp(hei[cxms]|hev[cx]|mif1|msf1|avi[fs])", "a HEIF image", IMAGE),
        (r"8BPS\0", "a Photoshop image", IMAGE),
        (r"[\s\S]{257}ustar[\0 ]", "a tar archive", UNPACK),
        (r"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", UNPACK),
        (r"Rar!\x1a\x07", "a RAR archive", UNPACK),
        (r"\x04\x22\x4d\x18", "an LZ4 file", UNPACK),
        (r"SQLite format 3\0", "an SQLite database", CONVERT),
        (r"\x89HDF\r\n\x1a\n", "an HDF5 file", CONVERT),
        (r"FEA1", "a Feather file of version 1", CONVERT, False),
        (r"ORC[\0-\x1f]|Obj\x01", "an ORC or Avro file", CONVERT, False),
        (_MEMBER + r"[^/\0]{1,80}\.npy", "an archive of NumPy arrays", "give it the suffix .npz"),
        (r"\x93NUMPY", "a NumPy array (.npy)", "save documents and labels as .npz or CSV"),
        (r"\x80[\x02-\x05]", "a Python pickle, which may run code when it is read", CONVERT, False),
        (r"(?i:\s*<(!doctype )?html\b)", "a web page", AGAIN, False, True),
        (r"version https://git-lfs\.github\.com/spec/",
         "a Git LFS pointer without its file", "run: git lfs pull", False, True),
        (r"PK\x03\x04", "a zip file", READ),
        (r"\x1f\x8b\x08", "a gzip file", READ),
        (r"\xfd7zXZ\0", "an xz file", READ),
        (r"\x28\xb5\x2f\xfd", "a Zstandard file", READ),
        (r"BZh[1-9]1AY&SY", "a bzip2 file", READ, False),
        (r"PAR1[\0-\x20]", "a Parquet file", READ),
        (r"ARROW1\0", "an Arrow file", READ),
    )
)  # fmt: skip
PATTERNS = [re.compile(one.begins.encode("latin-1")) for one in SIGNATURES]
ANY = re.compile(b"|".join(b"(?:" + pattern.pattern + b")" for pattern in PATTERNS))


def kind_of(data: bytes) -> str | None:
    r"""Return the kind of a file, as in ``"a PNG image"``, or None for a text.

    Examples
    --------
    >>> kind_of(b"%PDF-1.7 ..."), kind_of(b"GIF89a\0\1"), kind_of(b"GIF89a is a format.")
    ('a PDF file', 'a GIF image', None)
    """
    for one in _found(data):
        if one.certain or not _is_text(data):
            return one.what
    return None


def refuse_foreign(name: str, data: bytes) -> None:
    """Refuse a file that cannot hold a table of texts.

    Raises
    ------
    ValueError
        If the first bytes are those of another kind of file; the message says which, and what to
        do.

    Examples
    --------
    >>> refuse_foreign("a.csv", b"%PDF-1.7")
    Traceback (most recent call last):
    ...
    ValueError: a.csv: this is a PDF file, not a table of texts; extract its text first.
    """
    for one in _found(data):
        if one.remedy and (one.certain or one.written or not _is_text(data)):
            raise ValueError(f"{name}: this is {one.what}, not a table of texts; {one.remedy}.")


def _found(data: bytes) -> list[Signature]:
    head = data[:HEAD]
    if ANY.match(head) is None:  # one regular expression decides for most files
        return []
    return [one for one, begins in zip(SIGNATURES, PATTERNS, strict=True) if begins.match(head)]


def _is_text(data: bytes) -> bool:
    try:
        return "\0" not in data.decode()
    except UnicodeDecodeError:
        return False
