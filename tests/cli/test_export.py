"""``compressclf export``: from a saved model to a page."""

import re

import numpy as np
import pytest
from click.testing import CliRunner

from compressclf import CodelengthClassifier, NCDClassifier, save_model
from compressclf.cli import cli
from tests.cli.refusals import DATA, USAGE, assert_refused
from tests.export.texts import taught


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_model(taught(), "small")
    save_model(NCDClassifier(1).fit(["one", "two"], ["a", "b"]), "neighbours")
    other = CodelengthClassifier("zstd-dict", calibration=1.0)
    save_model(other.fit(["one", "two"], ["a", "b"]), "other")
    (tmp_path / "new.csv").write_text("text\na late goal\nmore rain\n")
    (tmp_path / "new.txt").write_text("a late goal\nmore rain\n")
    np.savez("images.npz", x_train=np.zeros((4, 3, 3), np.uint8), y_train=[0, 1, 0, 1])
    return tmp_path


def run(*arguments, **more):
    result = CliRunner().invoke(cli, list(arguments), **more)
    assert result.exit_code == 0, result.stderr
    assert result.stdout == ""
    return result.stderr


def test_export_writes_a_page_and_states_what_it_has(here):
    said = run("export", "small", "-o", "page.html")
    size = len((here / "page.html").read_bytes()) / 1e6
    assert said == (
        f"page.html: {size:.2f} MB. The page has all 788 features, with bits in steps of "
        "1/1,048,576.\n"
        "The loss was not measured: give documents after MODEL_DIR to measure it.\n"
    )


@pytest.mark.parametrize("docs", ["new.csv", "-"])
def test_export_measures_the_loss_on_documents(here, docs):
    said = run("export", "small", docs, "-o", "page.html", input="a late goal\nmore rain\n")
    found = re.search(
        r"On 2 documents, 100 % of the labels are those of the classifier; codelengths differ by "
        r"(\S+) bits on average and (\S+) at most, probabilities by (\S+) at most\.\n$",
        said,
    )
    assert all(float(number) < 1e-4 for number in found.groups())


TAKES = "export takes classifiers of texts with the class model blocks alone"
CASES = {
    "no page": (
        "export small -o page.pdf",
        USAGE,
        re.compile(r"Invalid value for '-o' / '--output': page\.pdf: .*suffix.*\.html.*"),
    ),
    "no folder": (
        "export small -o no/page.html",
        USAGE,
        re.compile(r"Invalid value for .*: there is no directory .*no to write into\."),
    ),
    "too small": (
        "export small -o page.html --size 0.01",
        USAGE,
        "Invalid value for '--size': 0.01 is not in the range 0.1<=x<=100.",
    ),
    "neighbours": (
        "export neighbours -o page.html",
        DATA,
        f"{TAKES}: save a model of --method codelength --model blocks.",
    ),
    "another model": (
        "export other -o page.html",
        DATA,
        f"{TAKES}, and this one has zstd-dict: save a model of --model blocks.",
    ),
    "images": (
        "export small images.npz -o page.html",
        DATA,
        "images.npz: these documents are images, and the model is one of texts.",
    ),
}


@pytest.mark.parametrize(("arguments", "exit_code", "message"), CASES.values(), ids=CASES)
def test_a_bad_call_is_refused_in_one_sentence(here, arguments, exit_code, message):
    assert_refused(arguments, exit_code, message, here)
