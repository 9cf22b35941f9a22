"""Matrices on disk equal those in memory, whatever interrupted them."""

import functools
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from compressclf import Corpus, open_matrix, pairwise_distances, write_matrix
from compressclf.distances import Measure, measure
from compressclf.matrices import planning
from compressclf.matrices.planning import plan_memory
from tests.matrices import needs_zarr
from tests.texts import labelled_texts

TEXTS, LABELS = labelled_texts(70)
KINDS = {
    "dense": {},
    "full": {"symmetrize": "none", "dtype": "float32"},
    "column first": {"symmetrize": "none", "order": "yx"},
    "top-k": {"top_k": 4},
    "full top-k": {"top_k": 4, "symmetrize": "none"},
    "threshold": {"threshold": 0.7},
    "full threshold": {"threshold": 0.7, "symmetrize": "none"},
    "both": {"top_k": 4, "threshold": 0.7, "dtype": "float32"},
}
DENSE = {"dense", "full", "column first"}
CASES = [pytest.param(kind, marks=needs_zarr if kind in DENSE else ()) for kind in KINDS]


@pytest.fixture
def low(monkeypatch):
    """Strips of 16 rows, so that 70 documents have five, and small tiles."""
    monkeypatch.setattr(planning, "TALLEST", 16)
    plan = functools.partial(measure.plan_tiles, tile_bytes=100_000)
    monkeypatch.setattr(measure, "plan_tiles", plan)


def in_memory(symmetrize="min", order="auto", **_):
    return pairwise_distances(TEXTS, symmetrize=symmetrize, order=order, n_jobs=1)


def edges_of(distances, top_k=None, threshold=np.inf, symmetrize="min", **_):
    """The plainest way to the same edges."""
    edges = []
    for i, row in enumerate(distances):
        near = [(d, j) for j, d in enumerate(row) if j != i and d <= threshold]
        if top_k is not None:
            edges += [(i, j, d) for d, j in sorted(near)[:top_k]]
        else:
            edges += [(i, j, d) for d, j in near if j > i or symmetrize == "none"]
    return edges


def check(matrix, kind):
    options = KINDS[kind]
    expected, dtype = in_memory(**options), options.get("dtype", "float64")
    if kind in DENSE:
        square = matrix.square()
        assert square.dtype == dtype
        assert np.array_equal(square, expected.astype(dtype))
        assert np.array_equal(matrix.rows(15, 40), square[15:40])
        return
    i, j, distances = matrix.edges
    rows = edges_of(expected, **options)
    assert list(zip(i.tolist(), j.tolist(), strict=True)) == [row[:2] for row in rows]
    assert np.array_equal(distances, np.array([row[2] for row in rows], dtype))


@pytest.mark.usefixtures("low")
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("kind", CASES)
def test_the_matrix_on_disk_is_that_in_memory(tmp_path, kind, n_jobs):
    matrix = write_matrix(TEXTS, tmp_path / "out", y=LABELS, n_jobs=n_jobs, **KINDS[kind])
    check(matrix, kind)
    assert matrix.labels.tolist() == LABELS
    assert os.listdir(tmp_path) == ["out"]


class Stopped(Exception):
    pass


@pytest.mark.usefixtures("low")
@pytest.mark.parametrize("kind", CASES)
def test_what_was_computed_is_not_computed_again(tmp_path, kind, monkeypatch):
    coded = []
    original = Measure.distances

    def distances(measure, x, y, stop=0):
        if len(coded) == stop:
            raise Stopped
        coded.append(len(x.docs) * len(y.docs))
        return original(measure, x, y)

    def counted(stop):
        monkeypatch.setattr(Measure, "distances", lambda *args: distances(*args, stop=stop))

    counted(None)
    write_matrix(TEXTS, tmp_path / "whole", n_jobs=1, **KINDS[kind])
    n, coded[:] = len(coded), []
    assert n > 10
    for stop in range(2, n, 3):  # an error after every third tile
        counted(stop)
        with pytest.raises(Stopped):
            write_matrix(TEXTS, tmp_path / "out", n_jobs=1, **KINDS[kind])
        assert not (tmp_path / "out").exists()
    counted(None)
    matrix = write_matrix(TEXTS, tmp_path / "out", n_jobs=1, **KINDS[kind])
    assert len(coded) == n
    check(matrix, kind)
    assert sorted(os.listdir(tmp_path)) == ["out", "whole"]


@pytest.mark.skipif(sys.platform == "win32", reason="processes cannot be forked")
@pytest.mark.parametrize("kind", [pytest.param("dense", marks=needs_zarr), "top-k", "threshold"])
def test_a_killed_run_continues(kind):
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.kills", "--points", "3", "--kind", kind],
        capture_output=True,
        text=True,
    )
    assert f"{kind}: 3 killed, 3 of 3 restarts identical" in done.stdout, done.stderr


@pytest.mark.usefixtures("low")
def test_an_executor_gives_the_same(tmp_path):
    with ThreadPoolExecutor(2) as executor:
        matrix = write_matrix(TEXTS, tmp_path / "out", executor=executor, **KINDS["top-k"])
    check(matrix, "top-k")


def test_a_finished_matrix_is_not_written_again(tmp_path, monkeypatch):
    path = tmp_path / "out"
    write_matrix(TEXTS, path, top_k=2, n_jobs=1)
    (tmp_path / "out.partial").mkdir()  # killed after the result was renamed
    monkeypatch.setattr(Measure, "code", None)
    assert len(write_matrix(TEXTS, path, top_k=2, n_jobs=1)) == 70
    assert os.listdir(tmp_path) == ["out"]
    with pytest.raises(
        ValueError,
        match=r"out exists, and is the result of other arguments: metric was 'ncd' and is now "
        r"'cdm'; top_k was 2 and is now 3\. Choose another place, or delete it\.",
    ):
        write_matrix(TEXTS, path, top_k=3, metric="cdm")
    (tmp_path / "text").write_bytes(b"text")
    with pytest.raises(ValueError, match="text is not a matrix that `write_matrix` or compressclf"):
        write_matrix(TEXTS, tmp_path / "text", top_k=3)


