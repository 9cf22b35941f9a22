"""What can be wrong with studies: one sentence with the way out."""

import re

import pytest

from tests.cli.refusals import DATA, USAGE, assert_refused

pytestmark = pytest.mark.slow

# name: (arguments, exit code, message); the files are those of the fixture `here`
CASES = {
    "unknown study": (
        "experiment run qick",
        USAGE,
        re.compile("Invalid value for 'NAME': Unknown study 'qick': .*; did you mean 'quick'\\?"),
    ),
    "no such experiment command": (
        "experiment start quick",
        USAGE,
        re.compile("No such command 'start'.*"),
    ),
    "study without data": (
        "experiment run full --results .",
        DATA,
        "r8 is not a sample set: give --data DIR, a folder with r8/train.csv.gz and "
        "r8/test.csv.gz, or --data hf; --quick and the study quick need neither.",
    ),
    "folder without the sets": (
        "experiment run full --data flat --only r8 --results .",
        DATA,
        "flat has no set r8: expected r8/train.csv.gz and r8/test.csv.gz, or r8.npz.",
    ),
    "no data folder": (
        "experiment run full --data nowhere",
        USAGE,
        "Invalid value for --data: there is no folder nowhere; give a folder, hf, or sample.",
    ),
    "set without a name on the hub": (
        "experiment run full --data hf --only r8 --results .",
        DATA,
        "r8 has no name on the hub here (known: 20news, ag_news, clinc150, dbpedia): give --data "
        "DIR, or add a line to HUB in experiments/data.py.",
    ),
    "no cell": (
        "experiment run quick --only r9",
        USAGE,
        re.compile(
            "--only 'r9' matches no cell of quick; write DATASET, .* one of bbc-news.* "
            r"and one of .*\."
        ),
    ),
    "broken record": (
        "experiment run quick --only /majority --results broken",
        DATA,
        "broken/records/full.jsonl:1 is not a record; delete the line and its cell runs again.",
    ),
    "no records": (
        "experiment report --results .",
        DATA,
        "No study has records yet; start with: compressclf experiment run quick",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_one_sentence_and_an_exit_code(name, here):
    assert_refused(*CASES[name], here)
