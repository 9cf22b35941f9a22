"""Files of every lossless compressor: they come back, or one sentence says why not."""

import random
import re

import pytest

from compressclf.coding import container
from compressclf.compressors import ModelCompressor, build_compressor
from compressclf.compressors.contextmix import ContextMix
from compressclf.compressors.files import pack, unpack
from tests.registered import QUICK
from tests.texts import labelled_texts

TEXT = " ".join(labelled_texts(3, seed=9)[0]).encode()
BY_NAME = {name: build_compressor(name) for name in QUICK}
SPECS = [c.spec for c in BY_NAME.values() if c.lossless]
SPECS = [spec.replace("memory=16", "memory=1") for spec in SPECS]


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("data", [b"", b"\0", bytes(range(256)), b"\xff\xfe\xc3(", TEXT])
def test_files_come_back(spec, data):
    file = pack(data, spec)
    assert unpack(file) == data
    assert container.unpack(file)[0].spec == spec


@pytest.mark.parametrize("spec", SPECS)
def test_forty_mutations_each_are_refused_or_right(spec):
    """`python -m benchmarks.hostile` damages files in more ways."""
    file, rng = pack(TEXT, spec), random.Random(spec)
    for _ in range(40):
        mutant = bytearray(file)
        place = rng.randrange(len(file))
        match rng.randrange(3):
            case 0:
                mutant[place] ^= rng.randrange(1, 256)
            case 1:
                del mutant[place:]
            case _:
                mutant[place:place] = rng.randbytes(3)
        with pytest.raises(ValueError, match=r"^The file('s header)? [^\n]+\.$"):
            unpack(bytes(mutant))


def with_code(file, change):
    """Return a file whose code is changed and whose header is not."""
    _, code = container.unpack(file)
    return file[: len(file) - len(code)] + change(code)


@pytest.mark.parametrize("spec", SPECS)
def test_a_changed_code_is_refused(spec):
    file = pack(TEXT, spec)
    for place in (0, 5, len(container.unpack(file)[1]) // 2):
        flipped = with_code(file, lambda c, i=place: c[:i] + bytes([c[i] ^ 16]) + c[i + 1 :])
        with pytest.raises(ValueError, match=r"^The file is damaged[^\n]*copy or download it aga"):
            unpack(flipped)


def test_only_who_can_decode_writes_files():
    with pytest.raises(
        ValueError, match="lz77 only counts bits and cannot write files: choose another"
    ):
        pack(TEXT, "lz77")


def test_a_compressor_that_cannot_read_itself_writes_nothing(monkeypatch):
    monkeypatch.setattr(type(BY_NAME["bz2"]), "decompress_at_most", lambda self, data, n: data)
    with pytest.raises(ValueError, match=r"bz2:level=9 \(Python .*\) cannot decode its own code"):
        pack(TEXT, "bz2")


def test_another_compressor_than_the_files_is_refused():
    file = pack(TEXT, "zstd")
    message = "The file was written by zstd:level=3, not by xz:preset=6: give zstd:level=3 as the"
    with pytest.raises(ValueError, match=re.escape(message)):
        unpack(file, "xz")
    with pytest.raises(ValueError, match=r"was written by version '' of zstd|by zstd:level=3, not"):
        unpack(file, "contextmix")
    assert unpack(file, "zstd") == TEXT


def test_an_unknown_compressor_is_named():
    file = container.pack(b"", b"", spec="nonsense:a=1")
    message = r"The file needs the compressor 'nonsense:a=1', which is not available here: Unknown"
    with pytest.raises(ValueError, match=message):
        unpack(file)


def test_too_little_memory_is_one_sentence(monkeypatch):
    def fail(self, code, n_bytes, *, progress=None):
        raise MemoryError

    file = pack(TEXT, "contextmix:memory=1")
    monkeypatch.setattr(ContextMix, "decode", fail)
    with pytest.raises(ValueError, match="contextmix:memory=1 needs more memory than there is"):
        unpack(file)


class Moody(ContextMix):
    """A model that depends on the machine."""

    runtime = "moody 1, cpu"
    broken = False

    def decode(self, code, n_bytes, *, progress=None):
        text = super().decode(code, n_bytes, progress=progress)
        return bytes(reversed(text)) if self.broken else text


def test_a_model_that_depends_on_the_machine_decodes_before_it_writes(monkeypatch):
    model = Moody(memory=1)
    file = model.compress(TEXT)
    assert model.decompress(file) == TEXT
    monkeypatch.setattr(Moody, "runtime", "moody 1, cuda")
    with pytest.raises(ValueError, match="written with moody 1, cpu, but this is moody 1, cuda"):
        model.decompress(file)
    monkeypatch.setattr(Moody, "broken", True)
    with pytest.raises(ValueError, match=r"cannot decode its own code.*\(moody 1, cuda\); use"):
        model.compress(TEXT)


def test_a_model_tells_its_progress():
    from compressclf._lib.progress import listen

    seen = []
    with listen(lambda done, total: seen.append((done, total))):
        unpack(pack(TEXT, "contextmix:memory=1"))
    assert seen == [(0, len(TEXT)), (len(TEXT), len(TEXT))] * 2


def test_models_are_what_they_say():
    assert isinstance(BY_NAME["contextmix"], ModelCompressor)
    assert (BY_NAME["contextmix"].digest, BY_NAME["contextmix"].runtime) == ("", "")


def test_ppmd_loses_nothing_where_its_library_does():
    """Without pieces pyppmd 1.3.1 drops a byte after 32 KiB of code of these data."""
    ppmd = BY_NAME.get("ppmd") or pytest.skip("pyppmd is not installed")
    for seed in range(6):
        rng = random.Random(seed)
        data = b"".join(rng.choices([b"abc", b"abd", rng.randbytes(7)], k=900)) + rng.randbytes(
            50_000
        )
        assert ppmd.decompress(ppmd.compress(data)) == data


def test_a_file_downloads_nothing():
    pytest.importorskip("transformers")
    file = container.pack(b"", b"", spec="hf-lm:path=someone/model", digest="ab" * 32)
    with pytest.raises(
        ValueError, match=r"a file may not start downloads: give it as the compressor"
    ):
        unpack(file)
