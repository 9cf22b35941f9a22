"""One self-contained HTML page that classifies texts as a fitted classifier does."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from compressclf._version import __version__
from compressclf.classifiers import CodelengthClassifier
from compressclf.documents import Corpus
from compressclf.documents.images import ImageCorpus
from compressclf.export.packing import (
    COARSEST,
    FINEST,
    Layout,
    Packed,
    importance,
    pack,
    packed_bytes,
)
from compressclf.export.scoring import codelengths_of
from compressclf.models.blocks.fitted import Evidence, FittedBlocks

__all__ = ["LARGEST", "LivePage", "Loss", "check_exports", "live_page"]

LARGEST = 5_000_000
"""Bytes of a page, at most, unless the caller says otherwise."""
SMALLEST = 100_000
"""Bytes in which the page and a few features fit."""
MOST_BITS = 2.0**20
"""Bits of a feature, at most; fitted models have less than a hundred."""
MEASURED = 1000
"""Documents on which the loss is measured, at most."""
PRECISE = 0.01
"""Precision of the share of the features that is kept."""


@dataclass(frozen=True)
class Loss:
    """How far the page differs from the classifier on some documents."""

    n_docs: int
    equal_labels: float
    """Share of the documents with the same label."""
    mean_bits: float
    """Mean absolute difference of a codelength, in bits."""
    largest_bits: float
    """Largest absolute difference of a codelength, in bits."""
    largest_probability: float
    """Largest absolute difference of a probability."""

    def __str__(self) -> str:
        return (
            f"On {self.n_docs:,} documents, {_share(self.equal_labels)} of the labels are those of "
            f"the classifier; codelengths differ by {self.mean_bits:.2g} bits on average and "
            f"{self.largest_bits:.2g} at most, probabilities by {self.largest_probability:.2g} at "
            f"most."
        )


@dataclass(frozen=True)
class LivePage:
    """A page, and the model in it."""

    html: bytes
    """The file."""
    packed: Packed
    """The features that the page has."""
    evidence: Evidence
    """The features of the classifier."""
    loss: Loss | None
    """None without documents to measure it on."""

    @property
    def n_features(self) -> int:
        """The number of features of the classifier."""
        return len(self.evidence.hashes)

    @property
    def kept(self) -> str:
        """A sentence on what was kept."""
        return _kept(self.packed, self.n_features)

    def codelengths(self, docs: Corpus) -> np.typing.NDArray[np.float64]:
        """Return the bits of documents under each class, as the page computes them.

        Parameters
        ----------
        docs : Corpus
            Documents.

        Returns
        -------
        ndarray of float64, shape (n_docs, n_classes)
        """
        return codelengths_of(self.packed, self.evidence, docs)


def check_exports(classifier: Any) -> None:
    """Check that a classifier can be exported.

    Parameters
    ----------
    classifier : object
        A fitted classifier or pipeline.

    Raises
    ------
    ValueError
        If it is not a `CodelengthClassifier` of texts whose model is `blocks` alone.

    Examples
    --------
    >>> from compressclf import NCDClassifier
    >>> check_exports(NCDClassifier(n_neighbors=1).fit(["to be", "or not"], [0, 1]))
    Traceback (most recent call last):
    ValueError: export takes classifiers of texts with the class model blocks alone: save a model of
    --method codelength --model blocks.
    """
    known = "export takes classifiers of texts with the class model blocks alone"
    if isinstance(classifier, Pipeline) or not isinstance(classifier, CodelengthClassifier):
        raise ValueError(f"{known}: save a model of --method codelength --model blocks.")
    if classifier.reads_images_ or hasattr(classifier, "dtype_in_"):
        what = "images" if classifier.reads_images_ else "tables of numbers"
        raise ValueError(f"{known}, and this one classifies {what}.")
    if not isinstance(classifier.model_, FittedBlocks):
        name = classifier.model_.model.name
        raise ValueError(f"{known}, and this one has {name}: save a model of --model blocks.")


def live_page(
    classifier: CodelengthClassifier, docs: Corpus | None = None, *, size: int = LARGEST
) -> LivePage:
    """Return a page that classifies texts in the browser as a fitted classifier does.

    Bits are rounded as finely as fits `size`. If the coarsest steps do not fit, the features with
    the least expected effect are left out.

    Parameters
    ----------
    classifier : CodelengthClassifier
        Fitted to texts, with the model `blocks` alone.
    docs : Corpus, optional
        Documents on which to measure the loss, of which at most a thousand are used; by default the
        training documents, if the classifier still holds them.
    size : int, default=5,000,000
        Bytes of the page, at most.

    Returns
    -------
    LivePage

    Raises
    ------
    ValueError
        If the classifier cannot be exported, or `size` is less than 100,000.

    Examples
    --------
    >>> classifier = CodelengthClassifier().fit(["to be", "or not"] * 3, ["hamlet", "doubt"] * 3)
    >>> page = live_page(classifier)
    >>> page.html[:15], page.kept
    (b'<!doctype html>', 'The page has all 39 features, with bits in steps of 1/1,048,576.')
    """
    check_exports(classifier)
    if size < SMALLEST:
        raise ValueError(f"A page takes at least {SMALLEST:,} bytes. Got a size of {size:,}.")
    fitted = classifier.model_
    assert isinstance(fitted, FittedBlocks)
    evidence = fitted.evidence()
    bits = evidence.bits if isinstance(evidence.bits, np.ndarray) else evidence.bits.bits
    if bits.size and float(np.abs(bits).max()) >= MOST_BITS:
        raise ValueError("the bits of a feature are too large for a page: fit the model again.")
    template = _facts(classifier, evidence)
    room = size - len(_filled(template, b"")) - 2000  # of sentences on the loss, at most
    packed, layout, data = _fitting(evidence, room * 3 // 4)
    docs = classifier.training_documents() if docs is None else docs
    loss = None
    if docs is not None and len(docs) and not isinstance(docs, ImageCorpus):
        loss = _loss(classifier, packed, evidence, docs)
    facts = template | {
        "layout": asdict(layout),
        "kept": _kept(packed, len(evidence.hashes)),
        "loss": "The loss was not measured." if loss is None else str(loss),
    }
    return LivePage(_filled(facts, data), packed, evidence, loss)


def _fitting(evidence: Evidence, room: int) -> tuple[Packed, Layout, bytes]:
    """Return the finest packing of at most `room` bytes."""
    best = None
    coarse, fine = COARSEST, FINEST
    while coarse <= fine:
        level = fine if best is None and fine == FINEST else (coarse + fine) // 2
        packed = pack(evidence, level)
        layout, data = packed_bytes(packed)
        if len(data) <= room:
            best, coarse = (packed, layout, data), level + 1
        else:
            fine = level - 1
    if best is not None:
        return best
    order = np.argsort(-importance(evidence), kind="stable")
    most, least = 1.0, 0.0
    while most - least > PRECISE * most or best is None:
        share = (most + least) / 2
        packed = pack(evidence, COARSEST, np.sort(order[: int(share * len(order))]))
        layout, data = packed_bytes(packed)
        if len(data) <= room:
            best, least = (packed, layout, data), share
        else:
            most = share
    return best


def _loss(
    classifier: CodelengthClassifier, packed: Packed, evidence: Evidence, docs: Corpus
) -> Loss:
    if len(docs) > MEASURED:
        docs = docs.take(np.linspace(0, len(docs) - 1, MEASURED).astype(np.int64))
    theirs, ours = classifier.codelengths(docs), codelengths_of(packed, evidence, docs)
    shares = [
        classifier.calibration_.probabilities(bits, docs.lengths, prior=classifier.class_prior_)
        for bits in (theirs, ours)
    ]
    labels = [
        classifier.winners(classifier.scores(bits, docs.lengths))[0] for bits in (theirs, ours)
    ]
    return Loss(
        len(docs),
        float((labels[0] == labels[1]).mean()),
        float(np.abs(theirs - ours).mean()),
        float(np.abs(theirs - ours).max()),
        float(np.abs(shares[0] - shares[1]).max()),
    )


def _facts(classifier: CodelengthClassifier, evidence: Evidence) -> dict[str, Any]:
    """Return what the script needs besides the packed features."""
    settings = evidence.settings
    return {
        "version": __version__,
        "model": classifier.model_.model.spec,
        "labels": [str(label) for label in classifier.classes_.tolist()],
        "training": classifier.class_count_.tolist(),
        "prior": classifier.class_prior_.tolist(),
        "calibration": asdict(classifier.calibration_),
        "calibrated": str(classifier.calibration_),
        "lengths": list(settings.lengths),
        "words": settings.words,
        "damped": settings.weighting.damped.tolist(),
        "base": evidence.base.tolist(),
    }


def _filled(facts: dict[str, Any], data: bytes) -> bytes:
    """Return the page with its style, its script, facts and packed features.

    No text is markup: facts are JSON in which every `<` is escaped, and the script writes them as
    text. The policy lets the page run this script only and forbids every request.
    """
    script = _file("core.js") + _file("view.js")
    style = _file("style.css")
    parts = {
        "script": script,
        "style": style,
        "script-digest": _digest(script),
        "style-digest": _digest(style),
        "facts": json.dumps(facts, allow_nan=False).replace("<", "\\u003c"),
        "data": base64.b64encode(data).decode(),
        "version": html.escape(__version__),
    }
    page = re.sub(r"\{\{([a-z-]+)\}\}", lambda found: parts[found[1]], _file("page.html"))
    return page.encode()


def _file(name: str) -> str:
    return files("compressclf.export").joinpath("live", name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """Return the SHA-256 digest by which a content security policy names a script or style."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _kept(packed: Packed, n_features: int) -> str:
    kept = len(packed.keys)
    what = (
        f"all {kept:,} features" if kept == n_features else f"{kept:,} of {n_features:,} features"
    )
    return f"The page has {what}, with bits in steps of 1/{2**packed.level:,}."


def _share(share: float) -> str:
    """Return a share in per cent, 100 % only if it is 1."""
    return "100 %" if share == 1 else f"{min(share, 0.9999):.2%}".replace("%", " %")
