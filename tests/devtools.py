"""Chromium in which one types and looks, through its debugging pipe; `browser` only opens pages."""

import base64
import contextlib
import json
import os
import select
import subprocess
import sys
import time

from tests.browser import CHROMIUM

SECONDS = 60
START = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
os.dup2(ends[0], 3), os.dup2(ends[1], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""

FILTER = """(() => {
  const field = document.getElementById("query"), begin = performance.now();
  field.value = %s;
  field.dispatchEvent(new Event("input"));
  document.body.getBoundingClientRect();
  return {ms: performance.now() - begin, found: document.getElementById("found").textContent};
})()"""


def filtered(query):
    """Return a script that filters the predictions of a report: its time and what it says."""
    return FILTER % json.dumps(query)


class Browser:
    """One page; `messages` are its console messages and errors, `requests` the URLs it asks for."""

    def __init__(self, to, back):
        self._to, self._back, self._rest, self._number = to, back, b"", 0
        self.messages, self.requests = [], []
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = {"sessionId": attached["sessionId"]}
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method, **parameters):
        """Call a method of the DevTools protocol."""
        return self._call(method, self._session, **parameters)

    def open(self, path, *, width=1280, height=900, dark=False):
        """Open a file and wait until `live` is there."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip
        theme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[theme])
        self.messages.clear()
        self.requests.clear()
        self.call("Page.navigate", url=path.as_uri())
        self.wait("document.readyState === 'complete'")

    def wait(self, condition):
        """Wait until a condition in JavaScript holds."""
        end = time.monotonic() + SECONDS
        while not self.evaluate(condition):
            assert time.monotonic() < end, f"{condition} does not hold; {self.messages}"
            time.sleep(0.02)

    def evaluate(self, code):
        """Return the value of an expression in JavaScript, awaited."""
        found = self.call(
            "Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def press(self, key, text=None):
        """Press a key; `text` is what it types."""
        typed = {} if text is None else {"text": text}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, code=key, **typed)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, code=key)

    def screenshot(self, path, *, whole=True):
        """Write a picture of the page."""
        found = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(found["data"]))

    def _call(self, method, session=None, **parameters):
        self._number += 1
        call = {"id": self._number, "method": method, "params": parameters, **(session or {})}
        data = json.dumps(call).encode() + b"\0"
        while data:
            data = data[os.write(self._to, data) :]
        while True:
            answer = self._receive()
            if answer.get("id") == self._number:
                assert "error" not in answer, (method, answer)
                return answer["result"]
            self._note(answer.get("method"), answer.get("params", {}))

    def _note(self, event, facts):
        if event == "Runtime.consoleAPICalled":
            self.messages.append([each.get("value") for each in facts["args"]])
        elif event == "Runtime.exceptionThrown":
            self.messages.append(facts["exceptionDetails"])
        elif event == "Log.entryAdded":
            self.messages.append(facts["entry"]["text"])
        elif event == "Network.requestWillBeSent":
            self.requests.append(facts["request"]["url"])

    def _receive(self):
        while b"\0" not in self._rest:
            assert select.select([self._back], [], [], SECONDS)[0], "chromium does not answer"
            more = os.read(self._back, 1 << 20)
            assert more, "chromium has ended"
            self._rest += more
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)


@contextlib.contextmanager
def browser(folder):
    """Yield a `Browser` whose profile is in a folder."""
    (theirs_in, to), (back, theirs_out) = os.pipe(), os.pipe()
    # --no-sandbox: tests run as root in containers
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"]
    flags += [f"--user-data-dir={folder}", "--no-first-run", "--disable-background-networking"]
    process = subprocess.Popen(
        [sys.executable, "-c", START, str(theirs_in), str(theirs_out), CHROMIUM, *flags],
        pass_fds=(theirs_in, theirs_out),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs_in)
    os.close(theirs_out)
    try:
        yield Browser(to, back)
    finally:
        os.close(to)
        os.close(back)
        process.terminate()
        process.wait(SECONDS)
