"""What can be wrong with labels, JSON, annotation exports, labelled lines and columns of files."""

import json

import pytest
from PIL import Image

from tests.cli.refusals import DATA, assert_refused

ANNOTATED = {"from_name": "topic", "type": "choices", "value": {"choices": ["a"]}}
OTHER = {"from_name": "topic", "type": "choices", "value": {"choices": ["b"]}}


def task(*results):
    annotations = [{"was_cancelled": False, "result": [result]} for result in results]
    return {"data": {"text": "one"}, "annotations": annotations}


FILES = {
    "two.jsonl": '{"text": "one", "label": ["a"]}\n{"text": "two", "label": ["a", "b"]}\n',
    "none.jsonl": '{"text": "one", "label": ["a"]}\n{"text": "two", "label": []}\n',
    "object.jsonl": '{"text": "one", "label": {"name": "a"}}\n',
    "nested.jsonl": '{"text": "one", "label": [["a"]]}\n',
    "gaps.jsonl": '{"text": "one", "label": "a"}\n{"text": "two"}\n{"text": "x", "label": NaN}\n',
    "blank.csv": 'text,label\none,a\ntwo," "\n',
    "lists.csv": "text,label\none,['a']\ntwo,['b']\n",
    "alike.csv": "text,label\none,a\ntwo,A\nthree,b\n",
    "nan.csv": "text,label\none,a\ntwo,nan\n",
    "hollow.csv": "text,label\none,a\n,b\n",
    "unlabelled.csv": "id,text\n1,one\n",
    "good.csv": "text,label\none one,a\ntwo two,b\nuno uno,a\ndos dos,b\n",
    "bad.json": '[\n  {"text": "one", "label": "a"},\n  {"text": "two" "label": "b"}\n]\n',
    "odd.json": '[{"text": "one", "label": "a"}, ["two", "b"]]',
    "parts.json": '{"train": [{"text": "one"}], "test": [{"text": "two"}]}',
    "keyless.json": '[{"text": "one", "label": "a"}, {"body": "two", "label": "b"}]',
    "disagree.json": json.dumps([task(ANNOTATED), task(ANNOTATED, OTHER)]),
    "moods.json": json.dumps([task(ANNOTATED), task({**OTHER, "from_name": "mood"})]),
    "bare.json": json.dumps([task(), task()]),
    "part.json": json.dumps([task(ANNOTATED), task(OTHER), task()]),
    "several.txt": "__label__a one\n__label__a __label__b two\n",
    "some.txt": "__label__a one\ntwo\n",
    "last.txt": "one __label__a\ntwo __label__b\n",
    "gone.csv": "image,label\na.png,a\nb.png,b\n",
    "half.csv": "image,label\nthere.png,a\nb.png,b\n",
    "names.csv": "text,label\npictures/1.jpg,a\npictures/2.jpg,b\n",
}

