"""Any causal language model as a compressor."""

import functools
import itertools
import pickle
import shutil
import subprocess
import sys

import numpy as np
import pytest
import torch
import transformers

from compressclf._lib.optional import MissingExtraError
from compressclf.compressors import build_compressor
from compressclf.compressors.causal import HfLm, codec
from compressclf.documents import Corpus
from tests.compressors.causal import tiny
from tests.texts import AWKWARD

pytestmark = pytest.mark.slow

DOCS = Corpus.from_documents([*tiny.TEXTS[:6], "", "the", "naïve 日本語", b"\xff\x00"])
GIVEN = Corpus.from_documents([" ".join(tiny.TEXTS[6:8]), "", "stir the onion"])
every_sharing = pytest.mark.parametrize("name", tiny.SHARING)
every_architecture = pytest.mark.parametrize("name", tiny.ARCHITECTURES)


@functools.cache
def oracle(folder):
    """A model as transformers loads it."""
    return (
        transformers.AutoModelForCausalLM.from_pretrained(folder),
        transformers.AutoTokenizer.from_pretrained(folder),
    )


def by_hand(folder, given, doc, *, size, stride):
    """Windows one after the other, each text alone."""
    model, tokenizer = oracle(folder)

    def tokens(text):
        return tokenizer(text.decode(), split_special_tokens=True)["input_ids"]

    before, ids = tokens(given), tokens(doc)
    context = before[len(before) - min(len(before), size - stride) :]
    bits = 0.0
    while ids:
        room = size - len(context)
        bits += tiny.bits_by_hand(model, [tokenizer.bos_token_id, *context], ids[:room])
        context, ids = [*context, *ids[:room]][-(size - stride) :], ids[room:]
    return bits


