"""Read a file in batches, so that it need not fit into memory.

Parquet files are decoded a few thousand rows at a time. Arrow files are mapped into memory: if they
are not compressed, texts are used where they are in the file. Of JSON lines and of plain lines, as
many are read as fit into a batch. Rows are read by the same rules as in `load_dataset`.
"""

from __future__ import annotations

import mmap
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from compressclf._lib.optional import optional_import
from compressclf._lib.printable import sentence
from compressclf.datasets.encodings import MARKS, decode
from compressclf.datasets.labels import near_equal
from compressclf.datasets.packed import first_line
from compressclf.datasets.reading import Notes, Reading
from compressclf.datasets.signatures import refuse_foreign
from compressclf.datasets.tables import BEGINS_JSON
from compressclf.datasets.tables.arrow import open_arrow, split_of_arrow
from compressclf.datasets.tables.dialect import names_columns
from compressclf.datasets.tables.json_shapes import is_whole
from compressclf.datasets.tables.lines import read_lines
from compressclf.datasets.tables.records import read_records
from compressclf.datasets.tables.rows import find_columns
from compressclf.documents.images import ImageCorpus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from compressclf.datasets.dataset import Split
    from compressclf.documents import Corpus

__all__ = ["BATCHED", "Batches", "open_batches"]

BATCHED = (".parquet", ".arrow", ".feather", ".jsonl", ".ndjson", ".txt")
"""Suffixes of the files that can be read in batches."""
SIZE = 4_000_000
"""Bytes of a batch."""
MOST_ROWS = 1 << 16
MOST_REMARKS = 10


def open_batches(
    source: str | Path,
    *,
    text_column: str | Sequence[str] = "text",
    label_column: str = "label",
    encoding: str = "utf-8",
    labelled: bool = True,
    strict: bool = False,
    size: int = SIZE,
) -> Batches:
    r"""Open a file whose documents are read in batches.

    Parameters
    ----------
    source : str or Path
        A file with one of the suffixes `BATCHED`, or ``-`` for lines or JSON lines from standard
        input, which can be read once.
    text_column, label_column, encoding, labelled, strict
        As in `load_dataset`.
    size : int, default=4_000_000
        Bytes of a batch, roughly.

    Returns
    -------
    Batches

    Raises
    ------
    ValueError
        If the file cannot be read in batches.
    OSError
        If it cannot be read at all.

    Examples
    --------
    >>> import tempfile
    >>> lines = '{"text": "tea", "label": "drink"}\n{"text": "bread", "label": "food"}\n'
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "meals.jsonl"
    ...     _ = path.write_text(lines)
    ...     for docs, labels in open_batches(path, size=20):
    ...         print(list(docs), labels)
    [b'tea'] ['drink']
    [b'bread'] ['food']
    """
    kind = "-" if str(source) == "-" else Path(source).suffix.lower()
    if kind != "-" and Path(source).is_dir():
        kind = "a directory"
    if kind not in (*BATCHED, "-"):
        raise ValueError(
            f"{source}: only {', '.join(BATCHED)} files that are not packed are read in batches: "
            f"convert it, for example to JSON lines."
        )
    reading = Reading(
        text=(text_column,) if isinstance(text_column, str) else tuple(text_column),
        label=label_column,
        encoding=encoding,
        labelled=labelled,
    )
    return Batches(source, kind, reading, strict=strict, size=size)


