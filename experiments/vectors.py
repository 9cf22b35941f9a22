"""Vectors of sentence encoders on disk, for studies that read the same documents in many cells.

::

    python -m compressclf.experiments.vectors when minilm --data DIR --to VECTORS
    COMPRESSCLF_VECTORS=VECTORS compressclf experiment run when --data DIR

The first command encodes the documents of a study's cells, those of the fewest documents per class
first, and saves them by the hash of the document, some hundred per file. It may be stopped and
started again, on another machine too. Vectors tell much about the texts: treat them alike.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from compressclf._lib.files import naming
from compressclf.documents import Corpus
from compressclf.encoders import Encoder, get_encoder

from .cells import Cell
from .data import locate, read_set
from .protocols import LIMITS
from .protocols.few_shot import draw
from .study import read_study

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FOLDER", "Store", "documents_of", "vectors_of"]

FOLDER = "COMPRESSCLF_VECTORS"
"""Environment variable: the folder of the vectors, or unset."""
TOGETHER = 256


class Store:
    """The vectors of one encoder, in files ``FOLDER/NAME-NUMBER.npz``.

    Raises
    ------
    ValueError
        If a file has vectors of another encoder.
    """

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        self.folder, self.encoder = folder, encoder
        self._rows: dict[bytes, NDArray[np.float32]] = {}
        for path in sorted(folder.glob(f"{encoder.name}-*.npz")):
            with naming(path), np.load(path, allow_pickle=False) as file:
                if str(file["digest"]) != encoder.digest:
                    raise ValueError(
                        f"{path} has vectors of another encoder than {encoder.spec}: move it away."
                    )
                self._add(file["keys"], file["vectors"])

    def _add(self, keys: NDArray[np.uint8], vectors: NDArray[np.float32]) -> None:
        for key, vector in zip(keys, vectors, strict=True):
            self._rows[key.tobytes()] = vector

    def missing(self, docs: Sequence[bytes]) -> list[bytes]:
        """Return the documents that have no vector, each once."""
        return [doc for doc in dict.fromkeys(docs) if _key(doc) not in self._rows]

    def save(self, docs: Sequence[bytes], threads: int = 1) -> None:
        """Encode documents, and write their vectors to one more file."""
        vectors = self.encoder.encode(
            [doc.decode(errors="replace") for doc in docs], n_jobs=threads
        )
        keys = np.frombuffer(b"".join(map(_key, docs)), np.uint8).reshape(len(docs), -1)
        numbers = [int(path.stem.rpartition("-")[2]) for path in self.folder.glob("*-*.npz")]
        place = self.folder / f"{self.encoder.name}-{max(numbers, default=0) + 1:04}.npz"
        half = place.with_suffix(".half")
        self.folder.mkdir(parents=True, exist_ok=True)
        with naming(place), half.open("wb") as file:
            np.savez(file, keys=keys, vectors=vectors, digest=np.array(self.encoder.digest))
        half.replace(place)
        self._add(keys, vectors)

    def remind(self, docs: Sequence[bytes]) -> None:
        """Give the encoder the vectors of those documents that have one."""
        known = [doc for doc in docs if _key(doc) in self._rows]
        if known:
            vectors = np.array([self._rows[_key(doc)] for doc in known], np.float32)
            self.encoder.remember(Corpus.from_documents(known), vectors)


def vectors_of(spec: str, docs: Sequence[bytes], threads: int = 1) -> NDArray[np.float32]:
    """Return the vectors of documents by the encoder `spec`, shape (n_docs, n_features)."""
    encoder, store = _encoder(spec), _store(spec, os.environ.get(FOLDER))
    if store is not None:
        store.remind(docs)
    return encoder.vectors(Corpus.from_documents(docs), n_jobs=threads)


@cache
def _encoder(spec: str) -> Encoder:
    return get_encoder(spec)


@cache
def _store(spec: str, folder: str | None) -> Store | None:
    return Store(Path(folder), _encoder(spec)) if folder else None


def _key(doc: bytes) -> bytes:
    return hashlib.blake2b(doc, digest_size=16).digest()


def documents_of(cells: Sequence[Cell], data: str | None) -> list[bytes]:
    """Return the documents of cells of the protocol few-shot, each once."""
    found: dict[bytes, None] = {}
    for cell in sorted(cells, key=lambda cell: cell.dataset):
        texts = read_set(
            locate(cell.dataset, data), *(cell.parameters.get(name) for name in LIMITS)
        )
        found.update(dict.fromkeys(texts.test_docs))
        rows = draw(texts.labels, cell.parameters["shots"], cell.seed)
        found.update(dict.fromkeys(texts.docs[row] for row in rows))
    return list(found)


@click.command()
@click.argument("study")
@click.argument("spec", metavar="ENCODER")
@click.option("--data", metavar="DIR|hf|sample", help="As for compressclf experiment run.")
@click.option("--to", "folder", required=True, type=click.Path(file_okay=False, path_type=Path))
@click.option("--only", multiple=True, metavar="DATASET", help="Only these data sets.")
@click.option("--most", type=int, help="Largest number of documents per class.")
@click.option("-j", "--threads", default=1, show_default=True)
def main(
    study: str,
    spec: str,
    data: str | None,
    folder: Path,
    only: tuple[str, ...],
    most: int | None,
    threads: int,
) -> None:
    """Encode the documents of the cells of STUDY that use ENCODER."""
    from .methods import get_method

    store = Store(folder, get_encoder(spec))
    cells = [
        cell
        for cell in read_study(study).cells()
        if cell.protocol == "few-shot"
        and getattr(get_method(cell.method), "encoder", None) == spec
        and (not only or cell.dataset in only)
        and (most is None or cell.parameters["shots"] <= most)
    ]
    for shots in sorted({cell.parameters["shots"] for cell in cells}):
        chosen = [cell for cell in cells if cell.parameters["shots"] == shots]
        docs = store.missing(documents_of(chosen, data))
        click.echo(f"{shots} per class: {len(docs):,} documents without vectors", err=True)
        for start in range(0, len(docs), TOGETHER):
            store.save(docs[start : start + TOGETHER], threads)


if __name__ == "__main__":
    main()
