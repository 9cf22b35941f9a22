"""The texts that the bundled byte model is trained on: ``python -m benchmarks.bytelm_texts``.

    python -m benchmarks.bytelm_texts CORPORA STATE_UNION.zip INAUGURAL.zip TEACHER.txt OUT

CORPORA is a folder with the Canterbury corpora, tinyshakespeare and the Universal Declaration of
Human Rights (``udhr.jsonl.gz``, one version per line); the archives are packages of nltk_data;
TEACHER is the output of ``benchmarks.teacher_text``. OUT gets tables for ``compressclf train-lm``:
the last hundredth of each long text and a fortieth of the teacher's blocks are held out. The card
of the bundled model says for each text why weights trained on it may be distributed. The study
`rates` does not measure the model on any of them.
"""

from __future__ import annotations

import gzip
import json
import re
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

import click

BOOKS = (
    "canterbury/alice29.txt", "canterbury/asyoulik.txt", "canterbury/plrabn12.txt",
    "canterbury/lcet10.txt", "tinyshakespeare.txt",
)  # fmt: skip
FACTBOOK = ("canterbury_large/world192.txt",)
LANGUAGES = set(
    "eng fra deu spa por ita nld pol rus cmn jpn kor arb heb hin ben tur fin swe dan nob ell hun "
    "ces ron ukr bul vie ind tha swh hau yor ibo zul xho kin run som amh lat cat hrv slk lit lav "
    "est pes urd tam tgl afr sna lug ewe wol lin".split()
)
LONG, PIECE, HELD_OUT = 1 << 14, 1 << 12, 0.01
SHORTEST_BLOCK, LEAST_RATIO, ONE_IN = 40, 0.35, 40


@click.command()
@click.argument("corpora", type=click.Path(exists=True, path_type=Path))
@click.argument("addresses", type=click.Path(exists=True, path_type=Path))
@click.argument("inaugurals", type=click.Path(exists=True, path_type=Path))
@click.argument("teacher", type=click.Path(exists=True, path_type=Path))
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
def main(corpora: Path, addresses: Path, inaugurals: Path, teacher: Path, out: Path) -> None:
    """Write the tables."""
    out.mkdir(parents=True, exist_ok=True)
    texts = {
        "state_union": _members(addresses),
        "inaugural": _members(inaugurals),
        "books": [_unpacked(corpora / f"{name}.gz") for name in BOOKS],
        "world192": [_unpacked(corpora / f"{name}.gz") for name in FACTBOOK],
        "udhr": _declarations(corpora / "udhr.jsonl.gz"),
    }
    held: list[bytes] = []
    for name, documents in texts.items():
        kept = []
        for document in documents:
            cut = int(len(document) * (1 - HELD_OUT)) if len(document) > LONG else len(document)
            kept.append(document[:cut])
            held += [document[at : at + PIECE] for at in range(cut, len(document), PIECE)]
        _write(out / f"{name}.jsonl", kept)
    blocks = [block for block in _blocks(teacher) if not _repetitive(block)]
    _write(out / "teacher.jsonl", [block for block in blocks if zlib.crc32(block) % ONE_IN])
    _write(out / "held.jsonl", held + [b for b in blocks if not zlib.crc32(b) % ONE_IN])


def _members(archive: Path) -> list[bytes]:
    with zipfile.ZipFile(archive) as opened:
        names = [name for name in opened.namelist() if name.endswith(".txt")]
        return [opened.read(name).replace(b"\r\n", b"\n") for name in names]


def _unpacked(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())


def _declarations(path: Path) -> list[bytes]:
    rows = map(json.loads, _unpacked(path).splitlines())
    return [row["text"].encode() for row in rows if row["lang"].split("_")[0] in LANGUAGES]


def _blocks(path: Path) -> Iterable[bytes]:
    """Return the distinct blocks between blank lines."""
    return dict.fromkeys(
        block.strip() for block in re.split(rb"\n[ \t\r]*\n\s*", path.read_bytes())
    )


def _repetitive(block: bytes) -> bool:
    """Return whether a sampled text is too short or repeats itself."""
    small = len(zlib.compress(block, 9)) < LEAST_RATIO * len(block)
    return len(block) < SHORTEST_BLOCK or small


def _write(path: Path, documents: list[bytes]) -> None:
    lines = [json.dumps({"text": text.decode("utf-8", "ignore")}) for text in documents]
    path.write_text("\n".join(lines) + "\n")
    click.echo(f"{path.name}: {len(documents):,} documents, {sum(map(len, documents)):,} bytes")


if __name__ == "__main__":
    main()
