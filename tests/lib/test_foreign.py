"""What the specs of a file may not ask for, wherever they stand."""

import re

import pytest

from compressclf._lib.foreign import NotFromFileError, from_a_file
from compressclf.compressors import build_compressor
from compressclf.models import get_model

LIMITS = {
    "contextmix:memory=257": "takes 257 MiB of memory, and the limit for specs in files is 256",
    "contextmix:memory=4096": "takes 4,096 MiB of memory, and the limit for specs in files is 256",
    "ppmd:memory=1024": "takes 1,024 MiB of memory, and the limit for specs in files is 256",
    "bytelm:weights=/dev/zero": "weights are outside the working directory",
    "bytelm:weights=../weights": "weights are outside the working directory",
    "bytelm:weights=a/../../weights": "weights are outside the working directory",
    "bytelm:weights=//host/share/weights": "weights are outside the working directory",
    "hf-lm:gpt2": "may be downloaded, and a file may not start downloads",
    "hf-lm:owner/name": "may be downloaded, and a file may not start downloads",
    "hf-lm:/elsewhere": "weights are outside the working directory",
    "hf-lm:.,device=cuda": "sets a device or the size of batches",
    "hf-lm:.,batch=1000000": "sets a device or the size of batches",
}
NEEDS = {"hf-lm": "transformers", "ppmd": "pyppmd"}


@pytest.mark.parametrize("spec", LIMITS)
def test_a_file_does_not_decide(spec, tmp_path, monkeypatch):
    name = spec.partition(":")[0]
    pytest.importorskip(NEEDS.get(name, "numpy"))
    monkeypatch.chdir(tmp_path)
    build_compressor(spec)  # a user does
    for build, asked in (
        (build_compressor, spec),
        (get_model, f"lm:compressor=[{spec}]"),
        (get_model, f"blocks+lm:compressor=[{spec}]"),
    ):
        with from_a_file(), pytest.raises(NotFromFileError, match=re.escape(LIMITS[spec])):
            build(asked)


@pytest.mark.parametrize("model", ["contextmix:memory=4096", "lm:compressor=[bytelm:weights=/x]"])
def test_a_file_does_not_decide_for_models_of_classes(model):
    get_model(model)
    with from_a_file(), pytest.raises(NotFromFileError):
        get_model(model)


def test_where_a_file_may_read(tmp_path, monkeypatch):
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    monkeypatch.chdir(here)
    (there / "weights").write_bytes(b"")
    (here / "link").symlink_to(there / "weights")
    with from_a_file():
        build_compressor("bytelm:weights=weights")
        build_compressor(f"bytelm:weights={here / 'weights'}")
        for path in ("link", there / "weights"):
            with pytest.raises(NotFromFileError):
                build_compressor(f"bytelm:weights={path}")
    with from_a_file(there):
        build_compressor(f"bytelm:weights={there / 'weights'}")
        build_compressor("bytelm:weights=link")
