"""The site: it builds without a warning, its links lead somewhere, and it loads nothing.

`mkdocs build --strict` already refuses links between pages that lead nowhere; here the built pages
are read, with the links of the navigation, of the API pages and of pictures.
"""

import os
import posixpath
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from docs.hooks import places, relinked
from tests.lib.test_doclink import ESTIMATORS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
FIRST = ("index.html", "data/", "choosing/", "how-it-works/")  # read by people who begin
SOURCES = {"link": "href", "script": "src", "img": "src", "iframe": "src", "source": "src"}


class Page(HTMLParser):
    """The links, anchors and sources of a page, and the columns of its tables."""

    def __init__(self, text):
        super().__init__()
        self.links, self.anchors, self.loaded, self.widths = [], set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.anchors |= {found[name] for name in ("id", "name") if found.get(name)}
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        if tag in SOURCES and found.get(SOURCES[tag]):
            self.loaded.append(found[SOURCES[tag]])
        if tag == "tr":
            self.widths.append(0)
        if tag in ("td", "th"):
            self.widths[-1] += 1


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    pytest.importorskip("mkdocstrings")
    folder = tmp_path_factory.mktemp("site")
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        check=True,
        timeout=300,
    )
    return folder


@pytest.fixture(scope="module")
def pages(site):
    found = {
        path.relative_to(site).as_posix(): Page(path.read_text(encoding="utf-8"))
        for path in site.rglob("*.html")
    }
    found.pop("404.html")  # its links begin at the root of a server
    return found


def test_no_link_is_dead(site, pages):
    dead = []
    for name, page in pages.items():
        for link in {*page.links, *page.loaded}:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), parts.path))
            target = unquote(target) if parts.path else name
            if not (site / target).is_file():
                dead.append((name, link))
            elif parts.fragment and target in pages:
                if unquote(parts.fragment) not in pages[target].anchors:
                    dead.append((name, link))
    assert dead == []


def test_pages_load_nothing_from_a_network(site, pages):
    for name, page in pages.items():
        sources = [one for one in page.loaded if urlsplit(one).scheme not in ("", "data")]
        assert sources == [], name
        assert not any(one.startswith("//") for one in page.loaded), name
    for path in site.rglob("*.css"):
        assert not re.search(r"url\(\W?(?:https?:)?//|@import", path.read_text(encoding="utf-8"))


def test_the_first_pages_have_narrow_tables(pages):
    first = {name: page for name, page in pages.items() if name.startswith(FIRST)}
    assert len(first) >= 10
    assert {name: max(page.widths, default=0) for name, page in first.items()} == {
        name: min(max(page.widths, default=0), 5) for name, page in first.items()
    }


def test_five_questions_are_answered_within_one_click(site):
    text = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([A-Z][^|]+[.?]) \| \[[^]]+\]\(([^)#]+)", text, flags=re.MULTILINE)
    answers = {
        "My labels are in column 3.": "--label-column 3",
        "How sure is it?": "If the probability is 0.8",
        "Which words decided?": "compressclf explain news article.txt",
        "It is slow.": "--limit-train 500",
        "Can I use it on Swahili with 20 documents?": "Swahili with 20 documents?",
    }
    assert [question for question, _ in rows] == list(answers)
    for question, page in rows:
        assert answers[question] in (ROOT / "docs" / page).read_text(encoding="utf-8"), question


def test_the_pages_that_estimators_link_to_are_there(pages):
    for link in ESTIMATORS:
        page, _, anchor = link.partition("#")
        assert anchor in pages[page].anchors


def test_every_study_and_notebook_is_a_page(pages):
    for path, place in places().items():
        if place.endswith(".md"):
            assert place.replace(".md", ".html") in pages, path
    links = pages["evidence/index.html"].links
    evidence = {posixpath.normpath(f"evidence/{link}") for link in links}
    studies = {name for name in pages if name.startswith("evidence/studies/")}
    assert studies <= evidence


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_links_of_pages_in_the_root_are_not_dead(name):
    text = re.sub(r"```.*?```", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = link.partition("#")
        assert (ROOT / path).exists(), link
        if anchor and path:
            assert anchor in anchors_of((ROOT / path).read_text(encoding="utf-8")), link


def anchors_of(text):
    """Return the anchors of the headings of a page of Markdown."""
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", one.lower()).strip().replace(" ", "-") for one in headings}


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("[a](../../experiments/results/full.md#costs)", "[a](studies/full.md#costs)"),
        ("![a](../../experiments/results/cost.svg)", "![a](../../experiments/results/cost.svg)"),
        ("[a](../glossary.md)", "[a](../glossary.md)"),
        ("[`run`](../../experiments/runner.py)", "`run`"),  # not in the site
        ("[a](https://example.org/a.md)", "[a](https://example.org/a.md)"),
        ("[a](#here)", "[a](#here)"),
        ("```\n[a](../../README.md)\n```", "```\n[a](../../README.md)\n```"),
    ],
)
def test_links_to_files_of_the_repository_become_links_to_pages(link, expected):
    here = "evidence/class-models.md"
    assert relinked(link, f"docs/{here}", here, places()) == expected
