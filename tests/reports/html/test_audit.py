"""An audit as a page: every check and document is there, and hostile data do nothing."""

import re

import numpy as np

from compressclf import Corpus
from compressclf.datasets import Dataset, Split
from compressclf.reports.audit import audit
from compressclf.reports.html import render_audit
from tests.browser import needs_chromium, opened
from tests.hostile_texts import HOSTILE


def data():
    texts = [f"the goal of match {i} was late" for i in range(6)] + ["money <b>lost</b>"] * 2
    labels = np.array(["sport"] * 6 + ["<i>money</i>"] * 2)
    return Dataset("a <set>", Split(Corpus.from_documents(texts), labels), None)


def test_every_check_and_its_documents():
    dataset = data()
    found = audit(dataset, n_jobs=1)
    page = render_audit(found, dataset)
    assert "<title>Audit of a &lt;set&gt;</title>" in page
    headings = re.findall("<h2>(.*?)</h2>", page)
    assert [name.lower() for name in headings] == [one.check for one in found.findings]
    assert page.count("money &lt;b&gt;lost&lt;/b&gt;") >= 2
    assert "<b>lost" not in page
    assert "<i>money" not in page
    assert not re.search(r"https?://|<script", page)


@needs_chromium
def test_hostile_texts_do_nothing(tmp_path):
    texts = [text for text in HOSTILE if text.strip()]
    labels = np.array(["a", "b"] * len(texts))[: 2 * len(texts)]
    dataset = Dataset("set", Split(Corpus.from_documents(texts * 2), labels), None)
    (tmp_path / "audit.html").write_text(render_audit(audit(dataset, n_jobs=1), dataset))
    document, console = opened(tmp_path / "audit.html")
    assert console == []
    assert "Audit of set" in document
