"""Explain a label: the bits of each character or pixel, and the nearest training document.

`explain` explains a text or an image under the two best classes and returns an `Explanation`;
`render_html`, `render_json`, `render_svg` and `render_png` show it.
"""

from compressclf.explain.characters import Feature
from compressclf.explain.dispatch import explain
from compressclf.explain.explanation import Account, ClassTotal, Copy, Explanation, Step
from compressclf.explain.images import check_explains, explain_image
from compressclf.explain.neighbours import explain_neighbors
from compressclf.explain.page import TEMPLATES, heat_maps, render_html
from compressclf.explain.png import render_png
from compressclf.explain.record import render_json
from compressclf.explain.svg import render_svg
from compressclf.explain.texts import explain_text

__all__ = [
    "TEMPLATES",
    "Account",
    "ClassTotal",
    "Copy",
    "Explanation",
    "Feature",
    "Step",
    "check_explains",
    "explain",
    "explain_image",
    "explain_neighbors",
    "explain_text",
    "heat_maps",
    "render_html",
    "render_json",
    "render_png",
    "render_svg",
]
