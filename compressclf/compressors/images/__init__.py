"""Lossless codecs of images as compressors: PNG, WebP, JPEG XL, JPEG-LS and JPEG 2000.

They code documents that are images (`compressclf.documents.images.ImageCorpus`) as images, and
other bytes as a grey image of rows. `base` says how; it needs no codec, `web` needs Pillow and
`jpeg` imagecodecs.
"""
