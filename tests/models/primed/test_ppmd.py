import numpy as np
import pytest

from compressclf import Corpus, build_compressor
from compressclf.models.primed.presets import PPMdModel
from compressclf.models.primed.texts import Texts
from tests.texts import labelled_texts


def training_data(n=60):
    texts, labels = labelled_texts(n)
    return Corpus.from_documents(texts), np.unique(labels, return_inverse=True)[1].astype(np.int64)


def test_bits_are_differences_of_the_compressor():
    docs, y = training_data()
    new = Corpus.from_documents([*labelled_texts(8, seed=1)[0], b"", b"\x00" * 50])
    bits = PPMdModel(order=4, memory=2).fit(docs, y, 4).codelengths(new, n_jobs=2)
    plain = build_compressor("ppmd:order=4,memory=2")
    for index in range(4):
        text = b"".join(doc + b"\n" for doc in docs.take(np.flatnonzero(y == index)))
        alone = plain.codelength(text)
        assert bits[:, index].tolist() == [plain.codelength(text + doc) - alone for doc in new]


def test_budget():
    docs, y = training_data()

    def texts(budget):
        read = Texts(PPMdModel(budget).equivalent, docs, y, 3)
        return [read.text(part.rows[0]) for index in range(3) for part in read.parts[index]]

    assert all(400 < len(text) <= 700 for text in texts(700))
    assert sum(map(len, texts(1 << 30))) == sum(map(len, texts(None))) == docs.nbytes + len(docs)
    assert texts(2)[0] == docs[int((y == 0).argmax())][:2]
    assert max(map(len, texts("auto"))) <= 16_000


@pytest.mark.parametrize("parameters", [{"budget": 0}, {"order": 1}, {"memory": 0}])
def test_bad_parameters(parameters):
    with pytest.raises(ValueError, match=f"'{next(iter(parameters))}' parameter of ppmd must be"):
        PPMdModel(**parameters)
