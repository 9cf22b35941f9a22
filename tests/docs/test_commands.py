"""The commands that the pages show exist, and so do their options."""

import re
from pathlib import Path

import click
import pytest

from compressclf.cli import COMMANDS, cli

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)


def commands_of(path):
    """Yield the words of each command of the package in the blocks of a page."""
    for language, block in BLOCK.findall(path.read_text(encoding="utf-8")):
        if language not in ("", "sh"):
            continue
        for line in block.replace("\\\n", " ").splitlines():
            found = re.match(r"(?:.*\| )?compressclf (.*)", line)
            if found:
                yield re.sub(r"\"[^\"]*\"|'[^']*'", "TEXT", found[1]).split(" #")[0].split()


PAGES = [path for path in PAGES if any(True for _ in commands_of(path))]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_and_options_exist(path):
    context = click.Context(cli)
    for name, *words in commands_of(path):
        assert name in {*COMMANDS, "--help"}, name
        command = cli.get_command(context, name)
        if isinstance(command, click.Group):
            command = command.get_command(context, words[0])
        if command is not None:
            known = {one for parameter in command.params for one in parameter.opts}
            known |= {one for parameter in command.params for one in parameter.secondary_opts}
            used = {word.split("=")[0] for word in words if re.match(r"--?[a-z]", word)}
            assert used <= known | {"--help", "-h"}, (name, used - known)
