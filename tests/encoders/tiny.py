"""Tiny sentence encoders with random weights, made here from a seed."""

from __future__ import annotations

import json

import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from tests.texts import labelled_texts

TEXTS = labelled_texts(60)[0]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]


def tokenizer():
    """Words, between [CLS] and [SEP]."""
    words = [*SPECIAL, *dict.fromkeys(" ".join(TEXTS).split())]
    made = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, "[UNK]"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=made,
        pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]",
    )  # fmt: skip


def save(folder, *, pooling=None, normalize=False, files=None, seed=0):
    """Save an encoder of 8 features that reads 32 tokens, and return its folder as a str."""
    words = tokenizer()
    torch.manual_seed(seed)
    config = transformers.BertConfig(
        vocab_size=len(words), hidden_size=8, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=16, max_position_embeddings=32, initializer_range=0.5,
    )  # fmt: skip
    transformers.BertModel(config).save_pretrained(folder)
    words.save_pretrained(folder)
    kinds = ["Transformer", *["Pooling"] * (pooling is not None), *["Normalize"] * normalize]
    modules = [
        {"type": f"sentence_transformers.models.{kind}", "path": f"{i}_{kind}" if i else ""}
        for i, kind in enumerate(kinds)
    ]
    written = {"modules.json": modules} if len(kinds) > 1 else {}
    if pooling is not None:
        written["1_Pooling/config.json"] = pooling
    for name, content in (written | (files or {})).items():
        place = folder / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(json.dumps(content), encoding="utf-8")
    return str(folder)
