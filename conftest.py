"""Let a checkout import the folders that an installation puts inside the package."""

from pathlib import Path
from typing import Any

import compressclf

compressclf.__path__.append(str(Path(__file__).parent))


def pytest_configure(config: Any) -> None:
    """Compile the kernels before pytest-xdist starts workers; a worker has a ``workerinput``."""
    if getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput"):
        from tests.kernels import compile_all

        compile_all()
