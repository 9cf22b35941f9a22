"""A Dask cluster computes what one process computes, bit for bit."""

import os
import signal
import time
from dataclasses import dataclass

import joblib
import numpy as np
import pytest

from compressclf import (
    CodelengthClassifier,
    CodelengthFeatures,
    ImageCodelengthClassifier,
    NCDClassifier,
    pairwise_distances,
    write_matrix,
)
from compressclf._lib import cluster
from compressclf._lib.executor import Shared, count_threads, run_tiles
from compressclf.distances import Measure
from compressclf.documents import Corpus
from compressclf.models import get_model
from compressclf.models.spread import codelengths_of
from compressclf.neighbors import k_nearest
from tests.clusters import local_client
from tests.texts import labelled_texts

pytest.importorskip("distributed")
pytestmark = pytest.mark.slow

TEXTS, LABELS = labelled_texts(40, seed=1)
OTHERS, _ = labelled_texts(30, seed=2)


@pytest.fixture(scope="module")
def client():
    with local_client() as client:
        yield client


@pytest.fixture
def active(client):
    with joblib.parallel_config("dask", client=client):
        yield client


@dataclass(frozen=True)
class Part:
    number: int
    cost: int = 1


PARTS = [Part(number) for number in range(20)]


def times(part, factor):
    return part.number, factor


def multiply(number, factor):
    return number * factor


@pytest.mark.parametrize("settings", [{}, {"symmetrize": "min"}, {"compressor": "bz2"}], ids=str)
def test_distances(client, settings):
    expected = pairwise_distances(TEXTS, OTHERS, **settings)
    assert np.array_equal(pairwise_distances(TEXTS, OTHERS, **settings, executor=client), expected)


def test_distances_of_images(active):
    images = np.random.default_rng(0).integers(0, 256, (6, 6, 5), np.uint8)
    found = pairwise_distances(images)
    with joblib.parallel_config("threading"):
        assert np.array_equal(pairwise_distances(images), found)


@pytest.mark.parametrize("settings", [{}, {"candidates": "ngrams:share=0.3"}], ids=str)
def test_neighbours(active, settings):
    classifier = NCDClassifier(3, **settings)
    found = classifier.fit(TEXTS, LABELS).predictions(OTHERS)
    alone = classifier.kneighbors()
    with joblib.parallel_config("threading"):
        for one, other in zip(classifier.predictions(OTHERS), found, strict=True):
            assert np.array_equal(one, other)
        for one, other in zip(classifier.kneighbors(), alone, strict=True):
            assert np.array_equal(one, other)


def test_neighbours_by_a_client(client):
    measure = Measure.of(compressor="zlib")
    x, y = (measure.code(Corpus.from_documents(docs)) for docs in (OTHERS, TEXTS))
    found, expected = k_nearest(measure, x, y, 3, executor=client), k_nearest(measure, x, y, 3)
    assert np.array_equal(found.distances, expected.distances)
    assert np.array_equal(found.indices, expected.indices)


@pytest.mark.parametrize("model", ["blocks", "contextmix", "primed:compressor=zlib"])
def test_scores_of_class_models(active, model):
    classifier = CodelengthClassifier(model, calibration=1.0).fit(TEXTS, LABELS)
    features = CodelengthFeatures(model).fit(TEXTS, LABELS)
    found = classifier.codelengths(OTHERS), features.transform(OTHERS)
    with joblib.parallel_config("threading"):
        assert np.array_equal(classifier.codelengths(OTHERS), found[0])
        assert np.array_equal(features.transform(OTHERS), found[1])
        assert np.array_equal(
            CodelengthClassifier(model, calibration=1.0).fit(TEXTS, LABELS).codelengths(OTHERS),
            found[0],
        )
    assert classifier.codelengths([]).shape == (0, 3)


def test_scores_of_images(active, monkeypatch):
    monkeypatch.setattr("compressclf.models.spread.ROWS", 8)
    images = np.random.default_rng(0).integers(0, 256, (30, 6, 5), np.uint8)
    classifier = ImageCodelengthClassifier("transform", calibration=1.0).fit(images, LABELS[:30])
    found = classifier.codelengths(images)
    with joblib.parallel_config("threading"):
        parts = [classifier.codelengths(images[i : i + 8]) for i in range(0, 30, 8)]
    assert np.array_equal(found, np.concatenate(parts))


