"""What can be wrong with saved models, and with the places they are saved in."""

import re

import pytest

from tests.cli.refusals import DATA, USAGE, assert_refused

# name: (arguments, exit code, message); the files are those of the fixture `here`
CASES = {
    "save over a file": (
        "classify good.csv --save-model good.csv",
        USAGE,
        "Invalid value for '--save-model': good.csv is a file; a model needs a directory of its "
        "own.",
    ),
    "save over a directory": (
        "classify good.csv --save-model both",
        USAGE,
        "Invalid value for '--save-model': both already exists and is not a model; remove it or "
        "choose another name.",
    ),
    "save into nowhere": (
        "classify good.csv --save-model no/where",
        USAGE,
        re.compile(r"Invalid value for '--save-model': there is no directory .*no to write into\."),
    ),
    "no model": (
        "predict nowhere good.csv",
        DATA,
        "nowhere: No such file or directory",
    ),
    "a directory that is no model": (
        "predict both good.csv",
        DATA,
        "both: not a model: a model is a directory with config.json and arrays.npz.",
    ),
    "a newer model": (
        "predict newer good.csv",
        DATA,
        "newer: the model has format version 99, and this compressclf reads up to 1: pip install "
        "--upgrade compressclf",
    ),
    "nothing to label": (
        "predict saved nowhere.csv",
        DATA,
        "nowhere.csv: no such file or directory (other sources: sample:NAME, hf:NAME, - for "
        "standard input)",
    ),
    "labels of a part": (
        "predict saved gap.csv",
        DATA,
        "gap.csv:3: the label is missing; fill it in or drop the row.",
    ),
    "predictions into nowhere": (
        "predict saved good.csv -o nowhere/report.txt",
        USAGE,
        re.compile(r"Invalid value for .*: there is no directory .*nowhere to write into\."),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_one_sentence_and_an_exit_code(name, here):
    assert_refused(*CASES[name], here)
