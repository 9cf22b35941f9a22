"""Encoders of Hugging Face, by a tiny network in a folder."""

import numpy as np
import pytest
import torch

from compressclf import Corpus
from compressclf._lib.foreign import NotFromFileError, from_a_file
from compressclf.encoders import get_encoder
from tests.encoders import tiny

MEAN = {"pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}
FIRST = {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}


def hidden(folder, text):
    """The vectors of the tokens, from transformers alone."""
    loaded = get_encoder(f"hf:{folder}").loaded
    batch = loaded.tokenizer([text], return_tensors="pt", truncation=True, max_length=32)
    with torch.inference_mode():
        return loaded.model(**batch).last_hidden_state[0].numpy()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, lambda rows: rows.mean(axis=0)),
        ({"pooling": MEAN}, lambda rows: rows.mean(axis=0)),
        ({"pooling": FIRST}, lambda rows: rows[0]),
        ({"pooling": {"pooling_mode": "cls"}}, lambda rows: rows[0]),
        (
            {"pooling": MEAN, "normalize": True},
            lambda rows: rows.mean(axis=0) / np.linalg.norm(rows.mean(axis=0)),
        ),
    ],
)
def test_pooling_is_what_the_files_say(tmp_path, options, expected):
    folder = tiny.save(tmp_path, **options)
    found = get_encoder(f"hf:{folder}").encode(tiny.TEXTS[:1])
    assert found.shape == (1, 8)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[0], expected(hidden(folder, tiny.TEXTS[0])), atol=1e-6)


def test_the_batch_does_not_matter(tmp_path, monkeypatch):
    encoder = get_encoder(f"hf:{tiny.save(tmp_path)}")
    texts = [*tiny.TEXTS[:20], "", *(" ".join(tiny.TEXTS[i : i + 3]) for i in range(5))]
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    monkeypatch.setattr("compressclf.encoders.huggingface.BATCH_TOKENS", 100)
    np.testing.assert_allclose(encoder.encode(texts), alone, atol=1e-6)
    np.testing.assert_allclose(encoder.encode(texts[::-1])[::-1], alone, atol=1e-6)


def test_a_long_text_is_cut_after_the_given_tokens(tmp_path):
    words = (" ".join(tiny.TEXTS)).split()
    whole = get_encoder(f"hf:{tiny.save(tmp_path / 'whole')}")
    short = get_encoder(
        "hf:"
        + tiny.save(tmp_path / "short", files={"sentence_bert_config.json": {"max_seq_length": 7}})
    )
    found = whole.encode([" ".join(words), " ".join(words[:30])])  # and [CLS] and [SEP]
    np.testing.assert_array_equal(found[0], found[1])
    found = short.encode([" ".join(words), " ".join(words[:5]), " ".join(words[:4])])
    np.testing.assert_array_equal(found[0], found[1])
    assert (found[1] != found[2]).any()


@pytest.fixture
def cache_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPRESSCLF_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_spread_is_the_covariance_of_words(tmp_path, cache_folder, monkeypatch):
    encoder = get_encoder(f"hf:{tiny.save(tmp_path / 'model')}")
    words = encoder.loaded.words()
    assert all(word.isalpha() and len(word) > 2 for word in words)
    monkeypatch.setattr("compressclf.encoders.huggingface.LEAST_WORDS", len(words) + 1)
    assert encoder.spread() is None
    assert not cache_folder.exists()
    monkeypatch.setattr("compressclf.encoders.huggingface.LEAST_WORDS", len(words))
    spread = encoder.spread()
    expected = np.cov(encoder.encode(words).T)
    np.testing.assert_allclose(spread, expected / np.diag(expected).mean(), atol=1e-5)
    (folder,) = cache_folder.iterdir()
    assert folder.name == f"spread-{encoder.digest[:24]}"
    assert (encoder.spread() == spread).all()  # from the cache


def test_words_begin_where_the_vocabulary_says_so(tmp_path, monkeypatch):
    loaded = get_encoder(f"hf:{tiny.save(tmp_path)}").loaded
    vocabulary = {"[PAD]": 0, "▁salt": 3, "ing": 2, "▁the": 1, "▁x": 4, "▁a1b": 5, "▁zoo": 6}
    monkeypatch.setattr(loaded.tokenizer, "get_vocab", lambda: vocabulary)
    monkeypatch.setattr("compressclf.encoders.huggingface.STEP", 1)
    assert loaded.words() == ["the", "salt", "zoo"]
    monkeypatch.setattr("compressclf.encoders.huggingface.STEP", 2)
    assert loaded.words() == ["the", "zoo"]


