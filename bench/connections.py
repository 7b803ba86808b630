"""Hostile connections: how long a bystander's queries take meanwhile: `python -m bench.connections [CASE ...]`.

One serving process with its usual limits, over 20,000 sample records. In each case 2,000 clients in eight networks of the
loopback interface, a thousand more each second, keep a connection open as the case says, for longer than the service waits
for one; a client that loses its connection opens another two seconds later. Another process, in a network of its own, opens
a connection for a query every 20 milliseconds. The clients have the lowest priority, since they share the processors.
"""

import asyncio
import os
import re
import socket
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter, sleep

import orjson
import psutil

from bench.environment import PORT, cache_folder, console, database, serving
from bench.load import http_request, post
from bench.markdown import percent, table
from seed.sample import load_sample
from service.web.connections import raise_descriptor_limit

CLIENTS, NETWORKS, SECONDS, RAMP, PAUSE = 2_000, 8, 16.0, 2.0, 2.0
_BYSTANDER, _BYSTANDER_PAUSE = "127.0.250.1", 0.02
_SMALL_BUFFER, _ESTABLISHED = 4_096, 1
Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter
Case = Callable[[Reader, Writer], Awaitable[object]]
"""What a client does with its connection, until the service closes it."""

_HEAD = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
_HANDSHAKE = (
    b"GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)
_INIT = b'{"type":"connection_init"}'
_CLIENT_HELLO = bytes.fromhex("1603010200010001fc0303") + bytes(range(256)) * 2
_MANY_FIELDS = "{ __schema { types { name description fields { name description } } } }"


def _sends(*parts: bytes, every: float = 0) -> Case:
    """Sends the parts, with a pause before each but the first, and then nothing; reads what comes."""

    async def send(reader: Reader, writer: Writer) -> bytes:
        sending = asyncio.create_task(_send(writer, parts, every))
        try:
            first = await reader.read(1 << 20)
            while await reader.read(1 << 16):
                pass
        finally:
            sending.cancel()
        return first

    return send


async def _send(writer: Writer, parts: Sequence[bytes], every: float) -> None:
    for part in parts:
        writer.write(part)
        await asyncio.sleep(every)


def _reads_nothing(request: bytes) -> Case:
    """Sends a request and reads nothing of the response."""

    async def send(_: Reader, writer: Writer) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(request)
        raw = writer.get_extra_info("socket")
        while raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == _ESTABLISHED:  # noqa: ASYNC110 (nothing reads)
            await asyncio.sleep(0.5)

    return send


async def _resets(_: Reader, writer: Writer) -> None:
    writer.write(_HEAD)
    writer.transport.abort()


_FRAME = bytes([0x81, 0x80 | len(_INIT), 0, 0, 0, 0]) + _INIT
CASES: dict[str, Case | None] = {
    "no attack": None,
    "silent": _sends(),
    "headers byte by byte": _sends(*(_HEAD[n : n + 1] for n in range(len(_HEAD))), every=0.5),
    "half a body": _sends(_HEAD + b"Content-Length: 100000\r\n\r\n" + b" " * 50_000),
    "a megabyte of headers": _sends(_HEAD + b"A: %b\r\n" % (b"a" * 1_000) * 1_000),
    "TLS ClientHello": _sends(_CLIENT_HELLO),
    "bytes that are no HTTP": _sends(bytes(range(256)) * 16),
    "connections that are reset at once": _resets,
    "downloads that are not read": _reads_nothing(
        b"GET /downloads/payrank-edition-1-sample.csv HTTP/1.1\r\nHost: x\r\n\r\n"
    ),
    "responses that are not read": _reads_nothing(post(_MANY_FIELDS)),
    "WebSockets without connection_init": _sends(_HANDSHAKE),
    "WebSockets that are idle": _sends(_HANDSHAKE, _FRAME, every=0.1),
    "WebSockets that send junk": _sends(_HANDSHAKE, b"\xff" * 1_000, every=0.1),
}


@dataclass
class Outcome:
    """What became of the connections of a case: how many were opened, the statuses of their first responses, and those that
    were closed without one or are open at the end; the most open files of the service, and its share of a processor."""

    opened: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    closed: int = 0
    left: int = 0
    descriptors: int = 0
    processor: float = 0

    def count(self, first: object) -> None:
        found = re.match(rb"HTTP/1.1 (\d+)", first) if isinstance(first, bytes) else None
        if found:
            self.statuses[int(found[1])] += 1
        else:
            self.closed += 1


def _attack(name: str, pid: int) -> Outcome:
    case = CASES[name]
    assert case
    return asyncio.run(_attack_by(case, pid))


async def _attack_by(case: Case, pid: int) -> Outcome:
    outcome, until = Outcome(), asyncio.get_running_loop().time() + SECONDS
    clients = [asyncio.create_task(_client(case, number, until, outcome)) for number in range(CLIENTS)]
    service = psutil.Process(pid)
    before = service.cpu_times()
    while asyncio.get_running_loop().time() < until:
        outcome.descriptors = max(outcome.descriptors, service.num_fds())
        await asyncio.sleep(0.5)
    after = service.cpu_times()
    outcome.processor = (after.user + after.system - before.user - before.system) / SECONDS
    await asyncio.gather(*clients)
    return outcome


async def _client(case: Case, number: int, until: float, outcome: Outcome) -> None:
    loop = asyncio.get_running_loop()
    await asyncio.sleep(RAMP * number / CLIENTS)
    while loop.time() < until:
        writer = None
        try:
            async with asyncio.timeout_at(until):
                reader, writer = await _connect(f"127.0.{1 + number % NETWORKS}.1")
                outcome.opened += 1
                outcome.count(await case(reader, writer))
        except TimeoutError:
            outcome.left += writer is not None
        except OSError:
            outcome.closed += 1
        finally:
            if writer:
                writer.transport.abort()
        await asyncio.sleep(min(PAUSE, max(0, until - loop.time())))


async def _connect(address: str) -> tuple[Reader, Writer]:
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER)
    raw.setblocking(False)
    raw.bind((address, 0))
    try:
        await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", PORT))
    except BaseException:
        raw.close()
        raise
    return await asyncio.open_connection(sock=raw)


