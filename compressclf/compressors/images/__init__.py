"""Lossless codecs of images as compressors: PNG, WebP, JPEG XL, JPEG-LS, JPEG 2000 and `pixelmix`.

They code the documents of a `compressclf.documents.images.ImageCorpus` as images, and other bytes
as the pixels of a grey image (see `base`). `web` needs Pillow, `jpeg` needs imagecodecs,
and `pixelmix` is a code of this toolkit.
"""
