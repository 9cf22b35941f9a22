"""A live page beside Python, in Chromium: ``python -m benchmarks.live_page [--sizes 5 15]``.

Fits `blocks` to four fifths of BBC News, exports a page of at most so many MB, and classifies 1,000
articles in the browser: all that the classifier has not seen, and others that it has. Prints the
largest differences of the codelengths in bits, how many labels differ, and the median time of a
keystroke in a text of 2 KB, from the key to the finished layout of the page.
"""

from __future__ import annotations

import base64
import json
import tempfile
from pathlib import Path

import click
import numpy as np

from cli._output import render_table
from compressclf import CodelengthClassifier
from compressclf.datasets import load_dataset
from compressclf.export import live_page
from tests.devtools import browser

AT_ONCE = 50
READ = """%s.map((text) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const reading = live.read(live.model, bytes);
  return [Array.from(reading.codelengths), reading.winner];
})"""
KEYSTROKES = """(async () => {
  const field = document.getElementById("text"), times = [];
  field.value = %s;
  for (let i = 0; i < 50; i++) {
    field.value += "word "[i %% 5];
    const begun = performance.now();
    field.dispatchEvent(new Event("input"));
    document.body.getBoundingClientRect();
    times.push(performance.now() - begun);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return times;
})()"""


@click.command()
@click.option("--sizes", type=float, multiple=True, default=(5.0, 15.0), show_default=True)
@click.option("--docs", "n_docs", type=int, default=1000, show_default=True)
def main(sizes: tuple[float, ...], n_docs: int) -> None:
    """Print one row per size."""
    data = load_dataset("sample:bbc-news").train
    order = np.random.default_rng(0).permutation(len(data.docs))
    n_new = len(order) // 5
    labels = np.asarray(data.labels)
    classifier = CodelengthClassifier().fit(data.docs.take(order[n_new:]), labels[order[n_new:]])
    docs = data.docs.take(order[:n_docs])
    theirs, predicted = classifier.codelengths(docs), classifier.predict(docs)
    rows = []
    for size in sizes:
        page = live_page(classifier, docs, size=round(size * 1e6))
        exported = page.codelengths(docs)
        with tempfile.TemporaryDirectory() as folder, browser(folder) as chromium:
            path = Path(folder) / "page.html"
            path.write_bytes(page.html)
            chromium.open(path)
            chromium.wait("'live' in window")
            found = []
            for first in range(0, n_docs, AT_ONCE):
                texts = [base64.b64encode(doc).decode() for doc in docs[first : first + AT_ONCE]]
                found += chromium.evaluate(READ % json.dumps(texts))
            text = bytes(docs.buffer[:2048]).decode(errors="replace")
            times = chromium.evaluate(KEYSTROKES % json.dumps(text))
            assert chromium.messages == [], chromium.messages
            assert chromium.requests == [path.as_uri()], chromium.requests
        ours = np.array([bits for bits, _ in found])
        wrong = classifier.classes_[[winner for _, winner in found]] != predicted
        off = np.abs(ours - theirs)
        rows.append(
            {
                "MB": round(len(page.html) / 1e6, 2),
                "features": len(page.packed.keys),
                "step": f"1/{2**page.packed.level:,}",
                "documents": n_docs,
                "labels differ": int(wrong.sum()),
                "bits off the page in Python": f"{np.abs(ours - exported).max():.1e}",
                "bits off the model, new texts": f"{off[:n_new].max():.2g}",
                "all texts": f"{off.max():.2g}",
                "keystroke ms": round(float(np.median(times)), 1),
            }
        )
    click.echo(render_table(rows, "md"))


if __name__ == "__main__":
    main()
