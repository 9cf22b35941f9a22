"""Tiny language models and tokenizers, made here from a seed."""

from __future__ import annotations

import math

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from tests.texts import labelled_texts

END = "<|endoftext|>"
TEXTS = labelled_texts(60)[0]


def byte_level(*, alphabet=True, add_prefix_space=False):
    """Byte-level BPE; without `alphabet` only the bytes of some texts have a token."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=add_prefix_space)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        show_progress=False,
        special_tokens=[END, "<|im_start|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet() if alphabet else [],
    )
    tokenizer.train_from_iterator([*TEXTS, "naïve 日本語"], trainer)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=END, eos_token=END
    )


def sentence_piece():
    """BPE like that of SentencePiece: a space before the text, and tokens for bytes."""
    pieces = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    pieces += [*"▁abcdefghijklmnopqrstuvwxyz", "th", "the", "▁the", "in", "▁a"]
    tokenizer = Tokenizer(
        models.BPE(
            {piece: number for number, piece in enumerate(pieces)},
            [("t", "h"), ("th", "e"), ("▁", "the"), ("i", "n"), ("▁", "a")],
            unk_token="<unk>",
            byte_fallback=True,
            fuse_unk=True,
        )
    )
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    tokenizer.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    )


def word_level(**special):
    """Words only: neither bytes nor spaces."""
    words = [*special.values(), *dict.fromkeys(" ".join(TEXTS).split())]
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, "<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special)


def gpt2(n_tokens, **changes):
    config = transformers.GPT2Config(
        vocab_size=n_tokens, n_positions=64, n_embd=32, n_layer=2, n_head=4, **changes
    )
    return _model(transformers.GPT2LMHeadModel, config)


def llama(n_tokens, **changes):
    """Two heads share their keys."""
    return _model(
        transformers.LlamaForCausalLM, transformers.LlamaConfig(**_sizes(n_tokens), **changes)
    )


def mistral(n_tokens):
    """It sees four tokens back."""
    config = transformers.MistralConfig(**_sizes(n_tokens), sliding_window=4)
    return _model(transformers.MistralForCausalLM, config)


def gemma2(n_tokens):
    """It caps attention scores and logits."""
    config = transformers.Gemma2Config(
        **_sizes(n_tokens), head_dim=8, layer_types=["full_attention"] * 2, sliding_window=4096
    )
    return _model(transformers.Gemma2ForCausalLM, config)


def bloom(n_tokens):
    """Its positions are in its attention scores."""
    config = transformers.BloomConfig(vocab_size=n_tokens, hidden_size=32, n_layer=2, n_head=4)
    return _model(transformers.BloomForCausalLM, config)


ARCHITECTURES = {"gpt2": gpt2, "llama": llama, "mistral": mistral, "gemma2": gemma2, "bloom": bloom}
SHARING = ("gpt2", "llama")


def _sizes(n_tokens):
    return {
        "vocab_size": n_tokens,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 64,
    }


def _model(kind, config):
    """Random weights, large enough for every token to depend on those before it."""
    torch.manual_seed(0)
    model = kind(config).eval()
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:
                weight.mul_(4)
    return model


def bits_by_hand(model, before, target):
    """The plainest codelength: one text, all logits, 64 bits."""
    with torch.inference_mode():
        logits = model(torch.tensor([[*before, *target[:-1]]])).logits[0].double()
    logs = torch.log_softmax(logits, -1)
    bits = 0.0
    for place, token in enumerate(target, len(before)):
        p = math.exp(logs[place - 1, token])
        bits -= math.log2((1 - 2**-12) * p + 2**-12 / logits.shape[-1])
    return bits
