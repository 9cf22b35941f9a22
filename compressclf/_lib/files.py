"""Write files atomically, with errors that name the file."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

__all__ = ["check_folder", "naming", "sync_folder", "sync_tree", "write_all", "write_whole"]

_BINARY = getattr(os, "O_BINARY", 0)


def check_folder(folder: Path) -> None:
    """Check that files can be written to a folder, before any work is done.

    Raises
    ------
    ValueError
        If it does not exist or is read-only; the message says which.
    """
    if not folder.is_dir():
        raise ValueError(f"there is no directory {folder} to write into.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ValueError(f"the directory {folder} is read-only: choose another place.")


@contextmanager
def naming(target: Path | str) -> Iterator[None]:
    """Make every OSError of the block name `target`, the file that the user wants to write.

    Without it, an error while writing, such as a full disk, names no file, and an error about a
    temporary file names a file that the user does not know.

    Examples
    --------
    >>> with naming("out.csv"):
    ...     raise OSError(28, "No space left on device")
    Traceback (most recent call last):
    ...
    OSError: [Errno 28] No space left on device: 'out.csv'
    """
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(target)) from None


def write_all(file: IO[bytes], data: bytes, place: int) -> None:
    """Write `data` at a place of a file without a buffer."""
    file.seek(place)
    view = memoryview(data)
    while view:
        written = file.write(view)
        if not written:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        view = view[written:]


def write_whole(path: Path, data: bytes | Iterable[bytes], *, draft: Path | None = None) -> None:
    """Write `data` to the file `path` atomically; to a pipe or a device, write directly.

    Parameters
    ----------
    path : Path
        The file. If it is a link, the file that it points to is replaced.
    data : bytes or iterable of bytes
        Parts of an iterable are written one after the other.
    draft : Path, optional
        The file that is renamed when it is complete, in the same folder. A killed process leaves it
        behind, and the next one overwrites it; no other process may write to it. By default, a file
        with a random name.

    Raises
    ------
    OSError
        If the file cannot be written. An older file of that name then stays unchanged.
    """
    target = path.resolve()
    parts = [data] if isinstance(data, bytes) else data
    with naming(path):
        if target.exists() and not target.is_file():
            with target.open("wb") as device:
                device.writelines(parts)
            return
        if draft is None:
            handle, partial = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        else:
            partial = str(draft)
            handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _BINARY, 0o600)
        try:
            with os.fdopen(handle, "wb", buffering=0) as file:
                for part in parts:
                    write_all(file, part, file.tell())
                os.fsync(handle)
            umask = os.umask(0)
            os.umask(umask)
            os.chmod(partial, 0o666 & ~umask)
            os.replace(partial, target)
        except BaseException:
            os.unlink(partial)
            raise


def sync_folder(folder: Path) -> None:
    """Write the names in a folder to the disk, so that a renamed file survives a power failure.

    Only POSIX systems can do this; elsewhere nothing happens.
    """
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(path: Path) -> None:
    """Write a file, or all files below a folder, to the disk."""
    if path.is_dir():
        for inside in path.iterdir():
            sync_tree(inside)
        sync_folder(path)
        return
    with path.open("rb+") as file:
        os.fsync(file.fileno())