@every_architecture
@pytest.mark.parametrize(("size", "stride"), [(0, 0), (16, 5)])
def test_codelengths_by_hand(folders, name, size, stride):
    compressor = HfLm(folders[name], context=size, stride=stride)
    docs = [doc for doc in DOCS if doc[:1] != b"\xff"][:7]
    found = compressor.codelengths(Corpus.from_documents(docs))
    most = compressor.model.context
    how = {"size": size or most, "stride": stride or most // 2}
    expected = [by_hand(folders[name], b"", doc, **how) for doc in docs]
    assert found == pytest.approx(expected, rel=1e-5)
    conditional = compressor.conditional_codelengths(
        Corpus.from_documents(docs), GIVEN, separator=b"\n"
    )
    expected = [[by_hand(folders[name], y, b"\n" + x, **how) for y in GIVEN] for x in docs]
    assert conditional == pytest.approx(np.array(expected), rel=1e-5)


@every_sharing
def test_joint_codelengths_follow_the_chain_rule(folders, name):
    compressor = HfLm(folders[name])
    joint = compressor.joint_codelengths(GIVEN, compressor.prepare(DOCS), separator=b" ")
    conditional = compressor.conditional_codelengths(DOCS, GIVEN, separator=b" ")
    assert joint.shape == (len(GIVEN), len(DOCS))
    assert joint == pytest.approx(compressor.codelengths(GIVEN)[:, None] + conditional.T)
    nothing = Corpus.from_documents([""])
    assert compressor.conditional_codelengths(DOCS, nothing)[:, 0] == pytest.approx(
        compressor.codelengths(DOCS)
    )


@every_sharing
def test_batches_threads_and_splits_agree(folders, name):
    compressor = HfLm(folders[name])
    whole = compressor.joint_codelengths(GIVEN, DOCS)
    parts = [compressor.joint_codelengths(GIVEN[i : i + 1], DOCS)[0] for i in range(len(GIVEN))]
    assert np.array(parts) == pytest.approx(whole, rel=1e-5)
    assert HfLm(folders[name], batch=40).joint_codelengths(GIVEN, DOCS) == pytest.approx(whole)


@every_architecture
@pytest.mark.parametrize("options", [{}, {"context": 16, "stride": 5}, {"bos": "none"}])
def test_a_tree_costs_what_its_paths_do(folders, name, options):
    # With the small context, some pairs of texts fit into it and others do not.
    compressor = HfLm(folders[name], **options)
    texts = Corpus.from_documents([tiny.TEXTS[2], "", "the", "cat"])
    root = b"stir the \xff"  # the last byte is a token of its own, so that the seam is one
    few = Corpus.from_documents(["cat ", "", "onion"])
    for docs, given in ((texts, few), (few, texts), (DOCS, few)):
        found = compressor.tree_codelengths(docs, given, root=root)
        whole = Corpus.from_documents([root + text for text in given])
        expected = compressor.conditional_codelengths(docs, whole)
        assert found == pytest.approx(expected, rel=1e-4)


def test_empty_collections(folders):
    compressor = HfLm(folders["llama"])
    nothing = Corpus.from_documents([])
    assert compressor.codelengths(nothing).shape == (0,)
    assert compressor.joint_codelengths(nothing, DOCS).shape == (0, len(DOCS))
    assert compressor.conditional_codelengths(nothing, GIVEN).shape == (0, len(GIVEN))


def test_facts(folders):
    compressor = HfLm(folders["gpt2"])
    assert compressor.codelength(b"") == compressor.overhead_bits == 0.0
    assert pickle.loads(pickle.dumps(compressor)) == compressor
    assert compressor.version == f"transformers {transformers.__version__}"
    assert compressor.lossless
    assert build_compressor(compressor.spec) == compressor
    assert len(compressor.digest) == 64
    assert compressor.digest != HfLm(folders["llama"]).digest


def test_a_model_tells_its_size(folders):
    whole, half = HfLm(folders["llama"]), HfLm(folders["llama"], dtype="bfloat16")
    weights = sum(one.numel() for one in whole.model.model.parameters())
    assert whole.model_bytes == 4 * weights
    assert half.model_bytes == 2 * weights


def test_the_digest_is_the_models_not_the_files(folders, tmp_path):
    shutil.copytree(folders["llama"], tmp_path / "copy")
    assert HfLm(str(tmp_path / "copy")).digest == HfLm(folders["llama"]).digest


def test_specs(folders):
    assert build_compressor("hf-lm:models/tiny") == HfLm("models/tiny")
    assert build_compressor("hf-lm:path=a/b,bos=none,context=512") == HfLm(
        "a/b", bos="none", context=512
    )
    assert build_compressor("hf-lm:123,bos=<s>").path == "123"
    assert HfLm("a/b").folder == "a/b"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("hf-lm", "The compressor 'hf-lm' needs its parameter 'path', as in hf-lm:path=VALUE."),
        ("hf-lm:a,b", "'hf-lm:a,b' is not of the form name:key=value,key=value."),
        ("hf-lm:a,path=b", "'hf-lm:a,path=b' gives 'path' twice."),
        ("hf-lm:a,bs=x", "Unknown parameter of compressor 'hf-lm' 'bs': choose from"),
        ("hf-lm:path=7", "must be a folder or a name on the hub. Got 7 instead."),
        ("hf-lm:a,dtype=int8", "must be one of auto, float32, bfloat16. Got 'int8' instead."),
        ("hf-lm:a,stride=-1", "The 'stride' parameter of hf-lm must be 'auto' or an int in [1, "),
    ],
)
def test_a_bad_spec_is_one_sentence(spec, message):
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the message is checked below
        build_compressor(spec)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"context": 65}, "'context' parameter of hf-lm must be an int in [2, 64], the range of"),
        ({"context": 8, "stride": 8}, "'stride' parameter of hf-lm must be less than the context"),
        ({"bos": "<nope>"}, "has no token '<nope>' to put before a text"),
        ({"device": "abacus"}, "torch cannot use the device 'abacus' here: choose auto, cpu"),
    ],
)
def test_what_a_model_does_not_have_is_one_sentence(folders, options, message):
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the message is checked below
        HfLm(folders["gpt2"], **options).codelength(b"the")
    assert message in str(error.value)


def test_what_is_no_model_is_one_sentence(tmp_path):
    with pytest.raises(ValueError, match="Cannot load a causal language model from") as error:
        HfLm(str(tmp_path)).codelength(b"the")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "path", ["./nowhere", "/nowhere", "models/none/gpt2", "~/gpt2", "models/gpt2", "gpt2/"]
)
def test_a_missing_folder_is_said_at_once(path, monkeypatch):
    monkeypatch.setattr(transformers.AutoTokenizer, "from_pretrained", None)
    with pytest.raises(ValueError, match=f"There is no folder '{path}', and a name on the hub is"):
        HfLm(path).codelength(b"the")


