"""Translate parameters in the library's messages to options of the command line."""

from __future__ import annotations

import ast
import re

__all__ = ["in_options"]

PARAMETERS = frozenset(
    "delimiter device encoding format group_column header held_out hidden label_column lanes "
    "layers memory method min_cluster_size minutes n_clusters rate resize resume steps strict "
    "symmetrize test_size text_column threshold top_k trusted window".split()
)
"""Parameters of the library that have an option of the same name."""
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


def in_options(sentence: str) -> str:
    """Return a sentence with each parameter in backticks replaced by its option.

    Examples
    --------
    >>> in_options("leave `encoding` out, or add `header=False, text_column=['2', '3']`.")
    'leave --encoding out, or add --no-header --text-column 2 --text-column 3.'
    >>> in_options("`strict=True` is set; the column `name` is not.")
    '--strict is set; the column `name` is not.'
    """
    return re.sub(r"`([^`\n]+)`", _translated, sentence)


def _translated(quoted: re.Match[str]) -> str:
    try:
        call = ast.parse(f"f({quoted[1]})", mode="eval").body
    except (SyntaxError, ValueError):
        return quoted[0]
    if not isinstance(call, ast.Call):
        return quoted[0]
    given: list[tuple[str, object]] = []
    for argument in call.args:
        given.append((argument.id if isinstance(argument, ast.Name) else "", None))
    for keyword in call.keywords:
        if not isinstance(keyword.value, (ast.Constant, ast.List)):
            return quoted[0]
        given.append((keyword.arg or "", ast.literal_eval(keyword.value)))
    if not {name for name, _ in given} <= PARAMETERS:
        return quoted[0]
    return " ".join(_option(name, value) for name, value in given)


def _option(name: str, value: object) -> str:
    option = f"--{name.replace('_', '-')}"
    if value is False:
        return f"--no-{name}"
    if value is None or value is True:
        return option
    values = value if isinstance(value, list) else [value]
    return " ".join(f"{option} {DELIMITERS.get(str(item), item)}" for item in values)
