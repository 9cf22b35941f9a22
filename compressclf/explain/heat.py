"""The heat map of a text as SVG: its characters on shades, and the words that decided.

Characters are set on a grid, one cell wide or two as in a terminal. The colours follow the reader's
preference for light or dark pages.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape

from compressclf.explain.characters import Feature, words_of
from compressclf.explain.display import LEVELS, headline, shown, signed, views

if TYPE_CHECKING:
    from compressclf.explain.explanation import Explanation

__all__ = ["cells_of", "heat_svg", "lines_of"]

COLUMNS = 100
CELL, LINE, TOP, MARGIN = 7.8, 20, 58, 16  # width and height of a cell, first line, margin
MOST_FEATURES = 8
BAR = 100  # longest bar
LONGEST = 26  # characters of a run of words
WIN, RIVAL = "w", "r"
STYLE = (
    "text{font:13px ui-monospace,monospace;fill:#1f2328;white-space:pre}"
    ".heading{font:bold 15px system-ui,sans-serif}.soft{fill:#59636e;font-family:system-ui,"
    "sans-serif}.w{fill:#0969da}.r{fill:#bf5700}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.soft{fill:#9198a1}.w{fill:#4493f8}"
    ".r{fill:#f0883e}}"
)


class Cell(NamedTuple):
    """A character on the grid."""

    text: str
    shade: int
    column: int
    width: int
    begins_word: bool


def cells_of(character: str) -> int:
    """Return how many cells a character takes.

    Examples
    --------
    >>> cells_of("e\u0301"), cells_of("茶")
    (1, 2)
    """
    if len(character) > 1 and unicodedata.combining(character[1]) == 0:
        character = shown(character)
    if "\\" in character and len(character) > 1:
        return len(character)
    return 2 if unicodedata.east_asian_width(character[0]) in "WF" else 1


def lines_of(
    explanation: Explanation, shade: list[int], columns: int = COLUMNS
) -> Iterator[list[Cell]]:
    """Yield the lines of a text, broken between words where possible."""
    texts = [shown(character) for character in explanation.characters]
    words = words_of(explanation.characters).tolist()
    line: list[Cell] = []
    column = 0
    for begin, end in pairwise(words):
        widths = [cells_of(text) if text not in "\n\t" else 1 for text in texts[begin:end]]
        needed = len("".join(texts[begin:end]).rstrip())
        if column and column + min(needed, sum(widths)) > columns:
            yield line
            line, column = [], 0
        for i, (text, width) in enumerate(zip(texts[begin:end], widths, strict=True), begin):
            if text == "\n":
                yield line
                line, column = [], 0
                continue
            if column + width > columns:
                if text.isspace():
                    continue
                yield line
                line, column = [], 0
            line.append(Cell(" " if text == "\t" else text, shade[i], column, width, i == begin))
            column += width
    yield line


def heat_svg(explanation: Explanation) -> str:
    """Return the first heat map of a text, and the words that decided, as SVG."""
    name, heading, shade = views(explanation)[0]
    lines = list(lines_of(explanation, shade.tolist()))
    sides = [explanation.for_winner, explanation.for_runner_up]
    n_rows = min(MOST_FEATURES, max(map(len, sides)))
    most = max((one.bits for side in sides for one in side), default=1.0)
    below = TOP + len(lines) * LINE + 26
    width = round(2 * MARGIN + COLUMNS * CELL)
    height = below + (n_rows * LINE + 14 if n_rows else 0) + MARGIN
    title = f"Why {_xml(explanation.winner.label)}?"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-labelledby="why-title why-desc">',
        f'<title id="why-title">{title}</title>',
        f'<desc id="why-desc">{_xml(_described(explanation))}</desc>',
        f"<style>{STYLE}</style>",
        f'<text class="heading" x="{MARGIN}" y="24">{title}</text>',
        f'<text class="soft" x="{MARGIN}" y="44">{_xml(headline(explanation))}</text>',
        *_legend(explanation, name, heading, width),
        f'<g class="heat" transform="translate({MARGIN} {TOP})">',
    ]
    for i, line in enumerate(lines):
        parts += _line(line, i * LINE)
    parts.append("</g>")
    for side, (features, style) in enumerate(zip(sides, (WIN, RIVAL), strict=True)):
        left = MARGIN + side * (width // 2)
        parts += _features(features[:n_rows], left, below, style, most)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _line(line: list[Cell], top: int) -> Iterator[str]:
    for begin, stop, shade in _runs([cell.shade for cell in line]):
        if not shade:
            continue
        last = line[stop - 1]
        left, right = line[begin].column * CELL, (last.column + last.width) * CELL
        yield (
            f'<rect class="{WIN if shade > 0 else RIVAL}" x="{left:.1f}" y="{top}" '
            f'width="{right - left:.1f}" height="{LINE - 2}" '
            f'fill-opacity="{0.08 * abs(shade):.2f}"/>'
        )
    starts = [i for i, cell in enumerate(line) if cell.begins_word or i == 0]
    for begin, stop in zip(starts, [*starts[1:], len(line)], strict=False):
        word = "".join(cell.text for cell in line[begin:stop]).rstrip()
        if not word:
            continue
        n_cells = sum(cell.width for cell in line[begin:stop] if not cell.text.isspace())
        n_cells += sum(cell.text.isspace() for cell in line[begin : begin + len(word)])
        yield (
            f'<text x="{line[begin].column * CELL:.1f}" y="{top + 13}" '
            f'textLength="{n_cells * CELL:.1f}" lengthAdjust="spacingAndGlyphs">{_xml(word)}</text>'
        )


def _runs(shades: list[int]) -> Iterator[tuple[int, int, int]]:
    begin = 0
    for i in range(1, len(shades) + 1):
        if i == len(shades) or shades[i] != shades[begin]:
            yield begin, i, shades[begin]
            begin = i


def _legend(explanation: Explanation, name: str, heading: str, width: int) -> Iterator[str]:
    """Draw the colours of both classes at the right of the first line."""
    second = explanation.runner_up
    if name != "difference" or second is None:
        yield (
            f'<text class="soft" x="{width - MARGIN}" y="24" text-anchor="end">{_xml(heading)}'
            f"</text>"
        )
        return
    middle, step = width - 220, 8
    for k in range(1, LEVELS + 1):
        for style, x in ((RIVAL, middle - k * step), (WIN, middle + (k - 1) * step)):
            yield (
                f'<rect class="{style}" x="{x}" y="13" width="{step}" height="12" '
                f'fill-opacity="{0.08 * k:.2f}"/>'
            )
    reach = LEVELS * step + 6
    for label, x, anchor in (
        (second.label, middle - reach, "end"),
        (explanation.winner.label, middle + reach, "start"),
    ):
        name = _xml(str(label)[:40])
        yield f'<text class="soft" x="{x}" y="24" text-anchor="{anchor}">{name}</text>'


def _features(
    features: tuple[Feature, ...], left: int, top: int, style: str, most: float
) -> Iterator[str]:
    """Draw bits, bars and words of one class; the longest bar has `most` bits."""
    for i, one in enumerate(features):
        y = top + i * LINE + 14
        text = " ".join(shown(one.text).split())
        text = text if len(text) <= LONGEST else f"{text[: LONGEST - 2]}.."
        yield f'<text x="{left + 56}" y="{y}" text-anchor="end">{_xml(signed(one.bits))}</text>'
        yield (
            f'<rect class="{style}" x="{left + 64}" y="{y - 11}" '
            f'width="{max(1.0, BAR * one.bits / most):.1f}" height="14"/>'
        )
        yield f'<text x="{left + 72 + BAR}" y="{y}">{_xml(text)}</text>'


def _described(explanation: Explanation) -> str:
    words = ", ".join(one.text for one in explanation.for_winner[:5])
    told = f"{headline(explanation)}."
    return f"{told} The words that favour the label most: {words}." if words else told


def _xml(text: object) -> str:
    """Return text for XML, without the characters that it forbids."""
    plain = "".join(
        letter if letter.isprintable() else " " for letter in shown(text) if letter != "\ufffe"
    )
    return escape(plain)
