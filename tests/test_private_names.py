"""No module uses a private name of another package: what is needed elsewhere is public.

A package is a folder below ``compressclf``, a file beside these, ``cli``, ``experiments`` or
``benchmarks``. The modules ``compressclf._x`` are the ground floor of all of them. Benchmarks print
tables and progress by modules of the command line.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("compressclf", "cli", "experiments", "benchmarks")
FILES = {
    path.relative_to(ROOT): ast.parse(path.read_text(encoding="utf-8"))
    for folder in FOLDERS
    for path in sorted((ROOT / folder).rglob("*.py"))
    if not {"cli", "experiments"} & set(path.relative_to(ROOT / folder).parts[:1])
}
PUBLIC_AFTER_ALL = {"_replace", "_asdict", "_fields", "_make"}  # of a NamedTuple


def package_of(path):
    """Return the package of a file, such as ("compressclf", "models") or ("cli",)."""
    first, *rest = path.with_suffix("").parts
    return (first, rest[0]) if first == "compressclf" else (first,)


def is_private(name):
    return name.startswith("_") and not name.startswith("__")


def names_defined(tree):
    """Yield all names to which something is bound, attributes of self and fields of classes too."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Store):
            yield node.id if isinstance(node, ast.Name) else node.attr


SHARED = {("cli", "_output"), ("cli", "_progress")}
DEFINED = {}
for path, tree in FILES.items():
    DEFINED.setdefault(package_of(path), set()).update(names_defined(tree))
OURS = {name for names in DEFINED.values() for name in names if is_private(name)}


def imports(path, tree):
    """Yield the parts of each name that is imported, absolute: ("compressclf", "models", "x")."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = tuple(node.module.split(".")) if node.module else ()
            if node.level:
                base = path.parts[: -node.level] + base
            yield from ((*base, alias.name) for alias in node.names)


def home_of(parts):
    """Return the package from which something is imported; None if it is not ours."""
    if parts[:2] in (("compressclf", "cli"), ("compressclf", "experiments")):
        return parts[1:2]
    if parts[0] == "compressclf":
        return parts[:2]
    return parts[:1] if parts[0] in FOLDERS else None


@pytest.mark.parametrize("path", FILES, ids=str)
def test_no_private_name_of_another_package_is_imported(path):
    here, found = package_of(path), []
    for parts in imports(path, FILES[path]):
        home = home_of(parts)
        if home is None or home == here:
            continue
        inside = parts[parts.index(home[-1]) + 1 :]
        is_shared = here == ("benchmarks",) and (home[0], *inside[:1]) in SHARED
        if any(map(is_private, inside[is_shared:])):
            found.append(".".join(parts))
    assert not found


@pytest.mark.parametrize("path", FILES, ids=str)
def test_no_private_attribute_of_another_package_is_used(path):
    """What an object is cannot be told from the syntax; what its package defines can."""
    known = DEFINED[package_of(path)]
    found = {
        f"{ast.unparse(node)} (line {node.lineno})"
        for node in ast.walk(FILES[path])
        if isinstance(node, ast.Attribute)
        and is_private(node.attr)
        and node.attr in OURS - known - PUBLIC_AFTER_ALL
        and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"))
    }
    assert not found
