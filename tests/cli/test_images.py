"""Images on the command line, from files to predictions."""

import gzip
import json
import struct

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from compressclf import load_model
from compressclf.cli import cli
from compressclf.datasets import load_dataset
from tests.cli.refusals import DATA, USAGE, assert_refused

MODEL = ("--model", "zstd-dict", "--calibration", "1")


def run(*arguments):
    result = CliRunner().invoke(cli, list(map(str, arguments)))
    assert result.exit_code == 0, result.stderr
    return result.stdout


def report(*arguments):
    return json.loads(run(*arguments, "--format", "json"))


def stripes(n, seed, height=12, width=12):
    """Stripes across and along, and their labels."""
    rng = np.random.default_rng(seed)
    images, labels = [], []
    for i in range(n):
        image = rng.integers(0, 20, (height, width))
        line = int(rng.integers(0, 3))
        if i % 2:
            image[line::3] += 200
        else:
            image[:, line::3] += 200
        images.append(image.astype(np.uint8))
        labels.append(["along", "across"][i % 2])
    return images, labels


def write_folder(place, images, labels, suffix="png"):
    for i, (image, label) in enumerate(zip(images, labels, strict=True)):
        (place / label).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(place / label / f"{i}.{suffix}", lossless=True)


def idx(array):
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    train, test = stripes(40, 1), stripes(20, 2)
    write_folder(tmp_path / "png" / "train", *train)
    write_folder(tmp_path / "png" / "test", *test)
    write_folder(tmp_path / "new", *test, suffix="webp")
    write_folder(tmp_path / "large", *stripes(20, 3, 24, 24))
    write_folder(tmp_path / "mixed", *stripes(10, 4, 24, 20), suffix="bmp")
    write_folder(tmp_path / "mixed", *stripes(20, 5))
    (tmp_path / "loose").mkdir()
    for i, image in enumerate(test[0]):
        Image.fromarray(image).save(tmp_path / "loose" / f"{i:02}.png")
    (tmp_path / "idx").mkdir()
    for part, (images, labels) in (("train", train), ("t10k", test)):
        numbers = np.array([label == "along" for label in labels], np.uint8)
        (tmp_path / "idx" / f"{part}-images-idx3-ubyte.gz").write_bytes(
            gzip.compress(idx(np.stack(images)))
        )
        (tmp_path / "idx" / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(numbers)))
    np.savez(
        tmp_path / "a.npz",
        x_train=np.stack(train[0]),
        y_train=train[1],
        x_test=np.stack(test[0]),
        y_test=test[1],
    )
    (tmp_path / "text.csv").write_text("text,label\none one,a\ntwo two,b\nuno uno,a\ndos dos,b\n")
    return tmp_path


@pytest.mark.parametrize("source", ["png", "idx", "a.npz"])
def test_every_source_gives_the_same(here, source):
    told = report("classify", source, *MODEL)
    assert (told["n_train"], told["n_test"], told["n_classes"]) == (40, 20, 2)
    assert told["accuracy"] == report("classify", "a.npz", *MODEL)["accuracy"]


def test_neighbours_by_layout(here):
    told = report("classify", "png", "--method", "ncd-knn", "--compressor", "zlib")
    assert told["layout"] == "joint:levels=16,planes=False,top=219"
    assert told["accuracy"] >= 0.9
    plain = ("--method", "ncd-knn", "--layout", "none")
    assert report("classify", "png", *plain)["layout"] is None
    text = run("classify", "png", "--method", "ncd-knn", "--layout", "rows:levels=4")
    assert ", layout rows:levels=4,planes=False,top=219\n" in text
    codec = ("--method", "ncd-knn", "--compressor", "png", "--layout", "pixels")
    assert report("classify", "png", *codec)["compressor"] == "png:level=9"


def test_a_saved_model_remembers_the_size(here):
    arguments = ("classify", "png", *MODEL, "--resize", "6x8", "--save-model", "model")
    rows = run(*arguments, "--format", "jsonl")
    again = run("predict", "model", "png/test", "--format", "jsonl")
    assert [json.loads(row)["prediction"] for row in again.splitlines()] == [
        json.loads(row)["prediction"] for row in rows.splitlines()
    ]
    config = json.loads((here / "model" / "config.json").read_text())
    assert config["parameters"]["preprocess"] == "resize:width=6,height=8"
    assert report("predict", "model", "large")["n_test"] == 20
    assert report("predict", "model", "large", "--resize", "6x8")["n_test"] == 20
    refusal = "model: the model resizes images to 6x8 itself: leave --resize out."
    assert_refused("predict model large --resize 3x3", DATA, refusal, here)