def test_other_documents_or_settings_do_not_continue(tmp_path, monkeypatch):
    def stop(*_):
        raise Stopped

    monkeypatch.setattr(Measure, "distances", stop)
    with pytest.raises(Stopped):
        write_matrix(TEXTS, tmp_path / "out", top_k=2, n_jobs=1)
    for changed, options in (
        ("documents was '", {"X": [*TEXTS[:-1], "x"]}),
        ("compressor was 'gzip", {"compressor": "zstd"}),
        ("labels was None", {"y": LABELS}),
        ("dtype was 'float64' and is now 'float32'", {"dtype": "float32"}),
    ):
        options = {"X": TEXTS, "top_k": 2, "n_jobs": 1, **options}
        with pytest.raises(ValueError, match=f"begun with other settings: .*{changed}"):
            write_matrix(path=tmp_path / "out", **options)


def test_documents_are_told_apart_by_their_bounds(tmp_path):
    about = [
        write_matrix(texts, tmp_path / str(number), top_k=1).attributes["documents"]
        for number, texts in enumerate(
            [["ab", "c"], ["a", "bc"], Corpus.from_documents(["ab", "c"])]
        )
    ]
    assert about[0] == about[2] != about[1]


@pytest.mark.parametrize("top_k", [1, 9])
def test_few_documents(tmp_path, top_k):
    alone = write_matrix(["to be"], tmp_path / "one", top_k=top_k)
    assert len(alone.edges.i) == 0
    pair = write_matrix(["to be", "or not"], tmp_path / "two", top_k=top_k)
    assert (pair.edges.i.tolist(), pair.edges.j.tolist()) == ([0, 1], [1, 0])


def test_images(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (6, 8, 8), dtype=np.uint8)
    matrix = write_matrix(images, tmp_path / "out", threshold=9.0, symmetrize="none")
    expected = pairwise_distances(images)
    i, j, distances = matrix.edges
    assert len(i) == 30
    assert np.array_equal(distances, expected[i, j])
    assert matrix.attributes["layout"].startswith("joint:")


def test_equal_distances_are_ordered_by_position(tmp_path):
    matrix = write_matrix(["to be"] * 5, tmp_path / "out", top_k=2)
    assert matrix.edges.j.reshape(5, 2).tolist() == [[1, 2], [0, 2], [0, 1], [0, 1], [0, 1]]


def test_the_height_of_a_strip_follows_the_memory():
    docs = Corpus.from_documents(["x" * 240] * 20_000)
    assert plan_memory(docs, 2_000_000_000)[0] == 1024
    assert plan_memory(docs, 500_000_000)[0] == 512
    assert plan_memory(docs, 500_000_000, top_k=20)[0] == 1024
    with pytest.raises(
        ValueError,
        match=r"^`memory` must be at least 413 MB for 20,000 documents of 5 MB\. Got 400",
    ):
        plan_memory(docs, 400_000_000)


@needs_zarr
def test_memory_does_not_change_the_result(tmp_path):
    sizes = (401_000_000, 1_000_000_000)
    small, large = (
        write_matrix(TEXTS, tmp_path / str(memory), memory=memory, n_jobs=1) for memory in sizes
    )
    assert np.array_equal(small.square(), large.square())


BAD = {
    "no documents": ({"X": [], "top_k": 1}, "There are no documents: a matrix needs at least one."),
    "top_k": ({"top_k": 0}, "`top_k` must be an int >= 1. Got 0 instead."),
    "threshold": ({"threshold": float("nan")}, "`threshold` must be a number. Got nan instead."),
    "dtype": (
        {"dtype": "int8", "top_k": 1},
        "Unknown dtype 'int8': choose from float64, float32",
    ),
    "labels": (
        {"y": [1, 2], "top_k": 1},
        "`y` must have one label for each of the 70 documents. Got the shape (2,).",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_told_before_anything_is_written(tmp_path, name):
    options, message = BAD[name]
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        write_matrix(path=tmp_path / "out", **{"X": TEXTS, **options})
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(("package", "options"), [("zarr", {}), ("pyarrow", {"top_k": 1})])
def test_a_package_that_is_not_installed_is_named(tmp_path, monkeypatch, package, options):
    monkeypatch.setitem(sys.modules, package, None)
    expected = rf"^'{package}' is not installed: pip install 'compressclf\[matrix\]'$"
    with pytest.raises(ImportError, match=expected):
        write_matrix(["to be"], tmp_path / "out", **options)
    assert os.listdir(tmp_path) == []


@needs_zarr
def test_a_strip_that_is_gone_is_computed_again(tmp_path, monkeypatch, low):
    original, calls = Measure.distances, []

    def distances(*args):
        calls.append(1)
        if len(calls) == 12:
            raise Stopped
        return original(*args)

    monkeypatch.setattr(Measure, "distances", distances)
    with pytest.raises(Stopped):
        write_matrix(TEXTS, tmp_path / "out", n_jobs=1)
    shards = sorted((tmp_path / "out.partial" / "result" / "distances" / "c").iterdir())
    for shard in shards[-1].iterdir():
        shard.unlink()
    shards[-1].rmdir()
    check(write_matrix(TEXTS, tmp_path / "out", n_jobs=1), "dense")
    assert open_matrix(tmp_path / "out").is_dense
