"""Folders and processes for tests of the embedded server."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from support.databases import server_folder
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
    """A folder that an unprivileged server can enter; under root it cannot enter pytest's folders."""
    with server_folder() as path:
        yield path
        for file in path.rglob("postmaster.pid"):
            kill_server(file.parent.parent)


@pytest.fixture(scope="module")
def finished_folder() -> Iterator[Path]:
    """A data folder after the server has run and stopped, for tests that are not about the first start."""
    with server_folder() as path:
        with embedded_server(path / "data", quiet, FAST):
            pass
        yield path / "data"


@pytest.fixture
def data_dir(place: Path, finished_folder: Path) -> Path:
    """A data folder in which the server has run before."""
    subprocess.run(["cp", "-a", finished_folder, place / "data"], check=True)
    return place / "data"


_HANDLE_INTERRUPTS = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
"""Needed if the tests run in the background of a shell, where interrupts are ignored."""


@pytest.fixture
def start_user() -> Iterator[Start]:
    users: list[User] = []

    def start(data_dir: Path, code: str = USER, env: Mapping[str, str] | None = None, **options: Any) -> User:
        process = subprocess.Popen(
            [sys.executable, "-c", _HANDLE_INTERRUPTS + code, data_dir],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env=os.environ | dict(env or {}),
            **options,
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
