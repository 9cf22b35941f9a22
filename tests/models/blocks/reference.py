"""The block model in plain Python: dictionaries of blocks and words, one line a definition."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from functools import cache
from itertools import pairwise

import numpy as np

WORD, PAIR = 9, 10
PRIOR = 0.1
CHARACTER = re.compile(
    rb"[\xc0-\xdf][\x80-\xbf]?|[\xe0-\xef][\x80-\xbf]{0,2}|[\xf0-\xf7][\x80-\xbf]{0,3}|.", re.DOTALL
)


@cache
def features(doc: bytes, lengths=(4, 6), words=2) -> Counter:
    """How often each (kind, bytes) comes in the document."""
    padded = [b" ", *CHARACTER.findall(doc), b" "] if doc else []
    found = [(j, b"".join(padded[i : i + j])) for j in lengths for i in range(len(padded) - j + 1)]
    tokens = [token.lower() for token in re.findall(rb"[A-Za-z0-9_\x80-\xff]+", doc)]
    if words > 0:
        found += [(WORD, token) for token in tokens]
    if words > 1:
        found += [(PAIR, one + b" " + two) for one, two in pairwise(tokens)]
    return Counter(found)


def reference_length(docs) -> float:
    return max(sum(map(len, docs)) / len(docs), 1.0) if docs else 256.0


class Oracle:
    """Counts of training documents, and the evidence in them.

    `reference` and `n_features` (of each kind) are those of the documents unless given.
    """

    def __init__(
        self, docs, y, n_classes, *, lengths=(4, 6), words=2, damping=0.5, shorten=0.5, add=1.0,
        own=0.0, multiples=None, reference=None, n_features=None,
    ):  # fmt: skip
        self.docs, self.y, self.n_classes, self.words = docs, y, n_classes, words
        self.lengths, self.damping, self.shorten = lengths, damping, shorten
        self.add, self.own = add, own
        self.reference = reference or reference_length(docs)
        self.multiples = [1.0] * len(docs) if multiples is None else multiples
        self.counts = defaultdict(lambda: [0.0] * n_classes)
        self.totals = defaultdict(lambda: [0.0] * n_classes)
        for doc, c, times in zip(docs, y, self.multiples, strict=True):
            weight = times * (self.reference / max(len(doc), 1)) ** shorten
            for feature, k in features(doc, lengths, words).items():
                self.counts[feature][c] += weight * min(k, 255) ** damping
                self.totals[feature[0]][c] += weight * min(k, 255) ** damping
        self.n_features = n_features or Counter(kind for kind, _ in self.counts)

    def bits(self, feature, c) -> float:
        """Evidence for class c in one occurrence."""
        n, totals = self.counts[feature], self.totals[feature[0]]
        room = self.add * self.n_features[feature[0]]
        pool, whole = sum(n), sum(totals)
        rest = -math.log2((pool - n[c] + self.add) / (whole - totals[c] + room))
        together = -math.log2((pool + self.add) / (whole + room))
        prior = PRIOR * whole / self.n_classes
        saved = (n[c] + prior * pool / whole) / (totals[c] + prior) / (pool / whole)
        return (1 - self.own) * (rest - together) + self.own * math.log2(saved)

    def evidence_by_kind(self, doc) -> dict[int, list[float]]:
        """Evidence for each class in the features of each kind: 1/j of that of blocks of j."""
        evidence = defaultdict(lambda: [0.0] * self.n_classes)
        for feature, k in features(doc, self.lengths, self.words).items():
            if sum(self.counts.get(feature, [0])) == 0:
                continue
            kind = feature[0]
            scale = 1.0 if kind in (WORD, PAIR) else 1 / kind
            for c in range(self.n_classes):
                evidence[kind][c] += scale * min(k, 255) ** self.damping * self.bits(feature, c)
        return evidence

    def evidence(self, doc) -> list[float]:
        """Evidence for each class."""
        kinds = self.evidence_by_kind(doc).values()
        return [sum(kind[c] for kind in kinds) for c in range(self.n_classes)]

    def without(self, *gone) -> Oracle:
        """Refit without some documents; weights and the number of features stay as they were."""
        rest = [i for i in range(len(self.docs)) if i not in gone]
        return Oracle(
            [self.docs[i] for i in rest], [self.y[i] for i in rest], self.n_classes,
            lengths=self.lengths, words=self.words, damping=self.damping, shorten=self.shorten,
            add=self.add, own=self.own, multiples=[self.multiples[i] for i in rest],
            reference=self.reference, n_features=self.n_features,
        )  # fmt: skip

    def held_out(self) -> list[list[float]]:
        """Evidence in each training document as if it had not been counted."""
        return [self.without(i).evidence(doc) for i, doc in enumerate(self.docs)]

    def held_out_by_kind(self) -> list[dict[int, list[float]]]:
        return [self.without(i).evidence_by_kind(doc) for i, doc in enumerate(self.docs)]


def right(evidence, y) -> list[bool]:
    return [
        all(row[c] > other for rival, other in enumerate(row) if rival != c)
        for row, c in zip(evidence, y, strict=True)
    ]


def best_of(tried):
    """The one with most right, or the first if not a standard error worse."""
    safe, held = tried[0]
    most = max(sum(right) for _, right in tried)
    best, now = next(one for one in tried if sum(one[1]) == most)
    gained = sum(b and not a for a, b in zip(held, now, strict=True))
    lost = sum(a and not b for a, b in zip(held, now, strict=True))
    return best if gained - lost > math.sqrt(gained + lost) else safe


def sparse_rows(oracle: Oracle, length, docs) -> tuple[list[tuple], np.ndarray]:
    """The features that are corrected, and each document's values, before they are scaled."""
    kinds = {WORD, PAIR, length}
    having = Counter(f for doc in oracle.docs for f in features(doc, oracle.lengths, oracle.words))
    kept = [f for f, n in having.items() if n > 1 and f[0] in kinds]
    values = np.zeros((len(docs), len(kept)))
    for i, doc in enumerate(docs):
        found = features(doc, oracle.lengths, oracle.words)
        for j, f in enumerate(kept):
            scale = 1.0 if f[0] in (WORD, PAIR) else 1 / f[0]
            rarity = 1 + math.log(len(oracle.docs) / having[f])
            values[i, j] = min(found[f], 255) ** oracle.damping * math.sqrt(scale) * rarity
    return kept, values


