"""Sentence encoders of Hugging Face, loaded as sentence-transformers describes them.

The network gives each token a vector; the vector of a text is their mean, or that of its first
token. ``modules.json`` lists the steps, ``1_Pooling/config.json`` says which of the two it is, and
``sentence_bert_config.json`` how many tokens are read. Without these files it is the mean of all
tokens that the network can read. Steps that are not known are refused. Weights are read as
safetensors, in float32, and code in the model's repository is never run.
"""

from __future__ import annotations

import functools
import hashlib
import json
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from compressclf._lib.cache import made_once
from compressclf._lib.checks import check_parameter
from compressclf._lib.foreign import NotFromFileError, check_place
from compressclf._lib.optional import find_package, optional_import
from compressclf._lib.pretrained import add_weights, check_name, device_of, one_sentence, quiet
from compressclf.encoders.base import Encoder, one_at_a_time

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FolderEncoder", "HfEncoder", "Steps"]

KIND = "a sentence encoder"
BATCH_TOKENS = 4096
"""Number of tokens in a batch, padding included, at most."""
READ_TOKENS = 512
"""Tokens read if neither the files nor the network set a limit."""
MOST_WORDS, STEP = 2000, 2
"""Words whose vectors give the covariance of `FolderEncoder.spread`: each second of 4,000."""
LEAST_WORDS = 100
SPREAD = "spread.npy"
_STEPS = ("Transformer", "Pooling", "Normalize")


@dataclass(frozen=True, kw_only=True)
class FolderEncoder(Encoder):
    """The base class of encoders that transformers loads from a folder or from the hub.

    Parameters
    ----------
    device : str, default="auto"
        Where the network computes; ``"auto"`` is a GPU if there is one.
    """

    device: str = "auto"

    def __post_init__(self) -> None:
        for module in ("torch", "transformers", "safetensors"):
            find_package(module, "pip install 'compressclf[neural]'")
        check_parameter(self, isinstance(self.device, str), "device", "auto, cpu or cuda")

    def check_from_file(self) -> None:
        """Refuse a device."""
        if self.device != "auto":
            raise NotFromFileError(
                f"{self.spec!r:.200}, which sets a device, and a file may not set it"
            )

    @property
    @abstractmethod
    def folder(self) -> str:
        """Folder of the model, or its name on the hub."""

    @property
    def before(self) -> str:
        """Characters before each text; "auto" for those that the model's files name."""
        return "auto"

    @property
    def loaded(self) -> LoadedEncoder:
        """The network."""
        return _load(self.folder, device_of(self.device))

    @property
    def n_features(self) -> int:
        """Length of the vectors."""
        return int(self.loaded.model.config.hidden_size)

    @property
    def digest(self) -> str:
        """SHA-256 of weights, architecture, tokenizer and steps."""
        return hashlib.sha256(f"{self.loaded.digest} {self.before}".encode()).hexdigest()

    def spread(self) -> NDArray[np.float32] | None:
        """Return the covariance of frequent words of the vocabulary; see `Encoder.spread`.

        It is kept in the cache folder (`compressclf._lib.cache`).
        """

        def compute(folder: Path) -> None:
            vectors = self.encode(self.loaded.words())
            np.save(folder / SPREAD, _relative_covariance(vectors))

        if len(self.loaded.words()) < LEAST_WORDS:
            return None
        place = made_once(f"spread-{self.digest[:24]}", compute) / SPREAD
        spread: NDArray[np.float32] = np.load(place, allow_pickle=False)
        return spread

    def encode(self, texts: Sequence[str], *, n_jobs: int | None = None) -> NDArray[np.float32]:
        """Return the vectors of texts; see `Encoder.encode`."""
        loaded = self.loaded
        before = loaded.steps.prompt if self.before == "auto" else self.before
        with one_at_a_time(n_jobs), quiet():
            return loaded.encode([before + text for text in texts])


