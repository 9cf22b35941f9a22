"""Every public docstring says what goes in and what comes out, as numpydoc has it."""

import functools
import importlib
import inspect
import pkgutil
import sys

import pytest
from numpydoc.validate import validate

import compressclf

CHECKS = {
    "GL08",  # there is no docstring
    "PR01",  # a parameter is not documented
    "PR02",  # a documented parameter is none
    "PR03",  # parameters in another order
    "PR07",  # a parameter has no description
    "RT01",  # no section Returns
    "YD01",  # no section Yields
    "SS01",  # no summary
}
APART = ("compressclf.cli", "compressclf.experiments")  # commands and studies, not the library
# packages and modules inside of packages that are public, too
OPEN = (
    "compressclf.documents.images",
    "compressclf.documents.preprocessing",
    "compressclf.reports",
)


def public_modules():
    """Yield the package and its modules, and those inside the packages that are open."""
    yield compressclf
    for found in pkgutil.walk_packages(compressclf.__path__, "compressclf."):
        is_public = "._" not in found.name and not found.name.startswith(APART)
        if is_public and (found.name.count(".") == 1 or found.name.startswith(OPEN)):
            yield importlib.import_module(found.name)


def public_names():
    """Return where each public function, class and method is documented, once."""
    names = {}
    for module in public_modules():
        for name in getattr(module, "__all__", ()):
            found = getattr(module, name)
            if not inspect.isroutine(found) and not inspect.isclass(found):
                continue
            names.setdefault(found, f"{module.__name__}.{name}")
            if inspect.isclass(found):
                for method in methods_of(found):
                    names.setdefault(getattr(found, method), f"{names[found]}.{method}")
    return sorted(name for name in names.values())


# It takes more than a few lines to make what these read.
WITHOUT_EXAMPLE = {"compressclf.matrices.to_skbio", "compressclf.reports.html.render_report"}


def needs_example(name):
    """Functions, and classes that users build, have an example; the doctests run it."""
    found = functools.reduce(getattr, name.split(".")[1:], compressclf)
    if name in WITHOUT_EXAMPLE or inspect.isclass(found):
        return name.count(".") == 1
    return inspect.ismodule(sys.modules.get(name.rpartition(".")[0]))


def methods_of(cls):
    """Yield the methods that a class of ours defines first; others have their base's words."""
    for name, member in vars(cls).items():
        inherited = any(hasattr(base, name) for base in cls.__mro__[1:])
        plain = getattr(member, "__func__", member)
        if inspect.isfunction(plain) and not name.startswith("_") and not inherited:
            yield name


@pytest.mark.parametrize("name", public_names())
def test_docstring(name):
    found = validate(name)
    checks = CHECKS
    if found["type"] == "type" and "\nParameters\n" not in found["docstring"]:
        checks = CHECKS - {"PR01"}  # a record, whose fields are documented one by one
    if needs_example(name):
        checks = checks | {"EX01"}
    assert [text for code, text in found["errors"] if code in checks] == []
