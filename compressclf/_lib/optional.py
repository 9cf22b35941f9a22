"""Import optional dependencies; if one is missing, the error says how to install it."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["MissingExtraError", "optional_import"]


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
