"""The command line. Each command has a file of its own, which is imported when it is run."""

from __future__ import annotations

import contextlib
import importlib
import signal
import warnings
from collections.abc import Iterator
from typing import Any, NoReturn

import click

import compressclf

__all__ = ["COMMANDS", "cli", "main"]

COMMANDS = {
    "audit": "Look for faults in the data: copies, leaks, wrong labels, ties, distorted distances.",
    "classify": "Fit a model to SOURCE and label TEST, or a held-out part of SOURCE.",
    "cluster": "Cluster the documents of MATRIX, which matrix wrote.",
    "codelength": "Bits per byte of FILES by every compressor.",
    "compress": "Compress FILE into a file that states its compressor.",
    "compressors": "List the compressors and their properties.",
    "convert-matrix": "Write MATRIX, which matrix wrote, for another program.",
    "datasets": "List the sample data sets, or describe SOURCE.",
    "decompress": "Decompress FILE, which compress wrote.",
    "distance": "Compression distance between the files A and B.",
    "experiment": "Run studies and render their tables and plots.",
    "explain": "Show why DOC has its label: the bits of its characters or pixels.",
    "export": "Write a page that classifies texts in a browser.",
    "map": "Put documents on a plane by their compression distances.",
    "matrix": "Write the distances between all DOCS; a killed run continues.",
    "predict": "Label DOCS with a model that classify --save-model saved.",
    "train-lm": "Train a byte language model on DATA.",
    "tree": "Draw the tree of documents by their compression distances.",
}


_received: int = signal.SIGINT
"""The signal that interrupted the command."""


class LazyGroup(click.Group):
    """Commands that are imported on use; an error becomes one sentence and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command."""
        if cmd_name not in COMMANDS:
            return None
        module = cmd_name.replace("-", "_")
        command = importlib.import_module(f"{__package__}.{module}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command; an unknown name is a usage error that lists the commands."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from compressclf._lib.registry import choose_from

            ctx.fail(choose_from("command", args[0], list(COMMANDS)))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; an error in the data is one sentence and exit code 1."""
        from compressclf._lib.optional import MissingExtraError
        from compressclf._lib.printable import printable

        from ._words import in_options

        try:
            with _interrupts(), warnings.catch_warnings():
                warnings.showwarning = _say
                return super().invoke(ctx)
        except BrokenPipeError:
            raise
        except OSError as error:
            known = error.filename is not None and error.strerror is not None
            sentence = f"{error.filename}: {error.strerror}" if known else str(error)
            raise click.ClickException(printable(sentence, keep="\n")) from error
        except MemoryError as error:
            sentence = str(error) or "There is not enough memory for this."
            raise click.ClickException(sentence) from error
        except (ValueError, MissingExtraError) as error:
            raise click.ClickException(printable(in_options(str(error)), keep="\n")) from error
        except click.ClickException as error:
            error.message = printable(error.message, keep="\n")  # type: ignore[misc,unused-ignore]
            raise
        except KeyboardInterrupt:
            raise _interrupted() from None

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read the arguments."""
        try:
            return super().make_context(*args, **kwargs)
        except KeyboardInterrupt:
            raise _interrupted() from None


def _interrupted() -> click.exceptions.Exit:
    """Print that the command was interrupted, and return an exit: 130, or 143 after SIGTERM."""
    # If the signal came while a string was executed (a library making a class), the interpreter
    # would end by the signal, not with the exit code, unless another string is executed.
    exec("")
    with contextlib.suppress(BrokenPipeError):
        click.echo("Interrupted.", err=True)
    return click.exceptions.Exit(128 + _received)


@contextlib.contextmanager
def _interrupts() -> Iterator[None]:
    """Raise KeyboardInterrupt where a library turned it into another exception."""
    try:
        yield
    except Exception as error:
        from compressclf._lib.executor import was_interrupted

        if was_interrupted(error):
            raise KeyboardInterrupt from None
        raise


def _say(message: Warning | str, *where: object, **more: object) -> None:
    """Print a warning as one sentence, without its place in the code."""
    from ._output import say
    from ._words import in_options

    say(f"Warning: {in_options(str(message))}")


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="compressclf COMMAND --help shows the options of a command.",
)
@click.version_option(compressclf.__version__, prog_name="compressclf")
def cli() -> None:
    """Classify text and images by compression.

    The label whose data compresses x best is the label of x.
    """


def main() -> None:
    """Run the command line."""
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _terminate)
    try:
        cli(prog_name="compressclf")
    finally:  # do not interrupt the end of the interpreter
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)


def _terminate(number: int, frame: object) -> NoReturn:
    """End by SIGTERM as by Ctrl-C, so that state is kept."""
    global _received
    _received = number
    raise KeyboardInterrupt
