"""One class model for every compressor, those of others too."""

import pickle

import numpy as np
import pytest

from compressclf import CodelengthClassifier, Corpus, load_model, save_model
from compressclf._lib.foreign import NotFromFileError, from_a_file
from compressclf.compressors import build_compressor
from compressclf.models import get_model
from compressclf.models.primed.model import PrimedModel
from compressclf.models.primed.texts import Texts
from tests.compressors.bytelm.models import small_spec
from tests.registered import QUICK
from tests.texts import AWKWARD, labelled_texts

pytestmark = pytest.mark.slow

TEXTS, LABELS = labelled_texts(60, seed=1)
DOCS = Corpus.from_documents(TEXTS)
CLASSES, Y = np.unique(LABELS, return_inverse=True)
NEW = Corpus.from_documents([*labelled_texts(12, seed=2)[0], *AWKWARD])
TRUTH = np.searchsorted(CLASSES, labelled_texts(12, seed=2)[1])
KEEPS = ["bytelm", "contextmix:memory=1", "contextmix:memory=auto", "zstd:dictionary=true"]
PLUG_IN = """
import zlib
from dataclasses import dataclass
from compressclf.compressors import ByteCompressor

@dataclass(frozen=True)
class Theirs(ByteCompressor):
    level: int = 9
    name = "theirs"
    version = "1"
    window = 4000

    def compress(self, data):
        return zlib.compress(data, self.level)
"""


@pytest.fixture
def plug_in(tmp_path, monkeypatch):
    """An installed package with a compressor that knows nothing of class models."""
    (tmp_path / "theirs.py").write_text(PLUG_IN)
    metadata = tmp_path / "theirs-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text("[compressclf.compressors]\ntheirs = theirs:Theirs")
    monkeypatch.syspath_prepend(tmp_path)
    return "theirs:level=6"


def quick(compressor):
    return small_spec() if compressor == "bytelm" else compressor


def fitted(docs=DOCS, y=Y, n_classes=3, n_jobs=None, **parameters):
    return PrimedModel(**parameters).fit(docs, y, n_classes, n_jobs=n_jobs)


def texts(n_classes=3, **parameters):
    read = Texts(PrimedModel(**parameters), DOCS, Y, n_classes)
    return [[read.text(part.rows[0]) for part in read.parts[index]] for index in range(n_classes)]


@pytest.mark.parametrize("name", QUICK)
def test_bits_are_the_compressors_after_the_class(name):
    compressor = quick(name)
    plain = build_compressor(compressor)
    given = Corpus.from_documents([text for (text,) in texts(compressor=compressor, budget=2000)])
    bits = fitted(compressor=compressor, budget=2000).codelengths(NEW, n_jobs=2)
    assert bits == pytest.approx(plain.conditional_codelengths(NEW, given), rel=1e-12, abs=1e-9)
    if name not in ("identity", "bytelm"):  # the control, and weights that are not trained
        assert (bits[:12].argmin(axis=1) == TRUTH).mean() > 0.8


def test_a_plug_in_is_a_class_model(plug_in, tmp_path):
    spec = f"primed:compressor=[{plug_in}],parts=2,pool=mixture,calibrate=byte"
    assert get_model(get_model(spec).spec) == get_model(spec)
    classifier = CodelengthClassifier(spec, n_jobs=1).fit(TEXTS, LABELS)
    assert classifier.score(list(NEW[:12]), CLASSES[TRUTH]) > 0.9
    assert max(len(text) for (text,) in texts(compressor=plug_in)) <= 2000  # half of the window
    save_model(classifier, tmp_path / "model")
    again = load_model(tmp_path / "model")
    assert again.codelengths(list(NEW)).tolist() == classifier.codelengths(list(NEW)).tolist()


@pytest.mark.parametrize("compressor", KEEPS)
@pytest.mark.parametrize("text", ["sample", "all", "exemplars"])
def test_kept_state_does_not_change_any_bit(compressor, text):
    """In threads, in another process, asked again, and whether or not a state is kept."""
    model = fitted(compressor=quick(compressor), text=text, parts=2, n_jobs=3)
    bits = model.codelengths(NEW, n_jobs=7)
    assert model.codelengths(NEW).tolist() == bits.tolist()
    assert pickle.loads(pickle.dumps(model)).codelengths(NEW[3:]).tolist() == bits[3:].tolist()
    assert model.codelengths(NEW[:0]).shape == (0, 3)


def test_a_dictionary_is_another_code_than_joint_less_single():
    text = b"to be, or not to be: that is the question. "
    joint, dictionary = (
        build_compressor(f"zstd:level=12{more}").primed(text).bits(NEW)
        for more in ("", ",dictionary=true")
    )
    assert (dictionary >= 0).all()
    assert joint.tolist() != dictionary.tolist()
    assert build_compressor("zstd:level=12,dictionary=true").spec == "zstd:level=12,dictionary=True"
    assert build_compressor("zstd").spec == "zstd:level=3"