def test_weights_that_could_run_code_are_refused(folders, tmp_path):
    shutil.copytree(folders["gpt2"], tmp_path / "pickled")
    (tmp_path / "pickled" / "model.safetensors").unlink()
    model = transformers.AutoModelForCausalLM.from_pretrained(folders["gpt2"])
    torch.save(model.state_dict(), tmp_path / "pickled" / "pytorch_model.bin")
    with pytest.raises(ValueError, match="give a folder with config, tokenizer and safetensors"):
        HfLm(str(tmp_path / "pickled")).codelength(b"the")


def test_a_missing_package_names_the_remedy(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"'torch' is not installed: pip install 'compre"):
        HfLm("a/b")


@every_sharing
@pytest.mark.parametrize("options", [{}, {"context": 24, "stride": 10}, {"bos": "none"}])
def test_files_come_back(folders, name, options):
    compressor = HfLm(folders[name], **options)
    for doc in [*[doc[:40] for doc in AWKWARD], bytes(range(0, 256, 5)), f"a{tiny.END}b".encode()]:
        code = compressor.encode(doc)
        assert compressor.decode(code, len(doc)) == doc
        assert 8 * len(code) == pytest.approx(compressor.codelength(doc), rel=1e-3, abs=16)
    doc = tiny.TEXTS[0].encode()
    assert compressor.decompress(compressor.compress(doc)) == doc


def test_progress_counts_bytes(folders):
    compressor = HfLm(folders["llama"])
    doc = "stir the onion – 日本".encode() + b"\xff"
    seen, back = [], []
    code = compressor.encode(doc, progress=seen.append)
    compressor.decode(code, len(doc), progress=back.append)
    assert seen == back
    assert seen[-1] == len(doc)
    assert all(a <= b for a, b in itertools.pairwise(seen))


def test_another_process_with_other_threads_decodes(folders, tmp_path):
    compressor = HfLm(folders["llama"])
    doc = "stir the onion – 日本".encode()
    torch.set_num_threads(2)
    try:
        (tmp_path / "file").write_bytes(compressor.compress(doc))
    finally:
        torch.set_num_threads(1)
    program = (
        "import sys, pathlib; from compressclf.compressors import build_compressor\n"
        "file = pathlib.Path(sys.argv[2]).read_bytes()\n"
        "sys.stdout.buffer.write(build_compressor(sys.argv[1]).decompress(file))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, compressor.spec, str(tmp_path / "file")],
        capture_output=True,
        check=True,
    )
    assert ran.stdout == doc


def test_another_runtime_and_another_model_are_refused(folders, monkeypatch):
    file = HfLm(folders["llama"]).compress(b"the onion")
    with pytest.raises(ValueError, match="was written with a model that differs from hf-lm"):
        HfLm(folders["gpt2"]).decompress(file)
    monkeypatch.setattr(codec, "runtime", lambda: "torch 1.0, an abacus")
    with pytest.raises(ValueError, match=r"depend on the machine: .* this is torch 1.0, an abacus"):
        HfLm(folders["llama"]).decompress(file)


def decoded_or_refused(compressor, code, n_bytes):
    try:
        return compressor.decode(code, n_bytes)
    except ValueError as error:
        return str(error)


def test_a_code_of_other_bytes_is_refused(folders):
    compressor = HfLm(folders["llama"])
    doc = tiny.TEXTS[0].encode()[:50]
    code = compressor.encode(doc)
    for wrong, n_bytes in [(code[:-4], len(doc)), (code + b"\x01", len(doc)), (b"", 10**15)]:
        with pytest.raises(ValueError, match="The code"):
            compressor.decode(wrong, n_bytes)
    rng = np.random.default_rng(0)
    for _ in range(20):
        damaged = bytearray(code)
        damaged[rng.integers(len(code))] ^= 1 << rng.integers(8)
        assert decoded_or_refused(compressor, bytes(damaged), len(doc)) != doc


def test_a_tokenizer_of_words_scores_but_writes_no_files(tmp_path):
    tokenizer = tiny.word_level(unk_token="<unk>", eos_token="</s>")
    tiny.gpt2(len(tokenizer)).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    compressor = HfLm(str(tmp_path))
    assert 0 < compressor.codelength(b"stir the onion") < compressor.codelength(b"stir  the onion")
    with pytest.raises(ValueError, match="can score documents, but not write files"):
        compressor.compress(b"stir the onion")
