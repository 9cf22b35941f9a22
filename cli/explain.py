"""``compressclf explain``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from compressclf._lib.files import write_whole
from compressclf._lib.printable import printable
from compressclf._lib.registry import choose_from

from ._options import READING, check_output, resize_option, source_options, trusted_option
from ._output import emit, say
from ._progress import show_progress

if TYPE_CHECKING:
    from compressclf.documents import Corpus
    from compressclf.explain import Explanation

STYLES = (".html", ".json", ".svg", ".png")
TEXT_FILES = ("", ".txt", ".md", ".html", ".htm", ".xml", ".eml", ".text", ".log", ".rst", ".tex")


@click.command("explain")
@click.argument("model_or_source")
@click.argument("doc", required=False)
@click.option("--text", help="The text itself, instead of DOC.")
@click.option(
    "--index",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Which document, if DOC is a source of several; the first is 0.",
)
@click.option("--against", metavar="LABEL", help="Compare with this label, not the next best one.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=lambda ctx, param, value: None if value is None else _check_style(value),
    help="Write a page (.html), all numbers (.json) or a picture (.svg; of images also .png).",
)
@resize_option
@source_options
@trusted_option
@click.pass_context
def command(
    context: click.Context,
    /,
    model_or_source: str,
    doc: str | None,
    text: str | None,
    index: int,
    against: str | None,
    output: Path | None,
    resize: tuple[int, int] | None,
    trusted: bool,
    **columns: Any,
) -> None:
    """Show why DOC has its label: the bits of its characters or pixels.

    MODEL_OR_SOURCE is a model that classify --save-model saved, or a source of labelled documents,
    to which the default model is fitted first. DOC is a text file, an image, - for a text on
    standard input, or a source of documents like that of predict, of which --index chooses one.
    Without DOC and --text, it is one of the test documents of SOURCE.

    A text is shown with the bits by which each character favours the label over the next best one,
    the words that decided, and how the bits add up. With a kNN (--method ncd-knn; gzip, zlib,
    deflate or lz77), the nearest training document and the passages that DEFLATE copies are shown.
    For images, the picture has the bits of each pixel and, if motion is one of the class models,
    the nearest training image of the label.

    \b
    Examples:
      compressclf explain sample:bbc-news --index 3
      compressclf explain news article.txt -o why.html
      compressclf explain news --text "Shares fell as the bank cut its forecast" -o why.json
      compressclf explain digits sample:digits --index 1600 -o why.svg
    """
    from compressclf.explain import explain, render_html, render_json, render_png, render_svg

    from ._explained import render_terminal, wants_colour

    if text is not None and doc is not None:
        raise click.UsageError("Give DOC or --text, not both.")
    has_index = context.get_parameter_source("index") is not ParameterSource.DEFAULT
    options = {**columns, "resize": resize}
    with show_progress("coding"):
        classifier, test = _fitted(model_or_source, doc is None and text is None, options, trusted)
        docs = (
            _chosen(test, model_or_source, index)
            if test is not None
            else _document(classifier, doc, text, index if has_index else None, options)
        )
        _check_kind(classifier, docs, doc)
        explanation = explain(classifier, docs, against=_class_named(against, classifier))
    is_short = output is not None or not explanation.is_text
    if output is not None:
        renderings = {".html": render_html, ".json": render_json, ".svg": render_svg}
        if output.suffix == ".png":
            content = render_png(explanation)
        else:
            rendered = renderings[output.suffix](explanation)
            content = rendered.encode(errors="backslashreplace")
        write_whole(output, content)
        if output.suffix != ".json":
            say(f"Open {output.resolve().as_uri()}")
    if is_short:
        click.echo(_line(explanation, classifier, docs))
        return
    colour = wants_colour()
    rendered = render_terminal(explanation, colour=colour)
    if colour:
        click.echo(rendered, color=True)
    else:
        emit(rendered, None)


def _check_style(output: Path) -> Path | None:
    if output.suffix not in STYLES:
        known = choose_from("suffix", output.suffix, list(STYLES))
        raise click.BadParameter(f"{output}: {known}")
    return check_output(output)


def _fitted(
    source: str, needs_test: bool, options: dict[str, Any], trusted: bool
) -> tuple[Any, Corpus | None]:
    """Return a saved or new classifier, and the test documents if the source has to give one."""
    from compressclf.persistence import load_model

    from ._methods import DEFAULT_METHOD
    from ._run import ClassifyRequest, check_classifies, fit_to_source
    from ._sizes import own_sizes

    if (Path(source) / "config.json").exists():
        if needs_test:
            raise click.UsageError("Give a document to explain: DOC or --text.")
        classifier = load_model(source, trusted=trusted)
        check_classifies(classifier, source)
        options.update(own_sizes(classifier, source, options["resize"]))
        return classifier, None
    defaults = {"model": "auto", "preprocess": None, "prior": "uniform", "calibration": "auto"}
    request = ClassifyRequest(
        source=source,
        test=None,
        method=DEFAULT_METHOD,
        parameters={**defaults, "label_names": None},
        columns={name: options[name] for name in READING},
        test_size=0.2,
        seed=0,
        limit_train=None,
        limit_test=None,
        jobs=-1,
        save_to=None,
        resize=options["resize"],
    )
    fitted = fit_to_source(request, {})
    for sentence in fitted.reading.remarks:
        say(f"Remark: {sentence}")
    n_train = len(fitted.train.docs)
    say(f"The default model was fitted to {n_train:,} training documents of {source}.")
    options.update(own_sizes(fitted.classifier, source, None))
    return fitted.classifier, fitted.test.docs if needs_test else None


def _document(
    classifier: Any,
    doc: str | None,
    text: str | None,
    index: int | None,
    options: dict[str, Any],
) -> Corpus:
    """Return the document to explain, a corpus of one."""
    from compressclf.datasets import load_dataset
    from compressclf.documents import Corpus

    if text is not None:
        return Corpus.from_documents([text.encode(errors="surrogateescape")])
    assert doc is not None
    if not classifier.reads_images_ and index is None:
        content = None
        if doc == "-":
            content = sys.stdin.buffer.read().removesuffix(b"\n")
        elif Path(doc).is_file() and Path(doc).suffix.lower() in TEXT_FILES:
            content = Path(doc).read_bytes()
        if content is not None:
            return Corpus.from_documents([_as_utf8(content, options["encoding"], doc)])
    data = load_dataset(doc, **options, labelled=False)
    return _chosen((data.test or data.train).docs, doc, index or 0)


def _as_utf8(content: bytes, encoding: str, doc: str) -> bytes:
    if encoding.lower().replace("_", "-") in ("utf-8", "utf8"):
        return content
    try:
        return content.decode(encoding).encode()
    except (LookupError, UnicodeDecodeError) as error:
        raise ValueError(f"{doc}: not {encoding}: {error}.") from None


def _chosen(docs: Corpus, source: str, index: int) -> Corpus:
    from compressclf.documents.images import ImageCorpus

    if index >= len(docs):
        one, several = (
            ("image", "images") if isinstance(docs, ImageCorpus) else ("document", "documents")
        )
        raise ValueError(
            f"{source}: there is no {one} {index:,}; the last of {len(docs):,} {several} is "
            f"{len(docs) - 1:,}."
        )
    return docs.take([index])


def _class_named(label: str | None, classifier: Any) -> object:
    """Return the class that a label names, which may be a number."""
    from compressclf.datasets import name_label

    return next((one for one in classifier.classes_.tolist() if name_label(one) == label), label)


def _check_kind(classifier: Any, docs: Corpus, doc: str | None) -> None:
    """Refuse a text for a model of images, and an image for a model of texts."""
    from compressclf.documents.images import ImageCorpus

    is_image = isinstance(docs, ImageCorpus)
    if classifier.reads_images_ and not is_image:
        place = "--text" if doc is None else doc
        raise ValueError(f"{place}: these documents are not images: give an image to explain.")
    if is_image and not classifier.reads_images_:
        raise ValueError(f"{doc}: these documents are images: give a text to explain.")


def _line(explanation: Explanation, classifier: Any, docs: Corpus) -> str:
    """Return the result in one line, which says whether the document was fitted to."""
    from compressclf.explain.display import headline
    from compressclf.reports.leaks import found_in

    text = headline(explanation)
    known = classifier.training_documents()
    if known is not None and found_in(classifier.preprocessed(docs), known).any():
        kind = "document" if explanation.is_text else "image"
        text += f"; the {kind} is itself a training {kind}"
    return printable(text)
