import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import f1_score

from compressclf.experiments.statistics import (
    Interval,
    _codes,
    _Score,
    bootstrap_interval,
    cliques,
    friedman_ranks,
    holm,
    mcnemar,
    nemenyi_difference,
)
from compressclf.reports.evaluation import wilson_interval

pytestmark = pytest.mark.slow

# Demšar 2006, table 6: AUC of C4.5, C4.5+m, C4.5+cf and C4.5+m+cf on 14 data sets.
# He prints .975 twice in the last row but one and ranks the two 2 and 3: they differ unrounded.
DEMSAR = [
    [0.763, 0.768, 0.771, 0.798],
    [0.599, 0.591, 0.590, 0.569],
    [0.954, 0.971, 0.968, 0.967],
    [0.628, 0.661, 0.654, 0.657],
    [0.882, 0.888, 0.886, 0.898],
    [0.936, 0.931, 0.916, 0.931],
    [0.661, 0.668, 0.609, 0.685],
    [0.583, 0.583, 0.563, 0.625],
    [0.775, 0.838, 0.866, 0.875],
    [1.000, 1.000, 1.000, 1.000],
    [0.940, 0.962, 0.965, 0.962],
    [0.619, 0.666, 0.614, 0.669],
    [0.972, 0.981, 0.9751, 0.975],
    [0.957, 0.978, 0.946, 0.970],
]


@pytest.mark.parametrize(
    ("gained", "lost", "p"),
    [(0, 0, 1.0), (3, 3, 1.0), (0, 5, 2 / 32), (5, 0, 2 / 32), (2, 8, 2 * (1 + 10 + 45) / 1024)],
)
def test_mcnemar_by_hand(gained, lost, p):
    assert mcnemar(gained, lost) == pytest.approx(p, abs=1e-12)


# Bootstrap


def three_labellings(n=200, seed=0):
    generator = np.random.default_rng(seed)
    true = generator.choice(list("abc"), n, p=[0.6, 0.3, 0.1])
    guesses = [
        np.where(generator.random(n) < share, true, generator.choice(list("abcd"), n))
        for share in (0.8, 0.5)
    ]
    return true, *guesses


def test_scores_are_those_of_the_documents_drawn():
    columns = three_labellings()
    kinds, counts = np.unique(_codes(list(columns)), axis=1, return_counts=True)
    true, one, two = (np.repeat(row, counts) for row in kinds)
    f1 = [f1_score(true, guess, average="macro", zero_division=0.0) for guess in (one, two)]
    assert _Score(kinds, "macro_f1")(counts[None])[0] == pytest.approx(f1[0] - f1[1])
    assert _Score(kinds[:2], "macro_f1")(counts[None])[0] == pytest.approx(f1[0])
    only = counts * (kinds[0] == kinds[0, 0])  # a draw without the other classes
    drawn = [np.repeat(row, only) for row in kinds[:2]]
    f1 = f1_score(*drawn, average="macro", zero_division=0.0)
    assert _Score(kinds[:2], "macro_f1")(only[None])[0] == pytest.approx(f1)


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_a_share_has_the_interval_of_the_binomial(method):
    true, one, _ = three_labellings(1000)
    interval = bootstrap_interval(true, one, method=method)
    right = int((true == one).sum())
    assert interval.value == right / 1000
    assert interval.stderr == pytest.approx(
        (right / 1000 * (1 - right / 1000) / 1000) ** 0.5, rel=0.03
    )
    assert (interval.low, interval.high) == pytest.approx(wilson_interval(right, 1000), abs=0.002)


@pytest.mark.parametrize("method", ["percentile", "bca"])
@pytest.mark.parametrize("metric", ["accuracy", "macro_f1"])
def test_the_same_interval_as_scipy(metric, method):
    true, one, two = three_labellings(60)

    def score(true, one, two):
        if metric == "accuracy":
            return (true == one).mean() - (true == two).mean()
        kwargs = {"average": "macro", "zero_division": 0.0}
        return f1_score(true, one, **kwargs) - f1_score(true, two, **kwargs)

    codes = [np.searchsorted(list("abcd"), column) for column in (true, one, two)]
    theirs = stats.bootstrap(
        codes,
        score,
        paired=True,
        vectorized=False,
        n_resamples=400,
        method=method.upper() if method == "bca" else method,
        rng=np.random.default_rng(1),
    )
    ours = bootstrap_interval(true, one, two, metric=metric, method=method)
    assert ours.low == pytest.approx(theirs.confidence_interval.low, abs=0.035)
    assert ours.high == pytest.approx(theirs.confidence_interval.high, abs=0.035)
    assert ours.stderr == pytest.approx(theirs.standard_error, rel=0.12)


