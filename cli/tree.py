"""``compressclf tree``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from compressclf._lib.files import write_whole
from compressclf._lib.printable import printable

from ._leaves import distances_of, leaf_options, picture_option, read_leaves, split_options
from ._options import Name
from ._output import emit, say

if TYPE_CHECKING:
    from compressclf.trees import Tree

    from ._leaves import Leaves

METHODS = {"quartet": "quartet tree", "nj": "neighbour joining", "upgma": "UPGMA"}


@click.command("tree")
@leaf_options(500)
@click.option(
    "--method",
    type=Name("method", tuple(METHODS)),
    default="quartet",
    show_default=True,
    help="The tree to draw; the scores of all three are reported.",
)
@click.option("--root", metavar="NAME", help="Name of the document beside the root.")
@click.option(
    "--format",
    "style",
    type=Name("format", ("text", "newick", "json")),
    default="text",
    show_default=True,
    help="Format of standard output, if there is no -o.",
)
@picture_option(".svg", ".png", ".nwk", ".json", ".txt")
def command(
    sources: tuple[str, ...],
    name_column: str | None,
    limit: int | None,
    seed: int,
    method: str,
    root: str | None,
    style: str,
    output: Path | None,
    jobs: int,
    **options: Any,
) -> None:
    """Draw the tree of documents by their compression distances.

    SOURCE... are files of one document each, a directory of such files, or a source that classify
    takes, with 4 to 500 documents; labels colour the names. The quartet tree has no branch lengths.
    Its score S(T) is 1 if every four documents are arranged as their distances say, and 0 if none
    is. It is exact up to 14 documents.

    \b
    Examples:
      compressclf tree drafts/*.txt -o drafts.svg
      compressclf tree sample:bbc-news --limit 30
      compressclf tree mammals.jsonl --text-column sequence --label-column order \\
        --name-column name --root platypus -o mammals.nwk
    """
    from compressclf import trees

    reading, parameters = split_options(options)
    leaves = read_leaves(sources, name_column, limit, seed, **reading)
    if root is not None and root not in leaves.names:
        raise ValueError(f"There is no document {root!r} for --root.")
    trees.check_size(len(leaves.names))
    distances = distances_of(leaves, jobs, parameters)
    made = {
        "quartet": trees.quartet_tree(distances, leaves.names, random_state=seed),
        "nj": trees.neighbor_joining(distances, leaves.names),
        "upgma": trees.upgma(distances, leaves.names),
    }
    tree = made[method]
    about = _about(made, leaves, tree)
    suffix = {"text": ".txt", "newick": ".nwk", "json": ".json"}[style]
    if output is not None:
        suffix = output.suffix
    if suffix == ".json":
        emit(_json(made, leaves, tree, root, parameters), output)
    elif suffix == ".nwk":
        emit(tree.newick(root), output)
    elif suffix == ".txt":
        drawn = trees.tree_text(tree, leaves.labels, outgroup=root)
        emit("\n".join([drawn, "", *about]), output)
    else:
        picture = trees.draw_tree(tree, leaves.labels, outgroup=root)
        assert output is not None
        write_whole(output, picture.png() if suffix == ".png" else picture.svg().encode())
    if output is not None:
        for line in about:
            click.echo(printable(line))
    elif suffix != ".txt":
        say("; ".join(about))


def _about(made: dict[str, Tree], leaves: Leaves, tree: Tree) -> list[str]:
    """Return the scores and which labels are clades."""
    scores = ", ".join(f"{METHODS[name]} {one.score:.4f}" for name, one in made.items())
    lines = [f"S(T): {scores}"]
    if made["quartet"].is_optimal:
        lines.append("No tree has a higher S(T) than this quartet tree.")
    groups = _groups(leaves)
    if groups:
        split = [label for label, names in groups.items() if not tree.is_clade(names)]
        line = (
            f"{len(groups) - len(split)} of {len(groups)} labels with several documents are clades"
        )
        lines.append(f"{line}, not {', '.join(split)}." if split else f"{line}.")
    return lines


def _groups(leaves: Leaves) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for name, label in zip(leaves.names, leaves.labels or [], strict=False):
        groups.setdefault(label, []).append(name)
    return {label: names for label, names in groups.items() if len(names) > 1}


def _json(
    made: dict[str, Tree],
    leaves: Leaves,
    tree: Tree,
    root: str | None,
    parameters: dict[str, Any],
) -> str:
    return json.dumps(
        {
            "method": tree.method,
            "newick": tree.newick(root),
            "scores": {name: one.score for name, one in made.items()},
            "is_optimal": made["quartet"].is_optimal,
            "names": leaves.names,
            "labels": leaves.labels,
            "clades": {label: tree.is_clade(names) for label, names in _groups(leaves).items()},
            "compressor": parameters["compressor"],
            "metric": parameters["metric"],
        },
        ensure_ascii=False,
        indent=2,
    )
