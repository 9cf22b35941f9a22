"""Recall and time of candidates: ``python -m benchmarks.candidates SOURCE``.

Prints the time of `NCDClassifier` with candidates and of the exact search, end to end (fit and
search, one thread, CPU seconds), measured in turn. Then prints, by the share of pairs that is
coded, how often the nearest training document is among the candidates (recall@1), and how many of
the five nearest are (recall@5). The candidates `ngrams` are compared with other sizes of n-grams,
sums of idf, BM25 and an LSH forest of MinHash (datasketch).

With ``--part held-out`` the queries are training documents, left out of the search: use it to
choose settings.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from typing import Any
from unittest import mock

import click
import numpy as np

from compressclf import NCDClassifier
from compressclf.cli._output import render_table
from compressclf.datasets import load_dataset
from compressclf.distances import Measure
from compressclf.documents import Corpus
from compressclf.neighbors import candidates as module

SHARES = (0.0025, 0.005, 0.01, 0.02, 0.03)
Ranking = Callable[[int], np.ndarray]  # position of a query -> estimate for each training document


@click.command()
@click.argument("source")
@click.option("--compressor", default="gzip", show_default=True)
@click.option("--part", type=click.Choice(["test", "held-out"]), default="test", show_default=True)
@click.option("--limit-train", type=int)
@click.option("--limit-test", type=int, default=500, show_default=True)
@click.option("--share", "shares", type=float, multiple=True, default=(0.005, 0.01))
@click.option("--rivals/--no-rivals", default=True)
@click.option("--seed", default=0, show_default=True)
def main(
    source: str,
    compressor: str,
    part: str,
    limit_train: int | None,
    limit_test: int,
    shares: tuple[float, ...],
    rivals: bool,
    seed: int,
) -> None:
    """Compare candidates on SOURCE."""
    dataset = load_dataset(source)
    train = dataset.train.sample(limit_train, seed)
    if part == "test":
        assert dataset.test is not None
        queries = dataset.test.sample(limit_test, seed).docs
        docs, labels = train.docs, np.asarray(train.labels)
    else:
        rows = np.random.default_rng(seed).permutation(len(train.docs))
        queries, docs = train.docs.take(rows[:limit_test]), train.docs.take(rows[limit_test:])
        labels = np.asarray(train.labels)[rows[limit_test:]]
    for spec in (None, "ngrams"):  # compile
        small = NCDClassifier(1, compressor=compressor, candidates=spec, n_jobs=1)
        small.fit(docs[:100], labels[:100]).predict(queries[:10])
    print(f"{source}, {part}, {compressor}: {len(docs):,} x {len(queries):,}")
    exact, timed = _end_to_end(compressor, docs, labels, queries, shares)
    print(render_table(timed, "md"))
    rankings: dict[str, Ranking] = {"ngrams": _ngrams(compressor, docs, queries, module.SIZES)}
    if rivals:
        for size in (4, 5, 6):
            rankings[f"ngrams of {size} bytes alone"] = _ngrams(compressor, docs, queries, (size,))
        rankings["idf, 5 bytes"] = _idf(docs, queries)
        rankings["idf, 5 bytes, in up to 10 % of documents"] = _idf(docs, queries, most=0.1)
        rankings["BM25, 5 bytes, in up to 10 % of documents"] = _idf(
            docs, queries, most=0.1, bm25=True
        )
    table = [_recall(name, ranking, exact, len(docs)) for name, ranking in rankings.items()]
    if rivals:
        table.append(_forest(docs, queries, exact))
    print(render_table(table, "md"))


def _end_to_end(
    compressor: str, docs: Corpus, labels: Any, queries: Corpus, shares: tuple[float, ...]
) -> tuple[Any, list[dict[str, object]]]:
    """Return the exact neighbours, and one row for each search."""
    rows: list[dict[str, object]] = []
    exact = None
    for share in (None, *shares):
        spec = None if share is None else f"ngrams:share={share}"
        classifier = NCDClassifier(5, compressor=compressor, candidates=spec, n_jobs=1)
        begin = time.process_time()
        classifier.fit(docs, labels)
        fitted = time.process_time()
        found = classifier.kneighbors(queries)
        done = time.process_time()
        if exact is None:
            exact, all_seconds = found, done - begin
        rows.append(
            {
                "search": spec or "exact",
                "fit s": round(fitted - begin, 2),
                "ms per query": round((done - fitted) / len(queries) * 1e3, 2),
                "times faster": round(all_seconds / (done - begin), 1),
                "recall@1": float(np.mean(found.distances[:, 0] == exact.distances[:, 0])),
                "recall@5": _overlap(found.indices, exact.indices),
            }
        )
    return exact, rows


def _overlap(found: np.ndarray, exact: np.ndarray) -> float:
    pairs = zip(found.tolist(), exact.tolist(), strict=True)
    return float(np.mean([len(set(a) & set(b)) / len(b) for a, b in pairs]))


def _recall(name: str, ranking: Ranking, exact: Any, n: int) -> dict[str, object]:
    """Return recall@1 and recall@5 for each share of pairs, and the time to rank."""
    before = np.zeros(exact.indices.shape, dtype=np.int64)
    seconds = 0.0
    for query, nearest in enumerate(exact.indices):
        begin = time.process_time()
        estimate = ranking(query)
        seconds += time.process_time() - begin
        before[query] = [(estimate < estimate[index]).sum() for index in nearest]
        equal = exact.distances[query] == exact.distances[query, 0]
        before[query, 0] = before[query, equal].min()  # any of the nearest will do
    return _row(name, lambda share: before < max(1, int(share * n)), seconds / len(before))


def _row(name: str, within: Callable[[float], np.ndarray], seconds: float) -> dict[str, object]:
    row: dict[str, object] = {"candidates": name, "ms to rank": round(seconds * 1e3, 2)}
    for share in SHARES:
        found = within(share)
        row[f"{share:.2%}"] = f"{found[:, 0].mean():.3f} / {found.mean():.3f}"
    return row


def _ngrams(compressor: str, docs: Corpus, queries: Corpus, sizes: tuple[int, ...]) -> Ranking:
    """Return the ranking of the library, for n-grams of these sizes."""
    measure = Measure.of(compressor=compressor, layout=None)
    training, coded = measure.code(docs), measure.code(queries)
    with mock.patch.object(module, "SIZES", sizes):
        proposer = module.NgramCandidates(measure, training)
    return lambda i: proposer.estimate(coded.docs[i : i + 1], float(coded.bits[i]))


def _idf(docs: Corpus, queries: Corpus, *, most: float = 1.0, bm25: bool = False) -> Ranking:
    """Rank by the sum of idf over shared n-grams, without those in more than a share of `docs`."""
    from scipy.sparse import csr_array
    from sklearn.feature_extraction.text import CountVectorizer

    def texts(corpus: Corpus) -> list[str]:
        return [doc.decode("latin-1") for doc in corpus]

    vectorizer = CountVectorizer(
        analyzer="char", ngram_range=(5, 5), lowercase=False, max_df=most, binary=not bm25
    )
    counts = csr_array(vectorizer.fit_transform(texts(docs)).astype(np.float32))
    asked = csr_array(vectorizer.transform(texts(queries)).astype(np.float32))
    asked.data[:] = 1
    n_with = np.bincount(counts.indices, minlength=counts.shape[1])
    weights = np.log((len(docs) + 1) / (n_with + 0.5)).astype(np.float32)
    if bm25:
        k, b = 1.2, 0.75
        length = docs.lengths / docs.lengths.mean()
        norms = np.repeat(k * (1 - b + b * length), np.diff(counts.indptr))
        counts.data = counts.data * (k + 1) / (counts.data + norms)
    counts.data = (counts.data * weights[counts.indices]).astype(np.float32)
    postings = counts.tocsc().T.tocsr()  # one row per n-gram
    return lambda i: -(asked[[i]] @ postings).toarray()[0]


def _forest(docs: Corpus, queries: Corpus, exact: Any) -> dict[str, object]:
    """Return the row of an LSH forest of MinHash (Bawa, Condie & Ganesan 2005)."""
    from datasketch import MinHash, MinHashLSHForest

    def sketches(corpus: Corpus) -> Any:
        sets = [{doc[i : i + 5] for i in range(len(doc) - 4)} or {doc} for doc in corpus]
        return MinHash.bulk(sets, num_perm=128, hashfunc=lambda gram: zlib.crc32(gram))

    forest = MinHashLSHForest(num_perm=128)
    for index, sketch in enumerate(sketches(docs)):
        forest.add(index, sketch)
    forest.index()
    asked = sketches(queries)
    found, begin = {}, time.process_time()
    for share in SHARES:
        found[share] = [set(forest.query(one, max(1, int(share * len(docs))))) for one in asked]
    seconds = (time.process_time() - begin) / len(asked) / len(SHARES)

    def within(share: float) -> np.ndarray:
        pairs = zip(exact.indices, found[share], strict=True)
        return np.array([[index in some for index in nearest] for nearest, some in pairs])

    return _row("MinHash, LSH forest, 5 bytes", within, seconds)


if __name__ == "__main__":
    main()
