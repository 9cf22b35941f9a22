"""The block-codelength model: evidence for a class is how badly the other classes code a text.

The features of a text are its blocks of characters, of several lengths and at every position, its
words and its pairs of words (`features`). The documents of each class give every feature a count
(`counts`), and so an ideal codelength, -log2 of its frequency. A text gets the class whose removal
from the counts would increase its codelength most.

This is a score and not a code: blocks overlap, so that every character is counted several times,
and features that no training document has are ignored, which a decoder cannot do. The mean over the
j ways to cut a text into blocks of j characters is a true codelength, which is what each block
length contributes before damping.

`settings` chooses damping, smoothing and features by leave-one-out. `correction` fits a linear
model on top of the counts (by dual coordinate descent, `descent`) that corrects their assumption of
independent features. Like the counts, it is additive over features.
"""

from compressclf.models.blocks.batches import Pruned
from compressclf.models.blocks.model import Blocks

__all__ = ["Blocks", "Pruned"]
