import numpy as np

from compressclf.compressors.contextmix.histories import HISTORIES, NEXT


def after(bits, state=0):
    for bit in bits:
        state = int(NEXT[state, int(bit)])
    return HISTORIES[state]


def test_a_history_fits_a_byte_and_is_numbered_by_length():
    assert len(HISTORIES) <= 256
    totals = [zeros + ones for zeros, ones, _ in HISTORIES]
    assert totals == sorted(totals)
    assert HISTORIES[0] == (0, 0, "")
    assert (NEXT > 0).all()
    assert NEXT.max() < len(HISTORIES)


def test_short_histories_are_exact():
    for bits in ("0", "1", "01", "110", "0100", "1011"):
        assert after(bits) == (bits.count("0"), bits.count("1"), bits)


def test_a_contradicted_run_is_forgotten_in_part():
    zeros, ones, latest = after("1" * 20)
    assert (zeros, ones, latest) == (0, 20, "1")
    assert after("1" * 20 + "0") == (1, 11, "0")


def test_counts_are_bounded_and_long_runs_stay_long():
    assert after("1" * 1000) == after("1" * 999)
    assert after("0" * 1000)[0] == 44


def test_zeros_and_ones_are_treated_alike():
    flip = str.maketrans("01", "10")
    rng = np.random.default_rng(0)
    for _ in range(200):
        bits = "".join(rng.choice(["0", "1"], 30, p=[0.2, 0.8]))
        zeros, ones, latest = after(bits)
        assert after(bits.translate(flip)) == (ones, zeros, latest.translate(flip))