@pytest.mark.parametrize("method", [("--method", "ncd-knn"), (*MODEL, "--preprocess", "auto")])
def test_python_resizes_as_the_command_line_does(method, here):
    rows = run(
        "classify", "mixed", *method, "--resize", "9x7", "--save-model", "m", "-o", "rows.txt"
    )
    again = report("predict", "m", "mixed")
    loaded = load_model("m")
    images = load_dataset("mixed", labelled=False).train.docs
    assert len(np.unique(images.shapes, axis=0)) > 1
    assert (loaded.predict(images) == load_dataset("mixed").train.labels).mean() == again[
        "accuracy"
    ]
    assert rows == ""


def test_new_images_without_labels(here):
    run("classify", "png", *MODEL, "--save-model", "model")
    expected = [json.loads(row)["prediction"] for row in _rows("predict", "model", "loose")]
    assert run("predict", "model", "loose").split() == expected
    assert run("predict", "model", "loose/03.png").split() == expected[3:4]
    assert report("classify", "png", "loose", *MODEL)["predictions"] == expected


def _rows(*arguments):
    return run(*arguments, "--format", "jsonl").splitlines()


def test_grey_models_see_colours_as_grey(here):
    run("classify", "png/train", "png/test", *MODEL, "--save-model", "model")
    grey = report("predict", "model", "png/test")
    colour = report("predict", "model", "new")  # WebP has no grey images
    assert colour["accuracy"] == grey["accuracy"]
    leaks = report("classify", "png/test", "new", *MODEL)
    assert leaks["test_in_train"] == 20


def test_leaks_are_found_after_preprocessing(here):
    arguments = ("classify", "png/train", "png/train", *MODEL, "--preprocess", "centre")
    assert report(*arguments)["test_in_train"] == 40
    run(*arguments, "--save-model", "model")
    told = report("predict", "model", "png/train")
    assert told["test_in_train"] in (None, 40)


def test_preprocessing_is_told(here):
    told = report("classify", "png", *MODEL, "--preprocess", "quantise:levels=2")
    assert told["preprocess"] == "quantise:levels=2,top=219"
    text = run("classify", "png", *MODEL, "--preprocess", "auto")
    assert "chosen on the training images; zstd-dict" in text
    assert report("classify", "png", *MODEL)["preprocess"] is None


def test_sizes_may_differ_for_neighbours(here):
    told = report("classify", "mixed", "--method", "ncd-knn", "-k", "1")
    assert told["layout"].startswith("raster")
    told = report("classify", "mixed", "--method", "ncd-knn", "-k", "1", "--resize", "12x12")
    assert told["layout"].startswith("joint")


PIXELS = ("--model", "pixel-tree:bits=1,cell=64", "--calibration", "1")


def test_images_of_any_size_are_framed(here):
    told = report("classify", "mixed", *PIXELS, "--save-model", "model")
    assert told["preprocess"] == "frame:width=12,height=12,most=64"
    assert told["accuracy"] >= 0.8
    assert told["remarks"] == [
        "mixed: 10 of 30 images were fitted into 12 x 12 pixels in their proportions and padded "
        "with border pixels. This is the median training size, at most 64 pixels on the longer "
        "side; --resize sets another."
    ]
    again = report("predict", "model", "large", "--strict")
    assert again["n_test"] == 20
    assert again["remarks"] == [
        "large: 20 of 20 images were fitted into 12 x 12 pixels in their proportions and padded "
        "with border pixels."
    ]
    assert report("predict", "model", "loose")["remarks"] == []
    assert run("explain", "model", "large", "-o", "why.svg").startswith("a")
    assert 'width="' in (here / "why.svg").read_text()
    refusal = "model: the model fits images into 12x12 pixels itself: leave --resize out."
    assert_refused("predict model large --resize 12x12", DATA, refusal, here)
    resized = report("classify", "mixed", *PIXELS, "--resize", "9x7")
    assert (resized["preprocess"], resized["remarks"]) == ("resize:width=9,height=7", [])
    assert_refused(
        f"classify mixed {' '.join(PIXELS)} --strict",
        DATA,
        f"{told['remarks'][0].rstrip('.')} (refused, since --strict is set).",
        here,
    )


def test_test_images_of_another_size_are_framed(here):
    told = report("classify", "png", "large", *PIXELS)
    assert told["preprocess"] == "frame:width=12,height=12,most=64"
    assert told["remarks"][0].startswith("png: 20 of 60 images were fitted into 12 x 12 pixels")
    assert report("classify", "png", *PIXELS)["preprocess"] is None


