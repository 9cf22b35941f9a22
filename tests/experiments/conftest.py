"""A small data folder, and runs that need no other processes."""

import csv
import gzip

import numpy as np
import pytest

from compressclf.experiments import runner
from compressclf.experiments.processes import StepError
from compressclf.experiments.records import Records

WORDS = {"animals": "cat dog horse sheep owl", "tools": "saw axe hammer drill plane"}
N_TRAIN, N_TEST = 60, 20


def write_table(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("label", "text"), *rows])


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    """Return a folder with the set `words`; two of its test rows are training rows."""
    folder = tmp_path_factory.mktemp("data")
    generator = np.random.default_rng(0)

    def row(label):
        return label, " ".join(generator.choice(WORDS[label].split(), 2)) + f" {generator.random()}"

    labels = list(WORDS)
    train = [row(labels[index % 2]) for index in range(N_TRAIN)]
    test = [row(labels[index % 2]) for index in range(N_TEST)]
    write_table(folder / "words" / "train.csv.gz", train)
    write_table(folder / "words" / "test.csv.gz", [*test[:-2], *train[:2]])
    return folder


@pytest.fixture
def store(tmp_path):
    return Records(tmp_path / "records")


@pytest.fixture
def in_process(monkeypatch):
    """Measure in this process; what is thrown is a step's error, as it would be elsewhere."""

    def measure(self, protocol, job, step):
        try:
            return protocol.steps[step](job)
        except Exception as error:
            raise StepError(f"{type(error).__name__}: {error}") from None

    monkeypatch.setattr(runner._Workers, "measure", measure)


@pytest.fixture
def fill(data, store, in_process):
    """Return a function that fills cells and returns (progress, lines said)."""

    def run(cells, **options):
        said = []
        options = {"data": str(data), "threads": 1, "force": False, **options}
        progress = runner.run_cells(cells, store, say=said.append, **options)
        return progress, said

    return run
