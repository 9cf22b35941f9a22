"""Where documents and labels come from: one function, `load_dataset`, for every kind of source.

==================================  ==========================================================
source                              what it is
==================================  ==========================================================
``FILE.csv .tsv .jsonl .parquet``   a table with the columns text and label; ``.gz``, ``.zst``
                                    and ``.xz`` after it are unpacked
``FILE.txt``                        one document a line, no labels
``FILE.npz``                        arrays x_train, y_train and, if there, x_test, y_test
``DIRECTORY``                       one sub-directory a class, of text files or of images; or
                                    ``train`` and ``test``, each a directory or a table
``sample:NAME``                     a set that an installed package brings: `SAMPLES`
``hf:NAME[/CONFIG][:SPLIT]``        a data set of the Hugging Face hub, or a local copy of one
``-``                               standard input: one document a line, or JSON lines
==================================  ==========================================================
"""

from __future__ import annotations

from pathlib import Path

from compressclf.datasets import folders, hub, samples, tables
from compressclf.datasets._dataset import Columns, Dataset, Split, hold_out, name_label
from compressclf.datasets.samples import SAMPLES

__all__ = ["SAMPLES", "Columns", "Dataset", "Split", "hold_out", "load_dataset", "name_label"]


def load_dataset(
    source: str | Path,
    *,
    text_column: str = "text",
    label_column: str = "label",
    encoding: str = "utf-8",
    labelled: bool = True,
    group_column: str | None = None,
) -> Dataset:
    """Read documents and their labels.

    Parameters
    ----------
    source : str or Path
        One of the kinds in the table at the top of this module.
    text_column, label_column : str
        Names of the columns, where the source has columns.
    encoding : str
        Of text tables and of standard input. Files of a directory are taken as bytes.
    labelled : bool
        Whether a source without labels is refused.
    group_column : str, optional
        Name of the column with the language or another group of each document, which must be
        there then. A missing value is the group ``not stated``.

    Returns
    -------
    Dataset
        Its ``test`` is None unless the source comes with a split of its own.

    Raises
    ------
    ValueError
        If the content is not as expected; the message names file, line and remedy.
    OSError
        If a file cannot be read.

    Examples
    --------
    >>> data = load_dataset("sample:digits")
    >>> data.train.docs, len(set(data.train.labels))
    (ImageCorpus of 1,797 images, 115,008 bytes, 10)
    """
    dataset = _load(source, Columns(text_column, label_column, encoding, labelled, group_column))
    if group_column is not None and (dataset.test or dataset.train).groups is None:
        raise ValueError(
            f"{source}: this kind of source has no columns, and so no groups: give a table with "
            f"the column {group_column!r}, or leave --group-column out."
        )
    return dataset


def _load(source: str | Path, columns: Columns) -> Dataset:
    kind, colon, name = str(source).partition(":")
    if colon and kind == "sample":
        return samples.load(name)
    if colon and kind == "hf":
        return hub.load(name, columns)
    if str(source) == "-":
        return Dataset("standard input", tables.read_standard_input(columns))
    path = Path(source)
    if not path.exists():
        raise FileNotFoundError(
            f"{path}: no such file or directory (other sources: sample:NAME, hf:NAME, - for "
            f"standard input)"
        )
    if path.is_dir():
        return folders.load(path, columns)
    if path.suffix == ".npz":
        return folders.load_npz(path)
    return Dataset(path.name, tables.read_table(path, columns))
