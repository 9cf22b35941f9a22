"""The report of ``classify`` and ``predict``, for people and for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from compressclf._lib.printable import printable

from ._output import render_table
from ._run import Result

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from compressclf.classifiers import Predictions
    from compressclf.models import ClassModel, FittedModel

__all__ = ["prediction_rows", "remarks_apart", "render", "render_html", "summary"]


def render(result: Result, style: str) -> str:
    """Render a result: text, md and json as a report, csv and jsonl as one row per prediction."""
    if style in {"csv", "jsonl"}:
        rows = prediction_rows(result.predictions, result.test.labels, result.leaked)
        return render_table(rows, style)
    if style == "json":
        report = summary(result)
        if result.evaluation is None:
            report["predictions"] = result.predictions.labels.tolist()
        return json.dumps(report, ensure_ascii=False, indent=2, default=str)
    if style == "md":
        return _markdown(result)
    if result.evaluation is None:
        return "\n".join(map(printable, result.predictions.labels.tolist()))
    return _text(result)


def remarks_apart(result: Result, style: str) -> list[str]:
    """Return the remarks to print on standard error, because the report does not show them."""
    shown = style == "md" or (style == "text" and result.evaluation is not None)
    remarks = list(result.remarks)
    if result.recall is not None:
        remarks.append(f"{_recall(*result.recall)}.")
    return [] if shown else remarks


def render_html(result: Result) -> str:
    """Render a result as one HTML file."""
    from compressclf.reports.html import Report, render_report

    title, how = _title(result)
    settings = {**result.classifier.get_params(deep=False), **_settings(result.classifier)}
    return render_report(
        Report(
            title=title,
            how=how,
            facts=_facts(result),
            classifier=result.classifier,
            docs=result.test.docs,
            labels=result.test.labels,
            predictions=result.predictions,
            evaluation=result.evaluation,
            leaked=result.leaked,
            settings={name: value for name, value in settings.items() if value is not None},
            environment=result.versions,
            card=result.card,
        )
    )


def summary(result: Result) -> dict[str, Any]:
    """Return the report as one JSON object."""
    scores, leaked = result.evaluation, result.leaked
    return {
        "accuracy": scores and scores.accuracy,
        "accuracy_ci95": scores and list(scores.accuracy_ci95),
        "macro_f1": scores and scores.macro_f1,
        "majority_label": scores and scores.majority_label,
        "majority_accuracy": scores and scores.majority_accuracy,
        "expected_calibration_error": scores and scores.expected_calibration_error,
        "brier": scores and scores.brier,
        "n_train": result.n_train,
        "n_test": len(result.test.docs),
        "n_classes": len(result.classifier.classes_),
        "classes": result.classifier.classes_.tolist(),
        **result.places,
        "method": result.method,
        **_settings(result.classifier),
        "params": result.classifier.get_params(deep=False),
        "test_in_train": None if leaked is None else int(leaked.sum()),
        "accuracy_without_leaks": result.accuracy_without_leaks,
        "ties": {
            "rule": _tie_rule(result.classifier),
            "documents": int(result.predictions.tied.sum()),
            "rate": float(result.predictions.tied.mean()),
        },
        "confusions": scores and [asdict(pair) for pair in scores.confusions],
        "candidates": result.recall
        and {
            "per_document": result.classifier.n_candidates_,
            "sampled": result.recall[1],
            "nearest_found": result.recall[0],
        },
        "groups": {
            name: {key: asdict(group)[key] for key in ("n", "accuracy", "accuracy_ci95")}
            for name, group in result.groups.items()
        },
        "seconds": result.seconds,
        "ms_per_document": _ms_per_document(result),
        "peak_memory_mb": result.peak_memory_mb,
        "saved_to": result.saved_to and str(result.saved_to),
        "versions": result.versions,
        "read_as": result.facts,
        "remarks": result.remarks,
    }


def _settings(classifier: Any) -> dict[str, Any]:
    """Return the compressor or the class model, with its calibration, layout and preprocessing."""
    compressor = getattr(classifier, "compressor_", None)
    layout = getattr(classifier, "layout_", None)
    return {
        "compressor": compressor and compressor.spec,
        "engine": compressor and (compressor.engine or "library"),
        "model": None if compressor else classifier.model_.model.spec,
        "temperature": None if compressor else classifier.temperature_,
        "calibration": None if compressor else asdict(classifier.calibration_),
        "layout": layout and layout.spec,
        "preprocess": getattr(classifier, "preprocess_", None),
    }


def _recall(found: int, drawn: int) -> str:
    if drawn == 0:
        return "The recall of the candidates was not measured: one exact search takes too long"
    return f"The nearest was among the candidates for {found} of {drawn} sampled documents"


def _tie_rule(classifier: Any) -> str:
    return str(getattr(classifier, "ties", "larger class"))


def _ms_per_document(result: Result) -> float:
    return round(1e3 * result.seconds["predict"] / len(result.test.docs), 3)


def _facts(result: Result) -> list[tuple[str, str]]:
    """Return the lines of a report as pairs of name and text."""
    scores, leaked = result.evaluation, result.leaked
    facts: list[tuple[str, str]] = []
    if result.facts:
        entries = result.facts.items()
        text = ", ".join(fact if name == "format" else f"{name} {fact}" for name, fact in entries)
        facts.append(("read as", text))
    facts += [("remark", sentence) for sentence in result.remarks]
    if scores is not None:
        low, high = scores.accuracy_ci95
        facts.append(
            ("accuracy", f"{scores.accuracy:.4f}  (95 % interval {low:.4f} to {high:.4f})")
        )
        if scores.majority_accuracy is not None:
            text = f"{scores.majority_accuracy:.4f}  (always {scores.majority_label!r}, the largest"
            facts.append(("majority", f"{text} training class)"))
        facts.append(("macro F1", f"{scores.macro_f1:.4f}"))
        if scores.brier is not None:
            error = scores.expected_calibration_error
            text = f"expected error {error:.3f}, Brier score {scores.brier:.3f}"
            facts.append(("calibration", text))
        for number, pair in enumerate(scores.confusions[:3]):
            text = f"{pair.label} taken for {pair.predicted}: {pair.count}"
            text += f" ({pair.share:.1%} of its documents)"
            facts.append(("" if number else "confusions", text))
        for number, (name, group) in enumerate(result.groups.items()):
            low, high = group.accuracy_ci95
            text = f"{name}: {group.accuracy:.4f} ({low:.4f} to {high:.4f}; {group.n:,} documents)"
            facts.append(("" if number else "groups", text))
    if leaked is not None:
        text = f"{leaked.sum()} of {len(leaked)} test documents also occur in the training data"
        if leaked.any() and result.accuracy_without_leaks is not None:
            text += f"; accuracy without them {result.accuracy_without_leaks:.4f}"
        facts.append(("leaks", text))
    if result.recall is not None:
        facts.append(("candidates", _recall(*result.recall)))
    rule = _tie_rule(result.classifier)
    parts = ", ".join(f"{part} {seconds:.1f} s" for part, seconds in result.seconds.items())
    facts += [
        ("ties", f"{result.predictions.tied.mean():.1%} of the documents; rule: {rule}"),
        ("time", f"{parts} ({_ms_per_document(result):.1f} ms per document)"),
    ]
    if result.peak_memory_mb is not None:
        facts.append(("peak memory", f"{result.peak_memory_mb:,.0f} MB"))
    if result.saved_to is not None:
        facts.append(("saved", f"compressclf predict {result.saved_to} DOCS"))
    return facts


def _title(result: Result) -> tuple[str, str]:
    classifier = result.classifier
    describe = _neighbours if hasattr(classifier, "compressor_") else _class_models
    return (
        f"{', '.join(filter(None, result.places.values()))}: {result.n_train:,} training and "
        f"{len(result.test.docs):,} test documents, {len(classifier.classes_)} classes",
        f"{result.method}: {describe(classifier)}",
    )


def _neighbours(classifier: Any) -> str:
    compressor = classifier.compressor_
    how = f"{compressor.engine}, {compressor.version}" if compressor.engine else compressor.version
    layout = "" if classifier.layout_ is None else f", layout {classifier.layout_.spec}"
    return (
        f"{classifier.n_neighbors} nearest by {classifier.metric} with {compressor.spec} "
        f"({how}){layout}"
    )


def _class_models(classifier: Any) -> str:
    """Return the preprocessing, the models with their chosen settings, and the calibration."""
    from compressclf.models import IMAGE_MODEL, get_model

    given, fitted = classifier.built_model(), classifier.model_
    members = getattr(fitted, "members", [fitted])
    parts, how_chosen = getattr(given, "models", [given]), ""
    if given.name == IMAGE_MODEL:
        parts = [get_model(member.model.name) for member in members]
        how_chosen = "; these models chosen on held-out training images"
    pairs = zip(parts, members, strict=True)
    models = " + ".join(_class_model(model, member) for model, member in pairs) + how_chosen
    before = getattr(classifier, "preprocess_", None)
    how_before = "; chosen on the training images" if _chose_preprocessing(classifier) else ""
    images = f"{before or 'no preprocessing'}{how_before}; " if before or how_before else ""
    return f"{images}{models}; {classifier.calibration_}"


def _chose_preprocessing(classifier: Any) -> bool:
    given = getattr(classifier, "preprocess", None)
    return given is not None and given.split("+")[-1].strip() == "auto"


def _class_model(given: ClassModel, fitted: FittedModel) -> str:
    """Return the given and default settings, then those that `fit` chose, by how it chose them."""
    from compressclf._lib.registry import format_spec, parse_spec

    name, settings = parse_spec(fitted.model.spec)
    requested = parse_spec(given.spec)[1]
    groups: dict[str, dict[str, object]] = {"": {}}
    for key, value in settings.items():
        how = "" if requested.get(key, value) == value else fitted.how_chosen(key, given)
        groups.setdefault(how, {})[key] = value
    parts = [format_spec(name, groups.pop(""))]
    parts += [f"{how}: {format_spec('', chosen)[1:]}" for how, chosen in groups.items()]
    return "; ".join(parts)


def _text(result: Result) -> str:
    lines = [*map(printable, _title(result)), ""]
    lines += [f"  {printable(name):<12} {printable(fact)}" for name, fact in _facts(result)]
    return "\n".join(lines)


def _markdown(result: Result) -> str:
    what, how = map(printable, _title(result))
    rows = [{"": name, " ": fact} for name, fact in _facts(result)]
    return f"**{what}**\n\n{how}\n\n{render_table(rows, 'md')}"


def prediction_rows(
    predictions: Predictions,
    labels: NDArray[Any] | None,
    leaked: NDArray[np.bool_] | None,
    *,
    first: int = 0,
) -> list[dict[str, Any]]:
    """Return a row for each prediction; documents are counted from `first`."""
    rows = []
    for at, prediction in enumerate(predictions.labels.tolist()):
        row: dict[str, Any] = {"index": first + at}
        if labels is not None:
            row["label"] = str(labels[at])
        row["prediction"] = prediction
        row["probability"] = round(float(predictions.probabilities[at].max()), 6)
        row["tied"] = int(predictions.tied[at])
        if leaked is not None:
            row["in_train"] = int(leaked[at])
        rows.append(row)
    return rows
