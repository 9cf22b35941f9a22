"""``compressclf audit``."""

from __future__ import annotations

import json
import textwrap
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from compressclf._lib.files import write_whole
from compressclf._lib.printable import printable

from ._options import check_output, jobs_option, output_options, source_options
from ._output import emit, render_table, say
from ._progress import show_progress
from ._words import in_options

if TYPE_CHECKING:
    from compressclf.datasets import Dataset
    from compressclf.reports.audit import Audit

WIDTH = 100


@click.command("audit")
@click.argument("source")
@click.argument("test", required=False)
@source_options
@click.option(
    "--limit",
    type=click.IntRange(min=10),
    default=5000,
    show_default=True,
    help="Number of documents to draw per part for near-copies, ties and wrong labels.",
)
@click.option(
    "--show",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    help="Number of documents to list per check; json lists all.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    help="Seed of drawn documents.",
)
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    callback=lambda ctx, param, value: check_output(value),
    help="Also write the audit as a page.",
)
@jobs_option
@output_options("text", "json")
def command(
    source: str,
    test: str | None,
    limit: int,
    show: int,
    seed: int,
    html: Path | None,
    jobs: int,
    style: str,
    output: Path | None,
    **reading: Any,
) -> None:
    """Look for faults in the data: copies, leaks, wrong labels, ties, distorted distances.

    SOURCE and TEST are texts that classify takes. Each check is one sentence that says what it
    means for these data, and the documents that it concerns, counted from 1. Wrong labels are
    documents that take more bits under their own class than under another one, by models that did
    not read them.

    \b
    Examples:
      compressclf audit sample:bbc-news
      compressclf audit train.csv test.csv --show 50
      compressclf audit train.csv --html audit.html
      compressclf audit train.csv --format json -o audit.json
    """
    from compressclf.reports.audit import audit

    if source == test == "-":
        raise click.UsageError("Standard input can be SOURCE or TEST, not both.")
    dataset = _read(source, test, reading)
    for sentence in dataset.remarks:
        say(f"Remark: {in_options(sentence)}")
    with show_progress("coding"):
        found = audit(dataset, limit=limit, random_state=seed, n_jobs=jobs)
    if html is not None:
        from compressclf.reports.html import render_audit

        write_whole(html, render_audit(found, dataset).encode(errors="backslashreplace"))
        say(f"Open {html.resolve().as_uri()}")
    if style == "json":
        emit(json.dumps(found.as_dict(), ensure_ascii=False, indent=2), output)
    else:
        emit(_text(found, dataset, show), output)


def _read(source: str, test: str | None, reading: dict[str, Any]) -> Dataset:
    from compressclf.datasets import load_dataset

    dataset = load_dataset(source, **reading, labelled=False)
    if test is None:
        return dataset
    other = load_dataset(test, **reading, labelled=False)
    return replace(
        dataset, test=other.test or other.train, remarks=(*dataset.remarks, *other.remarks)
    )


def _text(found: Audit, dataset: Dataset, show: int) -> str:
    from compressclf.reports.audit.listing import listed

    tests = f" and {found.n_test:,} test" if found.n_test else ""
    lines = [f"{printable(found.name)}: {found.n_train:,} training{tests} documents", ""]
    for finding in found.findings:
        sentence = f"{finding.check}: {printable(finding.sentence)}"
        lines += textwrap.wrap(sentence, WIDTH, subsequent_indent="  ")
        if show and finding.documents:
            rows = listed(finding, dataset, show)
            lines += [f"    {line}" for line in render_table(rows, "text").splitlines()]
            more = len(finding.documents) - show
            if more > 0:
                lines.append(f"    and {more:,} more")
        lines.append("")
    return "\n".join(lines[:-1])
