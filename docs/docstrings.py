"""Docstrings for the site: parameters that are described together get a line each.

griffe reads ``docs, y`` with one description, but gives both the type of the first.
"""

from __future__ import annotations

import re
from typing import Any

import griffe

TOGETHER = re.compile(r"^(?P<names>\w+(?:, \w+)+)\n(?P<text>(?: {4}.+(?:\n|\Z))+)", re.MULTILINE)


class Apart(griffe.Extension):
    """Divides the parameters in the docstring of each class and function."""

    def on_object(self, *, obj: griffe.Object, **given: Any) -> None:
        """Change one docstring."""
        if obj.docstring is not None:
            obj.docstring.value = TOGETHER.sub(divided, obj.docstring.value)


def divided(found: re.Match[str]) -> str:
    """Return the same parameters, each with the description."""
    text = found["text"].rstrip("\n")
    tail = found["text"][len(text) :]
    return "\n".join(f"{name}\n{text}" for name in found["names"].split(", ")) + tail
