"""Photograph the pages that commands write: ``python -m docs.screenshots`` (needs Chromium).

Each page is opened from disk, wide and narrow, in the light and in the dark. The pictures are
beside the page of the documentation that shows them.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from tests.devtools import browser

HOW_TO = Path(__file__).parent / "how-to"
TEXT = "The bank cut its forecast, shares fell, and the striker missed the final of the cup."
SIZES = {"wide": (1280, 860), "narrow": (390, 760)}
TYPE = f"""(() => {{
  const field = document.getElementById("text");
  field.value = {TEXT!r};
  field.dispatchEvent(new Event("input"));
}})()"""
PAGES = {"report": "true", "explain": "true", "live-page": TYPE}


COMMANDS = (
    "classify sample:bbc-news --html report.html --save-model news",
    "explain sample:bbc-news --index 3 -o explain.html",
    "export news sample:bbc-news -o live-page.html",
)


def main() -> None:
    """Write all pictures; a message on a console is an error."""
    with tempfile.TemporaryDirectory() as name, browser(name) as chromium:
        folder = Path(name)
        for command in COMMANDS:
            program = [sys.executable, "-m", "compressclf", *command.split()]
            subprocess.run(program, check=True, cwd=folder)
        for page, prepare in PAGES.items():
            for size, (width, height) in SIZES.items():
                for theme in ("light", "dark"):
                    path = folder / f"{page}.html"
                    chromium.open(path, width=width, height=height, dark=theme == "dark")
                    if page == "live-page":
                        chromium.wait("'live' in window")
                    chromium.evaluate(prepare)
                    picture = HOW_TO / f"{page}-{size}-{theme}.png"
                    chromium.screenshot(picture, whole=False)
                    assert chromium.messages == [], chromium.messages
                    Image.open(picture).convert("RGB").quantize(64).save(picture, optimize=True)


if __name__ == "__main__":
    main()
