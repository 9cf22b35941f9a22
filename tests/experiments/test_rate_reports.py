"""Tables of rates, compressors and their correlation, from records made by hand."""

import numpy as np
import pytest

from compressclf.experiments.cells import Cell
from compressclf.experiments.correlation import spearman
from compressclf.experiments.records import pack_bits
from compressclf.experiments.renderings import (
    compressor_accuracy,
    compressor_facts,
    correlations,
    prior_effect,
    rate_costs,
    rates,
)
from compressclf.experiments.renderings._codes import conditions, points_of
from compressclf.experiments.view import View

N = 10
PLACE = {"date": "2026-01-02", "commit": "c0ffee", "cpu": "A processor"}


def view_of(records):
    return View(records, {}, [Cell.of(one) for one in records])


def rate(name, method, bits, n_bytes, unit="whole", restored=None, **parameters):
    seconds = {"code": 2.0} if restored is None else {"code": 2.0, "encode": 1.0, "decode": 0.5}
    return {
        **Cell("rates", name, method, parameters={"unit": unit, **parameters}).fields(),
        "value": bits / n_bytes,
        "bits": bits,
        "bytes": n_bytes,
        "units": 1,
        "overhead_bits": 8.0,
        "restored": restored,
        "model_bytes": parameters.get("prior_bytes", 0),
        "seconds": seconds,
        "cpu_seconds": seconds,
        **PLACE,
    }


@pytest.fixture
def rated():
    prior = {"prior": "corpora/old/book", "prior_bytes": 1000}
    return view_of(
        [
            rate("corpora/a.txt", "gzip", 8e6, 2_000_000, restored=True),
            rate("corpora/a.txt", "xz", 6e6, 2_000_000, restored=False),
            rate("corpora/a.txt", "contextmix", 2e6, 2_000_000, **prior),
            rate("corpora/b", "gzip", 1e6, 1_000_000),
            rate("corpora/b", "xz", 2e6, 1_000_000),
            rate("corpora/b", "gzip", 7e6, 1_000_000, unit=2048),
        ]
    )


def test_rates_name_the_best_of_each_text_and_the_rate_of_all(rated):
    text = rates.render(rated)
    assert text.splitlines()[2:] == [
        "| text | gzip | xz | contextmix after 1,000 bytes of book |",
        "|---|--:|--:|--:|",
        "| a.txt (2,000,000 bytes in 1) | 4.000 | 3.000 | **1.000** |",
        "| b (1,000,000 bytes in 1) | **1.000** | 2.000 | – |",
        "| *all of these* | 3.000 | 2.667 | – |",
    ]
    assert "| b (1,000,000 bytes in 1) | **7.000** |" in rates.render(rated, unit=2048)
    assert rates.render(rated, unit="documents") == "No records yet."


def test_costs_are_over_all_texts_and_say_what_came_back(rated):
    rows = rate_costs.render(rated).splitlines()[4:]
    assert rows == [
        "| gzip | 0 | 8 | 4.0 | 6.0 | 0.67 | 2 | 4 | 1 of 1 |",
        "| xz | 0 | 8 | 3.0 | 4.0 | 0.75 | 2 | 4 | 0 of 1 |",
        "| contextmix after 1,000 bytes of book | 1,000 | 8 | 2.0 | 2.0 | 1 | – | – | – |",
    ]


def test_the_plot_draws_texts_that_all_have(rated):
    figure = pytest.importorskip("matplotlib.figure").Figure()
    assert "whole: a.txt, b" in rates.draw(rated, figure)
    [axes] = figure.axes
    assert [line.get_xdata().tolist() for line in axes.lines] == [[3.0, pytest.approx(8 / 3)]]


def code(method, bits, n_right, by="neighbors", overhead=0.0, corrected=None, **parameters):
    right = np.arange(N) < n_right
    metrics = {"bits_per_byte": bits, "overhead_bits": overhead, "tied": 0.2}
    if by == "neighbors":
        metrics["accuracy_less_overhead"] = n_right / N if corrected is None else corrected
    return {
        **Cell("codes", "words", method, parameters={"by": by, **parameters}).fields(),
        "n_train": 20,
        "n_test": N,
        "n_test_all": N,
        "test_bytes": 100,
        "value": n_right / N,
        "stderr": 0.1,
        "settings": {"k": 3},
        "metrics": metrics,
        "right": pack_bits(right),
        **PLACE,
    }


