"""No sentence that readers had to read twice: the worst patterns do not come back."""

import re
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "docs/**/*.md",
    "experiments/*.md",
    "experiments/studies/*.md",
)
CODE = ("benchmarks", "cli", "compressclf", "experiments")
PATTERNS = re.compile(
    # "is not a" is plainer than "is no"; plain are "there is no", "is no longer", `is None`
    r"(?<![Tt]here )\b(?:is|are|was|were)\s+(?:none|no(?!\s+(?:better|longer|more|less|worse)))\b"
    r"|\bin\s+mind\b|\bdoes\s+without\b|\bstands?\s+in\b|\bin\s+any\s+company\b|\bhad\s+a\s+part\b"
)
PROSE = {tokenize.STRING, tokenize.COMMENT, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}


def prose(path):
    """Yield line and text of the strings and comments of a module, or of a whole page."""
    if path.suffix == ".md":
        text = re.sub(
            r"<!-- table.*?<!-- end -->", "", path.read_text(encoding="utf-8"), flags=re.S
        )
        yield 1, text
        return
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type in PROSE:
                yield token.start[0], token.string


FILES = [path for page in PAGES for path in sorted(ROOT.glob(page))]
FILES += [path for folder in CODE for path in sorted((ROOT / folder).rglob("*.py"))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_phrase_needs_a_second_reading(path):
    found = [(line, hit[0]) for line, text in prose(path) for hit in PATTERNS.finditer(text)]
    assert found == []
