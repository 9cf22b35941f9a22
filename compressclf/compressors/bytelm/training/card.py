"""The card of a trained model: what it is, what it read, what it reaches."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["model_card", "read_log"]

_MOST_ROWS = 16  # of the course of training


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
        Of the weights.
    digest : str
        SHA-256 of the file of weights.
    n_bytes : int
        Its size.
    sources, licences : sequence of str
        Where the text is from and under which licences, as the one who trained says.
    log : sequence of dict
        What was measured on the way.
    """
    unknown = ["Not stated: do not pass the weights on before you know."]
    parts = [
        "# A byte language model",
        f"`weights.safetensors`, {n_bytes:,} bytes, SHA-256 `{digest}`, written by `compressclf "
        "train-lm`. Gated recurrent units over bytes, in integers: the same codelengths and codes "
        "on every machine. Use it as `bytelm:weights=PATH`.",
        "## Measured",
        _table(("what", "value"), [(name, value) for name, value in facts.items()]),
        "Bits per byte on held-out text: the last part of each long document and some of the "
        "short ones, never trained on, each document from a cold start.",
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
                "It knows the languages and the kinds of text that it has read; others cost more, "
                "up to 20 bits a byte.",
                "It can repeat what it has read, errors and prejudice included; it is made to "
                "measure and to compress text, not to write it.",
            ]
        ),
    ]
    return "\n\n".join(parts) + "\n"


def read_log(folder: Path) -> list[dict[str, Any]]:
    """Return what was measured in training."""
    file = folder / "log.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.is_file() else []


def _thinned(log: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return about `_MOST_ROWS` lines, the last one among them."""
    every = max(1, -(-len(log) // _MOST_ROWS))
    return list(reversed(list(reversed(log))[::every]))


def _table(head: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _list(items: Sequence[str]) -> str:
    return "\n".join(f"- {item}" for item in items)