def corrected(oracle: Oracle, length, cost, docs) -> np.ndarray:
    """Evidence of other documents with the correction that the training documents teach."""
    y, n = np.array(oracle.y), len(oracle.docs)
    evidence = np.array(oracle.held_out())
    root = np.empty(n)
    for i, doc in enumerate(oracle.docs):
        others = oracle.without(i)
        found = features(doc, oracle.lengths, oracle.words).items()
        mass = sum(
            min(k, 255) ** oracle.damping / (1 if f[0] in (WORD, PAIR) else f[0])
            for f, k in found
            if sum(others.counts.get(f, [0])) > 0
        )
        root[i] = math.sqrt(max(mass, 1.0))
    present = np.bincount(y, minlength=oracle.n_classes) > 0
    rivals = np.where(present, evidence, -np.inf)
    rivals[np.arange(n), y] = -np.inf
    margin = (evidence[np.arange(n), y] - rivals.max(axis=1)) / root
    median = np.median(np.abs(margin))
    median = median if median > 1e-4 else 1.0
    _, values = sparse_rows(oracle, length, oracle.docs)
    values /= root[:, None]
    norm = math.sqrt((values**2).sum(axis=1).mean())
    offsets = 0.8 * np.where(present, evidence, -np.inf) / (median * root)[:, None]
    weights, _ = solved(values / norm, offsets, y, np.full(n, cost))
    _, new = sparse_rows(oracle, length, docs)
    plain = np.array([oracle.evidence(doc) for doc in docs])
    return plain + median / 0.8 * (new / norm) @ weights


def dual_objective(values, offsets, y, costs, duals) -> float:
    """What the descent minimises, with variables of shape (n_docs, n_classes)."""
    here = np.arange(len(y))
    wanted = 1 - offsets[here, y][:, None] + offsets
    wanted[here, y] = 0
    weights = weights_of(values, y, duals)
    return float(
        (weights**2).sum() / 2 + (duals**2 / (4 * costs[:, None])).sum() - (duals * wanted).sum()
    )


def weights_of(values, y, duals) -> np.ndarray:
    signed = -duals.copy()
    signed[np.arange(len(y)), y] = duals.sum(axis=1)
    return values.T @ signed


def solved(values, offsets, y, costs, rounds=3000) -> tuple[np.ndarray, np.ndarray]:
    """Weights and dual variables at the minimum: one variable after the other, to the end."""
    n_docs, n_classes = offsets.shape
    duals, weights = np.zeros((n_docs, n_classes)), np.zeros((values.shape[1], n_classes))
    for _ in range(rounds):
        largest = 0.0
        for d, x in enumerate(values):
            for c in range(n_classes):
                if c == y[d] or offsets[d, c] == -np.inf:
                    continue
                scores = offsets[d] + x @ weights
                slope = scores[y[d]] - scores[c] - 1 + duals[d, c] / (2 * costs[d])
                curvature = 2 * x @ x + 1 / (2 * costs[d])
                more = max(duals[d, c] - slope / curvature, 0) - duals[d, c]
                duals[d, c] += more
                weights[:, y[d]] += more * x
                weights[:, c] -= more * x
                largest = max(largest, abs(more))
        if largest < 1e-12:
            break
    return weights, duals
