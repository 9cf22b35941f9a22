"""Let a checkout import the folders that an installation puts inside the package."""

import sys
from pathlib import Path
from typing import Any

import compressclf

compressclf.__path__.append(str(Path(__file__).parent))

# zarr 3 needs Python 3.11, and the examples of these modules need zarr
NEEDS_ZARR = ["compressclf/matrices/clustering.py", "compressclf/matrices/exports.py"]
collect_ignore = NEEDS_ZARR if sys.version_info < (3, 11) else []


def pytest_configure(config: Any) -> None:
    """Compile the kernels before pytest-xdist starts workers; a worker has a ``workerinput``."""
    if getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput"):
        from tests.kernels import compile_all

        compile_all()


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Run slow tests first, so that no long one is left to a single worker at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
