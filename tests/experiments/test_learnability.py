"""Codelengths beside accuracies, from numbers made by hand."""

import numpy as np
import pytest

from compressclf.experiments.cells import Cell
from compressclf.experiments.records import pack_bits
from compressclf.experiments.renderings import compressibility, compressibility_ranks
from compressclf.experiments.renderings._learnability import BEST, facts_of
from compressclf.experiments.view import View

N = 10


def code(name, bits, saved, seed=0):
    cell = Cell("compressibility", name, "zlib", seed, {"bytes": 1000})
    return {
        **cell.fields(),
        "n_documents": 10,
        "n_bytes": 1000,
        "n_characters": 500,
        "n_train": 100,
        "n_classes": 2,
        "bits": bits,
        "sorted_bits": bits - saved,
        "split_bits": 1.1 * bits,
        "label_bits": 10.0,
    }


def full(name, method, n_right):
    right = np.arange(N) < n_right
    return {
        **Cell("full", name, method).fields(),
        "n_test": N,
        "n_test_all": N,
        "value": n_right / N,
        "right": pack_bits(right),
    }


def view(codes, accuracies, audits=()):
    cells = [Cell.of(one) for one in codes]
    known = View(codes, {}, cells)
    return View(codes, dict(audits) or known.audits, cells, {"full": accuracies})


def sets(order):
    """Return a view of sets whose saving is in the order of their accuracy, or as `order` says."""
    codes = [code(f"s{i}", 3000 + i, 10 * saved) for i, saved in enumerate(order)]
    accuracies = [full(f"s{i}", "blocks", 4 + i) for i in range(len(order))]
    accuracies += [full(f"s{i}", "majority", 3) for i in range(len(order))]
    return view(codes, accuracies)


def test_the_facts_of_a_set():
    codes = [code("a", 3000, 30, seed=0), code("a", 3200, 50, seed=1), code("b", 3000, 30)]
    accuracies = [full("a", "majority", 5), full("a", "blocks", 8), full("a", "word SVM", 9)]
    [found] = facts_of(view(codes, accuracies), "zlib")  # nothing is known of b
    assert (found.name, found.best, found.majority) == ("a", "word SVM", 0.5)
    assert found.above_chance(BEST) == pytest.approx(0.8)
    assert found.above_chance("blocks") == pytest.approx(0.6)
    assert found.numbers["bits per byte"] == pytest.approx(3.1)
    assert found.numbers["bits per character"] == pytest.approx(6.2)
    assert found.numbers["bits per document saved by classes"] == pytest.approx(4.0)
    assert found.numbers["share saved by classes"] == pytest.approx((0.01 + 0.015625) / 2)
    text = compressibility.render(view(codes, accuracies), compressor="zlib")
    row = "| a | 2 | 100 | 3.100 | 6.200 | 310 | 1.28% | 4.0 | 1.00 | +10.0% |"
    assert f"{row} 0.900 (word SVM) | 0.800 |" in text


def test_the_same_order_and_the_other_way_round():
    text = compressibility_ranks.render(sets([1, 2, 3, 4, 5]))
    assert "| zlib: share saved by classes | 1.00 [1.00, 1.00] |" in text
    assert "| *number of classes* | – |" in text  # all alike
    text = compressibility_ranks.render(sets([5, 4, 3, 2, 1]), against=["blocks", "word SVM"])
    assert "| zlib: share saved by classes | -1.00 [-1.00, -1.00] | – |" in text


def test_three_sets_say_nothing():
    text = compressibility_ranks.render(sets([1, 2, 3]))
    assert "| zlib: share saved by classes | – |" in text
