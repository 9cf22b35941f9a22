"""Load a causal language model of Hugging Face once, and test how it can be used.

Weights are read as safetensors, never as pickles, and code in the model's repository is never run.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import threading
from typing import Any

from compressclf._lib.optional import optional_import
from compressclf._lib.pretrained import add_weights, check_name, one_sentence, quiet
from compressclf.compressors.causal import attention
from compressclf.compressors.causal.tokens import ByteTokens

__all__ = ["LoadedModel", "dtype_of", "from_parts", "load", "load_tokenizer"]

torch = optional_import("torch", extra="neural")
transformers = optional_import("transformers", extra="neural")

Tensor = Any

KIND = "a causal language model"


class LoadedModel:
    """A model, its tokenizer, and how it can be used.

    Attributes
    ----------
    model : transformers.PreTrainedModel
        The model in evaluation mode, on its device.
    tokens : ByteTokens
        Its tokenizer.
    context : int
        Largest number of tokens that it reads at a time.
    shares_prefixes : bool
        Whether texts can share a prefix (see `attention`), as found by a test.
    has_head : bool
        Whether the logits are the output layer of the features, so that they can be computed in
        parts, as found by a test. If not, `features` returns the logits.
    lock : threading.RLock
        Held while the model computes, since parallel calls would not be faster.
    """

    def __init__(self, model: Any, tokens: ByteTokens) -> None:
        self.model = model.eval().requires_grad_(False)
        self.tokens = tokens
        self.lock = threading.RLock()
        self.device = model.device
        self.n_tokens = int(model.config.get_text_config().vocab_size)
        limit = getattr(model.config.get_text_config(), "max_position_embeddings", None)
        self.context = int(limit) if limit else 2048
        self._knows_positions = "position_ids" in inspect.signature(model.forward).parameters
        self.has_head = False
        self.shares_prefixes = False
        self._try()

    def features(self, ids: Tensor, begin: int | Tensor = 0) -> Tensor:
        """Return the last layer's output, shape (n_texts, n_tokens, width).

        Parameters
        ----------
        ids : Tensor of int64, shape (n_texts, n_tokens)
            Texts, padded at their ends.
        begin : int or Tensor of int64, shape (n_texts,)
            Position of the first token, of all texts or of each.
        """
        where = {}
        if self._knows_positions:
            places = torch.arange(ids.shape[1], device=ids.device).unsqueeze(0)
            first = begin if isinstance(begin, int) else begin.unsqueeze(1)
            where = {"position_ids": places + first}
        elif not isinstance(begin, int) or begin:
            raise NotImplementedError("This architecture does not take positions.")
        call = self.model.base_model if self.has_head else self.model
        found = call(input_ids=ids, use_cache=False, return_dict=True, **where)
        return found.last_hidden_state if self.has_head else found.logits

    def logits(self, features: Tensor) -> Tensor:
        """Return the logits of features, shape (..., n_tokens)."""
        if not self.has_head:
            return features
        return self.model.get_output_embeddings()(features)

    @functools.cached_property
    def digest(self) -> str:
        """SHA-256 of weights, architecture and tokenizer, however they are stored."""
        found = hashlib.sha256()
        add_weights(found, self.model, self.tokens.tokenizer)
        return found.hexdigest()

    def _try(self) -> None:
        """Test on a few tokens how this architecture can be used."""
        n_given, n_all = 5, min(12, self.context)
        ids = torch.arange(2 * n_all, device=self.device).reshape(2, n_all) * 7 % self.n_tokens
        ids[1, :n_given] = ids[0, :n_given]  # two texts with one beginning
        with quiet(), self.lock, torch.inference_mode():
            expected = self.features(ids)  # the logits of the model's own forward pass
            self.has_head = self._computes_in_parts(ids, expected)
            before = getattr(self.model.config, "_attn_implementation", None)
            if before is None or _looks_back_less(self.model.config.get_text_config()):
                return
            try:
                attention.register()
                self.model.set_attn_implementation(attention.NAME)
                self.shares_prefixes = _agree(
                    self._by_shared_prefix(ids, n_given), expected[:, n_given:]
                )
            except (AttributeError, KeyError, NotImplementedError, TypeError, ValueError):
                self.shares_prefixes = False  # the architecture has another kind of attention
            if not self.shares_prefixes:
                self.model.set_attn_implementation(before)

    def _computes_in_parts(self, ids: Tensor, expected: Tensor) -> bool:
        if self.model.base_model is self.model or self.model.get_output_embeddings() is None:
            return False
        self.has_head = True
        try:
            return _agree(self.logits(self.features(ids)), expected)
        except (AttributeError, NotImplementedError, TypeError, ValueError, RuntimeError):
            return False
        finally:
            self.has_head = False

    def _by_shared_prefix(self, ids: Tensor, n_given: int) -> Tensor:
        """Return the logits of texts that share their beginning, computed with a shared prefix."""
        with attention.recording() as states:
            self.features(ids[:1, :n_given])
        with attention.after(states.of(0, n_given)):
            return self.logits(self.features(ids[:, n_given:], n_given))


def _agree(found: Tensor, expected: Tensor) -> bool:
    """Return whether two arrays of logits are equal within rounding."""
    if found.shape != expected.shape:
        return False
    far = (found.float() - expected.float()).abs().max()
    tolerance = 1e-3 if found.dtype == torch.float32 else 5e-2
    return bool(far <= tolerance * expected.float().abs().max().clamp(min=1e-3))


def _looks_back_less(config: Any) -> bool:
    """Return whether some layer does not attend to all earlier tokens."""
    kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
    sliding = getattr(config, "use_sliding_window", True) and getattr(
        config, "sliding_window", None
    )
    return kinds != {"full_attention"} or bool(sliding)


def from_parts(model: Any, tokenizer: Any, name: str) -> LoadedModel:
    """Return a loaded model made of given parts, for tests and benchmarks."""
    n_tokens = int(model.config.get_text_config().vocab_size)
    return LoadedModel(model, ByteTokens(tokenizer, n_tokens, name))


@functools.lru_cache(maxsize=2)
def load(path: str, dtype: str, device: str) -> LoadedModel:
    """Load a model from a folder, or from the hub or its cache.

    Parameters
    ----------
    path : str
        Folder, or name on the hub.
    dtype : {"float32", "bfloat16"}
        Type of the weights.
    device : str
        Name of the torch device.

    Raises
    ------
    ValueError
        If there is no such model, or if it has no safetensors.
    """
    check_name(path)
    tokenizer = load_tokenizer(path)
    with quiet(), one_sentence(path, KIND):
        model = transformers.AutoModelForCausalLM.from_pretrained(
            path, dtype=getattr(torch, dtype), use_safetensors=True, trust_remote_code=False
        )
    with one_sentence(path, KIND):
        model = model.to(device)
    return from_parts(model, tokenizer, path)


@functools.lru_cache(maxsize=2)
def load_tokenizer(path: str) -> Any:
    """Load a model's tokenizer."""
    with quiet(), one_sentence(path, KIND):
        return transformers.AutoTokenizer.from_pretrained(path, trust_remote_code=False)


def dtype_of(wanted: str, device: str) -> str:
    """Return the type of the weights; ``"auto"`` means bfloat16 on a GPU, else float32."""
    if wanted == "auto":
        return "bfloat16" if device.startswith("cuda") else "float32"
    return wanted
