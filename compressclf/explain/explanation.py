"""The numbers of an explanation: one document under each of two classes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf.explain.characters import Feature

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Account", "ClassTotal", "Copy", "Explanation", "Step"]


@dataclass(frozen=True)
class Copy:
    """A passage that a document shares with its nearest neighbour, as DEFLATE finds it.

    Attributes
    ----------
    text : str
        The passage.
    places : tuple of (int, int)
        Begin and end of each occurrence in the document, in characters.
    length : int
        Length of the longest in bytes.
    """

    text: str
    places: tuple[tuple[int, int], ...]
    length: int


@dataclass(frozen=True)
class Account:
    """The bits of a document under one class.

    Attributes
    ----------
    label : str, int, float or bool
        The class.
    codelength : float
        The bits of the document, as in `CodelengthClassifier.codelengths`. For a kNN, C(xy) of the
        document and its neighbour.
    bits : ndarray of float64, shape (n_characters,) or (height, width)
        The bits of each character or pixel.
    position : int or None
        The position of the nearest training document of the class among all training documents;
        None if the model does not predict from one.
    nearest : ndarray of uint8, shape (height, width, channels), or str, or None
        The nearest training document.
    vectors : ndarray of int64, shape (height, width, 2), or None
        The motion vector of each pixel: rows down and columns right from the pixel to the pixel
        of `nearest` that predicts it.
    moved : ndarray of uint8, shape (height, width, channels), or None
        `nearest` after motion compensation: each pixel comes from where its vector points.
    parts : dict of str to ndarray of float64, with the shape of `bits`
        Named parts of `bits`, which add up to it: what `blocks` counts and what it corrects, or the
        models of a combination.
    terms : dict of str to float
        Bits of `codelength` that belong to no single character.
    distance : float or None
        The distance of `nearest`, for a kNN.
    copies : tuple of Copy
        The passages that the document shares with `nearest`, the longest first; for a kNN.
    """

    label: Any
    codelength: float
    bits: NDArray[np.float64]
    position: int | None = None
    nearest: NDArray[np.uint8] | str | None = None
    vectors: NDArray[np.int64] | None = None
    moved: NDArray[np.uint8] | None = None
    parts: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    terms: Mapping[str, float] = field(default_factory=dict)
    distance: float | None = None
    copies: tuple[Copy, ...] = ()

    @property
    def rest(self) -> float:
        """The difference between the codelength and all bits that are stated.

        It is 0, up to rounding, for texts and for "pixel-tree". For "motion" the distance of the
        orientation maps adds to it, and the soft minimum over the training images subtracts from
        it.
        """
        return self.codelength - float(self.bits.sum()) - math.fsum(self.terms.values())


@dataclass(frozen=True)
class ClassTotal:
    """A class and what decides between it and the others.

    Attributes
    ----------
    label : str, int, float or bool
        The class.
    codelength : float or None
        The bits of the document under it; None for a kNN.
    prior_bits : float
        -log2 of its prior probability, times the temperature; so it can be added to `codelength`.
    probability : float
        As in ``predict_proba``.
    distance : float or None
        The distance of its nearest training document, for a kNN.
    """

    label: Any
    codelength: float | None
    prior_bits: float
    probability: float
    distance: float | None = None

    @property
    def total(self) -> float:
        """Codelength and prior; of all classes, the one with the least wins."""
        return math.nan if self.codelength is None else self.codelength + self.prior_bits


@dataclass(frozen=True)
class Step:
    """One step from the runner-up's bits to the winner's.

    Attributes
    ----------
    name : str
        What the bits belong to.
    bits : float
        Bits by which it favours the winner; negative if it favours the runner-up.
    kind : {"prior", "term", "feature", "others"}
    """

    name: str
    bits: float
    kind: str


@dataclass(frozen=True)
class Explanation:
    """Why a document has its label.

    Attributes
    ----------
    document : tuple of str, or ndarray of uint8, shape (height, width, channels)
        The characters of a text, or an image, after preprocessing and deskewing if the classifier
        does these.
    winner : Account
        The document under the predicted class.
    runner_up : Account or None
        The document under the class to compare with, by default the next best one; None if no other
        class has training documents.
    brightest : int
        The largest value of a training pixel; some sets have 17 grey levels, not 256.
    method : {"codelength", "ncd-knn"}
    model : str
        The spec of the model, or of the compressor and the metric of a kNN.
    classes : tuple of ClassTotal
        All classes, the best first.
    for_winner, for_runner_up : tuple of Feature
        The runs of words that favour each of the two by the most bits.
    neighbors : tuple of (object, int, float)
        Label, position and distance of the neighbours that vote, for a kNN.
    remarks : tuple of str
        Sentences on what the numbers do not show.
    """

    document: tuple[str, ...] | NDArray[np.uint8]
    winner: Account
    runner_up: Account | None
    brightest: int = 255
    method: str = "codelength"
    model: str = ""
    classes: tuple[ClassTotal, ...] = ()
    for_winner: tuple[Feature, ...] = ()
    for_runner_up: tuple[Feature, ...] = ()
    neighbors: tuple[tuple[Any, int, float], ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def is_text(self) -> bool:
        """Whether the document is a text."""
        return isinstance(self.document, tuple)

    @property
    def characters(self) -> tuple[str, ...]:
        """The characters of a text."""
        assert isinstance(self.document, tuple)
        return self.document

    @property
    def image(self) -> NDArray[np.uint8]:
        """The image, shape (height, width, channels)."""
        assert not isinstance(self.document, tuple)
        return self.document

    @property
    def favour(self) -> NDArray[np.float64]:
        """Bits by which each character or pixel favours the winner; 0 without a runner-up."""
        if self.runner_up is None:
            return np.zeros_like(self.winner.bits)
        return self.runner_up.bits - self.winner.bits

    @property
    def margin(self) -> float:
        """Bits, with the prior, by which the winner is ahead of the runner-up."""
        return math.fsum(step.bits for step in self.steps())

    def steps(self) -> list[Step]:
        """Return the steps from the runner-up's total to the winner's.

        Returns
        -------
        list of Step
            They add up to `margin`; empty for a kNN, and without a runner-up.
        """
        if self.runner_up is None or self.method != "codelength":
            return []
        steps = []
        totals = {one.label: one for one in self.classes}
        if self.classes:
            prior = totals[self.runner_up.label].prior_bits - totals[self.winner.label].prior_bits
            if prior:
                steps.append(Step("prior", prior, "prior"))
        for name, bits in self.winner.terms.items():
            steps.append(Step(name, self.runner_up.terms[name] - bits, "term"))
        steps += [Step(one.text, one.bits, "feature") for one in self.for_winner]
        steps += [Step(one.text, -one.bits, "feature") for one in self.for_runner_up]
        shown = math.fsum(step.bits for step in steps if step.kind == "feature")
        others = float(self.favour.sum()) - shown
        unit = "all other characters" if self.is_text else "pixels"
        steps.append(Step(unit, others, "others"))
        rest = self.runner_up.rest - self.winner.rest
        if abs(rest) > 1e-6:
            steps.append(Step("rest" if self.is_text else "not in pixels", rest, "term"))
        return steps
