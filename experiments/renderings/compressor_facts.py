"""Header, NCD of a text with itself, asymmetry and window of every compressor."""

from __future__ import annotations

from ..records import Record
from ..view import View
from ._markdown import short, table

__all__ = ["render"]


def render(view: View) -> str:
    """Return the table."""
    header = [
        "compressor", "bits of nothing", "NCD(x, x)", "C(xy) against C(yx), bits", "of C(xy)",
        "pairs that differ", "window, bytes", "NCD(x, x) > .5 from",
    ]  # fmt: skip
    rows = [_row(one) for one in view.records]
    pairs = ", ".join(dict.fromkeys(f"{one['pairs']:,}" for one in view.records))
    caption = (
        f"Bits of the empty text; over {pairs} pairs of documents of {', '.join(view.datasets)}: "
        "mean NCD of the first with itself, mean difference of C(xy) and C(yx) in bits and as a "
        "share of the smaller, and share of pairs that differ; the window that the format states; "
        "and the length from which the second copy of a prefix of the whole text costs as much as "
        "the first (within 3 %; “>”: not up to there)."
    )
    return f"{caption}\n\n{table(header, rows)}"


def _row(record: Record) -> list[str]:
    metrics, limit = record["metrics"], record["forgotten_from"]
    nothing = record["value"] > 1 - 1e-9  # it never found anything
    window = "none" if record["window"] is None else f"{record['window']:,}"
    return [
        record["method"],
        f"{record['overhead_bits']:g}",
        f"{record['value']:.3f} ± {record['stderr']:.3f}",
        short(metrics["asymmetry_bits"]),
        f"{metrics['asymmetry']:.2%}",
        f"{metrics['order_matters']:.0%}",
        window,
        "always" if nothing else f"{limit:,}" if limit else f"> {record['longest']:,}",
    ]
