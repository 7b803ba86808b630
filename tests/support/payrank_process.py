"""The `payrank` command in separate processes."""

import json
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Event, Timer
from time import monotonic
from typing import Any
from urllib.error import URLError

import psutil

Run = Callable[..., subprocess.CompletedProcess[str]]
COMMAND = [sys.executable, "-c", "from service.cli.command import main; main()"]
READY = "PayRank is ready: "


class ServeProcess:
    """A running `payrank serve`, from the moment that it says it is ready."""

    def __init__(self, environment: dict[str, str], seconds: float = 120, within: Sequence[str] = ()) -> None:
        """Fails if the process exits or is not ready in time. `within` is a command that executes the one after it."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            [*within, *COMMAND, "serve", "--port", str(self.port)], env=environment, stderr=subprocess.PIPE, text=True
        )
        self.output = ""
        """Everything printed to standard error: until it was ready, and all of it once it has been stopped."""
        if not self._wait_until_ready(seconds):
            self.process.kill()
            self.process.communicate(timeout=60)
            raise AssertionError(f"payrank serve did not become ready:\n{self.output}")

    def _wait_until_ready(self, seconds: float) -> bool:
        assert self.process.stderr
        killer = Timer(seconds, self.process.kill)
        killer.start()
        try:
            for line in self.process.stderr:
                self.output += line
                if line.startswith(READY):
                    return True
            return False
        finally:
            killer.cancel()

    def query(self, document: str) -> dict[str, Any]:
        body = json.dumps({"query": document}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/graphql", body, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as response:
            answer: dict[str, Any] = json.load(response)
        assert "errors" not in answer, answer["errors"]
        return dict(answer["data"])

    def is_live(self) -> bool:
        """Whether a worker accepts connections."""
        with suppress(URLError), urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/live", timeout=30):
            return True
        return False

    def others(self) -> list[psutil.Process]:
        """All processes that it has started."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def publishers(self) -> list[psutil.Process]:
        return publishers(self.process.pid)

    def stop(self, with_signal: signal.Signals) -> int:
        self.process.send_signal(with_signal)
        self.output += self.process.communicate(timeout=60)[1]
        return self.process.returncode


def publishers(service: int) -> list[psutil.Process]:
    """The publishers that a service has started, by its process id."""
    return [one for one in psutil.Process(service).children(recursive=True) if "publish" in one.cmdline()]


@contextmanager
def serving(environment: dict[str, str], within: Sequence[str] = ()) -> Iterator[ServeProcess]:
    """A running `payrank serve`, which is stopped on leaving."""
    served = ServeProcess(environment, within=within)
    with served.process:
        try:
            yield served
        finally:
            if served.process.poll() is None:
                served.stop(signal.SIGTERM)


def eventually(condition: Callable[[], Any], seconds: float = 60) -> Any:
    """The first truthy result of a condition; fails if there is none in time."""
    deadline = monotonic() + seconds
    while monotonic() < deadline:
        found = condition()
        if found:
            return found
        Event().wait(0.05)
    raise AssertionError(f"{condition} did not become true within {seconds} s")


def still_running(processes: Sequence[psutil.Process], seconds: float = 60) -> list[str]:
    """The command lines of the processes that have not exited after some time."""
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    return [" ".join(one.cmdline()) for one in alive]
