from pathlib import Path

from compressclf.cli._reference import reference

DOCS = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"


def test_the_reference_is_up_to_date():
    assert DOCS.read_text(encoding="utf-8") == reference(), "run `make reference`"
