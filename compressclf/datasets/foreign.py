"""Files whose first bytes tell that they are no tables of texts, whatever their suffix says."""

from __future__ import annotations

import re

__all__ = ["refuse_foreign"]

SPREADSHEET = "save the sheet as CSV (UTF-8) and give that file"
OFFICE = "save it as plain text, one document a line, or as CSV"
IMAGE = "give the file its own suffix, or a directory with one sub-directory of images per class"
UNPACK = "unpack it and name the table or the directory"
CONVERT = "save the data as CSV, JSON lines or Parquet"
AGAIN = "open it in a browser, then download the file itself"
_MEMBER = rb"PK\x03\x04[\s\S]{26}"  # a name follows the header of each member of a zip archive

FOREIGN = (
    (_MEMBER + rb"mimetypeapplication/vnd\.oasis\.opendocument\.spreadsheet",
     "an OpenDocument spreadsheet", SPREADSHEET),
    (_MEMBER + rb"mimetypeapplication/vnd\.oasis\.opendocument", "an OpenDocument file", OFFICE),
    (rb"(?=PK\x03\x04)[\s\S]*?" + _MEMBER + rb"xl/", "an Excel workbook", SPREADSHEET),
    (rb"(?=PK\x03\x04)[\s\S]*?" + _MEMBER + rb"word/", "a Word document", OFFICE),
    (rb"(?=PK\x03\x04)[\s\S]*?" + _MEMBER + rb"ppt/", "a PowerPoint file", OFFICE),
    (_MEMBER + rb"\[Content_Types\]\.xml", "a Microsoft Office file", SPREADSHEET),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
     "an Excel workbook or another Microsoft Office file of the old kind", SPREADSHEET),
    (rb"\{\\rtf\d", "a rich text (RTF) file", OFFICE),
    (rb"%PDF-\d", "a PDF file", "extract its text first"),
    (rb"\x89PNG\r\n\x1a\n", "a PNG image", IMAGE),
    (rb"\xff\xd8\xff", "a JPEG image", IMAGE),
    (rb"GIF8[79]a", "a GIF image", IMAGE),
    (rb"RIFF[\s\S]{4}WEBP", "a WebP image", IMAGE),
    (rb"II\*\0|MM\0\*", "a TIFF image", IMAGE),
    (rb"BM[\s\S]{4}\0\0\0\0", "a BMP image", IMAGE),
    (rb"[\s\S]{257}ustar[\0 ]", "a tar archive", UNPACK),
    (rb"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", UNPACK),
    (rb"Rar!\x1a\x07", "a RAR archive", UNPACK),
    (rb"\x04\x22\x4d\x18", "an LZ4 file", UNPACK),
    (rb"SQLite format 3\0", "an SQLite database", CONVERT),
    (rb"\x89HDF\r\n\x1a\n", "an HDF5 file", CONVERT),
    (rb"ARROW1\0|FEA1", "an Arrow or Feather file", CONVERT),
    (rb"ORC[\0-\x1f]|Obj\x01", "an ORC or Avro file", CONVERT),
    (_MEMBER + rb"[^/\0]{1,80}\.npy", "an archive of NumPy arrays", "give it the suffix .npz"),
    (rb"\x93NUMPY", "a NumPy array (.npy)", "save documents and labels as .npz or CSV"),
    (rb"\x80[\x02-\x05]", "a Python pickle, which may run code when it is read", CONVERT),
    (rb"(?i)\s*<(!doctype )?html\b", "a web page", AGAIN),
    (rb"version https://git-lfs\.github\.com/spec/",
     "a pointer of Git LFS to a file that is not here", "run: git lfs pull"),
)  # fmt: skip


def refuse_foreign(name: str, data: bytes) -> None:
    """Refuse what is no table of texts.

    Raises
    ------
    ValueError
        If the first bytes tell another kind of file; the sentence says which and what to do.

    Examples
    --------
    >>> refuse_foreign("a.csv", b"%PDF-1.7")
    Traceback (most recent call last):
    ...
    ValueError: a.csv: this is a PDF file and not a table of texts; extract its text first.
    """
    head = data[: 1 << 20]
    for pattern, what, remedy in FOREIGN:
        if re.match(pattern, head):
            raise ValueError(f"{name}: this is {what} and not a table of texts; {remedy}.")
