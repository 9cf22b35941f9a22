"""The model object: bits, priming, exact rollback, codes."""

import hashlib
import pickle
import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compressclf.compressors.contextmix import ContextMixer
from compressclf.documents import Corpus
from tests.texts import AWKWARD, labelled_texts

pytestmark = pytest.mark.slow

TEXTS = labelled_texts(60, seed=2)[0]
DOCS = Corpus.from_documents([*AWKWARD, *TEXTS[:10]])


KNOWN = " ".join(TEXTS[10:])


def primed(text=KNOWN, memory=1):
    mixer = ContextMixer(memory)
    mixer.prime(text.encode())
    return mixer


def digest(mixer):
    tables = mixer._tables._replace(text=mixer._tables.text[: mixer.n_bytes])
    return hashlib.sha256(b"".join(table.tobytes() for table in tables)).hexdigest()


def bits_of(mixer, *documents):
    return mixer.bits(Corpus.from_documents(documents))


def test_nothing_costs_nothing_and_the_first_byte_about_eight_bits():
    mixer = ContextMixer(1)
    assert bits_of(mixer, b"").tolist() == [0.0]
    first = bits_of(mixer, *[bytes([value]) for value in range(256)])
    assert first == pytest.approx([8.0] * 256, abs=0.5)
    assert np.exp2(-first).sum() == pytest.approx(1.0, abs=1e-3)


def test_the_probabilities_of_the_next_byte_sum_to_one():
    mixer = primed()
    bits = bits_of(mixer, *[bytes([value]) for value in range(256)])
    assert np.exp2(-bits).sum() == pytest.approx(1.0, abs=1e-6)


def test_primed_documents_cost_less():
    mixer = primed()
    own, noise = TEXTS[0].encode(), random.Random(0).randbytes(200)
    assert bits_of(mixer, own)[0] < 0.7 * bits_of(ContextMixer(1), own)[0]
    assert bits_of(mixer, noise)[0] > 8 * len(noise)


@pytest.mark.parametrize("memory", [1, 3, 16])
def test_scoring_does_not_change_the_mixer(memory):
    mixer = primed(memory=memory)
    before = digest(mixer)
    mixer.bits(DOCS)
    mixer.byte_bits(TEXTS[0].encode())
    with mixer.after(b"one "), mixer.after(b"two "):
        mixer.bits(DOCS)
    assert digest(mixer) == before


def test_long_documents_are_undone_by_a_copy():
    mixer = primed()
    noise = random.Random(3).randbytes(30_000)
    assert len(noise) > mixer._journal_limit
    before = digest(mixer)
    docs = Corpus.from_documents([TEXTS[0], noise, TEXTS[0], noise[:50]])
    bits = mixer.bits(docs)
    assert bits[0] == bits[2]
    with mixer.after(noise) as of_noise:
        assert of_noise == bits[1]
        assert bits_of(mixer, noise[:200])[0] < 200
        inside = digest(mixer)
        mixer.bits(docs)
        assert digest(mixer) == inside
    assert digest(mixer) == before


def test_an_error_inside_the_block_is_undone():
    mixer = primed()
    before = digest(mixer)
    with pytest.raises(KeyError), mixer.after(b"something"):
        raise KeyError
    assert digest(mixer) == before


def test_the_order_of_documents_does_not_matter():
    mixer = primed()
    order = np.random.default_rng(0).permutation(len(DOCS))
    assert mixer.bits(DOCS.take(order)).tolist() == mixer.bits(DOCS)[order].tolist()
    assert [bits_of(mixer, doc)[0] for doc in DOCS] == mixer.bits(DOCS).tolist()


@given(st.binary(max_size=300), st.binary(max_size=300))
@settings(max_examples=30, deadline=None)
def test_the_chain_rule_holds_to_the_bit(first, second):
    mixer = primed()
    together = bits_of(mixer, first + second)[0]
    with mixer.after(first) as bits:
        assert bits + bits_of(mixer, second)[0] == together


