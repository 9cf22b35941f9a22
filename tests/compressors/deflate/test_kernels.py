"""What a user waits for at the first call, and what must never be run: an outdated kernel."""

import numba
import pytest
from numba.core.dispatcher import Dispatcher

from compressclf.compressors import deflate
from compressclf.compressors.deflate import (
    blocks,
    chains,
    huffman,
    native,
    parse,
    rows,
    stream,
    texts,
)
from compressclf.documents import Corpus

pytestmark = pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")

MODULES = (blocks, chains, huffman, native, parse, rows, stream, texts)


def kernels():
    for module in MODULES:
        for name, kernel in vars(module).items():
            if isinstance(kernel, Dispatcher) and kernel.py_func.__module__ == module.__name__:
                yield name, kernel


def test_every_kernel_is_compiled_once():
    """A second type for the same argument would double a part of the first-use compile time."""
    documents = Corpus.from_documents(["abc", "abcabc"])
    for level in (1, 9):
        deflate.joint_payload_bytes(documents, documents, separator=b" ", level=level)
        deflate.joint_lz77_bits(documents, documents, separator=b"", level=level)
    compiled = {name: len(kernel.signatures) for name, kernel in kernels()}
    assert len(compiled) > 30
    # `copy` once for texts that may be written to, once for read-only ones.
    assert {name for name, n in compiled.items() if n > 1} <= {"copy"}


def test_a_changed_file_outdates_every_cached_kernel():
    files = {name for name, _, _ in native._SOURCES}
    assert {module.__name__.rpartition(".")[2] + ".py" for module in MODULES} <= files
    for _, kernel in kernels():
        assert kernel._cache._cache_file._source_stamp == native._SOURCES
