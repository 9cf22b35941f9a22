"""Decide what the sub-directories of a directory are: classes, parts of a data set, or a wrapper.

A directory read at the wrong level gives scores that look right. So if the names allow two
readings, the source is refused, and the message says how to name the one that is meant.
"""

from __future__ import annotations

from pathlib import Path

from compressclf.datasets.arrays import idx
from compressclf.datasets.files import is_image_file
from compressclf.datasets.folders.trees import Tree, remark_on_skipped
from compressclf.datasets.parts import Parts, part_of
from compressclf.datasets.reading import Notes, Reading
from compressclf.datasets.tables import table_kind

__all__ = ["check_classes", "check_parts", "is_table", "only_table", "unwrapped"]


def is_table(file: Path) -> bool:
    """Return whether a file in a directory is a table of documents, by its name.

    A ``.txt`` file in a directory is one document, unless it is named like a part.

    Examples
    --------
    >>> [is_table(Path(name)) for name in ("a.csv", "train.txt", "a.txt", "a.npz", "README")]
    [True, True, False, True, False]
    """
    kind = ".npz" if file.suffix.lower() == ".npz" else table_kind(file)
    return kind is not None and (kind != ".txt" or part_of(file.name)[0] is not None)


def unwrapped(tree: Tree, notes: Notes) -> Tree | None:
    """Return the only sub-directory if it holds a whole data set, as unpacked archives do."""
    folders = tree.folders
    if len(folders) != 1 or any(map(is_table, tree.files)) or not _holds_a_set(folders[0]):
        return None
    remark_on_skipped(notes, tree.files + tree.empty_folders, f"beside {folders[0].path}")
    notes.remark(f"{tree.path} holds one directory with a data set inside: {folders[0].path}.")
    return folders[0]


def only_table(tree: Tree, reading: Reading) -> Path | None:
    """Return the only table of a directory; None if it holds documents or classes.

    Raises
    ------
    ValueError
        If there are several tables, or a table and a directory that may be a class.
    """
    tables = [file for file in tree.files if is_table(file)]
    if not reading.labelled:
        tables = [file for file in tables if table_kind(file) != ".txt"]
    folders = tree.folders
    if not tables or len(folders) > 1:
        return None
    if folders:
        raise ValueError(
            f"{tree.path}: there are a table and one directory, {folders[0].name}; give the table "
            f"{tables[0]} if it has the documents, or remove it."
        )
    if not reading.labelled and any(map(is_image_file, tree.files)):
        return None
    training = [file for file in tables if part_of(file.name) == ("train", "")]
    if len(tables) > 1 and len(training) != 1:
        raise ValueError(
            f"{tree.path}: there are several tables, {', '.join(file.name for file in tables)}; "
            f"give one of them, or two as the training and the test source, such as {tables[0]} "
            f"{tables[1]}."
        )
    table = tables[0] if len(tables) == 1 else training[0]
    reading.notes.fact("table", table.name)
    others = [file for file in tree.files if file != table] + tree.empty_folders
    remark_on_skipped(reading.notes, others, f"beside the table {table.name}")
    return table


def check_parts(tree: Tree, parts: Parts[Tree | Path], folders: list[str]) -> None:
    """Refuse parts that cannot belong to one data set.

    Parameters
    ----------
    folders : list of str
        Names of the directories that are not parts.

    Raises
    ------
    ValueError
        If the training part has no classes, or if there are tables and directories of classes.
    """
    train, test = parts.train, parts.test
    if isinstance(train, Tree) and not (train.folders or any(map(is_table, train.files))):
        raise ValueError(_flat(train))
    if isinstance(train, Path) and len(folders) > 1:
        raise ValueError(
            f"{tree.path}: the tables {train.name} and {test.name} could be the data set, and so "
            f"could the directories {', '.join(folders)}; give the tables as two sources, or "
            f"remove them."
        )


def _flat(train: Tree) -> str:
    return (
        f"{train.path}: it is named like a part of a data set, but does not hold one directory per "
        f"class; make these directories, or rename it if it is a class."
    )


def check_classes(tree: Tree, reading: Reading) -> None:
    """Refuse or remark on classes that are named like parts or hold parts.

    Raises
    ------
    ValueError
        If sub-directories may be parts of a data set, or hold parts.
    """
    folders, notes = tree.folders, reading.notes
    _check_names(tree, [part_of(one.name)[0] for one in folders])
    suspects = [one for one in folders if part_of(one.name)[0] and not part_of(one.name)[1]]
    if len(folders) == 1:
        if suspects and reading.labelled:
            raise ValueError(_flat(suspects[0]))
        return
    for one in suspects:
        if one.folders:
            raise ValueError(
                f"{tree.path}: {one.name} is named like a part of a data set, and it is beside "
                f"other directories; give {one.path} if it is a part, or rename it if it is a "
                f"class."
            )
        notes.remark(f"{one.path} was read as a class, although it is named like a part.")
    inner = [{folder.name for folder in one.folders} for one in folders]
    for one, names in zip(folders, inner, strict=True):
        parts = {part_of(name)[0] for name in names} - {None}
        if "train" in parts and len(parts) > 1:
            raise ValueError(
                f"{one.path} is divided into parts, {' and '.join(sorted(names))}; give {one.path} "
                f"if it is a data set, or put the parts outside if it is a class, as in "
                f"{tree.path / one.folders[0].name / one.name}."
            )
    if inner and len(inner[0]) > 1 and all(names == inner[0] for names in inner):
        notes.remark(
            f"{tree.path}: each of its directories holds {' and '.join(sorted(inner[0]))}; if "
            f"these are the classes, give one directory, such as {folders[0].path}."
        )


def _check_names(tree: Tree, parts: list[str | None]) -> None:
    """Refuse sub-directories that are all named like parts, but not the same part."""
    ranked = sorted(tree.folders, key=lambda one: part_of(one.name)[0] != "train")
    names = [one.name for one in ranked]
    if len(set(parts)) > 1 and None not in parts:
        raise ValueError(
            f"{tree.path}: {' and '.join(names)} are named like parts of a data set; give two "
            f"sources, for training and for testing, such as {tree.path / names[0]} "
            f"{tree.path / names[1]}."
        )


def _holds_a_set(tree: Tree) -> bool:
    folders = tree.folders
    if any(map(is_table, tree.files)) or any(map(idx.is_image_file, tree.files)):
        return not folders
    return len(folders) > 1 or (len(folders) == 1 and _holds_a_set(folders[0]))
