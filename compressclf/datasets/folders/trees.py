"""Read a directory as a tree of the files that may be documents.

Files that `is_junk` recognises are left out at every depth. Links to files are followed. Links to
directories are followed too, unless the directory is read anyway: it is inside the source, contains
the source, or was reached by another link. So no directory is read twice, and circles of links end.
Remarks say what was left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from compressclf.datasets.junk import is_junk
from compressclf.datasets.reading import Notes

__all__ = ["JUNK", "Tree", "read_tree", "remark_on_skipped"]

JUNK = "hidden, or made by the operating system or an editor"
AGAIN = "a link to a directory that is read anyway"
NOWHERE = "a link to a file that does not exist"
SPECIAL = "a pipe, a socket or a device"


@dataclass(eq=False)
class Tree:
    """A directory: its files and sub-directories in the order of their names."""

    path: Path
    entries: list[Path | Tree] = field(default_factory=list)

    @property
    def files(self) -> list[Path]:
        """The files directly in the directory."""
        return [entry for entry in self.entries if isinstance(entry, Path)]

    @property
    def folders(self) -> list[Tree]:
        """The sub-directories that hold a file at any depth."""
        return [one for one in self.entries if isinstance(one, Tree) and one.documents()]

    @property
    def empty_folders(self) -> list[Path]:
        """The sub-directories without a file at any depth."""
        trees = [entry for entry in self.entries if isinstance(entry, Tree)]
        return [tree.path for tree in trees if not tree.documents()]

    @property
    def name(self) -> str:
        """The name of the directory."""
        return self.path.name

    def documents(self) -> list[Path]:
        """Return the files at every depth."""
        files = []
        for entry in self.entries:
            files += [entry] if isinstance(entry, Path) else entry.documents()
        return files


def read_tree(path: Path, notes: Notes) -> Tree:
    """Return a directory as a tree, with remarks on what was left out.

    Raises
    ------
    OSError
        If a directory cannot be read.
    """
    walk = _Walk(path.resolve())
    tree = walk.read(path)
    for why, names in walk.skipped.items():
        remark_on_skipped(notes, names, why)
    if walk.doubled:
        notes.remark(
            f"Links to files of this source are documents too: {len(walk.doubled):,}, such as "
            f"{walk.doubled[0]}."
        )
    return tree


def remark_on_skipped(notes: Notes, names: Sequence[Path], why: str) -> None:
    """Remark in one line on what was skipped and why, if `names` is not empty.

    Examples
    --------
    >>> notes = Notes()
    >>> remark_on_skipped(notes, [Path("a/.x"), Path("b/.y")], "hidden")
    >>> notes.remarks
    ['2 files or directories were skipped (hidden), such as a/.x.']
    """
    if len(names) == 1:
        notes.remark(f"{names[0]} was skipped ({why}).")
    elif names:
        notes.remark(
            f"{len(names):,} files or directories were skipped ({why}), such as {names[0]}."
        )


class _Walk:
    """One walk over all directories of a source."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.entered: set[tuple[int, int]] = set()
        self.skipped: dict[str, list[Path]] = {}
        self.doubled: list[Path] = []

    def read(self, directory: Path) -> Tree:
        status = directory.stat()
        self.entered.add((status.st_dev, status.st_ino))
        tree = Tree(directory)
        for entry in sorted(directory.iterdir()):
            why = self.why_not(entry)
            if why is not None:
                self.skipped.setdefault(why, []).append(entry)
            else:
                tree.entries.append(self.read(entry) if entry.is_dir() else entry)
        return tree

    def why_not(self, entry: Path) -> str | None:
        """Return why an entry is skipped, or None if it is read."""
        if is_junk(entry.name):
            return JUNK
        is_link = entry.is_symlink()
        if entry.is_dir():
            status = entry.stat()
            again = (status.st_dev, status.st_ino) in self.entered
            return AGAIN if again or (is_link and self.is_read_anyway(entry.resolve())) else None
        if not entry.is_file():
            return NOWHERE if is_link else SPECIAL
        if is_link and self.is_read_anyway(entry.resolve()):
            self.doubled.append(entry)
        return None

    def is_read_anyway(self, target: Path) -> bool:
        """Return whether the target of a link is inside the source, or contains it."""
        if self.root.is_relative_to(target):
            return True
        inside = target.is_relative_to(self.root)
        return inside and not any(map(is_junk, target.relative_to(self.root).parts))