@dataclass(frozen=True, kw_only=True)
class HfEncoder(FolderEncoder):
    """A sentence encoder of Hugging Face; ``hf:FOLDER_OR_NAME`` in a spec.

    Parameters
    ----------
    path : str
        A folder with config, tokenizer and safetensors, or a name on the hub.
    prefix : str, default="auto"
        Characters before each text, as in ``hf:FOLDER,prefix=[query: ]``; "auto" for the default
        prompt that the model's files name, if any.
    device : str, default="auto"
        As in `FolderEncoder`.
    """

    path: str = field(kw_only=False)
    prefix: str = "auto"

    name: ClassVar[str] = "hf"
    unnamed: ClassVar[str] = "path"

    def __post_init__(self) -> None:
        super().__post_init__()
        ok = isinstance(self.path, str) and self.path != ""
        check_parameter(self, ok, "path", "a folder or a name on the hub")
        check_parameter(self, isinstance(self.prefix, str), "prefix", "characters")

    @property
    def folder(self) -> str:
        """Folder of the model, or its name on the hub."""
        return self.path

    @property
    def before(self) -> str:
        """Characters before each text."""
        return self.prefix

    def check_from_file(self) -> None:
        """Also refuse a name on the hub, and a folder outside those that a file may name."""
        check_place(self.spec, self.path)
        super().check_from_file()
        if not Path(self.path).is_dir():
            raise NotFromFileError(
                f"{self.spec!r:.200}, which may be downloaded, and a file may not start downloads"
            )


class Steps(NamedTuple):
    """What is done with the vectors of the tokens."""

    first_token: bool = False
    """Whether the vector of a text is that of its first token, and not their mean."""
    normalize: bool = False
    """Whether the vector is divided by its length."""
    n_tokens: int | None = None
    """Number of tokens that are read; None for as many as the network can read."""
    prompt: str = ""
    """Characters before each text."""
    place: str = ""
    """Folder of the network within the model's folder."""

    @classmethod
    def of(cls, folder: Path) -> Steps:
        """Read the steps from the files of sentence-transformers.

        Raises
        ------
        ValueError
            If a file is not as expected, or names a step that is not known.
        """
        places = {}
        for module in _json(folder / "modules.json", []):
            kind = str(module["type"]).rpartition(".")[2]
            if kind not in _STEPS:
                raise ValueError(
                    f"the encoder has the step {kind!r}; known are {', '.join(_STEPS)}."
                )
            places[kind] = str(module["path"])
        pooling = _json(folder / places.get("Pooling", "1_Pooling") / "config.json", {})
        modes = {key for key, value in pooling.items() if key.startswith("pooling_mode_") and value}
        if isinstance(pooling.get("pooling_mode"), str):  # a newer spelling
            modes = {f"pooling_mode_{pooling['pooling_mode']}"}
        first = {"pooling_mode_cls_token", "pooling_mode_cls"}
        if not (modes <= first or modes <= {"pooling_mode_mean_tokens", "pooling_mode_mean"}):
            raise ValueError(
                f"the encoder pools by {', '.join(sorted(modes))}; known are the mean of the "
                f"tokens and the first token."
            )
        place = places.get("Transformer", "")
        n_tokens = _json(folder / place / "sentence_bert_config.json", {}).get("max_seq_length")
        prompts = _json(folder / "config_sentence_transformers.json", {})
        prompt = (prompts.get("prompts") or {}).get(prompts.get("default_prompt_name"), "")
        return cls(bool(modes & first), "Normalize" in places, n_tokens, str(prompt), place)


