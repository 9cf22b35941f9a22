"""An explanation on a terminal: a heat map in colours, the words that decided, the sums."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import click

from compressclf._lib.printable import printable
from compressclf.explain.characters import characters_of
from compressclf.explain.display import (
    LEVELS,
    headline,
    number,
    pieces,
    shown,
    signed,
    views,
)
from compressclf.explain.heat import cells_of

if TYPE_CHECKING:
    from compressclf.explain import Explanation

__all__ = ["render_terminal", "wants_colour"]

BAR = 24
LONGEST = 32
WIN, RIVAL = (88, 166, 255), (255, 150, 60)
MOST_CLASSES = 10


def wants_colour() -> bool:
    """Return whether standard output is a terminal with colours (https://no-color.org)."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not plain


def render_terminal(explanation: Explanation, *, colour: bool, width: int | None = None) -> str:
    """Return an explanation of a text for a terminal; without colour there is no heat map."""
    width = width or shutil.get_terminal_size().columns
    blocks = [headline(explanation)]
    if colour:
        blocks += _heat_maps(explanation)
    blocks += [textwrap.fill(remark, max(width, 20)) for remark in explanation.remarks]
    blocks += _neighbors(explanation)
    blocks += _features(explanation, width, colour)
    blocks += _steps(explanation, width, colour)
    blocks.append(_classes(explanation))
    return "\n\n".join(blocks)


def _heat_maps(explanation: Explanation) -> list[str]:
    """Return the first heat map, of a kNN both, each with its legend."""
    maps = views(explanation)
    if explanation.method == "codelength":
        maps = maps[:1]
    blocks = []
    for _, heading, shade in maps:
        text = "".join(
            _shaded(piece.text, piece.shade) for piece in pieces(explanation.characters, shade)
        )
        blocks += [f"{_legend(explanation, heading)}", text.rstrip("\n")]
    return blocks


def _legend(explanation: Explanation, heading: str) -> str:
    second = explanation.runner_up
    if explanation.method != "codelength" or second is None:
        return printable(heading)
    parts = []
    for label, sign in ((explanation.winner.label, 1), (second.label, -1)):
        ramp = "".join(_shaded(" ", sign * level) for level in range(2, LEVELS + 1, 2))
        parts.append(f"{ramp} favours {printable(label)}")
    return "   ".join(parts)


def _shaded(text: str, shade: int) -> str:
    """Return text on a background, line by line, so that no colour runs to the margin."""
    if not shade:
        return text
    strength = 0.25 + 0.75 * abs(shade) / LEVELS
    r, g, b = (round(strength * value) for value in (WIN if shade > 0 else RIVAL))
    letters = (0, 0, 0) if abs(shade) > LEVELS // 2 else (255, 255, 255)
    lines = [
        click.style(line, fg=letters, bg=(r, g, b)) if line else "" for line in text.split("\n")
    ]
    return "\n".join(lines)


def _neighbors(explanation: Explanation) -> list[str]:
    blocks = []
    if explanation.neighbors:
        rows = [
            f"{distance:>10.4f}  {position:>8}  {printable(label)}"
            for label, position, distance in explanation.neighbors
        ]
        blocks.append(
            "\n".join([f"{'distance':>10}  {'position':>8}  neighbours that vote", *rows])
        )
    for account in (explanation.winner, explanation.runner_up):
        if account is None or not account.copies:
            continue
        heading = f"{'bytes':>10}  passages shared with {account.position}, the nearest of "
        rows = [f"{copy.length:>10}  {_inline(copy.text, 60)!r}" for copy in account.copies[:10]]
        blocks.append("\n".join([heading + printable(account.label), *rows]))
    return blocks


def _features(explanation: Explanation, width: int, colour: bool) -> list[str]:
    blocks = []
    both = [
        (explanation.winner, explanation.for_winner, WIN),
        (explanation.runner_up, explanation.for_runner_up, RIVAL),
    ]
    most = max((one.bits for _, features, _ in both for one in features), default=1.0)
    for account, features, tint in both:
        if account is None or not features:
            continue
        rows = [f"{'bits':>10}  in favour of {printable(account.label)}"]
        for one in features:
            times = f" ×{len(one.places)}" if len(one.places) > 1 else ""
            text = _inline(one.text, LONGEST) + times
            bar = _bar(one.bits / most, tint, colour) if width >= 80 else ""
            rows.append(f"{number(one.bits):>10}  {_padded(text)}{bar}".rstrip())
        blocks.append("\n".join(rows))
    return blocks


def _steps(explanation: Explanation, width: int, colour: bool) -> list[str]:
    """Return the sums from the runner-up to the winner, without a row per word."""
    steps = explanation.steps()
    second = explanation.runner_up
    if second is None or not steps:
        return []
    rows: list[tuple[str, float]] = []
    rows += [(step.name, step.bits) for step in steps if step.kind in ("prior", "term")]
    found = [step.bits for step in steps if step.kind == "feature"]
    rows.append((f"words above for {explanation.winner.label}", sum(b for b in found if b > 0)))
    rows.append((f"words above for {second.label}", sum(b for b in found if b < 0)))
    rows += [(step.name, step.bits) for step in steps if step.kind == "others"]
    most = max(abs(bits) for _, bits in rows) or 1.0
    lines = [
        f"{'bits':>10}  from {printable(second.label)} to {printable(explanation.winner.label)}"
    ]
    for name, bits in rows:
        bar = _bar(abs(bits) / most, WIN if bits > 0 else RIVAL, colour) if width >= 80 else ""
        lines.append(f"{signed(bits):>10}  {_padded(_inline(name, LONGEST))}{bar}".rstrip())
    ahead = f"{printable(explanation.winner.label)} is ahead"
    return ["\n".join([*lines, f"{signed(explanation.margin):>10}  {ahead}"])]


def _classes(explanation: Explanation) -> str:
    if explanation.method != "codelength":
        rows = [f"{'nearest':>10}  {'votes':>6}  class"]
        for one in explanation.classes[:MOST_CLASSES]:
            rows.append(f"{one.distance:>10.4f}  {one.probability:>6.4f}  {printable(one.label)}")
    else:
        rows = [f"{'bits':>14}  {'with prior':>14}  {'probability':>11}  class"]
        for one in explanation.classes[:MOST_CLASSES]:
            bits = f"{number(one.codelength or 0.0):>14}  {number(one.total):>14}"
            rows.append(f"{bits}  {one.probability:>11.4f}  {printable(one.label)}")
    more = len(explanation.classes) - MOST_CLASSES
    return "\n".join(rows + ([f"and {more:,} more"] if more > 0 else []))


def _bar(share: float, tint: tuple[int, int, int], colour: bool) -> str:
    bar = "█" * max(1, round(share * BAR))
    return click.style(bar, fg=tint) if colour else bar


def _padded(text: str) -> str:
    """Return text with spaces up to the bars; Chinese characters take two columns."""
    used = sum(cells_of(character) for character in characters_of(text.encode())[0])
    return text + " " * max(1, LONGEST + 4 - used)


def _inline(text: Any, longest: int) -> str:
    """Return text on one line, shortened."""
    line = " ".join(shown(text).split()) or str(shown(text))
    return line if len(line) <= longest else f"{line[: longest - 2]}.."
