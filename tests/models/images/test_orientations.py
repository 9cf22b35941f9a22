import numpy as np

from compressclf.documents.deskew import deskew
from compressclf.models.images.orientations import ENERGY, grey_levels, orientation_maps


def plain_histogram(grey):
    """One cell over all pixels: the weighted counts of the 8 directions, before evening."""
    padded = np.pad(grey, 1, mode="edge")
    across = sum(
        w * (padded[1 + d : 1 + d + grey.shape[0], 2:] - padded[1 + d : 1 + d + grey.shape[0], :-2])
        for d, w in ((-1, 1), (0, 2), (1, 1))
    )
    down = sum(
        w * (padded[2:, 1 + d : 1 + d + grey.shape[1]] - padded[:-2, 1 + d : 1 + d + grey.shape[1]])
        for d, w in ((-1, 1), (0, 2), (1, 1))
    )
    length, turn = np.hypot(across, down) / 4, np.arctan2(down, across) * 8 / (2 * np.pi)
    middle = [(size - 1) / 2 for size in grey.shape]
    weight = 1.0
    for axis, size in enumerate(grey.shape):
        side = np.exp(-0.5 * ((np.arange(size) - middle[axis]) / (0.6 * size)) ** 2)
        weight = weight * np.expand_dims(side / side.sum(), 1 - axis)
    counts = np.zeros(8)
    for bin_ in range(8):
        gap = np.abs((turn - bin_ + 4) % 8 - 4)
        counts[bin_] = (weight * length * np.maximum(0, 1 - gap)).sum()
    return counts, (weight * grey).sum()


def test_one_cell_by_hand():
    image = np.random.default_rng(0).integers(0, 256, (1, 6, 5, 1), dtype=np.uint8)
    counts, grey = plain_histogram(image[0, :, :, 0] / 255.0)
    evened = np.sqrt(counts / np.sqrt(9 * (counts**2).sum() + ENERGY))
    found = orientation_maps(image, grey_levels(255, 1.0), cells=1)
    assert np.allclose(found[0], [*evened, 0.5 * np.sqrt(grey)], atol=1e-5)


def test_threads_and_neighbours_change_nothing():
    images = np.random.default_rng(1).integers(0, 256, (1100, 4, 4, 3), dtype=np.uint8)
    levels = grey_levels(255, 0.5)
    maps = orientation_maps(images, levels, n_jobs=2)
    assert maps.shape == (1100, 4 * 4 * 11)
    assert np.array_equal(maps[1000:1001], orientation_maps(images[1000:1001], levels))


def test_deskewing_makes_a_slanted_bar_upright():
    image = np.zeros((1, 9, 13, 1), np.uint8)
    for row in range(9):
        image[0, row, 2 + row] = 200
    upright = deskew(image)[0, :, :, 0]
    assert (upright[:, 6] == 200).all()
    assert upright.sum() == 9 * 200
    again = deskew(upright[None, :, :, None])[0, :, :, 0]
    assert np.array_equal(again, upright)


def test_deskewing_leaves_empty_images_alone():
    empty = np.zeros((2, 3, 3, 3), np.uint8)
    assert np.array_equal(deskew(empty), empty)
    assert deskew(np.full((1, 1, 1, 1), 7, np.uint8)).tolist() == [[[[7]]]]
