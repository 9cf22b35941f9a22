"""Quartet trees, neighbour joining, UPGMA, and how trees are written and drawn."""

from xml.etree import ElementTree

import numba
import numpy as np
import pytest

from compressclf.trees import (
    document_map,
    draw_map,
    draw_tree,
    neighbor_joining,
    quartet_tree,
    tree_text,
    upgma,
)
from compressclf.trees import search as searching
from compressclf.trees.joining import score_of
from compressclf.trees.kernels import best_place, cost, extremes, measure, regraft, total_cost
from compressclf.trees.tree import neighbors_of
from tests.trees.plain import additive_distances, all_trees, plain_cost, random_distances

SVG = "{http://www.w3.org/2000/svg}"


compiled = pytest.mark.skipif(numba.config.DISABLE_JIT, reason="takes minutes as plain Python")


def symmetric(d):
    d = (d + d.T) / 2
    np.fill_diagonal(d, 0)
    return d


def random_tree(n, seed):
    return searching._random_tree(n, np.random.default_rng(seed))


@pytest.mark.parametrize(("n", "seed"), [(4, 0), (5, 1), (6, 2), (9, 3), (12, 4)])
def test_cost_is_that_of_all_quartets(n, seed):
    d = symmetric(random_distances(n, seed))
    tree = random_tree(n, seed)
    assert cost(tree, d) == pytest.approx(plain_cost(tree, d), rel=1e-12)


@pytest.mark.parametrize(("n", "seed"), [(5, 0), (9, 1)])
def test_every_move_has_its_price(n, seed):
    d = symmetric(random_distances(n, seed))
    tree = random_tree(n, seed)
    size = tree.size
    rows, sizes, cuts = np.empty((size, n)), np.zeros(size, np.int64), np.zeros(size)
    measure(tree, d, rows, sizes, cuts)
    before = total_cost(tree, n, sizes, cuts)
    slots, came = np.empty(len(tree), np.int64), np.empty(size, np.int64)
    near, change = np.empty(size), np.empty(size)
    n_moves = 0
    for slot in range(3 * n, size):
        change[:] = np.nan
        best_place(tree, n, slot, rows[slot], sizes, cuts, slots, came, near, change)
        for target in np.flatnonzero(~np.isnan(change)):
            moved = tree.copy()
            regraft(moved, slot, target)
            assert cost(moved, d) - before == pytest.approx(change[target], abs=1e-9)
            n_moves += 1
    assert n_moves > n


@pytest.mark.parametrize(("n", "seed"), [(4, 0), (6, 1), (7, 2)])
def test_dynamic_programming_finds_the_best_of_all_trees(n, seed):
    d = random_distances(n, seed)
    least = min(plain_cost(tree, symmetric(d)) for tree in all_trees(n))
    found = quartet_tree(d)
    assert cost(found.neighbors, symmetric(d)) == pytest.approx(least, rel=1e-12)
    assert found.is_optimal
    low, high = extremes(symmetric(d))
    assert found.score == pytest.approx((high - least) / (high - low))


@compiled
@pytest.mark.slow
def test_dynamic_programming_finds_the_best_of_the_10395_trees_of_eight_leaves():
    d = symmetric(random_distances(8, 3))
    trees = list(all_trees(8))
    assert len(trees) == 10_395
    least = min(cost(tree, d) for tree in trees)
    assert cost(quartet_tree(d).neighbors, d) == pytest.approx(least, rel=1e-12)


@compiled
@pytest.mark.parametrize("seed", range(4))
def test_the_search_finds_the_best_tree(seed, monkeypatch):
    d = random_distances(8 + seed, seed)
    best = quartet_tree(d)
    monkeypatch.setattr(searching, "EXACT", 3)
    found = quartet_tree(d, random_state=seed)
    assert found.score == pytest.approx(best.score, rel=1e-12)
    assert not found.is_optimal


@compiled
def test_the_search_beats_the_other_trees_and_depends_on_the_seed_alone():
    d = random_distances(30, 0)
    found, again = (quartet_tree(d, random_state=1, n_starts=3) for _ in range(2))
    assert found.newick() == again.newick()
    assert found.score > neighbor_joining(d).score
    assert found.score > upgma(d).score


@compiled
@pytest.mark.parametrize("n", [4, 5, 20])
def test_distances_in_a_tree_give_this_tree(n):
    rng = np.random.default_rng(n)
    tree = random_tree(n, n)
    edges = [
        (u, int(v), float(rng.uniform(0.5, 2))) for u in range(len(tree)) for v in tree[u] if v > u
    ]
    neighbors, lengths = neighbors_of(n, edges)
    d = additive_distances(neighbors, lengths)
    joined, quartets = neighbor_joining(d), quartet_tree(d)
    assert joined.splits() == quartets.splits()
    assert (joined.score, quartets.score) == (pytest.approx(1), pytest.approx(1))
    assert quartets.is_optimal
    again = additive_distances(joined.neighbors, joined.lengths)
    assert again == pytest.approx(d, abs=1e-9)


def test_upgma_is_average_linkage():
    d = [
        [0, 2, 6, 10, 10],
        [2, 0, 6, 10, 10],
        [6, 6, 0, 10, 10],
        [10, 10, 10, 0, 4],
        [10] * 3 + [4, 0],
    ]
    tree = upgma(d, list("abcde"))
    assert tree.splits() == {frozenset("de"), frozenset("cde")}
    assert tree.newick() == "(a:1,b:1,(c:3,(d:2,e:2):5):2);"
    top = tree.rooted()
    assert [sorted(part.leaves()) for part in top.parts] == [[0, 1, 2], [3, 4]]


