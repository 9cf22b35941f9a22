"""The numbers of the charts."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from compressclf.reports.evaluation import expected_calibration_error
from compressclf.reports.html.charts import (
    MOST_CLASSES,
    calibration_bins,
    calibration_svg,
    confusion_matrix,
)


def test_counts_and_shades():
    labels, predicted = np.array(list("aaab")), np.array(list("aabc"))
    names, rows = confusion_matrix(labels, predicted)
    assert names == ["a", "b", "c"]
    assert [[cell["n"] for cell in row] for row in rows] == [[2, 1, 0], [0, 0, 1], [0, 0, 0]]
    assert [cell["shade"] for cell in rows[0]] == [6, 3, 0]
    assert [[cell["right"] for cell in row] for row in rows] == np.eye(3, dtype=bool).tolist()


def test_too_many_classes_have_no_matrix():
    labels = np.arange(MOST_CLASSES + 1).astype(str)
    assert confusion_matrix(labels, labels) is None
    assert confusion_matrix(labels[:-1], labels[:-1]) is not None


def test_bins_are_those_of_the_calibration_error():
    rng = np.random.default_rng(0)
    confidence = np.append(rng.uniform(0.2, 1, 300), 1.0)
    right = rng.random(301) < confidence
    bins = calibration_bins(right, confidence)
    assert sum(n for *_, n in bins) == 301
    error = sum(abs(x - y) * n for x, y, n in bins) / 301
    assert error == pytest.approx(expected_calibration_error(right, confidence))


def test_the_curve():
    tree = ElementTree.fromstring(calibration_svg([(0.5, 0.25, 1), (0.9, 1.0, 4)]))
    dots = [one for one in tree.iter() if one.tag.endswith("circle")]
    places = [tuple(float(one.get(key)) for key in ("cx", "cy", "r")) for one in dots]
    assert places == [(184.0, 254.0, 6.5), (296.0, 44.0, 10.0)]
    assert re.search("Accuracy over mean confidence", calibration_svg([]))
