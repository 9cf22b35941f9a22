"""The data sets: bits of a sample by one compressor beside the accuracy attained."""

from __future__ import annotations

import numpy as np

from ._learnability import BEST, facts_of
from .markdown import table
from .view import View

__all__ = ["render"]


def render(view: View, *, compressor: str) -> str:
    """Return the table: a row a data set.

    Parameters
    ----------
    view : View
        Records of the protocol compressibility, and of full elsewhere.
    compressor : str
        Whose bits.
    """
    rows = []
    for one in facts_of(view, compressor):
        chosen = [
            record
            for record in view.records
            if (record["dataset"], record["method"]) == (one.name, compressor)
        ]
        label = np.mean([record["label_bits"] / record["n_documents"] for record in chosen])
        split = np.mean([record["split_bits"] / record["bits"] for record in chosen]) - 1
        numbers = one.numbers
        rows.append(
            [
                one.name,
                f"{numbers['number of classes']:.0f}",
                f"{numbers['bytes per document']:,.0f}",
                f"{numbers['bits per byte']:.3f}",
                f"{numbers['bits per character']:.3f}",
                f"{numbers['bits per document']:,.0f}",
                f"{numbers['share saved by classes']:.2%}",
                f"{numbers['bits per document saved by classes']:.1f}",
                f"{label:.2f}",
                f"{split:+.1%}",
                f"{one.accuracies[BEST]:.3f} ({one.best})",
                f"{one.above_chance(BEST):.3f}",
            ]
        )
    header = ["data set", "classes", "bytes per document", "bits per byte", "per character"]
    header += ["per document", "saved by classes", "bits per document", "label's bits"]
    header += ["a stream a class", "best accuracy", "above chance"]
    limit = max(record["parameters"]["bytes"] for record in view.records)
    samples = len({record["seed"] for record in view.records})
    caption = (
        f"Bits by {compressor} of at most {limit:,} bytes of training documents (samples: "
        f"{samples}). Saved by classes: how much shorter the same documents are sorted by class, "
        "and how many bits of a document that is; beside it the entropy of its label, which is "
        "what naming the class would cost. A stream a class: how much longer the classes are "
        "when each is compressed alone, and the language learned anew. Best accuracy: the "
        "highest that any method of the table has on the test data, without leaked rows; above "
        "chance: (accuracy − majority) / (1 − majority)."
    )
    return f"{caption}\n\n{table(header, rows)}"
