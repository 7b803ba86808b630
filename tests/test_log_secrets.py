"""Nothing that a client sends and no password of an operator is in the output of the service and of its commands."""

import asyncio
import errno
import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import structlog
import websockets
from support.databases import run_autocommit
from support.payrank_process import COMMAND, serving
from support.serve_process import SUBMIT, nth_input

from service.errors import InputError, SettingsError
from service.logs import configure_logs, described
from service.settings import load_settings
from service.store.bulk import bulk_connection
from service.store.postgres_errors import database_error

SENT = {
    name: f"kn0wn-{name}"
    for name in (
        *("query-string", "path", "header", "cookie", "agent", "body", "host", "origin", "request-line", "junk"),
        *("socket-query", "socket-header", "socket-payload", "socket-message", "socket-document", "alias"),
    )
}
PAY = "1876543"
NETWORKS = {"client": "127.3.2.1", "forwarded": "203.0.113.77"}
"""The address that connections come from, and one that they claim."""
SECRET = "kn0wn-secret-of-the-installation-0123456789"


def exchange(port: int, sent: bytes) -> bytes:
    """What is answered to bytes until the connection is closed, from an address of its own."""
    with socket.socket() as raw:
        raw.settimeout(60)
        raw.bind((NETWORKS["client"], 0))
        raw.connect(("127.0.0.1", port))
        raw.sendall(sent)
        received = b""
        with suppress(ConnectionResetError):
            while part := raw.recv(65_536):
                received += part
        return received


def request(port: int, line: str, body: object = None, **headers: str) -> bytes:
    content = body if isinstance(body, bytes) else json.dumps(body).encode() if body else b""
    own = {
        "Host": "127.0.0.1",
        "Connection": "close",
        "Content-Type": "application/json",
        "Content-Length": str(len(content)),
        "X-Forwarded-For": NETWORKS["forwarded"],
        "Authorization": f"Bearer {SENT['header']}",
        "Cookie": f"session={SENT['cookie']}",
        "User-Agent": SENT["agent"],
        **headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in own.items())
    return exchange(port, f"{line} HTTP/1.1\r\n{head}\r\n".encode() + content)


def send_requests(port: int) -> None:
    """Requests that succeed, that are refused by each layer, and one with an error that nobody expects."""
    question = f"{{ cohort {{ {SENT['alias'].replace('-', '_')}: percentileRank(amount: {PAY}) {{ rank }} }} }}"
    for line in (
        f"GET /health/live?receipt={SENT['query-string']}",
        f"GET /{SENT['path']}",
        f"GET /downloads/{SENT['path']}?receipt={SENT['query-string']}",
        f"GET /graphql?query={SENT['query-string']}",
        f"GET /graphql?query=%7B__typename%7D&variables={SENT['query-string']}",
    ):
        assert request(port, line).startswith(b"HTTP/1.1 ")
    assert b"200 OK" in request(port, "POST /graphql", {"query": question})
    request(port, "POST /graphql", b'{"query": "' + SENT["body"].encode())
    request(port, "POST /graphql", {"query": SENT["body"], "variables": {"a": SENT["body"]}})
    request(port, "POST /mcp", {"jsonrpc": SENT["body"]})
    request(port, f"POST /graphql?token={SENT['query-string']}", {"query": "{ reviewQueue { totalCount } }"})
    assert b"421" in request(port, "GET /", Host=f"{SENT['host']}.example")
    for junk in (
        f"GET /?receipt={SENT['request-line']} HTTP/9.9\r\n\r\n",
        f"{SENT['request-line']} / HTTP/1.1\r\n\r\n",
        f"GET http://{SENT['request-line']}:x/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        f"\x16\x03\x01\x02{SENT['junk']}\r\n\r\n",
        f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {SENT['junk']}\r\n\r\n",
        f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n{SENT['junk']}\r\n",
    ):
        exchange(port, junk.encode())


async def _until_closed(connection: websockets.ClientConnection) -> None:
    with suppress(websockets.ConnectionClosed):
        async with asyncio.timeout(60):
            async for _ in connection:
                pass


