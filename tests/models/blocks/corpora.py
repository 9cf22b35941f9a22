"""Small corpora with their classes, for the oracle."""

import numpy as np

from compressclf import Corpus
from tests.texts import AWKWARD, labelled_texts


def topics(n=24, seed=0, n_words=6):
    """Short texts of three topics; a fourth class has none."""
    texts, labels = labelled_texts(n, seed=seed, n_words=n_words)
    y = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    return [text.encode() for text in texts], y, 4


def awkward():
    """Empty, one byte, repeated more than 255 times, no words, every byte."""
    docs = [*AWKWARD[:7], b"abc" * 300, b"a b " * 300, b"Tea tea TEA", b"tea", b"no tea"]
    return docs, np.arange(len(docs), dtype=np.int64) % 3, 3


def corpus(docs):
    return Corpus.from_documents(docs)
