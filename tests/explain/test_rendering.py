"""The pictures: every pixel is there, in its colour, and nothing is said that XML cannot hold."""

import io
import sys
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from compressclf._lib.optional import MissingExtraError
from compressclf.explain import Account, Explanation, render_png, render_svg
from compressclf.explain.figure import figure_of, ramp

SVG = "{http://www.w3.org/2000/svg}"


def explanation(height=3, width=2, channels=1, label="a", brightest=16):
    rng = np.random.default_rng(height * width)
    image = rng.integers(0, brightest, (height, width, channels)).astype(np.uint8)
    vectors = np.zeros((height, width, 2), np.int64)
    vectors[0, 0] = 1, 1
    bits = rng.random((2, height, width)) * 4
    winner = Account(label, 7.25, bits[0], 5, image, vectors, image)
    return Explanation(image, winner, Account("b", 9.5, bits[1]), brightest)


def parsed(told):
    return ElementTree.fromstring(render_svg(told))


def group(tree, name):
    (found,) = (one for one in tree.iter(f"{SVG}g") if one.get("class") == name)
    return found


@pytest.mark.parametrize(
    ("height", "width", "channels"), [(3, 2, 1), (1, 1, 1), (4, 40, 3), (300, 1, 1)]
)
def test_every_pixel_is_a_rectangle(height, width, channels):
    told = explanation(height, width, channels)
    tree = parsed(told)
    colours = {
        "image": told.image * (255 / 16),
        "nearest": told.winner.moved * (255 / 16),
        "winner": ramp(told.winner.bits / max(told.winner.bits.max(), told.runner_up.bits.max())),
    }
    for name in ("image", "nearest", "winner", "runner-up"):
        rectangles = list(group(tree, name))
        assert len(rectangles) == height * width
        places = {(int(one.get("x")), int(one.get("y"))) for one in rectangles}
        assert places == {(x, y) for x in range(width) for y in range(height)}
        if name in colours:
            colour = np.broadcast_to(np.rint(colours[name]).astype(np.uint8), (height, width, 3))
            expected = ["#" + bytes(one).hex() for one in colour.reshape(-1, 3)]
            assert [one.get("fill") for one in rectangles] == expected
    width, height = int(tree.get("width")), int(tree.get("height"))
    assert tree.get("viewBox") == f"0 0 {width} {height}"


def test_vectors_are_lines_that_end_at_the_edge():
    told = explanation()
    told.winner.vectors[2, 1] = 1, 4  # outside, and so the pixel itself
    (line, dot) = group(parsed(told), "vectors")
    assert [line.get(key) for key in ("x1", "y1", "x2", "y2")] == ["0.5", "0.5", "1.5", "1.5"]
    assert (dot.get("cx"), dot.get("cy")) == ("0.5", "0.5")
    told.winner.vectors[:] = 0
    assert "vectors" not in render_svg(told)


def test_those_who_do_not_see_it_are_told():
    tree = parsed(explanation())
    title, description = tree.find(f"{SVG}title"), tree.find(f"{SVG}desc")
    assert title.text == "Why the image is labelled a"
    assert description.text.startswith(
        "The image takes 7.2 bits under a and 9.5 under b, the next class; the nearest training "
        "image is number 5."
    )
    assert tree.get("role") == "img"
    assert tree.get("aria-labelledby").split() == [title.get("id"), description.get("id")]
    assert "prefers-color-scheme:dark" in tree.find(f"{SVG}style").text


def test_the_lines_of_text():
    told = explanation()
    lines = [one.text for one in parsed(told).iter(f"{SVG}text")]
    pixels = told.winner.bits.sum(), told.runner_up.bits.sum()
    highest = max(told.winner.bits.max(), told.runner_up.bits.max())
    assert lines == [
        *("The image", "labelled a", "Nearest training image, 5", "label a, moved along the lines"),
        *("Bits under a", f"{pixels[0]:.1f} in pixels, 7.2 in all"),
        *("Bits under b", f"{pixels[1]:.1f} in pixels, 9.5 in all"),
        *("0", f"{highest:.2f} bits per pixel"),
    ]


def test_bits_below_0_begin_the_legend():
    told = explanation()
    told.runner_up.bits[0, 1] = -7.25
    lines = [one.text for one in parsed(told).iter(f"{SVG}text")]
    highest = max(told.winner.bits.max(), told.runner_up.bits.max())
    assert lines[-2:] == ["-7.25", f"{highest:.2f} bits per pixel"]
    colours = figure_of(told).panels[-1].colours
    assert colours[0, 1].tolist() == [68, 1, 84]
    assert (figure_of(told).lowest, figure_of(told).highest) == (-7.25, highest)


def test_a_legend_from_dark_to_bright():
    steps = list(group(parsed(explanation()), "legend"))
    assert (steps[0].get("fill"), steps[-1].get("fill")) == ("#440154", "#fde725")
    luma = ramp(np.linspace(0, 1, 50)) @ (0.299, 0.587, 0.114)
    assert (np.diff(luma) > 0).all()


@pytest.mark.parametrize("label", ["<&>\"'", "a\x00\n\ud800b", "x" * 99, "字", 3, True])
def test_labels_of_all_kinds(label):
    told = explanation(label=label)
    lines = [one.text for one in parsed(told).iter(f"{SVG}text")]
    shown = lines[1].removeprefix("labelled ")
    assert len(shown) <= 14
    assert shown == {"a\x00\n\ud800b": "a   b", "x" * 99: "x" * 12 + ".."}.get(label, str(label))
    render_svg(told).encode()
    assert render_png(told).startswith(b"\x89PNG")


def test_without_reference_and_runner_up():
    told = explanation()
    bare = Explanation(told.image, Account("a", 3.0, told.winner.bits), None, 16)
    names = [one.get("class") for one in parsed(bare).iter(f"{SVG}g")]
    assert names == ["image", "winner", "legend"]
    with Image.open(io.BytesIO(render_png(bare))) as picture:
        assert picture.size == (figure_of(bare).width, figure_of(bare).height)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (8, 8), (3, 50), (260, 7)])
def test_a_png_has_the_pixels(height, width):
    told = explanation(height, width, 3, brightest=255)
    told.winner.vectors[:] = 0
    figure = figure_of(told)
    with Image.open(io.BytesIO(render_png(told))) as picture:
        assert (picture.mode, picture.size) == ("RGB", (figure.width, figure.height))
        drawn = np.asarray(picture)
    for panel in figure.panels:
        stop = panel.top + height * figure.scale, panel.left + width * figure.scale
        squares = drawn[panel.top : stop[0], panel.left : stop[1]]
        middle = figure.scale // 2
        assert (squares[middle :: figure.scale, middle :: figure.scale] == panel.colours).all()
    left, top, _ = figure.legend
    assert drawn[top, left].tolist() == [68, 1, 84]


def test_no_bits_at_all_are_dark():
    told = explanation()
    none = np.zeros_like(told.winner.bits)
    told = replace(told, winner=replace(told.winner, bits=none), runner_up=None)
    assert {one.get("fill") for one in group(parsed(told), "winner")} == {"#440154"}
    assert len(render_png(told)) > 100


def test_a_png_needs_pillow(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    monkeypatch.delitem(sys.modules, "PIL.Image")
    assert render_svg(explanation()).startswith("<svg")
    with pytest.raises(MissingExtraError, match=r"pip install 'compressclf\[images\]'"):
        render_png(explanation())
