"""Round trained floating-point parameters to the integers of `Weights`.

Each row of a matrix is divided by its largest weight and rounded to −127..127. One multiplier per
row combines this scale, the units of state and gates, and for the scores 1/ln 2 (they are in bits,
not in nats). The embedding and the input matrix of the first layer become one table, since they
depend only on the byte.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from compressclf.compressors.bytelm.weights import (
    GATE_BITS,
    MOST_BIAS,
    MOST_SCALE,
    SCALE_BITS,
    Weights,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["floating_head", "quantise", "quantise_head"]

_GATE = 1 << GATE_BITS
_SCORE = 256 / math.log(2)
_STATE = 1 << 7  # unit of the state in products
_MOST_GATE = (1 << 15) - 1


def quantise(
    parameters: Mapping[str, NDArray[np.float32]], facts: Mapping[str, str] | None = None
) -> Weights:
    """Return the integer model that is nearest to a trained network.

    Parameters
    ----------
    parameters : mapping of str to ndarray
        Parameters from `network.parameters_of`.
    facts : mapping of str to str, optional
        Facts about the training, to be kept with the weights.

    Raises
    ------
    ValueError
        If a weight is not finite or too large for the integers.
    """
    values = {name: np.asarray(value, np.float64) for name, value in parameters.items()}
    if not all(np.isfinite(value).all() for value in values.values()):
        raise ValueError("The trained weights hold infinities or NaN; train with a smaller `rate`.")
    layers = sum(name.startswith("recurrent.weight_hh_l") for name in values)
    table = values["embedding.weight"] @ values["recurrent.weight_ih_l0"].T
    table = np.rint((table + values["recurrent.bias_ih_l0"]) * _GATE)
    tensors: dict[str, NDArray[np.generic]] = {
        "input": np.clip(table, -_MOST_GATE, _MOST_GATE).astype(np.int16),
        **_rows("head", "", values["head.weight"], values["head.bias"], _SCORE),
    }
    for layer in range(layers):
        for ours, theirs in (("feed", "ih"), ("recurrent", "hh")):
            if ours == "recurrent" or layer:
                weight = values[f"recurrent.weight_{theirs}_l{layer}"]
                bias = values[f"recurrent.bias_{theirs}_l{layer}"]
                tensors.update(_rows(ours, f".{layer}", weight, bias, _GATE))
    return Weights(tensors, facts or {})


def quantise_head(
    weight: NDArray[np.float64], bias: NDArray[np.float64]
) -> dict[str, NDArray[np.generic]]:
    """Return the integer output layer that is nearest to one in floating point."""
    return _rows("head", "", weight, bias, _SCORE)


def floating_head(weights: Weights) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the output layer in floating point: weights and biases, for scores in nats.

    Examples
    --------
    >>> from compressclf.compressors.bytelm.training.network import random_parameters
    >>> model = quantise(random_parameters(32, 1))
    >>> weight, bias = floating_head(model)
    >>> again = quantise_head(weight, bias)
    >>> bool((again["head"] == model.tensors["head"]).all())
    True
    """
    tensors = weights.tensors
    unit = tensors["head_scale"] / (1 << SCALE_BITS) * _STATE / _SCORE
    return tensors["head"] * unit[:, None], tensors["head_bias"] / _SCORE


def _rows(
    name: str, suffix: str, weight: NDArray[np.float64], bias: NDArray[np.float64], unit: float
) -> dict[str, NDArray[np.generic]]:
    """Return a matrix in int8 with its multipliers and biases, for results in 1/`unit`."""
    largest = np.abs(weight).max(axis=1)
    step = np.where(largest > 0, largest, 1.0) / 127
    scale = np.rint(step * unit / _STATE * (1 << SCALE_BITS))
    bias = np.rint(bias * unit)
    if (scale > MOST_SCALE).any() or (np.abs(bias) > MOST_BIAS).any():
        raise ValueError(
            f"The weights of {name}{suffix} are too large for the integer model; train with a "
            f"smaller `rate`."
        )
    return {
        f"{name}{suffix}": np.rint(weight / step[:, None]).astype(np.int8),
        f"{name}_scale{suffix}": scale.astype(np.int32),
        f"{name}_bias{suffix}": bias.astype(np.int32),
    }
