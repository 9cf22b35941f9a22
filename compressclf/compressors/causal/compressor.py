"""Causal language models as compressors.

torch and transformers are imported by the first codelength, not when a compressor is built.
"""

from __future__ import annotations

import importlib.metadata
from abc import abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from compressclf._lib.checks import check_int
from compressclf._lib.foreign import NotFromFileError, check_place
from compressclf._lib.optional import find_package
from compressclf._lib.pretrained import device_of
from compressclf.compressors.causal.tokens import Tokens
from compressclf.compressors.causal.windows import windows
from compressclf.compressors.coded import ModelCompressor, Progress
from compressclf.documents import Corpus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from compressclf.compressors.causal.loading import LoadedModel
    from compressclf.compressors.causal.tree import TreeScorer

__all__ = ["CausalCompressor", "HfLm"]

_DTYPES = ("auto", "float32", "bfloat16")


@dataclass(frozen=True, kw_only=True)
class CausalCompressor(ModelCompressor):
    """The base class of compressors by a causal language model.

    Parameters
    ----------
    bos : str, default="auto"
        The token before every text, whose bits are not counted: ``"bos"`` or ``"eos"`` of the
        tokenizer, ``"auto"`` for the first of the two that it has, ``"none"`` (the first token of a
        text then costs log2 of the vocabulary's size), or a token as the vocabulary writes it.
    context : int or "auto", default="auto"
        Number of tokens that the model sees at a time; "auto" is the largest that the model allows.
    stride : int or "auto", default="auto"
        Number of tokens by which the window moves over a longer text; "auto" is half of `context`.
    dtype : {"auto", "float32", "bfloat16"}
        Type of the weights for codelengths; ``"auto"`` is bfloat16 on a GPU, else float32. Files
        are written in float32.
    device : str, default="auto"
        Device for codelengths; ``"auto"`` is a GPU if there is one. Files are written on the CPU.
    batch : int or "auto", default="auto"
        Number of tokens in a batch; "auto" is a default of the device. It is reduced if the memory
        of the device does not suffice.
    """

    bos: str = "auto"
    context: int | str = "auto"
    stride: int | str = "auto"
    dtype: str = "auto"
    device: str = "auto"
    batch: int | str = "auto"

    engine = "torch"
    shares_prefixes = True
    runs_by_default = False
    bytes_by_default = 1 << 10  # small, since each token needs a pass through the model
    overhead_bits = 0.0

    def __post_init__(self) -> None:
        for module in ("torch", "transformers", "safetensors"):
            find_package(module, "pip install 'compressclf[neural]'")
        for name in ("context", "stride", "batch"):
            if getattr(self, name) == 0:  # the old spelling of "auto"
                object.__setattr__(self, name, "auto")
            check_int(self.name, name, getattr(self, name), 1, 1 << 30, auto=True)
        if self.dtype not in _DTYPES:
            raise ValueError(
                f"The 'dtype' parameter of {self.name} must be one of {', '.join(_DTYPES)}. "
                f"Got {self.dtype!r} instead."
            )
        for name in ("bos", "device"):
            if not isinstance(getattr(self, name), str):
                object.__setattr__(self, name, str(getattr(self, name)).lower())

    def check_from_file(self) -> None:
        """Refuse a device, a size of batches and a model that may be downloaded."""
        if self.device != "auto" or self.batch != "auto":
            raise NotFromFileError(
                f"{self.spec!r:.200}, which sets a device or the size of batches, and a file may "
                f"not set these"
            )
        super().check_from_file()

    @property
    def version(self) -> str:  # type: ignore[override]
        """Name and version of the library."""
        return f"transformers {importlib.metadata.version('transformers')}"

    @property
    @abstractmethod
    def folder(self) -> str:
        """Folder of the model, or its name on the hub."""

    @property
    def model(self) -> LoadedModel:
        """The model that computes codelengths."""
        from compressclf.compressors.causal import loading

        device = device_of(self.device)
        return loading.load(self.folder, loading.dtype_of(self.dtype, device), device)

    def codelengths(self, docs: Corpus) -> NDArray[np.float64]:
        """Return the bits of each document, shape (n_docs,)."""
        tokens = self._tokens(list(docs))
        nothing = Tokens(np.empty(0, np.int64), b"")
        return self._by_windows([nothing] * len(tokens), tokens) + _raw_bits(tokens)

    def joint_codelengths(
        self, prefixes: Corpus, docs: Corpus, *, separator: bytes = b""
    ) -> NDArray[np.float64]:
        """Return the bits of prefix·separator·doc, shape (n_prefixes, n_docs).

        They are C(y) + C(separator·x|y), by the chain rule, with y and separator·x tokenised
        separately. The codelength of the whole as one document differs, because a tokenizer may
        merge the end of y and the beginning of x into one token.
        """
        conditional = self.conditional_codelengths(docs, prefixes, separator=separator)
        return self.codelengths(prefixes)[:, np.newaxis] + conditional.T

    def conditional_codelengths(
        self, docs: Corpus, given: Corpus, *, separator: bytes = b""
    ) -> NDArray[np.float64]:
        """Return the bits of separator·doc after each given document, shape (n_docs, n_given).

        The model reads each given document once, and all documents share its states.
        """
        targets = self._tokens([separator + doc for doc in docs])
        prefixes = self._tokens(list(given))
        bits = np.zeros((len(targets), len(prefixes)))
        size, stride = self._window
        columns: dict[int, list[int]] = {}  # by the size of the windows' part for documents
        longest = max((target.ids.size for target in targets), default=0)
        for column, prefix in enumerate(prefixes):
            if self._shares(prefix):
                room = size - min(prefix.ids.size, size - stride)
                columns.setdefault(min(room, longest), []).append(column)
        for room, group in columns.items():
            kept = [prefixes[column].ids[-(size - stride) :] for column in group]
            firsts = [target.ids[:room] for target in targets]
            bits[:, group] = self._scorer.after_shared(kept, firsts)
        for column, prefix in enumerate(prefixes):
            done = 1 if self._shares(prefix) else 0
            bits[:, column] += self._by_windows([prefix] * len(targets), targets, done)
        return bits + _raw_bits(targets)[:, np.newaxis]

    def tree_codelengths(
        self, docs: Corpus, given: Corpus, *, root: bytes = b""
    ) -> NDArray[np.float64]:
        """Return the bits of each document after root·given, shape (n_docs, n_given).

        Root, given texts and documents are tokenised separately. The model reads the root once and
        each given text once (`tree`). Where the three do not fit into the context together, and for
        models that cannot share prefixes, the whole is read in windows for each pair.
        """
        targets, prefixes = self._tokens(list(docs)), self._tokens(list(given))
        trunk = self._tokens([root])[0]
        start = trunk.ids.size + self._scorer.start.size
        sizes, lengths = (
            np.array([each.ids.size for each in some], np.int64) for some in (prefixes, targets)
        )
        room = self._window[0] - trunk.ids.size
        columns = (sizes <= room - min(lengths.max(initial=0), room // 2)) & (start + sizes > 0)
        rows = lengths <= room - sizes[columns].max(initial=0)
        in_tree = np.outer(rows, columns) & self.model.shares_prefixes
        bits = np.zeros(in_tree.shape)
        if in_tree.any():
            bits[np.ix_(rows, columns)] = self._scorer.after_tree(
                trunk.ids,
                [prefixes[column].ids for column in np.flatnonzero(columns)],
                [targets[row].ids for row in np.flatnonzero(rows)],
            )
        apart = np.argwhere(~in_tree)
        wholes = [Tokens(np.concatenate([trunk.ids, each.ids]), b"") for each in prefixes]
        bits[~in_tree] = self._by_windows(
            [wholes[column] for _, column in apart], [targets[row] for row, _ in apart]
        )
        return bits + _raw_bits(targets)[:, np.newaxis]

    @property
    def tokens_read(self) -> int:
        """Number of tokens that the model has read so far, including padding."""
        return self._scorer.tokens_read

    @property
    def digest(self) -> str:
        """SHA-256 of the weights in float32, architecture and tokenizer."""
        return self._exact_model.digest

    @property
    def model_bytes(self) -> int:
        """Size of the weights in bytes, in the type for codelengths; shared ones count once."""
        weights = self.model.model.parameters()
        return sum(weight.numel() * weight.element_size() for weight in weights)

    @property
    def runtime(self) -> str:
        """Libraries, their versions and the kind of processor: floating point is not portable."""
        from compressclf.compressors.causal import codec

        return codec.runtime()

    def encode(self, data: bytes, *, progress: Progress | None = None) -> bytes:
        """Return the code of `data`.

        Raises
        ------
        ValueError
            If the bytes of the tokenizer's tokens are unknown.
        """
        from compressclf.compressors.causal import codec

        return codec.encode(self._exact_model, data, **self._how, progress=progress)

    def decode(self, code: bytes, n_bytes: int, *, progress: Progress | None = None) -> bytes:
        """Return the `n_bytes` bytes whose code is `code`.

        Raises
        ------
        ValueError
            If `code` cannot be a code of `n_bytes` bytes.
        """
        from compressclf.compressors.causal import codec

        return codec.decode(self._exact_model, code, n_bytes, **self._how, progress=progress)

    @property
    def _exact_model(self) -> LoadedModel:
        from compressclf.compressors.causal import loading

        return loading.load(self.folder, "float32", "cpu")

    @property
    def _scorer(self) -> TreeScorer:
        from compressclf.compressors.causal.tree import scorer

        model = self.model
        return scorer(model, model.tokens.bos(self.bos), _given(self.batch) or 0)

    @property
    def _window(self) -> tuple[int, int]:
        """Size and stride of the windows, in tokens."""
        most = self.model.context
        size = _given(self.context) or most
        stride = _given(self.stride) or max(1, size // 2)
        if not 2 <= size <= most:
            raise ValueError(
                f"The 'context' parameter of {self.name} must be an int in [2, {most}], the range "
                f"of {self.folder}. Got {size} instead."
            )
        if stride >= size:
            raise ValueError(
                f"The 'stride' parameter of {self.name} must be less than the context of {size} "
                f"tokens. Got {stride} instead."
            )
        return size, stride

    @property
    def _how(self) -> dict[str, Any]:
        size, stride = self._window
        return {"bos": self._exact_model.tokens.bos(self.bos), "size": size, "stride": stride}

    def _tokens(self, docs: Sequence[bytes]) -> list[Tokens]:
        model = self.model
        with model.lock:
            return model.tokens.encode(docs)

    def _shares(self, prefix: Tokens) -> bool:
        """Return whether documents can share the states of this prefix."""
        return self.model.shares_prefixes and bool(self._scorer.start.size or prefix.ids.size)

    def _by_windows(
        self, given: Sequence[Tokens], targets: Sequence[Tokens], done: int = 0
    ) -> NDArray[np.float64]:
        """Return the bits of each target after its given text, without the first `done` windows."""
        size, stride = self._window
        places: dict[tuple[bytes, bytes], int] = {}  # equal windows are coded once
        contexts: list[NDArray[np.int64]] = []
        coded: list[NDArray[np.int64]] = []
        uses: list[int] = []
        owners: list[int] = []
        for row, (before, target) in enumerate(zip(given, targets, strict=True)):
            if done and min(before.ids.size, size - stride) + target.ids.size <= size:
                continue  # there is one window, and it is done
            ids = np.concatenate([before.ids, target.ids])
            cuts = windows(before.ids.size, target.ids.size, size=size, stride=stride)
            for begin, code, end in cuts[done:]:
                key = ids[begin:code].tobytes(), ids[code:end].tobytes()
                if key not in places:
                    places[key] = len(contexts)
                    contexts.append(ids[begin:code])
                    coded.append(ids[code:end])
                uses.append(places[key])
                owners.append(row)
        bits = np.zeros(len(targets))
        if uses:
            np.add.at(bits, owners, self._scorer.after(contexts, coded)[uses])
        return bits


@dataclass(frozen=True, kw_only=True)
class HfLm(CausalCompressor):
    """A causal language model of Hugging Face; ``hf-lm:PATH_OR_NAME`` in a spec.

    Parameters
    ----------
    path : str
        A folder with config, tokenizer and safetensors, or a name on the hub.
    **options
        The parameters of `CausalCompressor`.

    Examples
    --------
    >>> HfLm(path="models/tiny", context=512).spec
    'hf-lm:bos=auto,context=512,stride=auto,dtype=auto,device=auto,batch=auto,path=models/tiny'
    """

    path: str = field(kw_only=False)

    name = "hf-lm"
    unnamed: ClassVar[str] = "path"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.path, str) or not self.path:
            raise ValueError(
                f"The 'path' parameter of {self.name} must be a folder or a name on the hub. "
                f"Got {self.path!r} instead."
            )

    def check_from_file(self) -> None:
        """Also refuse a folder outside those that a file may name."""
        check_place(self.spec, self.path)
        super().check_from_file()

    @property
    def folder(self) -> str:
        """Folder of the model, or its name on the hub."""
        return self.path

    @property
    def downloads(self) -> bool:
        """Whether the weights come from the hub, or from the cache of an earlier download."""
        return not Path(self.path).is_dir()


def _given(value: int | str) -> int | None:
    """Return a number, None for "auto"."""
    return value if isinstance(value, int) else None


def _raw_bits(tokens: Sequence[Tokens]) -> NDArray[np.float64]:
    return np.array([each.raw_bits for each in tokens], np.float64)
