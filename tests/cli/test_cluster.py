"""``--scheduler`` and ``--local-cluster``."""

import gc

import pytest
from click.testing import CliRunner

from compressclf.cli import _cluster, cli
from tests.cli.refusals import DATA, USAGE, assert_refused
from tests.clusters import local_client

ABSENT = (
    "No Dask scheduler answers at {}: check the address, start one with 'dask scheduler', or "
    "leave out --scheduler."
)
CASES = {
    "both": (
        "predict saved good.csv --scheduler tcp://127.0.0.1:1 --local-cluster 2",
        USAGE,
        "--scheduler and --local-cluster exclude each other: give one.",
    ),
    "no process": (
        "matrix good.csv -o matrix.zarr --local-cluster 0",
        USAGE,
        "Invalid value for '--local-cluster': 0 is not in the range x>=1.",
    ),
    "no file": (
        "classify good.csv --scheduler nowhere.json",
        USAGE,
        "Invalid value for --scheduler: there is no file nowhere.json; give the file of dask "
        "scheduler --scheduler-file, or an address as in tcp://10.0.0.1:8786.",
    ),
    "no port": (
        "classify good.csv --scheduler tcp://127.0.0.1",
        DATA,
        ABSENT.format("tcp://127.0.0.1"),
    ),
    "no scheduler": (
        "predict saved good.csv --scheduler tcp://127.0.0.1:1",
        DATA,
        ABSENT.format("tcp://127.0.0.1:1"),
    ),
    "no scheduler for a matrix": (
        "matrix good.csv -o matrix.zarr --scheduler tcp://127.0.0.1:1",
        DATA,
        ABSENT.format("tcp://127.0.0.1:1"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_refusals(name, here, monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(_cluster, "SECONDS", 0.5)
    before = {id(one) for one in gc.get_objects() if type(one) is distributed.Client}
    assert_refused(*CASES[name], here)
    left = [one for one in gc.get_objects() if type(one) is distributed.Client]
    assert all(id(one) in before for one in left)  # a client that failed is not collected later


@pytest.mark.parametrize(
    "command",
    [
        "classify good.csv",
        "predict saved good.csv",
        "matrix good.csv -o matrix.zarr",
        "experiment run quick --results results",
    ],
)
def test_a_missing_package(command, here, monkeypatch):
    def missing(module, *, extra):
        return _cluster_import(f"no_such_{module}", extra=extra)

    _cluster_import = _cluster.optional_import
    monkeypatch.setattr(_cluster, "optional_import", missing)
    message = "'no_such_dask' is not installed: pip install 'compressclf[distributed]'"
    assert_refused(f"{command} --local-cluster 2", DATA, message, here)


@pytest.fixture(scope="module")
def scheduler():
    pytest.importorskip("distributed")
    with local_client() as client:
        yield client.scheduler.address


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        "classify sample:bbc-news --limit-train 40 --limit-test 20 --format csv",
        "classify good.csv good.csv --method ncd-knn -k 1 --format csv",
        "predict saved good.csv --format csv",
    ],
)
def test_a_cluster_changes_nothing(command, here, scheduler):
    found = CliRunner().invoke(cli, [*command.split(), "--scheduler", scheduler])
    expected = CliRunner().invoke(cli, command.split())
    assert (found.exit_code, found.stdout) == (0, expected.stdout)


@pytest.mark.slow
def test_matrices(here, scheduler):
    command = ["matrix", "good.csv", "--top-k", "2"]
    found = CliRunner().invoke(cli, [*command, "-o", "a.parquet", "--scheduler", scheduler])
    CliRunner().invoke(cli, [*command, "-o", "b.parquet"])
    assert found.exit_code == 0
    assert (here / "a.parquet").read_bytes() == (here / "b.parquet").read_bytes()


@pytest.mark.slow
def test_a_matrix_whose_cluster_is_lost(here, monkeypatch):
    def lose(*arguments, **more):
        raise ConnectionError("The Dask scheduler is lost.")

    monkeypatch.setattr("compressclf.matrices.writing.Journal.append", lose)
    result = CliRunner().invoke(
        cli, ["matrix", "good.csv", "-o", "a.parquet", "-j", "1", "--top-k", "2"]
    )
    assert result.stderr.splitlines()[-2:] == [
        "Finished work is in a.parquet.partial: run the same command to continue.",
        "Error: The Dask scheduler is lost.",
    ]
    assert result.exit_code == 1
