"""Characters are whole, words are those of the script, runs have their bits."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressclf.explain.characters import characters_of, features_of, words_of


@given(st.one_of(st.text(max_size=40).map(str.encode), st.binary(max_size=40)))
def test_characters_cover_the_document(document):
    characters, starts = characters_of(document)
    joined = "".join(characters)
    assert joined.encode("utf-8", "surrogateescape") == document
    sizes = [len(one.encode("utf-8", "surrogateescape")) for one in characters]
    assert starts.tolist() == [0, *np.cumsum(sizes).tolist()][: len(characters)]


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("ne\u0301e", ["n", "e\u0301", "e"]),
        ("नमस्ते", ["न", "म", "स्", "ते"]),
        ("\U0001f469\u200d\U0001f4bb!", ["\U0001f469\u200d\U0001f4bb", "!"]),
        ("\U0001f44d\U0001f3fd", ["\U0001f44d\U0001f3fd"]),
        ("a\r\nb", ["a", "\r\n", "b"]),
        (" \u0301", [" ", "\u0301"]),
        ("", []),
    ],
)
def test_what_readers_see_as_one(text, characters):
    assert characters_of(text.encode())[0] == characters


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("To be, or  not", ["To ", "be, ", "or  ", "not"]),
        ("...so what", ["...", "so ", "what"]),
        ("world's 1.8", ["world's ", "1.", "8"]),
        ("habari ya leo", ["habari ", "ya ", "leo"]),
        ("中文，tea", ["中", "文，", "tea"]),
        ("tea茶", ["tea", "茶"]),
        ("", []),
    ],
)
def test_words(text, words):
    starts = words_of(list(text))
    assert [text[a:b] for a, b in pairwise(starts)] == words


def test_runs_of_words():
    text = list("no goal. Goal and no goal")
    favour = np.zeros(len(text))
    favour[3:9], favour[9:14], favour[21:] = 2, 1, 3
    favour[0:2] = -1
    goals, *more = features_of(text, favour)
    assert (goals.text, goals.bits, goals.places) == ("goal", 24.0, ((3, 9), (21, 25)))
    assert more == []  # "Goal" favours by less than the mean of the three
    (no,) = features_of(text, -favour)
    assert (no.text, no.bits, no.places) == ("no", 2.0, ((0, 3),))
    assert features_of(text, np.zeros(len(text))) == ()
    assert features_of([], np.zeros(0)) == ()


def test_at_most_ten_and_the_most_first():
    text = list(" x ".join(f"w{i}" for i in range(30)))
    favour = np.array([float(character.isdigit()) for character in text])
    found = features_of(text, favour)
    assert len(found) == 10
    assert [one.bits for one in found] == sorted((one.bits for one in found), reverse=True)