class LoadedEncoder:
    """A network, its tokenizer and its steps."""

    def __init__(self, model: Any, tokenizer: Any, steps: Steps) -> None:
        self.model = model.eval().requires_grad_(False)
        self.tokenizer, self.steps = tokenizer, steps
        limits = [steps.n_tokens, getattr(tokenizer, "model_max_length", None)]
        positions = getattr(model.config, "max_position_embeddings", None)
        if positions and "roberta" in str(model.config.model_type):
            positions -= 1 + (model.config.pad_token_id or 0)  # where its positions begin
        known = [int(one) for one in (*limits, positions) if one and 0 < one < 1 << 30]
        self.n_tokens = min(known, default=READ_TOKENS)

    @functools.cached_property
    def digest(self) -> str:
        """SHA-256 of weights, architecture, tokenizer and steps."""
        found = hashlib.sha256(json.dumps([*self.steps[:-1], self.n_tokens]).encode())
        backend = getattr(self.tokenizer, "backend_tokenizer", None)
        if backend is not None:  # what `encode` has set must not change the digest
            backend.no_truncation()
            backend.no_padding()
        add_weights(found, self.model, self.tokenizer)
        return found.hexdigest()

    def words(self) -> list[str]:
        """Return words of the beginning of the vocabulary, which is often sorted by frequency."""
        vocabulary = sorted(self.tokenizer.get_vocab().items(), key=lambda item: item[1])
        tokens = [token for token, _ in vocabulary]
        marked = [token[1:] for token in tokens if token[:1] in ("▁", "Ġ")]  # begin a word
        words = [word for word in marked or tokens if word.isalpha() and len(word) > 2]
        return words[: STEP * MOST_WORDS : STEP]

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of texts, in batches of texts of similar length."""
        torch = optional_import("torch", extra="neural")
        found = np.zeros((len(texts), int(self.model.config.hidden_size)), np.float32)
        if not len(texts):
            return found
        read = self.tokenizer(list(texts), truncation=True, max_length=self.n_tokens)
        lengths = np.array([len(ids) for ids in read["input_ids"]])
        order = np.argsort(lengths, kind="stable")
        start = 0
        while start < len(order):
            stop = start + 1
            while stop < len(order) and (stop + 1 - start) * lengths[order[stop]] <= BATCH_TOKENS:
                stop += 1
            rows = order[start:stop]
            start = stop
            if not lengths[rows].max():  # a tokenizer without special tokens, and empty texts
                continue
            batch = self.tokenizer.pad(
                {name: [values[row] for row in rows] for name, values in read.items()},
                return_tensors="pt",
            ).to(self.model.device)
            with torch.inference_mode():
                found[rows] = self._pooled(batch).float().cpu().numpy()
        return found

    def _pooled(self, batch: Any) -> Any:
        torch = optional_import("torch", extra="neural")
        hidden = self.model(**batch, return_dict=True).last_hidden_state
        is_token = batch["attention_mask"].unsqueeze(-1).to(hidden.dtype)
        if self.steps.first_token:
            first = batch["attention_mask"].argmax(dim=1)  # not 0 if padding comes first
            pooled = hidden[torch.arange(len(hidden), device=hidden.device), first]
        else:
            pooled = (hidden * is_token).sum(dim=1) / is_token.sum(dim=1).clamp(min=1)
        return torch.nn.functional.normalize(pooled, dim=1) if self.steps.normalize else pooled


def _relative_covariance(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the covariance of vectors, divided by the mean variance."""
    covariance = np.cov(vectors.T, dtype=np.float64)
    return np.asarray(covariance / max(np.diag(covariance).mean(), 1e-12), np.float32)


@functools.lru_cache(maxsize=2)
def _load(path: str, device: str) -> LoadedEncoder:
    """Load an encoder from a folder, or from the hub or its cache."""
    check_name(path)
    transformers = optional_import("transformers", extra="neural")
    torch = optional_import("torch", extra="neural")
    with quiet(), one_sentence(path, KIND):
        folder = _local(path)
        steps = Steps.of(Path(folder))
        inner = str(Path(folder) / steps.place)
        tokenizer = transformers.AutoTokenizer.from_pretrained(inner, trust_remote_code=False)
        model = transformers.AutoModel.from_pretrained(
            inner, dtype=torch.float32, use_safetensors=True, trust_remote_code=False
        )
        if model.config.is_encoder_decoder or tokenizer.pad_token is None:
            raise ValueError("the model is not an encoder, or its tokenizer has no padding token.")
        return LoadedEncoder(model.to(device), tokenizer, steps)


def _local(path: str) -> str:
    """Return the folder of a model; a model on the hub is downloaded to the hub's cache."""
    if Path(path).is_dir():
        return path
    hub = optional_import("huggingface_hub", extra="neural")
    wanted = ["*.json", "*.safetensors", "*.txt", "*.model"]
    return str(hub.snapshot_download(path, allow_patterns=wanted, ignore_patterns=["o*/*"]))


def _json(file: Path, default: Any) -> Any:
    """Return what a file of JSON holds; `default` if it does not exist or is of another type."""
    if not file.is_file():
        return default
    found = json.loads(file.read_text(encoding="utf-8"))
    return found if isinstance(found, type(default)) else default
