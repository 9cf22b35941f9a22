"""Figures of the studies: matplotlib, SVG, the same bytes from the same numbers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from compressclf._files import naming
from compressclf._optional import optional_import

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["save_svg"]

# Names from a fixed salt, text as text: no chance, no date and no font of this machine gets in.
SETTINGS = {"svg.hashsalt": "compressclf", "svg.fonttype": "none"}


def save_svg(figure: Figure, path: str | Path) -> None:
    """Write a figure so that the same figure gives the same file.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    matplotlib = optional_import("matplotlib", extra="plots")
    with matplotlib.rc_context(SETTINGS):
        with naming(path):
            figure.savefig(path, format="svg", bbox_inches="tight", metadata={"Date": None})
