"""The map of the house in CONTRIBUTING.md: its floors come from the contract of imports.

``python -m tests.test_house`` writes it again.
"""

import ast
import configparser
from pathlib import Path

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


if __name__ == "__main__":
    PAGE.write_text(rendered(), encoding="utf-8")
