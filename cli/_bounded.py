"""``classify`` and ``predict`` within ``--memory``: files that are read in batches."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.files import naming, write_whole
from compressclf._lib.printable import printable
from compressclf.datasets import (
    Batches,
    Dataset,
    Split,
    load_dataset,
    name_label,
    open_batches,
)
from compressclf.documents import Corpus
from compressclf.documents.pixels import joined
from compressclf.models import TEXT_MODEL
from compressclf.models.sizes import LEAST, PROGRAM, bytes_to_fit
from compressclf.persistence import load_model
from compressclf.reports.leaks import found_in
from compressclf.reports.model_card import TrainingFacts

from ._costs import timed
from ._methods import build_classifier
from ._output import render_table, say
from ._reading import Reading
from ._report import prediction_rows
from ._resuming import Unfinished, saved_in, version_of
from ._run import (
    ClassifyRequest,
    PredictRequest,
    Result,
    check_classifies,
    predicted,
    saved,
    scores_of,
)
from ._words import in_options

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf._lib.journal import Journal

__all__ = ["classify_in_batches", "must_be_read_in_batches", "predict_in_batches"]

LOADED = 6
"""Bytes of memory per byte of a source that is read whole."""
TEST_BYTES = 20_000_000
"""Bytes of documents that are held out, at most."""
MODEL = 3
"""Bytes of memory per byte of a saved model, while it is loaded."""
OF_BATCHES = ("text_column", "label_column", "encoding", "strict")
ROWS = ("text", "csv", "jsonl")


def must_be_read_in_batches(request: ClassifyRequest | PredictRequest) -> bool:
    """Return whether the source is too large for ``--memory``.

    Without ``--memory`` everything is read at once; if that takes more memory than there is, a
    sentence says so.

    Raises
    ------
    ValueError
        If the source is too large, and cannot be read in batches.
    """
    if isinstance(request, ClassifyRequest):
        source, takes = request.source, "fitting"
        per_byte = bytes_to_fit(1, 500, 10) / 500 if _is_blocks(request) else LOADED
        need = PROGRAM
    else:
        source, takes, per_byte = request.docs, "labelling", LOADED
        need = PROGRAM + MODEL * _size(request.model_dir)
    streamed = source == "-" and isinstance(request, PredictRequest)
    n_bytes = 0 if source == "-" else _bytes_of(source, request.columns)
    whole = need + int(per_byte * n_bytes)
    if request.memory is None:
        total = _memory_of_machine()
        if whole > total > 0:
            say(
                f"Remark: {source}: {takes} it takes about {_gb(whole)}, and this machine has "
                f"{_gb(total)}; --memory {_gb(total / 2)} reads the file in batches."
            )
        return False
    if need > request.memory:
        raise ValueError(f"The model takes about {_gb(need)}: give it more `memory`.")
    if whole <= request.memory and not streamed:
        return False
    reason = f"{source}: {takes} it takes about {_gb(whole)}, more than `memory`, so it must be "
    reason = f"{source}: standard input must be " if streamed else reason
    _check_options(request, f"{reason}read in batches")
    return True


def _check_options(request: ClassifyRequest | PredictRequest, reason: str) -> None:
    """Refuse what cannot be done in batches."""
    given = {"--resize": request.resize, "--group-column": request.columns["group_column"]}
    if isinstance(request, ClassifyRequest):
        given |= {"--html": request.html, "--limit-train": request.limit_train}
        if not _is_blocks(request):
            raise ValueError(f"{reason}; only --model blocks can be fitted so: choose it.")
        if request.source == "-":
            raise ValueError(f"{reason}, and standard input can be read only once: give a file.")
        if request.memory is not None and request.memory < LEAST:
            raise ValueError(f"{reason}, for which `memory` must be at least {LEAST // 10**6} MB.")
    for option, value in given.items():
        if value is not None:
            raise ValueError(f"{reason}, and {option} cannot: leave it out.")
    columns = request.columns
    if not columns["header"] or columns["delimiter"] is not None:
        raise ValueError(f"{reason}, which tables with delimiters are not: write JSON lines.")


def classify_in_batches(request: ClassifyRequest) -> Result:
    """Fit a model to SOURCE in batches, and label TEST or documents that are held out."""
    assert request.memory is not None
    seconds: dict[str, float] = {}
    reading = Reading(request.columns["strict"])
    batches = _batches(request.source, request)
    test = None if request.test is None else _read_test(request, request.test, reading)
    share = min(request.test_size, TEST_BYTES / max(1, batches.n_bytes() or 1))
    training = _Training(batches, 0.0 if test else share, request.seed)
    classifier = build_classifier(
        request.method, request.parameters, images=False, resize=None, n_jobs=request.jobs,
        seed=request.seed,
    )  # fmt: skip
    with timed(seconds, "fit"):
        classifier.fit_batches(training, memory=request.memory)
    reading.add(
        Dataset(
            batches.name,
            Split(Corpus.from_documents([])),
            None,
            batches.facts,
            tuple(batches.remarks),
        )
    )
    test = test or training.held_out()
    reading.remarks += _sentences(request, classifier, None if request.test else len(test.docs))
    known = training.found(test.docs)
    counts = zip(map(name_label, classifier.classes_), classifier.class_count_, strict=True)
    taught = TrainingFacts({name: int(n) for name, n in counts}, source=request.source)
    places: dict[str, str | None] = {"source": request.source, "test": request.test}
    ask = type(classifier).predictions
    with saved(classifier, request, lambda: taught) as card:
        result = predicted(places, request.method, classifier, test, known, seconds, ask)
        if result.evaluation is not None:
            source = request.test or f"{request.source}, documents drawn at random"
            card["measured"] = scores_of(result, source)
    result.saved_to = request.save_to
    result.facts, result.remarks = reading.facts, reading.remarks
    return result


def _batches(source: str, request: ClassifyRequest | PredictRequest) -> Batches:
    columns = {name: request.columns[name] for name in OF_BATCHES}
    return open_batches(source, **columns, labelled=isinstance(request, ClassifyRequest))


def _read_test(request: ClassifyRequest, source: str, reading: Reading) -> Split:
    """Return TEST, which is read whole."""
    assert request.memory is not None
    n_bytes = 0 if source == "-" else _bytes_of(source, request.columns)
    if LOADED * n_bytes > request.memory // 4:
        raise ValueError(
            f"{source}: TEST has {_gb(n_bytes)}, too much beside SOURCE within `memory`: save the "
            f"model with --save-model DIR, and label the file with compressclf predict DIR."
        )
    data = load_dataset(source, **request.columns, labelled=False)
    reading.add(data)
    part = data.test or data.train
    return part.sample(request.limit_test, request.seed)


def _sentences(request: ClassifyRequest, classifier: Any, n_held_out: int | None) -> Iterator[str]:
    """Yield what differs from a run that reads everything at once."""
    n_train, n_sampled = classifier.n_training_documents(), classifier.n_sampled_
    if n_held_out is not None:
        yield f"{request.source}: {n_held_out:,} documents, drawn at random, are held out."
    if n_sampled < n_train:
        yield (
            f"{request.source}: the documents were read in batches. All are counted; settings, "
            f"correction and temperature are from {n_sampled:,} of them, drawn at random."
        )
    pruned = classifier.pruned_
    if pruned is not None:
        yield (
            f"{request.source}: to stay within {_gb(request.memory)}, the counts of "
            f"{pruned.n_features:,} rare features were dropped ({pruned.share:.1%} of the features "
            f"of a document). Every count is at most {pruned.too_low:.1f} too low, and one "
            f"occurrence of a word changes a score by at most {pruned.bits:.1f} bits."
        )


class _Training:
    """Batches without the documents that are held out, which are kept."""

    def __init__(self, batches: Batches, share: float, seed: int) -> None:
        self._batches, self._share, self._seed = batches, share, seed
        self._held: list[tuple[Corpus, NDArray[Any]]] = []

    def __iter__(self) -> Iterator[tuple[Corpus, NDArray[Any]]]:
        rng = np.random.default_rng([self._seed, 1])
        held = []
        for docs, labels in self._batches:
            assert labels is not None
            if self._share:
                is_held = rng.random(len(docs)) < self._share
                held.append((docs.take(np.flatnonzero(is_held)), labels[is_held]))
                docs, labels = docs.take(np.flatnonzero(~is_held)), labels[~is_held]
            yield docs, labels
        self._held = held

    def held_out(self) -> Split:
        """Return the documents that are held out, after an iteration."""
        docs, labels = zip(*self._held, strict=True)
        if not sum(map(len, docs)):
            raise ValueError(f"{self._batches.name}: the documents are too few to hold out any.")
        return Split(joined(docs), np.concatenate(labels))

    def found(self, docs: Corpus) -> Corpus:
        """Return those of the documents that are also among the training documents."""
        wanted, found = set(docs), set[bytes]()
        for part, _ in self:
            found.update(wanted.intersection(part))
        return Corpus.from_documents(list(found))


def predict_in_batches(
    request: PredictRequest, style: str, output: Path | None, unfinished: Unfinished
) -> None:
    """Label DOCS batch by batch. The rows go to OUTPUT, or into its journal until all are known.

    Raises
    ------
    ValueError
        If the format is a report, which needs all predictions at once.
    """
    if style not in ROWS:
        raise ValueError(
            f"{request.docs}: the format {style} needs all predictions in memory: use --format "
            f"jsonl, csv or text, or give more `memory`."
        )
    classifier = load_model(request.model_dir, trusted=request.trusted)
    check_classifies(classifier, request.model_dir)
    if classifier.reads_images_:
        raise ValueError(f"{request.model_dir}: images are not read in batches.")
    classifier.set_params(n_jobs=request.jobs)
    batches = _batches(request.docs, request)
    journal = unfinished.opened(
        "rows",
        lambda: saved_in(request.model_dir) | version_of(classifier) | {"format": style},
    )
    labelling = _Labelling(classifier, style)
    if journal is not None:
        labelling.run_with(journal, batches)
        assert output is not None
        rows = (record.payload for record in journal.replay())
        write_whole(output, rows, draft=unfinished.draft)
    else:
        with _stream(output) as file:
            for docs, labels in batches:
                lines, right = labelling.rows(docs, labels)
                with naming(output or "standard output"):
                    file.write(lines)
                labelling.count(docs, right)
    for remark in batches.remarks:
        say(f"Remark: {in_options(remark)}")
    say(f"{request.docs}: {labelling.summary()}")


class _Labelling:
    """Rows of predictions, and how many of them are right."""

    def __init__(self, classifier: Any, style: str) -> None:
        self._classifier, self._style = classifier, style
        self._known = classifier.training_documents()
        self._n = 0
        self._right: int | None = None  # as long as no batch has labels

    def rows(self, docs: Corpus, labels: NDArray[Any] | None) -> tuple[bytes, int | None]:
        """Return the rows of the next documents, and the number of labels that are right."""
        predictions = self._classifier.predictions(docs)
        names = np.array([name_label(value) for value in predictions.labels.tolist()], str)
        if self._style == "text":
            lines = "".join(f"{printable(name)}\n" for name in names.tolist())
        else:
            leaked = None if self._known is None else found_in(docs, self._known)
            table = predictions._replace(labels=names)
            rows = prediction_rows(table, labels, leaked, first=self._n)
            lines = render_table(rows, self._style)
            if self._n and self._style == "csv":  # without the header
                lines = lines.partition("\n")[2]
        right = None if labels is None else int((names == labels).sum())
        return lines.encode(errors="backslashreplace"), right

    def count(self, docs: Corpus, right: int | None) -> None:
        """Count documents whose rows are written."""
        self._n += len(docs)
        if right is not None:
            self._right = (self._right or 0) + right

    def run_with(self, journal: Journal, batches: Batches) -> None:
        """Label all batches that the journal does not hold, and append their rows to it.

        Raises
        ------
        ValueError
            If the journal holds rows of other documents.
        """
        changed = ValueError(
            f"{journal.path} was begun with other documents or labels than those of "
            f"{batches.name}. Delete {journal.path} to start again."
        )
        finished = journal.replay()
        for docs, labels in batches:
            entry = {"documents": docs.digest(), "labels": _digest(labels)}
            record = next(finished, None)
            if record is None:
                lines, right = self.rows(docs, labels)
                journal.append(entry | {"right": right}, lines)
            elif entry.items() <= record.entry.items():
                right = record.entry["right"]
            else:
                raise changed
            self.count(docs, right)
        if next(finished, None) is not None:
            raise changed

    def summary(self) -> str:
        """Return a sentence on all of them."""
        sentence = f"{self._n:,} documents were labelled in batches"
        if self._right is not None:
            share = f"{self._right / self._n:.2%}"
            sentence += f", {share} of them with the label that the file gives"
        return f"{sentence}."


def _digest(labels: NDArray[Any] | None) -> str | None:
    return labels if labels is None else Corpus.from_documents(labels.tolist()).digest()


@contextmanager
def _stream(output: Path | None) -> Iterator[IO[bytes]]:
    """Open standard output, a pipe or a device."""
    if output is None:
        yield sys.stdout.buffer
    else:
        with naming(output), output.open("wb") as file:
            yield file


def _is_blocks(request: ClassifyRequest) -> bool:
    model = request.parameters.get("model")
    named = isinstance(model, str) and model.partition(":")[0] in ("auto", TEXT_MODEL)
    return request.method == "codelength" and named


def _bytes_of(source: str, columns: dict[str, Any]) -> int:
    """Return the bytes of a source, roughly; 0 if they are not known."""
    path = Path(source)
    if path.suffix.lower() == ".parquet" and path.is_file():
        names = {name: columns[name] for name in OF_BATCHES}
        return open_batches(path, **names, labelled=False).n_bytes() or 0
    return _size(path)


def _size(path: Path) -> int:
    """Return the bytes of a file or of all files below a folder; 0 if there is none."""
    if path.is_dir():
        return sum(_size(inside) for inside in path.iterdir() if not inside.is_symlink())
    return path.stat().st_size if path.is_file() else 0


def _memory_of_machine() -> int:
    """Return the bytes of memory of this machine; 0 if the system does not say."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return 0


def _gb(n_bytes: float | None) -> str:
    """Return a size as ``--memory`` takes it."""
    n_bytes = n_bytes or 0
    return f"{n_bytes / 1e9:.1f}GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.0f}MB"
