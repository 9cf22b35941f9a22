"""An explanation as SVG: the heat map of a text, or lines and one rectangle per pixel.

The colour of text follows the reader's preference for light or dark pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import numpy as np

from compressclf.explain.figure import LEGEND, LINE, Figure, Panel, figure_of, ramp
from compressclf.explain.heat import heat_svg

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from compressclf.explain.explanation import Explanation

__all__ = ["render_svg"]

STYLE = (
    "text{font:13px sans-serif;fill:#1f2328}"
    ".heading{font-weight:bold}"
    ".frame{fill:none;stroke:#808080}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}}"
)
LEGEND_STEPS = 55
WIDTH = 0.1  # of a line, and the radius of its dot, in pixels of the image


def render_svg(explanation: Explanation) -> str:
    """Return the picture as SVG.

    Parameters
    ----------
    explanation : Explanation
        From `explain_image`.

    Returns
    -------
    str
        About 60 bytes per pixel and panel; for large images, `render_png` makes smaller files.

    Examples
    --------
    >>> from compressclf import CodelengthClassifier
    >>> from compressclf.explain import explain
    >>> texts = ["the goal came late", "a late goal", "shares fell", "the bank's shares rose"]
    >>> classifier = CodelengthClassifier().fit(texts, ["sport", "sport", "money", "money"])
    >>> render_svg(explain(classifier, "a goal"))[:4]
    '<svg'
    """
    if explanation.is_text:
        return heat_svg(explanation)
    figure = figure_of(explanation)
    return "\n".join(_parts(figure)) + "\n"


def _parts(figure: Figure) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{figure.width}" height="{figure.height}" '
        f'viewBox="0 0 {figure.width} {figure.height}" role="img" '
        f'aria-labelledby="explain-title explain-desc">'
    )
    yield f'<title id="explain-title">{escape(figure.title)}</title>'
    yield f'<desc id="explain-desc">{escape(figure.description)}</desc>'
    yield f"<style>{STYLE}</style>"
    for panel in figure.panels:
        yield from _panel(panel, figure.scale)
    yield from _legend(figure)
    yield "</svg>"


def _panel(panel: Panel, scale: int) -> Iterator[str]:
    height, width = panel.colours.shape[:2]
    left, top = panel.left, panel.top
    yield _text(left, top - 26, panel.heading, "heading")
    yield _text(left, top - 9, panel.text)
    yield (
        f'<g class="{panel.name}" transform="translate({left} {top}) scale({scale})" '
        f'shape-rendering="crispEdges">'
    )
    for row in range(height):
        yield "".join(
            f'<rect x="{column}" y="{row}" width="1" height="1" fill="{_hex(colour)}"/>'
            for column, colour in enumerate(panel.colours[row])
        )
    yield "</g>"
    lines = panel.lines()
    if lines:
        colour = _hex(np.array(LINE))
        yield (
            f'<g class="vectors" transform="translate({left} {top}) scale({scale})" '
            f'fill="{colour}" stroke="{colour}" stroke-width="{WIDTH}">'
        )
        yield from (
            f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"/>'
            f'<circle cx="{x1:g}" cy="{y1:g}" r="{WIDTH}"/>'
            for x1, y1, x2, y2 in lines
        )
        yield "</g>"
    yield (
        f'<rect class="frame" x="{left - 0.5}" y="{top - 0.5}" width="{width * scale + 1}" '
        f'height="{height * scale + 1}"/>'
    )


def _legend(figure: Figure) -> Iterator[str]:
    left, top, width = figure.legend
    step = width / LEGEND_STEPS
    yield f'<g class="legend" transform="translate({left} {top})" shape-rendering="crispEdges">'
    colours = ramp(np.linspace(0, 1, LEGEND_STEPS))
    yield "".join(
        f'<rect x="{k * step:g}" y="0" width="{step:g}" height="{LEGEND}" fill="{_hex(colour)}"/>'
        for k, colour in enumerate(colours)
    )
    yield "</g>"
    lowest, highest = figure.legend_texts
    yield _text(left, top + LEGEND + 14, lowest)
    yield _text(left + width, top + LEGEND + 14, highest, anchor="end")


def _text(x: float, y: float, text: str, kind: str = "text", anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'


def _hex(colour: NDArray[np.integer]) -> str:
    return "#" + bytes(colour.astype(np.uint8)).hex()
