"""Steps in another process: a line of JSON is the request, a line of JSON the answer.

The peak memory of a process that runs one step is that of the step. A process that is kept runs
many small cells without repeating imports and the reading of data.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from typing import Any

import compressclf

from .cells import Cell
from .protocols import Job, get_protocol

__all__ = ["StepError", "Worker", "serve"]

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)
# The child imports from the same checkout or installation as its parent.
START = (
    "import json, sys; where = json.loads(sys.stdin.readline()); sys.path[:] = where['path']; "
    "import compressclf; compressclf.__path__[:] = where['package']; "
    "from compressclf.experiments.processes import serve; serve()"
)


class StepError(RuntimeError):
    """A step failed; the message is one sentence."""


class Worker:
    """A process that runs steps one after the other; it ends with the ``with`` block."""

    def __init__(self, threads: int) -> None:
        environment = os.environ | dict.fromkeys(THREAD_VARIABLES, str(threads))
        self._process = subprocess.Popen(
            [sys.executable, "-c", START],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._ask({"path": sys.path, "package": list(compressclf.__path__)})

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process, even in the middle of a step."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except BrokenPipeError:  # it died before it read a request
                continue

    def measure(self, job: Job, step: int) -> dict[str, Any]:
        """Run a step and return its result.

        Raises
        ------
        StepError
            If the step failed or the process died.
        """
        self._ask(
            {
                "step": step,
                "cell": job.cell.fields(),
                "source": job.source,
                "threads": job.threads,
                "so_far": dict(job.so_far),
                "data": job.data,
            }
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise StepError(_died(self._process.wait()))
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise StepError(answer["error"])
        return answer

    def _ask(self, question: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise StepError(_died(self._process.wait())) from None


def _died(code: int) -> str:
    """Describe how a process ended.

    Examples
    --------
    >>> _died(-9)
    'its process was killed by signal 9 (SIGKILL; out of memory?)'
    """
    if code >= 0:
        return f"its process ended with code {code}"
    hint = "; out of memory?" if code == -9 else ""
    return f"its process was killed by signal {-code} ({signal.Signals(-code).name}{hint})"


def serve() -> None:
    """Answer requests on standard input; end as soon as it is closed, even during a step."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the parent decides
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is not an answer
    questions: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(questions,), daemon=True).start()
    while True:
        answer = json.dumps(_answer(json.loads(questions.get())))
        try:
            answers.write(answer + "\n")
            answers.flush()
        except BrokenPipeError:
            os._exit(1)


def _listen(questions: queue.SimpleQueue[str]) -> None:
    """Pass requests on; end the process when the input ends, since the parent was then killed."""
    for line in sys.stdin:
        questions.put(line)
    os._exit(1)


def _answer(question: dict[str, Any]) -> dict[str, Any]:
    step, cell = question.pop("step"), Cell(**question.pop("cell"))
    try:
        answer: dict[str, Any] = get_protocol(cell.protocol).steps[step](Job(cell, **question))
        return answer
    except Exception as error:  # any library may fail; the run goes on without this cell
        if os.environ.get("COMPRESSCLF_TRACEBACK"):
            import traceback

            traceback.print_exc()
        sentence = (str(error).splitlines() or [""])[0]
        return {"error": f"{type(error).__name__}: {sentence}".rstrip(": ")}
