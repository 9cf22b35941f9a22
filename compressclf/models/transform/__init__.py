"""The Gaussian transform code: seconds instead of minutes, in closed form.

A transform code turns what it codes onto directions that do not depend on each other, and codes
each number along them with as many bits as its spread asks for; the best such turn for Gaussian
data is that of Karhunen and Loève, and every class has its own. Here the orientation maps of the
images are coded (`compressclf.models._orientations`), to one 256th: with mean m and covariance V,

    bits(x) = ½ log2 det(2π V) + ½ (x - m)' V⁻¹ (x - m) / ln 2 + 8 bits for each number.

V is the class's own covariance as far as it has images, and what all classes share for the rest:
(S + κ P) / (n + κ), with the scatter S of the class's n images and P the mean covariance within
classes, to which some of its mean variance is added in all directions. With very many images of
each class this is quadratic discriminant analysis, with few it is Fisher's linear one.

What this is not: a code of the images. The maps do not hold all that an image has.
"""

from compressclf.models.transform.model import Transform

__all__ = ["Transform"]
