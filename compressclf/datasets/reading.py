"""How to read a source (`Reading`), and what to report about it (`Notes`)."""

from __future__ import annotations

from dataclasses import dataclass, field

from compressclf._lib.printable import sentence as one_line

__all__ = ["Notes", "Reading"]


@dataclass
class Notes:
    """What a reader recognised, and which choices it made for the user.

    Examples
    --------
    >>> notes = Notes()
    >>> notes.fact("delimiter", "semicolon")
    >>> notes.remark("2 hidden files were skipped.")
    >>> notes.facts, notes.remarks
    ({'delimiter': 'semicolon'}, ['2 hidden files were skipped.'])
    """

    facts: dict[str, str] = field(default_factory=dict)
    """Names and values of properties that were recognised without doubt, such as the delimiter."""
    remarks: list[str] = field(default_factory=list)
    """Sentences about choices that the user may not have meant; ``strict`` makes them errors."""
    n_reduced: int = 0
    """Images with more pixels on their longer side than `Reading.longest_side`."""

    def fact(self, name: str, value: str) -> None:
        """Add a fact; if files of a source differ, all values are kept."""
        value = one_line(value)
        known = self.facts.get(name)
        if known is None:
            self.facts[name] = value
        elif value not in known.split("; "):
            self.facts[name] = f"{known}; {value}"

    def remark(self, sentence: str) -> None:
        """Add a sentence (with a full stop) if it is not there yet."""
        sentence = one_line(sentence)
        if sentence not in self.remarks:
            self.remarks.append(sentence)


@dataclass(frozen=True)
class Reading:
    """How to read a source."""

    text: tuple[str, ...] = ("text",)
    """Names of the columns with the text; the texts of several columns are joined by a line break.
    The columns of a table without a header are called "1", "2" and so on."""
    label: str = "label"
    encoding: str = "utf-8"
    labelled: bool = True
    """Whether to refuse a source without labels."""
    group: str | None = None
    """Name of the column with the language, the source or another group of each document."""
    resize: tuple[int, int] | None = None
    """Width and height to which images are resized."""
    longest_side: int | None = None
    """Pixels on the longer side to which larger images are reduced."""
    delimiter: str | None = None
    """The character between the fields of a table; None finds it from the header."""
    header: bool = True
    """Whether a table's first row names its columns."""
    notes: Notes = field(default_factory=Notes)
