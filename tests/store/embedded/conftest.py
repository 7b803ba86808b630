"""Folders and processes for tests of the embedded server."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from support.postgres_processes import (
    FAST,
    USER,
    Start,
    User,
    Watch,
    kill_server,
    quiet,
    server_pid,
)

from service.store.embedded import embedded_server


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that an unprivileged server can get to, which pytest's own are not under root."""
    path = Path(tempfile.mkdtemp(prefix="payrank-test-"))
    path.chmod(0o755)
    yield path
    for file in path.rglob("postmaster.pid"):
        kill_server(file.parent.parent)
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def finished_folder() -> Iterator[Path]:
    """A data folder as it is left behind, for the tests that are not about the first start."""
    path = Path(tempfile.mkdtemp(prefix="payrank-test-"))
    path.chmod(0o755)
    with embedded_server(path / "data", quiet, FAST):
        pass
    yield path / "data"
    shutil.rmtree(path)


@pytest.fixture
def data_dir(place: Path, finished_folder: Path) -> Path:
    """A data folder in which the server has run before."""
    subprocess.run(["cp", "-a", finished_folder, place / "data"], check=True)
    return place / "data"


_HEED = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
"""Also where the tests themselves run in a shell's background, which ignores interrupts."""


@pytest.fixture
def start_user() -> Iterator[Start]:
    users: list[User] = []

    def start(data_dir: Path, code: str = USER, env: Mapping[str, str] | None = None, **how: Any) -> User:
        process = subprocess.Popen(
            [sys.executable, "-c", _HEED + code, data_dir],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env=os.environ | dict(env or {}),
            **how,
        )
        users.append(User(process))
        return users[-1]

    yield start
    for user in users:
        user.kill()


@pytest.fixture
def watch() -> Iterator[Callable[[Path], Watch]]:
    handles: list[int] = []

    def watch_server(data_dir: Path) -> Watch:
        pid = server_pid(data_dir)
        handles.append(os.pidfd_open(pid))
        return Watch(pid, handles[-1])

    yield watch_server
    for handle in handles:
        os.close(handle)
