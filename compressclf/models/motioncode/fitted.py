"""What `MotionCode` has learnt: bits of images, their codes, and the way to disk."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from compressclf._jit import read_only
from compressclf._threads import run_tiles
from compressclf.coding import rangecoder
from compressclf.coding.frequencies import integer_frequencies
from compressclf.distances.tiles import Tile, split_by_cost
from compressclf.images import ImageCorpus
from compressclf.models._checks import check_class, expect_array
from compressclf.models._explained import PixelBits, Reference
from compressclf.models._images import check_shape, image_stack
from compressclf.models._levels import Quantiser
from compressclf.models._samples import spread_sample
from compressclf.models.base import FittedModel
from compressclf.models.motioncode.blocks import (
    N_CONTEXTS,
    PRECISION,
    as_planes,
    code_image,
    pair_costs,
    rows_of,
    with_margin,
)
from compressclf.models.motioncode.explaining import shifts_and_bits
from compressclf.models.motioncode.references import nearest, views

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from compressclf.documents import Corpus
    from compressclf.models.motioncode.model import MotionCode

__all__ = ["FittedMotionCode", "Shares", "restored"]

_expect = functools.partial(expect_array, model="motion-code")

FLOOR = 2.0**-10
NUMBER = 24  # bits: of the share of a reference
TILE_BYTES = 100_000
HELD_OUT = 500  # training images that others are asked about


class Shares(NamedTuple):
    """The frequencies out of 2**16, and what they cost.

    Attributes
    ----------
    levels : ndarray of uint32, shape (n_contexts, n_levels, n_levels)
        How often each level comes, by context and the reference's level.
    shifts : ndarray of uint32, shape (n_shifts,)
        How often each shift comes.
    costs : ndarray of float32
        Bits, flat: (context · n_levels + level) · n_levels + the reference's level.
    shift_costs : ndarray of float32, shape (n_shifts,)
        Bits.
    """

    levels: NDArray[np.uint32]
    shifts: NDArray[np.uint32]
    costs: NDArray[np.float32]
    shift_costs: NDArray[np.float32]

    @classmethod
    def of(cls, counts: NDArray[np.float64], shift_counts: NDArray[np.float64]) -> Shares:
        """Return the shares for counts, which need not be whole."""
        if len(shift_counts) == 1:
            return cls.given(_shared(counts), np.array([1 << PRECISION], np.uint32))
        return cls.given(_shared(counts), _shared(shift_counts))

    @classmethod
    def given(cls, levels: NDArray[np.uint32], shifts: NDArray[np.uint32]) -> Shares:
        """Return frequencies with their costs."""
        costs = (PRECISION - np.log2(levels)).transpose(0, 2, 1).astype(np.float32)
        return cls(levels, shifts, costs.ravel(), (PRECISION - np.log2(shifts)).astype(np.float32))

    def begins(self) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        """Return where each share begins, and the whole after the last."""
        return _begins(self.levels), _begins(self.shifts)


def _shared(counts: NDArray[np.float64]) -> NDArray[np.uint32]:
    return integer_frequencies(counts, precision=PRECISION, floor=FLOOR)


def _begins(shares: NDArray[np.uint32]) -> NDArray[np.uint32]:
    zero = np.zeros((*shares.shape[:-1], 1), np.uint32)
    return np.concatenate([zero, np.cumsum(shares, axis=-1, dtype=np.uint32)], axis=-1)


class FittedMotionCode(FittedModel):
    """The training images and the frequencies.

    Parameters
    ----------
    model : MotionCode
        The description.
    quantiser : Quantiser
        Grey levels.
    shares : Shares
        Frequencies of levels and shifts.
    stack : ndarray of uint8, shape (n, height, width, channels)
        The training images.
    y : ndarray of int64, shape (n,)
        Their classes.
    n_classes : int
        Number of classes. One without images has a black one.
    """

    model: MotionCode

    def __init__(
        self,
        model: MotionCode,
        quantiser: Quantiser,
        shares: Shares,
        stack: NDArray[np.uint8],
        y: NDArray[np.int64],
        n_classes: int,
        n_jobs: int | None = None,
    ) -> None:
        self.model = model
        self.n_classes = n_classes
        self.shape: tuple[int, int, int] = (stack.shape[1], stack.shape[2], stack.shape[3])
        self.quantiser = quantiser
        self._shares = shares
        self._training = stack, y
        self._n_jobs = n_jobs
        margins = with_margin(quantiser.levels(stack), model.reach)
        seen = views(stack)
        self._members = [np.flatnonzero(y == label) for label in range(n_classes)]
        self._references = [
            margins[rows] if len(rows) else np.zeros((1, *margins.shape[1:]), np.uint8)
            for rows in self._members
        ]
        self._views = [
            seen[rows] if len(rows) else np.zeros((1, seen.shape[1]), np.float32)
            for rows in self._members
        ]

    def codelengths(self, docs: Corpus, *, n_jobs: int | None = None) -> NDArray[np.float64]:
        """Return the bits of each quantised image under each class, shape (n_docs, n_classes).

        Raises
        ------
        ValueError
            If the documents are no images, or not of the size of the training images.
        """
        stack = image_stack(self.model.name, docs)
        bits = np.zeros((len(stack), self.n_classes))
        if len(stack):
            check_shape(self.model.name, self.shape, stack)
            self._fill(stack, np.full(len(stack), -1), bits, n_jobs)
        return bits

    def held_out(self) -> NDArray[np.float64]:
        """Return the bits of 500 training images at most, each of which is no reference of its own.

        The frequencies have seen them. The other rows are NaN, as are images that are alone in
        their class.
        """
        stack, y = self._training
        sample = spread_sample(y, HELD_OUT)
        sample = sample[np.bincount(y)[y[sample]] > 1]
        bits = np.full((len(y), self.n_classes), np.nan)
        for label in np.unique(y[sample]).tolist():
            rows = sample[y[sample] == label]
            some = np.zeros((len(rows), self.n_classes))
            self._fill(stack[rows], rows, some, self._n_jobs, of=label)
            bits[rows] = some
        return bits

    def explain_image(
        self, image: NDArray[np.uint8], label: int, training: ImageCorpus | None
    ) -> PixelBits:
        """Return what each pixel costs after the best reference of a class.

        The number of the reference belongs to no pixel.
        """
        if not len(self._members[check_class(label, self.n_classes)]):
            raise ValueError(f"Class {label} has no training image to compare with.")
        check_shape(self.model.name, self.shape, image[np.newaxis])
        costs, candidates = self._with_candidates(image[np.newaxis], label, np.array([-1]))
        chosen = int(candidates[0, costs[0].argmin()])
        levels, reference = self.quantiser.levels(image), self._references[label][chosen]
        vectors, bits = shifts_and_bits(levels, reference, self.model, self._shares)
        position = int(self._members[label][chosen])
        return PixelBits(image, bits, Reference(position, self._training[0][position], vectors))

    def quantised(self, images: ArrayLike) -> NDArray[np.uint8]:
        """Return images as a decoder gives them back: a grey value for each level."""
        return self.quantiser.restored(self.quantiser.levels(np.asarray(images, np.uint8)))

    def encode(self, image: ArrayLike, label: int) -> bytes:
        """Return the code of an image in a class: reference, shifts and pixels.

        It is at most 8 bits longer than the codelength at temperature 0, but for the rounding of
        the codelength's single precision.

        Parameters
        ----------
        image : array_like of uint8, shape (height, width) or (height, width, channels)
            Of the size of the training images.
        label : int
            The class, in [0, n_classes).
        """
        stack = ImageCorpus.from_images([np.asarray(image)]).array()
        check_shape(self.model.name, self.shape, stack)
        costs, candidates = self._with_candidates(
            stack, check_class(label, self.n_classes), np.array([-1])
        )
        chosen = int(candidates[0, costs[0].argmin()])
        planes = as_planes(self.quantiser.levels(stack))
        rows, _ = rows_of(planes, self.shape[2], 1 << self.model.bits)
        state = rangecoder.encoder()
        symbols = planes[0].size + len(self._shares.shifts) * planes[0].size
        stream = rangecoder.with_room(np.zeros(0, np.uint8), state, 2 * symbols + 8)
        begin, end = self._share_of(chosen, label)
        whole = np.uint64(NUMBER)
        rangecoder.encode_interval(state, stream, begin, end - begin, whole)
        self._code(planes[0].copy(), rows[0], chosen, label, state, stream, decodes=False)
        return stream[: rangecoder.finish(state, stream)].tobytes()

    def decode(self, code: bytes, label: int) -> NDArray[np.uint8]:
        """Return the quantised image, shape (height, width, channels).

        Raises
        ------
        ValueError
            If the code ends before the image does, or goes on.
        """
        height, width, channels = self.shape
        stream = np.frombuffer(code, np.uint8).copy()
        state = rangecoder.decoder(stream)
        n_references = len(self._references[check_class(label, self.n_classes)])
        target = int(rangecoder.decode_target(state, np.uint64(NUMBER)))
        chosen = min((target + 1) * n_references - 1 >> NUMBER, n_references - 1)
        begin, end = self._share_of(chosen, label)
        if not begin <= target < end:  # rounding puts it into the next one's share
            chosen += 1 if target >= end else -1
            begin, end = self._share_of(chosen, label)
        rangecoder.decode_interval(state, stream, begin, end - begin, np.uint64(NUMBER))
        plane = np.zeros((height, width * channels), np.uint8)
        rows = np.zeros(plane.shape, np.int32)
        self._code(plane, rows, chosen, label, state, stream, decodes=True)
        rangecoder.check_end(state, len(code))
        return self.quantiser.restored(plane.reshape(self.shape))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return training images and frequencies as plain arrays."""
        stack, y = self._training
        return {
            "images": stack,
            "y": y,
            "thresholds": self.quantiser.thresholds,
            "greys": self.quantiser.greys,
            "levels": self._shares.levels,
            "shifts": self._shares.shifts,
        }

    def _fill(
        self,
        stack: NDArray[np.uint8],
        own: NDArray[np.int64],
        bits: NDArray[np.float64],
        n_jobs: int | None,
        *,
        of: int = -1,
    ) -> None:
        """Fill in codelengths of images, which may be training images `own`, all of one class."""
        lengths = np.full(len(stack), int(np.prod(self.shape)))
        tiles = [
            Tile(rows, slice(0, self.n_classes), int(lengths[rows].sum()))
            for rows in split_by_cost(lengths, TILE_BYTES)
        ]

        def score(tile: Tile) -> None:
            for label in range(self.n_classes):
                known = own[tile.rows] if label == of else np.full(len(bits[tile.rows]), -1)
                costs, _ = self._with_candidates(stack[tile.rows], label, known)
                bits[tile.rows, label] = self._together(costs) + self._number_bits(label)

        for _ in run_tiles(score, tiles, n_jobs=n_jobs):
            pass

    def _with_candidates(
        self, stack: NDArray[np.uint8], label: int, own: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return the bits with each candidate of a class, without its number, and which these are.

        Both (n, n_candidates). An image that is a reference itself costs infinitely much with it.
        """
        members = self._members[label]
        k = self.model.candidates + int((own >= 0).any())
        candidates = nearest(views(stack), self._views[label], k)
        planes = as_planes(self.quantiser.levels(stack))
        rows, _ = rows_of(planes, self.shape[2], 1 << self.model.bits)
        costs = np.empty(candidates.shape)
        model, shares = self.model, self._shares
        pair_costs(
            *read_only((rows, self._references[label])), candidates, model.block, self.shape[2],
            model.reach, *read_only((shares.costs, shares.shift_costs)), costs,
        )  # fmt: skip
        if len(members):  # an empty class has a black one
            costs[members[candidates] == own[:, None]] = np.inf
        return costs, candidates

    def _together(self, costs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the best, or the soft minimum, of each row."""
        best: NDArray[np.float64] = costs.min(axis=1)
        heat = self.model.temperature
        if not heat:
            return best
        soft: NDArray[np.float64] = best - heat * np.log2(
            np.exp2((best[:, None] - costs) / heat).sum(axis=1)
        )
        return soft

    def _number_bits(self, label: int) -> float:
        """Return what it takes to say which reference, −log2 of 1 / N; T times that if soft."""
        return math.log2(len(self._references[label])) * max(1.0, self.model.temperature)

    def _share_of(self, reference: int, label: int) -> tuple[np.uint64, np.uint64]:
        """Return where the share of a reference of a class begins and ends, of 2**24."""
        n = len(self._references[label])
        return np.uint64((reference << NUMBER) // n), np.uint64((reference + 1 << NUMBER) // n)

    def _code(
        self,
        plane: NDArray[np.uint8],
        rows: NDArray[np.int32],
        reference: int,
        label: int,
        state: NDArray[np.uint64],
        stream: NDArray[np.uint8],
        *,
        decodes: bool,
    ) -> None:
        shares, model = self._shares, self.model
        code_image(
            plane, rows, self._references[label][reference], model.block, self.shape[2],
            model.reach, shares.costs, shares.shift_costs, *shares.begins(), state, stream, decodes,
        )  # fmt: skip


def restored(
    model: MotionCode, arrays: Mapping[str, NDArray[Any]], n_classes: int
) -> FittedMotionCode:
    """Return the fitted model that `FittedMotionCode.arrays` describes.

    Raises
    ------
    ValueError
        If anything in the arrays does not fit.
    """
    n_levels, n_shifts = 1 << model.bits, (2 * model.reach + 1) ** 2
    types = {
        "images": (np.uint8, 4), "y": (np.int64, 1), "thresholds": (np.uint8, 1),
        "greys": (np.uint8, 1), "levels": (np.uint32, 3), "shifts": (np.uint32, 1),
    }  # fmt: skip
    for name, (dtype, n_axes) in types.items():
        array = arrays.get(name)
        _expect(array is not None and array.dtype == dtype and array.ndim == n_axes, name)
    images, y = np.array(arrays["images"]), np.array(arrays["y"])
    _expect(images.size > 0 and images.shape[3] in (1, 3), "images")
    _expect(len(y) == len(images) and bool(((y >= 0) & (y < n_classes)).all()), "y")
    thresholds, greys = arrays["thresholds"], arrays["greys"]
    _expect(len(thresholds) == n_levels - 1, "thresholds")
    _expect(bool((np.diff(thresholds.astype(int), prepend=0) >= 1).all()), "thresholds")
    quantiser = Quantiser(thresholds, greys)
    own = len(greys) == n_levels and quantiser.levels(greys) == np.arange(n_levels)
    _expect(bool(np.all(own)), "greys")
    levels, shifts = np.array(arrays["levels"]), np.array(arrays["shifts"])
    _expect(levels.shape == (N_CONTEXTS, n_levels, n_levels), "levels")
    _expect(shifts.shape == (n_shifts,), "shifts")
    for name, shares in (("levels", levels), ("shifts", shifts)):
        whole = shares.sum(axis=-1, dtype=np.uint64) == 1 << PRECISION
        _expect(bool((shares > 0).all() and np.all(whole)), name)
    return FittedMotionCode(model, quantiser, Shares.given(levels, shifts), images, y, n_classes)
