"""Lossless codecs of images as compressors: PNG, WebP, JPEG XL, JPEG-LS and JPEG 2000.

They see an image as an image where documents are images (`compressclf.images.ImageCorpus`), and
other bytes as a grey image of rows. `base` says how; it needs no codec, `web` needs Pillow and
`jpeg` imagecodecs.
"""
