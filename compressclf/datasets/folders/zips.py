"""Read zip archives of several files: unpack them into a temporary directory and read that."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path, PurePosixPath

from compressclf.datasets import folders
from compressclf.datasets.dataset import Dataset
from compressclf.datasets.files import is_image_file
from compressclf.datasets.folders.layouts import is_table
from compressclf.datasets.folders.trees import JUNK, remark_on_skipped
from compressclf.datasets.packed import DAMAGE, first_line, members_of
from compressclf.datasets.reading import Reading
from compressclf.datasets.signatures import refuse_foreign

__all__ = ["holds_several", "load"]

MOST_MEMBERS = 1_000_000


def holds_several(path: Path) -> bool:
    """Return whether a file is a zip archive of more than one file; junk does not count.

    Raises
    ------
    ValueError
        If it is a workbook or encrypted, or if a path leads out of the archive.
    """
    with path.open("rb") as file:
        head = file.read(1 << 20)
    if not head.startswith(b"PK\3\4"):
        return False
    refuse_foreign(str(path), head)
    try:
        archive = zipfile.ZipFile(path)
    except DAMAGE:
        return False  # unpacking it raises the error
    with archive:
        return len(members_of(str(path), archive)) > 1


def load(path: Path, reading: Reading) -> Dataset:
    """Read the one table or the one tree of documents in a zip archive.

    A directory that holds everything else is skipped. The tree may be any that
    `compressclf.datasets.folders` reads. Names in messages are those of the archive.

    Raises
    ------
    ValueError
        If it is damaged or too large, or if it holds neither; the message names what it holds.
    """
    with tempfile.TemporaryDirectory() as directory:
        try:
            root = _extract(path, Path(directory), reading)
            dataset = _load(path, root, reading)
        except ValueError as error:
            raise ValueError(str(error).replace(directory, str(path))) from None
        remarks = reading.notes.remarks
        remarks[:] = [sentence.replace(directory, str(path)) for sentence in remarks]
    reading.notes.fact("packed", "zip")
    return replace(dataset, name=path.name)


def _extract(path: Path, directory: Path, reading: Reading) -> Path:
    """Unpack an archive; return the innermost directory that holds everything in it."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = members_of(str(path), archive)
            if len(members) > MOST_MEMBERS:
                raise ValueError(f"it holds more than {MOST_MEMBERS:,} files")
            files = [info for info in archive.infolist() if not info.filename.endswith("/")]
            kept = {info.filename for info in members}
            junk = [path / info.filename for info in files if info.filename not in kept]
            remark_on_skipped(reading.notes, junk, JUNK)
            for info in members:
                target = directory / PurePosixPath(info.filename.replace("\\", "/"))
                if target.exists():
                    raise ValueError(f"it holds {info.filename} twice")
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(info) as packed, target.open("wb") as file:
                    shutil.copyfileobj(packed, file)
    except DAMAGE as error:
        raise ValueError(
            f"{path}: the zip archive cannot be unpacked ({first_line(error)})."
        ) from None
    while len(inside := sorted(directory.iterdir())) == 1 and inside[0].is_dir():
        directory = inside[0]
    return directory


def _load(path: Path, root: Path, reading: Reading) -> Dataset:
    inside = sorted(root.iterdir())
    if all(map(is_image_file, inside)) or any(one.is_dir() or is_table(one) for one in inside):
        return folders.load(root, reading)
    found = ", ".join(file.name for file in inside[:5]) + (", ..." if inside[5:] else "")
    raise ValueError(
        f"{path}: the zip archive holds {found}; unzip it and name the table or the directory."
    )
