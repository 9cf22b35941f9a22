"""Throughput of scoring texts after shared prefixes: ``python -m benchmarks.gpu_scoring``.

Computes codelengths C(x|y) of many texts x after a few texts y, by models of the sizes of GPT-2,
SmolLM2-135M and a tiny one, with random weights, which do not affect the time. Three ways, in turn:

* shared: each y is read once, and all x attend to its keys and values in place
  (`compressclf.compressors.causal`);
* naive: y and x as one sequence, in batches, with all logits at once;
* copied: y is read once, and its cache is copied for each text of a batch
  (``batch_repeat_interleave``).

Prints pairs (x, y) per second (median of the rounds), the ratio to the other ways, the share of the
device's matrix-product rate (measured first) that is used, and the difference of the codelengths
from the naive ones. With ``--record`` each row is appended to a file as one line of JSON. Runs on
any device; the default sizes and dtype suit it.
"""

from __future__ import annotations

import copy
import json
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
import transformers

from cli._output import render_table
from compressclf._lib.pretrained import device_of
from compressclf.compressors.causal.loading import LoadedModel, dtype_of
from compressclf.compressors.causal.scoring import Scorer

# Tokens of a text of 240 bytes and of a prefix of 2 KB, at 4.2 bytes per token.
TEXT_TOKENS, PREFIX_TOKENS = 57, (57, 480)
MODELS: dict[str, Callable[[], Any]] = {
    "gpt2": lambda: transformers.GPT2Config(),
    "smollm2-135m": lambda: transformers.LlamaConfig(
        vocab_size=49_152,
        hidden_size=576,
        intermediate_size=1536,
        num_hidden_layers=30,
        num_attention_heads=9,
        num_key_value_heads=3,
        max_position_embeddings=8192,
        tie_word_embeddings=True,
    ),
    "tiny": lambda: transformers.LlamaConfig(
        vocab_size=1000,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        tie_word_embeddings=True,
    ),
}
Ids = list[np.ndarray[Any, np.dtype[np.int64]]]


@click.command()
@click.option("--model", "names", multiple=True, type=click.Choice([*MODELS]), help="Default: all.")
@click.option("--device", default="auto", show_default=True)
@click.option("--dtype", default="auto", show_default=True, help="auto: bfloat16 on a GPU.")
@click.option("--texts", type=int, help="Texts per round; default 4096 on a GPU, else 32.")
@click.option("--prefixes", type=int, help="Prefixes per round; default 4 on a GPU, else 2.")
@click.option("--others", type=int, help="Pairs per round of the other ways; default 512, else 8.")
@click.option("--batch", type=int, help="Pairs per batch of the other ways; default 64, else 8.")
@click.option("--rounds", default=3, show_default=True)
@click.option(
    "--seconds", default=420.0, show_default=True, help="Seconds after which no new round begins."
)
@click.option("--record", type=click.Path(path_type=Path), help="Append the rows to this file.")
def main(
    names: tuple[str, ...],
    device: str,
    dtype: str,
    texts: int | None,
    prefixes: int | None,
    others: int | None,
    batch: int | None,
    rounds: int,
    seconds: float,
    record: Path | None,
) -> None:
    """Measure pairs a second."""
    end = time.monotonic() + seconds
    device = device_of(device)
    dtype = dtype_of(dtype, device)
    on_gpu = device.startswith("cuda")
    sizes = {
        "texts": texts or (4096 if on_gpu else 32),
        "prefixes": prefixes or (4 if on_gpu else 2),
        "others": others or (512 if on_gpu else 8),
        "batch": batch or (64 if on_gpu else 8),
    }
    peak = _peak(device, dtype)
    rows = []
    for name in names or MODELS:
        model = _model(name, device, dtype)
        for n_given in PREFIX_TOKENS:
            if time.monotonic() > end:
                click.echo(f"{name} after {n_given} tokens: no time left.", err=True)
                continue
            found = _measure(model, n_given, sizes, rounds, end)
            found["share of peak"] = found.pop("flop a pair") * found["pairs/s"] / peak
            rows.append({"model": name, **found})
            click.echo(f"{name} after {n_given} tokens: {found['pairs/s']:.0f} pairs/s", err=True)
            if record:
                how = {"device": _device_name(device), "dtype": dtype, "peak TFLOP/s": peak / 1e12}
                _append(record, {**rows[-1], **how, **sizes, **_circumstances()})
        del model
    print(f"{_device_name(device)}, {dtype}: matrix products at {peak / 1e12:.3g} TFLOP/s")
    print(render_table([{key: _cell(value) for key, value in row.items()} for row in rows], "md"))


