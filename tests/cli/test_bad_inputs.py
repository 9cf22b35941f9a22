"""What can be wrong with what users give: one sentence with the way out, and the exit code."""

import gzip
import re

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from compressclf import NCDClassifier, save_model
from compressclf.cli import cli
from compressclf.compressors import COMPRESSORS
from compressclf.models import MODELS

GOOD = b"text,label\none one,a\ntwo two,b\nuno uno,a\ndos dos,b\n"
DATA, USAGE = 1, 2

# name: (arguments, exit code, message; files are made by the fixture below)
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
        "r8 is no sample set: give --data DIR, a folder with r8/train.csv.gz and r8/test.csv.gz, "
        "or --data hf; --quick and the study quick need neither.",
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
        re.compile("--only 'r9' matches no cell of quick; write DATASET, .* one of bbc-news .*"),
    ),
    "broken record": (
        "experiment run quick --only /majority --results broken",
        DATA,
        "broken/records/full.jsonl:1 is no record; delete the line and its cell runs again.",
    ),
    "no records": (
        "experiment report --results .",
        DATA,
        "No study has records yet; start with: compressclf experiment run quick",
    ),
    "missing file": (
        "classify nowhere.csv",
        DATA,
        "nowhere.csv: no such file or directory (other sources: sample:NAME, hf:NAME, - for "
        "standard input)",
    ),
    "empty file": ("classify empty.csv", DATA, "empty.csv: the file is empty."),
    "header only": ("classify header.csv", DATA, "header.csv: there are no rows."),
    "wrong columns": (
        "classify columns.csv",
        DATA,
        "columns.csv: there is no column 'text' (found: 'sentence', 'class'); name it with "
        "--text-column.",
    ),
    "wrong label column": (
        "classify columns.csv --text-column sentence",
        DATA,
        "columns.csv: there is no column 'label' (found: 'sentence', 'class'); name it with "
        "--label-column.",
    ),
    "too many fields": (
        "classify fields.csv",
        DATA,
        "fields.csv:3: expected 2 fields, found 3; put quotes around a field that holds the "
        "delimiter.",
    ),
    "open quote": (
        "classify quote.csv",
        DATA,
        "quote.csv:3: unexpected end of data; quotes inside a field are written twice, and a field "
        "with a line break stands in quotes.",
    ),
    "mixed encodings": (
        "classify mixed.csv",
        DATA,
        "mixed.csv:4: byte 0xe9 is not valid utf-8; convert the file, or name its encoding with "
        "--encoding.",
    ),
    "unknown encoding": (
        "classify good.csv --encoding klingon",
        DATA,
        "Unknown encoding 'klingon'; try utf-8, latin-1 or utf-16.",
    ),
    "binary": (
        "classify binary.csv",
        DATA,
        "binary.csv:1: byte 0x89 is not valid utf-8; convert the file, or name its encoding with "
        "--encoding.",
    ),
    "truncated gz": (
        "classify cut.csv.gz",
        DATA,
        "cut.csv.gz: the .gz file is damaged or cut off (Compressed file ended before the "
        "end-of-stream marker was reached).",
    ),
    "not a gz": (
        "classify fake.csv.gz",
        DATA,
        "fake.csv.gz: the .gz file is damaged or cut off (Not a gzipped file (b'te')).",
    ),
    "truncated zst": (
        "classify cut.csv.zst",
        DATA,
        "cut.csv.zst: the .zst file is damaged or cut off (the last frame does not end).",
    ),
    "unknown kind": (
        "classify notes.docx",
        DATA,
        "notes.docx: unknown kind of file; use .csv, .tsv, .jsonl, .parquet, .txt (also with .gz, "
        ".zst, .xz, .bz2) or .npz.",
    ),
    "no classes in directory": (
        "classify flat",
        DATA,
        "flat: expected one sub-directory for each class with its files inside, or tables "
        "train.csv and test.csv; found neither.",
    ),
    "texts and images": (
        "classify both",
        DATA,
        "both: texts and images are mixed (see both/b/1.txt); keep one kind.",
    ),
    "broken image": (
        "classify pictures",
        DATA,
        "pictures/a/1.png: not a readable image (cannot identify image file 'pictures/a/1.png').",
    ),
    "unreadable directory": ("classify locked", DATA, "locked: Permission denied"),
    "bad JSON": (
        "classify bad.jsonl",
        DATA,
        "bad.jsonl:2: not valid JSON (Expecting ',' delimiter).",
    ),
    "JSON list": (
        "classify list.jsonl",
        DATA,
        "list.jsonl:1: expected an object with 'text' and 'label', found a list.",
    ),
    "JSON number as text": (
        "classify number.jsonl",
        DATA,
        "number.jsonl:1: 'text' must be a string, found 7.",
    ),
    "not Parquet": (
        "classify fake.parquet",
        DATA,
        re.compile(r"fake\.parquet: not a readable Parquet file \(.+\)\."),
    ),
    "npz without arrays": (
        "classify other.npz",
        DATA,
        "other.npz: arrays x_train and y_train are needed (found: images).",
    ),
    "npz of objects": (
        "classify objects.npz",
        DATA,
        re.compile(
            r"objects\.npz: not a readable \.npz file of plain arrays \(Object arrays .+\)\."
        ),
    ),
    "npz of different lengths": (
        "classify lengths.npz",
        DATA,
        "lengths.npz: x_train has shape (2, 4), y_train (3,); expected one label for each "
        "document.",
    ),
    "one class": (
        "classify one.csv good.csv",
        DATA,
        "one.csv: all 2 training documents have the label 'a'; classification needs two classes or "
        "more.",
    ),
    "training without labels": (
        "classify unlabelled.txt",
        DATA,
        "unlabelled.txt: plain lines have no labels; give JSON lines or a table with the columns "
        "'text' and 'label'.",
    ),
    "NaN label": (
        "classify nan.csv",
        DATA,
        "nan.csv:3: the label is missing; fill it in or drop the row.",
    ),
    "test half labelled": (
        "classify good.csv nan.csv",
        DATA,
        "nan.csv:3: the label is missing; fill it in or drop the row.",
    ),
    "too few to hold out": (
        "classify good.csv --test-size 0.1",
        DATA,
        "4 documents in 2 classes are too few to hold out 0.1 of them: give a TEST source or "
        "another --test-size.",
    ),
    "k beyond the training data": (
        "classify --method ncd-knn good.csv good.csv -k 5",
        DATA,
        "Expected n_neighbors <= n_samples, but n_neighbors = 5, n_samples = 4: take fewer "
        "neighbours or more training documents.",
    ),
    "empty standard input": (
        "classify good.csv -",
        DATA,
        "standard input: there is nothing to read.",
    ),
    "output into nowhere": (
        "classify good.csv good.csv -o nowhere/report.txt",
        USAGE,
        re.compile(r"Invalid value for .*: there is no directory .*nowhere to write into\."),
    ),
    "unknown sample": (
        "classify sample:bbc",
        DATA,
        "Unknown sample 'bbc': choose from bbc-news, digits.",
    ),
    "codelength of nothing": (
        "codelength empty.csv",
        DATA,
        "empty.csv: the file is empty; bits per byte need a byte.",
    ),
    "distance to nowhere": (
        "distance good.csv nowhere.csv",
        DATA,
        "nowhere.csv: No such file or directory",
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
        "Unknown command 'clasify': choose from classify, codelength, compressors, datasets, "
        "distance, experiment, predict; did you mean 'classify'?",
    ),
    "test size of one": (
        "classify good.csv --test-size 1",
        USAGE,
        "Invalid value for '--test-size': 1.0 is not in the range 0<x<1.",
    ),
    "no threads": (
        "classify good.csv -j 0",
        USAGE,
        "Invalid value for '-j' / '--jobs': must not be 0; -1 is one thread for each processor.",
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
    "save over a file": (
        "classify good.csv --save-model good.csv",
        USAGE,
        "Invalid value for '--save-model': good.csv is a file; a model needs a directory of its "
        "own.",
    ),
    "save over a directory": (
        "classify good.csv --save-model both",
        USAGE,
        "Invalid value for '--save-model': both is there already and is no model; remove it or "
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
        "predict saved nan.csv",
        DATA,
        "nan.csv:3: the label is missing; fill it in or drop the row.",
    ),
    "predictions into nowhere": (
        "predict saved good.csv -o nowhere/report.txt",
        USAGE,
        re.compile(r"Invalid value for .*: there is no directory .*nowhere to write into\."),
    ),
    "standard input twice": (
        "classify - -",
        USAGE,
        "Standard input can be SOURCE or TEST, not both.",
    ),
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A directory with everything that can be wrong, and good.csv."""
    monkeypatch.chdir(tmp_path)
    files = {
        "good.csv": GOOD,
        "empty.csv": b"",
        "header.csv": b"text,label\n",
        "columns.csv": b"sentence,class\none,a\n",
        "fields.csv": b"text,label\none,a\ntwo, three,b\n",
        "quote.csv": b'text,label\none,a\n"two,b\n',
        "mixed.csv": "text,label\none,a\ncafé,b\n".encode() + "café,a\n".encode("latin-1"),
        "binary.csv": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        "cut.csv.gz": gzip.compress(GOOD * 50)[:-20],
        "fake.csv.gz": GOOD,
        "cut.csv.zst": bytes.fromhex("28b52ffd2004210000"),
        "notes.docx": b"PK",
        "flat/1.txt": b"one",
        "both/b/1.txt": b"one",
        "pictures/a/1.png": b"no picture",
        "locked/a/1.txt": b"one",
        "bad.jsonl": b'{"text": "one", "label": "a"}\n{"text": "two" "label": "b"}\n',
        "list.jsonl": b'["one", "a"]\n',
        "number.jsonl": b'{"text": 7, "label": "a"}\n',
        "fake.parquet": b"PAR0" * 9,
        "one.csv": b"text,label\none,a\ntwo,a\n",
        "unlabelled.txt": b"one\ntwo\n",
        "nan.csv": b"text,label\none,a\ntwo,NaN\n",
        "broken/records/full.jsonl": b"{}\n",
        "newer/config.json": b'{"format": "compressclf-model", "format_version": 99}',
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    (tmp_path / "both" / "a").mkdir()
    Image.new("L", (2, 2)).save(tmp_path / "both" / "a" / "1.png")
    np.savez(tmp_path / "other.npz", images=np.zeros(3))
    np.savez(tmp_path / "objects.npz", x_train=np.array([None, []], dtype=object), y_train=[0, 1])
    np.savez(tmp_path / "lengths.npz", x_train=np.zeros((2, 4)), y_train=[0, 1, 2])

    save_model(NCDClassifier(1).fit(["one", "two"], ["a", "b"]), "saved")

    def locked(path):  # root may read everything, so the refusal is made here
        if path.name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return original(path)

    original = type(tmp_path).iterdir
    monkeypatch.setattr(type(tmp_path), "iterdir", locked)
    return tmp_path


@pytest.mark.parametrize("name", CASES)
def test_one_sentence_and_an_exit_code(name, here):
    arguments, exit_code, message = CASES[name]
    before = sorted(path for path in here.rglob("*"))
    result = CliRunner().invoke(cli, arguments.split(), input=b"")
    assert result.stdout == ""
    *usage, last = result.stderr.rstrip("\n").split("\n")
    assert last.startswith("Error: ")
    if isinstance(message, re.Pattern):
        assert message.fullmatch(last.removeprefix("Error: "))
    else:
        assert last == f"Error: {message}"
    assert result.exit_code == exit_code
    assert bool(usage) == (exit_code == USAGE)
    assert sorted(path for path in here.rglob("*")) == before  # nothing half-written


def test_enough_of_them():
    assert len(CASES) >= 30
