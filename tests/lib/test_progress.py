"""A message about compiling is said once, where something is compiled."""

import logging
import threading

import numba
import pytest

from compressclf._lib import progress
from compressclf._lib.progress import mention_compiling


@pytest.fixture
def said(monkeypatch):
    """The messages, logged in the thread that compiles as soon as it begins."""

    class AtOnce:
        ident = None
        cancel = staticmethod(lambda: None)

        def __init__(self, after, function, arguments):
            self.start = lambda: function(*arguments)

    messages = []
    monkeypatch.setattr(threading, "Timer", AtOnce)
    monkeypatch.setattr(logging.getLogger("compressclf"), "warning", messages.append)
    progress._log_once.cache_clear()
    yield messages
    progress._log_once.cache_clear()


def test_compiling_is_mentioned_once(said):
    kernel = numba.njit(lambda x: 2 * x)
    for number in (1, 1, 1.5):
        with mention_compiling("Compiling."):
            assert kernel(number) == 2 * number
    assert said == ["Compiling."]


def test_what_is_compiled_already_is_not_mentioned(said):
    kernel = numba.njit(lambda x: 3 * x)
    kernel(1)
    with mention_compiling("Compiling."):
        kernel(2)
    numba.njit(lambda x: 4 * x)(1)  # after the block
    assert said == []


def test_what_another_thread_compiles_is_not_mentioned(said):
    with mention_compiling("Compiling."):
        thread = threading.Thread(target=lambda: numba.njit(lambda x: 5 * x)(1))
        thread.start()
        thread.join()
    assert said == []


def test_worker_processes_mention_nothing(said, monkeypatch):
    monkeypatch.setattr(progress, "parent_process", lambda: "the main process")
    with mention_compiling("Compiling."):
        numba.njit(lambda x: 6 * x)(1)
    assert said == []
