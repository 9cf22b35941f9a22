"""Files that appear only when they are whole, and errors that name them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["check_folder", "naming", "write_whole"]


def check_folder(folder: Path) -> None:
    """Refuse a folder in which no file can be made, before any work is done.

    Raises
    ------
    ValueError
        If it is not there, or cannot be written to; one of the two sentences says which.
    """
    if not folder.is_dir():
        raise ValueError(f"there is no directory {folder} to write into.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ValueError(f"the directory {folder} is read-only: choose another place.")


@contextmanager
def naming(target: Path | str) -> Iterator[None]:
    """Let every OSError of the block name `target`, which is what the user asked to be written.

    An error of a write, such as that of a full disk, names no file, and one of a partial file names
    a file that the user has never heard of.

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


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` into the file `path` in one step; a pipe or a device is written to as it is.

    Raises
    ------
    OSError
        If the file cannot be written; an older file of that name is left as it was.
    """
    target = path.resolve()  # of a link, what it points to
    with naming(path):
        if target.exists() and not target.is_file():
            target.write_bytes(data)
            return
        handle, partial = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            umask = os.umask(0)
            os.umask(umask)
            os.chmod(partial, 0o666 & ~umask)
            os.replace(partial, target)
        except BaseException:
            os.unlink(partial)
            raise