def _measure(
    model: LoadedModel, n_given: int, sizes: dict[str, int], rounds: int, end: float
) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    n_tokens = model.n_tokens
    lengths = rng.integers(TEXT_TOKENS * 3 // 4, TEXT_TOKENS * 5 // 4 + 1, sizes["texts"])
    texts = [rng.integers(0, n_tokens, length) for length in lengths]
    given = [rng.integers(0, n_tokens, n_given) for _ in range(sizes["prefixes"])]
    scorer = Scorer(model, 0)
    few = texts[: sizes["others"]]
    plain = model.model
    ways: dict[str, tuple[int, Callable[[], Any]]] = {
        "shared": (len(texts) * len(given), lambda: scorer.after_shared(given, texts)),
        "naive": (len(few), lambda: _naive(plain, given[0], few, sizes["batch"])),
        "copied": (len(few), lambda: _copied(plain, given[0], few, sizes["batch"])),
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    bits: dict[str, Any] = {}
    if model.device.type == "cuda":  # kernels are chosen, memory is allocated
        for way, (_, run) in ways.items():
            with _attention_of(model, way):
                run()
    for _ in range(rounds):
        if rates["shared"] and time.monotonic() > end:
            break
        for way, (n_pairs, run) in ways.items():
            with _attention_of(model, way):
                _wait(model)
                begin = time.perf_counter()
                bits[way] = run()
                _wait(model)
                rates[way].append(n_pairs / (time.perf_counter() - begin))
    shared = bits["shared"][: len(few), 0]
    off = {way: np.abs(bits[way] / shared - 1) for way in ("naive", "copied")}
    median = {way: statistics.median(found) for way, found in rates.items()}
    return {
        "prefix tokens": n_given,
        "text tokens": float(lengths.mean()),
        "pairs/s": median["shared"],
        "naive pairs/s": median["naive"],
        "copied pairs/s": median["copied"],
        "times naive": median["shared"] / median["naive"],
        "times copied": median["shared"] / median["copied"],
        "flop a pair": _flop(model, n_given, float(lengths.mean()), len(texts)),
        "off by, mean": float(off["naive"].mean()),
        "off by, most": float(off["naive"].max()),
        "sum off by": float(abs(bits["naive"].sum() / shared.sum() - 1)),
        "rounds": len(rates["shared"]),
    }


def _naive(model: Any, given: Any, texts: Ids, batch: int) -> Any:
    """Concatenate and pad the sequences, and compute all logits."""
    found = []
    for begin in range(0, len(texts), batch):
        part = texts[begin : begin + batch]
        # The start token is 0, as for the other ways.
        ids, mask = _pad([np.concatenate([[0], given, text]) for text in part], model.device)
        with torch.inference_mode():
            logits = model(input_ids=ids, attention_mask=mask, use_cache=False).logits
            found.append(_gathered(logits[:, :-1], ids[:, 1:], mask[:, 1:], len(given)))
    return torch.cat(found).cpu().numpy()


def _copied(model: Any, given: Any, texts: Ids, batch: int) -> Any:
    """Copy the cache of the prefix for every text of a batch."""
    found = []
    with torch.inference_mode():
        start = torch.tensor([[0, *given]], device=model.device)
        read = model(input_ids=start, use_cache=True)
        for begin in range(0, len(texts), batch):
            ids, mask = _pad(texts[begin : begin + batch], model.device)
            cache = copy.deepcopy(read.past_key_values)
            cache.batch_repeat_interleave(len(ids))
            before = torch.ones(len(ids), len(given) + 1, dtype=mask.dtype, device=model.device)
            logits = model(
                input_ids=ids,
                attention_mask=torch.cat([before, mask], 1),
                past_key_values=cache,
                use_cache=True,
            ).logits
            first = read.logits[:, -1:].expand(len(ids), -1, -1)
            found.append(_gathered(torch.cat([first, logits[:, :-1]], 1), ids, mask, 0))
    return torch.cat(found).cpu().numpy()


def _gathered(logits: Any, targets: Any, mask: Any, skip: int) -> Any:
    """Return the bits of each row's targets after the first `skip`."""
    logs = torch.log_softmax(logits[:, skip:].float(), -1)
    coded = logs.gather(2, targets[:, skip:].unsqueeze(2)).squeeze(2)
    return -(coded * mask[:, skip:]).double().sum(1) / np.log(2)


def _pad(texts: Ids, device: Any) -> tuple[Any, Any]:
    width = max(len(text) for text in texts)
    ids = np.zeros((len(texts), width), np.int64)
    mask = np.zeros((len(texts), width), np.int64)
    for row, text in enumerate(texts):
        ids[row, : len(text)] = text
        mask[row, : len(text)] = 1
    return torch.as_tensor(ids, device=device), torch.as_tensor(mask, device=device)


def _flop(model: LoadedModel, n_given: int, n_text: float, n_texts: int) -> float:
    """Return the floating-point operations per pair, with its share of the prefix."""
    config = model.model.config
    embedded = model.model.get_input_embeddings().weight.numel()
    positions = getattr(model.model.base_model, "wpe", None)
    n_weights = sum(weight.numel() for weight in model.model.base_model.parameters())
    n_weights -= embedded + (positions.weight.numel() if positions is not None else 0)
    width = config.num_attention_heads * (config.hidden_size // config.num_attention_heads)
    layers = config.num_hidden_layers

    def read(n_tokens: float, before: float) -> float:
        return n_tokens * (2 * n_weights + 4 * layers * width * (before + n_tokens / 2))

    head = 2 * config.hidden_size * model.n_tokens * n_text
    return read(n_text, n_given) + head + read(n_given, 0) / n_texts


def _peak(device: str, dtype: str) -> float:
    """Return the FLOP/s of large matrix products, the best of ten."""
    size = 8192 if device.startswith("cuda") else 1024
    one = torch.randn(size, size, device=device).to(getattr(torch, dtype))
    best = 0.0
    for _ in range(12):
        if one.is_cuda:
            torch.cuda.synchronize()
        begin = time.perf_counter()
        one @ one
        if one.is_cuda:
            torch.cuda.synchronize()
        best = max(best, 2 * size**3 / (time.perf_counter() - begin))
    return best


def _model(name: str, device: str, dtype: str) -> LoadedModel:
    torch.manual_seed(0)
    model = transformers.AutoModelForCausalLM.from_config(
        MODELS[name](), dtype=getattr(torch, dtype)
    )
    return LoadedModel(model.to(device), None)  # type: ignore[arg-type]


@contextmanager
def _attention_of(model: LoadedModel, way: str) -> Iterator[None]:
    """Use transformers' own attention, except for the shared way."""
    before = model.model.config._attn_implementation
    if way != "shared":
        model.model.set_attn_implementation("sdpa")
    try:
        yield
    finally:
        model.model.set_attn_implementation(before)


def _wait(model: LoadedModel) -> None:
    if model.device.type == "cuda":
        torch.cuda.synchronize()


def _device_name(device: str) -> str:
    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    return f"{platform.machine()} processor, {torch.get_num_threads()} threads"


def _circumstances() -> dict[str, str]:
    return {
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d"),
    }


def _append(path: Path, row: dict[str, Any]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({key: _short(value) for key, value in row.items()}) + "\n")


def _short(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _cell(value: Any) -> Any:
    return f"{value:.4g}" if isinstance(value, float) else value


if __name__ == "__main__":
    main()