def _bystander_times() -> list[float]:
    """Milliseconds from connecting until the response of each query, ascending."""
    until, times = perf_counter() + SECONDS, list[float]()
    while perf_counter() < until:
        query = "query ($a: Float!) { cohort { percentileRank(amount: $a) { rank } } }"
        request = http_request(orjson.dumps({"query": query, "variables": {"a": 100_000 + perf_counter() % 1e5}}))
        start = perf_counter()
        with socket.create_connection(("127.0.0.1", PORT), 30, (_BYSTANDER, 0)) as raw:
            raw.sendall(request)
            response = b""
            while b'"data":{"cohort"' not in response:
                part = raw.recv(65_536)
                if not part:
                    sys.exit(f"Unexpected response: {response!r}")
                response += part
        times.append(1000 * (perf_counter() - start))
        sleep(_BYSTANDER_PAUSE)
    return sorted(times)


def _row(name: str, outcome: Outcome, times: list[float]) -> tuple[str, ...]:
    statuses = ", ".join(f"{count:,} × {status}" for status, count in sorted(outcome.statuses.items()))
    latencies = (f"{found:.1f}" for found in (median(times), times[int(len(times) * 0.99)], times[-1]))
    numbers = (f"{number:,}" for number in (outcome.closed, outcome.left, outcome.descriptors))
    return (name, f"{outcome.opened:,}", statuses, *numbers, percent(outcome.processor), *latencies)


_COLUMNS = (
    *("case", "opened", "first status", "closed without", "left open", "open files", "processor"),
    *("median ms", "p99", "longest"),
)


def main() -> None:
    raise_descriptor_limit()
    chosen = {name: CASES[name] for name in sys.argv[1:]} or CASES
    bystander, clients = ProcessPoolExecutor(1), ProcessPoolExecutor(1, initializer=os.nice, initargs=(19,))
    rows: list[tuple[str, ...]] = []
    with bystander, clients, database() as url, cache_folder() as cache:
        load_sample(url, 20_000, 1, lambda _: None)
        for name, case in chosen.items():
            with serving(url, cache, workers=1, CONNECTIONS_PER_NETWORK=200, PROXY_HOPS=0) as service:
                times = bystander.submit(_bystander_times)
                outcome = clients.submit(_attack, name, service.process.pid).result() if case else Outcome()
                rows.append(_row(name, outcome, times.result()))
                console.print(" | ".join(rows[-1]), highlight=False, soft_wrap=True)
    console.print(table(_COLUMNS, rows), highlight=False, soft_wrap=True)


if __name__ == "__main__":
    main()
