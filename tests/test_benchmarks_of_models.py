"""The benchmarks of language models run, on a model of no size."""

import json

import torch
from click.testing import CliRunner

from benchmarks import gpu_scoring

OPTIONS = "--model tiny --device cpu --texts 6 --others 4 --batch 2 --rounds 1"


def test_gpu_scoring_runs_anywhere(tmp_path):
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        found = CliRunner().invoke(
            gpu_scoring.main,
            [*OPTIONS.split(), "--record", str(tmp_path / "rows.jsonl")],
            catch_exceptions=False,
        )
    finally:
        torch.set_num_threads(before)
    assert found.exit_code == 0
    rows = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text().splitlines()]
    assert [row["prefix tokens"] for row in rows] == [57, 480]
    for row in rows:
        assert row["model"] == "tiny"
        assert row["off by, most"] < 1e-4
        assert 0 < row["share of peak"] < 1
        assert row["pairs/s"] > 0
