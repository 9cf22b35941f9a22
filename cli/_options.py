"""Options that several commands share."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import click

from compressclf._lib.files import check_folder
from compressclf._lib.registry import check_choice
from compressclf.compressors import build_compressor
from compressclf.distances import FORMULAS, ORDERS, SYMMETRIZATIONS

LONGEST_SIDE = 10_000
Command = TypeVar("Command", bound=Callable[..., Any])


class Spec(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A text that `check` accepts, such as a spec ``name[:key=value,...]``, or one of `words`.

    A ValueError of `check` becomes a usage error; a missing extra does not.
    """

    name = "spec"

    def __init__(self, check: Callable[[str], object], *words: str) -> None:
        self.check = check
        self.words = words

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            if value not in self.words:
                self.check(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return value


class Name(Spec):
    """One of several names, which the help shows."""

    def __init__(self, kind: str, names: tuple[str, ...]) -> None:
        super().__init__(partial(check_choice, kind, known=names), *names)

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return "|".join(self.words)


class Calibration(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """``auto`` or a temperature."""

    name = "auto|number"

    def convert(
        self, value: str | float, param: click.Parameter | None, ctx: click.Context | None
    ) -> str | float:
        if value == "auto":
            return "auto"
        try:
            temperature = float(value)
        except ValueError:
            temperature = 0.0
        if not 0 < temperature < math.inf:
            self.fail(f"{value!r} is neither 'auto' nor a number > 0.", param, ctx)
        return temperature


class ColumnName(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """The name of a column, decoded as UTF-8 if the locale of the terminal is ASCII."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return value.encode(errors="surrogateescape").decode(errors="replace")


class Delimiter(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A character or its name."""

    name = "char"
    names: ClassVar[dict[str, str]] = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        character = self.names.get(value, value)
        if len(character) != 1 or character in '"\r\n':
            known = ", ".join(self.names)
            self.fail(f"{value!r} is neither {known} nor a single character.", param, ctx)
        return character


class Size(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """Width and height of an image, as in ``32x24``."""

    name = "WxH"

    def convert(
        self, value: str | tuple[int, int], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        found = re.fullmatch(r"(\d{1,5})[xX](\d{1,5})", value)
        width, height = map(int, found.groups()) if found else (0, 0)
        if not (1 <= width <= LONGEST_SIDE and 1 <= height <= LONGEST_SIDE):
            expected = f"a width and height from 1 to {LONGEST_SIDE:,}, as in 32x24"
            self.fail(f"{value!r} is not {expected}.", param, ctx)
        return width, height


class MemorySize(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A number of bytes, as in ``500MB`` or ``2GB``."""

    name = "size"
    units: ClassVar[dict[str, int]] = {"MB": 10**6, "GB": 10**9, "TB": 10**12}

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?) ?([MGT]B)", value.upper())
        if not found or float(found[1]) == 0:
            self.fail(f"{value!r} is not a size, as in 500MB or 2GB.", param, ctx)
        return int(float(found[1]) * self.units[found[2]])


def add_options(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Return a decorator that adds options to a command, in this order."""

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def measure_options_with(symmetrize: str) -> Callable[[Command], Command]:
    """Return a decorator that adds the options of the distance."""
    return add_options(
        click.option(
            "--compressor",
            type=Spec(build_compressor),
            default="gzip",
            show_default=True,
            help="The compressor: name[:key=value,...], as in zstd:level=19.",
        ),
        click.option(
            "--metric",
            type=Name("metric", tuple(FORMULAS)),
            default="ncd",
            show_default=True,
            help="The distance, a function of C(x), C(y) and C(xy).",
        ),
        click.option(
            "--order",
            type=Name("order", ORDERS),
            default="auto",
            show_default=True,
            help="Which document is coded first; x is the query or the file A.",
        ),
        click.option(
            "--separator",
            default=" ",
            show_default="one space",
            help="The text between the two documents.",
        ),
        click.option(
            "--symmetrize",
            type=Name("symmetrize", SYMMETRIZATIONS),
            default=symmetrize,
            show_default=True,
            help="Replace C(xy) by the minimum or the mean of C(xy) and C(yx).",
        ),
        click.option(
            "--subtract-overhead",
            is_flag=True,
            help="Subtract the bits of the empty document from every codelength.",
        ),
    )


measure_options = measure_options_with(symmetrize="none")
"""Adds the options of the distance."""

source_options = add_options(
    click.option(
        "--text-column",
        type=ColumnName(),
        multiple=True,
        default=("text",),
        show_default=True,
        help="Column of the documents. Give it twice to join two columns by a line break.",
    ),
    click.option(
        "--label-column",
        type=ColumnName(),
        default="label",
        show_default=True,
        help="Column of the labels.",
    ),
    click.option(
        "--encoding",
        default="utf-8",
        show_default=True,
        help="Encoding of text tables, standard input and text files in directories.",
    ),
    click.option(
        "--delimiter",
        type=Delimiter(),
        help="Separator of fields in a text table: comma, semicolon, tab, bar or any character. "
        "[default: detected from the header]",
    ),
    click.option(
        "--header/--no-header",
        default=True,
        show_default=True,
        help="Whether the first row names the columns; otherwise they are called 1, 2, ...",
    ),
    click.option("--strict", is_flag=True, help="Turn every remark on a source into an error."),
)
"""Adds the options for reading a source."""

READING = ("text_column", "label_column", "encoding", "delimiter", "header", "strict")
"""The parameter names of `source_options`."""

resize_option = click.option(
    "--resize",
    type=Size(),
    help="Resize all images to this width and height in pixels. By default class models of "
    "images fit images of several sizes into one. A saved model keeps the size.",
)

group_option = click.option(
    "--group-column",
    type=ColumnName(),
    metavar="NAME",
    help="Column of groups, such as languages; each group is also scored by itself.",
)


def output_options(*formats: str) -> Callable[[Command], Command]:
    """Return a decorator that adds ``-o`` and ``--format``, whose default is the first choice."""

    def add(command: Command) -> Command:
        command = click.option(
            "-o",
            "--output",
            type=click.Path(dir_okay=False, path_type=Path),
            callback=lambda ctx, param, value: check_output(value),
            help="Write to this file, atomically, instead of standard output.",
        )(command)
        return click.option(
            "--format",
            "style",
            type=Name("format", formats),
            default=formats[0],
            show_default=True,
            help="Format of the output.",
        )(command)

    return add


def save_option(command: Command) -> Command:
    """Add ``--save-model``."""
    return click.option(
        "--save-model",
        "save_to",
        type=click.Path(path_type=Path),
        metavar="DIR",
        callback=lambda ctx, param, value: _check_model_target(value),
        help="Save the fitted model and its model card here, for compressclf predict DIR.",
    )(command)


memory_option = click.option(
    "--memory",
    type=MemorySize(),
    help="Memory that the process may use, as in 4GB. A file that takes more is read in batches.",
)

trusted_option = click.option(
    "--trusted",
    is_flag=True,
    help="Trust the model: it may download files, choose a device, read any path, use more memory.",
)

jobs_option = click.option(
    "-j",
    "--jobs",
    type=int,
    default=-1,
    show_default="one per processor",
    callback=lambda ctx, param, value: _check_jobs(value),
    help="Number of threads.",
)


def check_output(output: Path | None) -> Path | None:
    """Refuse a file that cannot be written, before any work is done."""
    if output is not None:
        try:
            check_folder(output.resolve().parent)
        except ValueError as error:
            raise click.BadParameter(str(error)) from None
    return output


def _check_model_target(directory: Path | None) -> Path | None:
    """Refuse a directory where a model cannot be saved, before any work is done."""
    if directory is not None:
        from compressclf.persistence import check_target

        try:
            check_target(directory)
        except ValueError as error:
            raise click.BadParameter(str(error)) from None
    return directory


def _check_jobs(value: int) -> int:
    if value == 0:
        raise click.BadParameter("must not be 0; -1 is one thread per processor.")
    return value
