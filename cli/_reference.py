"""The command-line reference, generated from the commands' help by ``make reference``."""

from __future__ import annotations

import click

from . import COMMANDS, cli

__all__ = ["reference"]


def reference() -> str:
    """Return the help of every command as Markdown."""
    parts = ["# Command line\n\nGenerated from the commands' help by `make reference`.\n"]
    top = _context(cli, "compressclf", None)
    parts.append(_section("compressclf", cli.get_help(top)))
    for name in COMMANDS:
        command = cli.get_command(top, name)
        assert command is not None
        context = _context(command, name, top)
        parts.append(_section(f"compressclf {name}", command.get_help(context)))
        for part in command.commands.values() if isinstance(command, click.Group) else ():
            assert part.name is not None
            below = _context(part, part.name, context)
            parts.append(_section(f"compressclf {name} {part.name}", part.get_help(below)))
    return "\n".join(parts)


def _context(command: click.Command, name: str, parent: click.Context | None) -> click.Context:
    return command.make_context(
        name, [], parent=parent, resilient_parsing=True, terminal_width=88, max_content_width=88
    )


def _section(title: str, text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return f"## {title}\n\n```text\n{lines}\n```\n"


if __name__ == "__main__":
    click.echo(reference(), nl=False)