@pytest.mark.parametrize("pool", ["mean", "mixture"])
@pytest.mark.parametrize("against", ["own", "rest"])
@pytest.mark.parametrize("text", ["sample", "exemplars"])
def test_bytes_add_up_to_documents(pool, against, text):
    model = fitted(
        compressor="contextmix:memory=1", text=text, parts=3, pool=pool, against=against,
        calibrate="byte",
    )  # fmt: skip
    for doc, bits in zip(NEW, model.codelengths(NEW), strict=True):
        if doc:
            assert model.explain_bits(doc).sum(axis=0) == pytest.approx(bits, abs=1e-6)


@pytest.mark.parametrize("text", ["sample", "all", "exemplars"])
def test_the_rest_of_one_of_two_classes_is_the_other(text):
    docs, y = DOCS.take(np.flatnonzero(Y < 2)), Y[Y < 2]
    own, rest = (
        fitted(docs, y, 2, compressor="gzip", text=text, against=against).codelengths(NEW)
        for against in ("own", "rest")
    )
    assert rest.tolist() == (-own[:, ::-1]).tolist()


@pytest.mark.parametrize("text", ["sample", "all", "exemplars"])
def test_held_out_bits_are_calibrated_alike(text):
    """After calibration no class is cheaper than another on held-out documents of all classes."""
    model = PrimedModel("gzip", text=text, calibrate="mean")
    again, bits = model.fit_held_out(DOCS, Y, 3)
    assert again.codelengths(NEW).tolist() == model.fit(DOCS, Y, 3).codelengths(NEW).tolist()
    held = ~np.isnan(bits[:, 0])
    means = np.stack([bits[held & (c == Y)].mean(axis=0) for c in range(3)]).mean(axis=0)
    assert means == pytest.approx(np.full(3, means.mean()))


def test_which_documents_are_read():
    everything = [b"".join(doc + b"|" for doc in DOCS.take(np.flatnonzero(c == Y))) for c in (0, 1)]
    assert [text for (text,) in texts(budget=None, separator="|")[:2]] == everything
    shuffled = texts(text="all", budget=1, separator="|")
    assert [sorted(text) for (text,) in shuffled[:2]] == [sorted(text) for text in everything]
    assert shuffled != texts(text="all", separator="|", seed=1)
    assert {len(text) for (text,) in texts(budget="equal")} <= set(range(1, 10_000))
    assert max(len(text) for (text,) in texts(budget="equal")) <= min(map(len, everything))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"text": "some"},
            "'text' parameter of primed must be 'sample', 'all' or 'exemplars'. Got",
        ),
        ({"text": None}, "'text' parameter of primed must be 'sample', 'all' or 'exemplars'. Got"),
        ({"parts": "auto", "text": "exemplars"}, "'parts' parameter of primed must be an int for"),
        ({"parts": True}, "'parts' parameter of primed must be 'auto' or an int in"),
        ({"seed": 0.5}, "'seed' parameter of primed must be an int in"),
        ({"compressor": "ppmd:order=1"}, "'order' parameter of ppmd must be an int in"),
    ],
)
def test_parameters_are_checked(parameters, message):
    with pytest.raises(ValueError, match=message):
        PrimedModel(**parameters)


def test_a_file_cannot_request_too_much_text():
    model = PrimedModel("gzip", text="exemplars", budget=None, parts=1_000_000)
    with (
        from_a_file(),
        pytest.raises(NotFromFileError, match=r"texts that take .* MiB, and no file"),
    ):
        model.fit(DOCS, Y, 3)


def test_a_file_cannot_request_a_million_short_texts():
    model = PrimedModel("gzip", text="exemplars", budget=4, parts=1_000_000)
    with from_a_file(), pytest.raises(NotFromFileError, match=r"texts that take 11,\d\d\d MiB"):
        model.fit(DOCS, Y, 3)


@pytest.mark.parametrize(
    ("name", "spec"),
    [
        ("contextmix", "compressor=contextmix:memory=auto,text=all"),
        ("ppmd", "compressor=[ppmd:order=5,memory=16],budget=100000"),
        (
            "zstd-dict",
            "compressor=[zstd:level=12,dictionary=true],budget=none,parts=auto,pool=mixture",
        ),
        ("lm", "text=exemplars,calibrate=byte"),
    ],
)
def test_the_names_of_four_settings(name, spec):
    """As docs/reference/class-models.md has them."""
    assert get_model(name).equivalent == get_model(f"primed:{spec}")
