"""All that needs a GPU, in one command: ``python -m benchmarks.gpu_all OUT --data DIR``.

The stages run one after the other, each in its own process and within its share of the minutes:

* correct: the tests of CUDA (`tests/compressors/test_cuda.py`);
* scoring: pairs per second (`benchmarks.gpu_scoring`);
* recipes: the cells of the study `when` whose method is SmolLM2, on the sets in DIR;
* training: a byte model of 10 million parameters, on the training texts of the sets in DIR.

OUT gets the log of each stage, ``records.jsonl`` (one line per stage), ``gpu_scoring.jsonl``,
``training.jsonl``, the cards of the trained model, and ``few-shot.jsonl``, the records of the
study. A stage that fails or runs out of time does not stop the others; the exit code is then 1.
Without a GPU, or with ``--smoke``, each stage runs in a small version on the CPU.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

import click
import torch

# Share of the minutes that each stage may take.
SHARES = {"correct": 0.1, "scoring": 0.15, "training": 0.25, "recipes": 0.5}
SETS = ("ag_news", "r8", "dbpedia_small", "clinc150", "20news", "ohsumed")
STUDY = "when"


@click.command()
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--only", multiple=True, type=click.Choice([*SHARES]), help="Default: all stages.")
@click.option("--minutes", default=25.0, show_default=True, help="Time for all stages together.")
@click.option("--smoke", is_flag=True, help="A small version of each stage, also on a GPU.")
def main(out: Path, data: Path | None, only: tuple[str, ...], minutes: float, smoke: bool) -> None:
    """Run the stages and write records into OUT."""
    out.mkdir(parents=True, exist_ok=True)
    out = out.resolve()
    on_gpu = torch.cuda.is_available()
    device = torch.cuda.get_device_name() if on_gpu else "CPU"
    stages = only or tuple(SHARES)
    total = sum(SHARES[name] for name in stages)
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        for name in stages:
            seconds = 60 * minutes * SHARES[name] / total
            begin = time.monotonic()
            ended = STAGES[name](out, data, Path(folder), smoke or not on_gpu, seconds)
            row = {
                "stage": name,
                "ended": ended,
                "seconds": round(time.monotonic() - begin, 1),
                "device": device,
                "torch": torch.__version__,
                "date": datetime.now(timezone.utc).strftime("%Y-%m-%d"),
                "smoke": smoke or not on_gpu,
            }
            with (out / "records.jsonl").open("a") as file:
                file.write(json.dumps(row) + "\n")
            click.echo(f"{name}: {ended} in {row['seconds']} s on {device}")
            failed += [name] * (ended != "done")
    sys.exit(bool(failed))


def correct(out: Path, data: Path | None, folder: Path, small: bool, seconds: float) -> str:
    """Run the tests of CUDA."""
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "tests/compressors/test_cuda.py"]
    return _run(command, out / "correct.txt", seconds)


def scoring(out: Path, data: Path | None, folder: Path, small: bool, seconds: float) -> str:
    """Measure pairs per second, for models of several sizes."""
    command = [sys.executable, "-m", "benchmarks.gpu_scoring", "--seconds", str(seconds * 0.8)]
    command += ["--record", str(out / "gpu_scoring.jsonl")]
    command += ["--model", "tiny", "--rounds", "1"] if small else []
    return _run(command, out / "scoring.txt", seconds)


def training(out: Path, data: Path | None, folder: Path, small: bool, seconds: float) -> str:
    """Train a byte model for 60 % of the time, and measure it in integers on held-out text."""
    texts = [str(path) for name in SETS if data for path in [data / name / "train.csv.gz"]]
    texts = [path for path in texts if Path(path).exists()] or ["sample:bbc-news"]
    command = [*_program(), "train-lm", *texts, "-o", str(folder / "model")]
    command += ["--source", "training texts of the development sets (not for distribution)"]
    if small:
        command += ["--hidden", "32", "--lanes", "8", "--window", "16", "--steps", "20"]
    else:
        command += ["--hidden", "1024", "--layers", "2", "--lanes", "1024", "--window", "128"]
        command += ["--rate", "0.002", "--minutes", f"{0.6 * seconds / 60:.2f}"]
        command += ["--minutes-between", "0.5"]
    ended = _run(command, out / "training.txt", seconds)
    for source, target in (("log.jsonl", "training.jsonl"), ("README.md", "training_card.md")):
        if (folder / "model" / source).exists():
            shutil.copyfile(folder / "model" / source, out / target)
    return ended


def recipes(out: Path, data: Path | None, folder: Path, small: bool, seconds: float) -> str:
    """Measure the cells of SmolLM2 that the study lacks; each cell that is done has a record."""
    results = folder / "results"
    command = [*_program(), "experiment", "run", STUDY, "--results", str(results)]
    command += [option for name in _methods() for option in ("--only", f"/{name}")]
    if small or data is None:
        command += ["--quick"]
    else:
        command += ["--data", str(data)]
    ended = _run(command, out / "recipes.txt", seconds)
    for path in results.rglob("records/few-shot.jsonl"):
        shutil.copyfile(path, out / path.name)
    return ended


STAGES = {"correct": correct, "scoring": scoring, "training": training, "recipes": recipes}


def _methods() -> list[str]:
    """Return the methods of the study that read documents with SmolLM2."""
    from experiments.study import read_study

    blocks = read_study(STUDY).blocks
    return sorted({name for each in blocks for name in each.methods if "smollm2" in name})


def _program() -> list[str]:
    return [sys.executable, "-m", "compressclf"]


def _run(command: list[str], log: Path, seconds: float) -> str:
    """Run a command with its output in a file, and return how it ended."""
    with log.open("w") as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT)
        try:
            code = process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)  # records and checkpoints are kept
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
            return "out of time"
    return "done" if code == 0 else f"exit code {code}"


if __name__ == "__main__":
    main()
