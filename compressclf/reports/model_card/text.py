"""The text of a card: front matter, sections and tables."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any

from compressclf._lib.markdown import bullets, cell, quoted, sealed, table
from compressclf.reports.model_card.facts import Scores, TrainingFacts, count_not_text

__all__ = ["model_card"]

OPEN = "*To be written by the publisher of the model.*"
MOSTLY = 0.05  # training data with at most this share of other documents count as text
FEW = 30  # a class with fewer test documents has unreliable scores


def model_card(
    classifier: Any,
    *,
    name: str = "model",
    taught: TrainingFacts | None = None,
    measured: Scores | None = None,
    versions: Mapping[str, Any] | None = None,
    files: Mapping[str, Any] | None = None,
) -> str:
    r"""Return the card of a fitted classifier, or a brief card of a transformer.

    Parameters
    ----------
    classifier : NCDClassifier, CodelengthClassifier or CodelengthFeatures
        Fitted.
    name : str
        The name of the model or its directory.
    taught : TrainingFacts, optional
        The training data; by default what the classifier itself knows.
    measured : Scores, optional
        Scores on test documents; without them the card says that the model was not evaluated.
    versions, files : mapping, optional
        The entries of the saved model's ``config.json``.

    Returns
    -------
    str
        Markdown with YAML front matter. The same arguments give the same card.

    Examples
    --------
    >>> from compressclf import CodelengthClassifier
    >>> classifier = CodelengthClassifier().fit(["to be", "or not"], ["hamlet", "doubt"])
    >>> print("\n".join(model_card(classifier, name="prince").splitlines()[:9]))
    ---
    library_name: compressclf
    tags:
    - compression
    - classification
    - blocks
    ---
    <BLANKLINE>
    # Model card: prince
    """
    if not hasattr(classifier, "predictions"):
        return _brief_card(classifier, name, versions or {})
    taught = taught or _known_to(classifier)
    sections = {
        "Model details": _details(classifier, versions or {}, files or {}),
        "Use": f"```sh\ncompressclf predict {shlex.quote(name)} DOCS\n```",
        "Intended use": _intended(classifier),
        "Out-of-scope use": bullets(_out_of_scope(classifier)),
        "Training data": _training(taught),
        "Evaluation": _scores(measured),
        "Caveats and recommendations": bullets(_caveats(classifier, measured)),
    }
    parts = [_front_matter(classifier, name, taught, measured), f"# Model card: {cell(name)}"]
    parts += [f"## {heading}\n\n{text}" for heading, text in sections.items()]
    return sealed(parts)


def _brief_card(transformer: Any, name: str, versions: Mapping[str, Any]) -> str:
    """Return the card of `compressclf.CodelengthFeatures`, which do not classify."""
    rows: list[tuple[str, object]] = [("kind", type(transformer).__name__)]
    rows += [("class model", fitted.model.spec) for fitted in transformer.models_]
    rows.append(("classes", len(transformer.classes_)))
    rows.append(("made with", ", ".join(f"{key} {value}" for key, value in versions.items())))
    use = f"```python\nfeatures = load_model({name!r}).transform(documents)\n```"
    return sealed([f"# Model card: {cell(name)}", f"## Use\n\n{use}", table(["", ""], rows)])


def _known_to(classifier: Any) -> TrainingFacts:
    from compressclf.datasets import name_label

    names, counts = map(name_label, classifier.classes_.tolist()), classifier.training_counts()
    docs = classifier.training_documents()
    return TrainingFacts(
        class_counts=dict(zip(names, counts.tolist(), strict=True)),
        n_bytes=docs.nbytes if docs is not None else None,
        not_text=count_not_text(docs) if docs is not None else None,
    )


def _has_neighbours(classifier: Any) -> bool:
    return hasattr(classifier, "compressor_")


def _front_matter(
    classifier: Any, name: str, taught: TrainingFacts, measured: Scores | None
) -> str:
    """Return the metadata for the hub, without a licence, which is unknown."""
    spec = classifier.compressor_.spec if _has_neighbours(classifier) else _model(classifier).spec
    n_docs = sum(taught.class_counts.values())
    is_text = taught.not_text is not None and taught.not_text <= MOSTLY * n_docs
    task = "text-classification" if is_text else "other"
    lines = ["---", "library_name: compressclf"]
    if is_text:
        lines.append(f"pipeline_tag: {task}")
    if taught.languages:
        lines += ["language:", *(f"- {quoted(code)}" for code in taught.languages)]
    tags = ["compression", "classification", *re.findall(r"(?:^|\+)([A-Za-z_][\w-]*)", spec)]
    lines += ["tags:", *(f"- {tag}" for tag in dict.fromkeys(tags))]
    if measured is not None:
        scores, source = measured.evaluation, measured.source or taught.source or "not stated"
        lines += [
            "metrics:\n- accuracy\n- f1",
            f"model-index:\n- name: {quoted(name)}\n  results:",
            f"  - task:\n      type: {task}",
            f"    dataset:\n      name: {quoted(source)}\n      type: {quoted(source)}",
            f"    metrics:\n    - type: accuracy\n      value: {scores.accuracy:.4f}",
            f"    - type: f1\n      name: macro F1\n      value: {scores.macro_f1:.4f}",
        ]
    return "\n".join([*lines, "---"])


def _model(classifier: Any) -> Any:
    return classifier.model_.model


def _details(classifier: Any, versions: Mapping[str, Any], files: Mapping[str, Any]) -> str:
    rows: list[tuple[str, object]] = [("kind", type(classifier).__name__)]
    if _has_neighbours(classifier):
        compressor = classifier.compressor_
        rows += [
            ("decides by", f"{classifier.n_neighbors} nearest training documents"),
            ("distance", classifier.metric),
            ("compressor", f"{compressor.spec} ({compressor.version})"),
        ]
    else:
        model = _model(classifier)
        rows += [
            ("decides by", "the class whose model needs the fewest bits"),
            ("class model", model.spec),
            ("calibration", str(classifier.calibration_)),
        ]
    given = classifier.get_params(deep=False).items()
    rows.append(("parameters", ", ".join(f"{key}={value!r}" for key, value in given)))
    rows.append(("classes", len(classifier.classes_)))
    for file, facts in files.items():
        rows.append((f"size of {file}", f"{facts['bytes']:,} bytes"))
        rows.append((f"SHA-256 of {file}", facts["sha256"]))
    if versions:
        rows.append(("made with", ", ".join(f"{key} {value}" for key, value in versions.items())))
    return table(["", ""], rows) + f"\n\nDevelopers, contact, licence: {OPEN}"


def _intended(classifier: Any) -> str:
    names = [cell(label) for label in classifier.classes_.tolist()]
    shown = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
    return (
        f"Labelling documents like the training documents with one of {len(names)} classes: "
        f"{shown}.\n\nIntended users and purpose: {OPEN}"
    )


def _out_of_scope(classifier: Any) -> list[str]:
    sentences = [
        "Documents that belong to none of its classes: the model always predicts one of them, "
        "and its probability may be high.",
        "Documents in another language, encoding or mark-up than the training documents: the "
        "model compares byte sequences and does not know their meaning.",
        "Decisions about people without human review.",
    ]
    window = classifier.compressor_.window if _has_neighbours(classifier) else None
    if window is not None:
        sentences.append(
            f"Documents near or beyond {window:,} bytes, the compressor's window: repetitions "
            f"further back are not found."
        )
    return sentences


def _training(taught: TrainingFacts) -> str:
    n_docs = sum(taught.class_counts.values())
    sizes = f"{n_docs:,} documents" + (f", {taught.n_bytes:,} bytes" if taught.n_bytes else "")
    facts = [
        f"Source: {cell(taught.source) if taught.source else OPEN}",
        f"Size: {sizes}, {len(taught.class_counts)} classes.",
        f"Languages: {', '.join(map(cell, taught.languages)) if taught.languages else OPEN}",
    ]
    if taught.not_text is not None:
        facts.append(
            f"Documents that are not UTF-8 text (images, other encodings): {taught.not_text:,}."
        )
    rows = [(name, n, n / max(1, n_docs)) for name, n in taught.class_counts.items()]
    return f"{bullets(facts)}\n\n{table(['class', 'documents', 'share'], rows)}"


def _scores(measured: Scores | None) -> str:
    if measured is None:
        return (
            "Not evaluated. To measure its accuracy, run `compressclf predict` on labelled "
            "documents that are not training documents."
        )
    scores = measured.evaluation
    low, high = scores.accuracy_ci95
    facts = [
        f"Test documents: {scores.n:,}, from {cell(measured.source) if measured.source else OPEN}",
        f"Accuracy {scores.accuracy:.4f} (95 % interval {low:.4f} to {high:.4f}, Wilson 1927). The "
        f"interval covers the choice of test documents, not that of training documents.",
        f"Macro F1 {scores.macro_f1:.4f}.",
    ]
    if scores.majority_accuracy is not None:
        facts.append(
            f"Always predicting the largest training class, {cell(scores.majority_label)}: "
            f"accuracy {scores.majority_accuracy:.4f}."
        )
    if scores.brier is not None:
        facts.append(
            f"Probabilities: expected calibration error {scores.expected_calibration_error:.4f} "
            f"(15 bins of the top probability), Brier score {scores.brier:.4f} (0 to 2)."
        )
    if measured.leaked is None:
        facts.append("Leaks: not checked, because the model does not keep its training documents.")
    else:
        leaks = f"Leaks: {measured.leaked:,} test documents also occur in the training data, byte "
        leaks += "for byte."
        if measured.leaked and measured.accuracy_without_leaks is not None:
            leaks += f" Accuracy without them: {measured.accuracy_without_leaks:.4f}."
        facts.append(leaks)
    rows = [(c.label, c.n, c.precision, c.recall, c.f1) for c in scores.per_class]
    parts = [bullets(facts), table(["class", "documents", "precision", "recall", "F1"], rows)]
    if scores.confusions:
        wrong = [(c.label, c.predicted, c.count, c.share) for c in scores.confusions]
        header = ["label", "taken for", "documents", "share of the label"]
        parts.append(f"Most frequent confusions:\n\n{table(header, wrong)}")
    if measured.groups:
        split = [
            (name, group.n, group.accuracy, *group.accuracy_ci95, group.macro_f1)
            for name, group in measured.groups.items()
        ]
        header = ["group", "documents", "accuracy", "from", "to", "macro F1"]
        parts.append(f"By group, with 95 % intervals:\n\n{table(header, split)}")
    return "\n\n".join(parts)


def _caveats(classifier: Any, measured: Scores | None) -> list[str]:
    neighbours = _has_neighbours(classifier)
    rule = str(getattr(classifier, "ties", "larger class"))
    ties = f"Ties are broken by the rule '{rule}'."
    if measured is not None and measured.tied is not None:
        share = measured.tied / measured.evaluation.n
        ties += f" It decided the labels of {share:.1%} of the test documents."
    sentences = [ties]
    if neighbours:
        sentences.append("Probabilities are shares of the votes and are not calibrated.")
    else:
        model = _model(classifier)
        fitted = "fitted to held-out training documents"
        sentences += [
            "Probabilities come from bits divided by a temperature that was "
            f"{fitted if classifier.calibration == 'auto' else 'given, not fitted'}. They are "
            "calibrated only for documents like the training documents.",
            "Discriminative: yes. A correction of the codelengths is trained to separate the "
            "classes. Wrong labels in the training data affect it most."
            if model.discriminative
            else "Discriminative: no. The model of each class is fitted to its own documents only.",
            "A code: yes. A decoder could read the bits."
            if model.is_code
            else "A code: no. The bits are a score made of codelengths; compare them between "
            "classes, not with those of a compressor.",
        ]
    sentences.append(
        "Its stored counts may reveal passages of the training documents."
        if classifier.training_documents() is None
        else "It contains its training documents verbatim: whoever has the model can read them."
    )
    small = [c.label for c in measured.evaluation.per_class if c.n < FEW] if measured else []
    if small:
        sentences.append(
            f"{len(small)} classes have fewer than {FEW} test documents, and unreliable scores."
        )
    return sentences
