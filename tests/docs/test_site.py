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

from compressclf.compressors import COMPRESSORS
from compressclf.encoders import ENCODERS
from compressclf.models import MODELS
from docs.hooks import places, relinked
from tests.browser import CHROMIUM, opened
from tests.lib.test_doclink import ESTIMATORS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
REGISTRIES = {"compressors": COMPRESSORS, "encoders": ENCODERS, "models": MODELS}
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


def is_own(described):
    """Return whether something is not a plug-in, such as those of other tests."""
    return described.__module__.startswith("compressclf.")


@pytest.mark.skipif(
    sys.version_info < (3, 11), reason="mkdocstrings for Python 3.10 fails with current extensions"
)
def test_the_site_builds_and_is_whole(tmp_path):
    """One test, so that the site is built once."""
    pytest.importorskip("mkdocstrings")
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", tmp_path],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        check=True,
        timeout=300,
    )
    pages = {
        path.relative_to(tmp_path).as_posix(): Page(path.read_text(encoding="utf-8"))
        for path in tmp_path.rglob("*.html")
    }
    del pages["404.html"]  # its links begin at the root of a server
    assert list(dead_links(tmp_path, pages)) == []
    loads_nothing_from_a_network(tmp_path, pages)
    first = {name: page for name, page in pages.items() if name.startswith(FIRST)}
    assert len(first) >= 10
    assert [name for name, page in first.items() if max(page.widths, default=0) > 5] == []
    for link in ESTIMATORS:
        page, _, anchor = link.partition("#")
        assert anchor in pages[page].anchors
    for name, registry in REGISTRIES.items():
        own = {one for one in registry.names() if is_own(registry.load(one))}
        assert own <= pages[f"reference/api/{name}.html"].anchors
    for path in (tmp_path / "reference" / "api").glob("*.html"):  # docstrings that are not Markdown
        assert not re.search(r"<blockquote>\s*<blockquote>|=====", path.read_text("utf-8")), path
    models = (tmp_path / "reference" / "api" / "models.html").read_text("utf-8")
    assert not re.search(r"n_classes\s*\(\s*Corpus", re.sub("<[^>]*>", "", models))
    for path, place in places().items():  # studies, notebooks and single files
        if place.endswith(".md"):
            assert place.replace(".md", ".html") in pages, path
    links = pages["evidence/index.html"].links
    evidence = {posixpath.normpath(f"evidence/{link}") for link in links}
    assert {name for name in pages if name.startswith("evidence/studies/")} <= evidence
    if CHROMIUM is not None:  # the search works in pages that are opened from disk
        page, console = opened(tmp_path / "index.html", query="q=temperature", wait=10_000)
        assert console == []
        assert re.search(r">[1-9]\d* matching documents<", page)


def dead_links(site, pages):
    """Yield page and link of what leads to no file, or to no anchor of a page."""
    for name, page in pages.items():
        for link in {*page.links, *page.loaded}:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), parts.path))
            target = unquote(target) if parts.path else name
            if not (site / target).is_file():
                yield name, link
            elif parts.fragment and target in pages:
                if unquote(parts.fragment) not in pages[target].anchors:
                    yield name, link


def loads_nothing_from_a_network(site, pages):
    """Check the sources of pages and style sheets."""
    for name, page in pages.items():
        for source in map(urlsplit, page.loaded):
            assert source.scheme in ("", "data"), name
            assert source.netloc == "", name
    for path in site.rglob("*.css"):
        assert not re.search(r"url\(\W?(?:https?:)?//|@import", path.read_text(encoding="utf-8"))


def test_five_questions_are_answered_within_one_click():
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


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_links_of_pages_in_the_root_are_not_dead(name):
    text = re.sub(r"```.*?```", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = link.partition("#")
        assert (ROOT / path).exists(), link
        if anchor and path:
            assert anchor in anchors_of((ROOT / path).read_text(encoding="utf-8")), link


@pytest.mark.parametrize("section", ["index.md", "data/*.md", "choosing/*.md", "how-it-works/*.md"])
def test_the_first_pages_leave_what_was_not_blind_to_the_evidence(section):
    for path in (ROOT / "docs").glob(section):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"blind|(?:at|on) (?:the )?test data|after looking", text), path


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
