r"""Compute the length of zlib's output without writing it.

The normalized compression distance of gzip compares lengths of compressed texts: of each document
alone, and of each document after each training text. Only the lengths matter, so this package
computes them. They were equal to zlib's in each of the many millions of pairs that were compared
(versions 1.2.11, 1.2.13 and 1.3.1, levels 1 to 9), and are computed four to five times faster.
Lengths are without a container: add 6 bytes for zlib, 18 for gzip.

A DEFLATE stream (RFC 1951) is the text as literal bytes and as copies of earlier bytes ("length
4, distance 13"), both written with Huffman codes. What follows goes through ``"to be or "`` in
front of ``"not to be"``; you can check every number by hand.

**1. Once for each document** (`texts`). For every position zlib walks through the earlier
positions with the same three bytes, newest first, and takes the longest match. The newest are in
the document itself, and what they yield is the same behind every prefix; it is noted. In ``"not to
be"`` no three bytes come twice: the note says "no match" everywhere.

**2. Once for each prefix** (`chains`, `parse`). Its positions are chained by their three bytes,
and it is parsed up to the first decision that can see the document. None of ``"to be or "`` can
be copied; t, o, space, b, e, space are sent. Then the parser stands at ``"r "`` with the o before
it not yet sent (zlib waits one position for a better match), and the three bytes from here are not
known. Every pair of this prefix goes on from here, with these counts.

**3. For each pair** (`rows`). The trigrams across the seam, ``"r n"`` and ``" no"``, are inserted
in the chains; the document's own need not be, thanks to the notes. Parsing goes on: o, r, space,
n, o, t, space. Now ``"to be"`` is ahead, and would match the beginning; but zlib takes position 0
for "none", never matches the first byte, and neither do we: t is sent. ``"o be"`` does match, 13
back, to the end of the text. Then the two trigrams are taken out again, newest first, and the
chains are the prefix's for the next document.

**4. The codes** (`huffman`, `blocks`). The pair has 16 symbols: space four times; t and o three
times; b, e, r, n, "length 4" and "end of block" once. Fixed codes take 8 bits for each of the 14
literals, 7 + 5 bits for length and distance, 2 extra bits for the distance (13 to 16 share a
symbol), and 7 to end the block: 133. Codes made for these counts take 50 bits, but sending the
codes themselves takes 154, 204 together. zlib takes the fixed ones, says so in 3 bits, and rounds
up: 136 bits, 17 bytes.

>>> from compressclf.documents import Corpus
>>> prefixes, docs = Corpus.from_documents(["to be or"]), Corpus.from_documents(["not to be"])
>>> joint_payload_bytes(prefixes, docs, separator=b" ", level=9)
array([[17]])

The 154 bits are the hard part. They are the lengths of all codes, run-length coded ("0, 10 times")
and themselves Huffman coded; so they depend on *which* of b, e, r, n got the longer code, and that
depends on how zlib's heap treats equals. The heap must be imitated move by move. One heap leaves
a processor waiting for memory, so four pairs share the wait, their heaps in lock step.

The entropy of a pair's symbols, without codes and rounding, is `joint_lz77_bits`: 16 log2 16
- 4 log2 4 - 2 · 3 log2 3, and 2 extra bits. It is fractional and without a header, and a distance
based on it often classifies better than one based on the bytes.

>>> joint_lz77_bits(prefixes, docs, separator=b" ").round(2)
array([[48.49]])

Longer texts go the same way, at any length and all `EXACT_LEVELS`: blocks close after 16,383
symbols (`stream`), and behind a seam further back than a match may reach the parse is zlib's own,
from the prefix's state. `self_check` returns whether the zlib of this Python agrees with this.

Sources: RFC 1951 (L. P. Deutsch, 1996); zlib 1.2.13 (J.-l. Gailly, M. Adler), ``deflate.c`` for the
parse and ``trees.c`` for the codes.
"""

from compressclf.compressors.deflate.check import self_check
from compressclf.compressors.deflate.engine import (
    EXACT_LEVELS,
    MAX_BYTES,
    joint_lz77_bits,
    joint_payload_bytes,
    lz77_bits,
    payload_bytes,
)
from compressclf.compressors.deflate.texts import DeflateTexts, prepare

__all__ = [
    "EXACT_LEVELS",
    "MAX_BYTES",
    "DeflateTexts",
    "joint_lz77_bits",
    "joint_payload_bytes",
    "lz77_bits",
    "payload_bytes",
    "prepare",
    "self_check",
]
