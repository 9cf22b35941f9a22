"""`Tree`: an unrooted tree whose leaves are documents, and how it is written down."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from compressclf._lib.printable import printable

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Branch", "Tree", "check_distances", "check_size", "neighbors_of"]

FEWEST = 4
MOST = {"tree": 500, "map": 5000}  # the score of a tree takes n⁴ steps
_PLAIN = re.compile(r"[^\s()\[\]{}:;,'\"_]+")


@dataclass(frozen=True)
class Branch:
    """A node of a rooted tree with what is below it.

    Attributes
    ----------
    leaf : int or None
        The position of a leaf; None for an inner node.
    parts : list of Branch
        The nodes directly below; empty for a leaf.
    length : float or None
        The length of the edge above, in units of the distance; None if the tree has no lengths.
    """

    leaf: int | None
    parts: list[Branch] = field(default_factory=list)
    length: float | None = None

    def leaves(self) -> list[int]:
        """Return the positions of all leaves at or below this node, from left to right."""
        found, stack = [], [self]
        while stack:
            branch = stack.pop()
            if branch.leaf is not None:
                found.append(branch.leaf)
            stack += reversed(branch.parts)
        return found


@dataclass(frozen=True)
class Tree:
    """An unrooted tree in which every inner node has three neighbours.

    Attributes
    ----------
    names : tuple of str
        The name of each leaf.
    neighbors : ndarray of int64, shape (2 * n_leaves - 2, 3)
        The neighbours of each node. The first n_leaves nodes are the leaves; their only neighbour
        is followed by -1.
    lengths : ndarray of float64, shape (2 * n_leaves - 2, 3), or None
        The length of the edge to each neighbour, in units of the distance. A quartet tree has none.
    score : float
        S(T) in [0, 1]: 1 if every quartet of leaves is arranged as cheaply as possible, 0 if every
        one is as expensive as possible (Cilibrasi and Vitányi 2011).
    method : str
        "quartet", "nj" or "upgma".
    is_optimal : bool
        Whether no tree has a higher score; False if this is not known.
    root : (int, int) or None
        The edge where a drawing begins; by default the middle of the tree.
    """

    names: tuple[str, ...]
    neighbors: NDArray[np.int64]
    lengths: NDArray[np.float64] | None
    score: float
    method: str
    is_optimal: bool = False
    root: tuple[int, int] | None = None

    def newick(self, outgroup: str | None = None) -> str:
        """Return the tree in the Newick format, which other programs for trees read.

        A name with blanks or punctuation is quoted; control characters in it are escaped.

        Parameters
        ----------
        outgroup : str, optional
            The name of a leaf: the root is on its edge. By default the tree is written unrooted,
            as a node with three branches.

        Returns
        -------
        str

        Examples
        --------
        >>> from compressclf.trees import quartet_tree
        >>> distances = [[0, 1, 5, 5], [1, 0, 5, 5], [5, 5, 0, 1], [5, 5, 1, 0]]
        >>> tree = quartet_tree(distances, names=["ox", "cow", "blue whale", "orca"])
        >>> tree.newick()
        "(ox,cow,('blue whale',orca));"
        >>> tree.newick("orca")
        "(((ox,cow),'blue whale'),orca);"
        """
        top = self.rooted(outgroup)
        if outgroup is None and len(top.parts) == 2:
            top = self._branch(int(self.neighbors[0, 0]), None)
        written = _written(top, self.names)
        return f"{written};"

    def rooted(self, outgroup: str | None = None) -> Branch:
        """Return the tree with a root in the middle of an edge.

        Parameters
        ----------
        outgroup : str, optional
            The name of the leaf whose edge has the root. By default it is the edge `root`, or else
            the one that is most nearly in the middle, counted in edges.

        Returns
        -------
        Branch

        Raises
        ------
        ValueError
            If no leaf has this name.
        """
        if outgroup is None:
            u, v = self.root or self._middle()
        else:
            if outgroup not in self.names:
                raise ValueError(f"There is no leaf {outgroup!r} for the root of the tree.")
            v = self.names.index(outgroup)
            u = int(self.neighbors[v, 0])
        parts = [self._branch(u, v), self._branch(v, u)]
        if self.lengths is not None and outgroup is not None:
            length = self._length(u, v)
            parts = [Branch(part.leaf, part.parts, (length or 0) / 2) for part in parts]
        if outgroup is None:
            parts.sort(key=lambda part: min(part.leaves()))
        return Branch(None, parts)

    def splits(self) -> set[frozenset[str]]:
        """Return the splits of the leaves by the inner edges.

        Returns
        -------
        set of frozenset of str
            For each inner edge, the names on the side without the first leaf.
        """
        top = self._branch(int(self.neighbors[0, 0]), 0)
        found, stack = set(), list(top.parts)
        while stack:
            branch = stack.pop()
            stack += branch.parts
            if branch.parts:
                found.add(frozenset(self.names[leaf] for leaf in branch.leaves()))
        return found

    def is_clade(self, names: Iterable[str]) -> bool:
        """Return whether one edge separates these leaves from all others.

        Parameters
        ----------
        names : iterable of str
            Names of leaves.

        Returns
        -------
        bool
            True also for a single leaf, and for all leaves or all but one.
        """
        group = frozenset(names)
        if self.names[0] in group:
            group = frozenset(self.names) - group
        return len(group) < 2 or len(group) >= len(self.names) - 1 or group in self.splits()

    def _length(self, u: int, v: int) -> float | None:
        if self.lengths is None:
            return None
        return float(self.lengths[u][self.neighbors[u] == v][0])

    def _branch(self, node: int, behind: int | None) -> Branch:
        """Return a node and what is beyond it, seen from the neighbour `behind`."""
        order, stack = [], [(node, behind)]
        while stack:
            u, back = stack.pop()
            order.append((u, back))
            stack += [(int(v), u) for v in self.neighbors[u] if v >= 0 and v != back]
        made: dict[int, Branch] = {}
        for u, back in reversed(order):
            parts = [made[int(v)] for v in self.neighbors[u] if v >= 0 and v != back]
            parts.sort(key=lambda part: min(part.leaves()))
            length = None if back is None else self._length(back, u)
            made[u] = Branch(u if u < len(self.names) else None, parts, length)
        return made[node]

    def _middle(self) -> tuple[int, int]:
        """Return the edge in the middle of the longest path, counted in edges."""

        def path_from(start: int) -> list[int]:
            came = {start: start}
            queue = [start]
            for u in queue:
                for v in map(int, self.neighbors[u]):
                    if v >= 0 and v not in came:
                        came[v] = u
                        queue.append(v)
            path = [queue[-1]]
            while path[-1] != start:
                path.append(came[path[-1]])
            return path

        longest = path_from(path_from(0)[0])
        half = len(longest) // 2
        u, v = longest[half - 1], longest[half]
        return max(u, v), min(u, v)


def neighbors_of(
    n_leaves: int, edges: Sequence[tuple[int, int, float]]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the arrays `neighbors` and `lengths` of a `Tree`.

    Parameters
    ----------
    n_leaves : int
        The number of leaves, which are the first nodes.
    edges : sequence of (int, int, float)
        The two ends and the length of each edge.

    Returns
    -------
    neighbors, lengths : ndarray, shape (2 * n_leaves - 2, 3)
    """
    neighbors = np.full((2 * n_leaves - 2, 3), -1, dtype=np.int64)
    lengths = np.zeros((2 * n_leaves - 2, 3))
    degrees = [0] * len(neighbors)
    for a, b, length in edges:
        for u, v in ((a, b), (b, a)):
            neighbors[u, degrees[u]] = v
            lengths[u, degrees[u]] = length
            degrees[u] += 1
    return neighbors, lengths


