"""The notebooks put out what they have kept, and the solutions of their exercises are right."""

import os
import re
import subprocess
import sys

import numba
import pytest

pytest.importorskip("nbclient", reason="pip install 'compressclf[notebooks]'")
pytest.importorskip("ipykernel", reason="pip install 'compressclf[notebooks]'")
pytest.importorskip("jupytext", reason="pip install 'compressclf[notebooks]'")
pytest.importorskip("matplotlib", reason="pip install 'compressclf[notebooks]'")
nbformat = pytest.importorskip("nbformat", reason="pip install 'compressclf[notebooks]'")

from notebooks.execute import NOTEBOOKS, execute, script_of, text_outputs  # noqa: E402

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(numba.config.DISABLE_JIT, reason="takes hours as plain Python"),
]

README = NOTEBOOKS[0].with_name("README.md").read_text(encoding="utf-8")


def solutions(notebook):
    """Return the code of the solutions, each as a cell."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and "<details>" in cell.source:
            for code in re.findall(r"```python\n(.*?)```", cell.source, flags=re.DOTALL):
                yield nbformat.v4.new_code_cell(code)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_puts_out_what_it_has_kept(path):
    kept = nbformat.read(path, as_version=4)
    fresh = nbformat.read(path, as_version=4)
    extra = list(solutions(kept))
    assert len(extra) >= 3
    fresh.cells.extend(extra)
    execute(fresh)
    for before, after in zip(kept.cells, fresh.cells, strict=False):
        if before.cell_type == "code":
            assert text_outputs(after) == text_outputs(before), f"run `make notebooks`: {before.id}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_clean_and_is_listed(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.language_info == {"name": "python"}
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert all(cell.metadata in ({}, {"tags": ["compiled"]}) for cell in notebook.cells)
    assert not any(output.get("name") == "stderr" for cell in code for output in cell.outputs)
    assert f"({path.name})" in README


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_script_of_a_notebook_is_the_same_code(path):
    script = path.with_suffix(".py").read_text(encoding="utf-8")
    assert script == script_of(path), "run `python -m notebooks.execute --scripts`"
    compile(script, path.stem, "exec")


def test_a_script_prints_what_the_notebook_keeps(tmp_path):
    path = next(path for path in NOTEBOOKS if path.stem == "10_cost")  # it only reads records
    run = subprocess.run(
        [sys.executable, path.with_suffix(".py")],
        capture_output=True, text=True, check=True, timeout=300, cwd=tmp_path,
        env={**os.environ, "MPLBACKEND": "agg"},
    )  # fmt: skip
    kept = [
        output.text
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "stream"
    ]
    assert run.stdout == "".join(kept)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_links_to_its_page_and_has_a_cell_for_the_reader(path):
    notebook = nbformat.read(path, as_version=4)
    [page] = re.findall(r"On the site: \[.*\]\((.*?\.md).*\)\.$", notebook.cells[0].source)
    assert (path.parent / page).exists()
    text = " ".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert re.search(r"\b(?:your|Your) own\b", text)
