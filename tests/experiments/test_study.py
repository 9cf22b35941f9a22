import pytest

from compressclf.experiments import study as studies
from compressclf.experiments.protocols import PROTOCOLS, get_protocol
from compressclf.experiments.renderings import names_of_renderings
from compressclf.experiments.study import names_of_studies, read_study

pytestmark = pytest.mark.slow

GOOD = """
title = "T"
question = "Q?"
[[cells]]
protocol = "few-shot"
datasets = ["a", "b"]
methods = ["majority", "word SVM"]
seeds = [0, 1, 2]
parameters = { shots = [5, 10], limit_test = 100 }
[[show]]
rendering = "shots"
protocol = "few-shot"
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.setattr(studies, "FOLDER", tmp_path)

    def write(text):
        (tmp_path / "mine.toml").write_text(text)
        return read_study("mine")

    return write


def test_cells_are_every_combination_and_an_audit_of_each_set(write):
    study = write(GOOD)
    cells = study.cells()
    assert [str(cell) for cell in cells[:3]] == [
        "audit a/exact copies seed=0 limit_test=100",
        "audit b/exact copies seed=0 limit_test=100",
        "few-shot a/majority seed=0 limit_test=100 shots=5",
    ]
    assert len(cells) == 2 + 2 * 2 * 3 * 2
    assert len({cell.key for cell in cells}) == len(cells)


def test_a_sketch_needs_no_data_and_few_rows(write):
    sketch = write(GOOD).sketch()
    assert sketch.name == "mine-quick"
    assert {cell.dataset for cell in sketch.cells()} == {"bbc-news"}
    assert {cell.seed for cell in sketch.cells()} == {0, 1}
    assert all(cell.parameters["limit_test"] == 100 for cell in sketch.cells())
    assert not {cell.key for cell in sketch.cells()} & {cell.key for cell in write(GOOD).cells()}


def test_a_sketch_takes_its_prior_from_the_sample_and_the_protocols_rows():
    cells = [cell for cell in read_study("intelligence").sketch().cells() if "prior" in str(cell)]
    assert {cell.parameters["prior"] for cell in cells} == {"bbc-news"}
    rows = {(cell.parameters["limit_train"], cell.parameters["limit_test"]) for cell in cells}
    assert rows == {get_protocol("codes").sketch_rows} == {(40, 30)}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"majority"', '"majorty"', r"Unknown method 'majorty': .* did you mean 'majority'"),
        ('protocol = "few-shot"\nd', 'protocol = "few"\nd', r"Unknown protocol 'few'"),
        ("seeds =", "seed =", r"mine\.toml: Unknown key 'seed': .* did you mean 'seeds'"),
        ("limit_test =", "test_limit =", r"mine\.toml: Unknown key 'test_limit'"),
        ('"shots"', '"shot"', r"mine\.toml: Unknown rendering 'shot'"),
        ('question = "Q?"', "", r"mine\.toml: 'question' is missing"),
    ],
)
def test_what_nobody_understands_is_refused(write, old, new, message):
    assert old in GOOD
    with pytest.raises(ValueError, match=message):
        write(GOOD.replace(old, new))


@pytest.mark.parametrize("name", names_of_studies())
def test_every_study_is_sound(name):
    study = read_study(name)
    assert "?" in study.question
    assert study.cells()
    shown = [show.name for show in study.shows]
    assert len(set(shown)) == len(shown)
    assert {show.protocol for show in study.shows} <= {cell.protocol for cell in study.cells()}


def test_quick_has_every_protocol_and_every_kind_of_table_and_plot():
    study = read_study("quick")
    assert {cell.protocol for cell in study.cells()} == set(PROTOCOLS)
    assert {show.rendering for show in study.shows} == set(names_of_renderings())


@pytest.mark.parametrize("name", PROTOCOLS)
def test_every_protocol_says_what_it_does(name):
    protocol = get_protocol(name)
    assert protocol.what
    assert protocol.steps
