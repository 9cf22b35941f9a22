import datasets
import numpy as np
import pytest

from compressclf.datasets import Split, hold_out, load_dataset
from compressclf.datasets.hub import parse_name
from compressclf.documents import Corpus


def test_bbc_news():
    data = load_dataset("sample:bbc-news").train
    labels, counts = np.unique(data.labels, return_counts=True)
    assert dict(zip(labels.tolist(), counts.tolist(), strict=True)) == {
        "business": 510,
        "entertainment": 386,
        "politics": 417,
        "sports": 511,
        "tech": 401,
    }
    assert data.docs[0].startswith(b"Ad sales boost Time Warner profit\n")


def test_digits():
    data = load_dataset("sample:digits").train
    assert (len(data.docs), set(data.docs.lengths.tolist())) == (1797, {64})
    assert data.docs.buffer.max() == 16


def test_a_held_out_part_keeps_the_proportions():
    labels = np.array(["a"] * 60 + ["b"] * 30 + ["once"])
    split = Split(Corpus.from_documents([f"{i}" for i in range(91)]), labels)
    train, test = hold_out(split, 0.2, seed=3)
    assert np.unique(test.labels, return_counts=True)[1].tolist() == [12, 6]
    assert "once" in train.labels
    assert sorted([*train.docs, *test.docs]) == sorted(split.docs)
    again, _ = hold_out(split, 0.2, seed=3)
    assert again.docs == train.docs
    assert hold_out(split, 0.2, seed=4)[0].docs != train.docs


def test_a_drawn_sample_keeps_the_order():
    split = Split(Corpus.from_documents([f"{i:02}" for i in range(50)]))
    drawn = list(split.sample(10, seed=0).docs)
    assert len(drawn) == 10
    assert drawn == sorted(drawn)
    assert split.sample(None, seed=0) is split
    assert split.sample(99, seed=0) is split


@pytest.fixture
def saved(tmp_path):
    features = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["neg", "pos"])}
    )
    parts = {
        "train": {"text": ["bad", "good", "fine"], "label": [0, 1, 1]},
        "test": {"text": ["poor"], "label": [0]},
        "hidden": {"text": ["who knows"], "label": [-1]},
    }
    dataset = datasets.DatasetDict(
        {name: datasets.Dataset.from_dict(rows, features) for name, rows in parts.items()}
    )
    dataset["train"] = dataset["train"].select([2, 0])  # an indirection that must be resolved
    dataset.save_to_disk(tmp_path / "saved")
    return tmp_path / "saved"


def test_a_saved_set_of_the_hub(saved):
    data = load_dataset(f"hf:{saved}")
    assert list(data.train.docs) == [b"fine", b"bad"]
    assert data.train.labels.tolist() == ["pos", "neg"]
    assert list(data.test.docs) == [b"poor"]
    test = load_dataset(f"hf:{saved}:test")
    assert (list(test.train.docs), test.test) == ([b"poor"], None)


def test_labels_that_the_hub_hides(saved):
    assert load_dataset(f"hf:{saved}:hidden", labelled=False).train.labels is None
    with pytest.raises(ValueError, match=r"hidden: row 1 has no label \(-1\)"):
        load_dataset(f"hf:{saved}:hidden")


def test_a_split_that_is_not_there(saved):
    with pytest.raises(ValueError, match=r"no split 'dev' \(found: train, test, hidden\)"):
        load_dataset(f"hf:{saved}:dev")


def test_a_directory_of_data_files(tmp_path, monkeypatch):
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train.jsonl").write_text('{"text": "one", "label": "a"}\n')
    (tmp_path / "data" / "test.jsonl").write_text('{"text": "two", "label": "b"}\n')
    data = load_dataset(f"hf:{tmp_path / 'data'}")
    assert (list(data.train.docs), list(data.test.docs)) == ([b"one"], [b"two"])


def test_a_directory_that_is_not_there():
    with pytest.raises(ValueError, match="hf:/no/where: there is no directory /no/where"):
        load_dataset("hf:/no/where")


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("ag_news", ("ag_news", None, None)),
        ("user/set", ("user/set", None, None)),
        ("user/set:test", ("user/set", None, "test")),
        ("user/set/config:train", ("user/set", "config", "train")),
        ("/no/where", ("/no/where", None, None)),
        ("./no/where:test", ("./no/where", None, "test")),
    ],
)
def test_names(name, parts):
    assert parse_name(name) == parts


@pytest.mark.parametrize("several", [False, True])
def test_lists_of_one_class_of_the_hub(tmp_path, several):
    names = datasets.ClassLabel(names=["neg ", "pos"])
    features = datasets.Features({"text": datasets.Value("string"), "label": [names]})
    rows = {"text": ["bad", "good"], "label": [[0], [1, 0] if several else [1]]}
    datasets.Dataset.from_dict(rows, features).save_to_disk(tmp_path / "set")
    if several:
        with pytest.raises(ValueError, match=r"set, row 2: the document has 2 labels \(1, 0\)"):
            load_dataset(f"hf:{tmp_path / 'set'}")
    else:
        data = load_dataset(f"hf:{tmp_path / 'set'}")
        assert data.train.labels.tolist() == ["neg", "pos"]
        assert data.remarks == (
            f"hf:{tmp_path / 'set'}, row 1: labels with blanks at their ends, which were stripped: "
            "'neg ' (1).",
        )
