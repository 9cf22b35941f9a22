"""An explanation as one HTML file without network, for light and dark pages."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.pages import fill
from compressclf._version import __version__
from compressclf.explain.display import (
    LEVELS,
    headline,
    number,
    pieces,
    shown,
    signed,
    views,
)
from compressclf.explain.svg import render_svg

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.explain.characters import Feature
    from compressclf.explain.explanation import Account, Explanation

__all__ = ["TEMPLATES", "heat_maps", "render_html"]

TEMPLATES = Path(__file__).parent
"""The folder of ``heat.html`` and ``views.css``, which other pages include."""

MOST_COPIES = 10


def render_html(explanation: Explanation) -> str:
    """Return an explanation as HTML.

    Parameters
    ----------
    explanation : Explanation
        From `explain`.

    Returns
    -------
    str
        One page, which needs no other file and runs no script. Texts and labels are escaped.

    Examples
    --------
    >>> from compressclf import CodelengthClassifier
    >>> from compressclf.explain import explain
    >>> texts = ["the goal came late", "a late goal", "shares fell", "the bank's shares rose"]
    >>> classifier = CodelengthClassifier().fit(texts, ["sport", "sport", "money", "money"])
    >>> render_html(explain(classifier, "a goal"))[:15]
    '<!DOCTYPE html>'
    """
    from markupsafe import Markup

    winner, second = explanation.winner, explanation.runner_up
    accounts = [winner] if second is None else [winner, second]
    columns, rows = _classes(explanation)
    is_text = explanation.is_text
    features = [(winner, explanation.for_winner)]
    if second is not None:
        features.append((second, explanation.for_runner_up))
    return fill(
        TEMPLATES / "why.html",
        title=f"Why {shown(winner.label)}?",
        headline=headline(explanation),
        footer=f"compressclf {__version__}, {explanation.model}",
        remarks=explanation.remarks,
        picture="" if is_text else Markup(render_svg(explanation)),
        views=heat_maps(explanation) if is_text else [],
        neighbors=[
            (shown(label), position, f"{distance:.4f}")
            for label, position, distance in explanation.neighbors
        ],
        copied=[_copied(one) for one in accounts if isinstance(one.nearest, str)],
        features=[
            {"label": shown(account.label), "rows": list(map(_feature, found))}
            for account, found in features
            if found
        ],
        first=shown(winner.label),
        second="" if second is None else shown(second.label),
        steps=_steps(explanation),
        class_columns=columns,
        classes=rows,
        accounts=[{"label": shown(account.label)} for account in accounts],
        sums=_sums(accounts, "characters" if is_text else "pixels"),
    )


def heat_maps(explanation: Explanation) -> list[dict[str, Any]]:
    """Return the heat maps of a text for the template ``heat.html``.

    Parameters
    ----------
    explanation : Explanation
        Of a text.

    Returns
    -------
    list of dict
        The heading, the legend and the pieces of each.

    Examples
    --------
    >>> from compressclf import CodelengthClassifier
    >>> from compressclf.explain import explain
    >>> texts = ["the goal came late", "a late goal", "shares fell", "the bank's shares rose"]
    >>> classifier = CodelengthClassifier().fit(texts, ["sport", "sport", "money", "money"])
    >>> [heat["heading"] for heat in heat_maps(explain(classifier, "a goal"))]
    ['sport or money', 'Bits under sport', 'Bits under money']
    """
    winner, second = explanation.winner, explanation.runner_up
    other = "" if second is None else shown(second.label)
    maps = []
    for name, heading, shade in views(explanation):
        legend = [f"favours {shown(winner.label)}", _ramp("w"), f"favours {other}", _ramp("r")]
        if name != "difference":
            legend = ["many bits", _ramp("s"), "fewer than none", _ramp("r")]
            if not (shade < 0).any():
                legend[2:] = ["", []]
            if explanation.method != "codelength":
                legend = ["long shared passage", _ramp("r" if name == "runner-up" else "w"), "", []]
        plus = "s" if name != "difference" and explanation.method == "codelength" else "w"
        maps.append(
            {"heading": heading, "legend": legend, "pieces": _pieces(explanation, shade, plus)}
        )
    return maps


def _ramp(style: str) -> list[str]:
    return [f"{style}{level}" for level in range(2, LEVELS + 1, 2)]


def _pieces(explanation: Explanation, shade: NDArray[np.int64], plus: str) -> list[dict[str, str]]:
    styles = {level: f"{plus}{level}" for level in range(1, LEVELS + 1)}
    styles |= {-level: f"r{level}" for level in range(1, LEVELS + 1)}
    return [
        {"text": piece.text, "style": styles.get(piece.shade, "")}
        for piece in pieces(explanation.characters, shade)
    ]


def _feature(feature: Feature) -> dict[str, Any]:
    return {
        "text": shown(feature.text),
        "bits": number(feature.bits),
        "times": len(feature.places),
    }


def _copied(account: Account) -> dict[str, Any]:
    return {
        "label": shown(account.label),
        "position": account.position,
        "distance": f"{account.distance:.4f}",
        "nearest": shown(account.nearest),
        "copies": [
            {"text": shown(copy.text), "length": copy.length, "times": len(copy.places)}
            for copy in account.copies[:MOST_COPIES]
        ],
    }


def _classes(explanation: Explanation) -> tuple[list[str], list[tuple[str, list[str]]]]:
    if explanation.method != "codelength":
        return ["share of the vote", "nearest"], [
            (shown(one.label), [f"{one.probability:.4f}", f"{one.distance:.4f}"])
            for one in explanation.classes
        ]
    return ["bits", "prior", "bits and prior", "probability"], [
        (
            shown(one.label),
            [
                number(one.codelength or 0.0),
                number(one.prior_bits),
                number(one.total),
                f"{one.probability:.4f}",
            ],
        )
        for one in explanation.classes
    ]


def _sums(accounts: list[Account], unit: str) -> list[tuple[str, list[str]]]:
    rows = [
        (shown(name), [number(float(account.parts[name].sum())) for account in accounts])
        for name in accounts[0].parts
        if len(accounts[0].parts) > 1
    ]
    rows.append((f"all {unit}", [number(float(account.bits.sum())) for account in accounts]))
    for name in accounts[0].terms:
        rows.append((shown(name), [number(account.terms[name]) for account in accounts]))
    if any(abs(account.rest) > 1e-6 for account in accounts):
        rows.append((f"not in {unit}", [number(account.rest) for account in accounts]))
    rows.append(("codelength", [number(account.codelength) for account in accounts]))
    return rows


def _steps(explanation: Explanation) -> list[dict[str, Any]]:
    """Return the rows of the waterfall; bars are per cent of the range that the sums cover."""
    steps = explanation.steps()
    if not steps:
        return []
    sums = [0.0, *itertools.accumulate(step.bits for step in steps)]
    low, high = min(sums), max(sums)
    scale = 100 / ((high - low) or 1.0)
    rows = []
    for step, before, after in zip(steps, sums, sums[1:], strict=False):
        rows.append(
            {
                "name": shown(step.name),
                "kind": step.kind,
                "bits": signed(step.bits),
                "sum": signed(after),
                "left": f"{(min(before, after) - low) * scale:.1f}",
                "width": f"{abs(after - before) * scale:.1f}",
                "rival": step.bits < 0,
            }
        )
    ahead = f"{shown(explanation.winner.label)} is ahead by"
    total = {
        "name": ahead,
        "kind": "sum",
        "bits": signed(sums[-1]),
        "sum": signed(sums[-1]),
        "left": f"{(min(0.0, sums[-1]) - low) * scale:.1f}",
        "width": f"{abs(sums[-1]) * scale:.1f}",
        "rival": sums[-1] < 0,
    }
    return [*rows, total]
