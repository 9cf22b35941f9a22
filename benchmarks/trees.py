"""Quartet trees of mammals and of languages: ``python -m benchmarks.trees MAMMALS LANGUAGES``.

MAMMALS is a table of mitochondrial genomes with the columns sequence, name and order; LANGUAGES is
a table of the Universal Declaration of Human Rights with the columns text and lang.
Prints, for each compressor, S(T) of the quartet tree, of neighbour joining and of UPGMA, how many
orders or families are clades, and CPU seconds. Families are those of Glottolog; only languages in
Latin script are compared, since scripts would otherwise decide.
"""

from __future__ import annotations

import time
from collections import defaultdict

import click
import numpy as np

from compressclf._lib.markdown import table
from compressclf.datasets import load_dataset
from compressclf.distances import pairwise_distances
from compressclf.trees import Tree, neighbor_joining, quartet_tree, upgma

FAMILIES = {
    "Germanic": "eng deu_1901 nld afr swe dan nno nob isl fao ltz fri",
    "Romance": "fra spa por_PT ita cat glg ron_1993 fur",
    "Slavic": "ces slk pol slv hrv bos_latn",
    "Celtic": "gle gla bre cym",
    "Baltic": "lit lav",
    "Uralic": "fin est vep hun sme",
    "Turkic": "tur azj_latn tuk_latn gag",
    "Bantu": "zul xho ssw nbl swh kin run lug",
    "Austronesian": "ind mly_latn jav tgl ceb ilo plt haw smo",
    "Basque": "eus",
}
COMPRESSORS = ("xz", "gzip", "lz77", "zstd", "zstd:level=19", "bz2", "brotli", "ppmd", "contextmix")


def mammals(source: str) -> tuple[list[bytes], list[str], list[str]]:
    """Return sequences, names and orders."""
    part = load_dataset(
        source, text_column="sequence", label_column="order", group_column="name"
    ).train
    assert part.labels is not None
    assert part.groups is not None
    return list(part.docs), part.groups.tolist(), part.labels.tolist()


def languages(source: str) -> tuple[list[bytes], list[str], list[str]]:
    """Return texts, codes and families."""
    part = load_dataset(source, label_column="lang").train
    assert part.labels is not None
    texts = dict(zip(part.labels.tolist(), part.docs, strict=True))
    pairs = [(code, family) for family, codes in FAMILIES.items() for code in codes.split()]
    return [texts[code] for code, _ in pairs], *map(list, zip(*pairs, strict=True))  # type: ignore[return-value]


def split_groups(tree: Tree, labels: list[str]) -> tuple[int, list[str]]:
    """Return the number of labels with several leaves, and those that are not clades."""
    groups = defaultdict(list)
    for name, label in zip(tree.names, labels, strict=True):
        groups[label].append(name)
    several = {label: names for label, names in groups.items() if len(names) > 1}
    return len(several), [label for label, names in several.items() if not tree.is_clade(names)]


@click.command()
@click.argument("mammal_source")
@click.argument("language_source")
@click.option("--compressor", "specs", multiple=True, default=COMPRESSORS)
@click.option("-j", "--jobs", default=1, show_default=True)
def main(mammal_source: str, language_source: str, specs: tuple[str, ...], jobs: int) -> None:
    """Print a table for each corpus."""
    quartet_tree(np.ones((20, 20)))  # compiles
    for title, (docs, names, labels) in (
        ("Mammals", mammals(mammal_source)),
        ("Languages", languages(language_source)),
    ):
        header = ["compressor", "quartet tree", "NJ", "UPGMA", "clades", "not clades"]
        header += ["CPU s, distances", "CPU s, trees"]
        rows = []
        for spec in specs:
            begin = time.process_time()
            distances = pairwise_distances(docs, compressor=spec, n_jobs=jobs)
            middle = time.process_time()
            tree = quartet_tree(distances, names)
            others = [make(distances, names).score for make in (neighbor_joining, upgma)]
            end = time.process_time()
            n, split = split_groups(tree, labels)
            scores = [f"{score:.4f}" for score in (tree.score, *others)]
            seconds = [f"{middle - begin:.1f}", f"{end - middle:.1f}"]
            rows.append([spec, *scores, f"{n - len(split)} of {n}", ", ".join(split), *seconds])
            click.echo(f"{spec} done", err=True)
        click.echo(f"\n{title}: {len(docs)} documents\n\n{table(header, rows)}")


if __name__ == "__main__":
    main()
