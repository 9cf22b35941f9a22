"""Why an image has its label: what each pixel costs, and the training image that predicts it.

`explain_image` tells for the winning class and for the next one; `render_svg` and `render_png`
draw it. Text is not drawn here: `CodelengthClassifier.explain_bits` has the bits of its bytes.
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
