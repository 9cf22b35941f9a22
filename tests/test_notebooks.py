"""The notebooks put out what they have kept, and the solutions of their exercises are right."""

import re

import numba
import pytest

pytest.importorskip("nbclient", reason="pip install 'compressclf[notebooks]'")
pytest.importorskip("ipykernel", reason="pip install 'compressclf[notebooks]'")
pytest.importorskip("matplotlib", reason="pip install 'compressclf[notebooks]'")
nbformat = pytest.importorskip("nbformat", reason="pip install 'compressclf[notebooks]'")

from notebooks.execute import NOTEBOOKS, execute, text_outputs  # noqa: E402

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
    assert not any(cell.metadata for cell in notebook.cells)
    assert not any(output.get("name") == "stderr" for cell in code for output in cell.outputs)
    assert f"({path.name})" in README
