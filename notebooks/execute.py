"""Run the notebooks: ``python -m notebooks.execute [NOTEBOOK ...]`` keeps their outputs in them.

Each runs in a new kernel and in an empty folder. What a notebook writes to standard error is not
kept: it is progress and news of what is compiled once, and depends on the machine.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

__all__ = ["NOTEBOOKS", "execute", "text_outputs"]

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


def main(paths: list[Path]) -> None:
    """Run notebooks and write them back with their outputs."""
    import nbformat

    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        execute(notebook)
        nbformat.validate(notebook)
        nbformat.write(notebook, path)


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]] or NOTEBOOKS)
