"""The file of arrays: what it holds comes back, the library of the format agrees, lies do not."""

import json
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from compressclf.compressors.tensors import pack_tensors, unpack_tensors

ARRAYS = {
    "words": np.array([[1, -2], [3, 4]], np.int16),
    "empty": np.zeros((0, 5), np.int32),
    "bytes": np.arange(3, dtype=np.int8),
    "one": np.array(2.5, np.float32),
}


def same(left, right):
    return left.dtype == right.dtype and left.shape == right.shape and (left == right).all()


def file_with(header, data=b"\x01\x00\x02\x00"):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


@settings(max_examples=50, deadline=None)
@given(
    st.dictionaries(
        st.text(max_size=8).filter(lambda name: name != "__metadata__"),
        arrays.arrays(
            st.sampled_from([np.int8, np.uint8, np.int16, np.int32, np.int64]),
            arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
        ),
        max_size=4,
    ),
    st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3),
)
def test_arrays_and_texts_come_back(tensors, metadata):
    back, texts = unpack_tensors(pack_tensors(tensors, metadata))
    assert texts == metadata
    assert set(back) == set(tensors)
    assert all(same(back[name], tensors[name]) for name in tensors)


def test_the_library_reads_what_is_written_here(tmp_path):
    library = pytest.importorskip("safetensors.numpy")
    file = tmp_path / "file"
    file.write_bytes(pack_tensors(ARRAYS, {"made": "here"}))
    assert all(same(value, ARRAYS[name]) for name, value in library.load_file(file).items())
    with pytest.importorskip("safetensors").safe_open(file, "np") as opened:
        assert opened.metadata() == {"made": "here"}


def test_what_the_library_writes_is_read_here():
    library = pytest.importorskip("safetensors.numpy")
    back, texts = unpack_tensors(library.save(ARRAYS, metadata={"made": "there"}))
    assert texts == {"made": "there"}
    assert all(same(back[name], ARRAYS[name]) for name in ARRAYS)


ENTRY = {"dtype": "I16", "shape": [2], "data_offsets": [0, 4]}


def test_a_small_file_by_hand():
    tensors, metadata = unpack_tensors(file_with({"a": ENTRY}))
    assert tensors["a"].tolist() == [1, 2]
    assert metadata == {}


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"\x00" * 7,
        struct.pack("<Q", 1 << 62) + b"{}",
        file_with({"a": ENTRY})[:-1],
        file_with({"a": ENTRY}) + b"\x00",
        file_with([1, 2]),
        file_with({"a": 3}),
        file_with({"a": {**ENTRY, "dtype": "F8_E4M3"}}),
        file_with({"a": {**ENTRY, "dtype": ["I16"]}}),
        file_with({"a": {**ENTRY, "shape": [-2]}}),
        file_with({"a": {**ENTRY, "shape": [True, 2]}}),
        file_with({"a": {**ENTRY, "shape": [1 << 70]}}),
        file_with({"a": {**ENTRY, "shape": [1] * 100 + [2]}}),
        file_with({"a": {**ENTRY, "data_offsets": [0, 4, 4]}}),
        file_with({"a": {**ENTRY, "data_offsets": [-4, 0]}}),
        file_with({"a": {**ENTRY, "data_offsets": [0, 1 << 60]}}),
        file_with({"a": ENTRY, "b": ENTRY}),
        file_with({"a": ENTRY, "__metadata__": {"b": 1}}),
        file_with({"a": ENTRY, "__metadata__": [1]}),
        struct.pack("<Q", 200_000) + b"[" * 200_000,
    ],
)
def test_a_file_that_lies_is_refused(file):
    with pytest.raises(ValueError, match=r"^not a complete safetensors file"):
        unpack_tensors(file)
