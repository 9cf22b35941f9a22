"""Small images with colours and textures, for tests."""

import numpy as np

from compressclf.documents.images import ImageCorpus


def textures(n, shape=(16, 18, 3), seed=0):
    """Images of three classes: stripes across, stripes along, and blobs; and their classes."""
    rng = np.random.default_rng(seed)
    height, width, channels = shape
    y = np.arange(n) % 3
    images = rng.integers(0, 60, (n, *shape))
    down, across = np.indices((height, width))
    for image, label in zip(images, y, strict=True):
        phase, colour = rng.integers(0, 4), rng.integers(60, 190, channels)
        waves = (down + phase) % 4 < 2, (across + phase) % 4 < 2, (down // 4 + across // 4) % 2 < 1
        image += waves[label][..., None] * colour
    return ImageCorpus.from_images(images.astype(np.uint8)), y
