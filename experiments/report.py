"""Write the report of a study, its plots, and the marked tables in README.md and docs/."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from compressclf._lib.files import write_whole
from compressclf._lib.optional import optional_import

from .machine import IS_CHECKOUT, ROOT
from .records import Record, Records
from .renderings import PLOT, get_rendering
from .study import Show, Study
from .view import View, audits_of, provenance

__all__ = ["load_view_records", "refresh_documents", "view_of", "write_report"]

MARK = re.compile(r"(<!-- table:(?P<name>[\w/-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
PLOT_STYLE = {"svg.hashsalt": "compressclf", "svg.fonttype": "none", "figure.figsize": (7.5, 4.5)}


def write_report(study: Study, folder: Path) -> list[Path]:
    """Write ``NAME.md`` and a ``NAME-PLOT.svg`` for each plot; return what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = [f"# {study.title}", study.question]
    if study.finding:
        parts.append(study.finding)
    written = []
    for show, view in _views(study, folder):
        parts += [f"## {show.name.replace('-', ' ').capitalize()}"]
        if not view.records:
            parts.append("No records yet.")
            continue
        if show.rendering.endswith(PLOT):
            path = folder / f"{study.name}-{show.name}.svg"
            caption = _save_plot(view, show, path)
            parts += [f"![{show.name}]({path.name})", caption]
            written.append(path)
        else:
            parts.append(get_rendering(show.rendering)(view, **show.options))
        parts.append(provenance(view))
    path = folder / f"{study.name}.md"
    text = "\n\n".join(parts) + "\n"
    write_whole(path, text.encode(), draft=path.with_name(f".{path.name}.new"))
    return [path, *written]


def refresh_documents(study: Study, folder: Path) -> list[Path]:
    """Write the study's tables between their marks in README.md and docs/; return changed files.

    A mark is ``<!-- table:STUDY/NAME -->``, closed by ``<!-- end -->``.

    Raises
    ------
    ValueError
        If a mark names a table that the study does not show.
    """
    changed: list[Path] = []
    if study.quick or not IS_CHECKOUT:
        return changed
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        if not path.exists():
            continue
        text = path.read_text(encoding="utf-8")
        fresh = refresh(text, study, folder, path.name)
        if fresh != text:
            write_whole(path, fresh.encode())
            changed.append(path)
    return changed


def refresh(text: str, study: Study, folder: Path, place: str) -> str:
    """Return `text` with the study's tables between their marks."""

    def fill(mark: re.Match[str]) -> str:
        name, _, table = mark["name"].partition("/")
        if name != study.name:
            return mark[0]
        for show, view in _views(study, folder):
            if show.name == table and view.records:
                body = get_rendering(show.rendering)(view, **show.options)
                return f"{mark[1]}{body}\n\n{provenance(view)}\n{mark[3]}"
        known = ", ".join(show.name for show in study.shows)
        raise ValueError(
            f"{place}: <!-- table:{mark['name']} --> names no table with records; {study.name} "
            f"shows {known}."
        )

    return MARK.sub(fill, text)


def _views(study: Study, folder: Path) -> Iterator[tuple[Show, View]]:
    loaded = load_view_records(study, folder)
    for show in study.shows:
        yield show, view_of(study, show, loaded)


def load_view_records(study: Study, folder: Path) -> dict[str, dict[str, Record]]:
    """Return the records of the study's cells, by protocol and key."""
    store = Records(folder / "records")
    found: dict[str, dict[str, Record]] = {}
    for protocol in dict.fromkeys(cell.protocol for cell in study.cells()):
        records = store.load(protocol)
        keys = {cell.key for cell in study.cells() if cell.protocol == protocol}
        chosen = {key: record for key, record in records.items() if key in keys}
        if chosen:
            found[protocol] = chosen
    return found


def view_of(study: Study, show: Show, loaded: Mapping[str, Mapping[str, Record]]) -> View:
    """Return the view of a table or plot of the study."""
    cells = [cell for cell in study.cells() if show.shows(cell)]
    records = loaded.get(show.protocol, {})
    elsewhere = {
        name: list(found.values()) for name, found in loaded.items() if name != show.protocol
    }
    return View(
        [records[cell.key] for cell in cells if cell.key in records],
        audits_of(loaded.get("audit", {}).values()),
        cells,
        elsewhere,
    )


def _save_plot(view: View, show: Show, path: Path) -> str:
    """Draw and save a plot; the same records give the same file."""
    matplotlib = optional_import("matplotlib", extra="plots")
    figures = optional_import("matplotlib.figure", extra="plots")
    with matplotlib.rc_context(PLOT_STYLE):
        figure = figures.Figure(layout="constrained")
        caption = get_rendering(show.rendering)(view, figure, **show.options)
        drawing = io.BytesIO()
        figure.savefig(drawing, format="svg", metadata={"Date": None, "Creator": None})
        write_whole(path, drawing.getvalue(), draft=path.with_name(f".{path.name}.new"))
    return caption
