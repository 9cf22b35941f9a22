"""Files that appear only when they are whole."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

__all__ = ["write_whole"]


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` into the file `path` in one step; a pipe or a device is written to as it is.

    Raises
    ------
    OSError
        If the file cannot be written; an older file of that name is left as it was.
    """
    path = path.resolve()  # of a link, what it points to
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    try:
        handle, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(partial, 0o666 & ~umask)
        os.replace(partial, path)
    except BaseException:
        os.unlink(partial)
        raise
