import zlib

import pytest

from compressclf.compressors import deflate
from compressclf.compressors.deflate import check


@pytest.fixture
def _forget_answers():
    check.self_check.cache_clear()
    yield
    check.self_check.cache_clear()


@pytest.mark.parametrize("level", deflate.EXACT_LEVELS)
def test_the_running_zlib(level):
    assert deflate.self_check(level)


@pytest.mark.usefixtures("_forget_answers")
@pytest.mark.parametrize("level", deflate.EXACT_LEVELS)
def test_another_zlib_is_noticed(level, monkeypatch):
    """A level that searches a little less stands in for an implementation with other choices."""
    compress = zlib.compress
    neighbour = {1: 2, 9: 8, 8: 7}.get(level, level - 1)
    monkeypatch.setattr(zlib, "compress", lambda data, _: compress(data, neighbour))
    assert not deflate.self_check(level)
