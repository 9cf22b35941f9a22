import re
from pathlib import Path

import numpy as np

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_python_example_runs_and_tells_the_truth():
    (code,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    names = {}
    exec(code, names)
    queries = ["the match ended without a goal", "profit at the bank fell"]
    predicted = names["classifier"].predict(queries)
    assert f"# {predicted!r}" in code
    assert names["pairwise_distances"](names["train"]).shape == (4, 4)
    assert np.isfinite(names["ncd"](*names["train"][:2]))


def test_the_commands_shown_exist():
    from compressclf.cli import COMMANDS

    blocks = "".join(re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL))
    shown = set(re.findall(r"compressclf (\w+)", blocks))
    assert "classify" in shown
    assert shown <= set(COMMANDS)
