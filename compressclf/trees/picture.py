"""Pictures of lines, dots and words, as SVG or, drawn by Pillow on white, as PNG.

In SVG, words are grey-black on light pages and near-white on dark ones, as the reader prefers.
Pillow's own font lacks most scripts; it draws a missing character as an empty box.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from compressclf._lib.optional import optional_import
from compressclf._lib.printable import printable

__all__ = ["LETTER", "LINE_HEIGHT", "Picture", "Word", "colours_of", "shortened", "width_of"]

DARK, LINE = (31, 35, 40), (128, 128, 128)
LETTERS = 13  # height of the letters in pixels
LETTER, LINE_HEIGHT = 7, 18  # mean width of a letter, and distance of lines of text
LONGEST = 40  # characters of a name
TWICE = 2  # pixels of the PNG per pixel of the SVG
# Nine colours that differ for readers with colour blindness, too, and that can be read on white and
# on black (Paul Tol's "muted", darkened or lightened to a contrast of about 4).
COLOURS = (
    (204, 80, 110),
    (88, 104, 200),
    (150, 130, 40),
    (17, 140, 80),
    (20, 135, 175),
    (170, 68, 153),
    (200, 95, 30),
    (120, 120, 120),
    (140, 90, 200),
)
STYLE = (
    "text{font:13px sans-serif;fill:#1f2328}"
    "path{fill:none;stroke:#808080;stroke-width:1.5}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}}"
)


@dataclass(frozen=True)
class Word:
    """Words, whose baseline begins or ends at a point; `colour` is None for that of the page."""

    x: float
    y: float
    text: str
    colour: tuple[int, int, int] | None = None
    ends: bool = False


@dataclass(frozen=True)
class Picture:
    """A picture, in pixels from the left and the top.

    Attributes
    ----------
    title, description : str
        The text alternative.
    width, height : int
        Its size.
    lines : list of list of (float, float)
        Lines through points.
    dots : list of (float, float, colour)
        Centres of dots.
    words : list of Word
        Words.
    """

    title: str
    description: str
    width: int
    height: int
    lines: list[list[tuple[float, float]]] = field(default_factory=list)
    dots: list[tuple[float, float, tuple[int, int, int]]] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)

    def svg(self) -> str:
        """Return the picture as SVG."""
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" '
            f'height="{self.height}" viewBox="0 0 {self.width} {self.height}" role="img" '
            f'aria-labelledby="picture-title picture-desc">',
            f'<title id="picture-title">{_xml(self.title)}</title>',
            f'<desc id="picture-desc">{_xml(self.description)}</desc>',
            f"<style>{STYLE}</style>",
        ]
        steps = (" L".join(f"{x:.6g},{y:.6g}" for x, y in line) for line in self.lines)
        parts += [f'<path d="M{line}"/>' for line in steps]
        parts += [
            f'<circle cx="{x:.6g}" cy="{y:.6g}" r="4" fill="#{bytes(colour).hex()}"/>'
            for x, y, colour in self.dots
        ]
        for word in self.words:
            style = f' style="fill:#{bytes(word.colour).hex()}"' if word.colour else ""
            anchor = ' text-anchor="end"' if word.ends else ""
            parts.append(
                f'<text x="{word.x:.6g}" y="{word.y:.6g}"{anchor}{style}>{_xml(word.text)}</text>'
            )
        return "\n".join([*parts, "</svg>"]) + "\n"

    def png(self) -> bytes:
        """Return the picture as a PNG file, with two pixels for one.

        Raises
        ------
        MissingExtraError
            If Pillow is not installed.
        """
        pillow = optional_import("PIL.Image", extra="images")
        letters = LETTERS * TWICE
        font = optional_import("PIL.ImageFont", extra="images").load_default(letters)
        picture = pillow.new("RGB", (self.width * TWICE, self.height * TWICE), (255, 255, 255))
        draw = optional_import("PIL.ImageDraw", extra="images").Draw(picture)
        for line in self.lines:
            draw.line([(x * TWICE, y * TWICE) for x, y in line], fill=LINE, width=3)
        for x, y, colour in self.dots:
            sides = ((x - 4) * TWICE, (y - 4) * TWICE, (x + 4) * TWICE, (y + 4) * TWICE)
            draw.ellipse(sides, fill=colour)
        for word in self.words:
            anchor = "rs" if word.ends else "ls"
            place = (word.x * TWICE, word.y * TWICE)
            text = printable(word.text)
            draw.text(place, text, fill=word.colour or DARK, font=font, anchor=anchor)
        file = io.BytesIO()
        picture.save(file, format="PNG", optimize=True)
        return file.getvalue()


def colours_of(labels: list[str] | None) -> dict[str, tuple[int, int, int]]:
    """Return a colour for each label that occurs twice or more, the most frequent first.

    With more than nine such labels, colours are used again.

    Examples
    --------
    >>> list(colours_of(["a", "b", "c", "b", "a", "b"]))
    ['b', 'a']
    """
    counts = {label: 0 for label in labels or []}
    for label in labels or []:
        counts[label] += 1
    several = sorted((label for label in counts if counts[label] > 1), key=lambda x: -counts[x])
    return {label: COLOURS[i % len(COLOURS)] for i, label in enumerate(several)}


def shortened(name: str) -> str:
    """Return a name in one line; if it is long, its end is left out."""
    text = printable(name)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def width_of(texts: list[str]) -> int:
    """Return about the width of the widest text in pixels."""
    return LETTER * max(map(_columns, texts), default=0)


def _columns(text: str) -> int:
    """Return the number of letters, counting those of East Asian scripts as two."""
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _xml(text: str) -> str:
    return escape(printable(text))
