import pytest

from compressclf.datasets.reading import Notes
from compressclf.datasets.tables.quoting import TableText, read_rows

LETTERS = {"quotes": "letters of the texts"}
BACKSLASH = {"quotes": "escaped by a backslash"}


def read(text, delimiter):
    notes = Notes()
    rows = read_rows(TableText("a", text, delimiter), notes)
    return [row[-1] for row in rows.fields], notes.facts, notes.remarks


@pytest.mark.parametrize(
    ("delimiter", "text", "fields", "facts"),
    [
        (",", 'a,"b, ""c"""\n', ['b, "c"'], {}),
        (",", 'a,6" nails\n', ['6" nails'], {}),
        ("\t", 'a\t6" nails\n', ['6" nails'], {}),
        ("\t", 'a\t"b, c"\nd\te\n', ["b, c", "e"], {}),
        ("\t", 'a\t"open\nb\tc\n', ['"open', "c"], LETTERS),
        ("\t", 'a\t"open\nb\tclosed 7"\nc\t"x" y\n', ['"open', 'closed 7"', '"x" y'], LETTERS),
        ("|", 'a|say "x"\nb|y\n', ['say "x"', "y"], {}),
        ("\t", 'a\t"b\tc"\n\n', ["b\tc"], {}),
        ("\t", 'a\t"b\nc"\nd\te\n', ["b\nc", "e"], {}),
        ("\t", 'a\t"say ""b"""\nd\te\n', ['say "b"', "e"], {}),
        ("\t", '"a"\t"b"\n"c"\t"d"\n', ["b", "d"], {}),
        ("\t", 'label\ttext\n1\t"b"\n2\t"d"\n', ["text", "b", "d"], {}),
        (",", 'a,"say \\"b\\", c"\nd,e\\f\n', ['say "b", c', "e\\f"], BACKSLASH),
        (",", 'a,"b \\""\nc,d\ne,"f \\""\n', ['b "', "d", 'f "'], BACKSLASH),
        (",", 'a,"b \\\\"\nc,"d \\"e\\""\n', ["b \\\\", 'd "e"'], BACKSLASH),
        (",", 'a,"b \\""x\\"" c"\n', ['b \\"x\\" c'], {}),
    ],
)
def test_one_reading_for_the_whole_table(delimiter, text, fields, facts):
    assert read(text, delimiter) == (fields, facts, [])


def test_needless_quotes_are_letters_and_remarked_on():
    fields, _, remarks = read('a\tb\nc\t"Hello."\nd\te\n', "\t")
    assert fields == ["b", '"Hello."', "e"]
    assert remarks == [
        "a:2: the quotes around a field were kept as letters, since only some fields have quotes "
        "and no field needs them."
    ]


def test_a_quotation_among_texts_with_commas_is_kept():
    fields, _, remarks = read('a\tb, c\nc\t"Hello, you."\nd\te\n', "\t")
    assert fields == ["b, c", '"Hello, you."', "e"]
    assert len(remarks) == 1


def test_lines_of_rows():
    rows = read_rows(TableText("a", 'a,b\n\n"c\n\nd",e\n', ",", skipped=1), Notes())
    assert (rows.begins, rows.ends) == ([2, 4], [2, 6])
