"""Draw a tree: as text for a terminal, and as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from compressclf.trees.picture import LINE_HEIGHT, Picture, Word, colours_of, shortened, width_of

if TYPE_CHECKING:
    from compressclf.trees.tree import Branch, Tree

__all__ = ["draw_tree", "tree_text"]

MARGIN, WIDTH = 16, 420  # around the picture, and width of the tree without names
TITLES = {
    "quartet": "Quartet tree",
    "nj": "Neighbour-joining tree",
    "upgma": "UPGMA tree",
}


def tree_text(
    tree: Tree, labels: Sequence[str] | None = None, *, outgroup: str | None = None
) -> str:
    """Return a tree as lines of text, the root on the left.

    Parameters
    ----------
    tree : Tree
        The tree.
    labels : sequence of str, optional
        The label of each leaf, written after its name.
    outgroup : str, optional
        The leaf with the root; see `Tree.rooted`.

    Returns
    -------
    str

    Examples
    --------
    >>> from compressclf.trees import quartet_tree
    >>> distances = [[0, 1, 5, 5], [1, 0, 5, 5], [5, 5, 0, 1], [5, 5, 1, 0]]
    >>> tree = quartet_tree(distances, names=["ox", "cow", "whale", "orca"])
    >>> print(tree_text(tree))
    ─┬─┬─ ox
     │ └─ cow
     └─┬─ whale
       └─ orca
    """
    lines: list[str] = []
    stack: list[tuple[Branch, str, str]] = [(tree.rooted(outgroup), "─", " ")]
    while stack:
        branch, first, rest = stack.pop()
        if branch.leaf is not None:
            name = shortened(tree.names[branch.leaf])
            of = "" if labels is None else f"  [{shortened(labels[branch.leaf])}]"
            lines.append(f"{first} {name}{of}")
            continue
        upper, lower = branch.parts[0], branch.parts[1:]
        for i, part in enumerate(reversed(lower)):
            corner, line = ("└─", "  ") if i == 0 else ("├─", "│ ")
            stack.append((part, rest + corner, rest + line))
        stack.append((upper, first + "┬─", rest + "│ "))
    return "\n".join(lines)


def draw_tree(
    tree: Tree, labels: Sequence[str] | None = None, *, outgroup: str | None = None
) -> Picture:
    """Return a picture of a tree, the root on the left and the names on the right.

    With branch lengths, horizontal lines are drawn to scale, negative lengths as 0. Without, each
    node is drawn above the deepest of its parts.

    Parameters
    ----------
    tree : Tree
        The tree.
    labels : sequence of str, optional
        The label of each leaf; names of leaves with equal labels have one colour.
    outgroup : str, optional
        The leaf with the root; see `Tree.rooted`.

    Returns
    -------
    Picture

    Examples
    --------
    >>> from compressclf.trees import upgma
    >>> distances = [[0, 1, 4, 4], [1, 0, 4, 4], [4, 4, 0, 1], [4, 4, 1, 0]]
    >>> draw_tree(upgma(distances, names=["cat", "lion", "oak", "elm"])).svg()[:4]
    '<svg'
    """
    top = tree.rooted(outgroup)
    order, depths = _walk(top)
    rows: dict[int, float] = {}
    heights: dict[int, int] = {}
    next_row = sum(branch.leaf is not None for branch in order)
    for branch in reversed(order):  # parts first, the last leaf first
        if branch.leaf is not None:
            next_row -= 1
            rows[id(branch)], heights[id(branch)] = next_row, 0
        else:
            places = [rows[id(part)] for part in branch.parts]
            rows[id(branch)] = (places[0] + places[-1]) / 2
            heights[id(branch)] = 1 + max(heights[id(part)] for part in branch.parts)
    has_lengths = tree.lengths is not None
    furthest = max(depths.values()) or 1.0

    def x(branch: Branch) -> float:
        share = (
            depths[id(branch)] / furthest
            if has_lengths
            else 1 - heights[id(branch)] / heights[id(top)]
        )
        return MARGIN + WIDTH * share

    colours = colours_of(None if labels is None else list(labels))
    legend = [shortened(label) for label in colours]
    header = MARGIN + LINE_HEIGHT

    def y(branch: Branch) -> float:
        return header + LINE_HEIGHT * (rows[id(branch)] + 0.5)

    names = [shortened(name) for name in tree.names]
    wide = width_of(names)
    at_legend = MARGIN + WIDTH + 8 + wide + 2 * MARGIN
    n = len(tree.names)
    title = f"{TITLES[tree.method]}, S(T) = {tree.score:.4f}"
    picture = Picture(
        title=title,
        description=f"A tree with the leaves {', '.join(names)}.",
        width=at_legend + (width_of(legend) + MARGIN if legend else 0),
        height=header + LINE_HEIGHT * max(n, len(legend)) + MARGIN,
    )
    picture.words.append(Word(MARGIN, MARGIN + 8, title))
    for branch in order:
        if branch.leaf is not None:
            colour = None if labels is None else colours.get(labels[branch.leaf])
            place = x(branch) + 6 if has_lengths else MARGIN + WIDTH + 6
            picture.words.append(Word(place, y(branch) + 4, names[branch.leaf], colour))
            continue
        ends = [y(part) for part in branch.parts]
        picture.lines.append([(x(branch), min(ends)), (x(branch), max(ends))])
        for part in branch.parts:
            picture.lines.append([(x(branch), y(part)), (x(part), y(part))])
    for i, (label, colour) in enumerate(colours.items()):
        place = header + LINE_HEIGHT * (i + 0.5) + 4
        picture.words.append(Word(at_legend, place, shortened(label), colour))
    return picture


def _walk(top: Branch) -> tuple[list[Branch], dict[int, float]]:
    """Return all nodes, each before its parts and from top to bottom, and their depths."""
    order: list[Branch] = []
    depths: dict[int, float] = {}
    stack = [(top, 0.0)]
    while stack:
        branch, depth = stack.pop()
        order.append(branch)
        depths[id(branch)] = depth
        stack += [(part, depth + max(part.length or 0, 0)) for part in reversed(branch.parts)]
    return order, depths