def check_size(n: int, what: str = "tree") -> None:
    """Refuse too few or too many documents for a tree or a map.

    Parameters
    ----------
    n : int
        The number of documents.
    what : {"tree", "map"}
        What is made of them.

    Raises
    ------
    ValueError
        If there are fewer than 4, more than 500 for a tree, or more than 5,000 for a map.

    Examples
    --------
    >>> check_size(3)
    Traceback (most recent call last):
    ValueError: A tree needs at least 4 documents. Got 3.
    """
    if n < FEWEST:
        raise ValueError(f"A {what} needs at least {FEWEST} documents. Got {n}.")
    if n > MOST[what]:
        raise ValueError(f"A {what} can have at most {MOST[what]:,} documents. Got {n:,}.")


def check_distances(
    distances: ArrayLike, names: Sequence[str] | None, *, what: str = "tree"
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Check a matrix of distances and the names of its rows.

    Parameters
    ----------
    distances : array-like of float, shape (n, n)
        The diagonal is not used. Of d(x, y) and d(y, x), the mean is used.
    names : sequence of str, optional
        By default, the numbers from 1.
    what : str
        "tree" or "map".

    Returns
    -------
    distances : ndarray of float64, shape (n, n)
        Symmetric, with 0 on the diagonal.
    names : tuple of str

    Raises
    ------
    ValueError
        If the matrix is not square, has too few or too many rows or values that are not finite, or
        the names are not different and one per row.
    """
    matrix = np.asarray(distances, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"Distances must be a square matrix. Got the shape {matrix.shape}.")
    n = len(matrix)
    check_size(n, what)
    names = tuple(map(str, range(1, n + 1))) if names is None else tuple(map(str, names))
    if len(names) != n:
        raise ValueError(f"There must be one name for each of {n} documents. Got {len(names)}.")
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(f"Names of documents must differ. {twice[0]!r} occurs more than once.")
    if not np.isfinite(matrix).all():
        row, column = np.argwhere(~np.isfinite(matrix))[0]
        raise ValueError(
            f"Distances must be finite. That of {names[row]!r} and {names[column]!r} is "
            f"{matrix[row, column]}."
        )
    matrix = (matrix + matrix.T) / 2
    np.fill_diagonal(matrix, 0.0)
    return matrix, names


def _written(top: Branch, names: tuple[str, ...]) -> str:
    """Return a branch in the Newick format, without recursion: a tree may be very deep."""
    parts: list[str] = []
    stack: list[Branch | str] = [top]
    while stack:
        branch = stack.pop()
        if isinstance(branch, str):
            parts.append(branch)
            continue
        length = "" if branch.length is None else f":{branch.length:.6g}"
        if branch.leaf is not None:
            parts.append(_quoted(names[branch.leaf]) + length)
            continue
        parts.append("(")
        stack.append(")" + length)
        for i, part in reversed(list(enumerate(branch.parts))):
            stack.append(part)
            if i:
                stack.append(",")
    return "".join(parts)


def _quoted(name: str) -> str:
    r"""Return a name as Newick has it.

    Examples
    --------
    >>> print(_quoted("cat"), _quoted("blue whale"), _quoted("Robert'); DROP"), _quoted("a\nb"))
    cat 'blue whale' 'Robert''); DROP' 'a\nb'
    """
    name = printable(name)
    plain = _PLAIN.fullmatch(name) and "\\" not in name
    return name if plain else "'" + name.replace("'", "''") + "'"
