"""What can be wrong with the data: exit code 1, and one sentence with the way out."""

import re

import pytest

from tests.cli.refusals import DATA, assert_refused

# name: (arguments, exit code, message); the files are those of the fixture `here`
CASES = {
    "missing file": (
        "classify nowhere.csv",
        DATA,
        "nowhere.csv: no such file or directory (other sources: sample:NAME, hf:NAME, - for "
        "standard input)",
    ),
    "empty file": ("classify empty.csv", DATA, "empty.csv: the file is empty."),
    "header only": ("classify header.csv", DATA, "header.csv: there are no rows."),
    "wrong columns": (
        "classify columns.csv",
        DATA,
        "columns.csv: the first line does not name the columns 'text' and 'label' (found: "
        "'sentence', 'class'); name them with --text-column and --label-column, or, if the first "
        "line is a document and not a header, add --no-header --label-column 1 --text-column 2.",
    ),
    "wrong label column": (
        "classify columns.csv --text-column sentence",
        DATA,
        "columns.csv: there is no column 'label' (found: 'sentence', 'class'); name it with "
        "--label-column.",
    ),
    "too many fields": (
        "classify fields.csv",
        DATA,
        "fields.csv:3: expected 2 fields, found 3; put quotes around a field that holds the "
        "delimiter.",
    ),
    "open quote": (
        "classify quote.csv",
        DATA,
        "quote.csv:3: a field begins with a quote and does not end with one; write a quote inside "
        "a field twice, and put quotes around the whole field.",
    ),
    "mixed encodings": (
        "classify mixed.csv",
        DATA,
        "mixed.csv:4: byte 0xe9 is not valid utf-8; the lines before it are valid utf-8, so this "
        "line has another encoding: convert it, or name the encoding of the whole file with "
        "--encoding.",
    ),
    "unknown encoding": (
        "classify good.csv --encoding klingon",
        DATA,
        "Unknown encoding 'klingon'; try utf-8, latin-1 or utf-16.",
    ),
    "binary": (
        "classify binary.csv",
        DATA,
        "binary.csv: this is a PNG image, not a table of texts; use the suffix of its format, "
        "or a directory with one sub-directory of images per class.",
    ),
    "truncated gz": (
        "classify cut.csv.gz",
        DATA,
        "cut.csv.gz: the gzip file is damaged or cut off (Compressed file ended before the "
        "end-of-stream marker was reached).",
    ),
    "not a gz": (
        "classify fake.csv.gz",
        DATA,
        "fake.csv.gz: the content is not compressed, although the suffix is .gz; if it is already "
        "unpacked, "
        "remove the suffix.",
    ),
    "truncated zst": (
        "classify cut.csv.zst",
        DATA,
        "cut.csv.zst: the Zstandard file is damaged or cut off (the last frame does not end).",
    ),
    "unknown kind": (
        "classify notes.docx",
        DATA,
        "notes.docx: unknown kind of file; use .csv, .tsv, .tab, .json, .jsonl, .ndjson, .parquet, "
        ".arrow, .feather, .txt (also with .gz, .zst, .xz, .bz2, .zip) or .npz.",
    ),
    "no classes in directory": (
        "classify flat",
        DATA,
        "flat: expected one sub-directory for each class with its files inside, or tables "
        "train.csv and test.csv; found neither.",
    ),
    "texts and images": (
        "classify both",
        DATA,
        "both: texts and images are mixed (see both/b/1.txt); keep one kind.",
    ),
    "broken image": (
        "classify pictures",
        DATA,
        "pictures/a/1.png: not a readable image (it is damaged, or its format is unknown to "
        "Pillow).",
    ),
    "unreadable directory": ("classify locked", DATA, "locked: Permission denied"),
    "bad JSON": (
        "classify bad.jsonl",
        DATA,
        "bad.jsonl:2: not valid JSON (Expecting ',' delimiter).",
    ),
    "JSON list": (
        "classify list.jsonl",
        DATA,
        "list.jsonl:1: expected an object with 'text' and 'label', found a list.",
    ),
    "JSON number as text": (
        "classify number.jsonl",
        DATA,
        "number.jsonl:1: 'text' must be a string, found 7.",
    ),
    "not Parquet": (
        "classify fake.parquet",
        DATA,
        re.compile(r"fake\.parquet: not a readable Parquet file \(.+\)\."),
    ),
    "npz without arrays": (
        "classify other.npz",
        DATA,
        "other.npz: labels are missing (found: images); call the arrays x_train, y_train, x_test "
        "and y_test, or train_images, train_labels, test_images and test_labels, or images and "
        "labels, data and target, x and y.",
    ),
    "npz of objects": (
        "classify objects.npz",
        DATA,
        re.compile(
            r"objects\.npz: not a readable \.npz file of plain arrays \(Object arrays .+\)\."
        ),
    ),
    "npz of different lengths": (
        "classify lengths.npz",
        DATA,
        "lengths.npz: x_train has shape (2, 4), y_train (3,); expected one label for each "
        "document.",
    ),
    "one class": (
        "classify one.csv good.csv",
        DATA,
        "one.csv: all 2 training documents have the label 'a'; classification needs two classes or "
        "more.",
    ),
    "training without labels": (
        "classify unlabelled.txt",
        DATA,
        "unlabelled.txt: plain lines have no labels; give JSON lines or a table with the columns "
        "'text' and 'label'.",
    ),
    "missing label": (
        "classify gap.csv",
        DATA,
        "gap.csv:3: the label is missing; fill it in or drop the row.",
    ),
    "test half labelled": (
        "classify good.csv gap.csv",
        DATA,
        "gap.csv:3: the label is missing; fill it in or drop the row.",
    ),
    "too few to hold out": (
        "classify good.csv --test-size 0.1",
        DATA,
        "4 documents in 2 classes are too few to hold out 0.1 of them: give test documents "
        "or another --test-size.",
    ),
    "k beyond the training data": (
        "classify --method ncd-knn good.csv good.csv -k 5",
        DATA,
        "Expected n_neighbors <= n_samples, but n_neighbors = 5, n_samples = 4: take fewer "
        "neighbours or more training documents.",
    ),
    "empty standard input": (
        "classify good.csv -",
        DATA,
        "standard input: there is nothing to read.",
    ),
    "unknown sample": (
        "classify sample:bbc",
        DATA,
        "Unknown sample 'bbc': choose from bbc-news, digits.",
    ),
    "codelength of nothing": (
        "codelength empty.csv",
        DATA,
        "empty.csv: the file is empty; bits per byte need at least one byte.",
    ),
    "distance to nowhere": (
        "distance good.csv nowhere.csv",
        DATA,
        "nowhere.csv: No such file or directory",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_one_sentence_and_an_exit_code(name, here):
    assert_refused(*CASES[name], here)
