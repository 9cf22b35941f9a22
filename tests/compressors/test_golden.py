"""Codelengths pinned to library versions: a changed codelength is a breaking change."""

import pytest

from compressclf.compressors import build_compressor
from tests.texts import labelled_texts

TEXTS = labelled_texts(30, seed=11)[0]
DOCUMENTS = [b"", TEXTS[0].encode(), " ".join(TEXTS).encode()]

GOLDEN_BYTES = {
    "gzip": ("zlib 1.2.13", [20, 117, 1363]),
    "gzip:level=1": ("zlib 1.2.13", [20, 119, 1548]),
    "gzip:level=6": ("zlib 1.2.13", [20, 117, 1363]),
    "zlib": ("zlib 1.2.13", [8, 105, 1351]),
    "deflate": ("zlib 1.2.13", [2, 99, 1345]),
    "lz77": ("1", [0, 70.6825507277382, 1305.1726029304464]),
    "bz2": ("Python 3.11.7", [14, 124, 1067]),
    "xz": ("Python 3.11.7", [32, 176, 1408]),
    "lzma": ("Python 3.11.7", [10, 117, 1350]),
    "zstd": ("zstd 1.5.7", [9, 120, 1435]),
    "zstd:level=19": ("zstd 1.5.7", [9, 113, 1285]),
    "brotli": ("brotli 1.2.1", [1, 96, 1263]),
    "brotli:quality=5": ("brotli 1.2.1", [1, 112, 1355]),
    "ppmd": ("pyppmd 1.3.1", [5, 86, 913]),
    "ppmd:order=16": ("pyppmd 1.3.1", [5, 86, 936]),
    "lz4": ("lz4 1.9.4", [11, 163, 2059]),
    "identity": ("1", [0, 198, 4462]),
    "contextmix": ("1", [0, 72.28071987628937, 804.1559019088745]),
    "contextmix:model=bytelm": ("1", [0, 55.32231056690216, 764.5307314395905]),
    "bytelm": ("1", [0, 79.46173620223999, 1571.120076060295]),
}


@pytest.mark.parametrize("spec", GOLDEN_BYTES)
def test_lengths_in_bytes(spec):
    version, expected = GOLDEN_BYTES[spec]
    compressor = build_compressor(spec)
    if compressor.version != version:
        pytest.skip(f"pinned for {version}, this is {compressor.version}")
    lengths = [compressor.codelength(data) / 8 for data in DOCUMENTS]
    assert lengths == pytest.approx(expected, rel=1e-12)
