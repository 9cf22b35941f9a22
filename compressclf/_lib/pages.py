"""Fill HTML templates: one file without network, every value escaped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["fill"]


def fill(template: Path, *beside: Path, **values: Any) -> str:
    """Return a page that needs no other file.

    Parameters
    ----------
    template : Path
        A Jinja template, which may extend ``page.html`` of this folder and include its neighbours.
    *beside : Path
        Other folders with templates that it includes.
    **values : object
        What it shows; all text is escaped.

    Returns
    -------
    str
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    folders = [template.parent, *beside, Path(__file__).parent]
    environment = Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template.name).render(**values)
