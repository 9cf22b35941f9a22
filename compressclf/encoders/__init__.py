"""Sentence encoders: texts as vectors of numbers, by a pretrained network.

An encoder maps texts of similar meaning to nearby vectors. It needs no training documents, but it
only knows the languages that it was trained on.

Third parties add theirs through the entry-point group ``compressclf.encoders``, whose entries name
an `Encoder` class.

Examples
--------
>>> ENCODERS.names()[:3]
['minilm', 'e5', 'hf']
"""

from __future__ import annotations

from typing import Any

from compressclf._lib.registry import Registry
from compressclf.encoders.base import Encoder

__all__ = ["ENCODERS", "Encoder", "get_encoder"]

ENCODERS = Registry(
    "encoder",
    {
        "minilm": "compressclf.encoders.minilm:MiniLM",
        "e5": "compressclf.encoders.e5:E5",
        "hf": "compressclf.encoders.huggingface:HfEncoder",
    },
    group="compressclf.encoders",
)


def get_encoder(encoder: str | Encoder) -> Encoder:
    """Return the encoder that a spec describes; an `Encoder` is returned unchanged.

    Parameters
    ----------
    encoder : str or Encoder
        A spec ``name[:key=value,...]``: ``"minilm"``, ``"e5"`` or ``"hf:FOLDER_OR_NAME"``.

    Returns
    -------
    Encoder

    Raises
    ------
    ValueError
        If the name or a parameter is unknown, or a value is out of range.
    TypeError
        If `encoder`, or what a plug-in built, is not an encoder.
    MissingExtraError
        If a package is not installed; the message says how to install it.

    Examples
    --------
    >>> get_encoder("word2vec")
    Traceback (most recent call last):
    ValueError: Unknown encoder 'word2vec': choose from ...
    """
    built: Any = ENCODERS.build(encoder) if isinstance(encoder, str) else encoder
    if not isinstance(built, Encoder):
        raise TypeError(
            f"The encoder must be a spec such as 'minilm' or an Encoder. Got {encoder!r} instead."
        )
    return built
