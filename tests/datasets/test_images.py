"""Image files of every kind become pixels of 8 bits, or one clear sentence."""

import re
import struct
import zlib

import datasets
import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
from PIL import Image

from compressclf.datasets import load_dataset
from compressclf.datasets.images import read_image
from compressclf.documents.images import ImageCorpus

GREY = np.arange(0, 240, 20, dtype=np.uint8).reshape(3, 4)
COLOUR = np.stack([GREY, GREY + 1, GREY + 2], axis=-1)


def one(tmp_path, picture, name="x.png", **options):
    """Save a picture in a folder of one class and return what is loaded of it."""
    (tmp_path / "a").mkdir(exist_ok=True)
    picture.save(tmp_path / "a" / name, **options)
    docs = load_dataset(tmp_path).train.docs
    assert isinstance(docs, ImageCorpus)
    return docs.image(0)


@pytest.mark.parametrize("suffix", ["png", "webp", "tif", "tiff", "bmp"])
@pytest.mark.parametrize("pixels", [GREY, COLOUR], ids=["grey", "colour"])
def test_lossless_files_are_their_pixels(tmp_path, suffix, pixels):
    options = {"lossless": True} if suffix == "webp" else {}
    loaded = one(tmp_path, Image.fromarray(pixels), f"x.{suffix}", **options)
    if suffix == "webp" and pixels is GREY:  # WebP has no grey images
        assert loaded.tolist() == np.stack([GREY] * 3, -1).tolist()
    else:
        assert loaded.tolist() == pixels.reshape(3, 4, -1).tolist()


def test_jpeg_and_gif(tmp_path):
    smooth = np.repeat(np.arange(16, dtype=np.uint8)[:, None] * 16, 16, axis=1)
    jpeg = one(tmp_path, Image.fromarray(smooth), "x.jpg", quality=95)
    assert jpeg.shape == (16, 16, 1)
    assert np.abs(jpeg[..., 0].astype(int) - smooth).max() <= 4
    (tmp_path / "a" / "x.jpg").unlink()
    assert one(tmp_path, Image.fromarray(smooth), "x.gif")[..., 0].tolist() == smooth.tolist()


def test_one_bit(tmp_path):
    picture = Image.fromarray(np.array([[0, 255, 0]], np.uint8)).convert("1")
    assert one(tmp_path, picture).tolist() == [[[0], [255], [0]]]


def test_one_pixel(tmp_path):
    assert one(tmp_path, Image.new("RGB", (1, 1), (1, 2, 3))).tolist() == [[[1, 2, 3]]]


def test_a_palette_has_its_colours(tmp_path):
    picture = Image.new("P", (2, 1))
    picture.putpalette([10, 20, 30, 200, 100, 0])
    picture.putpixel((1, 0), 1)
    assert one(tmp_path, picture).tolist() == [[[10, 20, 30], [200, 100, 0]]]
    picture.putpalette([10, 10, 10, 200, 200, 200])
    assert one(tmp_path, picture).tolist() == [[[10], [200]]]


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_sixteen_bits_are_scaled(tmp_path, suffix):
    deep = np.array([[0, 128, 129, 257 * 77, 65535]], dtype=np.uint16)
    loaded = one(tmp_path, Image.fromarray(deep), f"x.{suffix}")
    assert loaded[0, :, 0].tolist() == [0, 0, 1, 77, 255]


def test_sixteen_bits_and_colours(tmp_path):
    """Pillow cannot write them, so the file is put together by hand."""
    pixels = np.array([[[0, 257 * 9, 65535], [257, 0, 257 * 200]]], dtype=">u2")

    def chunk(kind, data):
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.png").write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 16, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(b"\0" + pixels.tobytes()))
        + chunk(b"IEND", b"")
    )
    loaded = load_dataset(tmp_path).train.docs.image(0)
    assert loaded.tolist() == [[[0, 9, 255], [1, 0, 200]]]


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (Image.fromarray(np.array([[0.0, 0.5]], np.float32)), "its pixels are floats"),
        (Image.fromarray(np.array([[0, 70_000]], np.int32)), "its pixels have 32 bits"),
    ],
    ids=["floats", "32 bits"],
)
def test_what_has_no_8_bits_is_refused(tmp_path, picture, reason):
    with pytest.raises(ValueError, match=rf"x\.tif: {reason}; scale them to 0 .. 255"):
        one(tmp_path, picture, "x.tif")


