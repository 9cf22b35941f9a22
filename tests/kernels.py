"""Compile every kernel once, before the workers of pytest start and each compile it.

Families are compiled in two processes; a kernel in the cache on disk is only loaded.
"""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

TEXTS = ["to be or not", "not to be", "the rest is silence"]


def blocks():
    from compressclf.models.blocks.model import compile_blocks

    compile_blocks()


def images():
    from compressclf.compressors.images.pixelmix.compressor import compile_mixer
    from compressclf.models.images.motion.model import compile_motion
    from compressclf.models.images.patches.model import compile_patches
    from compressclf.models.images.pixeltree.model import compile_trees
    from compressclf.models.images.transform.model import compile_transform

    for compile_kernels in (
        compile_motion, compile_patches, compile_trees, compile_transform, compile_mixer,
    ):  # fmt: skip
        compile_kernels()


def neighbours():
    from compressclf import NCDClassifier

    for settings in ({}, {"compressor": "lz77"}, {"compressor": "zstd", "candidates": "ngrams"}):
        NCDClassifier(1, **settings).fit(TEXTS, [0, 1, 0]).predict(TEXTS)


def mixers():
    from compressclf.compressors.bytelm.compressor import compile_bytelm
    from compressclf.compressors.contextmix.compressor import compile_mixer

    compile_bytelm()
    compile_mixer()
    compile_mixer(opinion=True)


def compile_all():
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for done in [pool.submit(family) for family in (neighbours, mixers, images, blocks)]:
            done.result()


if __name__ == "__main__":
    compile_all()
