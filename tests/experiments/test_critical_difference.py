import re

import pytest
from matplotlib.figure import Figure

from compressclf.experiments.renderings.ranks import draw_ranks

NAMES, RANKS = ["C4.5", "C4.5+m", "C4.5+cf", "C4.5+m+cf"], [3.143, 2.0, 2.893, 1.964]


def drawn(*arguments):
    figure = Figure()
    draw_ranks(figure, *arguments)
    return figure


def test_every_method_with_its_rank_and_the_ruler(tmp_path):
    drawn(NAMES, RANKS, 1.12).savefig(tmp_path / "ranks.svg", metadata={"Date": None})
    svg = (tmp_path / "ranks.svg").read_text(encoding="utf-8")
    texts = re.findall(r"<!-- (.*?) -->", svg)
    named = {f"{name} ({rank:.2f})" for name, rank in zip(NAMES, RANKS, strict=True)}
    assert named | {"CD = 1.12", "1", "4"} <= set(texts)


def test_a_bar_for_each_group():
    bars = [
        [line.get_xdata() for line in figure.axes[0].lines if line.get_linewidth() == 3]
        for figure in (drawn(NAMES, RANKS, cd) for cd in (0.01, 1.12, 1.25))
    ]
    assert bars[0] == []
    assert [(min(x), max(x)) for x in bars[2]] == [pytest.approx((1.964 - 0.02, 3.143 + 0.02))]
    assert [(min(x), max(x)) for x in bars[1]] == [
        pytest.approx((1.964 - 0.02, 2.893 + 0.02)),
        pytest.approx((2.893 - 0.02, 3.143 + 0.02)),
    ]


def test_a_critical_difference_wider_than_the_axis():
    figure = drawn(["a", "b"], [1.2, 1.8], 2.5)
    assert figure.axes[0].get_xlim() == (1.0, 3.5)


def test_names_and_ranks_go_together():
    with pytest.raises(ValueError, match="2 names and 1 ranks: give two or more of each"):
        drawn(["a", "b"], [1.0], 1.0)
