"""Reading matrices, and writing them for other programs."""

import base64
import csv
import json
import re
import sys
import types

import numpy as np
import pytest

from compressclf import open_matrix, pairwise_distances, write_matrix
from compressclf.matrices import export_matrix, exports, opening, to_skbio
from tests.matrices import needs_zarr
from tests.texts import labelled_texts

TEXTS, LABELS = labelled_texts(12)
NAMES = [f"text_{number}" for number in range(12)]


@pytest.fixture(scope="module")
def dense(tmp_path_factory):
    pytest.importorskip("zarr", reason="zarr 3 needs Python 3.11")
    return write_matrix(TEXTS, tmp_path_factory.mktemp("m") / "m.zarr", y=LABELS, n_jobs=1)


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    pytest.importorskip("zarr", reason="zarr 3 needs Python 3.11")
    place = tmp_path_factory.mktemp("m") / "full.zarr"
    return write_matrix(TEXTS, place, symmetrize="none", n_jobs=1)


@pytest.fixture(scope="module")
def edges(tmp_path_factory):
    place = tmp_path_factory.mktemp("m") / "m.parquet"
    return write_matrix(TEXTS, place, y=LABELS, top_k=2, n_jobs=1)


@pytest.fixture(scope="module")
def expected():
    return pairwise_distances(TEXTS, symmetrize="min", n_jobs=1)


def test_half_of_a_mirrored_matrix_is_stored(dense, expected):
    array = dense.array[:]
    assert np.isnan(array[np.tril_indices(12, -1)]).all()
    assert np.array_equal(array[np.triu_indices(12)], expected[np.triu_indices(12)])
    assert np.isnan(dense.array.fill_value)
    assert dense.array.metadata.zarr_format == 3
    assert dense.array.metadata.dimension_names == ("i", "j")


def test_a_matrix_says_what_it_is(dense, edges):
    for matrix, kind, k in ((dense, "dense", None), (edges, "edges", 2)):
        about = matrix.attributes
        assert (about["format"], about["top_k"], about["schema"]) == (kind, k, 1)
        assert (about["metric"], about["compressor"]) == ("ncd", "gzip:level=9")
        assert (about["n_documents"], len(matrix)) == (12, 12)
        assert about["classes"] == sorted(set(LABELS))
        assert re.fullmatch("[0-9a-f]{64}", about["documents"])
        assert matrix.labels.tolist() == LABELS
        assert repr(matrix).endswith(f"{'dense matrix' if k is None else 'edges'} of 12 documents")


def test_a_parquet_file_can_be_read_by_anything(edges):
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(edges.path)
    assert table.column_names == ["i", "j", "distance"]
    assert table.num_rows == 24
    labels = base64.b64decode(table.schema.metadata[b"compressclf.labels"])
    classes = json.loads(table.schema.metadata[b"compressclf"])["classes"]
    assert [classes[code] for code in np.frombuffer(labels, "<i4")] == LABELS


def test_edges_as_a_sparse_matrix(edges, expected):
    graph = edges.graph()
    assert graph.shape == (12, 12)
    assert graph.nnz == 24
    i, j, distances = edges.edges
    assert np.array_equal(distances, expected[i, j])
    assert np.array_equal(graph.toarray()[i, j], distances)


def test_what_is_not_stored_is_refused(dense, edges):
    with pytest.raises(ValueError, match="holds edges, not a dense matrix: use `edges`, or write"):
        edges.square()
    with pytest.raises(ValueError, match="holds a dense matrix, not edges: use `array` or"):
        _ = dense.edges
    with pytest.raises(ValueError, match="has 12 documents, and a square matrix in memory at most"):
        dense.square(most=11)


