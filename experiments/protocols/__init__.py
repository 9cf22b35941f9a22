"""How a cell is measured: one file per protocol, found by name.

A protocol is a sequence of steps. A step is a function ``step(job) -> part of the record``; each
runs in a process of its own unless `Protocol.shared` says otherwise, so that its peak memory is
its own, and finds what earlier steps returned in ``job.so_far``. The runner merges the parts and
adds the cell's fields, threads, versions, processor, load, date and commit.
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
"""Their names: those of the files here, each of which defines ``PROTOCOL``."""
LIMITS = ("limit_train", "limit_test")
"""Parameters that every protocol on a text set takes: draw this many rows."""


@dataclass(frozen=True)
class Job:
    """What a step is told."""

    cell: Cell
    source: str
    """Where the data set is, as `compressclf.datasets.load_dataset` takes it."""
    threads: int = 1
    so_far: Mapping[str, Any] = field(default_factory=dict)
    """What the earlier steps of the same cell returned."""
    data: str | None = None
    """Where other data sets are: see `compressclf.experiments.data.locate`."""

    def read(self) -> TextSet:
        """Read the data set, drawn down to the cell's limits."""
        from ..data import read_set

        return read_set(self.source, *(self.cell.parameters.get(name) for name in LIMITS))

    def documents(self) -> list[bytes]:
        """Read the documents of a corpus, or the training documents of a set."""
        from ..data import read_documents

        limit = self.cell.parameters.get("limit_train")
        return read_documents(self.cell.dataset, self.source, limit)

    def method(self) -> Method:
        """Return the method that the cell names."""
        from ..methods import get_method

        return get_method(self.cell.method)


def check_compressor(cell: Cell) -> None:
    """Refuse a compressor that nobody knows, without importing those that are known."""
    from compressclf._lib.registry import parse_spec
    from compressclf.compressors import COMPRESSORS

    name, _ = parse_spec(cell.method)
    if name not in COMPRESSORS.names():
        raise ValueError(choose_from("compressor", name, COMPRESSORS.names()))


def check_method(cell: Cell) -> None:
    """Refuse a method that the registry does not have."""
    from ..methods import METHODS

    if cell.method not in METHODS:
        raise ValueError(choose_from("method", cell.method, list(METHODS)))


@dataclass(frozen=True)
class Protocol:
    """How a cell is measured."""

    what: str
    """One line for people."""
    steps: tuple[Callable[[Job], dict[str, Any]], ...]
    parameters: tuple[str, ...] = ()
    """Names of the cell's parameters, `LIMITS` aside."""
    shared: bool = False
    """Whether one process measures many cells, for those too small to pay for a process each."""
    audited: bool = True
    """Whether cells read a data set with a training and a test part, to be searched for leaks."""
    sketch_rows: tuple[int, int] = (200, 100)
    """How many training and test documents ``--quick`` draws."""
    check: Callable[[Cell], None] = check_method
    """Raises ValueError if there is no such cell; runs before anything is measured."""


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
