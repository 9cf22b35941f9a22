"""The mixer with a byte model: exact codes, and what the second opinion is worth."""

import hashlib
import pickle
import random
import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compressclf import CodelengthClassifier, load_model, save_model
from compressclf._lib.foreign import NotFromFileError, from_a_file
from compressclf.compressors import build_compressor
from compressclf.compressors.contextmix import ContextMix, ContextMixer
from compressclf.compressors.files import pack, unpack
from compressclf.documents import Corpus
from tests.compressors.bytelm.models import small_model, small_spec, small_weights
from tests.texts import AWKWARD, labelled_texts

pytestmark = pytest.mark.slow

MODEL = small_model(hidden=64, layers=2, spread=3.0)
TEXTS, LABELS = labelled_texts(60, seed=2)
KNOWN = " ".join(TEXTS[10:])
DOCS = Corpus.from_documents([*AWKWARD, *TEXTS[:10]])
ENGLISH = (
    b"Kellner Industries said on Friday that it would close its plant in Dunmore, where 340 people "
    b"work. Shares of Kellner fell 4.2 percent; the Dunmore plant makes parts for Kellner's trucks."
)
BUNDLED = ContextMix(memory=1, model="bytelm")


def primed(text=KNOWN):
    mixer = ContextMixer(1, MODEL)
    mixer.prime(text.encode())
    return mixer


def digest(mixer):
    tables = mixer._tables._replace(text=mixer._tables.text[: mixer.n_bytes])
    parts = [*tables, mixer._reader._state, np.array(mixer._reader._last)]
    return hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()


def bits_of(mixer, *documents):
    return mixer.bits(Corpus.from_documents(documents))


def test_golden_code():
    """A changed code cannot be read by older versions: raise `version` with it."""
    code = BUNDLED.encode(ENGLISH[:40])
    assert (BUNDLED.version, code.hex()) == ("1", "7d882419a3628226454f04b40af9")
    assert BUNDLED.decode(code, 40) == ENGLISH[:40]


def test_english_takes_less_than_with_either_alone():
    mixed = BUNDLED.codelength(ENGLISH)
    assert mixed < 0.95 * build_compressor("bytelm").codelength(ENGLISH)
    assert mixed < 0.6 * ContextMix(memory=1).codelength(ENGLISH)


def test_the_mixer_learns_to_ignore_a_model_that_is_wrong():
    records = b"".join(struct.pack("<Ihd", i, i * i % 977, i / 7) for i in range(2000))
    mixed, alone = BUNDLED.codelength(records), ContextMix(memory=1).codelength(records)
    assert mixed < 1.01 * alone
    assert build_compressor("bytelm").codelength(records) > 3 * alone


def test_the_probabilities_of_the_next_byte_sum_to_one():
    bits = bits_of(primed(), *[bytes([value]) for value in range(256)])
    assert np.exp2(-bits).sum() == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("data", [b"", b"a", bytes(range(256)), KNOWN.encode()[:2000]])
def test_encoder_decoder_and_scorer_end_knowing_the_same(data):
    scorer, encoder, decoder = primed(), primed(), primed()
    code = encoder.encode(data)
    assert decoder.decode(code, len(data)) == data
    scorer.prime(data)
    assert digest(encoder) == digest(decoder) == digest(scorer)
    assert -8 <= 8 * len(code) - bits_of(primed(), data)[0] <= 8


@given(st.binary(max_size=300))
@settings(max_examples=30, deadline=None)
def test_any_bytes_come_back(data):
    code = ContextMixer(1, MODEL).encode(data)
    assert ContextMixer(1, MODEL).decode(code, len(data)) == data


@given(st.binary(max_size=60), st.integers(0, 2000))
@settings(max_examples=30, deadline=None)
def test_any_code_decodes_or_is_refused(code, n_bytes):
    try:
        assert len(ContextMixer(1, MODEL).decode(code, n_bytes)) == n_bytes
    except ValueError as error:
        assert str(error).startswith(("The code ends", "The code goes on"))  # noqa: PT017


@given(st.binary(max_size=200), st.binary(max_size=200))
@settings(max_examples=20, deadline=None)
def test_the_chain_rule_holds_to_the_bit(first, second):
    mixer = primed()
    together = bits_of(mixer, first + second)[0]
    with mixer.after(first) as bits:
        assert bits + bits_of(mixer, second)[0] == together


def test_scoring_does_not_change_the_mixer():
    mixer = primed()
    before = digest(mixer)
    noise = random.Random(3).randbytes(30_000)
    assert len(noise) > mixer._journal_limit
    docs = Corpus.from_documents([*DOCS, noise])
    bits = mixer.bits(docs)
    with mixer.after(b"one "), mixer.after(noise):
        inside = mixer.bits(DOCS)
    assert digest(mixer) == before
    assert mixer.bits(docs).tolist() == bits.tolist()
    assert inside.tolist() != bits[: len(DOCS)].tolist()
    assert [bits_of(mixer, doc)[0] for doc in DOCS] == bits[: len(DOCS)].tolist()


