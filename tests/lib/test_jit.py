import ctypes
import signal
import sys
import time

import numba
import numpy as np
import pytest
from numba.core.caching import NullCache

from compressclf._lib import jit


def test_the_stamp_tells_of_every_file(tmp_path):
    (tmp_path / "a.py").write_text("x")
    (tmp_path / "b.txt").write_text("x")
    assert [(name, size) for name, _, size in jit.stamp(tmp_path)] == [("a.py", 1)]


def test_without_compiling_numbers_wrap_around_without_a_warning(monkeypatch, tmp_path):
    monkeypatch.setattr(jit.numba.config, "DISABLE_JIT", 1)

    @jit.kernels_of(tmp_path)
    def triple(x):
        return np.uint64(3) * x

    assert triple(np.uint64(2**63 + 1)) == 2**63 + 3
    assert triple.__name__ == "triple"


@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")
@pytest.mark.skipif(sys.platform == "win32", reason="its C library is found by another name")
@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_in_a_kernel_is_a_keyboard_interrupt(monkeypatch, tmp_path):
    """numba calls Python when it makes arrays of a tuple, and there the signal is seen first."""
    monkeypatch.setattr(jit, "cache_of", lambda *_: NullCache())  # an address cannot be cached
    send = getattr(ctypes.CDLL(None), "raise")
    send.argtypes = [ctypes.c_int]

    @jit.kernels_of(tmp_path)
    def interrupted(number):
        send(number)
        return np.zeros(2), np.ones(2), 1.0

    interrupted(0)
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            interrupted(int(signal.SIGINT))


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("ends", ["late", "at once", "with an error"])
def test_an_interrupt_that_is_forgotten_while_llvm_works_is_raised(ends):
    @ctypes.CFUNCTYPE(None)
    def call_back():
        raise KeyboardInterrupt

    def compile_kernel():
        call_back()
        if ends == "with an error":
            raise RuntimeError("no compiled object yet")
        for _ in range(6000 if ends == "late" else 0):
            time.sleep(0.01)

    hook = sys.unraisablehook
    with pytest.raises(KeyboardInterrupt):
        jit._noticing_interrupts(compile_kernel)()
    assert sys.unraisablehook is hook


def test_other_system_errors_stay_what_they_are(monkeypatch, tmp_path):
    def broken(*arguments):
        raise SystemError("broken") from ValueError("why")

    broken._numba_type_ = broken._compile_for_args = None
    monkeypatch.setattr(jit.numba, "njit", lambda **options: lambda function: broken)
    monkeypatch.setattr(jit.numba.config, "DISABLE_JIT", 0)
    monkeypatch.setattr(jit, "cache_of", lambda *_: NullCache())
    with pytest.raises(SystemError, match="broken"):
        jit.kernels_of(tmp_path)(len)("a")
