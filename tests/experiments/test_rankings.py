"""Tables and plots over several data sets: ranks, corrected tests, languages."""

import numpy as np
import pytest

from compressclf.experiments.cells import Cell
from compressclf.experiments.records import pack_bits
from compressclf.experiments.renderings import languages, mcnemar, ranks
from compressclf.experiments.renderings._rivals import Comparison, adjusted
from compressclf.experiments.view import View

ACCURACIES = {"a": (0.9, 0.8, 0.5), "b": (0.8, 0.7, 0.6), "c": (0.9, 0.5, 0.4)}
METHODS = ("blocks", "word SVM", "majority")
N = 20


def record(dataset, method, value):
    return {
        **Cell("full", dataset, method).fields(),
        "n_test": N,
        "n_test_all": N,
        "value": value,
        "right": pack_bits(np.arange(N) < round(N * value)),
    }


@pytest.fixture
def view():
    records = [
        record(dataset, method, value)
        for dataset, values in ACCURACIES.items()
        for method, value in zip(METHODS, values, strict=True)
    ]
    leaked = pack_bits(np.arange(N) >= 10)
    cell = Cell("audit", "c", "exact copies").fields()
    audit = {**cell, "n_test": N, "n_test_all": N, "leaked": leaked}
    cells = [Cell("full", one["dataset"], one["method"]) for one in records]
    limits = '["c", {"limit_train": null, "limit_test": null}]'
    return View(records, {limits: audit}, cells)


def test_p_values_are_adjusted_for_their_number():
    found = adjusted({("m", "a"): Comparison(1, 9, 0.02), ("m", "b"): Comparison(9, 1, 0.04)})
    assert [one.pvalue for one in found.values()] == [0.04, 0.04]
    found = adjusted({("m", "a"): Comparison(1, 9, 0.03), ("m", "b"): Comparison(9, 1, 0.04)})
    assert [one.mark for one in found.values()] == ["", ""]


def test_the_mcnemar_table_counts_and_corrects(view):
    text = mcnemar.render(view, against=("word SVM",))
    assert "for the 6 tests of this table" in text
    # c: 8 gained, none lost: p = 2 / 2^8, the smallest of six, so times six.
    assert "| blocks | +2 −0 p=1.000 | +2 −0 p=1.000 | +8 −0 p=0.047 ▲ |" in text
    assert "| majority | +0 −6 " in text
    assert "| word SVM | – | – | – |" in text


def test_ranks_need_every_method_on_every_set(view):
    from matplotlib.figure import Figure

    caption = ranks.draw(view, Figure())
    assert "over 3 data sets" in caption
    assert "critical difference of 1.91" in caption  # 2.343 · √(3 · 4 / (6 · 3))
    assert "Data sets: a, b, c." in caption
    part = View(view.records[:-1], view.audits, view.cells)
    methods, datasets, scores = ranks.scores_of(part)
    assert (methods, datasets) == (list(METHODS[:2]), ["a", "b", "c"])
    assert scores.tolist() == [[0.9, 0.8], [0.8, 0.7], [0.9, 0.5]]
    few = View(view.records[:3], view.audits, view.cells)
    assert ranks.draw(few, Figure()).startswith("Nothing to draw")


def test_languages_count_alike_and_leaked_rows_do_not_count(view):
    names = {"a": "Igbo", "b": "Igbo", "c": "Swahili"}
    text = languages.render(view, languages=names, groups={"both": ["Igbo", "Swahili"]})
    # Igbo: (0.9 + 0.8) / 2; of c the ten rows that are not leaked, all right.
    assert "| blocks | **0.850** | **1.000** | 0.925 |" in text
    assert "| majority | 0.550 | 0.800 | 0.675 |" in text
    assert "Igbo: a, b; Swahili: c." in text