def test_priming_in_parts_is_priming_at_once():
    parts = ContextMixer(1, MODEL)
    for start in range(0, len(KNOWN), 77):
        parts.prime(KNOWN[start : start + 77].encode())
    assert digest(parts) == digest(primed())


def test_positions_sum_to_the_bits_exactly():
    mixer = primed()
    for doc in DOCS:
        assert mixer.byte_bits(doc).sum() == bits_of(mixer, doc)[0]


def test_copies_pickles_and_threads_agree():
    mixer = primed()
    alone, state = mixer.bits(DOCS).tolist(), digest(mixer)
    twin = mixer.copy()
    twin.prime(b"something else")
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda _: mixer.bits(DOCS).tolist(), range(8)))
        copies = list(pool.map(lambda _: pickle.loads(pickle.dumps(mixer)), range(4)))
    assert together == [alone] * 8
    assert [digest(copy) for copy in copies] == [state] * 4
    assert copies[0].bits(DOCS).tolist() == alone
    assert digest(mixer) == state != digest(twin)


def test_a_file_names_the_model_and_the_digest_of_its_weights(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "weights").write_bytes(small_weights(seed=1).to_bytes())
    spec = "contextmix:memory=1,model=bytelm:weights=weights"
    compressor = build_compressor(spec)
    assert compressor.spec == spec
    assert compressor == build_compressor("contextmix:memory=1,model=[bytelm:weights=weights]")
    assert compressor.digest == build_compressor("bytelm:weights=weights").digest
    assert compressor.model_bytes == (tmp_path / "weights").stat().st_size
    file = pack(ENGLISH, compressor)
    assert unpack(file) == ENGLISH
    (tmp_path / "weights").write_bytes(small_weights(seed=2).to_bytes())
    with pytest.raises(
        ValueError, match=r"written with a model that differs from contextmix:memory=1,m"
    ):
        unpack(file)


def test_a_code_decodes_in_another_process(tmp_path):
    compressor = build_compressor(f"contextmix:memory=1,model=[{small_spec()}]")
    (tmp_path / "code").write_bytes(compressor.encode(ENGLISH))
    program = (
        "import sys, pathlib\n"
        "from compressclf.compressors import build_compressor\n"
        f"codec = build_compressor({compressor.spec!r})\n"
        f"code = pathlib.Path({str(tmp_path / 'code')!r}).read_bytes()\n"
        f"sys.stdout.buffer.write(codec.decode(code, {len(ENGLISH)}))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout == ENGLISH


def test_without_a_model_spec_digest_and_tables_are_as_before():
    plain = ContextMix(memory=1)
    assert (plain.spec, plain.digest, plain.model_bytes) == ("contextmix:memory=1", "", 0)
    assert plain == ContextMix(memory=1, model="")
    assert plain.primed(b"")._tables.weights.shape == (611, 20)


def test_memory_follows_the_text_with_a_model_too():
    compressor = build_compressor("contextmix:memory=auto,model=bytelm")
    sized = compressor.for_texts(np.array([0, 50_000]))
    assert [each.spec for each in sized] == [
        "contextmix:memory=1,model=bytelm", "contextmix:memory=3,model=bytelm",
    ]  # fmt: skip


def test_as_a_class_model_that_is_saved(tmp_path):
    model = f"primed:compressor=[contextmix:memory=auto,model=[{small_spec()}]],text=all"
    classifier = CodelengthClassifier(model).fit(TEXTS[:40], LABELS[:40])
    assert classifier.score(TEXTS[40:], LABELS[40:]) == 1.0
    save_model(classifier, tmp_path / "model")
    again = load_model(tmp_path / "model", trusted=True)
    assert again.codelengths(TEXTS[40:]).tolist() == classifier.codelengths(TEXTS[40:]).tolist()


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ("contextmix:memory=4096,model=bytelm", "which takes 4,096 MiB of memory"),
        ("contextmix:model=bytelm:weights=/dev/zero", "whose weights are outside the working dir"),
    ],
)
def test_what_a_file_may_not_choose(spec, sentence):
    with from_a_file(), pytest.raises(NotFromFileError, match=sentence):
        build_compressor(spec)


@pytest.mark.parametrize("model", ["gzip", "contextmix:memory=1", "smollm3", "3"])
def test_other_models_are_refused(model):
    message = "The 'model' parameter of contextmix must be bytelm, bytelm:weights=FILE or"
    with pytest.raises(ValueError, match=message):
        build_compressor(f"contextmix:model={model}")


def test_missing_weights_are_one_sentence():
    with pytest.raises(ValueError, match=r"^nowhere: there is no such file"):
        build_compressor("contextmix:model=bytelm:weights=nowhere").codelength(b"a")
