"""What can be wrong with the call: exit code 2, and one sentence with the way out."""

import re

import pytest

from compressclf.cli import COMMANDS
from compressclf.compressors import COMPRESSORS
from compressclf.models import MODELS
from tests.cli.refusals import USAGE, assert_refused

# name: (arguments, exit code, message); the files are those of the fixture `here`
CASES = {
    "output into nowhere": (
        "classify good.csv good.csv -o nowhere/report.txt",
        USAGE,
        re.compile(r"Invalid value for .*: there is no directory .*nowhere to write into\."),
    ),
    "k of zero": (
        "classify good.csv -k 0",
        USAGE,
        "Invalid value for '-k' / '--n-neighbors': 0 is not in the range x>=1.",
    ),
    "k of a word": (
        "classify good.csv -k few",
        USAGE,
        "Invalid value for '-k' / '--n-neighbors': 'few' is not a valid integer range.",
    ),
    "unknown metric": (
        "classify good.csv --metric ncdd",
        USAGE,
        "Invalid value for '--metric': Unknown metric 'ncdd': choose from ncd, cdm, clm, cosine, "
        "conditional; did you mean 'ncd'?",
    ),
    "unknown compressor": (
        "classify good.csv --compressor gzpi",
        USAGE,
        "Invalid value for '--compressor': Unknown compressor 'gzpi': choose from "
        f"{', '.join(COMPRESSORS.names())}; did you mean 'gzip'?",
    ),
    "bad level": (
        "classify good.csv --compressor gzip:level=99",
        USAGE,
        "Invalid value for '--compressor': The 'level' parameter of gzip must be an int in [1, 9]. "
        "Got 99 instead.",
    ),
    "unknown command": (
        "clasify good.csv",
        USAGE,
        f"Unknown command 'clasify': choose from {', '.join(COMMANDS)}; did you mean 'classify'?",
    ),
    "test size of one": (
        "classify good.csv --test-size 1",
        USAGE,
        "Invalid value for '--test-size': 1.0 is not in the range 0<x<1.",
    ),
    "no threads": (
        "classify good.csv -j 0",
        USAGE,
        "Invalid value for '-j' / '--jobs': must not be 0; -1 is one thread per processor.",
    ),
    "direction and symmetry": (
        "classify --method ncd-knn good.csv --metric conditional --symmetrize min",
        USAGE,
        "The metric 'conditional' is C(yx) − C(y): it needs order 'yx' or 'auto' and symmetrize "
        "'none'.",
    ),
    "neighbours of codelengths": (
        "classify good.csv --method codelength -k 3",
        USAGE,
        "-k / --n-neighbors belongs to --method ncd-knn, and the method is codelength: leave it "
        "out, or add --method ncd-knn.",
    ),
    "default of another method": (
        "classify good.csv --method codelength --compressor gzip",
        USAGE,
        "--compressor belongs to --method ncd-knn, and the method is codelength: leave it out, or "
        "add --method ncd-knn.",
    ),
    "models of neighbours": (
        "classify good.csv --method ncd-knn --prior uniform",
        USAGE,
        "--prior belongs to --method codelength, and the method is ncd-knn: leave it out, or add "
        "--method codelength.",
    ),
    "auto among models": (
        "classify good.csv --method codelength --model auto --model zstd-dict",
        USAGE,
        "--model auto chooses one model: give it alone, or leave it out.",
    ),
    "unknown model": (
        "classify good.csv --method codelength --model blocs",
        USAGE,
        f"Invalid value for '--model': Unknown model 'blocs': choose from "
        f"{', '.join(MODELS.names())}; did you mean 'blocks'?",
    ),
    "unknown method": (
        "classify good.csv --method knn",
        USAGE,
        "Invalid value for '--method': Unknown method 'knn': choose from codelength, ncd-knn; did "
        "you mean 'ncd-knn'?",
    ),
    "calibration of nothing": (
        "classify good.csv --method codelength --calibration 0",
        USAGE,
        "Invalid value for '--calibration': '0' is neither 'auto' nor a number > 0.",
    ),
    "calibration of a word": (
        "classify good.csv --method codelength --calibration hot",
        USAGE,
        "Invalid value for '--calibration': 'hot' is neither 'auto' nor a number > 0.",
    ),
    "standard input twice": (
        "classify - -",
        USAGE,
        "Standard input can be SOURCE or TEST, not both.",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_one_sentence_and_an_exit_code(name, here):
    assert_refused(*CASES[name], here)
