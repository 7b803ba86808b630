"""Open connections of a process: how many there may be, by network and in all, and how long one waits for its client.

A connection either works for its client or waits for it: for the rest of a request, for the next one, or for the client to
read. If there are too many, one that waits makes room for a new one, so that connections which do nothing keep nobody out.
"""

import asyncio
import resource
import socket
import struct
from asyncio import Transport
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from service.intake.access import network_of
from service.limits import Limits
from service.telemetry import CLOSED_CONNECTIONS, CONNECTIONS

RESERVED_DESCRIPTORS = 256
"""Open files that a process keeps for the database, indexes, downloads and child processes."""
_MAX_DESCRIPTORS, _MACOS_DESCRIPTORS = 1_048_576, 10_240
_CHECK_SECONDS = 1.0
_CHECK_BATCH = 50
"""Connections that are checked without a pause: closing thousands that time out together would hold the event loop."""
_READ_BYTES = 65_536
"""A client that has read this much of what it was sent gets as much time again."""
_NO_LINGER = struct.pack("ii", 1, 0)


def raise_descriptor_limit() -> None:
    """Lets this process and its children open as many files as the system allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MAX_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _MAX_DESCRIPTORS)
    for wanted in (most, _MACOS_DESCRIPTORS):  # macOS may refuse what it reports
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            return


def max_connections(limits: Limits) -> int:
    """The limit of connections, or fewer if the limit of open files allows fewer; half of a small one is reserved."""
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if descriptors == resource.RLIM_INFINITY:
        descriptors = _MAX_DESCRIPTORS
    available = max(descriptors - RESERVED_DESCRIPTORS, descriptors // 2)
    return min(limits.connections or available, available)


@dataclass(slots=True, eq=False)
class _Network:
    """The connections of a network: how many are open, and those that wait, longest first."""

    opened: int = 0
    waiting: "dict[Connection, None]" = field(default_factory=dict)


class Connection:
    """An open connection; `on_timeout` is called when its client took too long, and has to close it."""

    __slots__ = ("_connections", "_deadline", "_network", "_unread", "on_timeout", "transport")

    def __init__(
        self, transport: Transport, on_timeout: Callable[[], None], network: _Network, connections: "Connections"
    ) -> None:
        self.transport, self.on_timeout = transport, on_timeout
        self._network, self._connections = network, connections
        self._deadline: float | None = None
        """The end of its wait for the client; None while it works for it."""
        self._unread = 0
        """Bytes to send at the beginning of the wait."""

    def wait(self) -> None:
        """Waits for the client, from now on."""
        connections = self._connections
        if self not in connections.opened:
            return
        if self._deadline is not None:
            del self._network.waiting[self], connections.waiting[self]
        self._deadline = connections.loop.time() + connections.limits.client_seconds
        self._unread = self.transport.get_write_buffer_size()
        self._network.waiting[self] = connections.waiting[self] = None

    def work(self) -> None:
        """Works for the client, without a deadline."""
        if self._deadline is not None:
            self._deadline = None
            del self._network.waiting[self], self._connections.waiting[self]

    def forget(self) -> None:
        """Does not count the connection any more."""
        if self in self._connections.opened:
            self.work()
            self._network.opened -= 1
            del self._connections.opened[self]

    def check(self, now: float) -> None:
        """Ends a wait that took too long; a connection that is being closed waits for its client to read."""
        if self._deadline is None:
            if self.transport.is_closing():
                self.wait()
        elif self._deadline <= now:
            if self._unread - self.transport.get_write_buffer_size() >= _READ_BYTES:
                self.wait()
            else:
                CLOSED_CONNECTIONS.labels("timeout").inc()
                self.on_timeout()

    def abort(self) -> None:
        """Closes it at once; the kernel drops what the client has not read too."""
        with suppress(OSError):
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.transport.abort()


class Connections:
    """The open connections of a process: at most `connections` in all, and `connections_per_network` of a network.

    Behind proxies (`by_network` is false) networks are not distinguished, since all connections come from the proxy.
    """

    loop: asyncio.AbstractEventLoop

    def __init__(self, limits: Limits, *, by_network: bool) -> None:
        self.limits, self._by_network = limits, by_network
        self._maximum = max_connections(limits)
        self._networks: dict[str, _Network] = {}
        self._has_checks = False
        self.opened: dict[Connection, None] = {}
        self.waiting: dict[Connection, None] = {}
        """Those that wait, longest first."""

    def admit(self, transport: Transport, address: str, on_timeout: Callable[[], None]) -> Connection | None:
        """A new connection, which waits for its client; None if there are too many and none of them waits."""
        network = self._networks.setdefault(network_of(address) if self._by_network else "", _Network())
        if not self._has_room(network):
            return None
        if not self._has_checks:
            self.loop, self._has_checks = asyncio.get_running_loop(), True
            self._schedule_check()
        connection = Connection(transport, on_timeout, network, self)
        network.opened += 1
        self.opened[connection] = None
        connection.wait()
        return connection

    def _has_room(self, network: _Network) -> bool:
        """Whether there is room for another connection of a network, made if necessary."""
        most = self.limits.connections_per_network if self._by_network else 0
        if most and network.opened >= most:
            return _close_longest(network.waiting, "network")
        return len(self.opened) < self._maximum or _close_longest(self.waiting, "total")

    def _schedule_check(self) -> None:
        self.loop.call_later(min(_CHECK_SECONDS, self.limits.client_seconds / 4), self._check_all)

    def _check_all(self) -> None:
        self._check(list(self.opened), 0)

    def _check(self, opened: Sequence[Connection], start: int) -> None:
        """Checks a batch of connections from a position on, and schedules the next batch."""
        now, end = self.loop.time(), start + _CHECK_BATCH
        for connection in opened[start:end]:
            connection.check(now)
        if end < len(opened):
            self.loop.call_soon(self._check, opened, end)
            return
        self._networks = {name: network for name, network in self._networks.items() if network.opened}
        CONNECTIONS.set(len(self.opened))
        self._has_checks = bool(self.opened)
        if self._has_checks:
            self._schedule_check()


def _close_longest(waiting: dict[Connection, None], reason: str) -> bool:
    """Closes the connection that has waited longest, if there is one."""
    connection = next(iter(waiting), None)
    if connection is None:
        return False
    CLOSED_CONNECTIONS.labels(reason).inc()
    connection.forget()
    connection.abort()
    return True
