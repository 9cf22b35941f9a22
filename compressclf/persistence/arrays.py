"""``arrays.npz``: plain arrays whose sizes are known before a byte of them is read.

An .npz file is a zip archive of .npy files. Its members are stored, not deflated, so that the sizes
an archive declares cannot exceed its own: a bomb has nowhere to hide.
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
DTYPE = re.compile(r"[<>|][biufSU][1-9][0-9]{0,8}")  # no empty strings: they take no bytes


def describe_arrays(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Return dtype and shape of each array, as the config tells them.

    Raises
    ------
    ValueError
        If a name or a dtype is none that can be read again.
    """
    for name, array in arrays.items():
        if not NAME.fullmatch(name) or not DTYPE.fullmatch(array.dtype.str):
            raise ValueError(f"The array {name!r} of dtype {array.dtype} cannot be saved.")
    return {
        name: {"dtype": array.dtype.str, "shape": list(array.shape)}
        for name, array in arrays.items()
    }


def n_bytes_of(expected: Mapping[str, Any]) -> int:
    """Return how many bytes the expected arrays take together.

    Raises
    ------
    ValueError
        If one of them has no dtype or shape that an array can have.
    """
    described = [_expected(f"{name}.npy", expected[name]) for name in expected]
    return sum(math.prod(shape) * dtype.itemsize for dtype, shape in described)


def read_arrays(file: IO[bytes], expected: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """Read the arrays if they are the expected ones.

    Parameters
    ----------
    file : binary file
        The archive.
    expected : mapping
        What `describe_arrays` returned, or what a hostile config says instead.

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
        raise ValueError(f"arrays.npz is no readable archive ({error}).") from None


def _members(
    archive: zipfile.ZipFile, expected: Mapping[str, Any], n_bytes: int
) -> dict[str, zipfile.ZipInfo]:
    """Return the archive's members by array name, once their names and sizes are in order."""
    infos = archive.infolist()
    wanted = [f"{name}.npy" for name in expected]
    strange = sorted({info.filename for info in infos} ^ set(wanted))
    if strange or len(infos) != len(wanted):
        what = repr(strange[0][:100]) if strange else "a member that comes twice"
        raise ValueError(f"arrays.npz and config.json do not name the same arrays: {what}.")
    for info in infos:
        if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:
            raise ValueError(f"arrays.npz: {info.filename!r} is compressed or encrypted.")
    if sum(info.file_size for info in infos) > n_bytes:
        raise ValueError("arrays.npz declares more bytes than it has.")
    return {info.filename.removesuffix(".npy"): info for info in infos}


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, expected: Any) -> NDArray[Any]:
    dtype, shape = _expected(info.filename, expected)
    with archive.open(info) as member:
        found, start = _header(info.filename, member)
    if found != (dtype, shape):
        raise ValueError(
            f"arrays.npz: {info.filename!r} has dtype {found[0]} and shape {found[1]}, and "
            f"config.json says {dtype} and {shape}."
        )
    if start + math.prod(shape) * dtype.itemsize != info.file_size:
        raise ValueError(f"arrays.npz: {info.filename!r} is not as long as its shape says.")
    with archive.open(info) as member:
        array: NDArray[Any] = np.lib.format.read_array(member, allow_pickle=False)
    return array.astype(dtype.newbyteorder("="), copy=False)


def _expected(name: str, expected: Any) -> tuple[np.dtype[Any], tuple[int, ...]]:
    dtype, shape = (
        (expected.get("dtype"), expected.get("shape"))
        if isinstance(expected, dict)
        else (None, None)
    )
    good = (
        isinstance(dtype, str)
        and DTYPE.fullmatch(dtype) is not None
        and isinstance(shape, list)
        and len(shape) <= 8
        and all(type(n) is int and 0 <= n < 2**48 for n in shape)
    )
    try:
        if good and isinstance(dtype, str) and isinstance(shape, list):
            return np.dtype(dtype), tuple(shape)
    except TypeError:  # a dtype such as <f7
        pass
    raise ValueError(f"config.json gives no dtype and shape for {name!r} that an array can have.")


def _header(name: str, member: IO[bytes]) -> tuple[tuple[np.dtype[Any], tuple[int, ...]], int]:
    """Return what a .npy file says it holds, and where its data begin."""
    try:
        version = np.lib.format.read_magic(member)
        read = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, is_fortran, dtype = read(member)
    except Exception:  # numpy parses a Python literal, and other text fails in many ways
        raise ValueError(f"arrays.npz: {name!r} has no readable header.") from None
    if is_fortran:
        raise ValueError(f"arrays.npz: {name!r} is stored by columns.")
    return (dtype, shape), member.tell()
