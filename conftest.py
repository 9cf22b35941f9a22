"""Let a checkout import what an installation puts inside the package: `cli`, `experiments`."""

from pathlib import Path

import compressclf

compressclf.__path__.append(str(Path(__file__).parent))
