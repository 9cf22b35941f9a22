import bz2
import gzip
import io
import lzma
import zipfile

import pytest
import zstandard

from compressclf.datasets import load_dataset, packed

CSV = b"text,label\none one,a\ntwo two,b\nuno uno,a\ndos dos,b\n"
DOCS = [b"one one", b"two two", b"uno uno", b"dos dos"]


def zipped(files):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


PACKED = {
    "gzip": gzip.compress(CSV),
    "bzip2": bz2.compress(CSV),
    "xz": lzma.compress(CSV),
    "Zstandard": zstandard.compress(CSV),
    "zip": zipped({"rows.csv": CSV}),
}


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", "", ".data"])
@pytest.mark.parametrize("kind", PACKED)
def test_compression_is_told_by_content(tmp_path, kind, suffix):
    path = tmp_path / f"rows{suffix}"
    path.write_bytes(PACKED[kind])
    data = load_dataset(path)
    assert list(data.train.docs) == DOCS
    assert data.facts["packed"] == kind
    assert data.remarks == ()


def test_several_layers(tmp_path):
    path = tmp_path / "rows.csv.gz.gz"
    path.write_bytes(gzip.compress(gzip.compress(CSV)))
    assert load_dataset(path).facts["packed"] == "gzip, gzip"


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(CSV[:20]) + gzip.compress(CSV[20:]) + bytes(7),
        bz2.compress(CSV[:20]) + bz2.compress(CSV[20:]),
        lzma.compress(CSV[:20]) + lzma.compress(CSV[20:]) + bytes(8),
        bytes.fromhex("502a4d1803000000") + b"abc" + zstandard.compress(CSV),
    ],
    ids=["gzip", "bzip2", "xz", "zstd"],  # what is compressed now has the time in it
)
def test_streams_that_follow_one_another(tmp_path, content):
    (tmp_path / "rows.csv").write_bytes(content)
    assert list(load_dataset(tmp_path / "rows.csv").train.docs) == DOCS


@pytest.mark.parametrize("kind", PACKED)
def test_a_bomb_is_not_unpacked(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(packed, "LARGEST", 40)
    (tmp_path / "rows.csv").write_bytes(PACKED[kind])
    with pytest.raises(ValueError, match=r"unpacked, it holds more than .+; unpack it and keep"):
        load_dataset(tmp_path / "rows.csv")


@pytest.mark.parametrize("kind", PACKED)
@pytest.mark.parametrize("kept", [0.4, 0.95])
def test_cut_files_are_refused(tmp_path, kind, kept):
    path = tmp_path / "rows.csv"
    path.write_bytes(PACKED[kind][: int(kept * len(PACKED[kind]))])
    with pytest.raises(ValueError, match=rf"rows\.csv: the {kind} file is damaged or cut off"):
        load_dataset(path)


def test_junk_in_a_zip_is_no_table(tmp_path):
    files = {"__MACOSX/._rows.tsv": b"\0", "deep/rows.tsv": CSV.replace(b",", b"\t")}
    (tmp_path / "rows.csv.zip").write_bytes(zipped(files))
    assert list(load_dataset(tmp_path / "rows.csv.zip").train.docs) == DOCS


def test_messages_name_the_member(tmp_path):
    (tmp_path / "a.zip").write_bytes(zipped({"rows.csv": b"text,label\none\n"}))
    with pytest.raises(ValueError, match=r"a\.zip/rows\.csv:2: expected 2 fields, found 1"):
        load_dataset(tmp_path / "a.zip")
