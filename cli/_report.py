"""The report of ``classify``, for people and for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from ._output import render_table
from ._run import Result

__all__ = ["render", "summary"]


def render(result: Result, style: str) -> str:
    """Render a result: text, md and json tell of the whole, csv and jsonl of each prediction."""
    if style in {"csv", "jsonl"}:
        return render_table(_rows(result), style)
    if style == "json":
        report = summary(result)
        if result.evaluation is None:
            report["predictions"] = result.predictions.labels.tolist()
        return json.dumps(report, ensure_ascii=False, indent=2)
    if style == "md":
        return _markdown(result)
    if result.evaluation is None:
        return "\n".join(result.predictions.labels.tolist())
    return _text(result)


def summary(result: Result) -> dict[str, Any]:
    """Return the report as one JSON object."""
    scores, asked = result.evaluation, result.asked
    n_test = len(result.test.docs)
    return {
        "accuracy": scores and scores.accuracy,
        "accuracy_ci95": scores and list(scores.accuracy_ci95),
        "macro_f1": scores and scores.macro_f1,
        "n_train": len(result.train.docs),
        "n_test": n_test,
        "n_classes": len(result.classifier.classes_),
        "classes": result.classifier.classes_.tolist(),
        "source": asked.source,
        "test": asked.test,
        "method": asked.method,
        "compressor": result.classifier.compressor_.spec,
        "engine": result.classifier.compressor_.engine or "library",
        "params": asked.parameters,
        "test_in_train": int(result.leaked.sum()),
        "accuracy_without_leaks": result.accuracy_without_leaks,
        "ties": {
            "rule": asked.parameters["ties"],
            "documents": int(result.predictions.tied.sum()),
            "rate": float(result.predictions.tied.mean()),
        },
        "confusions": scores and [asdict(pair) for pair in scores.confusions],
        "seconds": result.seconds,
        "peak_memory_mb": result.peak_memory_mb,
        "versions": result.versions,
    }


def _facts(result: Result) -> list[tuple[str, str]]:
    """Return what a person wants to know, in order."""
    scores, seconds = result.evaluation, result.seconds
    n_test = len(result.test.docs)
    facts: list[tuple[str, str]] = []
    if scores is not None:
        low, high = scores.accuracy_ci95
        facts += [
            ("accuracy", f"{scores.accuracy:.4f}  (95 % interval {low:.4f} to {high:.4f})"),
            ("macro F1", f"{scores.macro_f1:.4f}"),
        ]
        for pair in scores.confusions[:3]:
            facts.append(
                (
                    "confusions" if pair is scores.confusions[0] else "",
                    f"{pair.label} taken for {pair.predicted}: {pair.count} "
                    f"({pair.share:.1%} of its documents)",
                )
            )
    leaks = f"{result.leaked.sum()} of {n_test} test documents stand in the training data"
    if result.leaked.any() and result.accuracy_without_leaks is not None:
        leaks += f"; accuracy without them {result.accuracy_without_leaks:.4f}"
    rule = result.asked.parameters["ties"]
    facts += [
        ("leaks", leaks),
        ("ties", f"{result.predictions.tied.mean():.1%} of the documents; rule: {rule}"),
        (
            "time",
            f"load {seconds['load']:.1f} s, fit {seconds['fit']:.1f} s, predict "
            f"{seconds['predict']:.1f} s ({1e3 * seconds['predict'] / n_test:.1f} ms a document)",
        ),
    ]
    if result.peak_memory_mb is not None:
        facts.append(("peak memory", f"{result.peak_memory_mb:,.0f} MB"))
    return facts


def _title(result: Result) -> tuple[str, str]:
    asked, compressor = result.asked, result.classifier.compressor_
    sources = asked.source if asked.test is None else f"{asked.source}, {asked.test}"
    how = f"{compressor.engine}, {compressor.version}" if compressor.engine else compressor.version
    return (
        f"{sources}: {len(result.train.docs):,} training and {len(result.test.docs):,} test "
        f"documents, {len(result.classifier.classes_)} classes",
        f"{asked.method}: {asked.parameters['n_neighbors']} nearest by "
        f"{asked.parameters['metric']} with {compressor.spec} ({how})",
    )


def _text(result: Result) -> str:
    lines = [*_title(result), ""]
    lines += [f"  {name:<12} {fact}" for name, fact in _facts(result)]
    return "\n".join(lines)


def _markdown(result: Result) -> str:
    what, how = _title(result)
    rows = [{"": name, " ": fact} for name, fact in _facts(result)]
    return f"**{what}**\n\n{how}\n\n{render_table(rows, 'md')}"


def _rows(result: Result) -> list[dict[str, Any]]:
    labels = result.test.labels
    predictions = result.predictions
    rows = []
    for index, prediction in enumerate(predictions.labels.tolist()):
        row: dict[str, Any] = {"index": index}
        if labels is not None:
            row["label"] = str(labels[index])
        row["prediction"] = prediction
        row["probability"] = round(float(predictions.probabilities[index].max()), 6)
        row["tied"] = int(predictions.tied[index])
        row["in_train"] = int(result.leaked[index])
        rows.append(row)
    return rows
