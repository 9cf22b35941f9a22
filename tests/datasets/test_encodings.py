import builtins
import codecs

import pytest

from compressclf.datasets.encodings import decode
from compressclf.datasets.reading import Reading

TEXT = "text,label\ncafé,a\n日本語,b\n"


@pytest.mark.parametrize("asked", ["utf-8", "UTF8", "utf_8", "utf-8-sig"])
@pytest.mark.parametrize(
    ("encoding", "fact"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8 with byte-order mark"),
        ("utf-16", "UTF-16 with byte-order mark"),
        ("utf-32", "UTF-32 with byte-order mark"),
    ],
)
def test_a_mark_wins_under_any_spelling(asked, encoding, fact):
    reading = Reading(encoding=asked)
    assert decode("a.csv", TEXT.encode(encoding), reading) == TEXT
    assert reading.notes.facts.get("encoding") == fact
    assert reading.notes.remarks == []


def test_big_endian_and_marks_under_their_own_encoding():
    data = codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be")
    for asked in ("utf-8", "utf-16", "utf-16-be"):
        assert decode("a.csv", data, Reading(encoding=asked)) == TEXT
    assert decode("a.csv", TEXT.encode("utf-16-be"), Reading(encoding="utf-16-be")) == TEXT


def test_marks_at_later_lines_are_left_out_with_a_remark():
    reading = Reading()
    joined = TEXT.encode("utf-8-sig") + TEXT.encode("utf-8-sig")
    assert decode("a.csv", joined, reading) == TEXT + TEXT
    assert reading.notes.remarks == [
        "a.csv:4: a byte-order mark in the middle of the file was left out; files were joined here."
    ]


def test_inside_a_line_a_mark_is_a_letter():
    reading = Reading()
    assert decode("a.csv", "one\ufefftwo".encode(), reading) == "one\ufefftwo"
    assert reading.notes.remarks == []


def test_one_ctrl_z_at_the_end_is_left_out():
    assert decode("a.txt", b"one\r\n\x1a", Reading()) == "one\r\n"
    assert decode("a.txt", b"o\x1ane\n", Reading()) == "o\x1ane\n"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("asked", ["utf-8", "latin-1"])
def test_zero_bytes_hint_at_the_encoding(encoding, asked):
    with pytest.raises(ValueError, match=rf"^a\.csv: .+; add `encoding='{encoding}'`\.$"):
        decode("a.csv", TEXT.encode(encoding), Reading(encoding=asked))


def test_zero_bytes_in_texts_are_letters():
    data = b"text,label\n\0a\0b\0c\0d\0e\0f\0g\0h,a\n"
    assert decode("a.csv", data, Reading()) == data.decode()


def test_without_a_detector_the_option_is_named(monkeypatch):
    original = builtins.__import__

    def without(name, *args, **options):
        if name == "charset_normalizer":
            raise ImportError(name)
        return original(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ValueError, match=r"a\.csv:2: byte 0xe9 .+; convert the file"):
        decode("a.csv", "text\ncafé".encode("latin-1"), Reading())


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        ("Le café est très agréable à côté de la forêt, déjà vu.\n", "cp1252", "cp1252"),
        ("Привет, как дела? Сегодня очень хорошая погода.\n", "koi8_r", "koi8_r"),
        ("今日は天気がいいですね。日本語の文章です。\n", "cp932", "cp932"),
    ],
)
def test_a_detector_suggests(text, encoding, expected):
    pytest.importorskip("charset_normalizer")
    data = b"text\n" + text.encode(encoding) * 3
    pattern = rf"a\.csv:2: byte 0x\w\w is not valid utf-8; it looks like {expected}\b.*: add "
    with pytest.raises(ValueError, match=pattern + rf"`encoding='{expected}'` and check a few"):
        decode("a.csv", data, Reading())
