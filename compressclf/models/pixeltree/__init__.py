"""Context trees over pixels: every class codes an image pixel by pixel, a true code.

A pixel is quantised to a few bits (`compressclf.models._levels`), and each bit is a decision
between 0 and 1 that the pixels left of it and above it tell something about (`contexts`).
Context-tree weighting (Willems, Shtarkov & Tjalkens 1995) averages over all ways to look at few or
many of them. `trees` counts and weighs, `learning` brings the training images there, `coding` walks
the trees to tell bits or to write and read a code, `model` is the class model "pixel-tree",
`fitted` what it has learnt.

What is not as in the paper, and why:

* *Batch instead of sequence.* The weights of a context tree depend on the counts at its nodes, not
  on the order of the samples. So the samples are sorted by context, a node is a range of the sorted
  list, and nothing is updated one sample at a time. While a test image is coded, trees stay as they
  are: all weights are multiplied out once, and a leaf holds one probability.
* *One tree for all classes.* Its shape is grown from all training images, every class has its own
  counts and weights. One walk gives the probabilities of all classes.
* *Several trees mixed.* Each bit is predicted by some trees that cut the image into cells in
  different places and look at neighbours in different order. Their log odds are averaged, which
  leaves two probabilities that sum to 1: what is mixed can still be decoded.
* *Integers.* A leaf holds its log odds in 1 of 256 steps. Their sum is an index into a table of
  frequencies, so that encoder and decoder agree whatever their processors do with fractions.
"""

from compressclf.models.pixeltree.model import PixelTree

__all__ = ["PixelTree"]
