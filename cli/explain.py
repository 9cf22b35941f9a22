"""``compressclf explain``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from compressclf._lib.files import write_whole
from compressclf._lib.printable import printable
from compressclf._lib.registry import choose_from

from ._options import check_output, resize_option, source_options, trusted_option

if TYPE_CHECKING:
    from compressclf.documents.images import ImageCorpus

STYLES = (".svg", ".png")


@click.command("explain")
@click.argument("model_dir", type=click.Path(path_type=Path))
@click.argument("image")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    callback=lambda ctx, param, value: _check_style(value),
    help="The picture to write, .svg or .png.",
)
@click.option(
    "--index",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Which image, if IMAGE is a source of several; the first is 0.",
)
@resize_option
@source_options
@trusted_option
def command(
    model_dir: Path,
    image: str,
    output: Path,
    index: int,
    resize: tuple[int, int] | None,
    trusted: bool,
    **columns: Any,
) -> None:
    """Draw the bits of each pixel of IMAGE and the nearest training image.

    MODEL_DIR is a model of images that classify --save-model saved, with the class model motion,
    pixel-tree, patches or a combination of these. IMAGE is a file or any source of images that
    predict takes. The picture shows the image, the nearest training image of its label after motion
    compensation, and the bits of each pixel under this label and the next best one.

    \b
    Examples:
      compressclf classify sample:digits --save-model digits
      compressclf explain digits sample:digits --index 1600 -o why.svg
    """
    from compressclf.explain import check_explains, explain_image, render_png, render_svg
    from compressclf.persistence import load_model
    from compressclf.reports.leaks import found_in

    from ._methods import method_of
    from ._run import check_classifies
    from ._sizes import own_sizes

    classifier = load_model(model_dir, trusted=trusted)
    check_classifies(classifier, model_dir)
    if method_of(classifier) != "codelength":
        raise ValueError(
            f"{model_dir}: an explanation needs class models: save a model of --method codelength."
        )
    check_explains(classifier)
    docs = _read(image, index, {**columns, **own_sizes(classifier, model_dir, resize)})
    explanation = explain_image(classifier, docs)
    is_png = output.suffix == ".png"
    write_whole(output, render_png(explanation) if is_png else render_svg(explanation).encode())
    winner, second = explanation.winner, explanation.runner_up
    text = f"{winner.label}: {winner.codelength:.1f} bits"
    if second is not None:
        text += f"; {second.label}: {second.codelength:.1f} bits"
    if winner.position is not None:
        text += f"; nearest training image of {winner.label}: {winner.position}"
    known = classifier.training_documents()
    if known is not None and found_in(classifier.preprocessed(docs), known).any():
        text += "; the image is itself a training image"
    click.echo(printable(text))


def _check_style(output: Path) -> Path | None:
    if output.suffix not in STYLES:
        known = choose_from("suffix", output.suffix, list(STYLES))
        raise click.BadParameter(f"{output}: {known}")
    return check_output(output)


def _read(source: str, index: int, options: dict[str, object]) -> ImageCorpus:
    from compressclf.datasets import load_dataset
    from compressclf.documents.images import ImageCorpus

    data = load_dataset(source, **options, labelled=False)  # type: ignore[arg-type]
    docs = (data.test or data.train).docs
    if not isinstance(docs, ImageCorpus):
        raise ValueError(f"{source}: these documents are not images: give an image to explain.")
    if index >= len(docs):
        raise ValueError(
            f"{source}: there is no image {index:,}; the last of {len(docs):,} images is "
            f"{len(docs) - 1:,}."
        )
    return docs.take([index])
