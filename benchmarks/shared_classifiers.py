"""Every classifier used by several threads at once: ``python -m benchmarks.shared_classifiers``.

Runs the contract test of ``tests/classifiers/test_shared.py`` for longer. The exit code is 1 if an
answer differs from that of a single thread; a crash of the interpreter ends the run.
"""

from __future__ import annotations

import sys

import click
import pytest

from tests.classifiers import test_shared as shared


@click.command()
@click.option("--threads", type=int, default=4, show_default=True)
@click.option("--calls", type=int, default=24, show_default=True, help="Of each classifier.")
@click.option("--rounds", type=int, default=3, show_default=True)
def main(threads: int, calls: int, rounds: int) -> None:
    """Use every classifier from several threads and count the answers that differ."""
    n_answers = n_differing = 0
    for name in shared.NAMES:
        try:
            found = sum(shared.differing(name, threads, calls) for _ in range(rounds))
        except pytest.skip.Exception as reason:
            click.echo(f"{name}: skipped, {reason}")
            continue
        n_answers, n_differing = n_answers + rounds * calls, n_differing + found
        click.echo(f"{name}: {found} of {rounds * calls} answers differ")
    click.echo(f"{n_differing} of {n_answers} answers of {len(shared.NAMES)} classifiers differ")
    sys.exit(n_differing > 0)


if __name__ == "__main__":
    main()