def test_pairing_takes_out_what_is_hard_for_both():
    true, one, _ = three_labellings(500)
    two = one.copy()
    two[:10] = true[:10]
    paired = bootstrap_interval(true, two, one, n_resamples=2000)
    alone = bootstrap_interval(true, one, n_resamples=2000)
    assert paired.high - paired.low < (alone.high - alone.low) / 3


def test_a_seed_gives_one_interval():
    true, one, two = three_labellings()
    draws = [bootstrap_interval(true, one, two, random_state=seed) for seed in (0, 0, 1)]
    assert draws[0] == draws[1]
    assert draws[0] != draws[2]
    assert draws[0].value == draws[2].value


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_nothing_varies(method):
    assert bootstrap_interval([1, 2], [1, 2], method=method) == Interval(1.0, 1.0, 1.0, 0.0)
    assert bootstrap_interval([1], [2], [2], method=method) == Interval(0.0, 0.0, 0.0, 0.0)


def test_blocks_of_resamples_do_not_change_the_result(monkeypatch):
    true, one, two = three_labellings()
    whole = bootstrap_interval(true, one, two, n_resamples=101)
    monkeypatch.setattr("compressclf.experiments.statistics.BLOCK", 200)
    assert bootstrap_interval(true, one, two, n_resamples=101) == whole


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        (([], []), {}, "Cannot score 0 predictions against 0 labels"),
        (([1, 2], [1], [1, 2]), {}, "Cannot score 1 and 2 predictions against 2 labels"),
        (([1], [1]), {"metric": "f1"}, "'f1'.*macro_f1"),
        (([1], [1]), {"method": "basic"}, "'basic'"),
        (([1], [1]), {"confidence": 95}, "'confidence' must lie between 0 and 1. Got 95"),
        (([1], [1]), {"n_resamples": 1}, "'n_resamples' must be an int >= 2. Got 1"),
    ],
)
def test_bad_calls_of_the_bootstrap(columns, options, message):
    with pytest.raises(ValueError, match=message):
        bootstrap_interval(*columns, **options)


# Holm

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=20)


def test_holm_by_hand():
    # 0.01 · 4, 0.013 · 3 (raised to its elder), 0.014 · 2 (raised), 0.19 · 1: Wright 1992's order
    assert holm([0.19, 0.01, 0.014, 0.013]).tolist() == pytest.approx([0.19, 0.04, 0.04, 0.04])
    assert holm([0.9, 0.8]).tolist() == [1.0, 1.0]
    assert holm([0.03]).tolist() == [0.03]
    assert holm([]).tolist() == []


@given(P_VALUES)
def test_holm_keeps_the_order_and_never_falls_below(p):
    adjusted = holm(p)
    assert (adjusted >= p).all()
    assert (adjusted <= 1).all()
    assert (adjusted <= np.minimum(np.array(p) * len(p), 1)).all()  # Bonferroni is no better
    assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0).all()


@given(P_VALUES, st.floats(0.001, 0.2))
def test_holm_rejects_what_its_steps_reject(p, alpha):
    rejected = set()
    for step, index in enumerate(np.argsort(p, kind="stable")):
        if p[index] * (len(p) - step) > alpha:
            break
        rejected.add(index)
    assert set(np.flatnonzero(holm(p) <= alpha)) == rejected


@pytest.mark.parametrize("p", [[0.5, np.nan], [-0.1], [1.2], [[0.1]]])
def test_holm_takes_probabilities(p):
    with pytest.raises(ValueError, match="a list of numbers from 0 to 1"):
        holm(p)


# Ranks


