"""``compressclf distance``."""

from __future__ import annotations

import json
from math import isfinite
from pathlib import Path
from typing import Any

import click

from compressclf.distances import Measure, pairwise_distances

from ._options import measure_options, output_options
from ._output import emit


@click.command("distance")
@click.argument("a")
@click.argument("b")
@click.option("--literal", is_flag=True, help="A and B are the documents, not file names.")
@measure_options
@output_options("text", "json")
def command(
    a: str, b: str, literal: bool, style: str, output: Path | None, **parameters: Any
) -> None:
    """Compression distance between the files A and B.

    The output is one number; --format json adds the codelengths in bits. Image files are read as
    bytes, not as pixels.

    \b
    Examples:
      compressclf distance draft.txt final.txt --compressor xz
      compressclf distance --literal "to be or not" "not to be" --metric cdm
    """
    x, y = (name.encode() if literal else Path(name).read_bytes() for name in (a, b))
    measure = _measure(parameters)
    distance = float(pairwise_distances([x], [y], **parameters, n_jobs=1)[0, 0])
    if style == "text":
        emit(f"{distance:.6g}", output)
        return
    overhead = measure.compressor.overhead_bits if measure.subtract_overhead else 0.0

    def bits(data: bytes) -> float:
        return measure.compressor.codelength(data) - overhead

    separator = measure.separator
    emit(
        json.dumps(
            {
                "distance": distance if isfinite(distance) else None,
                "metric": measure.metric,
                "compressor": measure.compressor.spec,
                "order": measure.order,
                "bits": {
                    "x": bits(x),
                    "y": bits(y),
                    "xy": bits(x + separator + y),
                    "yx": bits(y + separator + x),
                },
            },
            indent=2,
        ),
        output,
    )


def _measure(parameters: dict[str, Any]) -> Measure:
    try:
        return Measure.of(**parameters)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