def test_priming_in_parts_is_priming_at_once():
    text = " ".join(TEXTS).encode()
    parts, whole = ContextMixer(1), ContextMixer(1)
    for start in range(0, len(text), 77):
        parts.prime(text[start : start + 77])
    whole.prime(Corpus.from_documents([text[:1000], text[1000:]]))
    assert parts.n_bytes == whole.n_bytes == len(text)
    assert digest(parts) == digest(whole)


def test_positions_sum_to_the_bits_exactly():
    mixer = primed()
    for doc in DOCS:
        positions = mixer.byte_bits(doc)
        assert positions.shape == (len(doc),)
        assert (positions > 0).all()
        assert positions.sum() == bits_of(mixer, doc)[0]
    doc = b"add salt pepper stoqk and simmer"
    assert mixer.byte_bits(doc).argmax() == doc.index(b"q")


def test_a_copy_is_independent():
    mixer = primed()
    twin = mixer.copy()
    assert digest(twin) == digest(mixer)
    before = digest(mixer)
    twin.prime(b"something else")
    assert digest(mixer) == before
    assert mixer.bits(DOCS).tolist() == primed().bits(DOCS).tolist()


def test_mixers_score_in_threads():
    mixers = [primed(" ".join(TEXTS[i::4])) for i in range(4)]
    alone = [mixer.bits(DOCS).tolist() for mixer in mixers]
    with ThreadPoolExecutor(4) as pool:
        assert [bits.tolist() for bits in pool.map(lambda m: m.bits(DOCS), mixers)] == alone


def test_threads_take_turns_at_one_mixer():
    """DOCS has documents that are longer than the journal and documents that are not."""
    mixer = primed()
    alone, state = mixer.bits(DOCS).tolist(), digest(mixer)

    def after(text):
        with mixer.after(text):
            return mixer.bits(DOCS[:5]).tolist()

    texts = [text.encode() for text in TEXTS[:8]]
    alone_after = [after(text) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        together = [pool.submit(mixer.bits, DOCS) for _ in range(8)]
        assert list(pool.map(after, texts)) == alone_after
        copies = list(pool.map(lambda _: digest(pickle.loads(pickle.dumps(mixer))), range(8)))
        assert [bits.result().tolist() for bits in together] == [alone] * 8
    assert copies == [state] * 8
    assert digest(mixer) == state


def test_slices_of_a_corpus_and_read_only_buffers():
    mixer = primed()
    assert mixer.bits(DOCS[3:7]).tolist() == mixer.bits(DOCS)[3:7].tolist()
    assert mixer.bits(DOCS[:0]).shape == (0,)


def test_encoder_and_decoder_end_knowing_the_same():
    data = " ".join(TEXTS[:10]).encode()
    scorer, encoder, decoder = primed(), primed(), primed()
    code = encoder.encode(data)
    assert decoder.decode(code, len(data)) == data
    scorer.prime(data)
    assert digest(encoder) == digest(decoder) == digest(scorer)
    assert -8 <= 8 * len(code) - bits_of(primed(), data)[0] <= 8


def test_full_tables_still_decode():
    data = random.Random(1).randbytes(300_000)  # ten times the slots of 1 MiB
    code = ContextMixer(1).encode(data)
    assert ContextMixer(1).decode(code, len(data)) == data
    assert len(code) < 1.03 * len(data)


def test_a_code_that_ends_early_is_refused():
    code = ContextMixer(1).encode(random.Random(1).randbytes(1000))
    with pytest.raises(ValueError, match="ends before"):
        ContextMixer(1).decode(code[:500], 1000)


@pytest.mark.parametrize("memory", [0, 4097, 1.5, True])
def test_memory_is_checked(memory):
    with pytest.raises(ValueError, match=r"'memory' parameter of ContextMixer must be an int in"):
        ContextMixer(memory)
