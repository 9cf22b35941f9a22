"""The layout of a picture, which `svg` and `png` draw: panels, lines and a legend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.explain.explanation import Account, Explanation

__all__ = ["LEGEND", "LINE", "Figure", "Panel", "figure_of", "ramp"]

SIDE = 240
"""The approximate longer side of a panel; larger images are not reduced."""
LEAST_WIDTH = 220  # of a panel with its text
MARGIN, GAP, TEXT = 16, 24, 18  # around the picture, between panels, height of a line of text
LEGEND = 12  # height of the legend
LONGEST_LABEL = 14
VIRIDIS = ((68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37))
"""Five colours of viridis (Smith and van der Walt 2015), which is perceptually uniform."""
LINE = (255, 64, 64)


@dataclass(frozen=True)
class Panel:
    """An image with two lines of text above it.

    Attributes
    ----------
    name : str
        The class of the panel in the SVG.
    heading, text : str
        The two lines of text.
    colours : ndarray of uint8, shape (height, width, 3)
        The colour of each pixel.
    left, top : int
        The position of the first pixel in the picture.
    vectors : ndarray of int64, shape (height, width, 2), or None
        Motion vectors, which are drawn as lines from a dot in the middle of a pixel.
    """

    name: str
    heading: str
    text: str
    colours: NDArray[np.uint8]
    left: int
    top: int
    vectors: NDArray[np.int64] | None = None

    def lines(self) -> list[tuple[float, float, float, float]]:
        """Return the two ends (x1, y1, x2, y2) of each motion vector that is not 0.

        The unit is a pixel of the image. Vectors end at the edges of the image.
        """
        if self.vectors is None:
            return []
        height, width = self.vectors.shape[:2]
        rows, columns = np.indices((height, width))
        from_rows = (rows + self.vectors[..., 0]).clip(0, height - 1)
        from_columns = (columns + self.vectors[..., 1]).clip(0, width - 1)
        has_moved = (from_rows != rows) | (from_columns != columns)
        ends = np.stack([columns, rows, from_columns, from_rows], axis=-1)[has_moved] + 0.5
        return [(x1, y1, x2, y2) for x1, y1, x2, y2 in ends.tolist()]


@dataclass(frozen=True)
class Figure:
    """The picture of an explanation.

    Attributes
    ----------
    title, description : str
        The text alternative.
    panels : tuple of Panel
        The panels from left to right.
    scale : int
        Width and height of a pixel of the image in the picture.
    width, height : int
        Size of the picture.
    lowest, highest : float
        The bits at the first and at the last colour; the first is 0 if no bits are negative.
    """

    title: str
    description: str
    panels: tuple[Panel, ...]
    scale: int
    width: int
    height: int
    lowest: float
    highest: float

    @property
    def legend(self) -> tuple[int, int, int]:
        """Left, top and width of the legend; its numbers are below it."""
        return self.panels[-1].left, self.height - MARGIN - TEXT - LEGEND, LEAST_WIDTH

    @property
    def legend_texts(self) -> tuple[str, str]:
        """The texts at the first and at the last colour of the legend."""
        return f"{self.lowest:.2f}" if self.lowest else "0", f"{self.highest:.2f} bits per pixel"


def figure_of(explanation: Explanation) -> Figure:
    """Return the picture of an explanation."""
    height, width = explanation.image.shape[:2]
    scale = max(1, SIDE // max(height, width))
    step = max(width * scale, LEAST_WIDTH) + GAP
    top = MARGIN + 2 * TEXT
    winner, runner_up = explanation.winner, explanation.runner_up
    accounts = [winner] if runner_up is None else [winner, runner_up]
    lowest = min(0.0, *(float(account.bits.min()) for account in accounts))
    highest = max(float(account.bits.max()) for account in accounts)
    own = _short(winner.label)
    colours = _visible(explanation.image, explanation)
    drawn = [("image", "The image", f"labelled {own}", colours)]
    if winner.moved is not None:
        colours = _visible(winner.moved, explanation)
        title = f"Nearest training image, {winner.position}"
        drawn.append(("nearest", title, f"label {own}, moved along the lines", colours))
    for name, account in zip(("winner", "runner-up"), accounts, strict=False):
        heading = f"Bits under {_short(account.label)}"
        text = f"{account.bits.sum():.1f} in pixels, {account.codelength:.1f} in all"
        drawn.append(
            (name, heading, text, ramp((account.bits - lowest) / (highest - lowest or 1.0)))
        )
    panels = tuple(
        Panel(*panel, MARGIN + k * step, top, winner.vectors if panel[0] == "nearest" else None)
        for k, panel in enumerate(drawn)
    )
    return Figure(
        title=f"Why the image is labelled {own}",
        description=_description(winner, runner_up),
        panels=panels,
        scale=scale,
        width=2 * MARGIN + len(panels) * step - GAP,
        height=top + height * scale + GAP + LEGEND + TEXT + MARGIN,
        lowest=lowest,
        highest=highest,
    )


def ramp(shares: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return the colour of each share in [0, 1], from dark to bright.

    Examples
    --------
    >>> ramp(np.array([0.0, 0.125, 1.0])).tolist()
    [[68, 1, 84], [64, 42, 112], [253, 231, 37]]
    """
    places = np.linspace(0, 1, len(VIRIDIS))
    channels = [np.interp(shares, places, channel) for channel in np.array(VIRIDIS).T]
    colours: NDArray[np.uint8] = np.rint(np.stack(channels, axis=-1)).astype(np.uint8)
    return colours


def _visible(image: NDArray[np.uint8], explanation: Explanation) -> NDArray[np.uint8]:
    """Return RGB values, scaled so that the brightest training pixel is 255."""
    stretched = image * (255.0 / max(explanation.brightest, 1))
    colours = np.rint(stretched).clip(0, 255).astype(np.uint8)
    return np.broadcast_to(colours, (*image.shape[:2], 3))


def _short(label: object) -> str:
    """Return a label that fits above a panel, without characters that XML forbids."""
    text = "".join(letter if letter.isprintable() else " " for letter in str(label))
    return text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 2]}.."


def _description(winner: Account, runner_up: Account | None) -> str:
    text = f"The image takes {winner.codelength:.1f} bits under {_short(winner.label)}"
    if runner_up is not None:
        text += f" and {runner_up.codelength:.1f} under {_short(runner_up.label)}, the next class"
    if winner.position is not None:
        text += f"; the nearest training image is number {winner.position}"
    return f"{text}. Panels show the bits of each pixel in colours, bright where they are many."
