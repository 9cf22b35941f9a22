"""The model card of a trained byte model: data, licences, training and scores."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["model_card", "read_log"]

_MOST_ROWS = 16  # of the table of the training


def model_card(
    facts: dict[str, str],
    *,
    digest: str,
    n_bytes: int,
    sources: Sequence[str],
    licences: Sequence[str],
    log: Sequence[dict[str, Any]],
) -> str:
    """Return the card in Markdown.

    Parameters
    ----------
    facts : dict of str to str
        Facts of the weights.
    digest : str
        SHA-256 of the file of weights.
    n_bytes : int
        Size of the file of weights.
    sources, licences : sequence of str
        Sources of the text and their licences, as stated by the user who trained the model.
    log : sequence of dict
        Measurements made during training.
    """
    unknown = ["Not stated: do not pass the weights on before you know."]
    parts = [
        "# A byte language model",
        f"`weights.safetensors`, {n_bytes:,} bytes, SHA-256 `{digest}`, written by `compressclf "
        "train-lm`. Gated recurrent units over bytes, in integers: the same codelengths and codes "
        "on every machine. Use it as `bytelm:weights=PATH`.",
        "## Measured",
        _table(("what", "value"), [(name, value) for name, value in facts.items()]),
        "Bits per byte on held-out text: the last part of each long document and some of the short "
        "documents. It was not used for training, and each document starts from the initial state.",
        "## Data",
        _list(sources or unknown),
        "## Licences of the data",
        _list(licences or unknown),
        "## Course of the training",
        _table(
            ("steps", "minutes", "MB read", "bits per byte, training", "held out"),
            [
                (
                    f"{line['steps']:,}",
                    f"{line['seconds'] / 60:.1f}",
                    f"{line['bytes'] / 1e6:.1f}",
                    line["training"],
                    line["held_out"],
                )
                for line in _thinned(log)
            ],
        ),
        "## Limits",
        _list(
            [
                "It models the languages and the kinds of text in its training data; other text "
                "costs more, up to 20 bits per byte.",
                "It can reproduce its training data, including errors and prejudice. It is made "
                "to measure and compress text, not to generate it.",
            ]
        ),
    ]
    return "\n\n".join(parts) + "\n"


def read_log(folder: Path) -> list[dict[str, Any]]:
    """Return the measurements made during training, without a last line that is cut short."""
    file = folder / "log.jsonl"
    lines = file.read_text().split("\n")[:-1] if file.is_file() else []
    return [json.loads(line) for line in lines]


def _thinned(log: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return about `_MOST_ROWS` lines, including the last one."""
    every = max(1, -(-len(log) // _MOST_ROWS))
    return list(reversed(list(reversed(log))[::every]))


def _table(head: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _list(items: Sequence[str]) -> str:
    return "\n".join(f"- {item}" for item in items)
