"""Read a directory: parts of a data set, sub-directories as classes, tables, IDX files, documents.

==================================  ==============================================================
in the directory                    read as
==================================  ==============================================================
the image files of IDX              `compressclf.datasets.arrays.idx`
``train`` and ``test`` or the like  parts (`compressclf.datasets.parts`), each a directory or a
                                    table
sub-directories                     classes; every file below one is a document
one sub-directory, nothing else     what is in that sub-directory
one table, no sub-directory         that table
only files                          documents without labels, in the order of their names, if
                                    labels are not needed
==================================  ==============================================================

A sub-directory for documents without labels (such as IMDB's ``unsup``) is not a class.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from compressclf.datasets.arrays import idx, load_npz
from compressclf.datasets.dataset import Dataset, Split
from compressclf.datasets.files import is_image_file, read_files, read_images
from compressclf.datasets.folders.layouts import (
    check_classes,
    check_parts,
    is_table,
    only_table,
    unwrapped,
)
from compressclf.datasets.folders.trees import Tree, read_tree, remark_on_skipped
from compressclf.datasets.parts import find_parts, part_of
from compressclf.datasets.reading import Reading
from compressclf.datasets.tables import read_table

__all__ = ["load", "load_image"]

UNLABELLED = frozenset({"unsup", "unsupervised", "unlabelled", "unlabeled", "unannotated"})


def load(path: Path, reading: Reading) -> Dataset:
    """Read a directory: ``train`` and ``test`` parts if it has them, else classes.

    Raises
    ------
    ValueError
        If there is nothing to read, more than one thing could be meant, or texts and images are
        mixed.
    OSError
        If something cannot be read.
    """
    return replace(_load(read_tree(path, reading.notes), reading), name=path.name)


def load_image(path: Path, reading: Reading) -> Dataset:
    """Read a single image, which has no label.

    Raises
    ------
    ValueError
        If it is damaged, or a label is needed.
    """
    if reading.labelled:
        raise ValueError(
            f"{path}: a single image has no label; give a directory with one sub-directory for "
            f"each class."
        )
    return Dataset(path.name, Split(read_images([path], reading)))


def _load(tree: Tree, reading: Reading) -> Dataset:
    notes = reading.notes
    images = [file for file in tree.files if idx.is_image_file(file)]
    if images:
        remark_on_skipped(notes, [one.path for one in tree.folders], "beside the IDX files")
        return idx.load_directory(tree.path, images, reading)
    entries: list[Tree | Path] = [*tree.folders, *tree.files]
    named = [(one.name, one) for one in entries if isinstance(one, Tree) or is_table(one)]
    parts = find_parts(str(tree.path), named, notes)
    if parts is not None:
        used = [parts.train, parts.test, *parts.others]
        others = [one for one in entries if one not in used]
        check_parts(tree, parts, [one.name for one in others if isinstance(one, Tree)])
        paths = [one.path if isinstance(one, Tree) else one for one in others]
        remark_on_skipped(notes, paths, "beside the training and the test part")
        unlabelled = replace(reading, labelled=False)
        return Dataset(tree.name, _split(parts.train, reading), _split(parts.test, unlabelled))
    inner = unwrapped(tree, notes)
    if inner is not None:
        return _load(inner, reading)
    table = only_table(tree, reading)
    if table is not None and table.suffix.lower() == ".npz":
        return load_npz(table, reading)
    return Dataset(tree.name, _split(table or tree, reading))


def _split(part: Tree | Path, reading: Reading) -> Split:
    """Read a part, or a directory without parts: a table, classes, or unlabelled documents."""
    notes = reading.notes
    if isinstance(part, Path):
        if part.suffix.lower() != ".npz":
            return read_table(part, reading)
        arrays = load_npz(part, reading)
        if arrays.test is not None:
            notes.remark(f"{part}: only its training part was read.")
        return arrays.train
    inner = unwrapped(part, notes) or only_table(part, reading)
    if inner is not None:
        return _split(inner, reading)
    check_classes(part, reading)
    remark_on_skipped(notes, part.empty_folders, "an empty directory")
    classes = _classes(part, reading)
    if classes:
        remark_on_skipped(notes, part.files, "beside the directories of the classes")
        files = [file for one in classes for file in one.documents()]
        labels = [one.name for one in classes for _ in one.documents()]
        notes.fact("format", "one directory per class")
        return Split(read_files(part.path, files, reading), np.array(labels))
    files = [] if reading.labelled else part.documents()
    if any(map(is_image_file, files)):
        remark_on_skipped(notes, list(filter(is_table, files)), "a table beside images")
        files = [file for file in files if not is_table(file)]
    if not files:
        raise ValueError(
            f"{part.path}: expected one sub-directory for each class with its files inside, or "
            f"tables train.csv and test.csv; found neither."
        )
    notes.fact("format", "loose files without labels")
    return Split(read_files(part.path, files, reading))


def _classes(tree: Tree, reading: Reading) -> list[Tree]:
    """Return the sub-directories that are classes; [] if their documents have no labels."""
    unlabelled = [
        one for one in tree.folders if UNLABELLED & set(re.split(r"\W|_", one.name.lower()))
    ]
    classes = [one for one in tree.folders if one not in unlabelled]
    # Keras needs a directory around unlabelled images; often it is called like the part.
    around = len(classes) == 1 and part_of(classes[0].name)[0] is not None
    if tree.folders and not reading.labelled and (around or not classes):
        reading.notes.remark(
            f"{tree.path}: {tree.folders[0].name} was not read as a class, since it is named like "
            f"a part or like unlabelled documents."
        )
        return []
    for one in unlabelled:
        reading.notes.remark(
            f"{one.path}: its name means documents without labels, so they were left out "
            f"({len(one.documents()):,})."
        )
    return classes
