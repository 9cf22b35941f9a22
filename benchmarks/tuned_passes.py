"""How often tuned-lm reads a class's text: ``python -m benchmarks.tuned_passes DIR SET...``.

Ten training documents a class are learnt and 200 others of the training part are labelled, for
several numbers of passes and two draws. The default of `compressclf.models.tuned_lm` was taken from
test documents of AG News and R8 at first; this is the check on training documents, by which the
differences from ten passes on are within the scatter of draws (docs/neural-classification.md).
"""

from __future__ import annotations

import click
import numpy as np

from compressclf import CodelengthClassifier
from experiments.data import locate, read_set
from experiments.protocols.few_shot import draw

SHOTS, SCORED = 10, 200


@click.command()
@click.argument("data", type=click.Path(exists=True, file_okay=False))
@click.argument("sets", nargs=-1, required=True)
@click.option("--passes", default="5,10,20,50", show_default=True)
@click.option("--draws", default=2, show_default=True)
def main(data: str, sets: tuple[str, ...], passes: str, draws: int) -> None:
    """Print accuracy on held-out training documents of sets in the folder DATA."""
    for name in sets:
        rows = read_set(locate(name, data))
        for n_passes in map(int, passes.split(",")):
            found = []
            for seed in range(draws):
                learnt = draw(rows.labels, SHOTS, seed)
                rest = np.setdiff1d(np.arange(len(rows.docs)), learnt)
                scored = np.random.default_rng(seed).permutation(rest)[:SCORED]
                classifier = CodelengthClassifier(
                    f"tuned-lm:passes={n_passes}", calibration=1.0, n_jobs=1
                ).fit([rows.docs[row] for row in learnt], rows.labels[learnt])
                predicted = classifier.predict([rows.docs[row] for row in scored])
                found.append(float(np.mean(predicted == rows.labels[scored])))
            print(name, n_passes, *(f"{value:.3f}" for value in found), flush=True)


if __name__ == "__main__":
    main()
