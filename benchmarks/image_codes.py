"""True codes of images, rates and round trips: ``python -m benchmarks.image_codes [NAME=FILE]``.

Every set is divided into training and test images. The sets are the digits of scikit-learn, images
made here (`natural`: clouds of 1/f noise, discs and bars, grey and coloured) and any .npz files
with x_train, y_train, x_test, y_test. Three tables:

rates      bits per pixel and channel, lossless: `pixel-tree` and `motion-code` with 8 bits a pixel,
           each test image under its own class, beside PNG, WebP and, if imagecodecs is installed,
           JPEG XL and JPEG-LS of each image alone. The codecs have learnt nothing, and their files
           have headers (given apart: what an image of one pixel takes); the models have learnt.
trips      encodes and decodes test images under their own class: how many came back as the
           quantised image, and the largest difference between bits written and codelength.
accuracy   of the models on all test images, with CPU seconds of fit and predict, one thread.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import NamedTuple

import click
import numpy as np
from numpy.typing import NDArray

from cli._output import render_table
from compressclf.images import ImageCorpus
from compressclf.models import get_model, spread_sample

Images = NDArray[np.uint8]
LOSSLESS = ("pixel-tree:bits=8,levels=uniform", "motion-code:bits=8,levels=uniform")
USUAL = ("pixel-tree", "motion-code", "motion-code:temperature=10")
LEARNT_LOSSLESS = 10_000  # training images of a set, at most, for the table of rates


class Set(NamedTuple):
    """Training and test images with classes."""

    name: str
    train: Images
    y: NDArray[np.int64]
    test: Images
    truth: NDArray[np.int64]


def natural(n: int, *, size: int = 48, colours: int = 1, seed: int = 0) -> Images:
    """Return images like photographs in their statistics: 1/f noise, shapes, a little grain."""
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
    """Return what there is of stock lossless codecs; each takes (height, width, channels)."""
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
    """Return a set with fewer images, spread over the classes."""
    rows, others = spread_sample(data.y, n_train), spread_sample(data.truth, n_test)
    return Set(data.name, data.train[rows], data.y[rows], data.test[others], data.truth[others])


def rates(data: Set, n_test: int) -> list[list[str]]:
    """Return a row for each codec: bits per pixel and channel."""
    data = some_of(data, LEARNT_LOSSLESS, n_test)
    n_values = data.test.size
    rows = []
    for spec in LOSSLESS:
        fitted = get_model(spec).fit(
            ImageCorpus.from_images(data.train), data.y, int(data.y.max()) + 1
        )
        bits = fitted.codelengths(ImageCorpus.from_images(data.test), n_jobs=1)
        own = bits[np.arange(len(data.truth)), data.truth].sum()
        mean = _mean_image_bits(data) / n_values
        lossless = np.array_equal(fitted.quantised(data.test), data.test)
        assert lossless, f"{spec} is not lossless on {data.name}"
        rows.append([data.name, spec, f"{own / n_values:.3f}", "", f"{mean:.3f}"])
    for name, compress in codecs().items():
        total = 8 * sum(len(compress(image)) for image in data.test)
        header = 8 * len(compress(np.zeros((1, 1, data.test.shape[3]), np.uint8)))
        without = total - header * len(data.test)
        rows.append([data.name, name, f"{total / n_values:.3f}", f"{without / n_values:.3f}", ""])
    return rows


def _mean_image_bits(data: Set) -> float:
    """Return the bits of single pixels by their frequency in the training images (order 0)."""
    counts = np.bincount(data.train.ravel(), minlength=256) + 0.5
    return float(-np.log2(counts / counts.sum())[data.test].sum())


def trips(data: Set, n_trips: int, specs: tuple[str, ...]) -> list[list[str]]:
    """Return a row for each model: how many images came back, and bits against codelength."""
    data = some_of(data, LEARNT_LOSSLESS, n_trips)
    rows = []
    for spec in specs:
        fitted = get_model(spec).fit(
            ImageCorpus.from_images(data.train), data.y, int(data.y.max()) + 1
        )
        bits = fitted.codelengths(ImageCorpus.from_images(data.test), n_jobs=1)
        n_right, worst, written = 0, 0.0, 0
        own = bits[np.arange(len(data.truth)), data.truth]
        for image, label, codelength in zip(data.test, data.truth.tolist(), own, strict=True):
            code = fitted.encode(image, label)
            n_right += bool((fitted.decode(code, label) == fitted.quantised(image)).all())
            written += 8 * len(code)
            worst = max(worst, 8 * len(code) - codelength)
        share = f"{written / own.sum() - 1:+.3%}"
        row = [
            data.name,
            fitted.model.spec,
            f"{n_right} of {len(data.test)}",
            f"{worst:.2f}",
            share,
        ]
        rows.append(row)
        click.echo(" | ".join(row), err=True)
    return rows


def accuracy(data: Set, specs: tuple[str, ...]) -> list[list[str]]:
    """Return a row for each model: accuracy on all test images, and what it took."""
    rows = []
    some = ImageCorpus.from_images(data.train[:50])
    for spec in specs:
        model = get_model(spec)
        model.fit(some, data.y[:50], int(data.y.max()) + 1).codelengths(some)  # compiles
        start = time.process_time()
        fitted = model.fit(
            ImageCorpus.from_images(data.train), data.y, int(data.y.max()) + 1, n_jobs=1
        )
        middle = time.process_time()
        bits = fitted.codelengths(ImageCorpus.from_images(data.test), n_jobs=1)
        end = time.process_time()
        right = float((bits.argmin(axis=1) == data.truth).mean())
        own = float(bits[np.arange(len(data.truth)), data.truth].mean())
        seconds = f"{middle - start:.1f}", f"{end - middle:.1f}"
        rows.append([data.name, fitted.model.spec, f"{right:.4f}", f"{own:.1f}", *seconds])
        click.echo(" | ".join(rows[-1]), err=True)
    return rows


@click.command(help=__doc__.split("\n")[0])
@click.argument("files", nargs=-1)
@click.option("--table", type=click.Choice(["rates", "trips", "accuracy"]), multiple=True)
@click.option("--model", multiple=True, help="For trips and accuracy, instead of the usual ones.")
@click.option("--n-rates", default=200, show_default=True, help="Test images for the rates.")
@click.option("--n-trips", default=1000, show_default=True, help="Test images for the trips.")
def main(
    files: tuple[str, ...],
    table: tuple[str, ...],
    model: tuple[str, ...],
    n_rates: int,
    n_trips: int,
) -> None:
    """Print the tables; rows of models go to standard error as they are done."""
    sets = [*made_sets(), *map(read_set, files)]
    tables: dict[str, tuple[list[str], Callable[[Set], list[list[str]]]]] = {
        "rates": (
            ["set", "code", "bits a value", "without header", "order 0"],
            lambda data: rates(data, n_rates),
        ),
        "trips": (
            ["set", "model", "came back", "most bits above", "all bits"],
            lambda data: trips(data, n_trips, model or (*USUAL[:2], *LOSSLESS)),
        ),
        "accuracy": (
            ["set", "model", "accuracy", "bits", "fit CPU s", "predict CPU s"],
            lambda data: accuracy(data, model or USUAL),
        ),
    }
    for name in table or tables:
        header, of = tables[name]
        chosen = [data for data in sets if name != "accuracy" or data.y.max() > 0]
        found = []
        for data in chosen:
            found += of(data)
            click.echo(f"{name}: {data.name} done", err=True)
        click.echo(render_table([dict(zip(header, row, strict=True)) for row in found], "md"))


if __name__ == "__main__":
    main()
