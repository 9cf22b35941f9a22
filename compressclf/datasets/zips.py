"""Zip archives of several files: unpacked into a temporary directory and read from there."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path, PurePosixPath

from compressclf.datasets import folders
from compressclf.datasets._dataset import Dataset
from compressclf.datasets._reading import Reading
from compressclf.datasets.foreign import refuse_foreign
from compressclf.datasets.packed import DAMAGE, first_line, members_of
from compressclf.datasets.tables import read_table, table_kind

__all__ = ["holds_several", "load"]

MOST_MEMBERS = 1_000_000


def holds_several(path: Path) -> bool:
    """Tell whether a file is a zip archive of more than one file, junk aside.

    Raises
    ------
    ValueError
        If it is a workbook, encrypted, or leads out of itself.
    """
    with path.open("rb") as file:
        head = file.read(1 << 20)
    if not head.startswith(b"PK\3\4"):
        return False
    refuse_foreign(str(path), head)
    try:
        with zipfile.ZipFile(path) as archive:
            return len(members_of(str(path), archive)) > 1
    except zipfile.BadZipFile:
        return False  # which is said where it is unpacked


def load(path: Path, reading: Reading) -> Dataset:
    """Read the one table or the one tree of documents in a zip archive.

    Directories around everything else are passed over. The tree may be any that
    `compressclf.datasets.folders` reads. Names in messages are those of the archive.

    Raises
    ------
    ValueError
        If it is damaged, too large, or holds neither; the message names what is inside.
    """
    with tempfile.TemporaryDirectory() as directory:
        try:
            root = _extract(path, Path(directory))
            dataset = _load(path, root, reading)
        except ValueError as error:
            raise ValueError(str(error).replace(directory, str(path))) from None
        remarks = reading.notes.remarks
        remarks[:] = [sentence.replace(directory, str(path)) for sentence in remarks]
    reading.notes.fact("packed", "zip")
    return replace(dataset, name=path.name)


def _extract(path: Path, directory: Path) -> Path:
    """Return where the content of an archive is, directories around all of it aside."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = members_of(str(path), archive)
            if len(members) > MOST_MEMBERS:
                raise ValueError(f"it holds more than {MOST_MEMBERS:,} files")
            for info in members:
                target = directory / PurePosixPath(info.filename.replace("\\", "/"))
                if target.exists():
                    raise ValueError(f"it holds {info.filename} twice")
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(info) as packed, target.open("wb") as file:
                    shutil.copyfileobj(packed, file)
    except (*DAMAGE, NotImplementedError, RuntimeError) as error:
        raise ValueError(
            f"{path}: the zip archive cannot be unpacked ({first_line(error)})."
        ) from None
    while len(inside := sorted(directory.iterdir())) == 1 and inside[0].is_dir():
        directory = inside[0]
    return directory


def _load(path: Path, root: Path, reading: Reading) -> Dataset:
    inside = sorted(root.iterdir())
    tables = [file for file in inside if file.is_file() and table_kind(file) not in {None, ".txt"}]
    directories = [file for file in inside if file.is_dir()]
    if len(tables) == 1 and not directories:
        others = [file.name for file in inside if file != tables[0]]
        reading.notes.remark(
            f"{path}: the table {tables[0].name} was read and {', '.join(others[:3])} "
            f"{'was' if len(others) == 1 else f'({len(others)} files) were'} not."
        )
        return Dataset(path.name, read_table(tables[0], reading))
    images = all(map(folders.is_image_file, inside))
    if images or bool(tables) != bool(directories):
        return folders.load(root, reading)  # classes, parts or several tables
    found = ", ".join(file.name + "/" * file.is_dir() for file in inside[:5])
    more = ", ..." if len(inside) > 5 else ""
    raise ValueError(
        f"{path}: the zip archive holds {found}{more}; unzip it and name the table or the "
        f"directory."
    )
