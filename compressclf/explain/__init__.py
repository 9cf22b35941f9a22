"""Explain the label of an image: the bits of each pixel and the nearest training image.

`explain_image` explains the two best classes; `render_svg` and `render_png` draw the explanation.
For text, `CodelengthClassifier.explain_bits` returns the bits of each byte.
"""

from compressclf.explain.explanation import Account, Explanation, check_explains, explain_image
from compressclf.explain.png import render_png
from compressclf.explain.svg import render_svg

__all__ = [
    "Account",
    "Explanation",
    "check_explains",
    "explain_image",
    "render_png",
    "render_svg",
]
