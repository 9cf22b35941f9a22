"""Tables of few documents per class, from numbers made by hand."""

import numpy as np
import pytest

from compressclf.experiments.cells import Cell
from compressclf.experiments.records import pack_bits
from compressclf.experiments.renderings import advice, best, few_costs, few_documents, gains
from compressclf.experiments.renderings._few import few_of
from compressclf.experiments.view import View

GROUPS = {"English": ["a", "b"], "Chinese": ["c"]}
LANGUAGES = {"a": "English", "b": "English", "c": "Chinese"}


def few(dataset, method, shots, value, seed=0, **changes):
    cell = Cell("few-shot", dataset, method, seed, {"shots": shots, "limit_test": 10})
    return {
        **cell.fields(),
        "value": value,
        "n_test": 10,
        "learned": {},
        "cpu_seconds": {"tune": 1.0, "fit": 2.0, "predict": 0.5},
        **changes,
    }


def encoded(dataset, encoder, tokens, seconds=None):
    spent = {} if seconds is None else {"encode": seconds}
    cell = Cell("encoding", dataset, encoder).fields()
    return {**cell, "value": tokens, "n_timed": 50, "cpu_seconds": spent}


def view(records, **elsewhere):
    return View(records, {}, [Cell.of(one) for one in records], elsewhere)


RECORDS = [
    few("a", "blocks", 5, 0.5),
    few("a", "blocks", 5, 0.7, seed=1),
    few("b", "blocks", 5, 0.8),
    few("c", "blocks", 5, 0.9),
    few("a", "MiniLM LR", 5, 0.9),
    few("b", "MiniLM LR", 5, 0.8),
    few("c", "MiniLM LR", 5, 0.3),
    few("a", "MiniLM LR", 1_000_000, 0.95),
]


def test_all_documents_are_measured_on_the_same_test_documents():
    n = 30
    right = np.zeros(n, bool)
    right[np.sort(np.random.default_rng(0).permutation(n)[:10])[:4]] = True  # 4 of the 10 drawn
    fields = {"n_test": n, "n_test_all": n, "value": 4 / n, "right": pack_bits(right)}
    full = [{**Cell("full", "a", method).fields(), **fields} for method in ("blocks", "ppmd")]
    found = few_of(view(RECORDS, full=full))
    assert found["a", "blocks", "all"] == [0.4]
    assert found["a", "MiniLM LR", "all"] == [0.95]
    assert found["a", "blocks", "5"] == [0.5, 0.7]
    assert ("a", "ppmd", "all") not in found  # the study does not compare it


def test_of_several_limits_the_largest_counts():
    few_rows, many_rows = ({"shots": 0, "limit_test": limit} for limit in (5, 10))
    records = [
        few("a", "label", 0, 0.2, parameters=few_rows),
        few("a", "label", 0, 0.3, parameters=many_rows),
    ]
    records.append(few("a", "label", 0, 0.5, seed=1, parameters=few_rows))
    assert few_of(view(records)) == {("a", "label", "0"): [0.3]}


def test_means_over_the_sets_of_a_group():
    text = few_documents.render(view(RECORDS), groups=GROUPS)
    assert "| English | 5 | all |\n|---|--:|--:|\n| blocks | 0.700 | – |\n" in text
    assert "| MiniLM LR | **0.850** | – |\n" in text  # "all" is known for one of the two sets
    assert "| Chinese | 5 | all |\n|---|--:|--:|\n| blocks | **0.900** | – |\n" in text
    assert "means over 2 draws" in text
    assert "A dash: not measured on all sets of the group. English: a, b.\n" in text
    alone = few_documents.render(view(RECORDS), groups={"a": ["a"]})
    assert "(“all”: one fit). Bold: the highest of a column. A dash: not measured.\n" in alone


def test_the_best_method_of_each_set():
    text = best.render(view(RECORDS), languages=LANGUAGES)
    assert "| data set | 5 | all |\n" in text
    assert "| a (English) | MiniLM LR 0.90 | MiniLM LR 0.95 |\n" in text
    assert "| b (English) | blocks 0.80 | – |\n" in text  # of equals the first
    assert text.endswith("| c (Chinese) | blocks 0.90 | – |")


def test_advice_names_the_simplest_of_those_that_are_close():
    names = {"blocks": "`blocks`", "MiniLM LR": "LR"}
    text = advice.render(view(RECORDS), groups=GROUPS, names=names)
    assert text.splitlines()[0].endswith("| use | accuracy | `blocks` alone |")
    assert "| English | 5 | LR | 0.85 | 0.70 |" in text
    assert "| Chinese | 5 | `blocks` | 0.90 | 0.90 |" in text
    assert "thousands" not in text  # not known for all sets of a group
    close = [few("a", "blocks", 0, 0.895), few("a", "MiniLM LR", 0, 0.9)]
    text = advice.render(view(close), groups={"any": ["a"]}, names=names)
    assert "| any | only names of classes | `blocks` | 0.90 | 0.90 |" in text


ENCODINGS = [
    *(encoded(name, "words", 0.2) for name in "abc"),
    *(encoded(name, "minilm", tokens) for name, tokens in (("a", 0.21), ("b", 0.4), ("c", 1.0))),
]
AGAINST = {"minilm": "MiniLM LR"}


def test_gains_beside_tokens_per_character():
    shown = view(RECORDS, encoding=ENCODINGS)
    text = gains.render(shown, of="blocks", against=AGAINST, shots=5, languages=LANGUAGES)
    assert (
        "| data set | words per character | minilm: tokens per character | blocks − MiniLM" in text
    )
    assert "| a (English) | 0.20 | 0.21 | -0.300 |\n" in text
    assert "| b (English) | 0.20 | 0.40 | +0.000 |\n" in text
    assert text.endswith("| c (Chinese) | 0.20 | 1.00 | +0.600 |")


def test_gains_that_grow_with_tokens_have_a_rank_correlation_of_one():
    figures = pytest.importorskip("matplotlib.figure")
    figure = figures.Figure()
    shown = view(RECORDS, encoding=ENCODINGS)
    text = gains.draw(shown, figure, of="blocks", against=AGAINST, shots=5)
    assert text.endswith("Spearman's rank correlation: 1.00 for minilm (3 sets).")
    [panel] = figure.axes
    assert [line.get_xydata().tolist() for line in panel.lines[:3]] == [
        [[0.21, pytest.approx(-0.3)]],
        [[0.4, 0.0]],
        [[1.0, pytest.approx(0.6)]],
    ]


def test_costs_with_those_of_encoding_beside():
    records = [
        few("a", "blocks", 5, 0.5),
        few("b", "blocks", 5, 0.5, cpu_seconds={"fit": 5.0, "predict": 0.1}),
        few("b", "blocks", 5, 0.5, seed=1, cpu_seconds={}),  # an old record
        few("a", "word SVM", 50, 0.5),  # not with this number
        few("a", "MiniLM LR", 5, 0.5, learned={"encoder": "minilm"}),
        few("a", "MiniLM LR", 10, 0.5, learned={"encoder": "minilm"}, cpu_seconds={"fit": 99.0}),
    ]
    text = few_costs.render(view(records, encoding=[encoded("a", "minilm", 1, 2.5)]), shots=5)
    assert "| method | tune and fit | predict 1,000 | encode 1,000 | sets |\n" in text
    assert "| blocks | 4 | 30 | – | 2 |\n" in text  # (3 + 5) / 2 and (50 + 10) / 2
    assert text.endswith("| MiniLM LR | 3 | 50 | 50 | 1 |")
