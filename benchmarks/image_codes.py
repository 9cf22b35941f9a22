"""`pixel-tree` as a code of images: ``python -m benchmarks.image_codes [NAME=FILE]``.

Every set is split into training and test images. The sets are the digits of scikit-learn, synthetic
images (`natural`: clouds of 1/f noise, discs and bars, grey and coloured) and any .npz files with
x_train, y_train, x_test, y_test. Prints three tables:

rates      bits per pixel and channel, lossless: `pixel-tree` with 8 bits per pixel, each test image
           under its own class, beside PNG, WebP and, if imagecodecs is installed, JPEG XL and
           JPEG-LS of each image alone. The model is fitted to the training images; the codecs are
           not, and their files have headers (listed separately: the size of an image of one pixel).
pixels     bits per pixel and channel of `pixelmix`, of each image alone and after 10,000 others at
           most, beside the codecs; all images are training images, at most half of a set. Every one
           is encoded and decoded. The two photographs of scikit-learn are sets of their own.
trips      round trips: test images are encoded and decoded under their own class. The columns
           are how many are restored (as the quantised image), and the largest difference between
           the bits written and the codelength.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import click
import numpy as np
from numpy.typing import NDArray

from cli._output import render_table
from compressclf.compressors.images.pixelmix import PixelMix
from compressclf.documents.images import ImageCorpus
from compressclf.models import get_model, spread_sample

Images = NDArray[np.uint8]
LOSSLESS = "pixel-tree:bits=8,levels=uniform"
MOST_TRAINING = 10_000  # images of a set


class Set(NamedTuple):
    """Training and test images with classes."""

    name: str
    train: Images
    y: NDArray[np.int64]
    test: Images
    truth: NDArray[np.int64]


def natural(n: int, *, size: int = 48, colours: int = 1, seed: int = 0) -> Images:
    """Return images with the statistics of photographs: 1/f noise, shapes, a little grain."""
    rng = np.random.default_rng(seed)
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(size), np.fft.fftfreq(size)))
    frequency[0, 0] = 1 / size
    rows, columns = np.indices((size, size))
    images = np.empty((n, size, size, colours))
    for image in images:
        grey = _noise(rng, frequency)
        for _ in range(rng.integers(1, 5)):
            y, x, radius = (*rng.integers(0, size, 2).tolist(), int(rng.integers(3, size // 3)))
            disc = (rows - y) ** 2 + (columns - x) ** 2 < radius**2
            bar = (abs(rows - y) < radius // 2) & (abs(columns - x) < radius)
            grey = np.where(disc if rng.random() < 0.5 else bar, grey * 0.3 + rng.normal(), grey)
        for channel in range(colours):
            tint = grey + 0.3 * _noise(rng, frequency) * (colours > 1) + rng.normal() * 0.3
            image[..., channel] = 128 + 45 * tint + rng.normal(size=tint.shape)
    return np.clip(np.rint(images), 0, 255).astype(np.uint8)


def _noise(rng: np.random.Generator, frequency: NDArray[np.float64]) -> NDArray[np.float64]:
    phases = np.fft.fft2(rng.normal(size=frequency.shape))
    noise = np.fft.ifft2(phases / frequency).real
    return np.asarray((noise - noise.mean()) / noise.std())


def made_sets() -> list[Set]:
    """Return the digits, and natural images in one class, grey and coloured."""
    from sklearn.datasets import load_digits

    data = load_digits()
    images, y = data.images.astype(np.uint8)[..., np.newaxis], data.target.astype(np.int64)
    sets = [Set("digits", images[:1000], y[:1000], images[1000:], y[1000:])]
    for name, colours in (("natural, grey", 1), ("natural, colour", 3)):
        made = natural(500, colours=colours, seed=colours)
        zeros = np.zeros(500, np.int64)
        sets.append(Set(name, made[:400], zeros[:400], made[400:], zeros[400:]))
    return sets


def read_set(argument: str) -> Set:
    """Return the set of NAME=FILE."""
    name, _, file = argument.partition("=")
    with np.load(file) as arrays:
        x, y, test, truth = (arrays[key] for key in ("x_train", "y_train", "x_test", "y_test"))
    if x.ndim == 3:
        x, test = x[..., np.newaxis], test[..., np.newaxis]
    return Set(name, x, y.astype(np.int64).ravel(), test, truth.astype(np.int64).ravel())


def codecs() -> dict[str, Callable[[Images], bytes]]:
    """Return the installed lossless codecs; each takes an array (height, width, channels)."""
    from PIL import Image

    def pillow(image: Images, **options: object) -> bytes:
        file = io.BytesIO()
        Image.fromarray(image[..., 0] if image.shape[2] == 1 else image).save(file, **options)
        return file.getvalue()

    found: dict[str, Callable[[Images], bytes]] = {
        "PNG": lambda image: pillow(image, format="PNG", optimize=True),
        "WebP": lambda image: pillow(image, format="WEBP", lossless=True, quality=100, method=6),
    }
    try:
        import imagecodecs
    except ImportError:
        return found
    found["JPEG XL"] = lambda image: imagecodecs.jpegxl_encode(image, lossless=True, effort=7)
    found["JPEG-LS"] = lambda image: imagecodecs.jpegls_encode(
        image[..., 0] if image.shape[2] == 1 else image
    )
    return found


def some_of(data: Set, n_train: int, n_test: int) -> Set:
    """Return a smaller set, with images of all classes."""
    rows, others = spread_sample(data.y, n_train), spread_sample(data.truth, n_test)
    return Set(data.name, data.train[rows], data.y[rows], data.test[others], data.truth[others])


def fitted_to(data: Set, spec: str) -> tuple[Any, NDArray[np.float64]]:
    """Return a model of the training images and the bits of test images under their own class."""
    n_classes = int(data.y.max()) + 1
    fitted = get_model(spec).fit(ImageCorpus.from_images(data.train), data.y, n_classes)
    bits = fitted.codelengths(ImageCorpus.from_images(data.test), n_jobs=1)
    return fitted, bits[np.arange(len(data.truth)), data.truth]


def rates(data: Set, n_test: int) -> list[list[str]]:
    """Return one row per code: bits per pixel and channel."""
    data = some_of(data, MOST_TRAINING, n_test)
    n_values = data.test.size
    fitted, own = fitted_to(data, LOSSLESS)
    mean = _mean_image_bits(data) / n_values
    assert np.array_equal(fitted.quantised(data.test), data.test), f"{data.name}: not lossless"
    rows = [[data.name, LOSSLESS, f"{own.sum() / n_values:.3f}", "", f"{mean:.3f}"]]
    for name, compress in codecs().items():
        total = 8 * sum(len(compress(image)) for image in data.test)
        header = 8 * len(compress(np.zeros((1, 1, data.test.shape[3]), np.uint8)))
        without = total - header * len(data.test)
        rows.append([data.name, name, f"{total / n_values:.3f}", f"{without / n_values:.3f}", ""])
    return rows


def photographs() -> list[Set]:
    """Return the two photographs that scikit-learn ships, each a set of its own."""
    from sklearn.datasets import load_sample_images

    none = np.zeros(0, np.int64)
    return [
        Set(name, image[np.newaxis], np.zeros(1, np.int64), image[:0], none)
        for name, image in zip(("china", "flower"), load_sample_images().images, strict=True)
    ]


def pixels(data: Set, n_test: int) -> list[list[str]]:
    """Return one row per code: bits per pixel and channel, alone and after other images."""
    rows = spread_sample(data.y, min(n_test, max(1, len(data.y) // 2)))
    rest = np.setdiff1d(np.arange(len(data.y)), rows)
    others = rest[spread_sample(data.y[rest], MOST_TRAINING)]
    images, n_values = data.train[rows], data.train[rows].size
    codec = PixelMix()

    def coded(encode: Callable[[Images], bytes], decode: Callable[[bytes], Images]) -> list[str]:
        codes = [encode(image) for image in images]
        restored = [decode(code) for code in codes]
        n_right = sum(map(np.array_equal, images, restored))
        return [f"{8 * sum(map(len, codes)) / n_values:.3f}", f"{n_right} of {len(images)}"]

    height, width, channels = images.shape[1:]
    codec.encode(images[0][:1, :1])  # compiles
    begin = time.process_time()
    rate, restored = coded(codec.encode, lambda code: codec.decode(code, channels))
    seconds = (time.process_time() - begin) / (2 * n_values) * 1e6
    found = [[data.name, "pixelmix", rate, restored, f"{seconds:.1f}"]]
    if len(others):
        primed = codec.after(data.train[others])
        after = coded(primed.encode, lambda code: primed.decode(code, height, width))
        found.append([data.name, f"pixelmix after {len(others):,} others", *after, ""])
    for name, compress in codecs().items():
        total = 8 * sum(len(compress(image)) for image in images)
        found.append([data.name, name, f"{total / n_values:.3f}", "", ""])
    return found


def _mean_image_bits(data: Set) -> float:
    """Return the bits of pixels by their frequencies in the training images (order 0)."""
    counts = np.bincount(data.train.ravel(), minlength=256) + 0.5
    return float(-np.log2(counts / counts.sum())[data.test].sum())


def trips(data: Set, n_test: int) -> list[list[str]]:
    """Return one row per setting: number of restored images, and bits against codelength."""
    data = some_of(data, MOST_TRAINING, n_test)
    rows = []
    for spec in ("pixel-tree", LOSSLESS):
        fitted, own = fitted_to(data, spec)
        n_right, worst, written = 0, 0.0, 0
        for image, label, codelength in zip(data.test, data.truth.tolist(), own, strict=True):
            code = fitted.encode(image, label)
            n_right += bool((fitted.decode(code, label) == fitted.quantised(image)).all())
            written += 8 * len(code)
            worst = max(worst, 8 * len(code) - codelength)
        share = f"{written / own.sum() - 1:+.3%}"
        came_back = f"{n_right} of {len(data.test)}"
        rows.append([data.name, fitted.model.spec, came_back, f"{worst:.2f}", share])
    return rows


TABLES: dict[str, tuple[Callable[[Set, int], list[list[str]]], int, list[str]]] = {
    "rates": (rates, 200, ["set", "code", "bits per value", "without header", "order 0"]),
    "pixels": (pixels, 1000, ["set", "code", "bits per value", "restored", "µs per value"]),
    "trips": (trips, 1000, ["set", "model", "restored", "most extra bits", "all bits"]),
}


@click.command(help=__doc__.split("\n")[0])
@click.argument("files", nargs=-1)
@click.option("--table", type=click.Choice(list(TABLES)), multiple=True)
@click.option("--n-test", type=int, help="Test images per set; default 200 and 1,000.")
def main(files: tuple[str, ...], table: tuple[str, ...], n_test: int | None) -> None:
    """Print the tables."""
    for name in table or TABLES:
        rows_of, n, header = TABLES[name]
        found = []
        own = [*made_sets(), *(photographs() if name == "pixels" else [])]
        for data in [*own, *map(read_set, files)]:
            found += rows_of(data, n_test or n)
            click.echo(f"{name}: {data.name} done", err=True)
        click.echo(render_table([dict(zip(header, row, strict=True)) for row in found], "md"))


if __name__ == "__main__":
    main()
