"""A column of languages, sources or years comes along with every document."""

import datasets
import numpy as np
import pandas as pd
import pytest

from compressclf.datasets import Split, hold_out, load_dataset
from compressclf.documents import Corpus

TABLE = pd.DataFrame(
    {
        "text": ["habari", "ekaaro", "jambo", "bawo"],
        "label": ["a", "b", "a", "b"],
        "lang": ["sw", "yo", "sw", None],
    }
)
GROUPS = ["sw", "yo", "sw", "not stated"]


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "parquet"])
def test_every_kind_of_table(suffix, tmp_path):
    path = tmp_path / f"rows.{suffix}"
    {
        "csv": lambda: TABLE.to_csv(path, index=False),
        "tsv": lambda: TABLE.to_csv(path, index=False, sep="\t"),
        "jsonl": lambda: TABLE.to_json(path, orient="records", lines=True),
        "parquet": lambda: TABLE.to_parquet(path),
    }[suffix]()
    split = load_dataset(path, group_column="lang").train
    assert split.groups.tolist() == GROUPS
    assert split.labels.tolist() == list("abab")
    assert load_dataset(path).train.groups is None
    unlabelled = load_dataset(path, label_column="none", labelled=False, group_column="lang")
    assert (unlabelled.train.labels, unlabelled.train.groups.tolist()) == (None, GROUPS)
    with pytest.raises(ValueError, match=r"there is no column 'tongue' .*it with `group_column`"):
        load_dataset(path, group_column="tongue")


def test_of_the_hub(tmp_path):
    features = datasets.Features(
        {
            "text": datasets.Value("string"),
            "label": datasets.ClassLabel(names=["a", "b"]),
            "lang": datasets.Value("string"),
        }
    )
    rows = datasets.Dataset.from_dict(
        {
            "text": TABLE["text"].tolist(),
            "label": [0, 1, 0, 1],
            "lang": ["sw", "yo", "sw", None],
        },
        features=features,
    )
    rows.save_to_disk(tmp_path / "set")
    split = load_dataset(f"hf:{tmp_path / 'set'}", group_column="lang").train
    assert (split.labels.tolist(), split.groups.tolist()) == (list("abab"), GROUPS)


def test_groups_stay_with_their_documents():
    docs = [f"{i:03}" for i in range(40)]
    split = Split(Corpus.from_documents(docs), np.array(["a", "b"] * 20), np.array(docs))
    for part in (*hold_out(split, 0.25, seed=0), split.sample(7, seed=0)):
        assert [doc.decode() for doc in part.docs] == part.groups.tolist()


def test_what_has_no_columns_has_no_groups():
    with pytest.raises(ValueError, match=r"^sample:digits: this kind of source has no columns"):
        load_dataset("sample:digits", group_column="lang")
