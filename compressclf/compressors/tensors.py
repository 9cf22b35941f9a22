"""Arrays by name in one file: the safetensors format, read and written with numpy alone.

A file consists of the length of a JSON header (8 bytes, little-endian), the header, and the bytes
of the arrays; it cannot run code. The header holds the type, the shape and the place of each array,
and the texts of ``__metadata__``. The library safetensors can exchange files with this module, but
is not needed for the bundled model.

A header that does not describe the file to the last byte is refused before memory is allocated:
arrays that overlap, leave gaps or exceed the file, unknown types, and wrong sizes.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MOST_HEADER_BYTES", "pack_tensors", "unpack_tensors"]

_TYPES: dict[str, np.dtype[Any]] = {
    "F32": np.dtype("<f4"),
    "I64": np.dtype("<i8"),
    "I32": np.dtype("<i4"),
    "I16": np.dtype("<i2"),
    "I8": np.dtype("i1"),
    "U8": np.dtype("u1"),
}
_NAMES = {dtype: name for name, dtype in _TYPES.items()}
_METADATA = "__metadata__"
MOST_HEADER_BYTES = 1 << 20
_MOST_DIMENSIONS = 8


def pack_tensors(tensors: Mapping[str, NDArray[Any]], metadata: Mapping[str, str]) -> bytes:
    """Return the content of a file with arrays and texts; equal arguments give equal bytes.

    Examples
    --------
    >>> file = pack_tensors({"a": np.arange(3, dtype=np.int16)}, {"made by": "hand"})
    >>> unpack_tensors(file)
    ({'a': array([0, 1, 2], dtype=int16)}, {'made by': 'hand'})
    """
    header: dict[str, Any] = {_METADATA: dict(sorted(metadata.items()))}
    parts, position = [], 0
    # Wide types come first, so that every array begins at a multiple of its item size.
    for name in sorted(tensors, key=lambda name: (-tensors[name].dtype.itemsize, name)):
        array = tensors[name]
        dtype = array.dtype.newbyteorder("<")
        part = np.ascontiguousarray(array, dtype).tobytes()
        header[name] = {
            "dtype": _NAMES[dtype],
            "shape": list(array.shape),
            "data_offsets": [position, position + len(part)],
        }
        parts.append(part)
        position += len(part)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([len(text).to_bytes(8, "little"), text, *parts])


def unpack_tensors(file: bytes) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Return the arrays and the texts of a file. The arrays are read-only views of `file`.

    Raises
    ------
    ValueError
        If the file is cut short, damaged or not a safetensors file.
    """
    try:
        return _unpack(file)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a complete safetensors file ({error})") from None


def _unpack(file: bytes) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    n_header = int.from_bytes(file[:8], "little")
    if len(file) < 8 or n_header > min(len(file) - 8, MOST_HEADER_BYTES):
        raise ValueError("its header is not where it should be")
    header = json.loads(file[8 : 8 + n_header].decode())
    data = memoryview(file)[8 + n_header :]
    metadata = header.pop(_METADATA, {})
    if not all(isinstance(text, str) for text in metadata.values()):
        raise ValueError("its metadata are not texts")
    tensors, places = {}, []
    for name, entry in header.items():
        dtype, shape = _TYPES[entry["dtype"]], entry["shape"]
        begin, end = entry["data_offsets"]
        sizes = [*shape, begin, end]
        if len(shape) > _MOST_DIMENSIONS or not all(type(n) is int and n >= 0 for n in sizes):
            raise ValueError(f"the shape or the place of {name!r} is not a list of sizes")
        if end > len(data) or end - begin != math.prod(shape) * dtype.itemsize:
            raise ValueError(f"the size of {name!r} is wrong")
        tensors[name] = np.frombuffer(data[begin:end], dtype).reshape(shape)
        places.append((begin, end))
    ends = [0, *itertools.chain.from_iterable(sorted(places)), len(data)]
    if ends[::2] != ends[1::2]:
        raise ValueError("its arrays leave gaps or overlap")
    return tensors, metadata
