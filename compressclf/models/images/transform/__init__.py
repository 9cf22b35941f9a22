"""The Gaussian transform code: orientation maps under one Gaussian per class, in closed form.

A transform code decorrelates its input and gives each coefficient the bits that its variance needs.
For Gaussian data the optimal transform is PCA (Karhunen-Loève), and every class has its own. Here
the orientation maps of the images (`compressclf.models.images.orientations`) are coded to a
precision of 1/256. With mean m and covariance V,

    bits(x) = ½ log2 det(2π V) + ½ (x - m)' V⁻¹ (x - m) / ln 2 + 8 bits for each number.

V is the covariance of the class, shrunk to the one that all classes share: (S + κ P) / (n + κ),
where S is the scatter matrix of the n images of the class and P the mean covariance within classes
plus a ridge. With very many images per class this is quadratic discriminant analysis, with few it
is linear discriminant analysis.

This is not a code of the images, since the maps do not determine the image.
"""

from compressclf.models.images.transform.model import Transform

__all__ = ["Transform"]
