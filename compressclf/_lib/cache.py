r"""Where files are kept that were made once: a folder of the user's, by the platform's rule.

``$COMPRESSCLF_CACHE`` if it is set, else ``~/Library/Caches/compressclf`` (macOS),
``%LOCALAPPDATA%\compressclf`` (Windows), ``$XDG_CACHE_HOME/compressclf`` or
``~/.cache/compressclf``. It may be deleted at any time. Compiled kernels are kept there, too, where
numba has no place of its own for them (`compressclf._lib.kernelcache`).
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
    """Return the folder; it need not exist."""
    if os.environ.get("COMPRESSCLF_CACHE"):
        return Path(os.environ["COMPRESSCLF_CACHE"])
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "compressclf"
    rule = "LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME"
    return Path(os.environ.get(rule) or Path.home() / ".cache") / "compressclf"


def made_once(name: str, make: Callable[[Path], None]) -> Path:
    """Return the folder `name` of the cache; ``make(folder)`` fills it if it is not there.

    It is made beside its place and moved there when it is whole: nobody ever sees a part of it,
    and of two processes that make it at once one throws its own away.
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