# name: (arguments, message)
CASES = {
    "two labels": (
        "classify two.jsonl",
        "two.jsonl:2: the document has 2 labels ('a', 'b'); give one label for each document.",
    ),
    "no label in the list": (
        "classify none.jsonl",
        "none.jsonl:2: the label is an empty list; fill it in or drop the row.",
    ),
    "object as label": (
        "classify object.jsonl",
        "object.jsonl:1: the label is not a text or a number but {'name': 'a'}; give one label for "
        "each document.",
    ),
    "list in a list": (
        "classify nested.jsonl",
        "nested.jsonl:1: the label is not a text or a number but ['a']; give one label for each "
        "document.",
    ),
    "labels missing": (
        "classify gaps.jsonl",
        "gaps.jsonl:2: the label is missing, here and in 1 other row; fill them in or drop these "
        "rows.",
    ),
    "labels missing where none are needed": (
        "datasets gaps.jsonl",
        "gaps.jsonl:2: the label is missing, here and in 1 other row; fill them in or drop these "
        "rows.",
    ),
    "blank label": (
        "classify blank.csv",
        "blank.csv:3: the label is missing; fill it in or drop the row.",
    ),
    "lists in a table": (
        "classify lists.csv",
        """lists.csv:2: the label "['a']" is a list or an object written as text; write one """
        "label for each document, without brackets.",
    ),
    "labels that look alike": (
        "classify alike.csv --strict",
        "alike.csv: some labels differ only in capitals, blanks or form, and count as different "
        "classes: 'a' "
        "(1) and 'A' (1) (refused, since --strict is set).",
    ),
    "a label that may mean none": (
        "datasets nan.csv --strict",
        "nan.csv:3: 1 document has the label 'nan'; if it means a missing label, drop this row "
        "(refused, since --strict is set).",
    ),
    "empty document": (
        "datasets hollow.csv --strict",
        "hollow.csv: 1 of 2 documents is empty (the first: hollow.csv:3) (refused, since --strict "
        "is set).",
    ),
    "test without labels": (
        "classify good.csv unlabelled.csv --strict",
        "unlabelled.csv: there is no column 'label' (found: 'id', 'text'), so the documents have "
        "no labels; if another column holds them, name it with --label-column (refused, since "
        "--strict is set).",
    ),
    "bad JSON array": (
        "classify bad.json",
        "bad.json:3: not valid JSON (Expecting ',' delimiter).",
    ),
    "list in a JSON array": (
        "classify odd.json",
        "odd.json, row 2: expected an object with 'text' and 'label', found a list.",
    ),
    "two tables in a JSON object": (
        "classify parts.json",
        "parts.json:1: 'train' and 'test' are lists of objects; put each into a separate file.",
    ),
    "JSON row without a text": (
        "classify keyless.json",
        "keyless.json, row 2: the object has no 'text' (found: 'body', 'label'); drop the row.",
    ),
    "annotators who disagree": (
        "classify disagree.json",
        "disagree.json, row 2: the annotators disagree ('a', 'b'); settle it in Label Studio or "
        "drop the task.",
    ),
    "two kinds of choice": (
        "classify moods.json",
        "moods.json: the annotations hold 'topic', 'mood'; name one with --label-column.",
    ),
    "no annotation": (
        "classify bare.json",
        "bare.json: none of the 2 tasks has an annotation with a choice.",
    ),
    "a task without an annotation": (
        "classify part.json --strict",
        "part.json: 1 of 3 tasks has no annotation and was left out (the first: part.json, row 3) "
        "(refused, since --strict is set).",
    ),
    "two labels in a line": (
        "classify several.txt",
        "several.txt:2: the line has several labels ('a', 'b'); give one label for each document.",
    ),
    "a line without a label": (
        "classify good.csv some.txt",
        "some.txt:2: the line does not begin with '__label__', as other lines do; give every line "
        "one label, or none.",
    ),
    "labels after the texts": (
        "classify good.csv last.txt",
        "last.txt:1: the label of the line comes after the text; write it before the text.",
    ),
    "files that are gone": (
        "classify gone.csv",
        "gone.csv:2: the column 'image' should name a file ('a.png', looked for in .); put the "
        "files "
        "there, or name the column of texts with --text-column.",
    ),
    "one file is gone": (
        "classify half.csv",
        "half.csv:3: the column 'image' names a file that does not exist ('b.png', looked for in "
        ".); put "
        "the file there or drop the row.",
    ),
    "file names as texts": (
        "classify names.csv",
        "names.csv:2: the column 'text' names files that do not exist ('pictures/1.jpg', looked "
        "for in .); put the files there.",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_one_sentence_and_exit_code_1(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for file, content in FILES.items():
        (tmp_path / file).write_text(content)
    Image.new("L", (2, 2)).save(tmp_path / "there.png")
    arguments, message = CASES[name]
    assert_refused(arguments, DATA, message, tmp_path)
