"""A small part of ``python -m benchmarks.fuzz``, in this process."""

import os
import random
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks import fuzz
from benchmarks.fuzz import TARGETS
from benchmarks.fuzz_changes import WORDS, changed, shortened
from benchmarks.fuzz_targets import Target, bad

pytestmark = pytest.mark.slow

DEAR = ("archives", "code bytelm", "model gzip")  # milliseconds a run
NAMES = [name for name in TARGETS if not name.startswith("model")]  # they take seconds to fit


@pytest.fixture
def place(monkeypatch):
    """A directory in memory: a disk is slow."""
    with tempfile.TemporaryDirectory(dir=fuzz.memory()) as folder:
        monkeypatch.chdir(folder)
        yield Path(folder)
        monkeypatch.undo()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [*NAMES, "model gzip"])
def test_whatever_is_read_is_read_or_refused(name, place):
    target, found, shared = TARGETS[name][1](place), [], fuzz.Shared()
    judge = fuzz.Judge(target, shared, lambda *finding: found.append(finding))
    n_runs = 2000 if TARGETS[name][0] >= 80 else 600 if TARGETS[name][0] >= 30 else 100
    n_runs = 40 if name in DEAR else n_runs
    fuzz.inputs(target, random.Random(name), judge, n_runs)
    assert found == []
    assert shared.runs == shared.refused + shared.accepted == max(n_runs, len(target.seeds))
    assert min(shared.refused, shared.accepted) > 0


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_bytes_are_read_or_refused(tmp_path_factory, data):
    name = data.draw(
        st.sampled_from(["delimited", "records", "lines", "files", "idx", "container"])
    )
    target = TARGETS[name][1](tmp_path_factory.mktemp("fuzz"))
    words = st.sampled_from([*WORDS, *target.words, *(seed[:20] for seed in target.seeds)])
    drawn = data.draw(st.lists(st.one_of(words, st.binary(max_size=8)), max_size=30))
    assert bad(target, b"".join(drawn))[0] is None


def test_equal_seeds_make_equal_inputs():
    def some():
        rng = random.Random(3)
        return [changed(b"text,label\na,1\n", b"[2, {}]", WORDS, rng) for _ in range(300)]

    assert some() == some()
    assert len(set(some())) > 250


def test_findings_are_made_shorter():
    assert shortened(b"abc" * 50 + b"x" + b"de" * 50 + b"y", lambda d: b"x" in d, 9) == b"x"


def test_what_is_wrong_with_an_error():
    def use(data):
        raise {b"v": ValueError, b"o": OSError, b"t": TypeError, b"m": MemoryError}[data[:1]](
            data[1:].decode()
        )

    target = Target([b""], use, sentences=True)
    assert bad(target, b"va sentence.")[0] is None
    assert bad(target, b"oa sentence.")[0] is None
    assert bad(target, b"va\nb")[0].startswith("no sentence (test_fuzz.py:")
    assert bad(target, b"v" + b"a" * 2001)[0].startswith("no sentence")
    assert bad(target, b"tx")[0].startswith("TypeError (test_fuzz.py:")
    assert bad(target, b"mx")[0].startswith("MemoryError")

    def hide(data):
        try:
            raise MemoryError
        except MemoryError:
            raise ValueError("not readable") from None

    assert bad(Target([b""], hide), b"")[0].startswith("memory (test_fuzz.py:")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of fork beside threads
def test_crashes_hangs_and_errors_are_found(tmp_path, monkeypatch, capfd):
    def use(data):
        if b"hang" in data:
            time.sleep(60)
        if b"crash" in data:
            os._exit(9)
        if data == b"error":
            raise KeyError(data)
        if data == b"refused":
            raise ValueError("a sentence")

    seeds = [b"good", b"error", b"refused"]
    monkeypatch.setattr(fuzz, "changed", lambda *_: next(later))
    monkeypatch.setattr(fuzz, "SECONDS", 0.5)
    monkeypatch.setitem(TARGETS, "x", (1, lambda place: Target(list(seeds), use)))
    later = iter([b"to hang"])
    shared, findings, ended = fuzz.watched("x", 4, 0, 5.0, False, tmp_path)
    assert [wrong.partition(" (")[0] for wrong, _ in findings] == ["over 0 s", "KeyError"]
    assert bytes.fromhex(findings[0][1]) == b"hang"
    assert (shared.refused, ended) == (1, "")
    later = iter([b"to crash"])
    findings = fuzz.watched("x", 4, 0, 5.0, False, tmp_path)[1]
    assert ("ended by 9", b"crash".hex()) in findings


def test_runs_are_shared_by_speed():
    parts = dict(fuzz.shares(list(TARGETS), 10_000_000))
    assert sum(parts.values()) == pytest.approx(10_000_000, rel=1e-3)
    assert parts["spec text"] > parts["files"] > parts["model gzip"] > 100


def test_a_run_leaves_nothing_behind(place):
    target = TARGETS["files"][1](place)
    assert bad(target, target.seeds[0])[0] is None
    assert list(place.iterdir()) == []
