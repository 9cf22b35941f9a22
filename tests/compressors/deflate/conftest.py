import zlib

import pytest

from compressclf.compressors import deflate


@pytest.fixture(autouse=True, scope="package")
def madler_zlib():
    """Lengths are only defined by the zlib that this engine follows."""
    if not deflate.self_check(6):
        pytest.skip(f"zlib {zlib.ZLIB_RUNTIME_VERSION} is not madler's zlib")