def test_scores_of_a_neural_model_by_one_worker_per_gpu(client, tmp_path):
    """GPU is a resource that the workers announce. Rounding depends on threads and batches."""
    pytest.importorskip("transformers")
    from tests.compressors.causal import tiny

    tokenizer = tiny.byte_level()
    tokenizer.save_pretrained(tmp_path)
    tiny.gpt2(len(tokenizer)).save_pretrained(tmp_path)
    model = get_model(f"lm:compressor=hf-lm:{tmp_path}")
    docs, y = Corpus.from_documents(TEXTS[:8]), np.arange(8) % 2
    fitted = model.fit(docs, y, 2)
    others = Corpus.from_documents(OTHERS[:8])
    where = []
    submit = client.submit
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(client, "submit", lambda *a, **m: where.append(m) or submit(*a, **m))
        with joblib.parallel_config("dask", client=client, resources={"GPU": 1}):
            found = codelengths_of(fitted, others)
    assert all(options["resources"] == {"GPU": 1} for options in where)
    np.testing.assert_allclose(found, fitted.codelengths(others), rtol=1e-7)


@pytest.mark.parametrize("model", ["blocks", "blocks:correct=none"])
def test_fit_of_blocks(active, model, monkeypatch):
    monkeypatch.setattr("compressclf.models.blocks.mapped.BATCH_BYTES", 1000)
    texts = [*TEXTS, "", "\0", *OTHERS]
    y = np.arange(len(texts)) % 3
    docs, model = Corpus.from_documents(texts), get_model(model)
    found, held_out = model.fit_held_out(docs, y, 3)
    with joblib.parallel_config("threading"):
        expected, expected_held_out = model.fit_held_out(docs, y, 3)
    assert np.array_equal(held_out, expected_held_out, equal_nan=True)
    arrays = expected.arrays()
    assert found.arrays().keys() == arrays.keys()
    for name, array in found.arrays().items():
        assert np.array_equal(array, arrays[name]), name


def test_a_matrix_on_disk(client, tmp_path):
    pytest.importorskip("pyarrow")
    sent = []
    scatter = client.scatter
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("compressclf.matrices.planning.TALLEST", 16)  # several strips
        patch.setattr(client, "scatter", lambda *a, **more: sent.append(a) or scatter(*a, **more))
        found = write_matrix(TEXTS, tmp_path / "a.parquet", top_k=3, executor=client)
    assert len(sent) == 2  # the compressor, and the documents once for all strips
    expected = write_matrix(TEXTS, tmp_path / "b.parquet", top_k=3)
    for one, other in zip(found.edges, expected.edges, strict=True):
        assert np.array_equal(one, other)


def test_results_do_not_depend_on_the_order_in_which_they_come(client):
    found = dict(run_tiles(multiply, PARTS, given=times, shared=Shared(3), executor=client))
    assert found == {part: 3 * part.number for part in PARTS}
    assert list(run_tiles(multiply, [], given=times, shared=Shared(3), executor=client)) == []


def test_few_tasks_are_under_way(client, monkeypatch):
    submitted = []
    submit = client.submit
    monkeypatch.setattr(client, "submit", lambda *a, **m: submitted.append(a) or submit(*a, **m))
    results = run_tiles(wait_and_multiply, PARTS, given=times, shared=Shared(3), executor=client)
    next(results)
    assert len(submitted) <= 2 * cluster.TASKS_PER_THREAD
    results.close()


def wait_and_multiply(number, factor):
    time.sleep(0.05)
    return number * factor


def test_fast_tiles_share_a_task(client):
    shared = Shared(3)
    parts = [Part(number) for number in range(2000)]
    found = dict(run_tiles(multiply, parts, given=times, shared=shared, executor=client))
    assert found == {part: 3 * part.number for part in parts}
    assert shared.rate > 1000


def test_an_error_of_a_tile_is_passed_on(client):
    with pytest.raises(ZeroDivisionError):
        list(run_tiles(divide, PARTS, given=times, shared=Shared(3), executor=client))
    assert client.submit(int, "7").result() == 7


def divide(number, factor):
    return factor / number


