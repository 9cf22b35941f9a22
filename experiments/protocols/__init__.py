"""Protocols say how a cell is measured: one file each, found by name.

A protocol is a sequence of steps. A step is a function ``step(job) -> part of the record``. Each
step runs in its own process, whose peak memory is that of the step, unless `Protocol.shared` is
true. ``job.so_far`` holds the results of earlier steps. The runner merges the parts and adds the
cell's fields, threads, versions, processor, load, date and commit.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from compressclf._lib.registry import choose_from

from ..cells import Cell

if TYPE_CHECKING:
    from ..data import TextSet
    from ..methods import Method

__all__ = [
    "LIMITS",
    "PROTOCOLS",
    "Job",
    "Protocol",
    "check_compressor",
    "check_method",
    "get_protocol",
]

PROTOCOLS = tuple(
    file.name.replace("_", "-")
    for file in pkgutil.iter_modules(__path__)
    if not file.name.startswith("_")
)
"""Names of the protocols: the files here, each of which defines ``PROTOCOL``."""
LIMITS = ("limit_train", "limit_test")
"""Parameters of every protocol on a text set: numbers of rows to draw."""


@dataclass(frozen=True)
class Job:
    """The input of a step."""

    cell: Cell
    source: str
    """Source of the data set, as `compressclf.datasets.load_dataset` takes it."""
    threads: int = 1
    so_far: Mapping[str, Any] = field(default_factory=dict)
    """Results of earlier steps of the same cell."""
    data: str | None = None
    """Folder of other data sets: see `compressclf.experiments.data.locate`."""

    def read(self) -> TextSet:
        """Read the data set, drawn to the cell's limits."""
        from ..data import read_set

        return read_set(self.source, *(self.cell.parameters.get(name) for name in LIMITS))

    def documents(self) -> list[bytes]:
        """Read the documents of a corpus, or the training documents of a set."""
        from ..data import read_documents

        limit = self.cell.parameters.get("limit_train")
        return read_documents(self.cell.dataset, self.source, limit)

    def method(self) -> Method:
        """Return the method of the cell."""
        from ..methods import get_method

        return get_method(self.cell.method)


def check_compressor(cell: Cell) -> None:
    """Refuse an unknown compressor, without importing the known ones."""
    from compressclf._lib.registry import parse_spec
    from compressclf.compressors import COMPRESSORS

    name, _ = parse_spec(cell.method)
    if name not in COMPRESSORS:
        raise ValueError(choose_from("compressor", name, COMPRESSORS.names()))


def check_method(cell: Cell) -> None:
    """Refuse a method that is not in the registry."""
    from ..methods import METHODS

    if cell.method not in METHODS:
        raise ValueError(choose_from("method", cell.method, list(METHODS)))


@dataclass(frozen=True)
class Protocol:
    """A way to measure a cell."""

    what: str
    """One line that describes the protocol."""
    steps: tuple[Callable[[Job], dict[str, Any]], ...]
    parameters: tuple[str, ...] = ()
    """Names of the cell's parameters, without `LIMITS`."""
    shared: bool = False
    """Whether one process measures many cells; for cells that are too small for a process each."""
    audited: bool = True
    """Whether the data sets have training and test parts, which are then audited for leaks."""
    sketch_rows: tuple[int, int] = (200, 100)
    """Numbers of training and test documents that ``--quick`` draws."""
    check: Callable[[Cell], None] = check_method
    """Raises ValueError if the cell is invalid; called before anything is measured."""


def get_protocol(name: str) -> Protocol:
    """Import a protocol.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if name not in PROTOCOLS:
        raise ValueError(choose_from("protocol", name, list(PROTOCOLS)))
    protocol = importlib.import_module(f"{__name__}.{name.replace('-', '_')}").PROTOCOL
    assert isinstance(protocol, Protocol)
    return protocol
