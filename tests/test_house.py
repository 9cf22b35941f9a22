"""The map of the house in CONTRIBUTING.md, and circles of imports.

The floors of the map come from the contract of imports; ``python -m tests.test_house`` writes it
again.
"""

import ast
import configparser
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "CONTRIBUTING.md"
BEGIN, END = "<!-- house -->\n", "<!-- /house -->"


def floors():
    """Return the packages of each floor, top first, as the contract has them."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    layers = config["importlinter:contract:floors"]["layers"].strip().splitlines()
    return [[name.strip() for name in layer.split(":")] for layer in layers]


def described(package):
    """Return the path of a package and the first line of its docstring."""
    path = package.replace(".", "/")
    is_file = (ROOT / f"{path}.py").exists()
    file = ROOT / (f"{path}.py" if is_file else f"{path}/__init__.py")
    summary = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))).splitlines()[0]
    return f"{path}.py" if is_file else f"{path}/", summary


def table():
    """Return the map as a table of Markdown."""
    rows = ["| floor | package | what it holds |", "|--:|---|---|"]
    for number, packages in reversed(list(enumerate(reversed(floors())))):
        for path, summary in map(described, packages):
            rows.append(f"| {number} | `{path}` | {summary} |")
    return "\n".join(rows) + "\n"


def rendered():
    """Return the page with the map as it should be."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    return before + BEGIN + "\n" + table() + "\n" + END + rest.split(END)[1]


def test_the_map_is_that_of_the_contract():
    assert PAGE.read_text(encoding="utf-8") == rendered()


def test_every_package_is_on_a_floor():
    known = {name for names in floors() for name in names}
    here = {path.parent.name for path in ROOT.glob("compressclf/*/__init__.py")}
    assert {f"compressclf.{name}" for name in here - {"cli", "experiments"}} <= known


CIRCLES = {
    # from_documents makes an ImageCorpus of images, which is a Corpus
    ("compressclf.documents.corpus", "compressclf.documents.images"),
    # annotations: a class model calls the functions that fit it again
    ("compressclf.models._held_out", "compressclf.models.base"),
    # annotations: a fitted model and the texts that it reads name the description they belong to
    (
        "compressclf.models.primed.fitted",
        "compressclf.models.primed.model",
        "compressclf.models.primed.texts",
    ),
    ("compressclf.models.primed.presets", "compressclf.models.primed.recipes"),
}


def modules():
    """Return the path of every module by its name."""
    found = {}
    for folder in ("compressclf", "cli", "experiments"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(path):
    """Yield the names of what a file imports, also inside functions and for annotations."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = path.relative_to(ROOT).parts[: -node.level] if node.level else ()
            base = ".".join([*package, *([node.module] if node.module else [])])
            yield from (name for alias in node.names for name in (base, f"{base}.{alias.name}"))


def test_there_is_no_circle_of_imports_but_those_listed():
    paths = modules()
    numbers = {name: number for number, name in enumerate(paths)}
    arrows = [
        (numbers[name], numbers[other])
        for name, path in paths.items()
        for other in imported(path)
        if other in numbers and not name.startswith(f"{other}.")  # a package is there already
    ]
    rows, columns = np.transpose(arrows)
    graph = coo_array((np.ones(len(arrows)), (rows, columns)), shape=(len(paths), len(paths)))
    _, labels = connected_components(graph, connection="strong")
    names = np.array(list(paths))
    circles = {tuple(sorted(names[labels == label])) for label in np.unique(labels)}
    found = {circle for circle in circles if len(circle) > 1}
    assert found == CIRCLES


if __name__ == "__main__":
    PAGE.write_text(rendered(), encoding="utf-8")
