"""Tables, compression and encodings that are refused: exit code 1, and the way out."""

import gzip
import io
import re
import zipfile

import pytest

from tests.cli.refusals import DATA, assert_refused

ROWS = b"one one,a\ntwo two,b\nuno uno,a\ndos dos,b\n"
CSV = b"text,label\n" + ROWS


def zipped(**files):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return file.getvalue()


FILES = {
    "semi.csv": "sätze;klasse\neins;a\n".encode(),
    "news.csv": b'"1","Wall St.","Stocks fell."\n"2","Cup","They won."\n"1","Oil","Up."\n',
    "short.csv": b"text,label\none,a\ntwo\n",
    "spark.csv": b'text,label\n"say \\"hi\\", he said",a\n"say "ho", too",b\n',
    "later.csv": b'text,label\none,a\n"two\nlines",b\nthree,"a\nfour,b\n',
    "inside.csv": b'text,label\n"two" words,b\n',
    "return.csv": b"text,label\none\rtwo,b\n",
    "twice.csv": b"text,label,text\none,a,x\n",
    "either.tsv": b'label\ttext\na\t"one\nb\ttwo"\na\tthree\n',
    "clear.csv": b"a;b,c\nd;e,f\n",
    "joined.csv": CSV + b"text,label" + ROWS,
    "book.csv": zipped(xl__workbook_xml=b"<workbook/>"),
    "old.csv": bytes.fromhex("d0cf11e0a1b11ae1") + bytes(100),
    "letter.docx": zipped(word__document_xml=b"<document/>"),
    "paper.csv": b"%PDF-1.7\n",
    "page.csv": b"<!DOCTYPE html>\n<html></html>",
    "base.csv": b"SQLite format 3\0" + bytes(100),
    "docs.tar.gz": gzip.compress(bytes(257) + b"ustar\0" + bytes(500)),
    "photo.csv": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "pointer.csv": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
    "cut.zip": zipped(train_csv=CSV)[:60],
    "two.zip": zipped(SMSSpamCollection=b"ham\tone\n", readme=b"Read me."),
    "mixed.zip": zipped(a_csv=CSV, docs__1_txt=b"one"),
    "out.zip": zipped(**{"..__x_csv": CSV}),
    "deep.csv.gz": gzip.compress(gzip.compress(gzip.compress(gzip.compress(CSV)))),
    "damaged.csv": gzip.compress(CSV * 50)[:-20],
    "wide.csv": CSV.decode().encode("utf-16-le"),
    "marked.csv": b"\xef\xbb\xbf" + CSV,
    "odd": b"no\ntable\n",
}
CASES = {
    "no header": (
        "classify news.csv",
        "news.csv: the first line does not name the columns 'text' and 'label' (found: '1', 'Wall "
        "St.', 'Stocks fell.'); name them with --text-column and --label-column, or, if the first "
        "line is a document and not a header, add --no-header --label-column 1 --text-column 2 "
        "--text-column 3.",
    ),
    "no header, no numbers": (
        "classify news.csv --no-header",
        "news.csv: without a header, columns are numbers from 1 to 3; name them as in --no-header "
        "--label-column 1 --text-column 2 --text-column 3.",
    ),
    "no header in the test part": (
        "classify good.csv news.csv",
        "news.csv: the first line does not name the column 'text' (found: '1', 'Wall St.', 'Stocks "
        "fell.'); name it with --text-column, or, if the first line is a document and not a "
        "header, add --no-header --text-column 2 --text-column 3.",
    ),
    "other names between semicolons": (
        "classify semi.csv",
        "semi.csv: the first line does not name the columns 'text' and 'label' (found: 'sätze', "
        "'klasse'); name them with --text-column and --label-column, or, if the first line is a "
        "document and not a header, add --no-header --label-column 1 --text-column 2.",
    ),
    "unclear delimiter": (
        "classify clear.csv --no-header --text-column 1 --label-column 2",
        "clear.csv: without a header, the delimiter may be comma or semicolon; name it, as in "
        "--delimiter comma.",
    ),
    "column twice": (
        "classify twice.csv",
        "twice.csv: 2 columns are called 'text' (1, 3); rename all but the one to read.",
    ),
    "too few fields": (
        "classify short.csv",
        "short.csv:3: expected 2 fields, found 1; fill in what is missing, or put quotes around a "
        "field that holds a line break.",
    ),
    "header without line end before it": (
        "classify joined.csv",
        "joined.csv:6: expected 2 fields, found 3; put quotes around a field that holds the "
        "delimiter.",
    ),
    "quotes escaped in two ways": (
        "classify spark.csv",
        "spark.csv:2: a field begins with a quote and does not end with one; write a quote inside "
        'a field twice, not as \\", and put quotes around the whole field.',
    ),
    "open quote after a long row": (
        "classify later.csv",
        "later.csv:5: a field begins with a quote and does not end with one; write a quote inside "
        "a field twice, and put quotes around the whole field.",
    ),
    "words after a quote": (
        "classify inside.csv",
        "inside.csv:2: a field begins with a quote and does not end with one; write a quote inside "
        "a field twice, and put quotes around the whole field.",
    ),
    "carriage return": (
        "classify return.csv",
        "return.csv:2: a field holds a carriage return; put quotes around the field.",
    ),
    "quotes that are letters or not": (
        "classify either.tsv",
        "either.tsv:2: a quote in this row either opens a field that runs to line 3, or is a "
        "letter; if it is a letter, write it twice, and put quotes around its field.",
    ),
    "workbook": (
        "classify book.csv",
        "book.csv: this is an Excel workbook, not a table of texts; save the sheet as CSV "
        "(UTF-8) and give that file.",
    ),
    "old workbook": (
        "classify old.csv",
        "old.csv: this is an Excel workbook or another Microsoft Office file of the old kind, "
        "not a table of texts; save the sheet as CSV (UTF-8) and give that file.",
    ),
    "Word": (
        "classify letter.docx",
        "letter.docx: this is a Word document, not a table of texts; save it as plain text, one "
        "document per line, or as CSV.",
    ),
    "PDF": (
        "classify paper.csv",
        "paper.csv: this is a PDF file, not a table of texts; extract its text first.",
    ),
    "web page": (
        "classify page.csv",
        "page.csv: this is a web page, not a table of texts; open it in a browser, then "
        "download the file itself.",
    ),
    "SQLite": (
        "classify base.csv",
        "base.csv: this is an SQLite database, not a table of texts; save the data as CSV, JSON "
        "lines or Parquet.",
    ),
    "tar": (
        "classify docs.tar.gz",
        "docs.tar.gz: this is a tar archive, not a table of texts; unpack it and name the table "
        "or the directory.",
    ),
    "image": (
        "classify photo.csv",
        "photo.csv: this is a PNG image, not a table of texts; use the suffix of its format, or "
        "a directory with one sub-directory of images per class.",
    ),
    "pointer": (
        "classify pointer.csv",
        "pointer.csv: this is a Git LFS pointer without its file, not a table of texts; run: git "
        "lfs pull.",
    ),
    "damaged zip": (
        "classify cut.zip",
        "cut.zip: the zip file is damaged or cut off (File is not a zip file).",
    ),
    "zip of several files": (
        "classify two.zip",
        "two.zip: the zip archive holds SMSSpamCollection, readme; unzip it and name the table or "
        "the directory.",
    ),
    "zip of table and directory": (
        "classify mixed.zip",
        "mixed.zip: there are a table and one directory, docs; give the table mixed.zip/a.csv if "
        "it has the documents, or remove it.",
    ),
    "zip that leads out": (
        "classify out.zip",
        "out.zip: the path '../x.csv' leads out of the archive.",
    ),
    "packed too often": (
        "classify deep.csv.gz",
        "deep.csv.gz: it is packed more than 3 times; unpack it.",
    ),
    "damaged gzip without its suffix": (
        "classify damaged.csv",
        "damaged.csv: the gzip file is damaged or cut off (Compressed file ended before the "
        "end-of-stream marker was reached).",
    ),
    "UTF-16 without a mark": (
        "classify wide.csv",
        "wide.csv: there are zero bytes between the letters, as in UTF-16 without a byte-order "
        "mark; add --encoding utf-16-le.",
    ),
    "UTF-16 of unknown order": (
        "classify wide.csv --encoding utf-16",
        "wide.csv: without a byte-order mark, utf-16 needs a byte order; add --encoding "
        "utf-16-le or --encoding utf-16-be.",
    ),
    "mark against encoding": (
        "classify marked.csv --encoding latin-1",
        "marked.csv: the file begins with the byte-order mark of utf-8, but --encoding is latin-1; "
        "leave --encoding out, or convert the file.",
    ),
    "no encoding of texts": (
        "classify good.csv --encoding rot13",
        "Unknown encoding 'rot13'; try utf-8, latin-1 or utf-16.",
    ),
    "neither table nor suffix": (
        "classify odd",
        re.compile(r"odd: unknown kind of file; use \.csv, .+ or \.npz\."),
    ),
    "remark under --strict": (
        "classify doubled.csv --strict",
        "doubled.csv:6: this row repeats the header: left out (refused, since --strict is set).",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_one_sentence_and_an_exit_code(name, here):
    for file, content in FILES.items():
        (here / file).write_bytes(content)
    (here / "doubled.csv").write_bytes(CSV + CSV)
    arguments, message = CASES[name]
    assert_refused(arguments, DATA, message, here)
