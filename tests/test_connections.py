"""Connections under uvicorn: clients that send or read nothing, too slowly or too much, and too many of them."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from support.payrank_process import eventually
from support.uvicorn_server import listener, served

from service.settings import load_settings
from service.web.http_protocol import MAX_HEADERS
from service.web.middleware import NetworkLimitMiddleware
from service.web.server import uvicorn_options

pytestmark = pytest.mark.slow

GET = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: here\r\n"
HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
LARGE = 8_000_000


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Responds with the names of headers, host and length of the body, or at /large with many bytes; accepts WebSockets."""
    if scope["type"] == "lifespan":
        return
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass
        return
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    names = [name.decode() for name, _ in scope["headers"]]
    host = next((value.decode() for name, value in scope["headers"] if name == b"host"), None)
    body = bytes(LARGE) if scope["path"] == "/large" else json.dumps({"size": size, "headers": names, "host": host}).encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@contextmanager
def serving(send_bytes: int | None = None, **settings: object) -> Iterator[int]:
    """The port of the application under the options of `payrank serve`."""
    with running(send_bytes, **settings) as (port, _):
        yield port


@contextmanager
def running(send_bytes: int | None = None, **settings: object) -> Iterator[tuple[int, uvicorn.Server]]:
    options = uvicorn_options(load_settings(**settings))
    with listener(send_bytes) as listening, served(app, listening, **options, lifespan="off") as server:
        yield listening.getsockname()[1], server


@contextmanager
def connected(port: int, network: int = 0, receive_bytes: int | None = None) -> Iterator[socket.socket]:
    """A connection from a network of its own, 127.0.<network>.0/24."""
    with socket.socket() as raw:
        if receive_bytes:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        raw.settimeout(60)
        raw.bind((f"127.0.{network}.1", 0))
        raw.connect(("127.0.0.1", port))
        yield raw


def read_all(raw: socket.socket) -> bytes:
    """Everything until the connection is closed or reset."""
    received = b""
    try:
        while part := raw.recv(65_536):
            received += part
    except ConnectionResetError:
        pass
    return received


def status_of(response: bytes) -> int:
    return int(response.split(b" ", 2)[1])


def is_served(raw: socket.socket) -> bool:
    """Whether a connection gets a response, and stays open."""
    try:
        raw.sendall(GET)
        return raw.recv(65_536).startswith(b"HTTP/1.1 200 ")
    except ConnectionError:
        return False


def error_of(response: bytes) -> tuple[int, str]:
    """The status and code of a response, which has the form of all errors and closes the connection."""
    head, _, body = response.partition(b"\r\n\r\n")
    assert b"connection: close" in head
    assert f"content-length: {len(body)}".encode() in head
    [error] = json.loads(body)["errors"]
    assert error["message"].endswith(".")
    return status_of(response), error["extensions"]["code"]


@pytest.mark.parametrize("sent", [b"", b"\r\n\r\n", GET])
def test_silent_connection_is_closed(sent: bytes) -> None:
    with serving(client_seconds=1) as port, connected(port) as silent:
        silent.sendall(sent)
        received = read_all(silent)
    assert received == b"" or status_of(received) == 200


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"GE", id="half a request line"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: here\r\nA: b", id="half the headers"),
        pytest.param(HANDSHAKE[:-2], id="half a handshake of a WebSocket"),
        pytest.param(POST + b"Content-Length: 10\r\n\r\n12345", id="half a body"),
        pytest.param(POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n", id="half a chunked body"),
        pytest.param(POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n", id="half the trailers"),
        pytest.param(POST + b"Expect: 100-continue\r\nContent-Length: 10\r\n\r\n", id="no body after 100 Continue"),
    ],
)
def test_request_that_does_not_arrive_in_time_gets_408(sent: bytes) -> None:
    with serving(client_seconds=1) as port, connected(port) as slow:
        slow.sendall(sent)
        received = read_all(slow).removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert error_of(received) == (408, "BAD_REQUEST")


def test_second_request_has_a_time_limit_of_its_own() -> None:
    with serving(client_seconds=1) as port, connected(port) as slow:
        assert is_served(slow)
        slow.sendall(GET[:-2])
        assert error_of(read_all(slow)) == (408, "BAD_REQUEST")


