"""Find the training and the test part of a data set by their names.

One whole word of a name, in upper or lower case, says which part it is: ``train``,
``NAME_Testing``, ``20news-bydate-train``, but not ``latest``. Names belong together if their other
words are the same; suffixes do not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from compressclf.datasets.packed import PACKED_SUFFIXES
from compressclf.datasets.reading import Notes
from compressclf.datasets.tables import TABLE_SUFFIXES

__all__ = ["Parts", "choose_test", "find_parts", "part_of"]

TRAIN, TEST, EVAL, VALIDATION = "train", "test", "eval", "validation"
WORDS = {
    **dict.fromkeys(("train", "training", "trainset", "trainval"), TRAIN),
    **dict.fromkeys(("test", "testing", "testset", "t10k", "test10k", "test50k", "test60k"), TEST),
    **dict.fromkeys(("eval", "evaluation", "evalset"), EVAL),
    **dict.fromkeys(("val", "valid", "validation", "valset", "dev", "devset"), VALIDATION),
}
FOR_TESTING = (TEST, EVAL, VALIDATION)  # the first of these that exists is used
SUFFIXES = {suffix[1:] for suffix in (*TABLE_SUFFIXES, *PACKED_SUFFIXES, ".npz")}
NOISE = {"set", "split", "part", *SUFFIXES}

T = TypeVar("T")


@dataclass(frozen=True)
class Parts(Generic[T]):
    """The parts of a data set, and the parts that are not used."""

    train: T
    test: T
    others: list[T]


def part_of(name: str) -> tuple[str | None, str]:
    """Return the part that a name refers to, if any, and the other words of the name.

    Examples
    --------
    >>> part_of("20news-bydate-train"), part_of("Testing"), part_of("latest")
    (('train', '20news-bydate'), ('test', ''), (None, 'latest'))
    >>> part_of("train_test_split")[0], part_of("NAME_dev"), part_of("TrainImages")
    (None, ('validation', 'name'), ('train', 'images'))
    """
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name)
    words = re.findall(r"[^\W_]+", apart.lower())
    parts = {WORDS[word] for word in words if word in WORDS}
    rest = "-".join(word for word in words if word not in WORDS and word not in NOISE)
    return (parts.pop(), rest) if len(parts) == 1 else (None, "-".join(words))


def choose_test(place: str, names: Mapping[str, str], notes: Notes) -> str | None:
    """Return which part is the test part, or None if there is only the training part.

    Without a test part, the evaluation or validation part is used. A remark says so, and
    names the parts that are left out.

    Parameters
    ----------
    place : str
        Name of the source in messages.
    names : mapping of str to str
        The name of each part; the keys are from `part_of`, and ``"train"`` is among them.

    Examples
    --------
    >>> notes = Notes()
    >>> choose_test("photos", {"train": "train", "validation": "val", "test": "test"}, notes)
    'test'
    >>> notes.remarks
    ['photos: train and test are the training and the test part, and val was left out.']
    """
    testing = next((part for part in FOR_TESTING if part in names), None)
    if testing is None:
        return None
    used = f"{place}: {names[TRAIN]} and {names[testing]} are the training and the test part"
    others = [name for part, name in names.items() if part not in (TRAIN, testing)]
    if others:
        was = "were" if others[1:] else "was"
        notes.remark(f"{used}, and {' and '.join(others)} {was} left out.")
    elif testing == VALIDATION:
        notes.remark(f"{used}, since no name says test.")
    return testing


def find_parts(place: str, named: Iterable[tuple[str, T]], notes: Notes) -> Parts[T] | None:
    """Return the training part and the test part among named things; None if there are no parts.

    Parameters
    ----------
    place : str
        Name of the source in messages.
    named : iterable of (str, thing)
        The names, which also appear in messages, and the things that they name.

    Raises
    ------
    ValueError
        If several things have the name of the same part.

    Examples
    --------
    >>> find_parts("photos", [("train", 1), ("Testing", 2), ("more", 3)], Notes())
    Parts(train=1, test=2, others=[])
    """
    groups: dict[str, dict[str, list[tuple[str, T]]]] = {}
    for name, thing in named:
        part, rest = part_of(name)
        if part is not None:
            groups.setdefault(rest, {}).setdefault(part, []).append((name, thing))
    pairs = [group for group in groups.values() if TRAIN in group and len(group) > 1]
    if not pairs:
        return None
    names = {part: " and ".join(name for name, _ in things) for part, things in pairs[0].items()}
    testing = next(part for part in FOR_TESTING if part in names)
    training = [name for group in pairs for name, _ in group[TRAIN]]
    for several in (training, [name for name, _ in pairs[0][testing]]):
        if len(several) > 1:
            raise ValueError(
                f"{place}: {' and '.join(several)} are named like the same part of a data set; "
                f"give the two sources that you mean, such as {place}/{training[0]} "
                f"{place}/{pairs[0][testing][0][0]}."
            )
    choose_test(place, names, notes)
    notes.fact("parts", f"{names[TRAIN]} and {names[testing]}")
    things = {part: [thing for _, thing in pairs[0][part]] for part in names}
    (train,), (test,) = things.pop(TRAIN), things.pop(testing)
    return Parts(train, test, [thing for rest in things.values() for thing in rest])
