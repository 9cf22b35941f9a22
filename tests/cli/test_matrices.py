"""The commands matrix, cluster and convert-matrix."""

import csv
import json

import numpy as np
import pytest
from click.testing import CliRunner

from compressclf import open_matrix, pairwise_distances
from compressclf.cli import cli
from tests.texts import labelled_texts

TEXTS, LABELS = labelled_texts(40, n_words=60)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [f'"{text}",{label}\n' for text, label in zip(TEXTS, LABELS, strict=True)]
    (tmp_path / "docs.csv").write_text("text,label\n" + "".join(rows))
    (tmp_path / "plain.csv").write_text("text\n" + "".join(f'"{text}"\n' for text in TEXTS))
    return tmp_path


def run(arguments):
    result = CliRunner().invoke(cli, arguments.split())
    assert result.exit_code == 0, result.stderr
    return result


def refused(arguments, exit_code=1):
    result = CliRunner().invoke(cli, arguments.split())
    assert (result.exit_code, result.stdout) == (exit_code, "")
    return result.stderr.splitlines()[-1]


def test_dense_cluster_and_export(here):
    pytest.importorskip("zarr", reason="zarr 3 needs Python 3.11")
    told = run("matrix docs.csv -o m.zarr -j 1")
    assert told.stdout == ""
    assert told.stderr == "m.zarr: a dense matrix of 40 documents.\n"
    expected = pairwise_distances(TEXTS, symmetrize="min", n_jobs=1)
    assert np.array_equal(open_matrix("m.zarr").square(), expected)

    report = run("cluster m.zarr --method average --n-clusters 3").stdout.splitlines()
    assert report[0] == "m.zarr: 40 documents, 3 clusters by average; 0 documents in no cluster"
    assert report[1].startswith("ari ")
    assert report[3].split() == ["cluster", "documents", "label", "share"]
    found = json.loads(run("cluster m.zarr --format json").stdout)
    assert list(found["scores"]) == ["ari", "ami", "purity"]
    assert len(found["assignment"]) == found["documents"] == 40

    run("convert-matrix m.zarr -o m.csv")
    assert len((here / "m.csv").read_text().splitlines()) == 41
    (here / "names.txt").write_text("".join(f"n{i}\n" for i in range(40)))
    run("convert-matrix m.zarr -o m.out --format phylip --names names.txt")
    assert (here / "m.out").read_text().startswith("40\nn0 0 ")


def test_edges_and_their_components(here):
    run("matrix plain.csv --threshold 0.9 -o m.parquet --memory 2GB -j 1")
    rows = list(
        csv.DictReader(
            run(
                "cluster m.parquet --threshold 0.6 --labels-from docs.csv --format csv"
            ).stdout.splitlines()
        )
    )
    assert [row["label"] for row in rows] == LABELS
    assert {int(row["document"]) for row in rows} == set(range(40))
    again = run("matrix plain.csv --threshold 0.9 -o m.parquet").stderr
    assert again == "m.parquet: edges of 40 documents.\n"


def test_a_stopped_run_is_continued(here, monkeypatch):
    def stop(*_):
        raise ValueError("stopped.")

    with monkeypatch.context() as context:
        context.setattr("compressclf.distances.Measure.distances", stop)
        assert refused("matrix docs.csv --top-k 3 -o m.parquet -j 1") == "Error: stopped."
    assert (here / "m.parquet.partial" / "journal").exists()
    assert run("matrix docs.csv --top-k 3 -o m.parquet -j 1").stderr == (
        "m.parquet.partial is from a run that was stopped: it is continued.\n"
        "m.parquet: edges of 40 documents.\n"
    )


def test_conditional_is_not_symmetrized(here):
    run("matrix docs.csv --top-k 3 --metric conditional -o m.parquet -j 1")
    assert open_matrix("m.parquet").attributes["symmetrize"] == "none"


def test_refusals(here):
    run("matrix docs.csv --top-k 3 -o m.parquet -j 1")
    assert refused("matrix docs.csv --top-k 4 -o m.parquet") == (
        "Error: m.parquet exists, and is the result of other arguments: top_k was 3 and is now 4. "
        "Choose another place, or delete it."
    )
    assert refused("matrix docs.csv --memory 100MB --top-k 3 -o n.parquet") == (
        "Error: --memory must be at least 400 MB for 40 documents of 0 MB. Got 100 MB."
    )
    assert refused("matrix docs.csv --memory lots -o n", 2) == (
        "Error: Invalid value for '--memory': 'lots' is not a size, as in 500MB or 2GB."
    )
    assert refused("matrix docs.csv -o nowhere/m.zarr", 2).endswith("nowhere to write into.")
    assert refused("matrix docs.csv", 2) == "Error: Missing option '-o' / '--output'."
    assert refused("matrix docs.csv --metric conditional --symmetrize min -o n", 2) == (
        "Error: The metric 'conditional' is C(yx) − C(y): it needs order 'yx' or 'auto' and "
        "symmetrize 'none'."
    )
    assert refused("cluster docs.csv") == (
        "Error: docs.csv is not a matrix that `write_matrix` or compressclf matrix wrote."
    )
    assert refused("cluster m.parquet --n-clusters 3") == (
        "Error: The method 'components' has no parameter --n-clusters: leave it out."
    )
    assert refused("convert-matrix m.parquet -o m.csv").startswith(
        "Error: m.parquet holds edges, not a dense matrix: use `edges`, or write the matrix "
        "without --top-k and --threshold."
    )
    assert sorted(path.name for path in here.iterdir()) == ["docs.csv", "m.parquet", "plain.csv"]
