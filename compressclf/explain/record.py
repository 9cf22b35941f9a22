"""An explanation as JSON, with all numbers unrounded."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from compressclf.explain.display import shown

if TYPE_CHECKING:
    from compressclf.explain.characters import Feature
    from compressclf.explain.explanation import Account, ClassTotal, Explanation

__all__ = ["render_json"]


def render_json(explanation: Explanation) -> str:
    r"""Return an explanation as JSON.

    Parameters
    ----------
    explanation : Explanation
        From `explain`.

    Returns
    -------
    str
        One object. ``bits`` of the two classes have one number per character of ``characters``, or
        one row per row of pixels; with ``terms`` and ``rest`` they add up to ``codelength``. A byte
        that is not UTF-8 is written as ``\xff``.

    Examples
    --------
    >>> from compressclf import CodelengthClassifier
    >>> from compressclf.explain import explain
    >>> texts = ["the goal came late", "a late goal", "shares fell", "the bank's shares rose"]
    >>> classifier = CodelengthClassifier().fit(texts, ["sport", "sport", "money", "money"])
    >>> import json
    >>> found = json.loads(render_json(explain(classifier, "a goal")))
    >>> found["characters"]
    ['a', ' ', 'g', 'o', 'a', 'l']
    """
    second = explanation.runner_up
    record: dict[str, Any] = {
        "label": explanation.winner.label,
        "method": explanation.method,
        "model": explanation.model,
        "classes": list(map(_class, explanation.classes)),
        "winner": _account(explanation.winner),
        "runner_up": None if second is None else _account(second),
    }
    if explanation.is_text:
        record["characters"] = list(map(shown, explanation.characters))
        record["for_winner"] = list(map(_feature, explanation.for_winner))
        record["for_runner_up"] = list(map(_feature, explanation.for_runner_up))
    if explanation.neighbors:
        record["neighbors"] = [
            {"label": label, "position": position, "distance": distance}
            for label, position, distance in explanation.neighbors
        ]
    record["steps"] = [
        {"name": shown(step.name), "bits": step.bits, "kind": step.kind}
        for step in explanation.steps()
    ]
    record["margin"] = explanation.margin
    record["remarks"] = list(explanation.remarks)
    return json.dumps(_finite(record), ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def _class(one: ClassTotal) -> dict[str, Any]:
    total = {} if one.codelength is None else {"total": one.total}
    return _without_none({**asdict(one), **total})


def _account(account: Account) -> dict[str, Any]:
    told: dict[str, Any] = {
        "label": account.label,
        "codelength": account.codelength,
        "bits": account.bits.tolist(),
        "parts": {name: bits.tolist() for name, bits in account.parts.items()},
        "terms": dict(account.terms),
        "rest": account.rest,
        "position": account.position,
        "distance": account.distance,
    }
    if isinstance(account.nearest, str):
        told["nearest"] = shown(account.nearest)
        told["copies"] = [
            {"text": shown(copy.text), "length": copy.length, "places": list(copy.places)}
            for copy in account.copies
        ]
    return _without_none(told)


def _feature(feature: Feature) -> dict[str, Any]:
    return {"text": shown(feature.text), "bits": feature.bits, "places": list(feature.places)}


def _without_none(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if value is not None}


def _finite(value: Any) -> Any:
    """Replace infinities, which JSON lacks, by None: a class with prior 0 has infinite bits."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    return [_finite(one) for one in value] if isinstance(value, (list, tuple)) else value
