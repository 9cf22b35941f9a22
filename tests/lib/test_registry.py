import pytest

from compressclf._lib.optional import MissingExtraError, optional_import
from compressclf._lib.registry import choose_from, format_spec, parse_spec
from compressclf.compressors import COMPRESSORS, build_compressor
from compressclf.compressors.zstd import Zstd
from tests.registered import QUICK


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("gzip", ("gzip", {})),
        ("gzip:", ("gzip", {})),
        ("zstd:level=19", ("zstd", {"level": 19})),
        ("a:x=1,y=0.5,z=text", ("a", {"x": 1, "y": 0.5, "z": "text"})),
        ("a:x=true,y=No,z=none", ("a", {"x": True, "y": False, "z": None})),
        ("hf:path=/a/b:c", ("hf", {"path": "/a/b:c"})),
        ("a:x=[b:c=1,d=[e,f]],y=2", ("a", {"x": "b:c=1,d=[e,f]", "y": 2})),
        ("a:x=[ 1],y=[none],z=/b[1]/c", ("a", {"x": " 1", "y": "none", "z": "/b[1]/c"})),
    ],
)
def test_specs_are_read(spec, expected):
    assert parse_spec(spec) == expected


@pytest.mark.parametrize("text", ["b:c=1,d=2", " ", "", "a[1],b", "[1]", "x=y:z"])
def test_text_in_a_spec_stays_what_it_is(text):
    assert parse_spec(format_spec("a", {"x": text, "y": 3})) == ("a", {"x": text, "y": 3})


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("hf:a/b", {"path": "a/b"}),
        ("hf:123,x=1", {"path": "123", "x": 1}),
        ("hf:/runs/step=100,x=1", {"path": "/runs/step=100", "x": 1}),
        ("hf:x=1,path=a", {"path": "a", "x": 1}),
        ("hf", {}),
        ("hf:", {}),
    ],
)
def test_a_first_value_may_stand_without_its_key(spec, expected):
    assert parse_spec(spec, unnamed="path") == ("hf", expected)


def test_a_parameter_without_a_default_is_asked_for():
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the message is checked below
        build_compressor("hf-lm:context=64")
    assert str(error.value) == (
        "The compressor 'hf-lm' needs its parameter 'path', as in hf-lm:path=VALUE."
    )


def test_a_spec_builds_the_same_compressor_again():
    for name in QUICK:
        compressor = build_compressor(name)
        assert build_compressor(compressor.spec) == compressor
    assert format_spec("a", {}) == "a"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("gzpi", "did you mean 'gzip'?"),
        ("", "Unknown compressor '': choose from gzip, zlib"),
        ("gzip:levle=3", "Unknown parameter of compressor 'gzip' 'levle': choose from level"),
        (
            "identity:level=3",
            "Unknown parameter of compressor 'identity' 'level': it has no parameters.",
        ),
        ("gzip:level=0", "The 'level' parameter of gzip must be an int in [1, 9]. Got 0 instead."),
        ("gzip:level=9.5", "must be an int in [1, 9]. Got 9.5 instead."),
        ("gzip:level=yes", "must be an int in [1, 9]. Got True instead."),
        ("gzip:level", "'gzip:level' is not of the form name:key=value,key=value."),
        ("gzip:level=1,level=2", "'gzip:level=1,level=2' gives 'level' twice."),
        ("gzip:level=[1", "'level=[1' has an unmatched square bracket."),
        ("gzip:level=1],", "'level=1],' has an unmatched square bracket."),
        ("ppmd:order=1", "The 'order' parameter of ppmd must be an int in [2, 64]. Got 1 instead."),
    ],
)
def test_a_bad_spec_is_one_sentence(spec, message):
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the message is checked below
        build_compressor(spec)
    assert message in str(error.value)


def test_what_is_no_compressor_is_refused():
    with pytest.raises(TypeError, match="must be a spec such as 'gzip:level=6' or a Compressor"):
        build_compressor(7)
    assert build_compressor(Zstd(5)) == Zstd(5)


def test_names_and_suggestions():
    assert choose_from("metric", "xyz", ["ncd", "cdm"]) == (
        "Unknown metric 'xyz': choose from ncd, cdm."
    )


def test_a_missing_extra_names_the_remedy(monkeypatch):
    with pytest.raises(MissingExtraError) as error:
        optional_import("no_such_thing.inner", extra="ppmd")
    assert str(error.value) == ("'no_such_thing' is not installed: pip install 'compressclf[ppmd]'")


def test_a_broken_dependency_is_not_called_missing(tmp_path, monkeypatch):
    (tmp_path / "broken_module.py").write_text("import needed_but_absent")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="needed_but_absent") as error:
        optional_import("broken_module", extra="ppmd")
    assert not isinstance(error.value, MissingExtraError)


def test_an_installed_plug_in_is_found(tmp_path, monkeypatch):
    (tmp_path / "halving.py").write_text(
        "from dataclasses import dataclass\n"
        "from compressclf.compressors import ByteCompressor\n"
        "@dataclass(frozen=True)\n"
        "class Halving(ByteCompressor):\n"
        "    keep: int = 2\n"
        "    name = 'halving'\n"
        "    version = '1'\n"
        "    def compress(self, data):\n"
        "        return data[:: self.keep]\n"
    )
    metadata = tmp_path / "halving-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: halving\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text(
        "[compressclf.compressors]\nhalving = halving:Halving\ngzip = halving:Halving\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert "halving" in COMPRESSORS.names()
    assert "halving" in COMPRESSORS
    assert "quartering" not in COMPRESSORS
    assert build_compressor("halving").codelength(b"12345678") == 32.0
    assert build_compressor("halving:keep=4").codelength(b"12345678") == 16.0
    assert build_compressor("halving:keep=4").spec == "halving:keep=4"
    assert type(build_compressor("gzip")).__name__ == "Gzip"  # a built-in name stays ours
