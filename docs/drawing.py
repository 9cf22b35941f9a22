"""Charts as SVG: bars and lines with axes, for the pages of *How it works*.

The colours of text and axes follow the reader's preference for light or dark pages. Numbers are
rounded to tenths of a pixel, so that the same data give the same file on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

__all__ = ["Chart"]

WIDTH, HEIGHT = 480, 270
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 44, 44
STYLE = (
    "text{font:13px sans-serif;fill:#24292f}.mono{font:15px monospace}"
    ".axis{stroke:#8c959f;stroke-width:1}.grid{stroke:#8c959f;stroke-opacity:.25}"
    ".a{fill:#0969da;stroke:#0969da}.b{fill:#bc4c00;stroke:#bc4c00}"
    ".c{fill:#1a7f37;stroke:#1a7f37}.line{fill:none;stroke-width:2.2}.bar{stroke:none}"
    ".dashed{stroke-dasharray:5 4}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.a{fill:#58a6ff;stroke:#58a6ff}"
    ".b{fill:#f0883e;stroke:#f0883e}.c{fill:#3fb950;stroke:#3fb950}}"
    ".line{fill:none}"
)


class Chart:
    """A chart that is drawn part by part, and then written.

    Parameters
    ----------
    title, description : str
        For people who do not see the picture.
    x, y : (float, float)
        The ranges of the axes.
    height : int
        Height in pixels; the width is 480.
    """

    def __init__(
        self,
        title: str,
        description: str,
        x: tuple[float, float],
        y: tuple[float, float],
        height: int = HEIGHT,
    ) -> None:
        self.x, self.y, self.height = x, y, height
        self.legend_at = LEFT
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
            f'viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="t d">',
            f'<title id="t">{escape(title)}</title><desc id="d">{escape(description)}</desc>',
            f"<style>{STYLE}</style>",
        ]

    def across(self, value: float) -> float:
        """Return the place of a value on the x axis, in pixels."""
        low, high = self.x
        return LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def up(self, value: float) -> float:
        """Return the place of a value on the y axis, in pixels from the top."""
        low, high = self.y
        return self.height - BOTTOM - (value - low) / (high - low) * (self.height - TOP - BOTTOM)

    def axes(
        self,
        x_label: str,
        y_label: str,
        x_ticks: Sequence[float] = (),
        y_ticks: Sequence[float] = (),
        percent: bool = False,
    ) -> Chart:
        """Draw the axes with their labels, the ticks, and lines at those of the y axis."""
        left, right, floor = LEFT, WIDTH - RIGHT, self.height - BOTTOM
        unit = (lambda value: f"{100 * value:g} %") if percent else (lambda value: f"{value:,g}")
        for tick in y_ticks:
            at = self.up(tick)
            self.line(left, at, right, at, "grid")
            self.text(left - 6, at + 4, unit(tick), "end")
        for tick in x_ticks:
            self.line(self.across(tick), floor, self.across(tick), floor + 4, "axis")
            self.text(self.across(tick), floor + 18, f"{tick:,g}", "middle")
        self.line(left, floor, right, floor, "axis")
        self.text((left + right) / 2, self.height - 6, x_label, "middle")
        self.text(8, 16, y_label)
        return self

    def line(self, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
        """Draw a line between two points in pixels."""
        self.parts.append(
            f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'
        )

    def text(self, x: float, y: float, text: str, anchor: str = "start", kind: str = "") -> None:
        """Write a text at a point in pixels."""
        style = f' class="{kind}"' if kind else ""
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{style}>{escape(text)}</text>'
        )

    def bar(self, x: float, width: float, value: float, kind: str = "a", base: float = 0.0) -> None:
        """Draw a bar from `base` to `value`; `x` is its middle and `width` its width in pixels."""
        top, floor = self.up(value), self.up(base)
        self.parts.append(
            f'<rect class="bar {kind}" x="{x - width / 2:.1f}" y="{top:.1f}" '
            f'width="{width:.1f}" height="{floor - top:.1f}"/>'
        )

    def curve(
        self, xs: Sequence[float], ys: Sequence[float], kind: str = "a", dots: bool = False
    ) -> None:
        """Draw a line through points, with a dot at each of them if that is wanted."""
        points = [(self.across(x), self.up(y)) for x, y in zip(xs, ys, strict=True)]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f'<polyline class="{kind} line" points="{line}"/>')
        if dots:
            self.parts += [
                f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>' for x, y in points
            ]

    def legend(self, name: str, kind: str) -> None:
        """Name a colour, beside the names before it."""
        self.parts.append(
            f'<rect class="bar {kind}" x="{self.legend_at:.1f}" y="25" width="11" height="11"/>'
        )
        self.text(self.legend_at + 16, 35, name)
        self.legend_at += 16 + 7.4 * len(name) + 14

    def svg(self) -> str:
        """Return the picture."""
        return "\n".join([*self.parts, "</svg>"]) + "\n"