def test_a_prefix_comes_before_each_text(tmp_path):
    prompts = {"prompts": {"q": "in "}, "default_prompt_name": "q"}
    folder = tiny.save(tmp_path, files={"config_sentence_transformers.json": prompts})
    text, longer = tiny.TEXTS[0], "in " + tiny.TEXTS[0]
    plain = get_encoder(f"hf:{folder},prefix=")
    assert (plain.encode([longer]) == get_encoder(f"hf:{folder}").encode([text])).all()
    assert (plain.encode([longer]) == get_encoder(f"hf:{folder},prefix=[in ]").encode([text])).all()
    assert get_encoder(f"hf:{folder},prefix=[in ]").spec.endswith("prefix=[in ]")
    assert plain.digest != get_encoder(f"hf:{folder},prefix=[in ]").digest


def test_the_digest_is_that_of_weights_and_steps(tmp_path):
    folders = [
        tiny.save(tmp_path / "a"),
        tiny.save(tmp_path / "b"),
        tiny.save(tmp_path / "c", seed=1),
        tiny.save(tmp_path / "d", pooling=FIRST),
    ]
    digests = [get_encoder(f"hf:{folder}").digest for folder in folders]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


def test_the_digest_does_not_depend_on_what_was_read_before(tmp_path):
    first, second = (get_encoder(f"hf:{tiny.save(tmp_path / name)}") for name in "ab")
    before = first.digest
    second.encode(tiny.TEXTS[:3])  # sets truncation and padding in the tokenizer
    assert second.digest == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"files": {"modules.json": [{"type": "x.Dense", "path": "2_Dense"}]}},
            "the encoder has the step 'Dense'; known are Transformer, Pooling, Normalize.",
        ),
        (
            {"pooling": {"pooling_mode_max_tokens": True}},
            "the encoder pools by pooling_mode_max_tokens; known are the mean of the tokens and "
            "the first token.",
        ),
    ],
)
def test_unknown_steps_are_refused(tmp_path, options, message):
    encoder = get_encoder(f"hf:{tiny.save(tmp_path, **options)}")
    with pytest.raises(ValueError, match="Cannot load a sentence encoder") as error:
        encoder.encode(["a"])
    assert str(error.value).endswith(message)


def test_wrong_paths_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"There is no folder 'a/b/c', and a name on the hub is"):
        get_encoder("hf:a/b/c").vectors(Corpus.from_documents(["a"]))
    with pytest.raises(ValueError, match=r"^Cannot load a sentence encoder from .*: give a folder"):
        get_encoder(f"hf:{tmp_path}").vectors(Corpus.from_documents(["a"]))
    with pytest.raises(ValueError, match="'path' parameter of hf must be a folder or a name"):
        get_encoder("hf:path=3")


def test_a_name_is_looked_up_on_the_hub(tmp_path, monkeypatch):
    folder = tiny.save(tmp_path)
    asked = []

    def snapshot_download(name, **options):
        asked.append(name)
        return folder

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
    found = get_encoder("hf:someone/tiny").encode(tiny.TEXTS[:3])
    assert asked == ["someone/tiny"]
    assert (found == get_encoder(f"hf:{folder}").encode(tiny.TEXTS[:3])).all()


def test_a_file_chooses_neither_hub_nor_device_nor_place(tmp_path, monkeypatch):
    folder = tiny.save(tmp_path / "model")
    monkeypatch.chdir(tmp_path)
    with from_a_file(tmp_path):
        assert get_encoder(f"hf:{folder}").folder == folder
        with pytest.raises(NotFromFileError, match="may be downloaded"):
            get_encoder("hf:someone/other")
        with pytest.raises(NotFromFileError, match="sets a device"):
            get_encoder(f"hf:{folder},device=cpu")
        with pytest.raises(NotFromFileError, match="outside the working directory"):
            get_encoder("hf:/etc")
