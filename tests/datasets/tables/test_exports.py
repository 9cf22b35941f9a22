"""What doccano and Label Studio export, as the tools write it."""

import json

import pandas as pd
import pytest
from click.testing import CliRunner

from compressclf.cli import cli
from compressclf.datasets import load_dataset

TEXTS = [f"{'spade soil seeds' if n % 2 else 'tune album melody'} {n}" for n in range(12)]
LABELS = ["music", "garden"] * 6


def annotation(*choices, cancelled=False, kind="topic"):
    value = {
        "value": {"choices": list(choices)},
        "id": "x",
        "from_name": kind,
        "to_name": "text",
        "type": "choices",
    }
    return {"id": 7, "was_cancelled": cancelled, "result": [value] if choices else []}


def task(text, *annotations, **more):
    data = {"text": text, **more}
    return {"id": 1, "data": data, "annotations": list(annotations), "predictions": []}


TASKS = [task(text, annotation(label)) for text, label in zip(TEXTS, LABELS, strict=True)]
FLAT = [
    {
        "text": text,
        "id": n,
        "topic": label,
        "annotator": 1,
        "annotation_id": n,
        "created_at": "2024-01-01T00:00:00Z",
        "updated_at": "2024-01-01T00:00:00Z",
        "lead_time": 1.5,
    }
    for n, (text, label) in enumerate(zip(TEXTS, LABELS, strict=True))
]
DOCCANO = [
    {"id": n, "text": text, "label": [label], "Comments": []}
    for n, (text, label) in enumerate(zip(TEXTS, LABELS, strict=True))
]
DATA = [
    {"id": row["id"], "data": row["text"], "label": row["label"], "Comments": []} for row in DOCCANO
]
OLD = [{"id": r["id"], "text": r["text"], "meta": {}, "labels": r["label"]} for r in DOCCANO]


def lines(rows):
    return "\n".join(map(json.dumps, rows))


EXPORTS = {
    "doccano.jsonl": (lines(DOCCANO), "lists of one label"),
    "doccano.json": (json.dumps(DOCCANO), "lists of one label"),
    "data.jsonl": (lines(DATA), "lists of one label"),
    "old.jsonl": (
        lines(OLD),
        "the column 'labels' of a doccano export; lists of one label",
    ),
    "doccano.csv": (
        pd.DataFrame({"id": range(12), "data": TEXTS, "label": LABELS}).to_csv(index=False),
        None,
    ),
    "studio.json": (
        json.dumps(TASKS, indent=2),
        "the choice 'topic' of a Label Studio export; lists of one label",
    ),
    "min.json": (json.dumps(FLAT), "the column 'topic' of a Label Studio export"),
    "studio.csv": (
        pd.DataFrame(FLAT).to_csv(index=False),
        "the column 'topic' of a Label Studio export",
    ),
}


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_is_classified_by_its_name_alone(tmp_path, name):
    content, labels = EXPORTS[name]
    (tmp_path / name).write_text(content)
    data = load_dataset(tmp_path / name)
    assert [doc.decode() for doc in data.train.docs] == TEXTS
    assert data.train.labels.tolist() == LABELS
    assert (data.facts.get("labels"), data.remarks) == (labels, ())
    result = CliRunner().invoke(cli, ["classify", str(tmp_path / name), "--format", "json"])
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert (report["classes"], report["accuracy"]) == (["garden", "music"], 1.0)


def read(tmp_path, tasks, **options):
    path = tmp_path / "export.json"
    path.write_text(json.dumps(tasks))
    return load_dataset(path, **options)


def test_tasks_without_an_annotation_are_left_out(tmp_path):
    tasks = [*TASKS, task("x"), task("y", annotation("garden", cancelled=True), annotation())]
    data = read(tmp_path, tasks)
    assert data.train.labels.tolist() == LABELS
    assert data.remarks == (
        f"{tmp_path}/export.json: 2 of 14 tasks have no annotation and were left out (the first: "
        f"{tmp_path}/export.json, row 13).",
    )


def test_tasks_that_nobody_annotated_have_no_labels(tmp_path):
    data = read(tmp_path, [task("x"), task("y")], labelled=False)
    assert (list(data.train.docs), data.train.labels) == ([b"x", b"y"], None)
    with pytest.raises(ValueError, match="none of the 2 tasks has an annotation with a choice"):
        read(tmp_path, [task("x"), task("y")])


def test_annotators_who_agree_and_who_do_not(tmp_path):
    agreed = task("x", annotation("garden"), annotation("garden"))
    assert read(tmp_path, [agreed]).train.labels.tolist() == ["garden"]
    odd = task("x", annotation("garden"), annotation("music"))
    with pytest.raises(ValueError, match=r"row 2: the annotators disagree \('garden', 'music'\)"):
        read(tmp_path, [agreed, odd])


def test_several_choices_are_several_labels(tmp_path):
    with pytest.raises(ValueError, match=r"row 1: the document has 2 labels \('a', 'b'\)"):
        read(tmp_path, [task("x", annotation("a", "b"))])


def test_one_of_several_kinds_of_choice_is_named(tmp_path):
    tasks = [task("x", annotation("a"), annotation("happy", kind="mood"))]
    with pytest.raises(ValueError, match="hold 'topic', 'mood'; name one with `label_column`"):
        read(tmp_path, tasks)
    assert read(tmp_path, tasks, label_column="mood").train.labels.tolist() == ["happy"]


def test_a_single_task_is_a_task(tmp_path):
    assert read(tmp_path, TASKS[0]).train.labels.tolist() == ["music"]


@pytest.mark.parametrize("odd", [None, 7, "x", [7, "x"], {"a": 1}, [{"value": 7}], [{"value": []}]])
def test_annotations_of_other_kinds_hold_no_choice(tmp_path, odd):
    tasks = [
        *TASKS,
        {**task("x"), "annotations": [{"result": odd}]},
        {**task("y"), "completions": odd},
    ]
    assert read(tmp_path, tasks).train.labels.tolist() == LABELS
