"""``compressclf export``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from compressclf._lib.files import write_whole
from compressclf._lib.registry import choose_from

from ._options import check_output, source_options, trusted_option
from ._output import say

MEGABYTE = 1_000_000


@click.command("export")
@click.argument("model_dir", type=click.Path(path_type=Path))
@click.argument("docs", required=False)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    callback=lambda ctx, param, value: _check_style(value),
    help="The page to write, .html.",
)
@click.option(
    "--size",
    type=click.FloatRange(0.1, 100),
    default=5.0,
    show_default=True,
    metavar="MB",
    help="Largest size of the page in MB (a million bytes). Bits are rounded, and if need be rare "
    "features left out, to fit it.",
)
@source_options
@trusted_option
def command(
    model_dir: Path, docs: str | None, output: Path, size: float, trusted: bool, **columns: Any
) -> None:
    """Write a page that classifies texts in a browser.

    MODEL_DIR is a model of texts that classify --save-model saved, with the class model blocks
    alone. The page needs no network and no Python. Whoever opens it types or pastes a text, and
    sees the probability of each label and the bits of each character. On DOCS, a source with or
    without labels, export measures how far the page differs from the model; it prints this on
    standard error and writes it into the page.

    \b
    Examples:
      compressclf classify sample:bbc-news --save-model news
      compressclf export news sample:bbc-news -o news.html
      compressclf export news -o small.html --size 1
    """
    from compressclf.datasets import load_dataset
    from compressclf.documents.images import ImageCorpus
    from compressclf.export import check_exports, live_page
    from compressclf.persistence import load_model

    classifier = load_model(model_dir, trusted=trusted)
    check_exports(classifier)
    texts = None
    if docs is not None:
        data = load_dataset(docs, **columns, labelled=False)
        texts = (data.test or data.train).docs
        if isinstance(texts, ImageCorpus):
            raise ValueError(f"{docs}: these documents are images, and the model is one of texts.")
    page = live_page(classifier, texts, size=round(size * MEGABYTE))
    write_whole(output, page.html)
    say(f"{output}: {len(page.html) / MEGABYTE:.2f} MB. {page.kept}")
    if page.loss is not None:
        say(str(page.loss))
    else:
        say("The loss was not measured: give documents after MODEL_DIR to measure it.")


def _check_style(output: Path) -> Path | None:
    if output.suffix not in (".html", ".htm"):
        known = choose_from("suffix", output.suffix, [".html"])
        raise click.BadParameter(f"{output}: {known}")
    return check_output(output)
