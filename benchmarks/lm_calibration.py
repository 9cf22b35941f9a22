"""What calibration and several draws are worth to `lm`: ``python -m benchmarks.lm_calibration``.

    python -m benchmarks.lm_calibration SOURCE... --compressor contextmix --shots 5

Of each class SHOTS training documents are drawn for each seed; other *training* documents are
labelled. Test data are not read. Records go to ``records/lm_calibration.jsonl``; without SOURCE
they are rendered. Calibration changes no bit before it, so that one scoring serves all three.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np

from cli._output import render_table
from compressclf.datasets import load_dataset
from compressclf.models.lm import CALIBRATIONS, FittedLanguageModel, LanguageModel, _excess, _sizes
from experiments.protocols.few_shot import draw

RECORDS = Path(__file__).parent / "records" / "lm_calibration.jsonl"
EVERYTHING = 1 << 30
WORDS = {None: "none", "mean": "by document", "byte": "by byte"}


@click.command()
@click.argument("sources", nargs=-1)
@click.option("--compressor", default="contextmix", show_default=True)
@click.option("--shots", default=5, show_default=True, help="Documents of each class.")
@click.option("--each", default=0, show_default=True, help="Exemplars of a draw; 0 is all in one.")
@click.option("--seeds", default=3, show_default=True)
@click.option("--limit", default=200, show_default=True, help="Documents to label.")
def main(
    sources: tuple[str, ...], compressor: str, shots: int, each: int, seeds: int, limit: int
) -> None:
    """Label training documents of SOURCES after exemplars of each class."""
    draws = -(-shots // each) if each else 1
    model = LanguageModel(
        compressor, shots=each or None, budget=EVERYTHING, draws=draws, calibrate=None
    )
    for source in sources:
        dataset = load_dataset(source)
        docs = dataset.train.docs
        y = np.unique(dataset.train.labels, return_inverse=True)[1].astype(np.int64)
        for seed in range(seeds):
            start = time.process_time()
            rows = draw(y, shots, seed)
            others = np.setdiff1d(np.arange(len(y)), rows)
            test = np.random.default_rng(99).permutation(others)[:limit]
            fitted = model.fit(docs.take(rows), y[rows], int(y.max()) + 1, n_jobs=1)
            bits = fitted.codelengths(docs.take(test), n_jobs=1)
            record = {
                "set": dataset.name,
                "compressor": compressor,
                "shots": shots,
                "prefixes": f"{draws} of {each}" if each else "1 of all",
                "seed": seed,
                "n": len(test),
                "bits_per_byte": round(float(bits.min(axis=1).sum() / docs.lengths[test].sum()), 4),
            }
            for calibrate in CALIBRATIONS:
                labels = _calibrated(fitted, calibrate, bits, docs.take(test)).argmin(axis=1)
                record[str(calibrate)] = round(float((labels == y[test]).mean()), 4)
            record["cpu_seconds"] = round(time.process_time() - start, 1)
            _append(record)
            click.echo(json.dumps(record), err=True)
    print(render([json.loads(line) for line in RECORDS.read_text().splitlines()]))


def _calibrated(fitted: FittedLanguageModel, calibrate: str | None, bits: Any, docs: Any) -> Any:
    model = replace(fitted.model, calibrate=calibrate)
    held_out = fitted._held_out
    assert held_out is not None
    excess = _excess(held_out.bits(), _sizes(model, held_out.docs), held_out._y)
    return FittedLanguageModel(model, fitted.texts, excess)._calibrated(bits, docs)


def render(records: list[dict[str, Any]]) -> str:
    """Return a Markdown table of accuracies, means over the seeds."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for record in records:
        key = tuple(record[name] for name in ("set", "compressor", "shots", "prefixes"))
        groups.setdefault(key, []).append(record)
    rows = []
    for (name, compressor, shots, prefixes), group in groups.items():
        row = {"set": name, "compressor": compressor, "shots": shots, "prefixes": prefixes}
        row |= {"draws × documents": f"{len(group)} × {group[0]['n']}"}
        row |= {"bits per byte": f"{np.mean([one['bits_per_byte'] for one in group]):.2f}"}
        for calibrate, words in WORDS.items():
            row[words] = f"{np.mean([one[str(calibrate)] for one in group]):.3f}"
        rows.append(row)
    return render_table(rows, "md")


def _append(record: dict[str, Any]) -> None:
    RECORDS.parent.mkdir(exist_ok=True)
    with RECORDS.open("a") as file:
        file.write(json.dumps(record) + "\n")


if __name__ == "__main__":
    main()
