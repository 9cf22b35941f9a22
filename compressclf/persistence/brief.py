"""The card of a saved transformer, which has no labels to tell of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compressclf._markdown import cell, sealed, table

__all__ = ["brief_card"]


def brief_card(transformer: Any, name: str, versions: Mapping[str, Any]) -> str:
    """Write the card of what classifies nothing by itself, `compressclf.CodelengthFeatures`.

    Parameters
    ----------
    transformer : CodelengthFeatures
        Fitted.
    name : str
        Of its directory.
    versions : mapping
        As ``config.json`` of the saved model has them.

    Returns
    -------
    str
        Markdown.
    """
    rows: list[tuple[str, object]] = [("kind", type(transformer).__name__)]
    rows += [("class model", fitted.model.spec) for fitted in transformer.models_]
    rows.append(("classes", len(transformer.classes_)))
    rows.append(("made with", ", ".join(f"{key} {value}" for key, value in versions.items())))
    use = f"```python\nfeatures = load_model({name!r}).transform(documents)\n```"
    return sealed([f"# Model card: {cell(name)}", f"## Use\n\n{use}", table(["", ""], rows)])
