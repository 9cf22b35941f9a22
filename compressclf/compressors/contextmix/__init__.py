r"""Context mixing: many models predict the next bit, and their predictions are weighted.

A model that gives the next bit the probability p needs −log2 p bits for it. Text is predicted from
contexts: the last byte, the last five bytes, the current word. Long contexts predict well when they
have been seen and not at all otherwise, so that no single length is best. Context mixing (Mahoney
2005) combines them all and learns, bit by bit, how much weight each deserves. For each bit of each
byte:

1. **Look up.** Each context has a slot in a hash table with its *bit history*: how many zeros and
   ones followed it, and which came last (`histories`). An adaptive map gives the probability of a 1
   after a context with such a history. It begins with (n1 + a) / (n0 + n1 + 2a): a bit that
   followed a seven-byte context once follows it again with probability .95 (a = .05), one that
   followed a single byte once with .78 (a = .4).
2. **Match.** The latest earlier occurrence of the last five bytes predicts a byte, with a weight
   that depends on the length of the match.
3. **Mix.** Probabilities become log-odds, ln(p / (1 − p)), whose weighted sum becomes a probability
   again. There are four mixers, each of which selects its weights by something else (the lengths of
   the match and of the longest known context; the known bits of this byte; the last byte; the
   classes of the last two bytes). A final mixer combines their results.
4. **Refine.** A last map corrects the result by the outcomes of equal predictions after the same
   one and two bytes.
5. **Code** the bit with the probability (`compressclf.coding.rangecoder`), or add up its bits. Then
   update histories, maps, weights and refinement. The decoder repeats all steps.

A mixing step by hand: two contexts predict a 1 with .8 and .6, and both have weight 1/2. The
mixture is more confident than their mean of .7, because they agree:

>>> from math import exp, log, log2
>>> def stretch(p): return log(p / (1 - p))
>>> def squash(x): return 1 / (1 + exp(-x))
>>> weights = [0.5, 0.5]
>>> inputs = [stretch(0.8), stretch(0.6)]
>>> p = squash(sum(w * x for w, x in zip(weights, inputs)))
>>> round(p, 3)
0.71

The bit is 1 and takes −log2 .71 bits. Each weight then changes by rate · error · input, the
gradient of the bits: contexts that were right gain weight, the more confident one most.

>>> round(-log2(p), 3)
0.494
>>> weights = [w + 0.1 * (1 - p) * x for w, x in zip(weights, inputs)]
>>> [round(w, 3) for w in weights]
[0.54, 0.512]

The model has no dictionary and no knowledge of any language before the first byte, and no contexts
for the columns of images or records. When its table is full, the least used histories are replaced.

**With a byte model** (``model="bytelm"``), a pretrained language model reads the same bytes. The
log-odds of its prediction of the bit are one more input of each mixer. There is also one more
mixer, which selects its weights by the confidence of this prediction and the longest known context.
At first the prediction has a high weight, which falls in text that the language model does not
know. The language model predicts in integers, too, so that the code can be decoded anywhere.

`ContextMixer` is the model, `ContextMix` the compressor and `kernel` the loop; `rollback` undoes
scoring. Learning rates and contexts were chosen on six texts of the Canterbury corpus and on
unlabelled news items, so the rates on these are not those of unseen files. The first weights with a
byte model were chosen on training documents and on parts of other texts.

References
----------
M. Mahoney, "Adaptive weighing of context models for lossless data compression", Florida Tech.
Technical Report CS-2005-16 (2005).
"""

from compressclf.compressors.contextmix.compressor import ContextMix
from compressclf.compressors.contextmix.mixer import ContextMixer

__all__ = ["ContextMix", "ContextMixer"]
