"""``arrays.npz``: plain arrays whose sizes are checked before their data are read.

An .npz file is a zip archive of .npy files. Only uncompressed members are accepted, so that an
archive cannot declare more bytes than it has: decompression bombs are impossible.
"""

from __future__ import annotations

import math
import re
import zipfile
import zlib
from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["describe_arrays", "n_bytes_of", "read_arrays"]

NAME = re.compile(r"[A-Za-z0-9_.]{1,100}")
DTYPE = re.compile(r"[<>|][biufSU][1-9][0-9]{0,8}")  # no empty strings: they have zero bytes


def describe_arrays(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Return dtype and shape of each array for the config; ValueError if it could not be read."""
    for name, array in arrays.items():
        if not NAME.fullmatch(name) or not DTYPE.fullmatch(array.dtype.str):
            raise ValueError(f"The array {name!r} of dtype {array.dtype} cannot be saved.")
    return {
        name: {"dtype": array.dtype.str, "shape": list(array.shape)}
        for name, array in arrays.items()
    }


def n_bytes_of(expected: Mapping[str, Any]) -> int:
    """Return the total bytes of the expected arrays; ValueError if a dtype or shape is invalid."""
    described = [_expected(f"{name}.npy", expected[name]) for name in expected]
    return sum(math.prod(shape) * dtype.itemsize for dtype, shape in described)


def read_arrays(file: IO[bytes], expected: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """Read the arrays if they have the names, dtypes and shapes of `describe_arrays`.

    Raises
    ------
    ValueError
        If the archive is damaged, or names, sizes, dtypes or shapes differ.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            members = _members(archive, expected, file.seek(0, 2))
            return {name: _read(archive, members[name], expected[name]) for name in expected}
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        RuntimeError,
        OverflowError,
    ) as error:
        raise ValueError(f"arrays.npz is not a readable archive ({error}).") from None


def _members(
    archive: zipfile.ZipFile, expected: Mapping[str, Any], n_bytes: int
) -> dict[str, zipfile.ZipInfo]:
    """Return the archive's members by array name, after a check of names and sizes."""
    infos = archive.infolist()
    wanted = [f"{name}.npy" for name in expected]
    different = sorted({info.filename for info in infos} ^ set(wanted))
    if different or len(infos) != len(wanted):
        which = repr(different[0][:100]) if different else "a member is there twice"
        raise ValueError(f"arrays.npz and config.json do not name the same arrays: {which}.")
    for info in infos:
        if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:
            raise ValueError(f"arrays.npz: {info.filename!r} is compressed or encrypted.")
    if sum(info.file_size for info in infos) > n_bytes:
        raise ValueError("arrays.npz declares more bytes than it has.")
    return {info.filename.removesuffix(".npy"): info for info in infos}


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, expected: Any) -> NDArray[Any]:
    dtype, shape = _expected(info.filename, expected)
    with archive.open(info) as member:
        header, start = _header(info.filename, member)
    if header != (dtype, shape):
        raise ValueError(
            f"arrays.npz: {info.filename!r} has dtype {header[0]} and shape {header[1]}, and "
            f"config.json says {dtype} and {shape}."
        )
    if start + math.prod(shape) * dtype.itemsize != info.file_size:
        raise ValueError(f"arrays.npz: {info.filename!r} is not as long as its shape says.")
    with archive.open(info) as member:
        array: NDArray[Any] = np.lib.format.read_array(member, allow_pickle=False)
    return array.astype(dtype.newbyteorder("="), copy=False)


def _expected(name: str, expected: Any) -> tuple[np.dtype[Any], tuple[int, ...]]:
    described = expected if isinstance(expected, dict) else {}
    dtype, shape = described.get("dtype"), described.get("shape")
    try:
        if isinstance(dtype, str) and DTYPE.fullmatch(dtype) and isinstance(shape, list):
            if len(shape) <= 8 and all(type(n) is int and 0 <= n < 2**48 for n in shape):
                return np.dtype(dtype), tuple(shape)
    except TypeError:  # a dtype such as <f7
        pass
    raise ValueError(f"config.json has no valid dtype and shape for {name!r}.")


def _header(name: str, member: IO[bytes]) -> tuple[tuple[np.dtype[Any], tuple[int, ...]], int]:
    """Return the dtype and shape in the header of a .npy file, and where its data begin."""
    try:
        version = np.lib.format.read_magic(member)
        read = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, is_fortran, dtype = read(member)
    except Exception:  # numpy parses the header as Python and fails in many ways
        raise ValueError(f"arrays.npz: the header of {name!r} cannot be read.") from None
    if is_fortran:
        raise ValueError(f"arrays.npz: {name!r} is stored by columns.")
    return (dtype, shape), member.tell()
