"""Convert arrays to documents.

==================================  ==============================================================
array                               documents
==================================  ==============================================================
strings                             texts
uint8, (n, bytes)                   rows of bytes
uint8, (n, height, width)           images; also with 1 or 3 channels at the end, or before the
                                    height as in PyTorch
other ints of such shapes           images, if all values are within 0 .. 255
floats of such shapes               images: values within 0 .. 1 are scaled to 0 .. 255; whole
                                    numbers within 0 .. 255 are taken as they are
==================================  ==============================================================

Everything else is refused: the bytes of floats or of wide ints are not text, but a compressor would
treat them as text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf.datasets.reading import Notes
from compressclf.documents import Corpus
from compressclf.documents.images import CHANNELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["as_documents"]

REMEDY = "save texts as strings, and images as uint8 of shape (n, height, width) or (…, 3)"


def as_documents(place: str, arrays: dict[str, NDArray[Any]], notes: Notes) -> list[Corpus]:
    """Return each array as documents, all converted by the same rule.

    Parameters
    ----------
    place : str
        Name of the file in messages.
    arrays : dict of str to array
        The parts of one data set, by their names in the file; each has at least one row.

    Raises
    ------
    ValueError
        If an array holds neither texts nor images.

    Examples
    --------
    >>> notes = Notes()
    >>> as_documents("a.npz", {"x": np.array([[[0.0, 1.0]]])}, notes)[0].image(0).tolist()
    [[[0], [255]]]
    >>> notes.remarks
    ['a.npz: x holds floats from 0 to 1, which were scaled to 0 .. 255, as pixels.']
    """
    ready = {name: _arranged(f"{place}: {name}", array, notes) for name, array in arrays.items()}
    floats = {name: array for name, array in ready.items() if array.dtype.kind == "f"}
    if floats:
        ready.update(_without_floats(place, floats, notes))
    return [_corpus(f"{place}: {name}", array, notes) for name, array in ready.items()]


def _arranged(where: str, array: NDArray[Any], notes: Notes) -> NDArray[Any]:
    """Return texts in one dimension, and images with their channels at the end."""
    shape, kind = array.shape, array.dtype.kind
    if kind in "US":
        return array[:, 0] if array.ndim == 2 and shape[1] == 1 else array
    if array.dtype == np.uint8 and array.ndim == 2:
        notes.fact("documents", f"rows of {shape[1]:,} bytes")
        return array
    if kind in "uifb" and array.ndim == 3:
        return array
    if kind in "uifb" and array.ndim == 4:
        if shape[3] in CHANNELS:
            return array
        if shape[1] in CHANNELS and min(shape[2:]) > 4:
            notes.fact("channels", "before the height")
            return np.moveaxis(array, 1, 3)
        if 4 in (shape[1], shape[3]):
            raise ValueError(
                f"{where} has shape {shape}, that is, four channels; compose transparent pixels on "
                f"a background and save red, green and blue."
            )
    raise ValueError(
        f"{where} holds {array.dtype} of shape {shape}: neither texts nor images; {REMEDY}."
    )


def _without_floats(
    place: str, floats: dict[str, NDArray[Any]], notes: Notes
) -> dict[str, NDArray[np.uint8]]:
    """Convert arrays of floats to pixels; all parts are scaled by the same rule."""
    low = min(float(array.min()) for array in floats.values())
    high = max(float(array.max()) for array in floats.values())
    names = " and ".join(floats)
    holds = "hold" if len(floats) > 1 else "holds"
    if low >= 0 and high <= 1:
        notes.remark(
            f"{place}: {names} {holds} floats from {low:g} to {high:g}, which were scaled to "
            f"0 .. 255, as pixels."
        )
        return {
            name: np.rint(array.astype(np.float64) * 255).astype(np.uint8)
            for name, array in floats.items()
        }
    if low >= 0 and high <= 255 and all((np.rint(one) == one).all() for one in floats.values()):
        notes.fact("pixels", "whole floats")
        return {name: array.astype(np.uint8) for name, array in floats.items()}
    raise ValueError(
        f"{place}: {names} {holds} floats from {low:g} to {high:g}; scale pixels to 0 .. 255 and "
        f"save them as uint8."
    )


def _corpus(where: str, array: NDArray[Any], notes: Notes) -> Corpus:
    if array.dtype.kind in "iub" and array.dtype != np.uint8:
        low, high = int(array.min()), int(array.max())
        if low < 0 or high > 255:
            raise ValueError(
                f"{where} holds numbers from {low:,} to {high:,}; scale pixels to 0 .. 255 and "
                f"save them as uint8."
            )
        notes.fact("pixels", str(array.dtype))
        array = array.astype(np.uint8)
    try:
        return Corpus.from_documents(array)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{where}: {error}") from None
