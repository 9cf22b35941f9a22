"""What a user waits for at the first call, and what must never be run: an outdated kernel."""

import ast
import subprocess
import sys
from pathlib import Path

import numba
import pytest

from compressclf._lib.jit import dispatcher_of, stamp
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
            if hasattr(kernel, "_numba_type_") and kernel.__module__ == module.__name__:
                yield name, dispatcher_of(kernel)


def compile_what_users_need():
    documents = Corpus.from_documents(["abc", "abcabc"])
    for level in (1, 9):
        deflate.joint_payload_bytes(documents, documents, separator=b" ", level=level)
        deflate.joint_lz77_bits(documents, documents, separator=b"", level=level)
    print({name: len(kernel.signatures) for name, kernel in kernels()})


def test_every_kernel_is_compiled_once():
    """A second type for the same argument would double a part of the first-use compile time."""
    # In a process of its own: other tests call kernels with types that users never do.
    code = f"from {__name__} import *; compile_what_users_need()"
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    compiled = ast.literal_eval(done.stdout)
    assert len(compiled) > 30
    # `copy` once for texts that may be written to, once for read-only ones.
    assert {name for name, n in compiled.items() if n > 1} <= {"copy"}


def test_a_changed_file_outdates_every_cached_kernel():
    sources = stamp(Path(native.__file__).parent)
    files = {name for name, _, _ in sources}
    assert {module.__name__.rpartition(".")[2] + ".py" for module in MODULES} <= files
    for _, kernel in kernels():
        assert kernel._cache._cache_file._source_stamp == sources
