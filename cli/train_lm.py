"""``compressclf train-lm``."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from compressclf._lib.printable import printable

from ._options import Name, add_options
from ._output import say
from ._resuming import kept

recipe_options = add_options(
    click.option("--hidden", type=int, default=512, show_default=True, help="Units per layer."),
    click.option("--layers", type=int, default=1, show_default=True, help="Number of layers."),
    click.option(
        "--lanes",
        type=int,
        default=64,
        show_default=True,
        help="Documents per batch; use 1024 or more on a GPU.",
    ),
    click.option(
        "--window", type=int, default=96, show_default=True, help="Bytes of a document per step."
    ),
    click.option(
        "--rate", type=float, default=0.003, show_default=True, help="Highest learning rate."
    ),
    click.option("--seed", type=int, default=0, show_default=True, help="Seed of the training."),
)

run_options = add_options(
    click.option("--minutes", type=float, help="Training time, including earlier runs."),
    click.option("--steps", type=int, help="Training steps, including earlier runs."),
    click.option(
        "--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1, ..."
    ),
    click.option(
        "--precision",
        type=Name("precision", ("auto", "fp32", "bf16")),
        default="auto",
        show_default=True,
        help="Number format of matrix products in training.",
    ),
    click.option(
        "--threads",
        type=click.IntRange(1),
        help="CPU threads. Default: one per processor.",
    ),
    click.option(
        "--minutes-between",
        type=click.FloatRange(0),
        default=3.0,
        show_default=True,
        help="Minutes between checkpoints.",
    ),
)


@click.command("train-lm")
@click.argument("data", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder for checkpoint, log, weights and model card.",
)
@click.option("--resume", is_flag=True, help="Continue from the checkpoint in the folder.")
@recipe_options
@run_options
@click.option(
    "--held-out",
    multiple=True,
    metavar="DATA",
    help="Held-out text for evaluation. Default: 1 % of DATA. May be repeated.",
)
@click.option("--text-column", default="text", show_default=True, help="Column of tables.")
@click.option(
    "--source",
    "sources",
    multiple=True,
    help="Source of DATA, for the model card. May be repeated.",
)
@click.option(
    "--licence",
    "licences",
    multiple=True,
    help="Licence of DATA, for the model card. May be repeated.",
)
def command(
    data: tuple[str, ...],
    folder: Path,
    resume: bool,
    held_out: tuple[str, ...],
    text_column: str,
    sources: tuple[str, ...],
    licences: tuple[str, ...],
    threads: int | None,
    **options: Any,
) -> None:
    """Train a byte language model on DATA.

    DATA are text files (one document each), folders of them, tables (.csv, .tsv, .jsonl,
    .parquet: one document per row), sample:NAME, hf:NAME, blocks:FILE (documents separated by blank
    lines) or lines:FILE. A source that is given twice is read twice as often.

    Training can be interrupted at any time and continued by --resume. Use the model by --compressor
    bytelm:weights=FOLDER/weights.safetensors.

    \b
    Example:
      compressclf train-lm books/ blocks:news.txt -o my-model --minutes 30
    """
    from compressclf._lib.optional import optional_import
    from compressclf.compressors.bytelm.training.loop import Recipe, Run
    from compressclf.compressors.bytelm.training.produce import train_model

    from ._texts import read_texts

    torch = optional_import("torch", extra="neural")
    if threads is not None:
        torch.set_num_threads(threads)
    recipe = Recipe(**{item.name: options.pop(item.name) for item in fields(Recipe)})
    run = Run(**options)
    documents = read_texts(data, text_column)
    checkpoint = folder / "checkpoint.safetensors"
    with kept(checkpoint, f"The checkpoint is in {folder}; --resume continues from it."):
        facts = train_model(
            documents,
            folder,
            recipe,
            run,
            held_out=read_texts(held_out, text_column) if held_out else None,
            resume=resume,
            sources=sources or data,
            licences=licences,
            say=say,
        )
    bits = facts["bits per byte, integers"]
    weights = folder / "weights.safetensors"
    click.echo(printable(f"{weights}: {bits} bits per byte on held-out text"))
