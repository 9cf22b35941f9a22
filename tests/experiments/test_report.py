"""Numbers that can be checked by hand, and documents that are as the records say."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from compressclf.experiments.cells import Cell
from compressclf.experiments.machine import ROOT
from compressclf.experiments.records import Records, pack_bits
from compressclf.experiments.renderings import summary
from compressclf.experiments.renderings._rivals import compare
from compressclf.experiments.renderings.costs import points_of
from compressclf.experiments.report import refresh, refresh_documents, write_report
from compressclf.experiments.study import Block, Show, Study, names_of_studies, read_study
from compressclf.experiments.view import View

pytestmark = pytest.mark.slow

N = 20
WRONG = {"word SVM": (0, 1), "blocks": (0, 1, *range(10, 18)), "majority": (2,)}
METHODS = tuple(WRONG)


def record(method, **changes):
    right = np.ones(N, bool)
    right[list(WRONG[method])] = False
    return {
        **Cell("full", "words", method).fields(),
        "n_train": 60,
        "n_test": N,
        "n_test_all": N,
        "metric": "accuracy",
        "value": float(right.mean()),
        "stderr": 0.05,
        "settings": {"C": 3.0},
        "learned": {},
        "cpu_seconds": {"tune": 4.0, "fit": 1.0, "predict": 0.5},
        "energy_joules": "not measured",
        "peak_memory_mb": 300,
        "model_bytes": 2_000_000,
        "data": "abc",
        "date": "2026-01-02",
        "commit": "c0ffee",
        "cpu": "A processor",
        "right": pack_bits(right),
        **changes,
    }


def audit():
    leaked = np.zeros(N, bool)
    leaked[[0, 5]] = True
    cell = Cell("audit", "words", "exact copies").fields()
    fields = {"n_train": 60, "n_test": N, "n_test_all": N, "n_classes": 2, "value": 2}
    rest = {"data": "abc", "date": "2026-01-01", "commit": "c0ffee", "cpu": "A processor"}
    return {**cell, **fields, **rest, "leaked": pack_bits(leaked)}


@pytest.fixture
def study(store):
    for one in (*map(record, METHODS), audit()):
        store.append(one)
    shows = (
        Show("accuracy", "full", "accuracy", {"against": ("word SVM",)}),
        Show("wins", "full", "wins", {"against": ("word SVM",)}),
        Show("costs", "full", "costs"),
        Show("settings", "full", "settings"),
        Show("costs-plot", "full", "cost-plot"),
        Show("leaks", "audit", "leaks"),
    )
    blocks = (Block("full", ("words",), (*METHODS, "word LR")),)
    return Study("mine", "Mine", "What?", "We found it.", blocks, shows)


def test_the_report_holds_what_the_records_say(study, tmp_path):
    written = write_report(study, tmp_path)
    assert [path.name for path in written] == ["mine.md", "mine-cost-plot.svg"]
    text = written[0].read_text()
    assert text.startswith("# Mine\n\nWhat?\n\nWe found it.\n\n## Accuracy\n")
    # Of the two that word SVM has wrong one is leaked: 17 of 18 others are right.
    assert "| word SVM | **0.900 ± 0.050 (0.944)** |" in text
    # Eight more are wrong, none more is right: McNemar's p is 2 / 2^8.
    assert "| blocks | 0.500 ± 0.050 (0.500) ▼ |" in text
    assert "| majority | 0.950 ± 0.050 (0.944) |" in text
    assert "| *test rows in training data* | 2 of 20 |" in text
    # Of two tests the smaller p is doubled: 2 · 2 / 2^8 is still below 0.05.
    assert "| blocks | 1 | 0 | 0 | 1 | 0 | 0 |\n| majority | 0 | 0 | 1 | 0 | 0 | 1 |" in text
    assert "| blocks | 1 + 25 · 300 · 2 · – |" in text
    assert "| blocks | C=3 (4 s) |" in text
    assert (
        "Records of 2026-01-02; commits c0ffee; A processor; 1 of 4 cells are not filled." in text
    )
    assert "| words | 2 | 60 | 20 | 2 (10.0%) | `abc` |" in text
    assert "| word LR |" not in text


def test_a_table_of_some_methods(study, tmp_path):
    show = Show("accuracy", "full", "some", {}, ("words",), ("blocks", "word LR"))
    text = write_report(replace(study, shows=(show,)), tmp_path)[0].read_text()
    assert "| blocks | 0.500 ± 0.050 (0.500) |" in text
    assert "majority" not in text
    assert "1 of 2 cells are not filled." in text


def test_mcnemar_on_the_documents_that_both_have():
    found = compare(record("blocks"), record("word SVM"))
    assert (found.gained, found.lost, found.mark) == (0, 8, " ▼")
    assert found.pvalue == 2 / 2**8
    # 10 of the 20 test documents, drawn as the protocol draws them.
    rows = np.sort(np.random.default_rng(0).permutation(N)[:10])
    right = np.isin(rows, WRONG["blocks"], invert=True)
    part = record("blocks", n_test=10, right=pack_bits(right))
    found = compare(part, record("word SVM"))
    assert (found.gained, found.lost) == (0, int(np.isin(rows, range(10, 18)).sum()))


def test_several_seeds_are_a_mean_and_a_deviation(study, store, tmp_path):
    study = replace(study, blocks=(replace(study.blocks[0], seeds=(0, 1)),))
    store.append(record("blocks", seed=1, value=0.7))
    text = write_report(study, tmp_path)[0].read_text()
    assert "| blocks | 0.600 ± 0.141 (0.500) |" in text


def test_other_rows_under_the_same_name_are_told(study, store, tmp_path):
    store.append(record("majority", data="xyz"))
    text = write_report(study, tmp_path)[0].read_text()
    assert "**Records of different data under one name: words.**" in text


def test_costs_are_means_over_the_sets_that_all_methods_have(study):
    other = {"dataset": "others", "value": 0.5}
    slow = {"cpu_seconds": {"fit": 10.0, "predict": 0.0}}
    cells = tuple(Cell("full", name, one) for name in ("words", "others") for one in METHODS)
    records = [record("blocks"), record("blocks", **other, **slow), record("majority", **other)]
    points, datasets = points_of(View(records[:2], {}, cells), "cpu")
    assert datasets == ["words", "others"]
    assert points == [("blocks", pytest.approx((26 * 10) ** 0.5), 0.5)]
    points, datasets = points_of(View([records[0], records[2]], {}, cells), "cpu")
    assert (datasets, [method for method, *_ in points]) == (["words"], ["blocks"])
    assert points_of(View(records, {}, cells), "joules") == ([], ["words", "others"])


def test_the_same_records_make_the_same_files(study, tmp_path):
    first = [path.read_bytes() for path in write_report(study, tmp_path)]
    assert [path.read_bytes() for path in write_report(study, tmp_path)] == first
    assert b"<dc:date>" not in first[1]


def test_marked_tables_are_replaced_and_others_stay(study, tmp_path):
    text = "a\n<!-- table:mine/wins -->\nold\n<!-- end -->\nb\n"
    text += "<!-- table:other/x -->\n<!-- end -->\n"
    fresh = refresh(text, study, tmp_path, "README.md")
    assert fresh.startswith("a\n<!-- table:mine/wins -->\nAgainst the best of word SVM: ")
    assert "old" not in fresh
    assert fresh.endswith("\n<!-- end -->\nb\n<!-- table:other/x -->\n<!-- end -->\n")
    assert refresh(fresh, study, tmp_path, "README.md") == fresh
    with pytest.raises(ValueError, match=r"README\.md: <!-- table:mine/win --> names no table"):
        refresh(text.replace("/wins", "/win"), study, tmp_path, "README.md")


def test_a_summary_has_means_or_a_column_for_each_set():
    records = [record("blocks"), record("blocks", dataset="other", value=0.9), record("majority")]
    view = View(records, {}, [Cell.of(one) for one in records])
    text = summary.render(view, names={"blocks": "`blocks`", "unknown": "none"})
    assert "Means over 2 data sets" in text
    assert "| method | accuracy | s to fit | s per 1,000 | MB |" in text
    assert text.endswith("|---|--:|--:|--:|--:|\n| `blocks` | 0.700 | 1 | 25 | 300 |")
    columns = {"words": "words", "other": "20 others"}
    text = summary.render(view, names={"blocks": "`blocks`", "majority": "M"}, columns=columns)
    assert "processor seconds to fit to 20 others" in text
    assert "| `blocks` | 0.500 | 0.900 | 1 |\n| M | 0.950 | – | – |" in text


RESULTS = ROOT / "experiments" / "results"


@pytest.mark.parametrize("name", names_of_studies())
def test_reports_and_documents_are_as_the_committed_records_say(name, tmp_path):
    study = read_study(name)
    if study.quick:
        pytest.skip("sketches are not committed")
    shutil.copytree(RESULTS / "records", tmp_path / "records")
    text = write_report(study, tmp_path)[0].read_text(encoding="utf-8")
    committed = (RESULTS / f"{name}.md").read_text(encoding="utf-8")
    assert committed == text, f"run `compressclf experiment report {name}`"
    for path in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        document = path.read_text(encoding="utf-8")
        assert refresh(document, study, tmp_path, path.name) == document, path


def test_sketches_do_not_touch_the_documents(study, tmp_path):
    assert refresh_documents(replace(study, quick=True), tmp_path) == []


def test_every_committed_record_is_of_one_cell(tmp_path):
    for path in (RESULTS / "records").glob("*.jsonl"):
        records = Records(path.parent).load(path.stem)
        assert {record["protocol"] for record in records.values()} == {path.stem}
