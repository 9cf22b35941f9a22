"""Causal language models of Hugging Face as compressors.

A causal model gives the next token a probability p after all tokens before; a coder spends −log2 p
bits on it. Three things stand between that sentence and a codelength in bits of *bytes*: what the
tokens spell (`tokens`), what stands before the first one and beyond the context (`windows`), and
how many texts are computed at once (`scoring`). Texts after a common prefix share what the model
made of it (`attention`). Files are another matter (`codec`): there floating point must give the
decoder the same bits as the encoder.

docs/language-models.md tells the whole.
"""

from compressclf.compressors.causal.compressor import CausalCompressor, HfLm
from compressclf.compressors.causal.smollm2 import SmolLM2

__all__ = ["CausalCompressor", "HfLm", "SmolLM2"]
