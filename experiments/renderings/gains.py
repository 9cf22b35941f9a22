"""What compression gains over a sentence encoder, against the encoder's tokens per character."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..correlation import spearman
from ..view import View
from ._few import few_of
from ._markdown import table

__all__ = ["draw", "render"]


class Gain(NamedTuple):
    """One data set and encoder."""

    dataset: str
    encoder: str
    fertility: float
    """Tokens per character."""
    gain: float
    """Difference of accuracies."""


def gains_of(view: View, of: str, against: Mapping[str, str], shots: int) -> list[Gain]:
    """Return the gains of one method over that of each encoder, where both were measured."""
    found, column = few_of(view), str(shots)
    gains = []
    for record in view.elsewhere.get("encoding", ()):
        dataset, encoder = record["dataset"], record["method"]
        ours = found.get((dataset, of, column))
        theirs = found.get((dataset, against.get(encoder, ""), column))
        if ours and theirs:
            gain = float(np.mean(ours) - np.mean(theirs))
            gains.append(Gain(dataset, encoder, record["value"], gain))
    return gains


def render(
    view: View, *, of: str, against: Mapping[str, str], shots: int, languages: Mapping[str, str]
) -> str:
    """Return the table: one row per data set, tokens per character and gain for each encoder.

    Parameters
    ----------
    view : View
        Records of the protocol few-shot; those of the protocol encoding are read besides.
    of : str
        The method whose gain it is.
    against : mapping
        For each encoder, the method that uses it.
    shots : int
        Number of training documents per class.
    languages : mapping
        The language of each data set.
    """
    gains = {(one.dataset, one.encoder): one for one in gains_of(view, of, against, shots)}
    other = {
        (one["dataset"], one["method"]): one["value"] for one in view.elsewhere.get("encoding", ())
    }
    controls = list(dict.fromkeys(name for _, name in other if name not in against))
    header = ["data set", *(f"{name} per character" for name in controls)]
    for encoder, method in against.items():
        header += [f"{encoder}: tokens per character", f"{of} − {method}"]
    rows: list[list[str | None]] = []
    for dataset in view.datasets:
        row: list[str | None] = [f"{dataset} ({languages[dataset]})"]
        row += [_write(other.get((dataset, name)), "{:.2f}") for name in controls]
        for encoder in against:
            gain = gains.get((dataset, encoder))
            row.append(_write(other.get((dataset, encoder)), "{:.2f}"))
            row.append(_write(gain and gain.gain, "{:+.3f}"))
        rows.append(row)
    caption = (
        f"Mean accuracy of {of} minus that of logistic regression on the vectors of an encoder, "
        f"with {shots} training documents per class, beside the tokens that the encoder's "
        "tokenizer needs per character of the language. In Chinese a character is a word or half "
        "of one."
    )
    return f"{caption}\n\n{table(header, rows)}"


def _write(value: float | None, form: str) -> str | None:
    return None if value is None else form.format(value)


def draw(view: View, figure: Any, *, of: str, against: Mapping[str, str], shots: int) -> str:
    """Draw one point per data set and encoder."""
    gains = gains_of(view, of, against, shots)
    figure.set_size_inches(4.5 * len(against), 4)
    texts = []
    panels = figure.subplots(1, len(against), sharey=True, squeeze=False)[0]
    for panel, (encoder, method) in zip(panels, against.items(), strict=True):
        points = [one for one in gains if one.encoder == encoder]
        for one in points:
            panel.plot(one.fertility, one.gain, "o", color="C0", markersize=4)
            place = (one.fertility, one.gain)
            panel.annotate(one.dataset, place, (4, 3), textcoords="offset points", fontsize=6)
        panel.axhline(0, color="0.7", linewidth=0.8)
        panel.set(title=encoder, xlabel="tokens per character", ylabel=f"{of} − {method}")
        panel.margins(x=0.2)
        if len(points) > 2:
            rank = spearman([one.fertility for one in points], [one.gain for one in points])
            texts.append(f"{rank:.2f} for {encoder} ({len(points)} sets)")
    text = (
        f"Gain in accuracy of {of} with {shots} documents per class over logistic regression on an "
        "encoder's vectors, against the encoder's tokens per character; one point per data set."
    )
    return text + (f" Spearman's rank correlation: {', '.join(texts)}." if texts else "")