def test_equal_distances_have_the_score_one():
    tree = quartet_tree(np.ones((6, 6)))
    assert tree.score == 1
    assert score_of(random_tree(6, 0), symmetric(np.ones((6, 6)))) == 1


NAMES = ["human", "blue whale", "O'Hara's (cat)", "a_b:c,d;", "x\ny", "猫"]


def six(names=NAMES):
    twos = np.arange(6) // 2
    near = np.where(twos[:, None] == twos, 1.0, 10.0)
    return quartet_tree(near, names)


def test_newick_quotes_names():
    written = six().newick()
    assert written == ("(human,'blue whale',(('O''Hara''s (cat)','a_b:c,d;'),('x\\ny',猫)));")
    assert six(list("abcdef")).newick("f") == "((((a,b),(c,d)),e),f);"


def test_clades():
    tree = six(list("abcdef"))
    assert tree.is_clade("ab")
    assert tree.is_clade("cdef")
    assert tree.is_clade("cd")
    assert not tree.is_clade("bc")
    assert tree.is_clade("f")
    assert tree.is_clade("abcdf")


def test_text_and_picture():
    tree = six()
    assert tree_text(tree, ["x", "x", "y", "y", "z", "z"], outgroup="猫") == (
        "─┬─┬─┬─┬─ human  [x]\n"
        " │ │ │ └─ blue whale  [x]\n"
        " │ │ └─┬─ O'Hara's (cat)  [y]\n"
        " │ │   └─ a_b:c,d;  [y]\n"
        " │ └─ x\\ny  [z]\n"
        " └─ 猫  [z]"
    )
    picture = draw_tree(tree, ["x", "x", "y", "y", "z", "<script>"])
    root = ElementTree.fromstring(picture.svg())
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert texts[0].startswith("Quartet tree, S(T) = ")
    assert set(texts[1:7]) == {name.replace("\n", "\\n") for name in NAMES}
    assert texts[7:] == ["x", "y"]
    assert len(root.findall(f"{SVG}path")) == 3 * 5  # for each of five inner nodes and the root
    assert picture.png().startswith(b"\x89PNG")
    joined = neighbor_joining(random_distances(8, 0))
    assert draw_tree(joined).svg() == draw_tree(joined).svg()


def test_a_chain_of_many_leaves():
    n = 400
    edges = [(0, n, 1.0), (n - 1, 2 * n - 3, 1.0)]
    edges += [(i, n + i - 1, 1.0) for i in range(1, n - 1)]
    edges += [(n + i, n + i + 1, 1.0) for i in range(n - 3)]
    neighbors, lengths = neighbors_of(n, edges)
    from compressclf.trees import Tree

    tree = Tree(tuple(map(str, range(n))), neighbors, lengths, 1.0, "nj")
    assert tree.newick("0").count("(") == n - 1
    assert len(tree_text(tree).splitlines()) == n
    assert draw_tree(tree).height > 18 * n


def test_map():
    points = np.random.default_rng(0).normal(size=(20, 2))
    d = np.linalg.norm(points[:, None] - points, axis=2)
    drawn = document_map(d)
    assert drawn.stress < 1e-3
    between = np.linalg.norm(drawn.points[:, None] - drawn.points, axis=2)
    assert between == pytest.approx(d, abs=0.02)
    assert np.array_equal(drawn.points, document_map(d).points)
    three = np.linalg.norm(np.eye(12)[:, None] - np.eye(12), axis=2)
    assert 0.3 < document_map(three).stress < 0.5  # a simplex does not fit into a plane
    root = ElementTree.fromstring(draw_map(drawn, ["a"] * 10 + ["b"] * 10).svg())
    assert len(root.findall(f"{SVG}circle")) == 20 + 2
    assert draw_map(drawn).png().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "d", [np.zeros((5, 5)), abs(np.subtract.outer(np.arange(5), np.arange(5)))]
)
def test_maps_of_points_on_one_another_and_on_a_line(d):
    assert document_map(d).stress < 0.01


@pytest.mark.parametrize(
    ("distances", "names", "message"),
    [
        (np.zeros((3, 3)), None, "A tree needs at least 4 documents. Got 3."),
        (np.zeros((501, 501)), None, "A tree can have at most 500 documents. Got 501."),
        (np.zeros((4, 5)), None, r"Distances must be a square matrix. Got the shape \(4, 5\)."),
        (np.zeros((4, 4)), "abc", "There must be one name for each of 4 documents. Got 3."),
        (
            np.zeros((4, 4)),
            "abca",
            "Names of documents must differ. 'a' occurs more than once.",
        ),
        (
            np.where(np.eye(4, k=1), np.nan, 1),
            "abcd",
            "Distances must be finite. That of 'a' and 'b' is nan.",
        ),
    ],
)
@pytest.mark.parametrize("make", [quartet_tree, neighbor_joining, upgma])
def test_refusals(make, distances, names, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        make(distances, names)


def test_refusals_of_parameters():
    with pytest.raises(ValueError, match="'n_starts' parameter of quartet_tree must be an int in"):
        quartet_tree(np.ones((4, 4)), n_starts=0)
    with pytest.raises(ValueError, match=r"There is no leaf 'z' for the root of the tree."):
        six().newick("z")
    with pytest.raises(ValueError, match=r"A map needs at least 4 documents. Got 2."):
        document_map(np.zeros((2, 2)))
