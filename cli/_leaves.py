"""Documents with names, for `tree` and `map`: from files, a directory or a source with columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from ._options import (
    READING,
    ColumnName,
    add_options,
    check_output,
    jobs_option,
    measure_options,
    resize_option,
    source_options,
)
from ._output import say
from ._progress import show_progress

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.documents import Corpus

__all__ = [
    "Leaves",
    "distances_of",
    "leaf_options",
    "picture_option",
    "read_leaves",
    "split_options",
]

COMPRESSOR = "xz"  # its window holds long documents; the scores are in docs/evidence/trees.md


@dataclass(frozen=True)
class Leaves:
    """Documents, their names, and their labels if they have any."""

    docs: Corpus
    names: list[str]
    labels: list[str] | None


def leaf_options(most: int) -> Callable[[Any], Any]:
    """Return a decorator that adds the sources, how to read them, and how to compare documents."""
    return add_options(
        click.argument("sources", nargs=-1, required=True, metavar="SOURCE..."),
        click.option(
            "--name-column",
            type=ColumnName(),
            metavar="NAME",
            help="Column of the names. By default documents are called by their label or number.",
        ),
        click.option(
            "--limit",
            type=click.IntRange(4, most),
            help="Number of documents to draw from a source.",
        ),
        click.option(
            "--seed",
            type=click.IntRange(0, 2**32 - 1),
            default=0,
            show_default=True,
            help="Seed of drawn documents.",
        ),
        source_options,
        resize_option,
        _measure_options,
        jobs_option,
    )


def picture_option(*suffixes: str) -> Callable[[Any], Any]:
    """Return a decorator that adds ``-o``, whose suffix chooses the format."""

    def check(output: Path | None) -> Path | None:
        if output is not None and output.suffix not in suffixes:
            from compressclf._lib.registry import choose_from

            known = choose_from("suffix", output.suffix, list(suffixes))
            raise click.BadParameter(f"{output}: {known}")
        return check_output(output)

    listed = ", ".join(suffixes[:-1]) + f" or {suffixes[-1]}"
    option: Callable[[Any], Any] = click.option(
        "-o",
        "--output",
        type=click.Path(dir_okay=False, path_type=Path),
        callback=lambda ctx, param, value: check(value),
        help=f"Write to this file, atomically; its suffix is {listed}.",
    )
    return option


def read_leaves(
    sources: tuple[str, ...], name_column: str | None, limit: int | None, seed: int, **reading: Any
) -> Leaves:
    """Read documents with names; several sources are files of one document each.

    Raises
    ------
    ValueError
        If a document is empty, or two have one name.
    """
    paths = [Path(source) for source in sources]
    if len(paths) > 1 or (paths[0].is_dir() and not _holds_tables(paths[0])):
        if name_column is not None:
            raise click.UsageError(
                "--name-column belongs to a table; the names of files are those of the documents."
            )
        leaves = _of_files(paths, limit, seed, reading)
    else:
        leaves = _of_source(sources[0], name_column, limit, seed, reading)
    empty = np.flatnonzero(leaves.docs.lengths == 0)
    if len(empty):
        raise ValueError(
            f"The document {leaves.names[int(empty[0])]!r} is empty, and has no distance to "
            f"others: leave it out."
        )
    twice = [name for name, count in Counter(leaves.names).items() if count > 1]
    if twice:
        raise ValueError(
            f"The name {twice[0]!r} belongs to more than one document: give names that differ, "
            f"such as another --name-column."
        )
    return leaves


def distances_of(leaves: Leaves, jobs: int, parameters: dict[str, Any]) -> NDArray[np.float64]:
    """Return the matrix of distances, with progress on standard error."""
    from compressclf.distances import pairwise_distances

    with show_progress("coding"):
        return pairwise_distances(leaves.docs, **parameters, n_jobs=jobs)


def _measure_options(command: Any) -> Any:
    """Add the options of the distance, with a compressor for documents of any length."""
    command = measure_options(command)
    for option in command.__click_params__:
        if option.name == "compressor":
            option.default = COMPRESSOR
    return command


def _holds_tables(directory: Path) -> bool:
    from compressclf.datasets.folders.layouts import is_table

    return any(is_table(entry) for entry in directory.iterdir() if entry.is_file())


def _of_files(paths: list[Path], limit: int | None, seed: int, reading: dict[str, Any]) -> Leaves:
    """Read a document from each file; one in a directory has the name of its folder as label."""
    from compressclf.datasets import Reading
    from compressclf.datasets.files import read_files
    from compressclf.datasets.folders.trees import read_tree

    notes = Reading().notes
    files: list[Path] = []
    labels: list[str | None] = []
    for path in paths:
        found = sorted(read_tree(path, notes).documents()) if path.is_dir() else [path]
        files += found
        labels += [
            file.parent.name if file.parent != path and path.is_dir() else None for file in found
        ]
    for sentence in notes.remarks:
        say(f"Remark: {sentence}")
    if not files:
        raise ValueError(f"{paths[0]}: there are no files in this directory.")
    rows = _drawn(len(files), limit, seed)
    files, labels = [files[row] for row in rows], [labels[row] for row in rows]
    how = Reading(encoding=reading["encoding"], resize=reading["resize"], labelled=False)
    names = _shortest([file.with_suffix("") for file in files], files)
    known = [label for label in labels if label is not None]
    return Leaves(
        read_files(paths[0], files, how), names, known if len(known) == len(files) else None
    )


def _shortest(stems: list[Path], files: list[Path]) -> list[str]:
    """Return names of files, without suffix and folder if they differ so."""
    for names in ([one.name for one in stems], [one.name for one in files], list(map(str, files))):
        if len(set(names)) == len(names):
            break
    return names


def _of_source(
    source: str, name_column: str | None, limit: int | None, seed: int, reading: dict[str, Any]
) -> Leaves:
    from compressclf.datasets import load_dataset

    data = load_dataset(source, **reading, labelled=False, group_column=name_column)
    for sentence in data.remarks:
        from ._words import in_options

        say(f"Remark: {in_options(sentence)}")
    part = data.train
    if name_column is not None and part.groups is None:
        assert data.test is not None
        part = data.test
    part = part.sample(limit, seed)
    labels = None if part.labels is None else [str(label) for label in part.labels.tolist()]
    if part.groups is not None:
        return Leaves(part.docs, [str(name) for name in part.groups.tolist()], labels)
    if labels is None:
        return Leaves(part.docs, [str(i + 1) for i in range(len(part.docs))], None)
    counts = Counter(labels)
    if max(counts.values()) == 1:
        return Leaves(part.docs, labels, None)
    seen: Counter[str] = Counter()
    names = []
    for label in labels:
        seen[label] += 1
        names.append(f"{label} {seen[label]}")
    return Leaves(part.docs, names, labels)


def _drawn(n: int, limit: int | None, seed: int) -> list[int]:
    if limit is None or limit >= n:
        return list(range(n))
    rows: list[int] = np.sort(np.random.default_rng(seed).permutation(n)[:limit]).tolist()
    return rows


def split_options(options: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the options for reading and those of the distance."""
    reading = {name: options.pop(name) for name in (*READING, "resize")}
    return reading, options