def test_alpha_is_laid_on_white(tmp_path):
    picture = Image.new("RGBA", (3, 1), (0, 0, 0, 0))  # black under glass
    picture.putpixel((1, 0), (0, 0, 200, 255))
    picture.putpixel((2, 0), (0, 0, 0, 51))
    assert one(tmp_path, picture).tolist() == [[[255] * 3, [0, 0, 200], [204] * 3]]
    grey = Image.new("LA", (2, 1), (0, 0))
    grey.putpixel((1, 0), (7, 255))
    assert one(tmp_path, grey).tolist() == [[[255], [7]]]
    palette = Image.new("P", (2, 1))
    palette.putpalette([10, 20, 30, 200, 100, 0])
    palette.putpixel((1, 0), 1)
    assert one(tmp_path, palette, transparency=0).tolist() == [[[255] * 3, [200, 100, 0]]]


def test_cmyk_becomes_red_green_blue(tmp_path):
    loaded = one(tmp_path, Image.new("CMYK", (2, 2), (255, 0, 0, 0)), "x.tif")
    assert loaded.tolist() == [[[0, 255, 255]] * 2] * 2


def test_of_several_frames_the_first(tmp_path):
    frames = [Image.fromarray(GREY), Image.fromarray(GREY[::-1])]
    for name in ("x.gif", "x.webp", "x.tif", "x.png"):
        options = {"lossless": True} if name == "x.webp" else {}
        loaded = one(tmp_path, frames[0], name, save_all=True, append_images=frames[1:], **options)
        assert loaded[..., 0].tolist() == GREY.tolist()
        (tmp_path / "a" / name).unlink()


def test_a_camera_held_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise
    loaded = one(tmp_path, Image.fromarray(GREY), exif=exif)
    assert loaded[..., 0].tolist() == np.rot90(GREY, -1).tolist()


