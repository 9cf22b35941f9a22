r"""Context mixing: many models guess the next bit, and what they say is weighed.

A model that gives the next bit the probability p spends −log2 p bits on it. Text is predicted by
what stood before: by the last byte, the last five, the word so far. Long contexts are right when
they have been seen and silent when not; no single length is best. Context mixing (Mahoney 2005)
asks them all and learns, bit by bit, whom to believe. For each bit of each byte:

1. **Look up.** Each context has a slot in a hash table with its *bit history*: how many zeros and
   ones followed it, and which came last (`histories`). An adaptive map turns a history into a
   probability: how often was it a 1 after a context with such a history? It begins with
   (n1 + a) / (n0 + n1 + 2a): what followed a seven-byte context once follows it again with .95
   (a = .05), what followed a single byte once with .78 (a = .4).
2. **Match.** The latest place where the last five bytes stood before foretells a byte; its weight
   is learned by the length of the match.
3. **Mix.** Probabilities become log-odds, ln(p / (1 − p)), are weighted, added and turned back. Of
   four sets of weights each is selected by something else (the length of the match and of the
   longest known context; the bits of this byte; the last byte; the kind of the last two), and a
   fifth mixer weighs their four results.
4. **Refine.** A last map corrects what came out by what came true when the same was said after
   the same one and two bytes.
5. **Code** the bit with the probability (`compressclf.coding.rangecoder`), or count its bits; then
   teach it to histories, maps, weights and refinement. The decoder repeats all of it.

A mixing step by hand. Two contexts say .8 and .6 for a 1; both have weight 1/2. The mixture is
surer than their mean of .7, for they agree from different evidence:

>>> from math import exp, log, log2
>>> def stretch(p): return log(p / (1 - p))
>>> def squash(x): return 1 / (1 + exp(-x))
>>> weights = [0.5, 0.5]
>>> inputs = [stretch(0.8), stretch(0.6)]
>>> p = squash(sum(w * x for w, x in zip(weights, inputs)))
>>> round(p, 3)
0.71

The bit is 1 and costs −log2 .71 bits. Each weight then moves by rate · error · input, the
gradient of the bits: whoever leant the right way is believed more, the surer one the most.

>>> round(-log2(p), 3)
0.494
>>> weights = [w + 0.1 * (1 - p) * x for w, x in zip(weights, inputs)]
>>> [round(w, 3) for w in weights]
[0.54, 0.512]

What this model does not do: it has no dictionary and no knowledge of any language before the
first byte, reads no images or records (no contexts for columns), and forgets nothing on purpose;
when its table is full the least used histories give way.

`ContextMixer` is the model, `ContextMix` the compressor, `kernel` the loop; `rollback` takes
scoring back. The rates of learning and the contexts were chosen on six texts of the Canterbury
corpus, with an eye on unlabelled news items; their rates are not those of unseen files.

References
----------
M. Mahoney, "Adaptive weighing of context models for lossless data compression", Florida Tech.
Technical Report CS-2005-16 (2005).
"""

from compressclf.compressors.contextmix.compressor import ContextMix
from compressclf.compressors.contextmix.mixer import ContextMixer

__all__ = ["ContextMix", "ContextMixer"]
