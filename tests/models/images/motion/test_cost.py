import numpy as np
import pytest

from compressclf.models.images.motion.cost import largest_feature, motion_costs, pixel_features
from compressclf.models.images.orientations import grey_levels
from tests.models.images.motion.reference import motion_cost


@pytest.mark.parametrize("shape", [(3, 9, 7), (5, 6, 9), (3, 1, 1), (3, 2, 1), (5, 1, 4)])
@pytest.mark.parametrize(("reach", "price"), [(0, 0), (1, 0), (2, 40), (4, 0)])
def test_the_kernel_is_the_plain_cost(shape, reach, price):
    rng = np.random.default_rng(0)
    highest = largest_feature(shape[0])
    features = rng.integers(-highest, highest + 1, (5, *shape), dtype=np.int8)
    features[4], features[3] = highest, -highest  # as far apart as can be
    candidates = np.array([[1, 2, -1], [4, 0, 1], [0, 0, 0], [4, 3, 2], [3, 3, 3]], np.int32)
    costs = motion_costs(features, features, candidates, reach=reach, price=price)
    for i, row in enumerate(candidates):
        expected = [
            -1 if j < 0 else motion_cost(features[i], features[j], reach, price) for j in row
        ]
        assert costs[i].tolist() == expected


def test_an_image_costs_nothing_given_itself_moved():
    rng = np.random.default_rng(1)
    image = rng.integers(0, 256, (1, 12, 12, 1), dtype=np.uint8)
    image[:, :4] = image[:, -4:] = image[:, :, :4] = image[:, :, -4:] = 0
    moved = np.roll(image, (1, -2), axis=(1, 2))
    for evened in (False, True):
        features = pixel_features(
            np.concatenate([image, moved]), grey_levels(255, 0.5), evened=evened
        )
        which = np.zeros((1, 1), np.int32)
        costs = [
            int(motion_costs(features[1:], features[:1], which, reach=reach)[0, 0])
            for reach in (0, 1, 2)
        ]
        assert costs[0] > costs[1] > costs[2] == 0


def test_features_are_greys_and_gradients():
    image = np.zeros((1, 3, 5, 1), np.uint8)
    image[0, :, 3:] = 16
    features = pixel_features(image, grey_levels(16, 1.0), evened=False)
    assert features.dtype == np.int8
    assert features[0, 0].tolist() == [[0, 0, 0, 8, 8]] * 3
    assert features[0, 1].tolist() == [[0, 0, 17, 17, 0]] * 3
    assert not features[0, 2].any()


def test_evened_gradients_do_not_depend_on_contrast():
    image = np.zeros((1, 7, 7, 1), np.uint8)
    image[0, :, 4:] = 100
    dark = pixel_features(image, grey_levels(255, 1.0), evened=True)[0, 1]
    bright = pixel_features(image * 2, grey_levels(255, 1.0), evened=True)[0, 1]
    assert np.abs(dark.astype(int) - bright).max() <= 1
    kept = [pixel_features(image * k, grey_levels(255, 1.0), evened=False)[0, 1] for k in (1, 2)]
    assert kept[1].max() == 13 > kept[0].max() == 7


def test_colours_each_have_a_channel():
    image = np.zeros((1, 4, 4, 3), np.uint8)
    image[..., 1] = 255
    features = pixel_features(image, grey_levels(255, 1.0), evened=False)
    assert features.shape == (1, 5, 4, 4)
    assert [int(channel.max()) for channel in features[0]] == [0, 6, 0, 0, 0]


@pytest.mark.parametrize(("channels", "highest"), [(3, 17), (5, 13)])
def test_no_window_overflows(channels, highest):
    assert largest_feature(channels) == highest
    assert 9 * channels * (2 * highest) ** 2 < 2**15 <= 9 * channels * (2 * highest + 2) ** 2
