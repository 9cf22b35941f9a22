"""Run the notebooks: ``python -m notebooks.execute [NOTEBOOK ...]`` keeps their outputs in them.

Beside each it writes the same notebook as a plain script (jupytext's percent format). With
``--scripts`` it writes the scripts only.

Each runs in a new kernel and in an empty folder. What a notebook writes to standard error is not
kept: it is progress and news of what is compiled once, and depends on the machine.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

__all__ = ["NOTEBOOKS", "execute", "script_of", "text_outputs"]

NOTEBOOKS = sorted(Path(__file__).parent.glob("*.ipynb"))
SECONDS_A_CELL = 300  # far more than any cell takes; a busy machine must not fail


def execute(notebook: Any) -> None:
    """Run all cells of a notebook (an ``nbformat`` node) and put their outputs into it.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell fails.
    """
    import matplotlib.font_manager  # noqa: F401 - looks for fonts once, and says so in no cell
    from nbclient import NotebookClient

    with TemporaryDirectory() as folder:
        NotebookClient(
            notebook,
            timeout=SECONDS_A_CELL,
            record_timing=False,
            coalesce_streams=True,
            resources={"metadata": {"path": folder}},
        ).execute()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    notebook.metadata.language_info = {"name": "python"}  # not which Python it was


def text_outputs(cell: Any) -> list[str]:
    """Return the texts that a code cell has put out; a plot gives its short name."""
    return [
        output.text if output.output_type == "stream" else output.data.get("text/plain", "")
        for output in cell.outputs
    ]


def script_of(path: Path) -> str:
    """Return a notebook as a Python script, whose comments are the notebook's text."""
    import jupytext

    notebook = jupytext.read(path)
    notebook.metadata = {"jupytext": {"notebook_metadata_filter": "-all"}}
    for cell in notebook.cells:
        cell.metadata = {}
    heading = f"# The notebook {path.name} as a script. `make notebooks` writes it.\n\n"
    return heading + str(jupytext.writes(notebook, fmt="py:percent"))


def main(paths: list[Path], *, scripts_only: bool = False) -> None:
    """Run notebooks, write them back with their outputs, and write their scripts."""
    import nbformat

    for path in paths:
        if not scripts_only:
            notebook = nbformat.read(path, as_version=4)
            execute(notebook)
            nbformat.validate(notebook)
            nbformat.write(notebook, path)
        path.with_suffix(".py").write_text(script_of(path), encoding="utf-8")


if __name__ == "__main__":
    given = [argument for argument in sys.argv[1:] if argument != "--scripts"]
    main([Path(name) for name in given] or NOTEBOOKS, scripts_only="--scripts" in sys.argv)
