"""Let a checkout import the folders that an installation puts inside the package."""

from pathlib import Path

import compressclf

compressclf.__path__.append(str(Path(__file__).parent))
