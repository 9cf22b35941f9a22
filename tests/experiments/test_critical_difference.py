import re

import pytest

from compressclf.experiments.plots import save_svg
from compressclf.experiments.plots.critical_difference import critical_difference

NAMES, RANKS = ["C4.5", "C4.5+m", "C4.5+cf", "C4.5+m+cf"], [3.143, 2.0, 2.893, 1.964]


def drawn(tmp_path, *arguments, **options):
    save_svg(critical_difference(*arguments, **options), tmp_path / "ranks.svg")
    return (tmp_path / "ranks.svg").read_text(encoding="utf-8")


def test_every_method_with_its_rank_and_the_ruler(tmp_path):
    svg = drawn(tmp_path, NAMES, RANKS, 1.12, title="Fourteen data sets")
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    named = {f"{name} ({rank:.2f})" for name, rank in zip(NAMES, RANKS, strict=True)}
    assert named <= set(texts)
    assert {"CD = 1.12", "Fourteen data sets", "1", "4"} <= set(texts)


def test_a_bar_for_each_group():
    bars = [
        [line.get_xdata() for line in figure.axes[0].lines if line.get_linewidth() == 3]
        for figure in (critical_difference(NAMES, RANKS, cd) for cd in (0.01, 1.12, 1.25))
    ]
    assert bars[0] == []
    assert [(min(x), max(x)) for x in bars[2]] == [pytest.approx((1.964 - 0.02, 3.143 + 0.02))]
    assert [(min(x), max(x)) for x in bars[1]] == [
        pytest.approx((1.964 - 0.02, 2.893 + 0.02)),
        pytest.approx((2.893 - 0.02, 3.143 + 0.02)),
    ]


def test_the_same_numbers_give_the_same_file(tmp_path):
    assert drawn(tmp_path, NAMES, RANKS, 1.25) == drawn(tmp_path, NAMES, RANKS, 1.25)
    assert "dc:date" not in drawn(tmp_path, NAMES, RANKS, 1.25)


def test_a_critical_difference_wider_than_the_axis():
    figure = critical_difference(["a", "b"], [1.2, 1.8], 2.5)
    assert figure.axes[0].get_xlim() == (1.0, 3.5)


def test_names_and_ranks_go_together():
    with pytest.raises(ValueError, match="2 names and 1 ranks: give two or more, as many of each"):
        critical_difference(["a", "b"], [1.0], 1.0)
