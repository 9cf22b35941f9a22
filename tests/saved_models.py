"""Saved models, changed as accidents and people who mean harm would change them."""

import hashlib
import io
import json
import zipfile

import numpy as np


def edit_config(directory, change):
    path = directory / "config.json"
    config = json.loads(path.read_text())
    change(config)
    path.write_text(json.dumps(config))


def write_members(directory, members, compression=zipfile.ZIP_STORED):
    """Write an archive whose sum is right, as somebody would who means harm."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, data in members:
            archive.writestr(name, data)
    (directory / "arrays.npz").write_bytes(stream.getvalue())
    seal(directory)


def seal(directory):
    data = (directory / "arrays.npz").read_bytes()
    files = {"arrays.npz": {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}}
    edit_config(directory, lambda config: config.update(files=files))


def members_of(directory):
    with zipfile.ZipFile(directory / "arrays.npz") as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def set_array(directory, **changed):
    """Change arrays, the config and the sum in accord."""
    with np.load(directory / "arrays.npz") as archive:
        arrays = {name: archive[name] for name in archive.files}
    arrays |= {name: array for name, array in changed.items() if array is not None}
    arrays = {n: a for n, a in arrays.items() if changed.get(n, a) is not None}
    np.savez(directory / "arrays.npz", **arrays)
    described = {n: {"dtype": a.dtype.str, "shape": list(a.shape)} for n, a in arrays.items()}
    edit_config(directory, lambda config: config.update(arrays=described))
    seal(directory)
