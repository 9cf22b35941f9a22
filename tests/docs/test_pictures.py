"""The pictures are those that their code draws, and the examples of the pages run."""

import re
from pathlib import Path

import pytest

from docs.figures import FIGURES, messages

pytestmark = pytest.mark.slow

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
RUN = sorted([*DOCS.glob("how-it-works/*.md"), *DOCS.glob("how-to/c*.md")])
RUN = [path for path in RUN if BLOCK.search(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("name", FIGURES)
def test_the_picture_is_that_of_its_code(name):
    committed = (DOCS / name).read_text(encoding="utf-8")
    assert FIGURES[name]() == committed, "run `python -m docs.figures`"


def test_every_picture_of_the_concepts_is_drawn_by_code():
    here = {path.relative_to(DOCS).as_posix() for path in DOCS.glob("how-it-works/*.svg")}
    assert here == {name for name in FIGURES if name.startswith("how-it-works/")}


def test_the_messages_are_those_of_the_page():
    texts, labels = messages()
    assert len(texts) == 24
    assert sorted(set(labels)) == ["complaint", "praise", "question"]


@pytest.mark.parametrize("path", RUN, ids=lambda path: path.name)
def test_the_examples_of_the_page_run(path):
    names = {"__name__": "example"}
    for block in BLOCK.findall(path.read_text(encoding="utf-8")):
        exec(block, names)
    if path.stem == "distances":
        ncd, football = names["ncd"], names["football"]
        shown = f"({ncd(football, names['cup']):.2f}..., {ncd(football, names['banking']):.2f}...)"
        assert shown in path.read_text(encoding="utf-8")
    if path.stem == "class-model":
        assert names["classifier"].predict(["ab", "cb"]).tolist() == [0, 1]
    if path.stem == "compressor":
        assert names["classifier"].predict(["Goal!"]) == ["sport"]
