"""How a source is to be read, and what was noticed on the way."""

from __future__ import annotations

from dataclasses import dataclass, field

from compressclf._lib.printable import sentence as one_line

__all__ = ["Notes", "Reading"]


@dataclass
class Notes:
    """What a reader recognised, and what it decided for the user.

    Examples
    --------
    >>> notes = Notes()
    >>> notes.fact("delimiter", "semicolon")
    >>> notes.remark("2 hidden files were skipped.")
    >>> notes.facts, notes.remarks
    ({'delimiter': 'semicolon'}, ['2 hidden files were skipped.'])
    """

    facts: dict[str, str] = field(default_factory=dict)
    """What could be read in one way only, such as the delimiter: name and value."""
    remarks: list[str] = field(default_factory=list)
    """Sentences on what a user may have meant otherwise; ``strict`` refuses them."""

    def fact(self, name: str, value: str) -> None:
        """Add a fact; of several files with different values, all are kept."""
        value = one_line(value)
        known = self.facts.get(name)
        if known is None:
            self.facts[name] = value
        elif value not in known.split("; "):
            self.facts[name] = f"{known}; {value}"

    def remark(self, sentence: str) -> None:
        """Add a sentence with a capital letter and a full stop, once."""
        sentence = one_line(sentence)
        if sentence not in self.remarks:
            self.remarks.append(sentence)


@dataclass(frozen=True)
class Reading:
    """How to read a source."""

    text: tuple[str, ...] = ("text",)
    """Names of the columns with the text, joined by a line break if there are several; numbers
    from "1" where a table has no header."""
    label: str = "label"
    encoding: str = "utf-8"
    labelled: bool = True
    """Whether a source without labels is refused."""
    group: str | None = None
    """Of the language, the source or another group, if scores are wanted for each."""
    resize: tuple[int, int] | None = None
    """Width and height that images are brought to."""
    delimiter: str | None = None
    """Of a table; None tells it by the header."""
    header: bool = True
    """Whether a table's first row names its columns."""
    notes: Notes = field(default_factory=Notes)
