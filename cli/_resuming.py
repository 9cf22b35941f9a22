"""Stopped commands say where their state is, and the same command continues from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._output import say

if TYPE_CHECKING:
    from types import TracebackType

    from compressclf._lib.journal import Journal
    from compressclf.classifiers import Predictions
    from compressclf.datasets import Split
    from compressclf.documents import Corpus

__all__ = [
    "Unfinished",
    "fitted_to",
    "identity_of",
    "kept",
    "partial_of",
    "saved_in",
    "version_of",
]


def partial_of(output: Path) -> Path:
    """Return where unfinished work on the file `output` is kept."""
    return output.with_name(f"{output.name}.partial")


@contextmanager
def kept(where: Path, sentence: str = "") -> Iterator[None]:
    """Say how to continue if the block is interrupted, or fails by memory or the disk.

    Parameters
    ----------
    where : Path
        The state from which the same command continues; nothing is said if it does not exist.
    sentence : str
        By default, that finished work is in `where`.
    """
    try:
        yield
    except BaseException as error:
        _say_if_stopped(error, where, sentence)
        raise


def _say_if_stopped(error: BaseException, where: Path, sentence: str = "") -> None:
    from compressclf._lib.executor import was_interrupted

    stopped = was_interrupted(error) or isinstance(error, (OSError, MemoryError))
    if stopped and where.exists():
        with suppress(BrokenPipeError):  # standard error may be the pipe that is closed
            say(sentence or f"Finished work is in {where}: run the same command to continue.")


class Unfinished:
    """The work for the file OUTPUT, kept in ``OUTPUT.partial`` until it is there.

    Use it in a ``with`` block that ends when OUTPUT is written; ``OUTPUT.partial`` is then removed.
    If the block is stopped, it stays, and a sentence says so.

    Parameters
    ----------
    output : Path or None
        Nothing is kept for standard output (None), a pipe or a device.
    """

    def __init__(self, output: Path | None) -> None:
        self.draft: Path | None = None
        """Where to write OUTPUT before it is renamed: no other process can write there."""
        self._path: Path | None = None
        if output is not None and (output.is_file() or not output.exists()):
            target = output.resolve() if output.is_symlink() else output
            self._path = partial_of(target)
            self.draft = target.with_name(f".{target.name}.new")
        self._journal: Journal | None = None

    def predictions(
        self, classifier: Any, docs: Corpus, identity: Callable[[], dict[str, Any]]
    ) -> Predictions:
        """Return the predictions for `docs`; those that are kept are not computed again.

        For the errors, see `opened`.

        Parameters
        ----------
        classifier : DocumentClassifier
            Fitted.
        docs : Corpus
        identity : callable
            Returns what identifies the classifier, by names that a user understands.
        """
        from compressclf.classifiers.batches import predictions_in_batches

        def settings() -> dict[str, Any]:
            return {**identity(), **version_of(classifier), **identity_of(docs)}

        return predictions_in_batches(classifier, docs, self.opened("predictions", settings))

    def opened(self, kind: str, settings: Callable[[], dict[str, Any]]) -> Journal | None:
        """Open ``OUTPUT.partial``; return None if nothing is kept.

        Parameters
        ----------
        kind : str
            What the journal holds.
        settings : callable
            Returns what identifies the work, by names that a user understands.

        Raises
        ------
        ValueError
            If the work of another run is kept, with the difference, or if another process has the
            file open.
        """
        from compressclf._lib.journal import Journal
        from compressclf._version import __version__

        if self._path is None:
            return None
        self._journal = Journal(self._path, kind, {"version": __version__, **settings()})
        if not self._journal.is_empty:
            say(f"{self._path} is from a run that was stopped: it is continued.")
        return self._journal

    def __enter__(self) -> Unfinished:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._journal is None or self._path is None:
            return
        with suppress(OSError):  # of a full disk, which `error` reports
            self._journal.close()
        if error is None or self._journal.is_empty:
            self._path.unlink(missing_ok=True)
        elif isinstance(error, ValueError) and str(self._path) not in str(error):  # a bad line
            say(f"Finished work is in {self._path}: correct the error, and run the same command.")
        else:
            _say_if_stopped(error, self._path)


def version_of(classifier: Any) -> dict[str, Any]:
    """Return the version of the library on which the bits of a fitted classifier depend."""
    compressor = getattr(classifier, "compressor_", None)
    return {"compressor_version": compressor and compressor.version}


def identity_of(docs: Corpus) -> dict[str, Any]:
    """Return what identifies documents."""
    return {"n_documents": len(docs), "documents": docs.digest()}


def saved_in(directory: Path) -> dict[str, Any]:
    """Return what identifies a saved model."""
    config = (directory / "config.json").read_bytes()  # it has the SHA-256 of the other file
    return {"model": hashlib.sha256(config).hexdigest()}


def fitted_to(train: Split, classifier: Any) -> dict[str, Any]:
    """Return what identifies a classifier that was fitted to these documents."""
    assert train.labels is not None
    parameters = {**classifier.get_params(deep=False)}
    parameters.pop("n_jobs", None)
    labels = json.dumps(train.labels.tolist()).encode()
    return {
        "classifier": type(classifier).__name__,
        **json.loads(json.dumps(parameters, default=str)),
        "training_documents": train.docs.digest(),
        "training_labels": hashlib.sha256(labels).hexdigest(),
    }
