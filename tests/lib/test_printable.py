import pytest

from compressclf._lib.markdown import cell
from compressclf._lib.printable import printable, sentence


@pytest.mark.parametrize(
    "code", [*range(32), *range(127, 160), *range(0x2028, 0x202F), 0x2066, 0xD800]
)
def test_what_commands_a_terminal_is_escaped(code):
    escaped = printable(f"a{chr(code)}b")
    assert escaped.isprintable()
    assert escaped.encode().decode("unicode_escape") == f"a{chr(code)}b"


def test_other_text_stays():
    text = "naïve café — 日本語 😀 שלום \\x1b"
    assert printable(text) == text
    assert printable("a\nb\x1b", keep="\n") == "a\nb\\x1b"
    assert cell("a\x1b[2J|b") == r"a\x1b[2J\|b"


def test_a_message_is_one_line_and_keeps_both_ends():
    assert sentence("a: no column 'x\n'.") == "a: no column 'x\\n'."
    cut = sentence("a.csv: " + "x" * 10**5 + "; the remedy.")
    assert len(cut) == 1000
    assert cut.startswith("a.csv: xxx")
    assert cut.endswith("xxx; the remedy.")
    assert " [...]xx" in cut
