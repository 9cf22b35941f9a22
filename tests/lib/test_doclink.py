import pytest
from sklearn.base import BaseEstimator

from compressclf import (
    CodelengthClassifier,
    CodelengthFeatures,
    ImageCodelengthClassifier,
    NCDClassifier,
    ZeroShotClassifier,
)
from compressclf._lib import doclink
from compressclf.documents.preprocessing import Centre, Deskew, Quantise, Resize

IMAGES = "reference/api/documents.html#compressclf.documents.preprocessing"
ESTIMATORS = {
    "reference/api/index.html#compressclf.CodelengthClassifier": CodelengthClassifier(),
    "reference/api/index.html#compressclf.CodelengthFeatures": CodelengthFeatures(),
    "reference/api/index.html#compressclf.ImageCodelengthClassifier": ImageCodelengthClassifier(),
    "reference/api/index.html#compressclf.NCDClassifier": NCDClassifier(),
    "reference/api/index.html#compressclf.ZeroShotClassifier": ZeroShotClassifier(["a", "b"]),
    f"{IMAGES}.Centre": Centre(),
    f"{IMAGES}.Deskew": Deskew(),
    f"{IMAGES}.Quantise": Quantise(),
    f"{IMAGES}.Resize": Resize(width=8, height=8),
}


@pytest.mark.parametrize("page", ESTIMATORS)
def test_the_html_view_links_to_the_page(page, monkeypatch):
    estimator = ESTIMATORS[page]
    monkeypatch.setattr(doclink, "SITE", "https://docs.example/")
    assert f'href="https://docs.example/{page}"' in estimator._repr_html_()


@pytest.mark.parametrize("page", ESTIMATORS)
def test_without_an_address_there_is_no_link(page):
    html = ESTIMATORS[page]._repr_html_()
    assert "reference/api" not in html
    assert 'href="http' not in html


def test_a_class_of_another_package_has_no_link(monkeypatch):
    class Elsewhere(doclink.DocLinkMixin, BaseEstimator):
        pass

    monkeypatch.setattr(doclink, "SITE", "https://docs.example/")
    assert "docs.example" not in Elsewhere()._repr_html_()