@pytest.mark.parametrize("form", ["folder", "npz"])
def test_large_images_of_one_size_are_reduced(form, here):
    images, labels = stripes(30, 6, 12, 16)
    large = [np.kron(image, np.ones((8, 8), np.uint8)) for image in images]
    np.savez(here / "large.npz", x_train=np.stack(large), y_train=labels)
    write_folder(here / "photos", large, labels)
    source = "photos" if form == "folder" else "large.npz"
    told = report("classify", source, *PIXELS, "--preprocess", "quantise:levels=4")
    assert told["preprocess"].startswith("frame:width=64,height=48,most=64+quantise:levels=4,top=")
    assert told["remarks"][0].startswith(f"{source}: 30 of 30 images were fitted into 64 x 48 pix")
    assert told["accuracy"] == 1.0
    own = report("classify", source, *PIXELS, "--preprocess", "frame:most=16")
    assert own["preprocess"] == "frame:width=16,height=12,most=16"
    assert report("classify", source, *MODEL)["preprocess"] is None  # a model of bytes


def test_colour_photographs_of_any_size(here):
    photos = pytest.importorskip("sklearn.datasets").load_sample_images().images
    rng = np.random.default_rng(0)
    for label, photo in zip(("china", "flower"), photos, strict=True):
        (here / "photos" / label).mkdir(parents=True)
        for i in range(20):
            height, width = rng.integers(60, 240, 2).tolist()
            top, left = (int(rng.integers(0, n)) for n in (427 - height, 640 - width))
            part = photo[top : top + height, left : left + width]
            Image.fromarray(part).save(here / "photos" / label / f"{i}.png")
    told = report("classify", "photos", "--model", "transform", "--save-model", "model")
    assert told["accuracy"] >= 0.8
    assert told["remarks"][0].startswith("photos: 40 of 40 images were fitted into 59 x 64 ")
    Image.fromarray(photos[1]).save(here / "new.jpg")
    assert run("predict", "model", "new.jpg") == "flower\n"


@pytest.mark.parametrize(
    ("command", "exit_code", "message"),
    [
        (
            "classify text.csv --resize 3x3",
            DATA,
            "text.csv: only images can be resized, and these documents are texts.",
        ),
        (
            "classify text.csv --test-size .5 --preprocess deskew",
            DATA,
            "--preprocess is for images, and these documents are texts: leave it out.",
        ),
        (
            "classify text.csv --test-size .5 --method ncd-knn --layout rows -k 1",
            DATA,
            "The layout 'rows' is for images, and these documents are texts: leave it out.",
        ),
        (
            "classify png --resize 3",
            USAGE,
            "Invalid value for '--resize': '3' is not a width and height from 1 to 10,000, as in "
            "32x24.",
        ),
        (
            "classify png --resize 0x3",
            USAGE,
            "Invalid value for '--resize': '0x3' is not a width and height from 1 to 10,000, as in "
            "32x24.",
        ),
        (
            "classify png --layout row --method ncd-knn",
            USAGE,
            "Invalid value for '--layout': Unknown layout 'row': choose from raster, rows, pixels, "
            "joint; did you mean 'rows'?",
        ),
        (
            "classify png --layout rows",
            USAGE,
            "--layout belongs to --method ncd-knn, and the method is codelength: leave it out, or "
            "add --method ncd-knn.",
        ),
        (
            "classify png --preprocess deskw",
            USAGE,
            "Invalid value for '--preprocess': Unknown preprocessing 'deskw': choose from deskew, "
            "centre, quantise, resize, frame; did you mean 'deskew'?",
        ),
        (
            "classify png --preprocess deskew --method ncd-knn",
            USAGE,
            "--preprocess belongs to --method codelength, and the method is ncd-knn: leave it out, "
            "or add --method codelength.",
        ),
        (
            "classify png text.csv",
            DATA,
            "text.csv: these documents are texts, and the training documents are images: give "
            "images.",
        ),
        (
            "classify text.csv png/test --method ncd-knn",
            DATA,
            "png/test: these documents are images, and the training documents are texts: give "
            "texts.",
        ),
        (
            "classify png large --method ncd-knn",
            DATA,
            "The layout 'joint' combines pixels at the same position: the images differ in "
            "size or colour (12 x 12 pixels, 1 channel; 24 x 24 pixels, 1 channel): convert "
            "them to one size, with --resize.",
        ),
        (
            "classify loose/03.png",
            DATA,
            "loose/03.png: a single image has no label; give a directory with one sub-directory "
            "for each class.",
        ),
    ],
)
def test_refusals(here, command, exit_code, message):
    assert_refused(command, exit_code, message, here)


@pytest.mark.parametrize("learnt", ["images", "texts"])
def test_a_saved_model_refuses_the_other_kind(here, learnt):
    source, other = ("png", "text.csv") if learnt == "images" else ("text.csv", "loose")
    given = "texts" if learnt == "images" else "images"
    run("classify", source, *MODEL, "--test-size", ".5", "--save-model", "model")
    assert_refused(
        f"predict model {other}",
        DATA,
        f"{other}: these documents are {given}, and the training documents are {learnt}: give "
        f"{learnt}.",
        here,
    )


@pytest.mark.usefixtures("here")
def test_auto_is_the_model_of_images():
    assert report("classify", "png", "--model", "auto")["model"].startswith("transform:")