@pytest.fixture
def coded():
    prior = {"prior": "corpora/old/book", "prior_bytes": 1000}
    return view_of(
        [
            code("gzip", 4.0, 5, overhead=20.0),
            code("gzip:level=1", 4.5, 4, overhead=20.0),
            code("gzip:level=3", 4.2, 3, overhead=20.0),
            code("bz2", 6.0, 6, overhead=45.0, corrected=0.8),
            code("brotli", 2.0, 1),
            code("contextmix", 2.5, 9),
            code("contextmix", 1.5, 6, **prior),
            code("gzip", 3.0, 7, by="texts"),
        ]
    )


def test_points_know_their_header(coded):
    neighbors, texts = conditions(coded)
    assert (str(neighbors), str(texts)) == ("words, kNN", "words, class texts")
    points = {one.label: one for one in points_of(coded, neighbors)}
    assert points["bz2"].overhead_rate == 4.5  # 45 bits for each of 10 documents, 100 bytes
    assert [one.level for one in points.values()] == [
        "default", "level", "level", "default", "default", "default", "prior",
    ]  # fmt: skip


def test_correlations_without_header_and_without_priors(coded):
    [row] = correlations.render(coded).splitlines()[4:]  # one family has no correlation
    _, name, codes, families, all_, bare_rate, both, no_prior, inside, _ = (
        cell.strip() for cell in row.split("|")
    )
    assert (name, codes, families) == ("words, kNN", "7", "4")
    # Ranks 4 6 5 7 2 3 1 and 4 3 2 5.5 1 7 5.5: products of their distances from 4 sum to -1.
    assert all_.startswith(f"{-1 / np.sqrt(28 * 27.5):.2f} [")
    accuracies = [5, 4, 3, 6, 1, 9, 6]
    without = [2.0, 2.5, 2.2, 1.5, 2.0, 2.5, 1.5]  # 20 bits a document are 2 a byte here
    assert bare_rate.startswith(f"{spearman(without, accuracies):.2f} [")
    accuracies[3] = 8
    assert both.startswith(f"{spearman(without, accuracies):.2f} [")
    assert no_prior.startswith(f"{spearman([4, 4.5, 4.2, 6, 2.5], [5, 4, 3, 6, 9]):.2f} [")
    assert inside == "deflate -0.50"


def test_a_prior_is_compared_with_the_same_mixer_without(coded):
    [row] = prior_effect.render(coded).splitlines()[4:]
    assert row == (
        "| words, kNN | contextmix after 1,000 bytes of book | 2.500 | 1.500 | 0.900 ± 0.100 | "
        "0.600 ± 0.100 | +0 −3, p = 0.250 |"
    )


def test_accuracy_has_a_row_a_compressor_and_a_column_a_condition(coded):
    lines = compressor_accuracy.render(coded).splitlines()
    assert "training and test documents: 20 and 10." in lines[0]
    assert lines[2] == "| compressor | words, kNN | words, class texts |"
    assert lines[4] == "| gzip | 0.500 ± 0.100 (k=3, 20% tied) | 0.700 ± 0.100 |"
    assert lines[-1].startswith("| contextmix after 1,000 bytes of book | 0.600")


def test_facts_say_where_a_text_is_forgotten():
    def fact(method, value, limit, window):
        metrics = {"asymmetry_bits": 12.3, "asymmetry": 0.0051, "order_matters": 0.5}
        return {
            **Cell("compressor-facts", "words", method).fields(),
            "value": value,
            "stderr": 0.001,
            "metrics": metrics,
            "pairs": 200,
            "overhead_bits": 160.0,
            "window": window,
            "forgotten_from": limit,
            "longest": 2**20,
            **PLACE,
        }

    records = [fact("gzip", 0.04, 32_768, 32_768), fact("identity", 1.0, None, 0)]
    rows = compressor_facts.render(view_of([*records, fact("xz", 0.01, None, None)])).splitlines()
    assert rows[4:] == [
        "| gzip | 160 | 0.040 ± 0.001 | 12 | 0.51% | 50% | 32,768 | 32,768 |",
        "| identity | 160 | 1.000 ± 0.001 | 12 | 0.51% | 50% | 0 | always |",
        "| xz | 160 | 0.010 ± 0.001 | 12 | 0.51% | 50% | none | > 1,048,576 |",
    ]
