"""Train a model on documents, and write its weights and card (``compressclf train-lm``)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from compressclf._lib.files import write_whole
from compressclf.compressors.bytelm.model import ByteModel
from compressclf.compressors.bytelm.training.card import model_card, read_log
from compressclf.compressors.bytelm.training.lanes import hold_out
from compressclf.compressors.bytelm.training.loop import (
    Recipe,
    Run,
    Trained,
    float_bits,
    train,
)
from compressclf.compressors.bytelm.training.network import n_parameters, network_with
from compressclf.compressors.bytelm.training.quantise import quantise
from compressclf.compressors.bytelm.weights import MOST_HIDDEN, MOST_LAYERS
from compressclf.documents import Corpus

__all__ = ["HELD_OUT_SHARE", "train_model"]

HELD_OUT_SHARE = 0.01


def train_model(
    documents: Corpus,
    folder: Path,
    recipe: Recipe,
    run: Run,
    *,
    held_out: Corpus | None = None,
    resume: bool = False,
    sources: Sequence[str] = (),
    licences: Sequence[str] = (),
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, str]:
    """Train a byte language model, and write its weights in integers and its card.

    Parameters
    ----------
    documents : Corpus
        Text to train on.
    folder : Path
        Folder of the results, which is made if it does not exist.
    recipe, run
        See `training`.
    held_out : Corpus, optional
        Held-out text; by default, a hundredth of `documents`, which is then not used for training.
    resume : bool
        Go on from the checkpoint in `folder`.
    sources, licences : sequence of str
        For the card: sources of the text, and licences that allow training on it.
    say : callable
        Called with a line of progress now and then.

    Returns
    -------
    dict of str to str
        The facts of the model, including its scores.

    Raises
    ------
    ValueError
        If a parameter or the data cannot be used.
    """
    _check(recipe, run)
    checkpoint = (folder / "checkpoint.safetensors").exists()
    if resume and not checkpoint:
        raise ValueError(f"{folder} has no checkpoint.safetensors; leave out `resume`.")
    if checkpoint and not resume:
        raise ValueError(
            f"{folder} already holds a training: continue it with `resume`, or choose another "
            f"folder."
        )
    if held_out is None:
        documents, held_out = hold_out(documents, HELD_OUT_SHARE, recipe.seed)
    if not held_out.nbytes:
        raise ValueError("There is no held-out text; give some with `held_out`.")
    folder.mkdir(parents=True, exist_ok=True)
    say(
        f"{len(documents):,} training documents, {documents.nbytes / 1e6:,.1f} MB; "
        f"{len(held_out):,} held-out documents, {held_out.nbytes / 1e3:,.1f} kB"
    )
    trained = train(documents, held_out, folder, recipe, run, resume=resume, say=say)
    facts = _facts(trained, held_out)
    file = quantise(trained.parameters, facts).to_bytes()
    card = model_card(
        facts,
        digest=hashlib.sha256(file).hexdigest(),
        n_bytes=len(file),
        sources=sources,
        licences=licences,
        log=read_log(folder),
    )
    for name, content in (("weights.safetensors", file), ("README.md", card.encode())):
        write_whole(folder / name, content, draft=folder / f".{name}.new")
    return facts


def _facts(trained: Trained, held_out: Corpus) -> dict[str, str]:
    """Return the facts of a model, including its loss in floating point and in integers."""
    real = float_bits(network_with(trained.parameters), held_out).sum() / held_out.nbytes
    exact = ByteModel(quantise(trained.parameters)).bits(held_out).sum() / held_out.nbytes
    recipe = trained.recipe
    return {
        "hidden": str(recipe.hidden),
        "layers": str(recipe.layers),
        "parameters": str(n_parameters(trained.parameters)),
        "steps": str(trained.steps),
        "bytes read": str(trained.n_bytes),
        "seconds": str(round(trained.seconds)),
        "lanes": str(recipe.lanes),
        "window": str(recipe.window),
        "rate": str(recipe.rate),
        "seed": str(recipe.seed),
        "device": trained.device,
        "precision": trained.precision,
        "held-out bytes": str(held_out.nbytes),
        "bits per byte, float32": f"{real:.4f}",
        "bits per byte, integers": f"{exact:.4f}",
    }


def _check(recipe: Recipe, run: Run) -> None:
    if recipe.hidden % 32 or not 32 <= recipe.hidden <= MOST_HIDDEN:
        raise ValueError(
            f"`hidden` must be a multiple of 32 from 32 to {MOST_HIDDEN}. Got {recipe.hidden}."
        )
    if not 1 <= recipe.layers <= MOST_LAYERS:
        raise ValueError(f"`layers` must be from 1 to {MOST_LAYERS}. Got {recipe.layers}.")
    if recipe.lanes < 1 or recipe.window < 2 or not 0 < recipe.rate < 1:
        raise ValueError("`lanes` must be >= 1, `window` >= 2 and `rate` between 0 and 1.")
    if not (run.steps or run.minutes):
        raise ValueError("Give `minutes` or `steps`, which say how long to train.")
