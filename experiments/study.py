"""A study, read from ``studies/NAME.toml``: a question, cells to measure, tables and plots."""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from compressclf._lib.optional import optional_import
from compressclf._lib.registry import choose_from

from .cells import Cell
from .protocols import LIMITS, get_protocol
from .protocols.audit import METHOD as AUDIT
from .renderings import get_rendering

__all__ = ["FOLDER", "Block", "Show", "Study", "names_of_studies", "read_study"]

FOLDER = Path(__file__).parent / "studies"
SKETCH_OF = "bbc-news"
"""The data set of ``--quick``, drawn to `Protocol.sketch_rows` rows."""


@dataclass(frozen=True)
class Block:
    """Cells: every data set × method × seed × value of each parameter."""

    protocol: str
    datasets: tuple[str, ...]
    methods: tuple[str, ...]
    seeds: tuple[int, ...] = (0,)
    parameters: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    def cells(self) -> Iterator[Cell]:
        """Yield the cells by data set, so that each set is read once."""
        if get_protocol(self.protocol).audited:
            limits = {name: values for name, values in self.parameters.items() if name in LIMITS}
            for dataset, chosen in itertools.product(self.datasets, _grid(limits)):
                yield Cell("audit", dataset, AUDIT, 0, chosen)
        grids = (self.datasets, _grid(self.parameters), self.methods, self.seeds)
        for dataset, chosen, method, seed in itertools.product(*grids):
            yield Cell(self.protocol, dataset, method, seed, chosen)

    def sketch(self) -> Block:
        """Return a sketch of the block: bundled data, a few seconds per cell."""
        parameters = {name: values[:2] for name, values in self.parameters.items()}
        sizes = get_protocol(self.protocol).sketch_rows
        rows = {name: (size,) for name, size in zip(LIMITS, sizes, strict=True)}
        for name in {"prior", "others"} & parameters.keys():  # values are names of sets
            parameters[name] = (SKETCH_OF,)
        return replace(
            self,
            datasets=(SKETCH_OF,),
            seeds=self.seeds[:2],
            parameters={**parameters, **rows},
        )


@dataclass(frozen=True)
class Show:
    """One table or plot of a report."""

    rendering: str
    protocol: str
    name: str
    """Name in the mark ``<!-- table:STUDY/NAME -->`` of a document, and of the SVG file."""
    options: Mapping[str, Any] = field(default_factory=dict)
    datasets: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    """Methods or data sets to show; empty: all."""

    def shows(self, cell: Cell) -> bool:
        """Return whether the cell is shown."""
        return (
            cell.protocol == self.protocol
            and (not self.datasets or cell.dataset in self.datasets)
            and (not self.methods or cell.method in self.methods)
        )


@dataclass(frozen=True)
class Study:
    """A question, the cells that are measured for it, and the tables and plots that show them."""

    name: str
    title: str
    question: str
    finding: str
    """The findings in a few sentences, from ``studies/NAME.md``; empty if there are none yet."""
    blocks: tuple[Block, ...]
    shows: tuple[Show, ...]
    quick: bool = False
    """Whether it is a sketch, whose records are kept in a separate folder."""

    def cells(self) -> list[Cell]:
        """Return the distinct cells, audits first."""
        found = {cell.key: cell for block in self.blocks for cell in block.cells()}
        return sorted(found.values(), key=lambda cell: cell.protocol != "audit")

    def sketch(self) -> Study:
        """Return the study for ``--quick``."""
        if self.quick:
            return self
        blocks = tuple(block.sketch() for block in self.blocks)
        name = f"{self.name}-quick"
        return replace(self, name=name, blocks=blocks, quick=True, finding="")


def names_of_studies() -> list[str]:
    """Return the names of the studies."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def read_study(name: str) -> Study:
    """Read and check a study.

    Raises
    ------
    ValueError
        If there is no study of that name, or its file has an unknown key.
    """
    if name not in names_of_studies():
        raise ValueError(choose_from("study", name, names_of_studies()))
    path = FOLDER / f"{name}.toml"
    table = _toml().loads(path.read_text(encoding="utf-8"))
    place = f"experiments/studies/{path.name}"
    _refuse_unknown(place, table, ("title", "question", "quick", "cells", "show"))
    finding = path.with_suffix(".md")
    try:
        return Study(
            name=name,
            title=table["title"],
            question=table["question"],
            finding=finding.read_text(encoding="utf-8").strip() if finding.exists() else "",
            blocks=tuple(_block(place, block) for block in table["cells"]),
            shows=tuple(_show(place, show) for show in table["show"]),
            quick=table.get("quick", False),
        )
    except KeyError as error:
        raise ValueError(f"{place}: {error.args[0]!r} is missing.") from None


def _toml() -> Any:
    try:
        return importlib.import_module("tomllib")
    except ImportError:  # Python 3.10
        return optional_import("tomli", extra="experiments")


def _block(place: str, table: dict[str, Any]) -> Block:
    _refuse_unknown(place, table, ("protocol", "datasets", "methods", "seeds", "parameters"))
    parameters = {
        name: tuple(value) if isinstance(value, list) else (value,)
        for name, value in table.get("parameters", {}).items()
    }
    block = Block(
        table["protocol"],
        tuple(table["datasets"]),
        tuple(table["methods"]),
        tuple(table.get("seeds", (0,))),
        parameters,
    )
    protocol = get_protocol(block.protocol)
    _refuse_unknown(place, parameters, (*protocol.parameters, *LIMITS))
    for cell in block.cells():
        get_protocol(cell.protocol).check(cell)
    return block


def _show(place: str, table: dict[str, Any]) -> Show:
    options = dict(table)
    rendering, protocol = options.pop("rendering"), options.pop("protocol")
    try:
        get_rendering(rendering)
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from None
    get_protocol(protocol)
    chosen = {name: tuple(options.pop(name, ())) for name in ("datasets", "methods")}
    return Show(rendering, protocol, options.pop("name", rendering), options, **chosen)


def _refuse_unknown(place: str, table: Mapping[str, Any], known: Sequence[str]) -> None:
    for key in table:
        if key not in known:
            raise ValueError(f"{place}: {choose_from('key', key, list(known))}")


def _grid(parameters: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Return all combinations of one value per parameter.

    Examples
    --------
    >>> _grid({"shots": (1, 5)})
    [{'shots': 1}, {'shots': 5}]
    """
    names = sorted(parameters)
    chosen = itertools.product(*(parameters[name] for name in names))
    return [dict(zip(names, values, strict=True)) for values in chosen]
