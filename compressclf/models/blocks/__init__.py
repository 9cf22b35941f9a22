"""The block-codelength model: evidence for a class is how badly the other classes code a text.

A text is cut into blocks of characters, of several lengths and at every place, and into words and
pairs of words (`features`). The documents of each class give every block a count (`counts`), and
with it an ideal codelength, -log2 of its frequency. The class without whose documents a text would
cost the most more bits is its class.

What this is not: a code. The blocks overlap, so that every character is counted several times, and
blocks that no training document has are passed over; a decoder could not do that. The mean over
the j ways to cut a text into blocks of j characters is a true codelength, and that is what each
block length contributes before damping; the sum over lengths and words is a score made of
codelengths.
`settings` chooses damping, smoothing and features by leave-one-out. `correction` learns, on top of
the counts, what they get wrong because they treat features as independent: a linear model trained
by dual coordinate descent (`descent`), additive per feature as the counts are.
"""

from compressclf.models.blocks.model import Blocks

__all__ = ["Blocks"]