def test_the_table_of_demsar():
    ranks = friedman_ranks(DEMSAR)
    assert ranks.mean_ranks.round(3).tolist() == [3.143, 2.0, 2.893, 1.964]
    # He prints 9.28 and 3.69, of the formula without ties; some data sets have ties.
    spread = (stats.rankdata(DEMSAR, axis=1) - 2.5) ** 2
    untied = ranks.chi_square * spread.sum() / (14 * 5)
    assert untied == pytest.approx(9.28, abs=0.005)
    assert 13 * untied / (14 * 3 - untied) == pytest.approx(3.69, abs=0.005)
    assert ranks.f_statistic > 3.69


def test_friedman_is_that_of_scipy():
    for scores in (DEMSAR, np.random.default_rng(0).integers(0, 5, (9, 6))):
        theirs = stats.friedmanchisquare(*np.transpose(scores))
        assert friedman_ranks(scores).chi_square == pytest.approx(theirs.statistic)


def test_lower_may_be_better():
    errors = 1 - np.array(DEMSAR)
    one, other = friedman_ranks(errors, higher_is_better=False), friedman_ranks(DEMSAR)
    assert one.mean_ranks.tolist() == other.mean_ranks.tolist()
    assert one.p_value == pytest.approx(other.p_value)


def test_all_alike_and_always_the_same_order():
    alike = friedman_ranks([[0.5, 0.5], [0.7, 0.7]])
    assert (alike.chi_square, alike.p_value) == (0.0, 1.0)
    ordered = friedman_ranks([[3, 2, 1]] * 5)
    assert (ordered.chi_square, ordered.f_statistic, ordered.p_value) == (10.0, np.inf, 0.0)


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ([[1, 2]], "at least two data sets and two methods. Got scores of shape \\(1, 2\\)"),
        ([1, 2], "Got scores of shape"),
        ([[1, 2], [1, np.nan]], "Method 1 has no score on data set 1: leave one of them out"),
    ],
)
def test_ranks_need_a_full_table(scores, message):
    with pytest.raises(ValueError, match=message):
        friedman_ranks(scores)


# Demšar 2006, table 5(a): critical values of the two-tailed Nemenyi test.
@pytest.mark.parametrize(
    ("alpha", "values"),
    [
        (0.05, [1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164]),
        (0.10, [1.645, 2.052, 2.291, 2.459, 2.589, 2.693, 2.780, 2.855, 2.920]),
    ],
)
def test_nemenyi_has_the_published_critical_values(alpha, values):
    for k, q in enumerate(values, start=2):
        difference = nemenyi_difference(k, 10, alpha=alpha)
        assert difference / (k * (k + 1) / 60) ** 0.5 == pytest.approx(q, abs=1.1e-3)


def test_nemenyi_of_demsars_example():
    assert nemenyi_difference(4, 14) == pytest.approx(1.25, abs=0.005)
    assert nemenyi_difference(4, 14, alpha=0.1) == pytest.approx(1.12, abs=0.005)


@pytest.mark.parametrize("arguments", [(1, 5, 0.05), (2, 0, 0.05), (2, 5, 1.0)])
def test_nemenyi_needs_methods_and_sets(arguments):
    with pytest.raises(ValueError, match="needs two methods, a data set and 0 < alpha < 1"):
        nemenyi_difference(*arguments[:2], alpha=arguments[2])


@pytest.mark.parametrize(
    ("ranks", "difference", "groups"),
    [
        ([3.143, 2.0, 2.893, 1.964], 1.25, [[3, 1, 2, 0]]),
        ([1.0, 2.0, 3.0], 1.0, []),  # as far apart as the critical difference is apart
        ([1.0, 2.0, 3.0, 6.0], 1.5, [[0, 1], [1, 2]]),
        ([2.0, 2.0, 1.0], 0.5, [[0, 1]]),
        ([1.0, 1.1, 5.0, 5.1], 1.0, [[0, 1], [2, 3]]),
    ],
)
def test_cliques(ranks, difference, groups):
    assert cliques(ranks, difference) == groups


@given(st.lists(st.floats(1, 9), min_size=2, max_size=9), st.floats(0.01, 9))
def test_two_methods_share_a_group_if_they_cannot_be_told_apart(ranks, difference):
    found = [set(group) for group in cliques(ranks, difference)]
    for i in range(len(ranks)):
        for j in range(i):
            near = abs(ranks[i] - ranks[j]) < difference
            assert any({i, j} <= group for group in found) == near
    assert not any(one < other for one in found for other in found)
