r"""The user's cache folder, for files that are made once.

It is ``$COMPRESSCLF_CACHE`` if that is set, else ``~/Library/Caches/compressclf`` (macOS),
``%LOCALAPPDATA%\compressclf`` (Windows), ``$XDG_CACHE_HOME/compressclf`` or
``~/.cache/compressclf``. It may be deleted at any time. Compiled kernels are kept there, too, if
numba finds no other place for them (`compressclf._lib.kernelcache`).
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

__all__ = ["cache_folder", "made_once"]


def cache_folder() -> Path:
    """Return the cache folder, which may not exist yet."""
    if os.environ.get("COMPRESSCLF_CACHE"):
        return Path(os.environ["COMPRESSCLF_CACHE"])
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "compressclf"
    rule = "LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME"
    return Path(os.environ.get(rule) or Path.home() / ".cache") / "compressclf"


def made_once(name: str, make: Callable[[Path], None]) -> Path:
    """Return the folder `name` of the cache; if it does not exist, ``make(folder)`` fills it.

    It is made under another name and renamed when it is complete, so no process ever sees a part
    of it. If two processes make it at the same time, one of them discards its copy.
    """
    place = cache_folder() / name
    if place.is_dir():
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=place.parent))
    try:
        make(draft)
        try:
            draft.replace(place)
        except OSError:  # another process was faster
            if not place.is_dir():
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return place