@pytest.mark.parametrize("n_workers", [1, 2])
def test_a_killed_worker_changes_nothing(n_workers):
    with local_client(n_workers) as client:
        process, *_ = client.run(os.getpid).values()
        results = run_tiles(
            wait_and_multiply, PARTS, given=times, shared=Shared(3), executor=client
        )
        found = [next(results)]
        os.kill(process, signal.SIGKILL)
        found += results
    assert sorted(found, key=lambda pair: pair[0].number) == [
        (part, 3 * part.number) for part in PARTS
    ]


def test_a_task_of_the_cluster_uses_one_thread_and_no_other_task(client):
    assert client.submit(count_inside, 3).result() == (1, False)
    with joblib.parallel_config("dask", client=client):
        assert count_threads(-1) == joblib.cpu_count()
        assert count_threads(3) == 3
        found = joblib.Parallel()(joblib.delayed(count_inside)(3) for _ in range(3))
    assert found == [(1, False)] * 3


def count_inside(n_jobs):
    return count_threads(n_jobs), cluster.active_client() is not None


def test_other_versions_are_refused(client, monkeypatch):
    expected = (
        r"The Dask worker tcp://.* has zstandard 0\.0, and this process has .*: install the same "
        "versions everywhere, since codelengths depend on them."
    )
    fake = '{"compressclf": "0.1.0", "zstandard": "0.0"}'
    monkeypatch.setattr(cluster, "_checked", type(cluster._checked)())
    monkeypatch.setattr(client, "run", lambda *a, **more: {"tcp://there": eval(fake)})
    with pytest.raises(ValueError, match=expected):
        pairwise_distances(TEXTS, executor=client)
    monkeypatch.setattr(client, "run", lambda *a, **more: {"tcp://there": {}})
    with pytest.raises(ValueError, match="The Dask worker tcp://there lacks compressclf: install"):
        pairwise_distances(TEXTS, executor=client)


def test_a_cluster_without_workers(monkeypatch):
    from distributed import Client, LocalCluster

    monkeypatch.setattr(cluster, "PATIENCE", 0.5)
    monkeypatch.setattr(cluster, "LOOK", 0.1)
    settings = {"processes": False, "threads_per_worker": 1, "dashboard_address": ":0"}
    with LocalCluster(n_workers=0, **settings) as pool, Client(pool) as client:
        with pytest.raises(ConnectionError, match=r"has had no worker for 0 s: start workers, and"):
            pairwise_distances(TEXTS, executor=client)
        pool.scale(1)
        client.wait_for_workers(1)
        run = run_tiles(wait_and_multiply, PARTS, given=times, shared=Shared(3), executor=client)
        next(run)
        pool.scale(0)
        with pytest.raises(ConnectionError, match=r"has had no worker for 0 s: start workers, and"):
            list(run)


def test_workers_that_join_get_work(monkeypatch):
    from distributed import Client, LocalCluster

    monkeypatch.setattr(cluster, "COUNT", 0.0)
    monkeypatch.setattr(cluster, "LONGEST", 0.0)  # one tile per task
    settings = {"processes": False, "threads_per_worker": 1, "dashboard_address": ":0"}
    with LocalCluster(n_workers=1, **settings) as pool, Client(pool) as client:
        run = run_tiles(where, PARTS, given=times, shared=Shared(3), executor=client)
        found = [next(run)[1]]
        pool.scale(2)
        client.wait_for_workers(2)
        found += [address for _, address in run]
    assert len(set(found)) == 2


def where(number, factor):
    from distributed import get_worker

    time.sleep(0.05)
    return get_worker().address


def test_a_lost_scheduler(monkeypatch):
    from distributed import Client, LocalCluster

    monkeypatch.setattr(cluster, "LOOK", 0.1)
    settings = {"processes": False, "threads_per_worker": 1, "dashboard_address": ":0"}
    with LocalCluster(n_workers=1, **settings) as pool:
        with Client(pool.scheduler_address, timeout=1) as client:
            run = run_tiles(
                wait_and_multiply, PARTS, given=times, shared=Shared(3), executor=client
            )
            next(run)
            pool.close()
            with pytest.raises(
                ConnectionError, match=r"The Dask scheduler at .* is lost: start it"
            ):
                list(run)
