"""Hostile directories of every kind of saved model, for `benchmarks.hostile`."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import random
import shutil
import struct
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.hostile_files import Case, specs
from compressclf import (
    CodelengthClassifier,
    ImageCodelengthClassifier,
    NCDClassifier,
    load_model,
    save_model,
)
from compressclf.models import MODELS

RANDOM_LEAVES = 12
ODD: tuple[Any, ...] = (None, True, -1, 0, 2**63, 1e308, 1e-320, "", "x", [], [[]], {}, "a" * 9999)
TEXTS = [f"{word} {n} and {word}{n % 7}" for n in range(12) for word in ("sea", "ore", "pie")]
LABELS = ["a", "b", "c"] * 12
IMAGES = np.random.default_rng(0).integers(0, 256, (36, 8, 8), np.uint8)


def subjects() -> Iterator[tuple[str, Any]]:
    """Yield a fitted classifier of every kind that can be saved."""
    for parameters in (
        {"compressor": "gzip"},
        {"compressor": "xz", "candidates": "ngrams"},
        {"compressor": "contextmix:memory=1"},
        {"compressor": "lz77", "ties": "random", "random_state": 0},
    ):
        yield f"kNN {parameters}", NCDClassifier(2, **parameters, n_jobs=1).fit(TEXTS, LABELS)
    png = NCDClassifier(2, compressor="png", preprocess="resize:width=8,height=8", n_jobs=1)
    yield "kNN of images", png.fit(IMAGES, LABELS)
    for model in (
        *("blocks", "blocks:correct=none", "contextmix:memory=1", "zstd-dict", "ppmd"),
        *("blocks+zstd-dict", "blocks:words=1+blocks", "lm:compressor=[contextmix:memory=1]"),
        "lm:compressor=bytelm,shots=1",
    ):
        classifier = CodelengthClassifier(model, n_jobs=1)
        yield model, classifier.fit(TEXTS, LABELS)
    for model in (name for name in MODELS.names() if MODELS.load(name).reads == "images"):
        spec = {"patches": "patches:words=8"}.get(model, model)  # a smaller file
        yield model, ImageCodelengthClassifier(spec, n_jobs=1).fit(IMAGES, LABELS)


def use(source: Path, change: Callable[[Path], None], place: Path) -> None:
    """Change a copy of a model, load it and predict with it."""
    target = place / "case"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    change(target)
    classifier = load_model(target)
    images = classifier.reads_images_
    probes: Any = IMAGES[:2] if images else [TEXTS[0], "", "something else\x00\xff"]
    found = classifier.predictions(probes)
    shares = found.probabilities
    if not np.isfinite(shares).all() or not np.allclose(shares.sum(axis=1), 1):
        raise AssertionError(f"probabilities {shares[0][:3]}")
    repr(found.labels.tolist())


def edit(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    """Return a function that changes the config."""

    def edited(model: Path) -> None:
        config = json.loads((model / "config.json").read_text())
        change(config)
        (model / "config.json").write_text(json.dumps(config))

    return edited


def seal(model: Path) -> None:
    """Correct size and checksum in the config."""
    data = (model / "arrays.npz").read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    files = {"arrays.npz": {"bytes": len(data), "sha256": digest}}
    edit(lambda config: config.update(files=files))(model)


def with_members(
    change: Callable[[dict[str, bytes]], dict[str, bytes]], compression: int = zipfile.ZIP_STORED
) -> Callable[[Path], None]:
    """Return a function that changes the .npy files in the archive."""

    def changed(model: Path) -> None:
        with zipfile.ZipFile(model / "arrays.npz") as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(model / "arrays.npz", "w", compression) as archive:
            for name, data in change(members).items():
                archive.writestr(name, data)
        seal(model)

    return changed


def with_array(name: str, change: Callable[[Any], Any]) -> Callable[[Path], None]:
    """Return a function that changes an array, and its dtype and shape in the config."""

    def changed(model: Path) -> None:
        with np.load(model / "arrays.npz") as archive:
            arrays = {key: archive[key] for key in archive.files}
        with np.errstate(all="ignore"):
            arrays[name] = change(arrays[name].copy())
        np.savez(model / "arrays.npz", **arrays)
        said = {k: {"dtype": a.dtype.str, "shape": list(a.shape)} for k, a in arrays.items()}
        edit(lambda config: config.update(arrays=said))(model)
        seal(model)

    return changed


def array_changes(array: Any) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    """Yield changes that suit an array."""
    yield "permuted", lambda a: np.random.default_rng(0).permutation(a)
    yield "none", lambda a: a[:0]
    yield "twice", lambda a: np.concatenate([a, a]) if a.ndim else a
    yield "other dtype", lambda a: a.astype(np.complex128)
    yield "big-endian", lambda a: a.astype(a.dtype.newbyteorder(">"))
    kind = array.dtype.kind
    ends = (np.finfo if kind == "f" else np.iinfo)(array.dtype)
    values = [0, 1, ends.max, ends.min]
    if kind == "f":
        values += [np.nan, np.inf, 1e30, 1e12, ends.tiny]
    for value in values:
        yield f"all {value:.3g}", partial(lambda value, a: np.full_like(a, value), value)
        yield f"one {value:.3g}", partial(_with_one, value)


def _with_one(value: Any, array: Any) -> Any:
    if array.size:
        array.reshape(-1)[array.size // 2] = value
    return array


class Payload:
    """An object that runs code when it is unpickled."""

    def __reduce__(self) -> Any:
        return open, (os.environ["HOSTILE_CANARY"], "w")


def pickled() -> bytes:
    """Return a .npy file that is a pickle."""
    stream = io.BytesIO()
    np.save(stream, np.array([Payload()], object), allow_pickle=True)
    return stream.getvalue()


def replaced(name: str, how: Callable[[Path], object]) -> Callable[[Path], None]:
    """Return a function that replaces a file."""

    def changed(model: Path) -> None:
        (model / name).unlink()
        how(model / name)

    return changed


def sparse(honest: bool) -> Callable[[Path], None]:
    """Return a function that extends the arrays to 64 GiB, with or without a matching config."""

    def changed(model: Path) -> None:
        os.truncate(model / "arrays.npz", 1 << 36)
        if honest:
            files = {"arrays.npz": {"bytes": 1 << 36, "sha256": "0" * 64}}
            many = {"dtype": "|u1", "shape": [(1 << 36) - 5000]}
            edit(lambda c: (c.update(files=files), c["arrays"].update(buffer=many)))(model)

    return changed


def _bomb(model: Path) -> None:
    """Declare more bytes than the file has."""
    data = bytearray((model / "arrays.npz").read_bytes())
    entry = data.index(b"PK\x01\x02")
    data[entry + 20 : entry + 28] = struct.pack("<II", 2**31, 2**31)
    (model / "arrays.npz").write_bytes(data)
    seal(model)


def _raw(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    return lambda model: (model / name).write_bytes(change((model / name).read_bytes())) and None


def file_changes() -> Iterator[tuple[str, Callable[[Path], None]]]:
    """Yield changes of files that apply to every model."""
    for name in ("config.json", "arrays.npz"):
        for share in (0, 0.3, 0.9, 0.999):
            cut = partial(lambda share, data: data[: int(share * len(data))], share)
            yield f"{name} cut at {share}", _raw(name, cut)
        for seed in range(4):
            yield f"{name} bit {seed}", _raw(name, partial(_flipped, seed))
        yield f"{name} a pipe", replaced(name, os.mkfifo)
        yield f"{name} a folder", replaced(name, Path.mkdir)
        yield f"{name} a loop", replaced(name, lambda path: path.symlink_to(path))
        yield f"{name} zeros for ever", replaced(name, lambda path: path.symlink_to("/dev/zero"))
        yield f"{name} missing", replaced(name, lambda path: None)
        yield f"{name} a pickle", replaced(name, lambda p: p.write_bytes(pickle.dumps(Payload())))
    yield "sparse arrays", sparse(False)
    yield "sparse arrays, honest", sparse(True)
    for attack, text in (
        ("deep JSON", "[" * 200_000),
        ("many lists", '{"format": "compressclf-model", "a": [' + "[]," * 900_000 + "[]]}"),
        ("a long number", '{"format": "compressclf-model", "a": ' + "9" * 5000 + "}"),
        ("no finite number", '{"format": "compressclf-model", "format_version": NaN}'),
        ("keys twice", '{"format": "compressclf-model", "format": "compressclf-model"}'),
    ):
        yield attack, partial(lambda text, model: _write(model / "config.json", text), text)
    yield "pickled arrays", with_members(lambda m: dict.fromkeys(m, pickled()))
    yield "deflated", with_members(lambda m: m, zipfile.ZIP_DEFLATED)
    yield "traversal", with_members(lambda m: {f"../{name}": data for name, data in m.items()})
    yield "one more", with_members(lambda m: {**m, "evil.npy": pickled()})
    yield (
        "header of code",
        with_members(
            lambda m: {n: d.replace(b"{'descr': ", b"{'descr':(", 1) for n, d in m.items()}
        ),
    )
    yield "declared too long", _bomb
    yield "many members", with_members(lambda m: {**m, **{f"x{i}.npy": b"" for i in range(20_000)}})


def _write(path: Path, text: str) -> None:
    path.write_text(text)


def _flipped(seed: int, data: bytes) -> bytes:
    place = random.Random(seed).randrange(len(data))
    return data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :]


def put(part: str, **values: object) -> Callable[[Path], None]:
    """Return a function that sets values in a part of the config, or with "" at its top level."""
    return edit(lambda config: (config[part] if part else config).update(values))


def config_changes(
    config: dict[str, Any], place: Path
) -> Iterator[tuple[str, Callable[[Path], None]]]:
    """Yield changes of the config that apply to a model."""
    long = [*(f"c{i:06}" for i in range(99_999)), "z" * 30_000]
    yield "long names", put("", classes={"dtype": "str", "names": long})
    many = [f"c{i:07}" for i in range(500_000)]
    yield "many names", put("", classes={"dtype": "str", "names": many})
    yield "names of a terminal", put("classes", names=["\x1b[2J\x1b]0;x\x07", "b\x9b\u202e", "c\n"])
    of_kind = _of_neighbours if config["kind"] == "ncd-knn" else _of_codelengths
    parameters = [("n_jobs", value) for value in (0, -1, 1024, 10**6, -(2**62))]
    for part, key, value in of_kind(place) + [("parameters", *one) for one in parameters]:
        name = "separator" if key == "separator" else f"{part[:-1]} {key} {value!r:.50}"
        yield name, put(part, **{key: value})
    yield "resize", put("settings", resize_in=[10_000, 10_000])
    yield "features", put("settings", n_features_in=2**48)
    yield "arrays of 2**47", edit(lambda c: next(iter(c["arrays"].values())).update(shape=[2**47]))
    yield "versions", put("", versions={"compressor": {"\x1b": ["x" * 10**6]}})
    rng = random.Random(0)
    paths = list(_leaves(config))
    for i in range(RANDOM_LEAVES):
        path, odd = rng.choice(paths), rng.choice(ODD)
        yield f"odd {i}: {path} {odd!r:.20}", edit(partial(_set, path, odd))


def _of_neighbours(place: Path) -> list[tuple[str, str, object]]:
    """Return (part of the config, key, value) for nearest neighbours."""
    candidates = ("[contextmix:memory=4096]", "hf-lm:gpt2")
    values: list[tuple[str, object]] = [
        *(("compressor", spec) for spec in specs(place)),
        *(("candidates", f"ngrams:by={spec}") for spec in candidates),
        *(("candidates", "ngrams:seed=-1"), ("n_neighbors", 2**62)),
        ("separator", "x" * (15 << 20)),
    ]
    return [("parameters", *one) for one in values]


def _of_codelengths(place: Path) -> list[tuple[str, str, object]]:
    """Return (part of the config, key, value) for class models."""
    models = (
        *specs(place),
        *("contextmix:memory=4096", "ppmd:memory=1024", "blocks:correct=1e999", "blocks+"),
        *("lm:compressor=hf-lm:gpt2", "lm:compressor=[contextmix:memory=4096]", "a+b+c"),
        *("+".join(["blocks"] * 2000), "lm:draws=1000000", "zstd-dict:shards=1000000,level=22"),
        "primed:compressor=gzip,text=exemplars,parts=1000000,budget=none",
        *(f"lm:shots=1,compressor=[{one}]" for one in specs(place)[:3]),
    )
    priors = ([10**400, 1, 1], [1.8e308 / 1.1] * 3, [0, 0, 5e-324], [-1, 1, 1], [0, 0, 0])
    settings = {
        "temperature": (1e-300, 1e300, 5e-324),
        "growth": (2.0, 1e300),
        "length": (1e15, 1e300),
        "lapse": (1.0, 5e-324),
    }
    return [
        *((part, "model", spec) for spec in models for part in ("settings", "parameters")),
        *(("parameters", "prior", prior) for prior in priors),
        *(("settings", key, value) for key, values in settings.items() for value in values),
    ]


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, (dict, list)):
        for key in value if isinstance(value, dict) else range(min(3, len(value))):
            yield from _leaves(value[key], (*path, key))


def _set(path: tuple[Any, ...], value: Any, config: Any) -> None:
    for key in path[:-1]:
        config = config[key]
    config[path[-1]] = value


def cases(place: Path) -> Iterator[Case]:
    """Yield model, attack and use of each case."""
    for number, (name, classifier) in enumerate(subjects()):
        source = place / f"model-{number}"
        save_model(classifier, source)
        use(source, lambda model: None, place)  # compile kernels before the limit applies
        config = json.loads((source / "config.json").read_text())
        changes = [*file_changes(), *config_changes(config, place)]
        with np.load(source / "arrays.npz") as archive:
            for key in archive.files:
                changes += [
                    (f"{key} {attack}", with_array(key, change))
                    for attack, change in array_changes(archive[key])
                ]
        for attack, change in changes:
            yield name, attack, partial(use, source, change, place)
