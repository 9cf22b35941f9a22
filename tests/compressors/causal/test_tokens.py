"""No byte is lost, and no text is a command."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compressclf.compressors.causal.tokens import ByteTokens, Tokens
from tests.compressors.causal import tiny
from tests.texts import AWKWARD


@pytest.fixture(scope="module", params=["bytes", "some bytes", "prefix space", "sentence piece"])
def tokens(request):
    made = {
        "bytes": tiny.byte_level,
        "some bytes": lambda: tiny.byte_level(alphabet=False),
        "prefix space": lambda: tiny.byte_level(add_prefix_space=True),
        "sentence piece": tiny.sentence_piece,
    }[request.param]()
    return ByteTokens(made, len(made), request.param)


@given(doc=st.binary(max_size=60) | st.text(max_size=40).map(str.encode))
@settings(max_examples=100, deadline=None)
def test_every_document_comes_back(tokens, doc):
    found = tokens.encode([doc])[0]
    assert tokens.decode(found) == doc
    assert len(found.raw) == (found.ids == tokens.escape).sum()


def test_awkward_documents_come_back(tokens):
    docs = [*AWKWARD, b" a", b"  a b", b" ", "▁a".encode(), b"\xff" + tiny.TEXTS[0].encode()]
    assert [tokens.decode(found) for found in tokens.encode(docs)] == docs


def test_a_text_is_not_a_command(tokens):
    doc = f"the {tiny.END}<|im_start|> <s></s><unk>".encode()
    found = tokens.encode([doc])[0]
    assert tokens.special.isdisjoint(found.ids[found.ids != tokens.escape].tolist())
    assert tokens.decode(found) == doc


def test_text_keeps_its_tokens_beside_bytes_that_are_none():
    made = tiny.byte_level()
    tokens = ByteTokens(made, len(made), "x")
    text = tiny.TEXTS[0].encode()
    alone, mixed = tokens.encode([text, text + b"\xff" + text])
    assert mixed.ids.size == 2 * alone.ids.size + 1
    assert mixed.raw == b""


def test_a_byte_without_a_token_is_escaped():
    made = tiny.byte_level(alphabet=False)
    tokens = ByteTokens(made, len(made), "x")
    found = tokens.encode([b"the\x04sail"])[0]
    assert found.raw == b"\x04"
    assert found.raw_bits == 8
    assert found.ids.tolist().count(tokens.escape) == 1


def test_sentence_piece_spells_a_text_without_the_space_before_it():
    made = tiny.sentence_piece()
    tokens = ByteTokens(made, len(made), "x")
    the = made.convert_tokens_to_ids("▁the")
    assert tokens.encode([b"the"])[0].ids.tolist() == [the]
    assert tokens.spelling(the, first=True) == b"the"
    assert tokens.spelling(the, first=False) == b" the"


def test_a_tokenizer_of_words_is_taken_at_its_word():
    made = tiny.word_level(unk_token="<unk>")
    tokens = ByteTokens(made, len(made), "x")
    plain, spaced = tokens.encode([b"the onion", b"the  onion"])
    assert plain.ids.tolist() == made.convert_tokens_to_ids(["the", "onion"])
    assert (plain.raw, spaced.raw) == (b"", b"the  onion")
    assert tokens.decode(plain) == b"the onion"
    assert tokens.decode(spaced) == b"the  onion"


def test_a_tokenizer_without_any_way_is_refused():
    made = tiny.word_level()
    tokens = ByteTokens(made, len(made), "models/words")
    assert tokens.encode([b"the onion"])[0].ids.size == 2
    with pytest.raises(ValueError, match="models/words cannot encode this document: it has no"):
        tokens.encode([b"the  onion"])


def test_tokens_beyond_the_models_vocabulary_are_not_used():
    made = tiny.byte_level()
    tokens = ByteTokens(made, 258, "x")  # special tokens and bytes, no merge
    found = tokens.encode([tiny.TEXTS[0].encode()])[0]
    assert found.ids.max() < 258
    assert found.ids.size == len(tiny.TEXTS[0])


def test_the_start_token_is_declared():
    both = ByteTokens(tiny.sentence_piece(), 291, "x")
    assert [both.bos(name) for name in ("auto", "bos", "eos", "none", "▁the")] == [
        1,
        1,
        2,
        None,
        both.tokenizer.convert_tokens_to_ids("▁the"),
    ]
    only_end = tiny.word_level(eos_token="</s>", unk_token="<unk>")
    assert ByteTokens(only_end, len(only_end), "x").bos("auto") == only_end.eos_token_id
    neither = ByteTokens(tiny.word_level(), 60, "models/words")
    assert neither.bos("auto") is None
    with pytest.raises(
        ValueError, match=r"models/words has no token 'bos' to put before a text; use bos=none"
    ):
        neither.bos("bos")


def test_raw_bits():
    assert Tokens(np.array([0, 0]), b"ab").raw_bits == 16
