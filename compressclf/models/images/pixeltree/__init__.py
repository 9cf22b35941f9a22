"""Context trees over pixels: every class codes an image pixel by pixel, a true code.

A pixel is quantised to a few bits (`levels`), and each bit is a binary decision that is predicted
from pixels to the left and above (`contexts`). Context-tree weighting (Willems, Shtarkov & Tjalkens
1995) averages over all contexts, short and long. `trees` counts and weighs, `learning` makes trees
of the training images, `coding` computes bits and encodes and decodes, `model` is the class model
"pixel-tree", and `fitted` the fitted one.

Differences from the paper:

* *Batch instead of sequence.* The weights of a context tree depend on the counts at its nodes, not
  on the order of the samples. So the samples are sorted by context, a node is a range of the sorted
  list, and nothing is updated one sample at a time. Trees stay fixed while a test image is coded:
  all weights are multiplied out once, and a leaf holds one probability.
* *One shape for all classes.* The shape is grown from all training images; every class has its own
  counts and weights. One walk gives the probabilities of all classes.
* *A mixture of trees.* Each bit is predicted by several trees that divide the image into different
  cells and take neighbours in a different order. Their log odds are averaged. The two probabilities
  still sum to 1, so that the mixture can be decoded.
* *Integers.* The log odds of a leaf are quantised to 256 values. Their sum is an index into a table
  of frequencies, so that encoder and decoder agree on every processor.
"""

from compressclf.models.images.pixeltree.model import PixelTree

__all__ = ["PixelTree"]
