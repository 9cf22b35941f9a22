"""Registries of objects by name, imported when first used: built-in rows, then plug-ins.

A row is ``name -> "module:attribute"``. Other packages add rows through an entry-point group.
A *spec* is a name with parameters, ``name[:key=value,...]``, as in ``zstd:level=19``. A value that
contains commas, such as a spec within a spec, is put in square brackets:
``lm:compressor=[ppmd:order=4,memory=8],shots=8``. The attribute ``unnamed`` of an object names the
parameter whose key may be left out if it comes first, as in ``hf-lm:models/tiny``.
"""

from __future__ import annotations

import difflib
import importlib
import inspect
import re
from collections.abc import Iterable, Mapping
from importlib.metadata import entry_points
from typing import Any

from compressclf._lib.foreign import check_built

__all__ = ["Registry", "check_choice", "choose_from", "format_spec", "parse_spec", "split_outside"]

LONGEST_TOLD = 200
"""Number of characters of a spec or a name that a message repeats."""

Parameter = int | float | bool | str | None

_CONSTANTS: dict[str, bool | None] = {
    "true": True,
    "yes": True,
    "false": False,
    "no": False,
    "none": None,
}


class Registry:
    """Objects by name.

    Parameters
    ----------
    kind : str
        What the names mean, for error messages: ``"compressor"``.
    rows : mapping of str to str
        Built-in names and the place of each object, ``"module:attribute"``.
    group : str
        Entry-point group of the plug-ins. A plug-in cannot replace a built-in name.
    """

    def __init__(self, kind: str, rows: Mapping[str, str], group: str) -> None:
        self.kind = kind
        self.group = group
        self._rows = dict(rows)

    def names(self) -> list[str]:
        """Return the known names: the built-in ones in their order, then plug-ins."""
        plugins = sorted({point.name for point in entry_points(group=self.group)})
        return [*self._rows, *(name for name in plugins if name not in self._rows)]

    def __contains__(self, name: str) -> bool:
        """Whether the name is known; plug-ins are looked for only if it is not built in."""
        return name in self._rows or any(entry_points(group=self.group, name=name))

    def load(self, name: str) -> Any:
        """Import the object called `name`.

        Raises
        ------
        ValueError
            If the name is unknown; the message lists the names and the most similar one.
        """
        if name in self._rows:
            module, _, attribute = self._rows[name].partition(":")
            return getattr(importlib.import_module(module), attribute)
        for point in entry_points(group=self.group, name=name):
            return point.load()
        raise ValueError(choose_from(self.kind, name, self.names()))

    def build(self, spec: str, **given: Any) -> Any:
        """Build the object that `spec` describes, ``name[:key=value,...]``.

        Parameters
        ----------
        spec : str
            Name and parameters.
        **given
            Further arguments, which users cannot write into a spec.

        Raises
        ------
        ValueError
            If the name or a parameter is unknown, if a value is refused, or if the spec comes from
            a file and exceeds the limits for files (`compressclf._lib.foreign`).
        TypeError
            If the spec is not a str.
        """
        factory, name, parameters = self._parsed(spec)
        signature = [one for one in _signature(factory) if one.name not in given]
        for key in parameters:
            known = [parameter.name for parameter in signature]
            if key not in known:
                raise ValueError(choose_from(f"parameter of {self.kind} {name!r}", key, known))
        for parameter in signature:
            if parameter.default is parameter.empty and parameter.name not in parameters:
                raise ValueError(
                    f"The {self.kind} {name!r} needs its parameter {parameter.name!r}, as in "
                    f"{name}:{parameter.name}=VALUE."
                )
        built = factory(**given, **parameters)
        check_built(built)
        return built

    def parameters(self, spec: str) -> dict[str, Any]:
        """Return the values of all parameters, as `spec` says or else by default.

        Parameters
        ----------
        spec : str
            Name and parameters.

        Returns
        -------
        dict of str to object

        Raises
        ------
        ValueError
            If the name is unknown.
        """
        factory, _, parameters = self._parsed(spec)
        known = {one.name: one.default for one in _signature(factory)} | parameters
        empty = inspect.Parameter.empty
        return {name: value for name, value in known.items() if value is not empty}

    def _parsed(self, spec: object) -> tuple[Any, str, dict[str, Parameter]]:
        if not isinstance(spec, str):
            example = self.names()[0]
            raise TypeError(
                f"The {self.kind} must be a spec such as {example!r}. Got {spec!r} instead."
            )
        factory = self.load(spec.partition(":")[0].strip())
        return factory, *parse_spec(spec, unnamed=getattr(factory, "unnamed", None))


