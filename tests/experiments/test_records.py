from concurrent.futures import ThreadPoolExecutor

import pytest

from compressclf.experiments import records
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


@pytest.mark.parametrize("cut", range(0, 200, 7))
def test_whatever_was_written_before_a_kill_the_next_run_goes_on(store, cut):
    store.append(record())
    path = store.folder / "full.jsonl"
    whole = path.read_bytes()
    later = record(Cell("full", "é", "c"))
    store.append(later)
    path.write_bytes(path.read_bytes()[: len(whole) + cut])
    assert list(store.load("full"))[:1] == [CELL.key]
    store.append(later)
    assert path.read_bytes().startswith(whole)
    assert list(store.load("full").values()) == [record(), later]


def test_a_full_disk_names_the_file_and_leaves_no_half_line(store, monkeypatch):
    def full(file, data, place):
        file.seek(place)
        file.write(data[:10])
        raise OSError(28, "No space left on device")

    store.append(record())
    path = store.folder / "full.jsonl"
    before = path.read_bytes()
    monkeypatch.setattr(records, "write_all", full)
    with pytest.raises(OSError, match="No space left on device") as error:
        store.append(record(value=0.75))
    assert error.value.filename == str(path)
    assert path.read_bytes() == before


def test_processes_may_append_at_the_same_time(store):
    cells = [Cell("full", "words", "m" * 5000, seed) for seed in range(40)]
    with ThreadPoolExecutor(8) as executor:  # each call opens and locks the file by itself
        list(executor.map(lambda cell: store.append(record(cell)), cells))
    assert set(store.load("full")) == {cell.key for cell in cells}


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
