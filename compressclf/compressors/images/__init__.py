"""Lossless codecs of images as compressors: PNG, WebP, JPEG XL, JPEG-LS and JPEG 2000.

They code the documents of a `compressclf.documents.images.ImageCorpus` as images, and other bytes
as the pixels of a grey image (see `base`). `web` needs Pillow, and `jpeg` needs imagecodecs.
"""
