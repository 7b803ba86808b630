"""Many more connections than a process may open files: it answers others, and its database keeps running."""

import os
import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from support.databases import server_folder
from support.payrank_process import serving

DESCRIPTORS, CONNECTIONS = 700, 3_000
PER_NETWORK = 100
QUERY = b'{"query":"{ edition { number } }"}'
REQUEST = (
    b"POST /graphql HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(QUERY), QUERY)
)


@pytest.fixture
def many_files() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + 500
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"the limit of open files is {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def connected(port: int, network: int) -> socket.socket:
    raw = socket.socket()
    raw.settimeout(60)
    raw.bind((f"127.0.{network}.1", 0))
    raw.connect(("127.0.0.1", port))
    return raw


def answer(port: int) -> bytes:
    """The response to a query of a bystander."""
    with connected(port, 250) as raw:
        raw.sendall(REQUEST)
        received = b""
        while part := raw.recv(65_536):
            received += part
    return received


@pytest.mark.slow
@pytest.mark.usefixtures("many_files")
@pytest.mark.parametrize("workers", [1, 2])
def test_silent_connections_stop_neither_the_service_nor_its_database(cache_dir: Path, workers: int) -> None:
    own = {name: value for name, value in os.environ.items() if not name.startswith("PAYRANK_")}
    with server_folder() as folder, ExitStack() as stack:
        settings = {"DATA_DIR": folder / "data", "CACHE_DIR": cache_dir, "START": "empty", "WORKERS": workers}
        environment = own | {f"PAYRANK_{name}": str(value) for name, value in settings.items()}
        served = stack.enter_context(
            serving(environment, within=["sh", "-c", f'ulimit -n {DESCRIPTORS} && exec "$@"', "sh"])
        )
        assert "The limit of open files allows only 444 connections" in served.output
        for number in range(CONNECTIONS):
            raw = stack.enter_context(connected(served.port, number // PER_NETWORK))
            if number % 3 == 0:
                raw.sendall(REQUEST[:100])
            if number % 100 == 99:
                assert answer(served.port).endswith(
                    b'{"data":{"edition":{"number":0}},"extensions":{"cost":{"requested":1,"maximum":1000}}}'
                )
        processes = [one.name() for one in served.others()]
        assert any("postgres" in name for name in processes)
        assert served.process.poll() is None
        assert "database.exited" not in served.output
