"""Options that several commands share."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import click

from compressclf._lib.files import check_folder
from compressclf._lib.registry import choose_from
from compressclf.compressors import build_compressor
from compressclf.distances import FORMULAS, ORDERS, SYMMETRIZATIONS
from compressclf.distances.layouts import build_layout
from compressclf.models import get_model
from compressclf.neighbors import CANDIDATES

LONGEST_SIDE = 10_000
Command = TypeVar("Command", bound=Callable[..., Any])


class Name(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """One of some names; an unknown one is answered with the names and the nearest."""

    name = "name"

    def __init__(self, kind: str, names: tuple[str, ...]) -> None:
        self.kind = kind
        self.names = names

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """Show the names in the help."""
        return "|".join(self.names)

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check the name."""
        if value not in self.names:
            self.fail(choose_from(self.kind, value, list(self.names)), param, ctx)
        return value


class CompressorSpec(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A spec ``name[:key=value,...]``, checked by building the compressor."""

    name = "spec"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check the spec; a missing extra is no error of usage and passes through."""
        try:
            build_compressor(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return value


class ModelSpec(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """``auto`` or a spec ``name[:key=value,...]``, checked by building the class model."""

    name = "spec"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check the spec; a missing extra is no error of usage and passes through."""
        if value == "auto":
            return value
        try:
            get_model(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return value


class Calibration(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """``auto`` or a temperature."""

    name = "auto|number"

    def convert(
        self, value: str | float, param: click.Parameter | None, ctx: click.Context | None
    ) -> str | float:
        """Check the number."""
        if value == "auto":
            return "auto"
        try:
            temperature = float(value)
        except ValueError:
            temperature = 0.0
        if not 0 < temperature < math.inf:
            self.fail(f"{value!r} is neither 'auto' nor a number > 0.", param, ctx)
        return temperature


class CandidatesSpec(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A spec ``name[:key=value,...]`` whose name is checked."""

    name = "spec"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check the name."""
        name, names = value.partition(":")[0], CANDIDATES.names()
        if name not in names:
            self.fail(choose_from(CANDIDATES.kind, name, names), param, ctx)
        return value


class LayoutSpec(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """``auto``, ``none`` or a spec ``name[:key=value,...]``, checked by building the layout."""

    name = "spec"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check the spec."""
        try:
            if value != "auto":
                build_layout(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return value


class PreprocessSpec(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """``auto``, ``none`` or specs ``name[:key=value,...]`` joined by ``+``."""

    name = "spec"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> str | None:
        """Check the spec."""
        if value in ("auto", "none"):
            return None if value == "none" else value
        from compressclf.documents.preprocessing import build_preprocessing  # takes scikit-learn

        try:
            build_preprocessing(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return value


class ColumnName(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """The name of a column, in UTF-8 where the locale of the terminal says ASCII."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Decode the bytes that Python could not."""
        return value.encode(errors="surrogateescape").decode(errors="replace")


class Delimiter(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A character by name, or as it is."""

    name = "char"
    names: ClassVar[dict[str, str]] = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the character."""
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
        """Split and check."""
        if isinstance(value, tuple):
            return value
        found = re.fullmatch(r"(\d{1,5})[xX](\d{1,5})", value)
        width, height = map(int, found.groups()) if found else (0, 0)
        if not (1 <= width <= LONGEST_SIDE and 1 <= height <= LONGEST_SIDE):
            self.fail(
                f"{value!r} is no width and height from 1 to {LONGEST_SIDE:,}, as in 32x24.",
                param,
                ctx,
            )
        return width, height


def add_options(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Return a decorator that adds options, which the help shows in this order."""

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


measure_options = add_options(
    click.option(
        "--compressor",
        type=CompressorSpec(),
        default="gzip",
        show_default=True,
        help="What counts the bits: name[:key=value,...], as in zstd:level=19.",
    ),
    click.option(
        "--metric",
        type=Name("metric", tuple(FORMULAS)),
        default="ncd",
        show_default=True,
        help="Distance from the codelengths C(x), C(y), C(xy).",
    ),
    click.option(
        "--order",
        type=Name("order", ORDERS),
        default="auto",
        show_default=True,
        help="Which document is coded first; x is the query, or the file A.",
    ),
    click.option(
        "--separator",
        default=" ",
        show_default="one space",
        help="What stands between the two documents.",
    ),
    click.option(
        "--symmetrize",
        type=Name("symmetrize", SYMMETRIZATIONS),
        default="none",
        show_default=True,
        help="Take the smaller or the mean of C(xy) and C(yx).",
    ),
    click.option(
        "--subtract-overhead",
        is_flag=True,
        help="Take the bits of the empty document off every codelength.",
    ),
)
"""Adds the options that say how a distance is computed."""

source_options = add_options(
    click.option(
        "--text-column",
        type=ColumnName(),
        multiple=True,
        default=("text",),
        show_default=True,
        help="Give it twice to join two columns by a line break.",
    ),
    click.option("--label-column", type=ColumnName(), default="label", show_default=True),
    click.option(
        "--encoding",
        default="utf-8",
        show_default=True,
        help="Of text tables, stdin and text files in directories.",
    ),
    click.option(
        "--delimiter",
        type=Delimiter(),
        help="Between the fields of a text table: comma, semicolon, tab, bar or the character "
        "itself. [default: told by the header]",
    ),
    click.option(
        "--header/--no-header",
        default=True,
        show_default=True,
        help="Whether the first row names the columns; without one, columns are 1, 2, ...",
    ),
    click.option(
        "--strict", is_flag=True, help="Refuse a source about which there is anything to remark."
    ),
)
"""Adds the options that say how a source is read."""

READING = ("text_column", "label_column", "encoding", "delimiter", "header", "strict")
"""The names under which a command gets `source_options`."""

resize_option = click.option(
    "--resize",
    type=Size(),
    help="Bring all images to this width and height in pixels. A saved model remembers it.",
)

group_option = click.option(
    "--group-column",
    type=ColumnName(),
    metavar="NAME",
    help="Score the documents of each group, such as language, by themselves.",
)


def output_options(*formats: str) -> Callable[[Command], Command]:
    """Add ``--format`` with these choices, the first one the default, and ``-o``."""

    def add(command: Command) -> Command:
        command = click.option(
            "-o",
            "--output",
            type=click.Path(dir_okay=False, path_type=Path),
            callback=lambda ctx, param, value: check_output(value),
            help="Write here instead of to standard output; the file appears when it is whole.",
        )(command)
        return click.option(
            "--format",
            "style",
            type=Name("format", formats),
            default=formats[0],
            show_default=True,
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
        help="Save what was learnt, with a model card; compressclf predict DIR labels with it.",
    )(command)


trusted_option = click.option(
    "--trusted",
    is_flag=True,
    help="The model is your own: it may download, choose devices, and take paths and memory.",
)

jobs_option = click.option(
    "-j",
    "--jobs",
    type=int,
    default=-1,
    show_default="one for each processor",
    callback=lambda ctx, param, value: _check_jobs(value),
    help="Number of threads.",
)


def check_output(output: Path | None) -> Path | None:
    """Refuse, before any work is done, a file that cannot be written after it."""
    if output is not None:
        try:
            check_folder(output.resolve().parent)
        except ValueError as error:
            raise click.BadParameter(str(error)) from None
    return output


def _check_model_target(directory: Path | None) -> Path | None:
    """Refuse, before any work is done, a place where no model can be saved after it."""
    if directory is not None:
        from compressclf.persistence import check_target

        try:
            check_target(directory)
        except ValueError as error:
            raise click.BadParameter(str(error)) from None
    return directory


def _check_jobs(value: int) -> int:
    if value == 0:
        raise click.BadParameter("must not be 0; -1 is one thread for each processor.")
    return value
