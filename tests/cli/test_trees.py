"""``compressclf tree`` and ``compressclf map``."""

import csv
import io
import json
import random
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from compressclf import pairwise_distances
from compressclf.cli import cli
from compressclf.trees import quartet_tree
from tests.cli.refusals import DATA, USAGE, assert_refused

FAMILIES = {"birds": ["eagle", "finch", "crow"], "fish": ["carp", "pike"], "trees": ["oak", "elm"]}


def run(*arguments, **options):
    result = CliRunner().invoke(cli, list(map(str, arguments)), **options)
    assert result.exit_code == 0, result.stderr
    return result


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Families of texts, in a table, in directories and as files."""
    monkeypatch.chdir(tmp_path)
    rng = random.Random(0)
    rows = []
    for family, members in FAMILIES.items():
        words = ["".join(rng.choices("abcdefghij", k=6)) for _ in range(30)]
        for name in members:
            text = " ".join(rng.choices(words, k=150))
            rows.append({"text": text, "label": family, "name": name})
            (tmp_path / "texts" / family).mkdir(parents=True, exist_ok=True)
            (tmp_path / "texts" / family / f"{name}.txt").write_text(text)
    (tmp_path / "table.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "three.csv").write_text("text,label\none,a\ntwo,b\nthree,c\n")
    (tmp_path / "twice.csv").write_text("text,label,name\none,a,x\ntwo,a,y\nthree,b,x\nfour,b,z\n")
    (tmp_path / "blank.txt").write_text("")
    (tmp_path / "hollow").mkdir()
    images = np.zeros((5, 6, 6), np.uint8)
    for i, image in enumerate(images):
        image[i] = 200
        Image.fromarray(image).save(f"image{i}.png")
    return tmp_path


def test_a_table_as_text(here):
    told = run("tree", "table.jsonl", "--name-column", "name").stdout
    tree, about = told.split("\n\n")
    names = [name for members in FAMILIES.values() for name in members]
    assert sorted(re.findall(r"─ (\w+)  \[", tree)) == sorted(names)
    scores, best, clades = about.splitlines()
    number = r"[01]\.\d{4}"
    assert re.fullmatch(
        rf"S\(T\): quartet tree {number}, neighbour joining {number}, UPGMA {number}", scores
    )
    assert best == "No tree has a higher S(T) than this quartet tree."
    assert clades == "3 of 3 labels with several documents are clades."


def test_files_and_directories_have_one_tree(here):
    files = [f"texts/{family}/{name}.txt" for family in FAMILIES for name in FAMILIES[family]]
    of_files = run("tree", *files, "--format", "newick").stdout
    texts = [(here / file).read_bytes() for file in files]
    names = [file.split("/")[-1][:-4] for file in files]
    expected = quartet_tree(pairwise_distances(texts, compressor="xz"), names)
    assert of_files == expected.newick() + "\n"
    directory = json.loads(run("tree", "texts", "--format", "json").stdout)
    assert sorted(directory["names"]) == sorted(names)
    assert directory["clades"] == {"birds": True, "fish": True, "trees": True}
    assert directory["scores"]["quartet"] == pytest.approx(expected.score)
    assert directory["scores"]["quartet"] >= max(directory["scores"].values()) - 1e-12


def test_pictures(here):
    table = ("table.jsonl", "--name-column", "name")
    told = run("tree", *table, "--root", "oak", "-o", "tree.svg").stdout
    assert told.startswith("S(T): quartet tree ")
    text = ElementTree.fromstring((here / "tree.svg").read_text(encoding="utf-8"))
    assert "finch" in "".join(text.itertext())
    run("tree", *table, "--method", "nj", "-o", "tree.png")
    run("tree", *table, "--method", "upgma", "-o", "tree.nwk")
    assert (here / "tree.nwk").read_text().endswith(";\n")
    with Image.open("tree.png") as picture:
        assert picture.height > 7 * 18


def test_maps(here):
    result = run("map", "table.jsonl", "--name-column", "name")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["name"] for row in rows][:3] == FAMILIES["birds"]
    assert {row["label"] for row in rows} == set(FAMILIES)
    assert re.fullmatch(r"Stress: 0\.\d{3}\n", result.stderr)
    points = np.array([[float(row["x"]), float(row["y"])] for row in rows])
    assert points.mean(axis=0) == pytest.approx(0, abs=1e-9)
    run("map", "table.jsonl", "--name-column", "name", "-o", "map.svg")
    ElementTree.fromstring((here / "map.svg").read_text(encoding="utf-8"))
    run("map", "table.jsonl", "-o", "map.png", "--limit", "5")
    with Image.open("map.png") as picture:
        assert picture.mode == "RGB"


def test_documents_without_names_are_called_by_label_or_number(here):
    names = json.loads(run("tree", "table.jsonl", "--format", "json").stdout)["names"]
    assert names[:4] == ["birds 1", "birds 2", "birds 3", "fish 1"]
    lines = run("tree", "-", "--format", "json", input="one\ntwo\nthree\nfour\n").stdout
    assert json.loads(lines)["names"] == ["1", "2", "3", "4"]


def test_images(here):
    files = [f"image{i}.png" for i in range(5)]
    report = json.loads(run("tree", *files, "--format", "json").stdout)
    assert report["names"] == [f"image{i}" for i in range(5)]


@pytest.mark.parametrize(
    ("command", "exit_code", "message"),
    [
        ("tree three.csv", DATA, "A tree needs at least 4 documents. Got 3."),
        ("map three.csv", DATA, "A map needs at least 4 documents. Got 3."),
        (
            "tree twice.csv --name-column name",
            DATA,
            "The name 'x' belongs to more than one document: give names that differ, such as "
            "another --name-column.",
        ),
        (
            "tree blank.txt image0.png three.csv twice.csv",
            DATA,
            re.compile(".*image0.png.*"),
        ),
        (
            "tree blank.txt three.csv twice.csv table.jsonl",
            DATA,
            "The document 'blank' is empty, and has no distance to others: leave it out.",
        ),
        ("tree hollow", DATA, "hollow: there are no files in this directory."),
        ("tree nowhere.txt three.csv", DATA, "nowhere.txt: No such file or directory"),
        (
            "tree texts --root whale",
            DATA,
            "There is no document 'whale' for --root.",
        ),
        (
            "tree texts --name-column name",
            USAGE,
            "--name-column belongs to a table; the names of files are those of the documents.",
        ),
        (
            "tree texts -o tree.jpg",
            USAGE,
            "Invalid value for '-o' / '--output': tree.jpg: Unknown suffix '.jpg': choose from "
            ".svg, .png, .nwk, .json, .txt; did you mean '.png'?",
        ),
        ("tree", USAGE, "Missing argument 'SOURCE...'."),
        (
            "map texts --limit 3",
            USAGE,
            "Invalid value for '--limit': 3 is not in the range 4<=x<=5000.",
        ),
    ],
)
def test_refusals(here, command, exit_code, message):
    assert_refused(command, exit_code, message, here)
