"""Terminal, page and record of a text say the same, and hostile texts do nothing."""

import json
import re
from xml.etree import ElementTree

import click
import numpy as np
import pytest

from compressclf import CodelengthClassifier, NCDClassifier
from compressclf.cli._explained import render_terminal
from compressclf.explain import explain, render_html, render_json, render_png, render_svg
from compressclf.explain.display import LEVELS, number, pieces, shades, shown, signed, views
from compressclf.explain.heat import lines_of
from tests.browser import needs_chromium, opened
from tests.hostile_texts import HOSTILE
from tests.texts import labelled_texts

SVG = "{http://www.w3.org/2000/svg}"
TEXTS, LABELS = labelled_texts(40, seed=0)
DOCUMENT = f"{TEXTS[0]}\n\tCafé\u0301 茶\U0001f44d\U0001f3fd {TEXTS[1]}"


def why(document=DOCUMENT, model="zstd-dict:shards=1+blocks", texts=TEXTS, labels=LABELS):
    classifier = CodelengthClassifier(model, calibration=3.0, n_jobs=1)
    return explain(classifier.fit(texts, labels), document)


def neighbours(document=DOCUMENT):
    return explain(NCDClassifier(3, n_jobs=1).fit(TEXTS, LABELS), document)


@pytest.fixture(scope="module", name="told")
def _told():
    return why()


def test_terminal_page_and_record_agree(told):
    record = json.loads(render_json(told))
    page = render_html(told)
    terminal = render_terminal(told, colour=False, width=100)
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", page)
    for side in ("for_winner", "for_runner_up"):
        for one in record[side]:
            assert number(one["bits"]) in cells
            assert re.search(rf"^ +{re.escape(number(one['bits']))}  ", terminal, re.M)
    for step in record["steps"]:
        assert signed(step["bits"]) in cells
        if step["kind"] != "feature":
            assert signed(step["bits"]) in terminal
    for one in record["classes"]:
        assert {number(one["codelength"]), number(one["total"])} <= set(cells)
        row = [number(one["codelength"]), number(one["total"]), f"{one['probability']:.4f}"]
        assert re.search(" +".join(map(re.escape, row)), terminal)
    assert signed(record["margin"]) in cells
    assert f"{signed(record['margin'])}  {record['label']} is ahead" in terminal
    assert told.remarks[0] in page


def test_the_record_adds_up(told):
    record = json.loads(render_json(told))
    for side in ("winner", "runner_up"):
        account = record[side]
        stated = sum(account["bits"]) + sum(account["terms"].values())
        assert stated == pytest.approx(account["codelength"], abs=1e-6)
        assert len(account["bits"]) == len(record["characters"])
    assert sum(step["bits"] for step in record["steps"]) == pytest.approx(record["margin"])
    assert "".join(record["characters"]) == DOCUMENT


def test_the_page_has_the_whole_text(told):
    page = render_html(told)
    assert len(views(told)) == page.count('class="heat"') == 3
    for heat in re.findall(r'<div class="heat"[^>]*>(.*?)</div>', page, re.S):
        assert re.sub(r"</?u[^>]*>", "", heat) == DOCUMENT
    assert not re.search(r"<script|https?://|src=", page)


def test_colours_follow_the_bits(told):
    terminal = render_terminal(told, colour=True, width=100)
    assert re.sub(r"\s", "", DOCUMENT) in re.sub(r"\s", "", click.unstyle(terminal))
    assert "\x1b[" in terminal
    assert "\x1b[" not in render_terminal(told, colour=False)
    name, _, shade = views(told)[0]
    assert name == "difference"
    assert (np.sign(shade)[shade != 0] == np.sign(told.favour)[shade != 0]).all()
    assert np.abs(shade).max() == LEVELS


def test_a_narrow_terminal(told):
    lines = render_terminal(told, colour=False, width=40).split("\n")
    assert not any("█" in line for line in lines)


