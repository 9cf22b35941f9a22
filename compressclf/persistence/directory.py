"""The files of a model: written atomically, and checked before they are read."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.files import check_folder, naming, write_whole
from compressclf._lib.foreign import NotFromFileError
from compressclf._lib.markdown import is_as_written
from compressclf.persistence.arrays import describe_arrays, n_bytes_of, read_arrays
from compressclf.persistence.config import Config, read_json

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["check_target", "describe", "read_directory", "replace_card", "write_directory"]

CONFIG, ARRAYS, CARD = "config.json", "arrays.npz", "README.md"
LARGEST_CONFIG = 8 * 2**20  # bytes; 100,000 class names fit
LARGEST_ARRAYS = 2**30  # bytes of a model that is not trusted
OVERHEAD = 1024  # most bytes that a zip archive adds per .npy file


def check_target(directory: str | os.PathLike[str]) -> None:
    """Refuse a directory where a model cannot be saved, before any work is done.

    Parameters
    ----------
    directory : str or path
        Where the model is to be saved.

    Raises
    ------
    ValueError
        If its parent is not a directory or is read-only, or it already exists and holds anything
        but a model, or a model whose card was edited.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     check_target(folder + "/model")
    """
    target = Path(directory).resolve()
    check_folder(target.parent)
    if not target.exists():
        return
    if not target.is_dir():
        raise ValueError(f"{directory} is a file; a model needs a directory of its own.")
    names = sorted(path.name for path in target.iterdir())
    if not names:
        return
    try:
        read_json(_read_config(target))
    except (ValueError, OSError):
        raise ValueError(
            f"{directory} already exists and is not a model; remove it or choose another name."
        ) from None
    others = [name for name in names if name not in (CONFIG, ARRAYS, CARD)]
    if others:
        raise ValueError(
            f"{directory} holds other files than a model ({', '.join(others[:3])}); move them "
            f"away or choose another name."
        )
    _check_card(target)


def _check_card(target: Path) -> None:
    """Refuse to overwrite a card that somebody edited."""
    path = target / CARD
    if path.exists() and not (path.is_file() and is_as_written(path.read_bytes())):
        raise ValueError(
            f"{path} was edited or is not a model card; move it away to have a new card written."
        )


def write_directory(directory: Path, config: Config, arrays: dict[str, NDArray[Any]]) -> None:
    """Write a model to a temporary directory, move it into place, then remove an older one."""
    config.arrays = describe_arrays(arrays)
    with naming(directory):
        _write(directory.resolve(), config, arrays)


def _write(target: Path, config: Config, arrays: dict[str, NDArray[Any]]) -> None:
    partial = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    try:
        with open(partial / ARRAYS, "wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
        config.files = {ARRAYS: _describe_file(partial / ARRAYS)}
        content = config.to_json()
        if len(content) > LARGEST_CONFIG:
            raise ValueError(f"{CONFIG} would take more than {LARGEST_CONFIG:,} bytes.")
        (partial / CONFIG).write_bytes(content)
        umask = os.umask(0)
        os.umask(umask)
        partial.chmod(0o777 & ~umask)
        _move(partial, target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def describe(directory: str | os.PathLike[str]) -> Config:
    """Return the content of a saved model's ``config.json``; nothing else is read or checked.

    Parameters
    ----------
    directory : str or path
        Where `compressclf.save_model` saved it.

    Returns
    -------
    Config
        It has the ``versions`` of the libraries, and size and SHA-256 of the ``files``.

    Raises
    ------
    ValueError
        If `directory` is not a model.
    OSError
        If it cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> from compressclf import NCDClassifier, save_model
    >>> classifier = NCDClassifier(n_neighbors=1).fit(["to be", "or not"], [0, 1])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_model(classifier, folder + "/model")
    ...     describe(folder + "/model").kind
    'ncd-knn'
    """
    try:
        return Config.from_json(_read_config(Path(directory)))
    except ValueError as error:
        raise ValueError(f"{directory}: {error}") from None


def replace_card(directory: str | os.PathLike[str], card: str) -> None:
    """Write a model's card atomically; an older card is replaced unless it was edited.

    Parameters
    ----------
    directory : str or path
        Where `compressclf.save_model` saved the model.
    card : str
        Markdown, from `compressclf.reports.model_card.model_card`.

    Raises
    ------
    ValueError
        If the older card was edited.
    OSError
        If it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from compressclf import NCDClassifier, save_model
    >>> classifier = NCDClassifier(n_neighbors=1).fit(["to be", "or not"], [0, 1])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_model(classifier, folder + "/model")
    ...     replace_card(folder + "/model", "# A card")
    ...     print(Path(folder, "model", "README.md").read_text())
    # A card
    """
    target = Path(directory)
    _check_card(target)
    # a class name may hold half a surrogate pair
    write_whole(target / CARD, card.encode(errors="backslashreplace"))


def read_directory(directory: Path, *, trusted: bool) -> tuple[Config, dict[str, NDArray[Any]]]:
    """Read a model's files.

    Raises
    ------
    ValueError
        If a file is missing, cut off, damaged, not as the config says, or too large for a model
        that is not trusted.
    """
    config = Config.from_json(_read_config(directory))
    if set(config.files) != {ARRAYS}:
        for name in config.files:
            if name != ARRAYS:
                raise ValueError(f"config.json names the unknown file {name!r}.")
        raise ValueError(f"config.json does not name {ARRAYS}.")
    path = directory / ARRAYS
    if not path.is_file():
        raise ValueError(f"{ARRAYS} is missing.")
    with open(path, "rb") as file:
        n_bytes = os.fstat(file.fileno()).st_size
        _check_size(n_bytes, config, trusted=trusted)
        if _sha256(file) != config.files[ARRAYS].get("sha256"):
            raise ValueError(f"{ARRAYS} is damaged: its SHA-256 is not the one in {CONFIG}.")
        file.seek(0)
        return config, read_arrays(file, config.arrays)


def _read_config(directory: Path) -> bytes:
    if not directory.exists():
        raise FileNotFoundError(2, "No such file or directory", str(directory))
    path = directory / CONFIG
    if not path.is_file():
        raise ValueError(f"not a model: a model is a directory with {CONFIG} and {ARRAYS}.")
    with open(path, "rb") as file:
        data = file.read(LARGEST_CONFIG + 1)
    if len(data) > LARGEST_CONFIG:
        raise ValueError(f"{CONFIG} is larger than {LARGEST_CONFIG:,} bytes.")
    return data


def _describe_file(path: Path) -> dict[str, Any]:
    with open(path, "rb") as file:
        return {"bytes": path.stat().st_size, "sha256": _sha256(file)}


def _check_size(n_bytes: int, config: Config, *, trusted: bool) -> None:
    """Refuse a file of another size than the config says, before it is read."""
    expected = config.files[ARRAYS]
    wanted = expected.get("bytes") if isinstance(expected, dict) else None
    if type(wanted) is not int:
        raise ValueError(f"{CONFIG} does not say how long {ARRAYS} is.")
    if n_bytes < wanted:
        raise ValueError(f"{ARRAYS} is cut off: {n_bytes:,} of {wanted:,} bytes are there.")
    if n_bytes > wanted:
        raise ValueError(f"{ARRAYS} has {n_bytes:,} bytes, and {CONFIG} says {wanted:,}.")
    if not trusted and n_bytes > LARGEST_ARRAYS:
        raise NotFromFileError(f"{n_bytes:,} bytes of arrays, and the limit is {LARGEST_ARRAYS:,}")
    data = n_bytes_of(config.arrays)
    if not data <= n_bytes <= data + OVERHEAD * (len(config.arrays) + 1):
        raise ValueError(
            f"{ARRAYS} has {n_bytes:,} bytes, and the arrays in {CONFIG} take {data:,}."
        )


def _sha256(file: Any) -> str:
    digest = hashlib.sha256()
    while block := file.read(2**20):
        digest.update(block)
    return digest.hexdigest()


def _move(partial: Path, target: Path) -> None:
    """Move `partial` to `target`; if that fails, restore what was there."""
    if not target.exists():
        os.replace(partial, target)
        return
    aside = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    try:
        os.replace(target, aside / "older")
        try:
            os.replace(partial, target)
        except BaseException:
            os.replace(aside / "older", target)
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