class Batches:
    """The documents of a file and their labels, a batch at a time.

    Each iteration reads the file from the beginning and yields pairs of a `Corpus` and an array of
    labels (str), which is None if there are no labels. A batch may be mapped from the file: copy
    what you keep.

    Attributes
    ----------
    name : str
        The source in messages.
    facts : dict of str to str
        How the source was read, as in `Dataset`; complete after an iteration.
    remarks : list of str
        As in `Dataset`; complete after an iteration.
    """

    def __init__(
        self, source: str | Path, kind: str, reading: Reading, *, strict: bool, size: int
    ) -> None:
        self.name = "standard input" if kind == "-" else str(source)
        self._path = Path(source)
        self._kind, self._reading, self._strict, self._size = kind, reading, strict, size
        self._notes = Notes()
        self._is_read = False
        if kind != "-":
            self.n_bytes()  # refuses a file that does not exist

    @property
    def facts(self) -> dict[str, str]:  # noqa: D102
        return self._notes.facts

    @property
    def remarks(self) -> list[str]:  # noqa: D102
        return self._notes.remarks

    def n_bytes(self) -> int | None:
        """Return the bytes of the documents, roughly.

        Returns
        -------
        int or None
            None for standard input.
        """
        if self._kind == "-":
            return None
        if self._kind != ".parquet":
            return self._path.stat().st_size
        with self._parquet() as file:
            return self._measured(file)[1]

    def __iter__(self) -> Iterator[tuple[Corpus, NDArray[Any] | None]]:
        if self._kind == "-" and self._is_read:
            raise ValueError(f"{self.name}: it can be read only once.")
        self._is_read = True
        self._notes = Notes()
        counts: Counter[str] = Counter()
        n, was_labelled = 0, None
        try:
            for part in self._parts():
                if isinstance(part.docs, ImageCorpus):
                    raise ValueError(f"{self.name}: only texts are read in batches, not images.")
                has_labels = part.labels is not None
                if was_labelled not in (None, has_labels):
                    raise ValueError(
                        f"{self.name}: some documents have a label and others have none; fill in "
                        f"the labels, or drop the column."
                    )
                was_labelled = has_labels
                n += len(part.docs)
                if part.labels is not None:
                    counts.update(part.labels.tolist())
                yield part.docs, part.labels
            if not n:
                raise ValueError(f"{self.name}: there are no rows.")
            alike = near_equal(counts)
            if alike:
                self._remark(
                    f"{self.name}: some labels differ only in capitals, blanks or form, and count "
                    f"as different classes: {alike}."
                )
        except ValueError as error:
            raise ValueError(sentence(error)) from None

    def _parts(self) -> Iterator[Split]:
        """Yield the batches, with the remarks of each added to those of all."""
        if self._kind == "-":
            parts = self._lines(sys.stdin.buffer)
        elif self._kind == ".parquet":
            parts = self._rows_of_parquet()
        elif self._kind in {".arrow", ".feather"}:
            parts = self._rows_of_arrow()
        else:
            parts = self._lines_of_file()
        for part, notes in parts:
            for fact in notes.facts.items():
                self._notes.fact(*fact)
            for remark in notes.remarks:
                self._remark(remark)
            yield part

    def _remark(self, text: str) -> None:
        if self._strict:
            raise ValueError(f"{text.rstrip('.')} (refused, since `strict=True` is set).")
        if len(self._notes.remarks) < MOST_REMARKS:
            self._notes.remark(text)
        elif len(self._notes.remarks) == MOST_REMARKS:
            self._notes.remark(f"{self.name}: further remarks on later batches are left out.")

    def _fresh(self) -> Reading:
        return replace(self._reading, notes=Notes())

    def _lines_of_file(self) -> Iterator[tuple[Split, Notes]]:
        with self._path.open("rb") as file:
            yield from self._lines(file)

    def _lines(self, file: BinaryIO) -> Iterator[tuple[Split, Notes]]:
        """Yield batches of JSON lines or plain lines."""
        read, line = None, 1
        for data in _whole_lines(file, self._size):
            reading = self._fresh()
            if read is None:
                refuse_foreign(self.name, data)
                self._refuse_wide(data)
            text, first = decode(self.name, data, reading, first=line), line
            line += data.count(b"\n")
            if not text.strip():
                continue
            read = read or self._reader(text)
            if read is read_records:
                reading.notes.fact("format", "JSON")
            yield read(self.name, text, reading, first=first), reading.notes

    def _refuse_wide(self, data: bytes) -> None:
        """Refuse encodings in which a line feed takes several bytes."""
        marked = next((name for mark, name in MARKS.items() if data.startswith(mark)), "")
        for encoding in (marked, self._reading.encoding.lower().replace("_", "-")):
            if encoding.startswith(("utf-16", "utf-32", "utf16", "utf32")):
                raise ValueError(
                    f"{self.name}: lines in {encoding} are not read in batches: convert to UTF-8."
                )

    def _reader(self, text: str) -> Any:
        """Return the function that reads lines like those in `text`."""
        if self._kind in {".jsonl", ".ndjson"} or (self._kind == "-" and BEGINS_JSON.match(text)):
            if not is_whole(next((line for line in text.split("\n") if line.strip()), "")):
                raise ValueError(
                    f"{self.name}: only JSON lines, an object on each line, are read in batches."
                )
            return read_records
        if self._kind == "-" and names_columns(text, self._reading) is not None:
            raise ValueError(
                f"{self.name}: a table with delimiters is not read in batches: write JSON lines."
            )
        return read_lines

    def _parquet(self) -> Any:
        parquet = optional_import("pyarrow.parquet", extra="datasets")
        arrow = optional_import("pyarrow", extra="datasets")
        try:
            return parquet.ParquetFile(self._path, buffer_size=1 << 20, pre_buffer=False)
        except arrow.ArrowException as error:
            reason = first_line(error)
            raise ValueError(f"{self.name}: not a readable Parquet file ({reason}).") from None

    def _columns(self, header: list[str]) -> list[str] | None:
        """Return the columns to read, each once; None for all of them."""
        text, label, _ = find_columns(self.name, header, self._fresh())
        return list(dict.fromkeys([*text, *([] if label is None else [label])]))

    def _measured(self, file: Any) -> tuple[int, int]:
        """Return the number of rows of a Parquet file, and the bytes of the columns to read."""
        columns = set(self._columns(file.schema_arrow.names) or ())
        groups = [file.metadata.row_group(i) for i in range(file.metadata.num_row_groups)]
        n_bytes = sum(
            group.column(i).total_uncompressed_size
            for group in groups
            for i in range(group.num_columns)
            if group.column(i).path_in_schema.split(".")[0] in columns
        )
        return file.metadata.num_rows, n_bytes

    def _rows_of_parquet(self) -> Iterator[tuple[Split, Notes]]:
        arrow = optional_import("pyarrow", extra="datasets")
        with self._parquet() as file:
            header = file.schema_arrow.names
            n_rows, n_bytes = self._measured(file)
            step = max(1, min(MOST_ROWS, self._size * n_rows // max(1, n_bytes)))
            try:
                batches = file.iter_batches(batch_size=step, columns=self._columns(header))
                yield from self._rows(batches, header, "Parquet")
            except (arrow.ArrowException, OSError) as error:
                reason = first_line(error)
                raise ValueError(f"{self.name}: not a readable Parquet file ({reason}).") from None

    def _rows_of_arrow(self) -> Iterator[tuple[Split, Notes]]:
        with self._path.open("rb") as file:
            if not self._path.stat().st_size:
                raise ValueError(f"{self.name}: the file is empty.")
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        refuse_foreign(self.name, mapped[:1024])

        def slices() -> Iterator[Any]:
            for batch in open_arrow(self.name, mapped):
                batch = batch.select(self._columns(batch.schema.names))
                step = max(1, min(MOST_ROWS, self._size * len(batch) // max(1, batch.nbytes)))
                for begin in range(0, len(batch), step):
                    yield batch.slice(begin, step)
                    if hasattr(mmap, "MADV_DONTNEED"):  # it can be read from the file again
                        mapped.madvise(mmap.MADV_DONTNEED)

        yield from self._rows(slices(), None, "Arrow")

    def _rows(
        self, batches: Iterator[Any], header: list[str] | None, kind: str
    ) -> Iterator[tuple[Split, Notes]]:
        arrow = optional_import("pyarrow", extra="datasets")
        row = 1
        for batch in batches:
            if len(batch):
                reading = self._fresh()
                reading.notes.fact("format", kind)
                table = arrow.Table.from_batches([batch])
                part = split_of_arrow(self.name, table, reading, header=header, first=row)
                yield part, reading.notes
            row += len(batch)


def _whole_lines(file: BinaryIO, size: int) -> Iterator[bytes]:
    """Yield the content of a file in pieces of about `size` bytes that end with a line."""
    rest: list[bytes] = []
    while data := file.read(size):
        end = data.rfind(b"\n") + 1
        if end:
            yield b"".join([*rest, data[:end]])
            rest = [data[end:]] if end < len(data) else []
        else:
            rest.append(data)
    if rest:
        yield b"".join(rest)
