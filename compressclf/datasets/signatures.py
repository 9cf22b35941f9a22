"""What a file is by its first bytes, where it is no text."""

from __future__ import annotations

import re

__all__ = ["kind_of"]

# Each of these holds bytes that no text in UTF-8 or Latin-1 begins with.
STRONG = {
    rb"\x89PNG\r\n\x1a\n": "a PNG image",
    rb"\xff\xd8\xff": "a JPEG image",
    rb"II\*\0|MM\0\*": "a TIFF image",
    rb"RIFF[\s\S]{4}WEBP": "a WebP image",
    rb"\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51": "a JPEG 2000 image",
    rb"\0\0\0[\s\S]ftyp(hei[cxms]|hev[cx]|mif1|msf1|avi[fs])": "a HEIF image",
    rb"8BPS\0": "a Photoshop image",
    rb"%PDF-\d": "a PDF file",
    rb"PK\x03\x04": "a zip file",
    rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "a Microsoft Office file",
    rb"\x1f\x8b\x08": "a gzip file",
    rb"\xfd7zXZ\0": "an xz file",
    rb"\x28\xb5\x2f\xfd": "a Zstandard file",
    rb"7z\xbc\xaf\x27\x1c": "a 7-Zip file",
    rb"Rar!\x1a\x07": "a RAR file",
    rb"PAR1[\0-\x20]": "a Parquet file",
    rb"\x89HDF\r\n\x1a\n": "an HDF5 file",
    rb"\x93NUMPY": "a NumPy file",
    rb"SQLite format 3\0": "a SQLite file",
}
# A text may begin with these too, so the rest must not be one.
WEAK = {
    rb"GIF8[79]a": "a GIF image",
    rb"BM[\s\S]{4}\0\0\0\0": "a BMP image",
    rb"P[1-6]\s+(#[^\n]*\n\s*)*\d+\s+\d+\s": "a PNM image",
    rb"BZh[1-9]1AY&SY": "a bzip2 file",
}
ANY = re.compile(b"|".join([*STRONG, *WEAK]))


def kind_of(data: bytes) -> str | None:
    r"""Return what kind of file bytes are, as in ``"a PNG image"``; None if nothing tells.

    Examples
    --------
    >>> kind_of(b"%PDF-1.7 ..."), kind_of(b"GIF89a\0\1"), kind_of(b"GIF89a is a format.")
    ('a PDF file', 'a GIF image', None)
    """
    if ANY.match(data) is None:  # of most files, at once
        return None
    for pattern, kind in STRONG.items():
        if re.match(pattern, data):
            return kind
    for pattern, kind in WEAK.items():
        if re.match(pattern, data) and not _is_text(data):
            return kind
    return None


def _is_text(data: bytes) -> bool:
    try:
        return "\0" not in data.decode()
    except UnicodeDecodeError:
        return False