def test_shades():
    assert shades(np.zeros(3)).tolist() == [0, 0, 0]
    assert shades(np.array([])).tolist() == []
    joined = pieces(("a", "b", "c"), np.array([1, 1, -2]))
    assert joined == [("ab", 1), ("c", -2)]


def test_the_picture(told):
    tree = ElementTree.fromstring(render_svg(told))
    assert tree.find(f"{SVG}title").text == f"Why {told.winner.label}?"
    (heat,) = (one for one in tree.iter(f"{SVG}g") if one.get("class") == "heat")
    words = "".join(one.text for one in heat.iter(f"{SVG}text"))
    assert re.sub(r"\s", "", words) == re.sub(r"\s", "", DOCUMENT)
    width = float(tree.get("width"))
    for one in heat.iter(f"{SVG}rect"):
        assert 0 <= float(one.get("x")) <= float(one.get("x")) + float(one.get("width")) <= width
    bits = [signed(one.bits) for one in told.for_winner[:8]]
    assert set(bits) <= {one.text for one in tree.iter(f"{SVG}text")}


def test_lines_are_not_longer_than_the_picture():
    document = "a" * 250 + " 茶" * 80 + " " * 120 + "\n\n" + "of the " * 40
    told = why(document, model="blocks")
    for line in lines_of(told, [0] * len(told.characters), columns=60):
        assert sum(cell.width for cell in line) <= 60


def test_a_picture_of_pixels_is_not_for_texts(told):
    with pytest.raises(ValueError, match=r"A text is not drawn as \.png: write \.svg or \.html\."):
        render_png(told)


def test_neighbours_in_all_forms():
    told = neighbours()
    record, page = json.loads(render_json(told)), render_html(told)
    terminal = render_terminal(told, colour=True, width=100)
    assert record["neighbors"][0]["position"] == told.winner.position
    assert record["winner"]["copies"][0]["text"] == told.winner.copies[0].text
    for text in (page, terminal):
        assert f"{told.winner.distance:.4f}" in text
        assert f"nearest training document {told.winner.position} " in text
    assert page.count('class="heat"') == 4  # two maps, two neighbours
    assert ElementTree.fromstring(render_svg(told)).tag == f"{SVG}svg"
    stated = sum(record["winner"]["bits"]) + sum(record["winner"]["terms"].values())
    assert stated == pytest.approx(record["winner"]["codelength"])


@pytest.mark.parametrize("document", ["", " \n", b"\xff\x00\xfe", "\u0301", "\r\n\r\n"])
def test_small_documents(document):
    for told in (why(document), why(document, model="blocks"), neighbours(document)):
        assert "</html>" in render_html(told)
        ElementTree.fromstring(render_svg(told))
        json.loads(render_json(told))
        render_terminal(told, colour=True, width=80)


def test_what_cannot_be_shown_is_escaped():
    assert shown("a\x1b[2J\r\n\u202e") == "a\\x1b[2J\n\\u202e"
    assert shown(b"\xff\xe9".decode("utf-8", "surrogateescape")) == "\\xff\\xe9"


def hostile(told=None):
    texts = [f"{text} {word}" for text in HOSTILE for word in ("tea", "rum")]
    labels = [f"{text}{'tr'[i % 2]}" for i, text in enumerate(np.repeat([HOSTILE[0]], len(texts)))]
    return why("\n".join(HOSTILE), model="blocks", texts=texts, labels=labels)


def test_hostile_texts_are_text():
    told = hostile()
    page = render_html(told)
    assert "<script" not in page
    assert not re.search(r"<(img|iframe|base|input autofocus|body onload|details open)", page)
    ElementTree.fromstring(render_svg(told))
    terminal = render_terminal(told, colour=False)
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", terminal)


@needs_chromium
def test_hostile_texts_do_nothing_in_a_browser(tmp_path):
    page = tmp_path / "why.html"
    page.write_text(render_html(hostile()), errors="backslashreplace")
    document, console = opened(page)
    assert console == []
    assert re.search(r"<title>(.*?)</title>", document)[1].startswith("Why &lt;script&gt;")
    assert "<script" not in document