def _headers(count: int, size: int = 1) -> bytes:
    return b"".join(b"h%d: %s\r\n" % (n, b"x" * size) for n in range(count))


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"GET / HTTP/1.1\r\nHost: here\r\n" + _headers(MAX_HEADERS) + b"\r\n", 431, id="too many headers"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: here\r\n" + _headers(10, 2_000) + b"\r\n", 431, id="too large together"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: here\r\nA: " + b"x" * 5_000_000, 431, id="a header without an end"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: here\r\n" + b"x" * 5_000_000, 431, id="a name without an end"),
        pytest.param(b"GET /" + b"x" * 5_000_000, 414, id="an address without an end"),
        pytest.param(b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414, id="a long address"),
        pytest.param(
            POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nA: " + b"x" * 5_000_000, 413, id="a trailer without an end"
        ),
        pytest.param(
            POST + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"x" * 5_000_000, 413, id="a chunk extension without an end"
        ),
        pytest.param(b"\x16\x03\x01 a TLS handshake", 400, id="TLS"),
    ],
)
def test_what_a_request_may_be_beside_its_body_is_bounded(sent: bytes, status: int) -> None:
    with serving() as port, connected(port) as large:
        with suppress(ConnectionError):
            large.sendall(sent)
        assert error_of(read_all(large)) == (status, "BAD_REQUEST")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", 400, id="no Host"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: here\r\nHost: here\r\n\r\n", 400, id="two Hosts"),
        pytest.param(b"GET / HTTP/1.0\r\nHost: here\r\nHost: there\r\n\r\n", 400, id="two Hosts of HTTP/1.0"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: he re\r\n\r\n", 400, id="a Host with a space"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: here/there\r\n\r\n", 400, id="a Host with a path"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: user@here\r\n\r\n", 400, id="a Host with a user"),
        pytest.param(b"GET / HTTP/2.0\r\nHost: here\r\n\r\n", 505, id="another version"),
        pytest.param(b"GET /\r\n\r\n", 505, id="HTTP/0.9"),
        pytest.param(b"CONNECT there:80 HTTP/1.1\r\nHost: there:80\r\n\r\n", 501, id="CONNECT"),
        pytest.param(POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501, id="an unknown coding"),
        pytest.param(
            POST + b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501, id="in two headers"
        ),
        pytest.param(POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", 400, id="chunked is not last"),
        pytest.param(POST + b"Transfer-Encoding: gzip\r\n\r\n", 400, id="not chunked"),
        pytest.param(POST + b"Transfer-Encoding: identity\r\n\r\n", 400, id="identity"),
        pytest.param(POST + b"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n", 400, id="two lengths"),
        pytest.param(POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400, id="two different lengths"),
    ],
)
def test_request_that_the_standard_forbids_is_refused_and_not_passed_on(sent: bytes, status: int) -> None:
    with serving() as port, connected(port) as raw:
        raw.sendall(sent)
        assert error_of(read_all(raw)) == (status, "BAD_REQUEST")


@pytest.mark.parametrize(
    ("head", "host"),
    [
        (b"GET / HTTP/1.1\r\nHost: here.example:8000", "here.example:8000"),
        (b"GET / HTTP/1.1\r\nHost: [::1]:8000", "[::1]:8000"),
        (b"GET / HTTP/1.1\r\nHost:", ""),
        (b"GET / HTTP/1.0", None),
        (b"GET http://there.example HTTP/1.1\r\nHost: here.example", "there.example"),
        (b"GET HTTP://there.example:80/?a HTTP/1.1\r\nHost: here.example", "there.example:80"),
    ],
)
def test_request_has_the_host_of_its_address_or_header(head: bytes, host: str | None) -> None:
    with serving() as port, connected(port) as raw:
        raw.sendall(head + b"\r\nConnection: close\r\n\r\n")
        response = read_all(raw)
    assert status_of(response) == 200
    assert json.loads(response.partition(b"\r\n\r\n")[2])["host"] == host


def test_upgrade_to_another_protocol_is_ignored() -> None:
    upgrade = b"Connection: Upgrade\r\nUpgrade: h2c\r\n"
    with serving() as port, connected(port) as raw:
        raw.sendall(POST + upgrade + b"Content-Length: 3\r\n\r\nabc")
        assert json.loads(raw.recv(65_536).partition(b"\r\n\r\n")[2])["size"] == 3
        assert is_served(raw)


def test_headers_within_the_limits_are_passed_on() -> None:
    most = _headers(MAX_HEADERS - 2, 100)
    with serving() as port, connected(port) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n" + most + b"\r\n")
        body = read_all(raw).partition(b"\r\n\r\n")[2]
    assert len(json.loads(body)["headers"]) == MAX_HEADERS