def _signature(factory: Any) -> list[inspect.Parameter]:
    parameters = inspect.signature(factory).parameters.values()
    return [one for one in parameters if one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL)]


def parse_spec(spec: str, *, unnamed: str | None = None) -> tuple[str, dict[str, Parameter]]:
    """Parse ``name[:key=value,...]``; values are int, float, bool, None or str.

    Parameters
    ----------
    spec : str
        Name and parameters.
    unnamed : str, optional
        The key of a first value without a key, which stays a str.

    Examples
    --------
    >>> parse_spec("zstd:level=19")
    ('zstd', {'level': 19})
    >>> parse_spec("lm:compressor=[ppmd:order=4,memory=8],shots=8")
    ('lm', {'compressor': 'ppmd:order=4,memory=8', 'shots': 8})
    >>> parse_spec("hf-lm:models/tiny,context=512", unnamed="path")
    ('hf-lm', {'path': 'models/tiny', 'context': 512})

    Raises
    ------
    ValueError
        If a parameter has no ``=`` or comes twice, or if a bracket is not closed or not opened.
    """
    name, _, rest = spec.partition(":")
    parameters: dict[str, Parameter] = {}
    for place, item in enumerate(split_outside(rest, r",") if rest else []):
        key, equals, text = item.partition("=")
        if unnamed and place == 0 and item.strip() and not (equals and key.strip().isidentifier()):
            text = item.strip()
            parameters[unnamed] = _value(text) if text.startswith("[") else text
            continue
        if not equals or not key.strip():
            raise ValueError(
                f"{spec[:LONGEST_TOLD]!r} is not of the form name:key=value,key=value."
            )
        if key.strip() in parameters:
            raise ValueError(f"{spec[:LONGEST_TOLD]!r} gives {key.strip()!r} twice.")
        parameters[key.strip()] = _value(text.strip())
    return name.strip(), parameters


def split_outside(text: str, separator: str) -> list[str]:
    """Split at a pattern, but not inside square brackets.

    Examples
    --------
    >>> split_outside("a,b=[c,[d,e]],f", ",")
    ['a', 'b=[c,[d,e]]', 'f']

    Raises
    ------
    ValueError
        If a bracket is not closed or not opened.
    """
    parts, start, depth = [], 0, 0
    for found in re.finditer(rf"[\[\]]|{separator}", text):
        if found[0] == "[":
            depth += 1
        elif found[0] == "]":
            depth -= 1
            if depth < 0:
                break
        elif not depth:
            parts.append(text[start : found.start()])
            start = found.end()
    if depth:
        raise ValueError(f"{text[:LONGEST_TOLD]!r} has an unmatched square bracket.")
    return [*parts, text[start:]]


def format_spec(name: str, parameters: Mapping[str, object]) -> str:
    """Write the spec that `parse_spec` reads.

    Examples
    --------
    >>> format_spec("gzip", {"level": 6})
    'gzip:level=6'
    >>> format_spec("lm", {"compressor": "ppmd:order=4,memory=8"})
    'lm:compressor=[ppmd:order=4,memory=8]'
    """
    items = ",".join(f"{key}={_written(value)}" for key, value in parameters.items())
    return f"{name}:{items}" if items else name


def choose_from(kind: str, given: str, known: list[str]) -> str:
    """Return the message about an unknown name.

    Examples
    --------
    >>> choose_from("compressor", "gzpi", ["gzip", "zstd"])
    "Unknown compressor 'gzpi': choose from gzip, zstd; did you mean 'gzip'?"
    """
    if not known:
        return f"Unknown {kind} {given!r}: it has no parameters."
    given = given[:LONGEST_TOLD]  # it may come from a file
    close = difflib.get_close_matches(given, known, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else "."
    return f"Unknown {kind} {given!r}: choose from {', '.join(known)}{hint}"


def check_choice(kind: str, given: object, known: Iterable[str]) -> None:
    """Raise an error unless `given` is one of the known names.

    Raises
    ------
    ValueError
        If it is another name, or not a str: an array or NA cannot be compared with names.
    """
    known = list(known)
    if not isinstance(given, str) or given not in known:
        raise ValueError(choose_from(kind, " ".join(str(given).split()), known))


def _written(value: object) -> str:
    """Return a value so that `_value` can read it, in brackets if it has blanks or commas."""
    text = "none" if value is None else str(value)
    is_bare = text == text.strip() and not re.search(r"[,\[\]]", text)
    return text if is_bare else f"[{text}]"


def _value(text: str) -> Parameter:
    if text.startswith("[") and text.endswith("]"):
        return text[1:-1]
    if text.lower() in _CONSTANTS:
        return _CONSTANTS[text.lower()]
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text
