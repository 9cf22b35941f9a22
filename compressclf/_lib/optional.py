"""Import optional dependencies; if one is missing, the error says how to install it."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

__all__ = ["MissingExtraError", "find_package", "optional_import"]


class MissingExtraError(ImportError):
    """An optional dependency is not installed; the message says how to install it."""


def optional_import(module: str, *, extra: str) -> Any:
    """Import `module`, or raise an error that says how to install it.

    Parameters
    ----------
    module : str
        Name of the module, possibly with dots.
    extra : str
        The extra of this package that installs it.

    Raises
    ------
    MissingExtraError
        If `module` is not installed.

    Examples
    --------
    >>> optional_import("no_such_module", extra="ppmd")
    Traceback (most recent call last):
    ...
    compressclf._lib.optional.MissingExtraError: 'no_such_module' is not installed: pip install
    'compressclf[ppmd]'
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != module.partition(".")[0]:
            raise  # the module is installed, but one of its dependencies is not
        package = module.partition(".")[0]
        message = f"{package!r} is not installed: pip install 'compressclf[{extra}]'"
        raise MissingExtraError(message, name=module) from None


def find_package(module: str, remedy: str) -> str:
    """Return the folder of an installed package, without importing it.

    Parameters
    ----------
    module : str
        Name of the package.
    remedy : str
        The command that installs it.

    Raises
    ------
    MissingExtraError
        If it is not installed.

    Examples
    --------
    >>> find_package("no_such_module", "pip install no-such-module")
    Traceback (most recent call last):
    ...
    compressclf._lib.optional.MissingExtraError: 'no_such_module' is not installed: pip install
    no-such-module
    """
    found = importlib.util.find_spec(module)
    if found is None or not found.submodule_search_locations:
        raise MissingExtraError(f"{module!r} is not installed: {remedy}", name=module)
    return found.submodule_search_locations[0]
