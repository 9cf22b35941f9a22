"""Read data sets of the Hugging Face hub, or local copies of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from compressclf._lib.optional import optional_import
from compressclf.datasets.dataset import Dataset, Split
from compressclf.datasets.labels import clean_labels
from compressclf.datasets.reading import Reading
from compressclf.datasets.tables.arrow import split_of_arrow

__all__ = ["load", "parse_name"]


def load(name: str, reading: Reading) -> Dataset:
    """Load ``NAME[/CONFIG][:SPLIT]``.

    Without SPLIT, the set's ``train`` and ``test`` (or its only split) are taken. NAME may be a
    local directory of data files, or one that the package `datasets` saved.

    Raises
    ------
    ValueError
        If the data set cannot be loaded, or the split or a column is missing.
    """
    library = optional_import("datasets", extra="datasets")
    repository, config, split = parse_name(name)
    if repository.startswith(("/", ".", "~")) and not Path(repository).is_dir():
        raise ValueError(f"hf:{name}: there is no directory {repository}.")
    try:
        if (
            Path(repository, "dataset_dict.json").exists()
            or Path(repository, "state.json").exists()
        ):
            loaded = library.load_from_disk(repository)
        else:
            loaded = library.load_dataset(repository, config)
    except Exception as error:  # the hub's client raises dozens of kinds of errors
        reason = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
        raise ValueError(f"hf:{name} could not be loaded: {reason}.") from None
    splits = loaded if isinstance(loaded, dict) else {"train": loaded}
    if split is not None:
        if split not in splits:
            raise ValueError(f"hf:{name}: no split {split!r} (found: {', '.join(splits)}).")
        return Dataset(name, _split(f"hf:{name}", splits[split], reading))
    if "train" not in splits and len(splits) > 1:
        raise ValueError(
            f"hf:{name} has no split 'train'; choose one with hf:{name}:SPLIT "
            f"(found: {', '.join(splits)})."
        )
    first = splits["train"] if "train" in splits else next(iter(splits.values()))
    test = splits["test"] if "test" in splits and "train" in splits else None
    return Dataset(
        name,
        _split(f"hf:{name}", first, reading),
        None if test is None else _split(f"hf:{name}:test", test, replace(reading, labelled=False)),
    )


def parse_name(name: str) -> tuple[str, str | None, str | None]:
    """Split ``NAME[/CONFIG][:SPLIT]``; NAME is ``user/set``, ``set`` or a local directory.

    Examples
    --------
    >>> parse_name("SetFit/20_newsgroups:test")
    ('SetFit/20_newsgroups', None, 'test')
    >>> parse_name("masakhane/masakhanews/swa")
    ('masakhane/masakhanews', 'swa', None)
    """
    if Path(name).is_dir():
        return name, None, None
    repository, colon, split = name.rpartition(":")
    if not colon:
        repository, split = name, ""
    config = None
    is_path = repository.startswith(("/", ".", "~")) or Path(repository).is_dir()
    if not is_path and repository.count("/") == 2:
        repository, _, config = repository.rpartition("/")
    return repository, config, split or None


def _split(place: str, dataset: Any, reading: Reading) -> Split:
    split = split_of_arrow(place, dataset.with_format("arrow")[:], reading)
    feature = dataset.features.get(reading.label)
    names = getattr(getattr(feature, "feature", feature), "names", None)  # of a ClassLabel, or more
    if names is None or split.labels is None:
        return split
    numbers = split.labels.astype(int)
    if (numbers < 0).all() and not reading.labelled:  # hidden test labels are -1 on the hub
        return replace(split, labels=None)
    if (numbers < 0).any():
        raise ValueError(f"{place}: row {int(numbers.argmin()) + 1} has no label (-1).")
    where = [f"{place}, row {row}" for row in range(1, len(numbers) + 1)]
    return replace(split, labels=clean_labels([names[n] for n in numbers], where, reading))
