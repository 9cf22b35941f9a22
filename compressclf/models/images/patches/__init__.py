"""The code of photographs: two layers of patch codebooks, and one Gaussian code for all classes.

A photograph has no outline that another photograph of its class repeats, but it is made of patches
that many photographs repeat. So the patches of the training images are quantised without their
labels (`compressclf.models.images.patches.codebook`): a patch is coded by its projections on the
words of a codebook, of which all but the large ones are dropped. The words that occur near each
other form patches of their own, which a second codebook codes. What is left of an image is how much
of each word there is in each cell of a grid (`compressclf.models.images.patches.features`).

These numbers are coded by one Gaussian per class, with a covariance that all classes share
(`compressclf.models.images.patches.dual`). All of it has a closed form, except the codebooks,
which are found by k-means. No gradient is followed.

This is not a code of the images, since the numbers do not determine the image.

References
----------
A. Coates, H. Lee, A. Y. Ng, "An analysis of single-layer networks in unsupervised feature
learning", AISTATS 2011. A. Coates, A. Y. Ng, "The importance of encoding versus training with
sparse coding and vector quantization", ICML 2011; "Learning feature representations with k-means",
2012.
"""

from compressclf.models.images.patches.model import Patches

__all__ = ["Patches"]
