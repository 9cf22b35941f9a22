"""What is computed on a GPU equals what is computed on the CPU; skipped without a GPU."""

import json

import numpy as np
import pytest

from compressclf.documents import Corpus
from tests.compressors.bytelm.models import small_model
from tests.texts import AWKWARD

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no CUDA device")

RELATIVE = {"float32": 1e-4, "bfloat16": 2e-3}
every_architecture = pytest.mark.parametrize("name", ["gpt2", "llama"])


def scorer(name, device, dtype="float32"):
    from compressclf.compressors.causal.loading import from_parts
    from compressclf.compressors.causal.scoring import Scorer
    from tests.compressors.causal import tiny

    model = tiny.ARCHITECTURES[name](300).to(device, getattr(torch, dtype))
    return Scorer(from_parts(model, tiny.byte_level(), name), 0)


def ids(*lengths, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.integers(0, 300, length) for length in lengths]


@every_architecture
def test_texts_have_the_bits_that_they_have_on_the_cpu(name):
    contexts, targets = ids(0, 5, 0, 17, 3, 0), ids(9, 4, 0, 20, 1, 30, seed=1)
    found = scorer(name, "cuda").after(contexts, targets)
    assert found == pytest.approx(scorer(name, "cpu").after(contexts, targets), rel=1e-4)


@every_architecture
@pytest.mark.parametrize("dtype", RELATIVE)
def test_a_shared_prefix_costs_what_a_repeated_one_does(name, dtype):
    prefixes, targets = ids(1, 30, 12, 7), ids(8, 1, 0, 24, 11, 3, 8, seed=1)
    made = scorer(name, "cuda", dtype)
    assert made.model.shares_prefixes
    shared = made.after_shared(prefixes, targets)
    apart = [made.after([prefix] * len(targets), targets) for prefix in prefixes]
    assert shared == pytest.approx(np.transpose(apart), rel=RELATIVE[dtype])


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("width", [8, 64, 256])
@pytest.mark.parametrize("causal", [False, True])
def test_the_kernel_of_attention_equals_matrix_products(dtype, width, causal):
    from compressclf.compressors.causal.attention import attend, attend_by_matrices

    torch.manual_seed(0)
    made = [torch.randn(3, 4, 70, width).to("cuda", getattr(torch, dtype)) for _ in range(3)]
    found, total = attend(*made, width**-0.5, causal=causal)
    expected, expected_total = attend_by_matrices(*made, width**-0.5, causal=causal)
    allowed = {"rtol": 0, "atol": 1e-5 if dtype == "float32" else 2e-2}
    torch.testing.assert_close(found.float(), expected.float(), **allowed)
    torch.testing.assert_close(total, expected_total, **allowed)


@pytest.mark.parametrize("layers", [1, 2])
def test_the_byte_model_has_the_same_bits_to_the_last(layers):
    from compressclf.compressors.bytelm.batched import BatchedModel

    model = small_model(hidden=64, layers=layers, spread=3.0)
    docs = Corpus.from_documents([text[:300] for text in AWKWARD] * 20)
    batched = BatchedModel(model.weights, "cuda")
    assert batched.bits(docs).tolist() == model.bits(docs).tolist()
    prefixes, _ = model.after(docs[:5])
    assert (batched.bits(docs, prefixes) == model.bits(docs, prefixes)).all()


def test_the_bundled_byte_model_has_the_same_bits_to_the_last():
    from compressclf.compressors import build_compressor
    from compressclf.compressors.bytelm.batched import BatchedModel

    compressor = build_compressor("bytelm")
    docs = Corpus.from_documents(AWKWARD)
    found = BatchedModel(compressor.model().weights, "cuda").bits(docs)
    assert found.tolist() == compressor.codelengths(docs).tolist()


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_training_learns_and_can_be_resumed(tmp_path, precision):
    from compressclf.compressors import build_compressor
    from compressclf.compressors.bytelm.training.loop import Recipe, Run
    from compressclf.compressors.bytelm.training.produce import train_model

    texts = Corpus.from_documents([b"to be, or not to be\n" * n for n in (1, 5, 20)])
    held_out = Corpus.from_documents([b"to be, or not to be\n" * 3])
    recipe = Recipe(hidden=64, lanes=8, window=16, rate=0.01)
    for steps in (150, 300):
        run = Run(steps=steps, device="cuda", precision=precision)
        facts = train_model(
            texts, tmp_path, recipe, run, held_out=held_out, resume=steps > 150, say=len
        )
    weights = tmp_path / "weights.safetensors"
    measured = build_compressor(f"bytelm:weights={weights}").codelengths(held_out).sum()
    assert f"{measured / held_out.nbytes:.4f}" == facts["bits per byte, integers"]
    assert float(facts["bits per byte, float32"]) < 2.5
    lines = (tmp_path / "log.jsonl").read_text().splitlines()
    assert [json.loads(line)["steps"] for line in lines] == [150, 300]
