"""A cell: one measurement. Its key does not name a study, so studies share cells."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["Cell"]


@dataclass(frozen=True)
class Cell:
    """What is measured, on what, and how.

    Examples
    --------
    >>> cell = Cell("few-shot", "r8", "blocks", seed=1, parameters={"shots": 5})
    >>> print(cell)
    few-shot r8/blocks seed=1 shots=5
    >>> Cell.of(cell.fields()) == cell
    True
    """

    protocol: str
    dataset: str
    method: str
    seed: int = 0
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Parameters of the protocol: shots, sizes, limits. They are part of the key."""

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Cell:
        """Return the cell that a record belongs to."""
        return cls(**{name: record[name] for name in cls.__dataclass_fields__})

    @property
    def key(self) -> str:
        """Return the text that identifies this cell."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)

    def fields(self) -> dict[str, Any]:
        """Return the fields as they are written in a record."""
        return asdict(self)

    def __str__(self) -> str:
        more = [f"{name}={value}" for name, value in self.parameters.items()]
        return " ".join(
            [f"{self.protocol} {self.dataset}/{self.method}", f"seed={self.seed}", *more]
        )
