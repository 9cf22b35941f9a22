"""Causal language models of Hugging Face as compressors.

A causal model gives the next token a probability p, given all tokens before it, and a coder spends
−log2 p bits on it. To get a codelength of *bytes*, three questions must be answered: which bytes
the tokens spell (`tokens`), what precedes the first token and how texts longer than the context are
divided (`windows`), and how many texts are computed at a time (`scoring`). Texts after a common
prefix share its keys and values (`attention`). For files (`codec`), floating point must give the
decoder the same bits as the encoder.

docs/how-to/language-models.md describes all of this.
"""

from compressclf.compressors.causal.compressor import CausalCompressor, HfLm
from compressclf.compressors.causal.smollm2 import SmolLM2

__all__ = ["CausalCompressor", "HfLm", "SmolLM2"]
