"""Models of images on one data set: ``python -m benchmarks.image_models SOURCE SPEC...``.

Prints for each spec accuracy on the test images, processor seconds of fit and predict (all
threads), and the highest memory use so far, the data's included. With ``--shots`` it learns from
a few images of each class instead, drawn several times, and tests on a fixed sample of the test
images. With ``--recall`` it prints how often the right class is among the nearest orientation
maps, which is what bounds the model ``motion``.
"""

from __future__ import annotations

import resource
import time
from dataclasses import replace

import click
import numpy as np

from compressclf import CodelengthClassifier
from compressclf.datasets import Dataset, hold_out, load_dataset
from compressclf.models._images import image_stack
from compressclf.models._settings import asked_of
from compressclf.models.motion import Motion
from compressclf.models.motion.choice import first_settings
from compressclf.models.motion.references import References

FIRST = 200  # documents that compile everything before the clock is started


@click.command()
@click.argument("source")
@click.argument("specs", nargs=-1)
@click.option("--shots", default="", help="Images of each class, as in 1,5,10,50.")
@click.option("--draws", default=5, show_default=True, help="Draws for --shots.")
@click.option("--limit-test", default=0, help="Test images, drawn once; 0 for all.")
@click.option("--recall", is_flag=True, help="Recall of the candidates of motion.")
@click.option("--jobs", default=2, show_default=True)
def main(
    source: str,
    specs: tuple[str, ...],
    shots: str,
    draws: int,
    limit_test: int,
    recall: bool,
    jobs: int,
) -> None:
    """Measure the models SPECS on the data set SOURCE."""
    dataset = load_dataset(source)
    if dataset.test is None:
        train, test = hold_out(dataset.train, 0.2, 0)
        dataset = replace(dataset, train=train, test=test)
    if limit_test:
        dataset = replace(dataset, test=dataset.test.sample(limit_test, seed=11))
    if recall:
        _recall(dataset, jobs)
    for spec in specs:
        if shots:
            _few_shots(dataset, spec, [int(k) for k in shots.split(",")], draws, jobs)
        else:
            _all(dataset, spec, jobs)


def _all(dataset: Dataset, spec: str, jobs: int) -> None:
    train, test = dataset.train, dataset.test
    CodelengthClassifier(spec).fit(train.docs[:FIRST], train.labels[:FIRST]).predict(test.docs[:2])
    begin = time.process_time()
    model = CodelengthClassifier(spec, n_jobs=jobs).fit(train.docs, train.labels)
    fit = time.process_time() - begin
    right = model.predict(test.docs) == test.labels
    predict = time.process_time() - begin - fit
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    click.echo(
        f"{dataset.name} {spec}: accuracy {right.mean():.4f} of {len(right):,}, fit {fit:.1f} s, "
        f"predict {predict:.1f} s, {memory:,.0f} MB\n  {model.model_.model.spec}"
    )


def _few_shots(dataset: Dataset, spec: str, shots: list[int], draws: int, jobs: int) -> None:
    train, test = dataset.train, dataset.test
    labels = np.asarray(train.labels)
    for k in shots:
        accuracies = []
        for draw in range(draws):
            rng = np.random.default_rng([k, draw])
            chosen = np.concatenate(
                [
                    rng.choice(np.flatnonzero(labels == c), k, replace=False)
                    for c in np.unique(labels)
                ]
            )
            model = CodelengthClassifier(spec, n_jobs=jobs)
            model.fit(train.docs.take(chosen), labels[chosen])
            accuracies.append(float((model.predict(test.docs) == test.labels).mean()))
        click.echo(
            f"{dataset.name} {spec} {k} shots: {np.mean(accuracies):.4f} "
            f"± {np.std(accuracies, ddof=1):.4f} on {len(test.labels):,} test images, "
            f"the last draw with {model.model_.model.spec}"
        )


def _recall(dataset: Dataset, jobs: int) -> None:
    images = image_stack("motion", dataset.train.docs)
    classes, y = np.unique(dataset.train.labels, return_inverse=True)
    test = image_stack("motion", dataset.test.docs)
    settings = first_settings(asked_of(Motion()), images.shape[1] * images.shape[2])
    references = References.of(settings, images, y.astype(np.int64), jobs)
    nobody = np.full(len(test), -1)
    begin = time.process_time()
    _, found, _ = references.found_for(test, nobody, 100, jobs)
    seconds = time.process_time() - begin
    right = classes[y[found]] == np.asarray(dataset.test.labels)[:, np.newaxis]
    shares = {k: float(right[:, :k].any(axis=1).mean()) for k in (1, 10, 20, 50, 100)}
    told = ", ".join(f"{share:.4f} with {k}" for k, share in shares.items())
    click.echo(f"{dataset.name} recall of the right class: {told} candidates ({seconds:.1f} s)")


if __name__ == "__main__":
    main()