async def send_over_sockets(port: int) -> None:
    """WebSockets that are used and closed in every way, and handshakes that are refused."""
    url = f"ws://127.0.0.1/graphql?receipt={SENT['socket-query']}"
    headers = {"X-Forwarded-For": NETWORKS["forwarded"], "Cookie": SENT["cookie"], "Authorization": SENT["socket-header"]}

    def connect(protocol: str = "graphql-transport-ws", **more: str) -> websockets.connect:
        return websockets.connect(
            url,
            subprotocols=[websockets.Subprotocol(protocol)],
            additional_headers={**headers, **more},
            host="127.0.0.1",
            port=port,
            local_addr=(NETWORKS["client"], 0),
        )

    payload = {"authorization": SENT["socket-payload"], "minimumEdition": SENT["socket-payload"]}
    document = f'{{ submission(receipt: "{SENT["socket-document"]}") {{ id }} }}'
    for payload_sent in (payload, {}):
        async with connect() as connection:
            await connection.send(json.dumps({"type": "connection_init", "payload": payload_sent}))
            for id_, query in enumerate((document, SENT["socket-document"], f"subscription {{ {PAY} }}", "{ __typename }")):
                message = {"type": "subscribe", "id": str(id_), "payload": {"query": query}}
                await connection.send(json.dumps(message))
            await connection.send(json.dumps({"type": SENT["socket-message"]}))
            await _until_closed(connection)
    for message in (SENT["socket-message"], SENT["socket-message"].encode(), b"\xff\xfe"):
        async with connect() as connection:
            await connection.send(message, text=True)
            await _until_closed(connection)
    for options in ({"protocol": SENT["socket-message"]}, {"Origin": f"https://{SENT['origin']}.example"}):
        with suppress(websockets.InvalidHandshake):
            async with connect(**options) as connection:
                await _until_closed(connection)
    upgrade = f"GET /graphql?receipt={SENT['socket-query']} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
    for lines in ("Sec-WebSocket-Key: {}\r\nSec-WebSocket-Version: 13\r\n", "Sec-WebSocket-Version: {}\r\n"):
        exchange(port, f"{upgrade}Connection: Upgrade\r\n{lines.format(SENT['socket-header'])}\r\n".encode())


@pytest.fixture
def environment(database_url: str, cache_dir: Path, journal_dir: Path) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("PAYRANK_")}
    settings = {
        "DATABASE_URL": f"{database_url}&sslpassword=kn0wn-sslpassword",
        "SECRET": SECRET,
        "PROOF_COST": "0",
        "LOG_REQUESTS": "1",
        "CLIENT_SECONDS": "1",
        "PUBLIC_URL": "http://127.0.0.1",
        "START": "sample",
        "SAMPLE_RECORDS": "100",
        "CACHE_DIR": str(cache_dir),
        "JOURNAL_DIR": str(journal_dir),
    }
    return own | {f"PAYRANK_{name}": value for name, value in settings.items()}


def _fail_on_submissions(url: str) -> None:
    """PostgreSQL reports the whole row that a constraint refuses, as the detail of its error."""
    run_autocommit(url, "ALTER TABLE submission ADD CONSTRAINT refuses_all CHECK (random() < 0) NOT VALID")


def _server_log(url: str) -> str:
    """The log of the embedded server of the tests; empty for a server of the developer's own."""
    with bulk_connection(url) as rows:
        folder = Path(rows.scalar("SELECT current_setting('data_directory')"))
    log = folder.with_name("postgres.log")
    return log.read_text(errors="replace") if log.exists() else ""


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_output_of_the_service_has_nothing_that_clients_send(
    environment: dict[str, str], database_url: str, workers: int
) -> None:
    with serving({**environment, "PAYRANK_WORKERS": str(workers)}) as served:
        _fail_on_submissions(database_url)
        answer = request(served.port, "POST /graphql", {"query": SUBMIT, "variables": {"input": _submission()}})
        assert b"INTERNAL_SERVER_ERROR" in answer
        send_requests(served.port)
        asyncio.run(send_over_sockets(served.port))
        served.stop(signal.SIGTERM)
    events = [json.loads(line)["event"] for line in served.output.splitlines() if line.startswith("{")]
    assert {"request", "request.failed"} <= set(events)
    assert "without completing handshake" not in served.output
    unwanted = (*SENT.values(), *NETWORKS.values(), PAY, SECRET, "kn0wn-sslpassword", str(urlsplit(database_url).password))
    assert [text for text in unwanted if text in served.output] == []
    assert [text for text in (*SENT.values(), PAY) if text in _server_log(database_url)] == []


def _submission() -> dict[str, object]:
    return {**nth_input(1), "baseSalary": int(PAY), "employer": SENT["body"]}


