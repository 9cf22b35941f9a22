"""Where documents and labels come from: one function, `load_dataset`, for every kind of source.

- ``FILE.csv .tsv .jsonl .parquet``: a table with the columns text and label, also ``.arrow``
  (``.feather``); ``.gz``, ``.zst``, ``.xz``, ``.bz2`` and ``.zip`` are unpacked
- ``FILE.json .ndjson``: JSON of the shapes in `datasets.tables.json_shapes`, and what doccano and
  Label Studio export
- ``FILE.txt``: one document per line; ``__label__x`` before it is its label
- ``FILE.zip``: one table, or what a directory may hold
- ``FILE.npz``: arrays x_train, y_train and optionally x_test, y_test, or similar names
  (`compressclf.datasets.arrays`); uint8 of shape (n, height, width) or (n, height, width, 1 or 3)
  are images
- ``DIRECTORY``: one sub-directory per class, of text files or of images in any format that Pillow
  reads; or ``train`` and ``test``, each a directory or a table; or one table; or the IDX files of
  MNIST (`compressclf.datasets.folders`)
- ``…images-idx3-ubyte``: IDX, also with ``.gz``; the file of labels must be beside it
- ``IMAGE.png`` and other images: one image without a label, to be predicted
- ``sample:NAME``: a data set that comes with an installed package: `SAMPLES`
- ``hf:NAME[/CONFIG][:SPLIT]``: a data set of the Hugging Face hub, or a local copy of one
- ``-``: standard input: lines, JSON, or a table with a header

Images become pixels of 8 bits; `compressclf.datasets.images` says how alpha, palettes and 16 bits
are converted. If one image of a source has colours, all get three channels. The only column of
images of a Hugging Face data set or a Parquet file need not be named. If a column holds names of
files, the documents are the contents of these files: `compressclf.datasets.linked`.

`open_batches` reads files that do not fit into memory (`compressclf.datasets.batches`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from compressclf._lib.printable import sentence
from compressclf.datasets import arrays, folders, hub, samples, tables
from compressclf.datasets.arrays import idx
from compressclf.datasets.batches import Batches, open_batches
from compressclf.datasets.dataset import Dataset, Split, hold_out
from compressclf.datasets.files import is_image_file
from compressclf.datasets.folders import zips
from compressclf.datasets.images import read_image, resized, within
from compressclf.datasets.labels import name_label, near_equal
from compressclf.datasets.reading import Notes, Reading
from compressclf.datasets.samples import SAMPLES
from compressclf.documents.images import ImageCorpus
from compressclf.documents.pixels import with_channels

__all__ = [
    "SAMPLES",
    "Batches",
    "Dataset",
    "Reading",
    "Split",
    "hold_out",
    "load_dataset",
    "name_label",
    "open_batches",
    "read_image",
]


def load_dataset(
    source: str | Path,
    *,
    text_column: str | Sequence[str] = "text",
    label_column: str = "label",
    encoding: str = "utf-8",
    labelled: bool = True,
    group_column: str | None = None,
    resize: tuple[int, int] | None = None,
    longest_side: int | None = None,
    delimiter: str | None = None,
    header: bool = True,
    strict: bool = False,
) -> Dataset:
    """Read documents and their labels.

    Parameters
    ----------
    source : str or Path
        One of the kinds in the table at the top of this module.
    text_column : str or sequence of str
        Name of the column with the text, if the source has columns. The texts of several columns
        are joined by a line break.
    label_column : str
        Name of the column with the labels.
    encoding : str
        Encoding of text tables, of standard input and of the files of a directory. With UTF-8, the
        bytes of the latter are taken as they are.
    labelled : bool
        Whether to refuse a source without labels.
    group_column : str, optional
        Name of the column with the language or another group of each document. The column must
        exist. Documents with a missing value get the group ``not stated``.
    resize : (int, int), optional
        Width and height to which all images are resized.
    longest_side : int, optional
        Images with more pixels on their longer side are reduced to it, in their proportions, one
        by one, so that a directory of large photographs fits into memory. ``n_reduced`` of the
        result counts them.
    delimiter : str, optional
        The character between the fields of a text table. By default it is found from the suffix
        and the header.
    header : bool
        Whether the first row of a text table names its columns. Without a header the names are
        numbers from "1".
    strict : bool
        Whether to raise an error where a remark would be made.

    Returns
    -------
    Dataset
        Its ``test`` is None unless the source comes with a split of its own. ``facts`` and
        ``remarks`` say how the source was read.

    Raises
    ------
    ValueError
        If the content is not as expected; the message says where, and what to do.
    OSError
        If a file cannot be read.

    Examples
    --------
    >>> data = load_dataset("sample:digits")
    >>> data.train.docs, len(set(data.train.labels))
    (ImageCorpus of 1,797 images, 115,008 bytes, 10)
    """
    notes = Notes()
    reading = Reading(
        text=(text_column,) if isinstance(text_column, str) else tuple(text_column),
        label=label_column,
        encoding=encoding,
        labelled=labelled,
        group=group_column,
        resize=resize,
        longest_side=longest_side,
        delimiter=delimiter,
        header=header,
        notes=notes,
    )
    try:
        dataset = _read(source, reading)
        if strict and notes.remarks:
            raise ValueError(
                f"{notes.remarks[0].rstrip('.')} (refused, since `strict=True` is set)."
            )
    except ValueError as error:
        raise ValueError(sentence(error)) from None
    facts = dict(sorted(notes.facts.items(), key=lambda fact: fact[0] != "format"))
    return replace(dataset, facts=facts, remarks=tuple(notes.remarks), n_reduced=notes.n_reduced)


def _read(source: str | Path, reading: Reading) -> Dataset:
    dataset = _alike(_load(source, reading))
    if reading.resize is not None:
        dataset = _resized(str(source), dataset, reading.resize)
    if reading.longest_side is not None:  # arrays; files are within it already
        dataset = _with(dataset, lambda images: _within(images, reading))
    if reading.group is not None and (dataset.test or dataset.train).groups is None:
        raise ValueError(
            f"{source}: this kind of source has no columns and therefore no groups: give a table "
            f"with the column {reading.group!r}, or leave `group_column` out."
        )
    _remark_on_labels(source, dataset, reading.notes)
    return dataset


def _load(source: str | Path, reading: Reading) -> Dataset:
    kind, colon, name = str(source).partition(":")
    if colon and kind == "sample":
        return samples.load(name)
    if colon and kind == "hf":
        return hub.load(name, reading)
    if str(source) == "-":
        return Dataset("standard input", tables.read_standard_input(reading))
    path = Path(source)
    if not path.exists():
        raise FileNotFoundError(
            f"{path}: no such file or directory (other sources: sample:NAME, hf:NAME, - for "
            f"standard input)"
        )
    if path.is_dir():
        return folders.load(path, reading)
    if path.suffix.lower() == ".npz":
        return arrays.load_npz(path, reading)
    arrays.refuse_arrays(path)
    if idx.is_image_file(path):
        return idx.load(path, reading)
    if is_image_file(path):
        return folders.load_image(path, reading)
    if zips.holds_several(path):
        return zips.load(path, reading)
    return Dataset(path.name, tables.read_table(path, reading))


def _remark_on_labels(source: str | Path, dataset: Dataset, notes: Notes) -> None:
    """Say which labels look alike; they are not merged."""
    counts: Counter[str] = Counter()
    for part in (dataset.train, dataset.test):
        if part is not None and part.labels is not None:
            counts.update(part.labels.tolist())
    alike = near_equal(counts)
    if alike:
        notes.remark(
            f"{source}: some labels differ only in capitals, blanks or form, and count as "
            f"different classes: {alike}."
        )


def _alike(dataset: Dataset) -> Dataset:
    """Convert both parts to colour if one part has coloured images."""
    parts = [part for part in (dataset.train, dataset.test) if part is not None]
    docs = [part.docs for part in parts if isinstance(part.docs, ImageCorpus)]
    channels = {int(n) for images in docs for n in images.shapes[:, 2]}
    if len(docs) < len(parts) or len(channels) < 2:
        return dataset
    return _with(dataset, lambda images: with_channels(images, 3))


def _resized(source: str, dataset: Dataset, size: tuple[int, int]) -> Dataset:
    if not isinstance(dataset.train.docs, ImageCorpus):
        raise ValueError(f"{source}: only images can be resized, and these documents are texts.")
    return _with(dataset, lambda images: resized(images, size))


def _within(images: ImageCorpus, reading: Reading) -> ImageCorpus:
    longest, notes = reading.longest_side, reading.notes
    if longest is None or images.shapes[:, :2].max(initial=1) <= longest:
        return images
    parts = (images.image(i) for i in range(len(images)))
    return ImageCorpus.from_images([within(image, longest, notes) for image in parts])


def _with(dataset: Dataset, change: Callable[[ImageCorpus], ImageCorpus]) -> Dataset:
    def changed(part: Split) -> Split:
        return replace(part, docs=change(part.docs)) if isinstance(part.docs, ImageCorpus) else part

    test = None if dataset.test is None else changed(dataset.test)
    return replace(dataset, train=changed(dataset.train), test=test)
