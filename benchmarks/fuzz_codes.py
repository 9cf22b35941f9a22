"""Targets of `benchmarks.fuzz`: codes, saved models and specs.

A target imports what it needs when it is made, in the process that runs it.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.fuzz_targets import (
    BETWEEN,
    NotHereError,
    Target,
    as_refused,
    joined_parts,
    named_parts,
)

CODECS = (
    *("gzip", "zlib", "deflate", "bz2", "xz", "lzma", "zstd", "brotli", "lz4", "ppmd:memory=1"),
    *("contextmix:memory=1", "bytelm", "png", "webp", "jxl", "jpegls", "jpeg2000", "identity"),
    "pixelmix",
)
TEXT_MODELS = (
    *("blocks", "contextmix:memory=1", "zstd-dict", "ppmd:memory=1"),
    *("blocks+zstd-dict", "lm:compressor=[contextmix:memory=1]"),
)
IMAGE_MODELS = ("motion", "patches:words=8", "pixel-tree", "transform")
NEIGHBOURS = ("gzip", "lz77", "xz")
MODELS = (*NEIGHBOURS, *TEXT_MODELS, *IMAGE_MODELS)
MOST_DECODED = 3000  # bytes; a codec may be slow


def container(place: Path) -> Target:
    """Return the target of headers of .cclf files, with correct checksums."""
    from compressclf.coding import container
    from compressclf.coding.checksum import crc32c

    def use(data: bytes) -> object:
        with suppress(ValueError):
            container.unpack(data)
        sealed = data[:-4] + crc32c(data[:-4]).to_bytes(4, "little")
        return len(container.unpack(sealed)[0].spec)

    files = [
        container.pack(b"", b"xyz", spec="gzip:level=9"),
        container.pack(b"", b"", spec="x", version="1", runtime="cpu", digest="ab" * 32),
    ]
    return Target(files, use, (container.MAGIC, b"\x80\x80\x80\x80\x80\x80\x80\x80\x7f"))


def codec(spec: str, place: Path) -> Target:
    """Return the target of the codes of a codec, in files with correct headers."""
    from benchmarks.mutants import TEXT, OfLength
    from compressclf._lib.optional import MissingExtraError
    from compressclf.coding import container
    from compressclf.compressors.files import pack, unpack

    texts = (b"", b"a", TEXT[:60], TEXT[:900], bytes(range(256)), bytes(3000))
    try:
        files = [container.unpack(pack(text, spec)) for text in texts]
    except MissingExtraError as error:
        raise NotHereError(str(error)) from None
    header = files[0][0]
    model = {"version": header.version, "runtime": header.runtime, "digest": header.digest}

    def use(data: bytes) -> object:
        """Decode a code; the first two bytes are the number of bytes to decode."""
        text = OfLength(b"", int.from_bytes(data[:2], "little") % MOST_DECODED)
        found = unpack(container.pack(data[2:], text, spec=header.spec, **model))
        assert not found, "what was decoded has a checksum that was made up"
        return ""

    seeds = [len(t).to_bytes(2, "little") + file[1] for t, file in zip(texts, files, strict=True)]
    return Target(seeds, partial(as_refused, use), sentences=True)


def range_coder(place: Path) -> Target:
    """Return the target of the range coder of symbols."""
    import numpy as np

    from compressclf.coding import symbols
    from compressclf.coding.frequencies import integer_frequencies

    rng = np.random.default_rng(0)
    tables = integer_frequencies(rng.dirichlet(np.full(7, 0.2), 64))

    def use(data: bytes) -> object:
        """Decode a code; encoding and decoding the symbols again must restore them."""
        n = data[0] % 65 if data else 0
        found = symbols.decode(tables[:n], data[1:])
        again = symbols.decode(tables[:n], symbols.encode(tables[:n], found))
        assert again.tolist() == found.tolist()
        return n

    seeds = [bytes([n]) + symbols.encode(tables[:n], np.zeros(n, np.int64)) for n in (0, 1, 9, 64)]
    return Target(seeds, use)


def spec_text(place: Path) -> Target:
    """Return the target of specs as text."""
    from compressclf._lib.registry import format_spec, parse_spec

    def use(data: bytes) -> object:
        """Read a spec, write it and read it again."""
        name, parameters = parse_spec(data.decode(errors="surrogateescape"))
        again = parse_spec(format_spec(name, parameters))
        assert (again[0], *again[1]) == (name, *parameters), again
        return min(len(parameters), 4)

    return Target(_seed_specs(), use, SPEC_WORDS)


def specs(place: Path) -> Target:
    """Return the target of compressors and models built from specs."""
    from compressclf._lib.foreign import from_a_file
    from compressclf._lib.optional import MissingExtraError
    from compressclf.compressors import build_compressor
    from compressclf.models import get_model

    def use(data: bytes) -> object:
        spec = data[1:].decode(errors="surrogateescape")
        build = get_model if data[:1] > b"\x80" else build_compressor
        try:
            with from_a_file(place):
                return type(build(spec)).__name__
        except MissingExtraError:
            return None

    seeds = [first + spec for spec in _seed_specs() for first in (b"\0", b"\xff")]
    return Target(seeds, use, SPEC_WORDS)


SPEC_WORDS = (
    b":",
    b"=",
    b"[",
    b"]",
    b",",
    b"+",
    b"level=",
    b"memory=",
    b"weights=",
    b"1_0",
    b"yes",
)


def _seed_specs() -> list[bytes]:
    specs = [
        *CODECS,
        *TEXT_MODELS,
        *IMAGE_MODELS,
        "gzip:level=6",
        "zstd:level=19",
        "hf-lm:x,batch=2",
    ]
    specs += ["lm:compressor=[ppmd:order=4,memory=8],shots=8", "blocks:words=1+blocks", "smollm2"]
    specs += [
        "bytelm:weights=x.safetensors",
        "ngrams:by=gzip",
        "lm:shots=1,compressor=bytelm",
    ]
    return [spec.encode() for spec in specs]


def config(place: Path) -> Target:
    """Return the target of the config of saved models."""
    from compressclf.persistence.config import Config, read_classes

    def use(data: bytes) -> object:
        config = Config.from_json(data)
        return str(read_classes(config.classes).dtype)

    content = {"format": "compressclf-model", "format_version": 1, "kind": "x", "settings": {}}
    content |= {"parameters": {}, "versions": {}, "arrays": {}, "files": {}}
    classes = [("str", ["a", "b"]), ("int8", [-1, 1]), ("object", [1, 2.5]), ("float32", [0.5])]
    seeds = [
        json.dumps({**content, "classes": {"dtype": dtype, "names": names}}).encode()
        for dtype, names in classes
    ]
    return Target(seeds, use, (b'"uint64"', b'"float64"', b'"bool"', b'"a", "a"', b"[" * 3000))


def tensors(place: Path) -> Target:
    """Return the target of safetensors files."""
    import numpy as np

    from compressclf.compressors.tensors import pack_tensors, unpack_tensors

    arrays = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.zeros(4, np.int8)}
    seeds = [pack_tensors(arrays, {"format": "x"}), pack_tensors({}, {})]
    words = (b'"F32"', b'"shape":[', b'"data_offsets":[0,0]', b'"__metadata__":', b"[" * 3000)
    return Target(seeds, lambda data: len(unpack_tensors(data)[0]), words)


def model(kind: str, place: Path) -> Target:
    """Return the target of saved models of a kind; a model that loads must predict."""
    import numpy as np

    from benchmarks.hostile_models import IMAGES, LABELS, TEXTS
    from compressclf import (
        CodelengthClassifier,
        ImageCodelengthClassifier,
        NCDClassifier,
        load_model,
        save_model,
    )

    is_image = kind in IMAGE_MODELS
    classifier: Any
    if kind in NEIGHBOURS:
        candidates = "ngrams" if kind == "xz" else None
        classifier = NCDClassifier(2, compressor=kind, candidates=candidates, n_jobs=1)
    else:
        of_kind = ImageCodelengthClassifier if is_image else CodelengthClassifier
        classifier = of_kind(kind, n_jobs=1)
    docs: Any = IMAGES if is_image else TEXTS
    folder = place / "model"
    save_model(classifier.fit(docs, LABELS), folder)
    probes: Any = IMAGES[:1] if is_image else ["sea 3 \0"]

    def use(data: bytes) -> object:
        """Load a model in which files or arrays are replaced by those of the input."""
        members = whole | dict(named_parts(data))
        config = members.pop("config.json")
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            for name, content in members.items():
                file.writestr(zipfile.ZipInfo(name), content)
        arrays = archive.getvalue()
        (folder / "arrays.npz").write_bytes(arrays)
        said = {"bytes": len(arrays), "sha256": hashlib.sha256(arrays).hexdigest()}
        described = config.replace(b'"FILE"', json.dumps(said).encode())
        (folder / "config.json").write_bytes(described)
        shares = load_model(folder).predictions(probes).probabilities
        assert np.allclose(shares.sum(axis=1), 1), shares  # nor is one not finite
        return shares.shape

    content = json.loads((folder / "config.json").read_text())
    content["files"] = {"arrays.npz": "FILE"}
    with zipfile.ZipFile(folder / "arrays.npz") as file:
        whole = {name: file.read(name) for name in file.namelist()}
    whole["config.json"] = json.dumps(content).encode()
    seeds = [joined_parts(part) for part in whole.items()]
    return Target(seeds * 2 + seeds[-1:] * len(whole), use, (BETWEEN, b".npy\0"), True)
