import numpy as np

from compressclf import _jit


def test_the_stamp_tells_of_every_file(tmp_path):
    (tmp_path / "a.py").write_text("x")
    (tmp_path / "b.txt").write_text("x")
    assert [(name, size) for name, _, size in _jit.stamp(tmp_path)] == [("a.py", 1)]


def test_without_compiling_numbers_wrap_around_without_a_warning(monkeypatch, tmp_path):
    monkeypatch.setattr(_jit.numba.config, "DISABLE_JIT", 1)

    @_jit.kernels_of(tmp_path)
    def triple(x):
        return np.uint64(3) * x

    assert triple(np.uint64(2**63 + 1)) == 2**63 + 3
    assert triple.__name__ == "triple"