def test_trailers_are_no_headers() -> None:
    chunked = POST + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    with serving() as port, connected(port) as raw:
        raw.sendall(chunked + b"3\r\nabc\r\n0\r\nX-Forwarded-For: 203.0.113.1\r\n\r\n")
        body = read_all(raw).partition(b"\r\n\r\n")[2]
    assert json.loads(body) == {"size": 3, "headers": ["host", "connection", "transfer-encoding"], "host": "here"}


def test_client_that_does_not_read_is_dropped() -> None:
    """It gets only what the kernel had accepted."""
    with running(send_bytes=8_192, client_seconds=1) as (port, server), connected(port, receive_bytes=4_096) as slow:
        slow.sendall(GET.replace(b"/ ", b"/large "))
        assert slow.recv(1_000)
        eventually(lambda: not server.server_state.connections)
        assert len(read_all(slow)) < LARGE / 2


def test_client_that_reads_slowly_gets_everything() -> None:
    with serving(send_bytes=8_192, client_seconds=1) as port, connected(port, receive_bytes=4_096) as slow:
        slow.sendall(GET.replace(b"/ ", b"/large ").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert len(read_all(slow).partition(b"\r\n\r\n")[2]) == LARGE


def test_half_closed_connection_is_closed() -> None:
    with serving() as port, connected(port) as half:
        half.sendall(GET[:-2])
        half.shutdown(socket.SHUT_WR)
        assert read_all(half) == b""


def test_more_pipelined_requests_than_allowed_are_not_answered() -> None:
    with serving() as port, connected(port) as raw:
        raw.sendall(GET * 5_000)
        assert 1 <= read_all(raw).count(b"HTTP/1.1 200 OK") <= 17


def test_too_many_connections_of_a_network_replace_its_own_waiting_ones() -> None:
    with serving(connections_per_network=5, client_seconds=600) as port, ExitStack() as stack:
        other = stack.enter_context(connected(port, network=1))
        silent = [stack.enter_context(connected(port)) for _ in range(20)]
        assert [read_all(one) for one in silent[:14]] == [b""] * 14
        assert is_served(stack.enter_context(connected(port)))
        assert read_all(silent[14]) == read_all(silent[15]) == b""
        assert is_served(silent[16])
        assert is_served(other)


def test_too_many_connections_in_all_replace_the_one_that_waited_longest() -> None:
    with serving(connections=10, client_seconds=600) as port, ExitStack() as stack:
        silent = [stack.enter_context(connected(port, network=n)) for n in range(30)]
        assert is_served(stack.enter_context(connected(port, network=99)))
        assert [read_all(one) for one in silent[:21]] == [b""] * 21
        assert is_served(silent[21])


def test_connection_is_refused_if_the_others_of_its_network_work() -> None:
    with serving(connections_per_network=3, client_seconds=600) as port, ExitStack() as stack:
        for _ in range(3):
            websocket = stack.enter_context(connected(port))
            websocket.sendall(HANDSHAKE)
            assert status_of(websocket.recv(65_536)) == 101
        assert error_of(read_all(stack.enter_context(connected(port)))) == (503, "OVERLOADED")
        assert is_served(stack.enter_context(connected(port, network=1)))
        websocket.close()
        eventually(lambda: _is_served_again(port))


def _is_served_again(port: int) -> bool:
    with connected(port) as raw:
        return is_served(raw)


def test_behind_proxies_networks_share_the_connections() -> None:
    with serving(connections_per_network=1, proxy_hops=1) as port, ExitStack() as stack:
        both = [stack.enter_context(connected(port)) for _ in range(2)]
        assert [is_served(one) for one in both] == [True, True]


def test_network_behind_a_proxy_has_a_share_of_the_requests_in_progress() -> None:
    limited = NetworkLimitMiddleware(app, hops=1, max_per_network=2)
    options = uvicorn_options(load_settings(proxy_hops=1))
    with listener() as listening, served(limited, listening, **options, lifespan="off"), ExitStack() as stack:
        port = listening.getsockname()[1]

        def begun(address: str) -> socket.socket:
            raw = stack.enter_context(connected(port))
            raw.sendall(POST + f"X-Forwarded-For: {address}\r\nContent-Length: 3\r\n\r\nab".encode())
            return raw

        in_progress = [begun(f"203.0.113.{n}") for n in range(2)]
        refused = begun("203.0.113.9").recv(65_536)
        assert status_of(refused) == 429
        assert b"RATE_LIMITED" in refused
        other = begun("198.51.100.1")
        for raw in (other, *in_progress):
            raw.sendall(b"c")
            assert status_of(raw.recv(65_536)) == 200
        again = begun("203.0.113.9")
        again.sendall(b"c")
        assert status_of(again.recv(65_536)) == 200
