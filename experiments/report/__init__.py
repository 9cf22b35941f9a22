"""Tables and plots from records: one small file each, found by name.

A rendering is a module with one function:

* a table: ``render(view, **options) -> str``, Markdown with a caption of its own;
* a plot: ``draw(view, figure, **options) -> str``, which draws on a matplotlib figure and returns
  the caption.

Options are what the study's ``[[show]]`` says besides rendering, protocol and name. Nothing else
may be shown than what `View` holds.
"""

from __future__ import annotations

from .documents import refresh_documents, write_report
from .renderings import RENDERINGS
from .view import View, load_view_records

__all__ = ["RENDERINGS", "View", "load_view_records", "refresh_documents", "write_report"]
