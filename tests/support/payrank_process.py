"""The `payrank` command in processes of its own."""

import json
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Event
from time import monotonic
from typing import Any
from urllib.error import URLError

import psutil

Run = Callable[..., subprocess.CompletedProcess[str]]
COMMAND = [sys.executable, "-c", "from service.cli.command import main; main()"]


class Served:
    """A running `payrank serve`."""

    def __init__(self, environment: dict[str, str]) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            [*COMMAND, "serve", "--port", str(self.port)], env=environment, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stderr
        self.told = ""
        for line in self.process.stderr:
            self.told += line
            if "PayRank is ready" in line:
                return
        raise AssertionError(self.told)

    def ask(self, query: str) -> dict[str, Any]:
        body = json.dumps({"query": query}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/graphql", body, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as response:
            answer: dict[str, Any] = json.load(response)
        assert "errors" not in answer, answer["errors"]
        return dict(answer["data"])

    def is_live(self) -> bool:
        """Whether a worker listens; with several, the address is told before the first does."""
        with suppress(URLError), urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/live", timeout=30):
            return True
        return False

    def others(self) -> list[psutil.Process]:
        """All processes that it has started."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def publishers(self) -> list[psutil.Process]:
        return [one for one in self.others() if "publish" in one.cmdline()]

    def stop(self, with_signal: signal.Signals) -> int:
        self.process.send_signal(with_signal)
        self.told += self.process.communicate(timeout=60)[1]
        return self.process.returncode


@contextmanager
def serving(environment: dict[str, str]) -> Iterator[Served]:
    """Serve until left, however that comes about."""
    served = Served(environment)
    with served.process:
        try:
            yield served
        finally:
            if served.process.poll() is None:
                served.stop(signal.SIGTERM)


def eventually(condition: Callable[[], Any], seconds: float = 60) -> Any:
    """What comes of a condition once something does; fails when nothing does in time."""
    deadline = monotonic() + seconds
    while monotonic() < deadline:
        found = condition()
        if found:
            return found
        Event().wait(0.05)
    raise AssertionError("it did not come in time")


def left(processes: Sequence[psutil.Process], seconds: float = 60) -> list[str]:
    """Those that still run when there has been time enough to end."""
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    return [" ".join(one.cmdline()) for one in alive]
