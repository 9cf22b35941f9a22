"""How the command line refuses: one sentence on standard error, an exit code, nothing written."""

import re

from click.testing import CliRunner

from compressclf.cli import cli

DATA, USAGE = 1, 2


def assert_refused(arguments, exit_code, message, here):
    """Run a command in the directory `here`; the message is a string or a pattern."""
    before = sorted(path for path in here.rglob("*"))
    result = CliRunner().invoke(cli, arguments.split(), input=b"")
    assert result.stdout == ""
    *usage, last = result.stderr.rstrip("\n").split("\n")
    assert last.startswith("Error: ")
    if isinstance(message, re.Pattern):
        assert message.fullmatch(last.removeprefix("Error: "))
    else:
        assert last == f"Error: {message}"
    assert result.exit_code == exit_code
    assert bool(usage) == (exit_code == USAGE)
    assert sorted(path for path in here.rglob("*")) == before  # nothing half-written
