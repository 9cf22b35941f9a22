"""An explanation as PNG, drawn by Pillow on white, with a square per pixel of an image.

Text is in Pillow's own font; a character that the font lacks is drawn as an empty box.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from compressclf._lib.optional import optional_import
from compressclf.explain.figure import LEGEND, LINE, TEXT, figure_of, ramp

if TYPE_CHECKING:
    from compressclf.explain.explanation import Explanation

__all__ = ["render_png"]

DARK, FRAME = (31, 35, 40), (128, 128, 128)
LETTERS = 13


def render_png(explanation: Explanation) -> bytes:
    r"""Return the picture as a PNG file.

    Parameters
    ----------
    explanation : Explanation
        From `explain_image`.

    Returns
    -------
    bytes
        The content of the file.

    Raises
    ------
    MissingExtraError
        If Pillow is not installed.
    ValueError
        If a text is explained.

    Examples
    --------
    >>> import numpy as np
    >>> from compressclf import ImageCodelengthClassifier
    >>> from compressclf.explain import explain
    >>> images = np.repeat(np.arange(4, dtype=np.uint8) * 60, 64).reshape(4, 8, 8)
    >>> classifier = ImageCodelengthClassifier().fit(images, [0, 0, 1, 1])
    >>> render_png(explain(classifier, images[0]))[:4]
    b'\x89PNG'
    """
    if explanation.is_text:
        raise ValueError("A text is not drawn as .png: write .svg or .html.")
    pillow = optional_import("PIL.Image", extra="images")
    font = optional_import("PIL.ImageFont", extra="images").load_default(LETTERS)
    figure = figure_of(explanation)
    canvas = np.full((figure.height, figure.width, 3), 255, np.uint8)
    left, top, width = figure.legend
    canvas[top : top + LEGEND, left : left + width] = ramp(np.linspace(0, 1, width))
    for panel in figure.panels:
        squares = panel.colours.repeat(figure.scale, axis=0).repeat(figure.scale, axis=1)
        rows, columns = squares.shape[:2]
        canvas[panel.top : panel.top + rows, panel.left : panel.left + columns] = squares
    picture = pillow.fromarray(canvas)
    draw = optional_import("PIL.ImageDraw", extra="images").Draw(picture)
    for panel in figure.panels:
        x, y, scale = panel.left, panel.top, figure.scale
        for x1, y1, x2, y2 in panel.lines():
            begin, end = (x + scale * x1, y + scale * y1), (x + scale * x2, y + scale * y2)
            draw.line((begin, end), fill=LINE, width=max(1, scale // 10))
            dot = scale * 0.15
            draw.ellipse(
                (begin[0] - dot, begin[1] - dot, begin[0] + dot, begin[1] + dot), fill=LINE
            )
        rows, columns = panel.colours.shape[0] * scale, panel.colours.shape[1] * scale
        draw.rectangle((x - 1, y - 1, x + columns, y + rows), outline=FRAME)
        draw.text((x, y - 2 * TEXT - 3), panel.heading, fill=DARK, font=font)
        draw.text((x, y - TEXT - 3), panel.text, fill=DARK, font=font)
    below = top + LEGEND + 2
    lowest, highest = figure.legend_texts
    draw.text((left, below), lowest, fill=DARK, font=font)
    draw.text((left + width, below), highest, fill=DARK, font=font, anchor="ra")
    file = io.BytesIO()
    picture.save(file, format="PNG", optimize=True)
    return file.getvalue()
