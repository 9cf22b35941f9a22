import pytest

from compressclf.experiments.cells import Cell
from compressclf.experiments.records import Records

CELL = Cell("full", "words", "blocks", 1, {"shots": 5, "limit_test": 7})


def record(cell=CELL, value=0.5):
    return {**cell.fields(), "value": value}


def test_the_key_is_of_all_fields_and_of_no_order():
    assert Cell("full", "words", "blocks", 1, {"limit_test": 7, "shots": 5}).key == CELL.key
    others = [
        Cell("few", "words", "blocks", 1, CELL.parameters),
        Cell("full", "word", "blocks", 1, CELL.parameters),
        Cell("full", "words", "block", 1, CELL.parameters),
        Cell("full", "words", "blocks", 2, CELL.parameters),
        Cell("full", "words", "blocks", 1, {"shots": 5}),
    ]
    assert len({cell.key for cell in [CELL, *others]}) == 6


def test_what_is_appended_is_loaded_and_of_two_lines_the_later_holds(store):
    store.append(record())
    store.append(record(Cell("full", "é", "b"), 0.25))
    store.append(record(value=0.75))
    loaded = store.load("full")
    assert [one["value"] for one in loaded.values()] == [0.75, 0.25]
    assert loaded[CELL.key] == record(value=0.75)
    assert store.load("few-shot") == {}


@pytest.mark.parametrize("torn", ['{"protocol": "fu', '{"protocol"', "{}"])
def test_a_line_that_a_killed_run_left_is_dropped(store, torn):
    store.append(record())
    path = store.folder / "full.jsonl"
    path.write_text(path.read_text() + torn)
    assert list(store.load("full")) == [CELL.key]
    if torn != "{}":  # that is JSON, which an editor may have left without an end of line
        store.append(record(Cell("full", "b", "c")))
        assert len(store.load("full")) == 2
        assert len(path.read_text().splitlines()) == 2


def test_a_last_line_without_its_end_is_kept(store):
    store.append(record())
    path = store.folder / "full.jsonl"
    path.write_text(path.read_text().rstrip("\n"))
    store.append(record(Cell("full", "b", "c")))
    assert len(store.load("full")) == 2


def test_a_broken_line_in_the_middle_is_named(tmp_path):
    (tmp_path / "full.jsonl").write_text('{"protocol": \n{}\n')
    with pytest.raises(ValueError, match=r"full\.jsonl:1 is not a record; delete the line"):
        Records(tmp_path).load("full")
