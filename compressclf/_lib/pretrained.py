"""Pretrained models of Hugging Face: names, devices, digests, and errors in one sentence.

torch and transformers are imported when a function needs them.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from compressclf._lib.optional import optional_import

__all__ = ["add_weights", "check_name", "device_of", "one_sentence", "quiet"]

# The rule of huggingface_hub, without a leading dot, which would be a path. The first parts of the
# hub's own addresses are not user names.
_HUB_NAME = re.compile(r"(?!(models|datasets|spaces)/)[A-Za-z0-9_][\w.-]*(/[A-Za-z0-9_][\w.-]*)?")

# Parts of a configuration on which the results do not depend.
_NOT_THE_MODEL = {
    "_name_or_path",
    "architectures",
    "attn_implementation",
    "dtype",
    "torch_dtype",
    "transformers_version",
    "use_cache",
}


def check_name(path: str) -> None:
    """Refuse a missing folder, which transformers would otherwise look up on the hub.

    Raises
    ------
    ValueError
        If there is no such folder, and the hub has no such names.
    """
    if not Path(path).is_dir() and not _HUB_NAME.fullmatch(path):
        raise ValueError(
            f"There is no folder {path!r}, and a name on the hub is NAME or OWNER/NAME: give a "
            f"folder with config, tokenizer and safetensors, or a name on the hub."
        )


@functools.cache
def device_of(wanted: str) -> str:
    """Return the name of the device; ``"auto"`` means a GPU if there is one.

    Raises
    ------
    ValueError
        If torch cannot use the device.
    """
    torch = optional_import("torch", extra="neural")
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(0, device=wanted)
    except (AssertionError, RuntimeError, NotImplementedError, TypeError):
        raise ValueError(
            f"torch cannot use the device {wanted!r} here: choose auto, cpu, or cuda with a GPU."
        ) from None
    return wanted


@contextmanager
def one_sentence(path: str, kind: str) -> Iterator[None]:
    """Convert the errors of loading to one sentence; `kind` is what is loaded, with its article."""
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError, ImportError) as error:
        reason = " ".join(str(error).split())
        if len(reason) > 200:
            reason = reason[:200] + " ..."
        raise ValueError(
            f"Cannot load {kind} from {path!r}: give a folder with config, tokenizer and "
            f"safetensors, or a name on the hub. transformers says: {reason}"
        ) from error


@contextmanager
def quiet() -> Iterator[None]:
    """Suppress the progress bars and warnings of transformers."""
    logging = optional_import("transformers", extra="neural").utils.logging
    enabled, verbosity = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if enabled:
            logging.enable_progress_bar()


def add_weights(found: Any, model: Any, tokenizer: Any) -> None:
    """Add architecture, tokenizer and weights to a hash, however they are stored.

    Parameters
    ----------
    found : hashlib hash
        Is updated.
    model : transformers.PreTrainedModel
        The model.
    tokenizer : transformers.PreTrainedTokenizerBase
        Its tokenizer.
    """
    torch = optional_import("torch", extra="neural")
    config = model.config.to_dict()
    kept = {key: value for key, value in config.items() if key not in _NOT_THE_MODEL}
    found.update(json.dumps(kept, sort_keys=True, default=str).encode())
    backend = getattr(tokenizer, "backend_tokenizer", None)
    vocabulary = json.dumps(sorted(tokenizer.get_vocab().items()))
    found.update((backend.to_str() if backend else vocabulary).encode())
    for name, tensor in sorted(model.state_dict().items()):
        found.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
        flat = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
        found.update(flat.numpy().tobytes())
