"""Train a byte language model: text in, a folder with weights and their card out.

A training that was interrupted or killed can be resumed from ``checkpoint.safetensors``:
parameters, the optimiser's moments, the state and the position of every lane, the state of the
random numbers, and the latest losses. A resumed training of a number of steps gives the same model
as an uninterrupted one (on a CPU to the bit, with as many threads). Each measurement is a line of
``log.jsonl``. Both files are replaced atomically.

The loss is the mean of −log2 p over bytes: bits per byte. The optimiser is AdamW (Loshchilov and
Hutter, 2019), with gradients clipped to norm 1 and truncated at the window. The learning rate rises
for `WARM_UP` steps, stays constant, and falls linearly to a fiftieth over the last `FALL` of the
run.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
import signal
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.files import write_whole
from compressclf._lib.optional import optional_import
from compressclf._lib.signals import collected_signals
from compressclf.compressors.bytelm.training.card import read_log
from compressclf.compressors.bytelm.training.lanes import PADDING, Lanes, padded_batches
from compressclf.compressors.bytelm.training.network import network, parameters_of
from compressclf.compressors.tensors import pack_tensors, unpack_tensors
from compressclf.documents import Corpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Recipe", "Run", "Trained", "float_bits", "train"]

logger = logging.getLogger("compressclf")

WARM_UP = 100  # steps
FALL = 0.5  # share of the run
_LEAST_RATE = 0.02
_AVERAGED = 500  # steps of the training loss in the log
_EVALUATION_BYTES = 1 << 16  # held-out bytes that are scored at a time


@dataclass(frozen=True)
class Recipe:
    """The settings on which the trained model depends; stored in every checkpoint."""

    hidden: int = 512
    layers: int = 1
    lanes: int = 64
    window: int = 128
    rate: float = 3e-3
    seed: int = 0


@dataclass(frozen=True)
class Run:
    """Length and device of a run, which may change when training is resumed."""

    steps: int | None = None
    minutes: float | None = None
    device: str = "auto"
    precision: str = "auto"
    minutes_between: float = 3.0


@dataclass
class Trained:
    """The result of training."""

    parameters: dict[str, NDArray[np.float32]]
    recipe: Recipe
    steps: int
    seconds: float
    n_bytes: int
    device: str
    precision: str


def train(
    documents: Corpus,
    held_out: Corpus,
    folder: Path,
    recipe: Recipe,
    run: Run,
    *,
    resume: bool = False,
    say: Callable[[str], None] = lambda line: None,
) -> Trained:
    """Train, and write checkpoints and a log into `folder`.

    Parameters
    ----------
    documents, held_out : Corpus
        Training and held-out text.
    folder : Path
    recipe, run
    resume : bool
        Go on from the checkpoint in `folder`, whose recipe must be the same.
    say : callable
        Called with a line of progress now and then.

    Raises
    ------
    ValueError
        If there is no text, if the checkpoint cannot be resumed, or if the loss is not a number.
    KeyboardInterrupt
        If interrupted by SIGINT, or by SIGTERM if that has a handler. The current step is finished
        and the checkpoint written first; a second signal ends training at once.
    """
    trainer = _Trainer(documents, held_out, folder, recipe, run, say)
    if resume:
        trainer.restore()
    with collected_signals() as signals:
        while trainer.share_done() < 1 and not signals:
            trainer.step()
            if trainer.seconds_since_measured() > 60 * run.minutes_between:
                trainer.measure()
                trainer.save()
        if not signals:
            trainer.measure()
        trainer.save()
    if signals:
        signal.raise_signal(signals[0])
        raise KeyboardInterrupt
    return trainer.trained()


class _Trainer:
    def __init__(
        self,
        documents: Corpus,
        held_out: Corpus,
        folder: Path,
        recipe: Recipe,
        run: Run,
        say: Callable[[str], None],
    ) -> None:
        self.torch = torch = optional_import("torch", extra="neural")
        self.recipe, self.run, self.folder, self.say = recipe, run, folder, say
        self.held_out = held_out
        self.device = _device(torch, run.device)
        self.precision = _precision(torch, run.precision, self.device)
        torch.manual_seed(recipe.seed)
        self.network = network(recipe.hidden, recipe.layers).to(self.device)
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=recipe.rate, betas=(0.9, 0.99), weight_decay=0.01
        )
        self.lanes = Lanes(documents, recipe.lanes, recipe.window, recipe.seed)
        self.state = torch.zeros(recipe.layers, recipe.lanes, recipe.hidden, device=self.device)
        self.steps, self.n_bytes, self.seconds_before = 0, 0, 0.0
        self.begin = self.measured_at = time.monotonic()
        self.losses: deque[float] = deque(maxlen=_AVERAGED)
        self.log: list[dict[str, Any]] = []

    def seconds(self) -> float:
        return self.seconds_before + time.monotonic() - self.begin

    def seconds_since_measured(self) -> float:
        return time.monotonic() - self.measured_at

    def share_done(self) -> float:
        by_steps = self.steps / self.run.steps if self.run.steps else 0.0
        by_time = self.seconds() / (60 * self.run.minutes) if self.run.minutes else 0.0
        return max(by_steps, by_time)

    def step(self) -> None:
        torch = self.torch
        fall = min(1.0, (1 - self.share_done()) / FALL)
        rise = min(1.0, (self.steps + 1) / WARM_UP)
        for group in self.optimizer.param_groups:
            group["lr"] = self.recipe.rate * rise * max(_LEAST_RATE, fall)
        inputs, targets, begins = self.lanes.window()
        fresh = torch.from_numpy(begins).to(self.device)
        state = self.state.masked_fill(fresh[None, :, None], 0.0)
        self.network.train()
        loss, state = _loss(torch, self.network, inputs, targets, state, self.precision)
        self.optimizer.zero_grad(set_to_none=True)
        (loss / loss.new_tensor(max(1, (targets != PADDING).sum()))).backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.state = state.detach().float()
        self.steps += 1
        n_bytes = int((targets != PADDING).sum())
        self.n_bytes += n_bytes
        bits = float(loss.detach()) / math.log(2) / max(1, n_bytes)
        if not math.isfinite(bits):
            raise ValueError(
                f"The loss is not a number after {self.steps} steps; choose a smaller `rate` than "
                f"{self.recipe.rate:g}, and resume from the last checkpoint."
            )
        self.losses.append(bits)

    def measure(self) -> None:
        bits = float_bits(self.network, self.held_out)
        line = {
            "steps": self.steps,
            "seconds": round(self.seconds(), 1),
            "bytes": self.n_bytes,
            "training": round(float(np.mean(self.losses)), 4) if self.losses else None,
            "held_out": round(float(bits.sum() / max(1, self.held_out.nbytes)), 4),
        }
        self.log = [old for old in self.log if old["steps"] < self.steps] + [line]
        text = "".join(json.dumps(line) + "\n" for line in self.log)
        self._write("log.jsonl", text.encode())
        self.say(
            f"{self.share_done():4.0%}  step {self.steps:,}, {self.n_bytes / 1e6:,.1f} MB in "
            f"{self.seconds() / 60:.1f} min: {line['training']} bits per byte in training, "
            f"{line['held_out']} on held-out text"
        )
        self.measured_at = time.monotonic()

    def save(self) -> None:
        tensors = {"state": self.state.cpu().numpy()}
        for name, value in parameters_of(self.network).items():
            tensors[f"parameter {name}"] = value
        for index, moments in self.optimizer.state_dict()["state"].items():
            for kind in ("exp_avg", "exp_avg_sq"):
                tensors[f"{kind} {index}"] = moments[kind].cpu().numpy()
        facts = {
            "format": "compressclf bytelm checkpoint 1",
            "recipe": json.dumps(asdict(self.recipe)),
            "lanes": json.dumps(self.lanes.state()),
            "steps": str(self.steps),
            "bytes": str(self.n_bytes),
            "seconds": repr(self.seconds()),
            "losses": json.dumps(list(self.losses)),
        }
        self._write("checkpoint.safetensors", pack_tensors(tensors, facts))

    def _write(self, name: str, data: bytes) -> None:
        write_whole(self.folder / name, data, draft=self.folder / f".{name}.new")

    def restore(self) -> None:
        file = self.folder / "checkpoint.safetensors"
        try:
            self._restore(*unpack_tensors(file.read_bytes()))
        except (ValueError, TypeError, KeyError, RuntimeError, OverflowError) as error:
            raise ValueError(
                f"{file} cannot be resumed ({str(error).splitlines()[0]}); start again without "
                f"`resume`, or give the settings and the data it was made with."
            ) from None
        self.begin = self.measured_at = time.monotonic()

    def _restore(self, tensors: dict[str, NDArray[Any]], facts: dict[str, str]) -> None:
        torch = self.torch
        recipe = Recipe(**json.loads(facts["recipe"]))
        if recipe != self.recipe:
            raise ValueError(f"it was made with {recipe}, not {self.recipe}")
        self.network.load_state_dict(
            {
                name.removeprefix("parameter "): torch.from_numpy(value.copy())
                for name, value in tensors.items()
                if name.startswith("parameter ")
            }
        )
        self.steps, self.n_bytes = int(facts["steps"]), int(facts["bytes"])
        self.losses.extend(json.loads(facts.get("losses", "[]")))
        self.log = [line for line in read_log(self.folder) if line["steps"] <= self.steps]
        self.seconds_before = float(facts["seconds"])
        moments = self.optimizer.state_dict()
        if self.steps:
            for index in range(len(moments["param_groups"][0]["params"])):
                moments["state"][index] = {
                    "step": torch.tensor(float(self.steps)),
                    "exp_avg": torch.from_numpy(tensors[f"exp_avg {index}"].copy()),
                    "exp_avg_sq": torch.from_numpy(tensors[f"exp_avg_sq {index}"].copy()),
                }
            self.optimizer.load_state_dict(moments)
        state = torch.from_numpy(tensors["state"].copy()).to(self.device)
        if state.shape != self.state.shape:
            raise ValueError("the state has another shape")
        self.state = state
        try:
            self.lanes.restore(json.loads(facts["lanes"]))
        except (ValueError, KeyError):
            self.say("The data differ from those of the checkpoint: all lanes start again.")

    def trained(self) -> Trained:
        return Trained(
            parameters=parameters_of(self.network),
            recipe=self.recipe,
            steps=self.steps,
            seconds=self.seconds(),
            n_bytes=self.n_bytes,
            device=_describe(self.torch, self.device),
            precision=self.precision,
        )


def float_bits(network: Any, documents: Corpus) -> NDArray[np.float64]:
    """Return the bits of each document by the network in float32, shape (n_docs,)."""
    torch = optional_import("torch", extra="neural")
    device = next(network.parameters()).device
    bits = np.zeros(len(documents), np.float64)
    recurrent = network.recurrent
    network.eval()
    with torch.no_grad():
        for which, inputs, targets in padded_batches(documents, _EVALUATION_BYTES):
            state = torch.zeros(
                recurrent.num_layers, which.size, recurrent.hidden_size, device=device
            )
            scores, _ = network(torch.from_numpy(inputs).to(device), state)
            losses = torch.nn.functional.cross_entropy(
                scores.flatten(0, 1),
                torch.from_numpy(targets).to(device).flatten(),
                ignore_index=PADDING,
                reduction="none",
            )
            sums = losses.view(targets.shape).double().sum(0)
            bits[which] = sums.cpu().numpy() / math.log(2)
    return bits


def _loss(
    torch: Any,
    network: Any,
    inputs: NDArray[np.int64],
    targets: NDArray[np.int64],
    state: Any,
    precision: str,
) -> tuple[Any, Any]:
    """Return the sum of −ln p over the bytes, and the state after them."""
    device = state.device
    half = (
        torch.autocast(device.type, dtype=torch.bfloat16)
        if precision == "bf16"
        else contextlib.nullcontext()
    )
    with half:
        scores, state = network(torch.from_numpy(inputs).to(device), state)
    loss = torch.nn.functional.cross_entropy(
        scores.float().flatten(0, 1),
        torch.from_numpy(targets).to(device).flatten(),
        ignore_index=PADDING,
        reduction="sum",
    )
    return loss, state


def _device(torch: Any, device: str) -> Any:
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        place = torch.device(device)
        torch.zeros(1, device=place)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(
            f"The device {device!r} cannot be used ({str(error).splitlines()[0]}); choose "
            f"`device='cpu'` or auto."
        ) from None
    return place


def _precision(torch: Any, precision: str, device: Any) -> str:
    if precision != "auto":
        return precision
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported() else "fp32"
    fast = getattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
    return "bf16" if fast() else "fp32"


def _describe(torch: Any, device: Any) -> str:
    if device.type == "cuda":
        return str(torch.cuda.get_device_name(device))
    return f"{device.type}, {torch.get_num_threads()} threads"
