"""The page in a browser: opened from disk, without a message and without a request."""

import json

import numpy as np
import pytest

from compressclf import Corpus
from compressclf.export import live_page
from tests.browser import needs_chromium
from tests.devtools import browser
from tests.export.texts import taught
from tests.hostile_texts import HOSTILE

pytestmark = needs_chromium
TITLE = "Which label fits this text?"
TEXT = "The striker's late goal, then rain: naïve 茶和牛奶 😀 profit forecasts."
SHOWN = """({
  label: document.querySelector("#label").textContent,
  rows: [...document.querySelectorAll("#classes tr")].map((row) => row.innerText.split(/\\s+/)),
  heat: document.querySelector("#heat").textContent,
  sum: document.querySelector("#sum").textContent,
  reading: document.querySelector("#reading").textContent,
  title: document.title,
})"""


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("profile")) as one:
        yield one


def opened(chromium, tmp_path, classifier, **how):
    path = tmp_path / "page.html"
    path.write_bytes(live_page(classifier).html)
    chromium.open(path, **how)
    chromium.wait("'live' in window")
    return path


def type_in(chromium, text):
    chromium.evaluate(
        f"((f) => {{ f.value = {json.dumps(text)}; f.dispatchEvent(new Event('input')); }})"
        "(document.getElementById('text'))"
    )
    return chromium.evaluate(SHOWN)


def test_the_page_shows_what_python_computes(chromium, tmp_path):
    classifier = taught()
    path = opened(chromium, tmp_path, classifier)
    shown = type_in(chromium, TEXT)
    docs = Corpus.from_documents([TEXT])
    (label,), (shares,), _ = classifier.predictions(docs)
    assert shown["label"] == f"{label} {100 * shares.max():.2f} %"
    assert [row[0] for row in shown["rows"]] == classifier.classes_.tolist()
    assert [float(row[1]) for row in shown["rows"]] == [round(100 * p, 2) for p in shares]
    assert shown["heat"] == TEXT
    bits = classifier.codelengths(docs)[0]
    best, second = np.argsort(-shares)[:2]
    names = classifier.classes_[[best, second]]
    total = f"{bits[second] - bits[best]:.2f}"
    assert (
        shown["sum"] == f"The characters add up to {total} bits for {names[0]} against {names[1]}."
    )
    assert chromium.messages == []
    assert chromium.requests == [path.as_uri()]


def test_the_page_changes_as_one_types(chromium, tmp_path):
    opened(chromium, tmp_path, taught())
    assert chromium.evaluate(SHOWN)["label"] == "No text yet"
    assert chromium.evaluate("document.activeElement.id") == "text"
    for letter in "snow":
        chromium.press(letter, letter)
    shown = chromium.evaluate(SHOWN)
    assert shown["heat"] == "snow"
    assert shown["label"].startswith("weather ")
    chromium.wait("document.querySelector('#spoken').textContent.startsWith('Label: weather, ')")


def test_the_heat_map_is_read_with_the_keyboard(chromium, tmp_path):
    classifier = taught()
    opened(chromium, tmp_path, classifier)
    type_in(chromium, "late snow")
    for _ in range(3):
        chromium.press("Tab")
    assert chromium.evaluate("document.activeElement.id") == "heat"
    chromium.press("ArrowDown")
    chromium.press("ArrowDown")
    bits = classifier.explain_bits("late snow")
    docs = Corpus.from_documents(["late snow"])
    second, best = np.argsort(classifier.predictions(docs).probabilities[0])[-2:]
    each = bits[:, second] - bits[:, best]
    said = chromium.evaluate(SHOWN)["reading"]
    assert said == f"“snow”: {each[5:].sum():.2f} bits for weather."
    chromium.press("ArrowRight")
    sign = "for" if each[6] >= 0 else "against"
    said = chromium.evaluate(SHOWN)["reading"]
    assert said == f"“n”: {abs(each[6]):.2f} bits {sign} weather."


def test_the_heat_map_is_read_with_the_mouse(chromium, tmp_path):
    opened(chromium, tmp_path, taught())
    type_in(chromium, "goal")
    x, y = chromium.evaluate(
        "(() => { const box = document.querySelector('#heat span').getBoundingClientRect();"
        "return [box.left + 2, box.top + box.height / 2]; })()"
    )
    chromium.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
    assert chromium.evaluate(SHOWN)["reading"].startswith("“g”: ")


def test_two_labels_can_be_compared(chromium, tmp_path):
    classifier = taught()
    opened(chromium, tmp_path, classifier)
    type_in(chromium, TEXT)
    chromium.evaluate(
        "for (const [id, value] of [['ours', '2'], ['theirs', '0']]) {"
        "const one = document.getElementById(id); one.value = value;"
        "one.dispatchEvent(new Event('change')); }"
    )
    bits = classifier.codelengths([TEXT])[0]
    total = f"{bits[0] - bits[2]:.2f}".replace("-", "−")
    expected = f"The characters add up to {total} bits for weather against business."
    assert chromium.evaluate(SHOWN)["sum"] == expected


def test_hostile_texts_do_nothing(chromium, tmp_path):
    path = opened(chromium, tmp_path, taught())
    for text in [*HOSTILE, "x" * 50_000, "\n" * 99, "😀" * 200]:
        shown = type_in(chromium, text.encode("utf-8", "replace").decode())
        assert shown["title"] == TITLE
    assert chromium.evaluate("document.querySelectorAll('script').length") == 2
    assert chromium.messages == []
    assert chromium.requests == [path.as_uri()]


@pytest.mark.parametrize("first", range(0, len(HOSTILE), 3))
def test_hostile_labels_do_nothing(chromium, tmp_path, first):
    labels = (HOSTILE * 2)[first : first + 3]
    path = opened(chromium, tmp_path, taught(labels))
    shown = type_in(chromium, TEXT)
    assert shown["title"] == TITLE
    names = chromium.evaluate("[...document.querySelectorAll('#classes th')].map(e=>e.textContent)")
    assert names == sorted(labels)
    assert chromium.messages == []
    assert chromium.requests == [path.as_uri()]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nothing_is_wider_than_the_window(chromium, tmp_path, width, dark):
    labels = ["a_label_as_long_as_" + "x" * 80, "a label of several words " * 4, "c"]
    opened(chromium, tmp_path, taught(labels), width=width, dark=dark)
    type_in(chromium, TEXT + "x" * 300)
    assert chromium.evaluate("document.documentElement.scrollWidth") <= width
    colour = chromium.evaluate("getComputedStyle(document.body).backgroundColor")
    assert colour == ("rgb(13, 17, 23)" if dark else "rgb(255, 255, 255)")


def test_a_damaged_page_says_so(chromium, tmp_path):
    path = tmp_path / "cut.html"
    page = live_page(taught()).html
    path.write_bytes(page.replace(b'id="data">', b'id="data">AAAA'))
    chromium.open(path)
    chromium.wait("!document.querySelector('#problem').hidden")
    said = chromium.evaluate("document.querySelector('#problem').textContent")
    assert said.startswith("The page is damaged: export it again.")
    assert chromium.messages == []
