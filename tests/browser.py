"""Headless Chromium for pages that are opened from disk; no package beside it is needed."""

import shutil
import subprocess
from pathlib import Path

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
QUIET = (
    "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars "
    "--no-first-run --disable-background-networking --disable-extensions "
    "--enable-logging=stderr --log-level=0"
).split()


def opened(path, *options, wait=3000, query=""):
    """Open a page; return its document as HTML, and the lines that it wrote to the console.

    `wait` is the time in ms that passes, faster than real time, until the document is read, and
    `query` what follows the question mark of the address.
    """
    if wait:
        options = (*options, f"--virtual-time-budget={wait}")
    profile = Path(path).parent / "chromium"
    run = subprocess.run(
        [
            CHROMIUM, *QUIET, f"--user-data-dir={profile}", *options,
            "--dump-dom", Path(path).resolve().as_uri() + f"?{query}" * bool(query),
        ],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return run.stdout, [line for line in run.stderr.splitlines() if "CONSOLE" in line]
