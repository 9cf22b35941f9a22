"""Scikit-learn estimators that classify by codelengths."""

from compressclf.classifiers._base import Predictions
from compressclf.classifiers.codelength import CodelengthClassifier
from compressclf.classifiers.features import CodelengthFeatures
from compressclf.classifiers.images import ImageCodelengthClassifier
from compressclf.classifiers.knn import NCDClassifier
from compressclf.classifiers.zeroshot import ZeroShotClassifier

__all__ = [
    "CodelengthClassifier",
    "CodelengthFeatures",
    "ImageCodelengthClassifier",
    "NCDClassifier",
    "Predictions",
    "ZeroShotClassifier",
]
