"""`Finding`, the result of one check."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Finding"]


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Attributes
    ----------
    check : str
        Its name, such as "leaks".
    sentence : str
        What the numbers mean for these data.
    values : dict of str to number or str
        The numbers.
    documents : list of dict
        The documents concerned, the clearest cases first. "part" and "document" (counted from 1)
        say where a document is.
    """

    check: str
    sentence: str
    values: dict[str, Any]
    documents: list[dict[str, Any]] = field(default_factory=list)
