"""``compressclf explain``: from a saved model to a picture."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from compressclf import CodelengthClassifier, ImageCodelengthClassifier, NCDClassifier, save_model
from compressclf.cli import cli
from tests.cli.refusals import DATA, USAGE, assert_refused

SVG = "{http://www.w3.org/2000/svg}"


def run(*arguments):
    result = CliRunner().invoke(cli, list(map(str, arguments)))
    assert result.exit_code == 0, result.stderr
    return result.stdout


def bars():
    images = np.zeros((10, 6, 7), np.uint8)
    for i, image in enumerate(images):
        if i % 2:
            image[:, 1 + i // 2] = 200
        else:
            image[1 + i // 2 % 4] = 200 - i
    return images, np.array(["level", "upright"])[np.arange(10) % 2]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    images, labels = bars()
    new = np.zeros((6, 7), np.uint8)
    new[2:, 3] = 190
    Image.fromarray(new).save("new.png")
    Image.fromarray(new).resize((14, 12), Image.Resampling.NEAREST).save("large.png")
    np.savez("stack.npz", x_train=images, y_train=np.arange(10) % 2)
    (tmp_path / "texts.csv").write_text("text,label\none,a\ntwo,b\n")
    for name, model in (("motion", "motion"), ("tree", "pixel-tree:bits=1,cell=3")):
        classifier = ImageCodelengthClassifier(model, calibration=1.0, n_jobs=1)
        save_model(classifier.fit(images, labels), name)
    save_model(NCDClassifier(1).fit(images, labels), "neighbours")
    texts = CodelengthClassifier("zstd-dict", calibration=1.0).fit(["one", "two"], ["a", "b"])
    save_model(texts, "texts")
    return tmp_path


def test_an_image_file_as_svg(here):
    told = run("explain", "motion", "new.png", "-o", "why.svg")
    number = r"\d+\.\d bits"
    said = rf"upright: {number}; level: {number}; nearest training image of upright: \d\n"
    assert re.fullmatch(said, told)
    tree = ElementTree.parse(here / "why.svg").getroot()
    panels = [one for one in tree.iter(f"{SVG}g") if one.get("class") not in ("vectors", "legend")]
    assert [one.get("class") for one in panels] == ["image", "nearest", "winner", "runner-up"]
    assert {len(one) for one in panels} == {6 * 7}
    again = run("explain", "motion", "new.png", "-o", "again.svg")
    assert again == told
    assert (here / "again.svg").read_bytes() == (here / "why.svg").read_bytes()


def test_one_of_a_source_as_png(here):
    told = run("explain", "tree", "stack.npz", "--index", 3, "-o", "why.png")
    assert told.startswith("upright: ")
    assert told.endswith("; the image is itself a training image\n")
    with Image.open(here / "why.png") as picture:
        assert picture.mode == "RGB"
        assert picture.height > 200


def test_an_image_of_another_size(here):
    run("explain", "motion", "large.png", "--resize", "7x6", "-o", "small.svg")
    assert (here / "small.svg").stat().st_size > 0


@pytest.mark.parametrize(
    ("command", "exit_code", "message"),
    [
        (
            "explain texts texts.csv -o why.svg",
            DATA,
            "The model was fitted to texts or bytes, and an explanation needs images: for texts, "
            "CodelengthClassifier.explain_bits returns the bits of each byte.",
        ),
        (
            "explain neighbours new.png -o why.svg",
            DATA,
            "neighbours: an explanation needs class models: save a model of --method codelength.",
        ),
        (
            "explain motion texts.csv -o why.svg",
            DATA,
            "texts.csv: these documents are not images: give an image to explain.",
        ),
        (
            "explain motion stack.npz --index 10 -o why.svg",
            DATA,
            "stack.npz: there is no image 10; the last of 10 images is 9.",
        ),
        (
            "explain motion large.png -o why.svg",
            DATA,
            re.compile(
                r"The model 'motion' was fitted to images of 7 x 6 pixels.* with --resize\."
            ),
        ),
        (
            "explain motion new.png -o why.jpg",
            USAGE,
            "Invalid value for '-o' / '--output': why.jpg: Unknown suffix '.jpg': choose from "
            ".svg, .png; did you mean '.png'?",
        ),
        (
            "explain motion new.png -o nowhere/why.svg",
            USAGE,
            re.compile("Invalid value for '-o' / '--output': there is no directory .*nowhere .*"),
        ),
        (
            "explain motion stack.npz --index -1 -o why.svg",
            USAGE,
            "Invalid value for '--index': -1 is not in the range x>=0.",
        ),
        ("explain motion new.png", USAGE, "Missing option '-o' / '--output'."),
    ],
)
def test_refusals(here, command, exit_code, message):
    assert_refused(command, exit_code, message, here)