PASSWORD = "kn0wn/pass:word"
UNREACHABLE = "postgresql://ann:kn0wn%2Fpass%3Aword@127.0.0.1:1/pay?sslpassword=kn0wn-sslpassword"
UNENCODED = ("ann:kn0wn/password@db", "ann:kn0wn-12/3@db", "ann:kn0wn@password@db", "ann:kn0wn?p@db", "ann:[kn0wn]@db")


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("variable", ["DATABASE_URL", "READER_URL", "INTAKE_URL"])
def test_a_service_that_cannot_start_shows_no_password(environment: dict[str, str], variable: str, workers: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    changed = {f"PAYRANK_{variable}": UNREACHABLE, "PAYRANK_WORKERS": workers, "PAYRANK_PORT": port}
    assert "cannot be reached" in _failure(environment | changed, "serve")


@pytest.mark.slow
@pytest.mark.parametrize("command", ["doctor", "migrate", "publish", "audit", "sample", "token list", "backup BACKUP"])
def test_commands_without_a_database_show_no_password(environment: dict[str, str], tmp_path: Path, command: str) -> None:
    arguments = command.replace("BACKUP", str(tmp_path / "backup")).split()
    assert "cannot be reached" in _failure(environment | {"PAYRANK_DATABASE_URL": UNREACHABLE}, *arguments)


@pytest.mark.parametrize("variable", ["DATABASE_URL", "READER_URL", "INTAKE_URL"])
@pytest.mark.parametrize("login", UNENCODED)
def test_url_with_a_password_that_is_not_encoded_is_refused(
    monkeypatch: pytest.MonkeyPatch, variable: str, login: str
) -> None:
    monkeypatch.setenv(f"PAYRANK_{variable}", f"postgresql://{login}:5432/pay")
    with pytest.raises(SettingsError, match=f"^PAYRANK_{variable} .*write @ as %40") as refused:
        load_settings()
    assert "kn0wn" not in described(refused.value)


def test_settings_show_no_password() -> None:
    urls = dict.fromkeys(("database_url", "reader_url", "intake_url"), "postgresql://ann:kn0wn@db/pay")
    assert "kn0wn" not in repr(load_settings(**urls, secret=SECRET))
    with pytest.raises(SettingsError, match=re.escape("PAYRANK_PUBLIC_URL='https://ann:***@pay.example'")):
        load_settings(public_url="https://ann:kn0wn@pay.example")
    with pytest.raises(SettingsError, match=re.escape("PAYRANK_DATA_MIRROR='ftp://ann:***@pay.example'")):
        load_settings(data_mirror="ftp://ann:kn0wn@pay.example")


@pytest.fixture
def lines(capfd: pytest.CaptureFixture[str]) -> Iterator[Callable[[], list[dict[str, str]]]]:
    """A function that returns the lines of the log so far."""
    configure_logs()
    try:
        yield lambda: [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    finally:
        structlog.reset_defaults()


def test_lines_of_libraries_have_only_constant_texts(lines: Callable[[], list[dict[str, str]]]) -> None:
    logging.getLogger("uvicorn.error").error('%s - "WebSocket %s" 403', "203.0.113.77", "/graphql?receipt=kn0wn")
    logging.getLogger("uvicorn.error").info("at a level that is not logged")
    receipt = "kn0wn"
    logging.getLogger("asyncio").warning(f"Executing {receipt}\nin detail")
    logging.getLogger("a").critical(ValueError(receipt))
    try:
        raise ValueError(receipt)
    except ValueError:
        logging.getLogger("a").exception("Failed\nin detail")
    first, second, third, fourth = lines()
    assert (first["level"], first["logger"], first["text"]) == ("error", "uvicorn.error", '%s - "WebSocket %s" 403')
    assert ["text" in line for line in (second, third, fourth)] == [False, False, True]
    assert all(line["at"].startswith("test_log_secrets.py:") for line in (first, second, third, fourth))
    assert fourth["exception"].endswith("builtins.ValueError")
    assert "kn0wn" not in json.dumps([first, second, third, fourth])


def test_passwords_of_urls_are_masked_in_every_line(lines: Callable[[], list[dict[str, str]]]) -> None:
    structlog.get_logger().warning("publication.failed", reason="No postgresql://ann:kn0wn/a@b@db/pay?password=kn0wn")
    assert [line["reason"] for line in lines()] == ["No postgresql://ann:***@db/pay?password=***"]


def test_input_and_values_that_the_database_refuses_are_not_described() -> None:
    assert described(InputError("kn0wn")) == "service.errors.InputError"
    assert "kn0wn" not in str(database_error("22P02", 'invalid input syntax for type uuid: "kn0wn"', "kn0wn"))


def test_a_failed_task_and_thread_are_logged_without_values() -> None:
    program = """
import asyncio, gc, threading
from service.logs import configure_logs, log_uncaught_exceptions

VALUE = "kn" + "0wn"  # the lines of code are logged
configure_logs()
log_uncaught_exceptions()

async def fail(value): raise ValueError(value)

async def forget():
    asyncio.create_task(fail(VALUE))
    asyncio.get_running_loop().call_soon(int, VALUE)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gc.collect()

asyncio.run(forget())
thread = threading.Thread(target=int, args=[VALUE])
thread.start()
thread.join()
int(VALUE)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "kn0wn" not in done.stderr + done.stdout
    events = [json.loads(line)["event"] for line in done.stderr.splitlines()]
    assert events == ["library", "library", "thread.failed", "process.failed"]


@pytest.mark.slow
def test_unexpected_error_of_a_command_shows_no_values(environment: dict[str, str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, "sdl"], env=environment, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert "builtins.OSError: ENOSPC\npayrank: Unexpected error" in done.stderr
    assert os.strerror(errno.ENOSPC) not in done.stderr


def _failure(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run([*COMMAND, *arguments], env=environment, capture_output=True, text=True, timeout=120, check=False)
    output = done.stdout + done.stderr
    assert done.returncode == 1, output
    unwanted = (PASSWORD, "kn0wn", "word@", SECRET)
    assert [text for text in unwanted if text in output] == []
    return output
