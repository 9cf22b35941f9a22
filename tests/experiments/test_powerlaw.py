import numpy as np
import pytest

from compressclf.experiments.powerlaw import fit_power_law

SIZES = np.array([100, 200, 400, 800, 1600, 3200])


def measured(seed, *, a=3.0, b=0.35, c=0.0, noise=0.05, n_seeds=5):
    generator = np.random.default_rng(seed)
    sizes = np.repeat(SIZES, n_seeds)
    curves = np.tile(np.arange(n_seeds), len(SIZES))
    scatter = np.exp(noise * generator.standard_normal(len(sizes)))
    return sizes, (a * sizes**-b + c) * scatter, curves


def test_points_on_a_law_give_that_law():
    law = fit_power_law(SIZES, 3.0 * SIZES**-0.35, n_resamples=50)
    for found, true in ((law.a, 3.0), (law.b, 0.35), (law.c, 0.0)):
        assert found.value == pytest.approx(true)
        assert (found.low, found.high) == pytest.approx((true, true))
    assert law.residual == pytest.approx(0, abs=1e-9)
    ahead = law.prediction_interval(6400)
    assert (ahead.low, ahead.high) == pytest.approx((3.0 * 6400**-0.35,) * 2)


def test_an_offset_is_found():
    law = fit_power_law(SIZES, 3.0 * SIZES**-0.8 + 0.02, offset=True, n_resamples=20)
    assert law.a.value == pytest.approx(3.0, rel=1e-4)
    assert law.b.value == pytest.approx(0.8, rel=1e-4)
    assert law.c.value == pytest.approx(0.02, rel=1e-4)
    assert law.predict([1e12])[0] == pytest.approx(0.02, rel=1e-3)


def test_no_offset_where_there_is_none():
    errors = 3.0 * SIZES**-0.35
    law = fit_power_law(SIZES, errors, offset=True, n_resamples=20)
    assert law.c.value == pytest.approx(0.0, abs=1e-3)
    np.testing.assert_allclose(law.predict(SIZES), errors, rtol=1e-4)


def test_the_line_is_that_of_least_squares():
    sizes, errors, _ = measured(0)
    law = fit_power_law(sizes, errors, n_resamples=20)
    slope, level = np.polyfit(np.log(sizes), np.log(errors), 1)
    assert law.b.value == pytest.approx(-slope)
    assert law.a.value == pytest.approx(np.exp(level))
    rest = np.log(errors) - level - slope * np.log(sizes)
    assert law.residual == pytest.approx(np.sqrt((rest**2).sum() / (len(rest) - 2)))


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    held, ahead = [], []
    for seed in range(120):
        sizes, errors, _ = measured(seed)
        law = fit_power_law(sizes, errors, n_resamples=150)
        held.append(law.b.low <= 0.35 <= law.b.high)
        scatter = np.exp(0.05 * np.random.default_rng(10_000 + seed).standard_normal())
        interval = law.prediction_interval(12_800)
        ahead.append(interval.low <= 3.0 * 12_800**-0.35 * scatter <= interval.high)
    assert 0.87 <= np.mean(held) <= 0.99
    assert 0.87 <= np.mean(ahead) <= 1.0


def test_whole_curves_are_wider_where_a_curve_shares_its_luck():
    sizes, errors, curves = measured(1, noise=0.0)
    luck = np.exp(0.2 * np.random.default_rng(2).standard_normal(5))
    errors *= luck[curves]
    points = fit_power_law(sizes, errors, n_resamples=300)
    whole = fit_power_law(sizes, errors, curves=curves, n_resamples=300)
    assert whole.a.value == points.a.value
    assert whole.b.high - whole.b.low == pytest.approx(0, abs=1e-9)  # no curve bends
    assert points.b.high - points.b.low > 0.01


def test_a_seed_gives_one_fit():
    sizes, errors, _ = measured(0)
    fits = [fit_power_law(sizes, errors, n_resamples=50, random_state=seed) for seed in (0, 0, 1)]
    assert fits[0].b == fits[1].b
    assert fits[0].b != fits[2].b
    assert fits[0].prediction_interval(1e4) == fits[1].prediction_interval(1e4)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([1, 2], [0.1]), {}, "must be equally long. Got 2 and 1"),
        (([1, 2], [0.1, 0.0]), {}, "The error 0 has no logarithm: leave that point out"),
        (([0, 2], [0.1, 0.1]), {}, "The size 0 has no logarithm"),
        (([2, 2], [0.1, 0.2]), {}, "without offset needs 2 sizes or more. Got 1"),
        (([1, 2], [0.2, 0.1]), {"offset": True}, "with offset needs 3 sizes or more. Got 2"),
        (([1, 2], [0.2, 0.1]), {}, "2 points always lie on a law and leave no error to estimate"),
        (([1, 2], [0.2, 0.1]), {"curves": [1, 1]}, "One curve does not show how curves differ"),
        (([1, 2], [0.2, 0.1]), {"curves": [1]}, "1 curves and 2 points: give one curve per point"),
    ],
)
def test_bad_calls(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        fit_power_law(*arguments, **options)
