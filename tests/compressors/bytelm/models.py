"""Small models for the tests, made from a seed."""

import functools
import tempfile
from pathlib import Path

from compressclf.compressors.bytelm.model import ByteModel
from compressclf.compressors.bytelm.training.network import random_parameters
from compressclf.compressors.bytelm.training.quantise import quantise


def small_weights(hidden=32, layers=1, seed=0, spread=1.0):
    """Weights of a network that has learnt nothing; a large `spread` saturates its gates."""
    parameters = random_parameters(hidden, layers, seed=seed)
    return quantise({name: spread * value for name, value in parameters.items()})


def small_model(hidden=32, layers=1, seed=0, spread=1.0):
    return ByteModel(small_weights(hidden, layers, seed, spread))


@functools.cache
def small_spec():
    """The spec of a small model in a file, thirty times as fast as the bundled one."""
    path = Path(tempfile.mkdtemp()) / "weights.safetensors"
    path.write_bytes(small_weights().to_bytes())
    return f"bytelm:weights={path}"
