r"""Convert bytes to tokens and back without loss.

A tokenizer is made for text, and may not preserve other bytes. It may drop unknown characters,
normalise, merge white space, or read "<|endoftext|>" in a document as a special token. A codelength
counts the bits of *bytes*, so a tokenization is used only if the bytes of its tokens are those of
the document. This is checked for every document:

1. The text is tokenised without adding or recognising special tokens.
2. If that does not restore the bytes (invalid UTF-8, a control character that the vocabulary
   lacks), the stretches of plain text are tokenised, and each byte between them becomes one token,
   if the vocabulary has one (``Ã`` in byte-level BPE, ``<0xC3>`` in SentencePiece).
3. A byte without a token is *escaped*: it is coded as a special token, which documents cannot
   produce, followed by the byte in eight bits.

Many token sequences spell the same bytes, and only one of them is coded, so the codelength is an
upper bound of −log2 P(bytes).

The bytes of tokens are known only for tokenizers like byte-level BPE and SentencePiece. With
others, `decode` must restore the document; such models can score documents but not write files.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["ByteTokens", "Tokens"]

Ids = NDArray[np.int64]


class Tokens(NamedTuple):
    """A document as tokens; `raw` holds the escaped bytes, in order."""

    ids: Ids
    raw: bytes

    @property
    def raw_bits(self) -> int:
        """Bits of the escaped bytes, without their tokens."""
        return 8 * len(self.raw)


class ByteTokens:
    """A tokenizer of Hugging Face that preserves every byte.

    Parameters
    ----------
    tokenizer : transformers.PreTrainedTokenizerBase
        Any tokenizer.
    n_tokens : int
        Size of the model's vocabulary; tokens beyond it are not used.
    name : str
        Name of the model in messages.

    Attributes
    ----------
    pieces : list of (bytes or None), or None
        The bytes of each token, None for special tokens; None if the bytes are unknown.
    escape : int or None
        The special token before a raw byte.
    """

    def __init__(self, tokenizer: Any, n_tokens: int, name: str) -> None:
        self.tokenizer = tokenizer
        self.n_tokens = n_tokens
        self.name = name
        special = _special_ids(tokenizer)
        self.special = {token for token in special if token < n_tokens}
        self.escape = next((token for token in special if token < n_tokens), None)
        self.pieces = _pieces(tokenizer, n_tokens, self.special)
        self._single = _single_bytes(self.pieces or [])
        self._missing = frozenset(range(256)) - self._single.keys()
        # SentencePiece puts a space before a text, and removes it in decoding.
        self.adds_space = False
        self.adds_space = self.pieces is not None and self._spell(self._plain(["a"])[0]) == b" a"

    def encode(self, docs: Sequence[bytes]) -> list[Tokens]:
        """Return the tokens of each document.

        Raises
        ------
        ValueError
            If a byte has neither a token nor an escape.
        """
        texts: list[str] = []
        for doc in docs:
            try:
                texts.append(doc.decode())
            except UnicodeDecodeError:
                texts.append("")  # tokenised below
        tokens = [Tokens(ids, b"") for ids in self._plain(texts)]
        return [
            found if self._restores(found.ids, doc) else self._by_parts(doc)
            for doc, found in zip(docs, tokens, strict=True)
        ]

    def spelling(self, token: int, *, first: bool) -> bytes:
        """Return the bytes of a token, without the added space if it is the `first` one."""
        assert self.pieces is not None
        piece = self.pieces[token]
        assert piece is not None
        return piece[1:] if first and self.adds_space and piece[:1] == b" " else piece

    def decode(self, tokens: Tokens) -> bytes:
        """Return the document."""
        if self.pieces is None and self.escape not in tokens.ids:
            return self._text(tokens.ids)
        parts, raw = [], iter(tokens.raw)
        for position, token in enumerate(tokens.ids.tolist()):
            if token == self.escape:
                parts.append(bytes([next(raw)]))
            else:
                parts.append(self.spelling(token, first=position == 0))
        return b"".join(parts)

    def bos(self, wanted: str) -> int | None:
        """Return the token to put before every text, or None.

        Parameters
        ----------
        wanted : str
            ``"auto"`` (the start token of the tokenizer, or else its end of text, or else None),
            ``"bos"``, ``"eos"``, ``"none"``, or a token as the vocabulary writes it.
        """
        tokenizer = self.tokenizer
        known = {"bos": tokenizer.bos_token_id, "eos": tokenizer.eos_token_id, "none": None}
        if wanted == "auto":
            found = known["eos"] if known["bos"] is None else known["bos"]
            return None if found is None else int(found)
        found = known[wanted] if wanted in known else tokenizer.get_vocab().get(wanted)
        if found is None and wanted != "none":
            raise ValueError(
                f"The tokenizer of {self.name} has no token {wanted!r} to put before a text; use "
                f"bos=none to begin without a token."
            )
        return None if found is None else int(found)

    def _plain(self, texts: list[str]) -> list[Ids]:
        """Tokenise texts without adding or recognising special tokens."""
        if not texts:
            return []
        found = self.tokenizer(
            texts, add_special_tokens=False, split_special_tokens=True, verbose=False
        )
        return [np.array(ids, np.int64) for ids in found["input_ids"]]

    def _restores(self, ids: Ids, doc: bytes) -> bool:
        usable = all(0 <= token < self.n_tokens for token in ids.tolist())
        if not usable or not self.special.isdisjoint(ids.tolist()):
            return False
        return (self._text(ids) if self.pieces is None else self._spell(ids)) == doc

    def _text(self, ids: Ids) -> bytes:
        text = self.tokenizer.decode(
            ids.tolist(), skip_special_tokens=False, clean_up_tokenization_spaces=False
        )
        return str(text).encode(errors="replace")

    def _spell(self, ids: Ids) -> bytes | None:
        assert self.pieces is not None
        found = [self.pieces[token] if token < self.n_tokens else None for token in ids.tolist()]
        if None in found:
            return None
        spelt = b"".join(piece for piece in found if piece is not None)
        return spelt[1:] if self.adds_space and spelt[:1] == b" " else spelt

    def _by_parts(self, doc: bytes) -> Tokens:
        if self.pieces is None or self.adds_space:
            return self._by_bytes(doc)
        text = doc.decode(errors="surrogateescape")
        ids: list[int] = []
        raw = bytearray()
        for is_plain, run in itertools.groupby(text, self._is_plain):
            part = "".join(run).encode(errors="surrogateescape")
            whole = self._plain([part.decode()])[0] if is_plain else np.empty(0, np.int64)
            found = Tokens(whole, b"") if self._restores(whole, part) else self._by_bytes(part)
            ids += found.ids.tolist()
            raw += found.raw
        return Tokens(np.array(ids, np.int64), bytes(raw))

    def _is_plain(self, character: str) -> bool:
        if "\ud800" <= character <= "\udfff":
            return False
        return self._missing.isdisjoint(character.encode())

    def _by_bytes(self, doc: bytes) -> Tokens:
        """Convert each byte to its token, or escape it."""
        ids = [self._single.get(byte, self.escape) for byte in doc]
        if self.adds_space and doc[:1] == b" ":  # it would be taken for the one that is added
            ids[0] = self.escape
        if None in ids:
            raise ValueError(
                f"The tokenizer of {self.name} cannot encode this document: it has no tokens for "
                f"single bytes and no special token to escape them. Use another model."
            )
        raw = bytes(byte for byte, token in zip(doc, ids, strict=True) if token == self.escape)
        return Tokens(np.array(ids, np.int64), raw)


def _special_ids(tokenizer: Any) -> list[int]:
    """Return the special tokens, those of known purpose first."""
    named = [tokenizer.unk_token_id, tokenizer.eos_token_id, tokenizer.bos_token_id]
    added = getattr(tokenizer, "added_tokens_decoder", {})
    marked = [number for number, token in added.items() if token.special]
    found = [*named, *tokenizer.all_special_ids, *marked]
    return list(dict.fromkeys(int(token) for token in found if token is not None))


def _pieces(tokenizer: Any, n_tokens: int, special: set[int]) -> list[bytes | None] | None:
    """Return the bytes of each token, or None if the kind of tokenizer is unknown."""
    vocabulary = tokenizer.get_vocab()
    backend = getattr(tokenizer, "backend_tokenizer", None)
    decoder = json.dumps(json.loads(backend.to_str()).get("decoder")) if backend else ""
    if '"ByteLevel"' in decoder:
        alphabet = byte_alphabet()

        def spelling(token: str) -> bytes | None:
            known = all(character in alphabet for character in token)
            return bytes(alphabet[character] for character in token) if known else None

    elif "<0x41>" in vocabulary:

        def spelling(token: str) -> bytes | None:
            if len(token) == 6 and token.startswith("<0x") and token.endswith(">"):
                return bytes.fromhex(token[3:5])
            return token.replace("\u2581", " ").encode()

    else:
        return None
    added = getattr(tokenizer, "added_tokens_decoder", {})
    pieces: list[bytes | None] = [None] * n_tokens
    for token, number in vocabulary.items():
        if number < n_tokens and number not in special:
            # An added token that is not special spells itself.
            pieces[number] = token.encode() if number in added else spelling(token)
    return pieces


def _single_bytes(pieces: list[bytes | None]) -> dict[int, int]:
    """Return the token of each byte that has one."""
    return {piece[0]: token for token, piece in enumerate(pieces) if piece and len(piece) == 1}


def byte_alphabet() -> dict[str, int]:
    """Return the characters in which byte-level BPE writes bytes.

    Printable Latin-1 characters are unchanged; the other bytes are the characters from 256 on.

    Examples
    --------
    >>> alphabet = byte_alphabet()
    >>> alphabet["a"], alphabet["Ġ"], len(alphabet)
    (97, 32, 256)
    """
    itself = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in itself]
    return {chr(byte): byte for byte in itself} | {
        chr(256 + place): byte for place, byte in enumerate(others)
    }