def test_other_files_are_refused(tmp_path, edges):
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_bytes(b"PAR1 text")
    for name in ("folder", "text"):
        with pytest.raises(ValueError, match=f"{name} is not a matrix that `write_matrix` or "):
            open_matrix(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        open_matrix(tmp_path / "nothing")


def change(path, target, **changed):
    """Copy a file of edges, with other attributes."""
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(path)
    about = json.loads(table.schema.metadata[b"compressclf"]) | changed
    if about["classes"] is None:
        del about["classes"]
    metadata = {**table.schema.metadata, b"compressclf": json.dumps(about).encode()}
    pyarrow.parquet.write_table(table.replace_schema_metadata(metadata), target)


def test_files_whose_parts_do_not_fit_are_refused(tmp_path, edges):
    change(edges.path, tmp_path / "newer", schema=2)
    with pytest.raises(ValueError, match="newer was written by a newer version of compressclf"):
        open_matrix(tmp_path / "newer")
    change(edges.path, tmp_path / "labels", classes=["a"])
    with pytest.raises(ValueError, match="the labels do not belong to these documents"):
        open_matrix(tmp_path / "labels")
    for wrong in ({"n_documents": 1 << 40}, {"n_documents": "12"}, {"classes": "a"}):
        change(edges.path, tmp_path / "wrong", **wrong)
        with pytest.raises(ValueError, match="what the matrix says about itself is not complete"):
            open_matrix(tmp_path / "wrong")
    change(edges.path, tmp_path / "more", n_documents=13)
    with pytest.raises(ValueError, match="the labels do not belong to these documents"):
        open_matrix(tmp_path / "more")
    change(edges.path, tmp_path / "few", n_documents=3, classes=None)
    with pytest.raises(ValueError, match="an edge leads to a document that does not exist"):
        _ = open_matrix(tmp_path / "few").edges


def test_csv_reads_back_exactly(tmp_path, full):
    export_matrix(full, tmp_path / "m.csv", names=NAMES)
    header, *rows = csv.reader((tmp_path / "m.csv").read_text().splitlines())
    assert header == ["", *NAMES]
    assert [row[0] for row in rows] == NAMES
    values = np.array([row[1:] for row in rows], dtype=float)
    assert np.array_equal(values, pairwise_distances(TEXTS, n_jobs=1))


def hollow(expected):
    found = expected.copy()
    np.fill_diagonal(found, 0.0)
    return found


def test_phylip(tmp_path, dense, expected):
    export_matrix(dense, tmp_path / "m.phy", names=NAMES)
    n, *lines = (tmp_path / "m.phy").read_text().splitlines()
    assert n == "12"
    assert [line.split()[0] for line in lines] == NAMES
    values = np.array([line.split()[1:] for line in lines], dtype=float)
    assert np.array_equal(values, hollow(expected))


def test_nexus(tmp_path, dense, expected):
    names = ["it's", "two words", *NAMES[2:]]
    export_matrix(dense, tmp_path / "m.nex", names=names)
    text = (tmp_path / "m.nex").read_text()
    assert text.startswith("#NEXUS\n\nBEGIN TAXA;\n  DIMENSIONS NTAX=12;\n  TAXLABELS 'it''s' 'two")
    matrix = re.search(r"  MATRIX\n(.*)\n  ;\nEND;\n$", text, re.DOTALL)[1]
    rows = [line.rpartition("'")[2].split() for line in matrix.splitlines()]
    assert np.array_equal(np.array(rows, dtype=float), hollow(expected))


def test_scikit_bio(dense, expected, monkeypatch):
    """scikit-bio is not needed for the tests; its class takes a square array and names."""
    fake = types.SimpleNamespace(DistanceMatrix=lambda data, ids: (data, ids))
    monkeypatch.setitem(sys.modules, "skbio", fake)
    square, names = to_skbio(dense, NAMES)
    assert np.array_equal(square, hollow(expected))
    assert names == NAMES
    monkeypatch.setitem(sys.modules, "skbio", None)
    with pytest.raises(ImportError, match=r"^'skbio' is not installed: pip install 'compressclf\["):
        to_skbio(dense)


def test_scikit_bio_takes_it(dense, expected):
    pytest.importorskip("skbio", reason="scikit-bio is not installed")
    found = to_skbio(dense, NAMES)
    assert found.ids == tuple(NAMES)
    assert np.array_equal(found.data, hollow(expected))


@needs_zarr
def test_exports_that_cannot_be(tmp_path, dense, full, edges, monkeypatch):
    cases = [
        (dense, {"path": "m.txt"}, "Unknown suffix '.txt': choose from .csv, .nex, .nexus, .phy"),
        (dense, {"path": "m.csv", "format": "xls"}, "Unknown format 'xls': choose from csv, nexus"),
        (edges, {"path": "m.csv"}, "holds edges, not a dense matrix"),
        (full, {"path": "m.phy"}, "is not symmetric, and phylip needs a symmetric matrix: write"),
        (dense, {"path": "m.csv", "names": ["a"] * 12}, "The names must be 12 different ones, one"),
        (dense, {"path": "m.phy", "names": ["a b", *NAMES[1:]]}, "A name in PHYLIP has no blanks"),
    ]
    for matrix, options, message in cases:
        options["path"] = tmp_path / options["path"]
        with pytest.raises(ValueError, match=re.escape(message)):
            export_matrix(matrix, **options)
    monkeypatch.setattr(exports, "MOST_TEXT", 11)
    with pytest.raises(ValueError, match="has 12 documents, and a text file at most 11: read the"):
        export_matrix(dense, tmp_path / "m.csv")
    assert list(tmp_path.iterdir()) == []


def test_rows_are_mirrored_in_blocks(dense, expected, monkeypatch):
    monkeypatch.setattr(opening, "BLOCK", 5)
    assert np.array_equal(dense.square(), expected)
    for start, stop in ((0, 12), (3, 7), (11, 12), (5, 99)):
        assert np.array_equal(dense.rows(start, stop), expected[start:stop])