@pytest.mark.parametrize("kind", ["png", "jpg", "webp", "tif", "gif"])
def test_files_that_are_cut_off(tmp_path, kind):
    noise = np.random.default_rng(0).integers(0, 256, (40, 40)).astype(np.uint8)
    file = tmp_path / "a" / f"x.{kind}"
    one(tmp_path, Image.fromarray(noise), file.name)
    whole = file.read_bytes()
    for length in (0, 9, len(whole) // 2):
        file.write_bytes(whole[:length])
        sentence = rf"^{re.escape(str(file))}: not a readable image \([^\n]+\)\.$"
        with pytest.raises(ValueError, match=sentence):
            load_dataset(tmp_path)


def test_a_text_called_png(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.png").write_text("hello")
    with pytest.raises(ValueError, match="it is damaged, or its format is unknown to Pillow"):
        load_dataset(tmp_path)


@pytest.mark.parametrize("kind", ["dds", "avif"])
def test_whatever_pillow_raises_is_one_sentence(tmp_path, kind):
    """RuntimeError of AVIF and NotImplementedError of DDS are neither ValueError nor OSError."""
    file = tmp_path / "a" / f"x.{kind}"
    try:
        one(tmp_path, Image.new("RGB", (9, 9)), file.name)
    except (OSError, KeyError):
        pytest.skip(f"this Pillow writes no {kind}")
    data = bytearray(file.read_bytes())
    if kind == "dds":
        data[80:84] = struct.pack("<I", 0x4100)  # flags of the pixels
    else:
        data[data.index(b"pitm") + 9] = 7  # which image is the first
    file.write_bytes(data)
    with pytest.raises(ValueError, match=rf"x\.{kind}: not a readable image \([^\n]+\)\.$"):
        load_dataset(tmp_path)


def test_drawings_are_not_given_to_other_programs(tmp_path):
    """Pillow would run Ghostscript on what a file called .png holds."""
    (tmp_path / "a").mkdir()
    Image.new("RGB", (9, 9)).save(tmp_path / "a" / "x.png", "EPS")
    with pytest.raises(ValueError, match=r"x\.png: it is a drawing, not pixels; save it as PNG\."):
        load_dataset(tmp_path)


def test_bombs_are_refused(tmp_path):
    (tmp_path / "a").mkdir()
    for side in (9_460, 20_000):
        Image.new("1", (side, side)).save(tmp_path / "a" / "bomb.png")
        with pytest.raises(ValueError, match=r"bomb\.png: the image has 89,478,485 pixels or more"):
            load_dataset(tmp_path)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
@pytest.mark.parametrize("size", [None, (3, 5)])
def test_strips_make_no_difference(tmp_path, monkeypatch, mode, size):
    """Large images are converted a strip at a time, so that a small file takes less memory."""
    noise = np.random.default_rng(1).integers(0, 256, 9 * 8 * 4).astype(np.uint8).tobytes()
    if mode in {"I;16", "CMYK"}:
        picture = Image.frombytes(mode, (8, 9), noise[: 9 * 8 * (2 if mode == "I;16" else 4)])
    else:
        picture = Image.frombytes("RGBA", (8, 9), noise)
        picture = (picture.convert("RGB") if mode == "P" else picture).convert(mode)
    picture.save(tmp_path / "x.tif")
    whole = read_image(tmp_path / "x.tif", "x", size)
    monkeypatch.setattr("compressclf.datasets.images.STRIP", 16)
    assert read_image(tmp_path / "x.tif", "x", size).tolist() == whole.tolist()


def test_if_one_has_colours_all_have(tmp_path):
    for name, pixels in (("a/grey.png", GREY), ("b/colour.png", COLOUR)):
        (tmp_path / name).parent.mkdir()
        Image.fromarray(pixels).save(tmp_path / name)
    docs = load_dataset(tmp_path).train.docs
    assert docs.array().tolist() == [np.stack([GREY] * 3, -1).tolist(), COLOUR.tolist()]


def test_colours_of_the_test_part_too(tmp_path):
    for name, pixels in (("train/a/x.png", GREY), ("test/a/x.png", COLOUR)):
        (tmp_path / name).parent.mkdir(parents=True)
        Image.fromarray(pixels).save(tmp_path / name)
    data = load_dataset(tmp_path)
    assert data.train.docs.image_shape == data.test.docs.image_shape == (3, 4, 3)


def test_sizes_may_differ_until_a_stack_is_needed(tmp_path):
    for name, pixels in (("a/1.png", GREY), ("a/2.png", GREY[:2])):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(pixels).save(tmp_path / name)
    docs = load_dataset(tmp_path).train.docs
    assert docs.shapes.tolist() == [[3, 4, 1], [2, 4, 1]]
    with pytest.raises(ValueError, match=r"differ in size.*`resize`"):
        docs.array()
    small = load_dataset(tmp_path, resize=(2, 3)).train.docs
    assert small.image_shape == (3, 2, 1)


def test_resizing_is_an_average_and_of_every_source(tmp_path):
    board = np.indices((8, 8)).sum(axis=0) % 2 * np.uint8(200)
    loaded = one(tmp_path, Image.fromarray(board.astype(np.uint8)))
    assert set(loaded.ravel().tolist()) == {0, 200}
    small = load_dataset(tmp_path, resize=(2, 4)).train.docs.image(0)
    assert small.shape == (4, 2, 1)
    assert np.abs(small.astype(int) - 100).max() <= 15
    np.savez(tmp_path / "a.npz", x_train=np.stack([board] * 2).astype(np.uint8), y_train=[0, 1])
    from_array = load_dataset(tmp_path / "a.npz", resize=(2, 4)).train.docs
    assert from_array.image(1).tolist() == small.tolist()
    assert load_dataset("sample:digits", resize=(4, 4)).train.docs.image_shape == (4, 4, 1)
    colour = np.stack([board] * 3, -1)[None].astype(np.uint8)
    np.savez(tmp_path / "c.npz", x_train=colour, y_train=[0])
    assert load_dataset(tmp_path / "c.npz", resize=(3, 2)).train.docs.image_shape == (2, 3, 3)


def test_texts_have_no_size(tmp_path):
    (tmp_path / "x.csv").write_text("text,label\none,a\n")
    with pytest.raises(
        ValueError, match=r"x\.csv: only images can be resized, and these documents are texts"
    ):
        load_dataset(tmp_path / "x.csv", resize=(2, 2))


@pytest.mark.parametrize("make", ["nothing", "empty classes"])
def test_an_empty_folder(tmp_path, make):
    if make == "empty classes":
        (tmp_path / "a").mkdir()
    with pytest.raises(ValueError, match="expected one sub-directory for each class"):
        load_dataset(tmp_path)


def test_images_without_classes(tmp_path):
    Image.fromarray(GREY).save(tmp_path / "1.png")
    Image.fromarray(GREY[::-1]).save(tmp_path / "2.png")
    with pytest.raises(ValueError, match="expected one sub-directory for each class"):
        load_dataset(tmp_path)
    data = load_dataset(tmp_path, labelled=False).train
    assert data.labels is None
    assert data.docs.array()[..., 0].tolist() == [GREY.tolist(), GREY[::-1].tolist()]
    single = load_dataset(tmp_path / "2.png", labelled=False).train
    assert (single.labels, single.docs[0]) == (None, GREY[::-1].tobytes())
    with pytest.raises(ValueError, match=r"2\.png: a single image has no label"):
        load_dataset(tmp_path / "2.png")


@pytest.mark.parametrize(
    ("array", "shape"),
    [
        (np.zeros((2, 3, 4), np.uint8), (3, 4, 1)),
        (np.zeros((2, 3, 4, 1), np.uint8), (3, 4, 1)),
        (np.zeros((2, 3, 4, 3), np.uint8), (3, 4, 3)),
        (np.zeros((2, 12), np.uint8), None),
    ],
)
def test_which_arrays_are_images(tmp_path, array, shape):
    np.savez(tmp_path / "a.npz", x_train=array, y_train=[0, 1])
    docs = load_dataset(tmp_path / "a.npz").train.docs
    assert (docs.image_shape if isinstance(docs, ImageCorpus) else None) == shape
    assert docs[0] == array[0].tobytes()


FILES = datasets.Features(
    {"image": datasets.Image(), "label": datasets.ClassLabel(names=["n", "p"])}
)


def hub_set(tmp_path, images, labels):
    rows = {"image": images, "label": labels}
    place = str(tmp_path / "saved")
    datasets.Dataset.from_dict(rows, FILES).save_to_disk(place)
    return place


def test_a_column_of_images_of_the_hub(tmp_path):
    pictures = [Image.fromarray(GREY), Image.fromarray(COLOUR)]
    place = hub_set(tmp_path, pictures, [1, 0])
    data = load_dataset(f"hf:{place}").train
    assert data.docs.array().tolist() == [np.stack([GREY] * 3, -1).tolist(), COLOUR.tolist()]
    assert data.labels.tolist() == ["p", "n"]
    assert load_dataset(f"hf:{place}", resize=(2, 2)).train.docs.image_shape == (2, 2, 3)
    named = load_dataset(f"hf:{place}", text_column="image").train
    assert named.docs == data.docs


def test_images_of_the_hub_by_their_path(tmp_path):
    file = tmp_path / "x.png"
    Image.fromarray(GREY).save(file)
    table = pyarrow.table({"img": [{"bytes": None, "path": str(file)}], "label": ["a"]})
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet")
    assert load_dataset(tmp_path / "t.parquet").train.docs[0] == GREY.tobytes()
    file.unlink()
    with pytest.raises(ValueError, match=r"row 1, column 'img': there is no file"):
        load_dataset(tmp_path / "t.parquet")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "row 2, column 'image': the image is missing; drop the row"),
        ({"bytes": b"no image", "path": None}, "row 2, column 'image': not a readable image"),
    ],
    ids=["missing", "damaged"],
)
def test_bad_images_of_the_hub(tmp_path, value, reason):
    place = hub_set(tmp_path, [Image.fromarray(GREY), value], [0, 1])
    with pytest.raises(ValueError, match=reason):
        load_dataset(f"hf:{place}")


def test_two_columns_of_images_need_a_name(tmp_path):
    image = {"bytes": b"", "path": ""}
    table = pyarrow.table({"left": [image], "right": [image], "label": ["a"]})
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet")
    with pytest.raises(ValueError, match=r"no column 'text' \(found: 'left', 'right'"):
        load_dataset(tmp_path / "t.parquet")
