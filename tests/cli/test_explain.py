"""``compressclf explain``: from a saved model to a picture."""

import json
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
    (tmp_path / "one.csv").write_text("text,label\none,a\ntwo,a\n")
    (tmp_path / "lines.txt").write_text("milk and tea\nrum\n")
    (tmp_path / "words.txt").write_text("Tea, or rum?\n")
    documents, labels = ["tea and milk", "black tea", "rum punch", "white rum"], [*"ttrr"]
    table = "".join(f"{text},{label}\n" for text, label in zip(documents, labels, strict=True))
    (tmp_path / "drinks.csv").write_text("text,label\n" + 3 * table)
    save_model(CodelengthClassifier(calibration=1.0).fit(documents, labels), "blocks")
    for compressor in ("gzip", "zstd"):
        save_model(NCDClassifier(1, compressor=compressor).fit(documents, labels), compressor)
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


def test_an_image_as_page_and_record(here):
    run("explain", "tree", "stack.npz", "--index", 3, "-o", "why.html")
    page = (here / "why.html").read_text()
    assert "<title>Why upright?</title>" in page
    assert page.count("<svg ") == 1
    run("explain", "tree", "stack.npz", "--index", 3, "-o", "why.json")
    told = json.loads((here / "why.json").read_text())
    assert np.shape(told["winner"]["bits"]) == (6, 7)
    bits = np.sum(told["winner"]["bits"])
    assert bits + told["winner"]["rest"] == pytest.approx(told["winner"]["codelength"], abs=1e-6)


def test_a_text_on_the_terminal(here):
    told = run("explain", "blocks", "words.txt")
    assert told == run("explain", "blocks", "--text", "Tea, or rum?\n")
    assert told.startswith("r: -")
    assert "\x1b" not in told  # standard output is not a terminal
    assert "in favour of r\n" in told
    assert "is ahead" in told
    assert run("explain", "blocks", "lines.txt", "--index", 1).startswith("r: ")
    piped = CliRunner().invoke(cli, ["explain", "blocks", "-"], input="Tea, or rum?\n\n")
    assert piped.stdout == told


def test_a_label_to_compare_with(here):
    told = run("explain", "motion", "new.png", "--against", "level", "-o", "why.json")
    assert re.fullmatch(r"upright: .*; level: .*\n", told)
    assert "\x1b" not in run("explain", "blocks", "--text", "rum", "--against", "t")


def test_a_text_as_a_file(here):
    line = run("explain", "blocks", "words.txt", "-o", "why.html")
    assert re.fullmatch(r"r: -\d+\.\d bits; t: -?\d+\.\d bits\n", line)
    result = CliRunner().invoke(cli, ["explain", "blocks", "words.txt", "-o", "why.svg"])
    assert result.stderr == f"Open {(here / 'why.svg').as_uri()}\n"
    ElementTree.parse(here / "why.svg")
    known = run("explain", "blocks", "--text", "black tea", "-o", "why.json")
    assert known.startswith("t: ")
    assert json.loads((here / "why.json").read_text())["label"] == "t"


def test_a_source_is_fitted_first(here):
    result = CliRunner().invoke(cli, ["explain", "drinks.csv", "--text", "rum"])
    assert result.exit_code == 0
    assert "The default model was fitted to 9 training documents of drinks.csv.\n" in result.stderr
    assert result.stdout.startswith("r: ")
    own = CliRunner().invoke(cli, ["explain", "drinks.csv", "--index", "1"])
    assert own.exit_code == 0


def test_the_neighbours_of_a_text(here):
    told = run("explain", "gzip", "--text", "some white rum for you")
    assert told.startswith("r: nearest training document 3 at distance 0.")
    assert "passages shared with 3, the nearest of r\n" in told
    assert "'white rum'" in told


@pytest.mark.parametrize(
    ("command", "exit_code", "message"),
    [
        (
            "explain texts texts.csv -o why.svg",
            DATA,
            "The model 'zstd-dict' has no bits of single bytes: fit one that has, such as blocks "
            "or contextmix.",
        ),
        (
            "explain neighbours new.png -o why.svg",
            DATA,
            "Neighbours are explained for texts: for images, fit the model motion.",
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
            ".html, .json, .svg, .png; did you mean '.png'?",
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
        (
            "explain blocks new.png",
            DATA,
            "new.png: these documents are images: give a text to explain.",
        ),
        (
            "explain motion --text tea",
            DATA,
            "--text: these documents are not images: give an image to explain.",
        ),
        (
            "explain blocks lines.txt --index 2",
            DATA,
            "lines.txt: there is no document 2; the last of 2 documents is 1.",
        ),
        (
            "explain blocks words.txt -o why.png",
            DATA,
            "A text is not drawn as .png: write .svg or .html.",
        ),
        ("explain blocks words.txt --text tea", USAGE, "Give DOC or --text, not both."),
        (
            "explain blocks --text tea --against milk",
            DATA,
            "There is no class 'milk' to compare with: choose from r, t.",
        ),
        ("explain blocks", USAGE, "Give a document to explain: DOC or --text."),
        ("explain nowhere words.txt", DATA, re.compile("nowhere: no such file or directory .*")),
        (
            "explain one.csv --text tea",
            DATA,
            "one.csv: all 1 training documents have the label 'a'; classification needs two "
            "classes or more.",
        ),
        (
            "explain zstd --text tea",
            DATA,
            "Copied passages are those of DEFLATE, and the compressor is zstd: fit with gzip, "
            "zlib, deflate or lz77.",
        ),
    ],
)
def test_refusals(here, command, exit_code, message):
    assert_refused(command, exit_code, message, here)
