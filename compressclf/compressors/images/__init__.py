"""Lossless codecs of images as compressors: PNG, WebP, JPEG XL, JPEG-LS and JPEG 2000.

They see an image as an image where documents are images (`compressclf.images.ImageCorpus`), and
other bytes as a grey image of one row. `base` says how.
"""

from compressclf.compressors.images.base import ImageCompressor
from compressclf.compressors.images.jpeg import Jpeg2000, JpegLs, JpegXl
from compressclf.compressors.images.web import Png, WebP

__all__ = ["ImageCompressor", "Jpeg2000", "JpegLs", "JpegXl", "Png", "WebP"]
