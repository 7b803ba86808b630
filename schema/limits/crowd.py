"""The crowd of open sockets: how many a network has, and all together; one too many is refused at its handshake."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import orjson
from starlette.types import Scope, Send


class Crowded(Exception):
    """There is no room for another socket."""


@dataclass
class Crowd:
    """The sockets of one process; 0 stands for any number."""

    most_of_network: int
    most: int
    _open: Counter[str] = field(default_factory=Counter)
    _all: int = 0

    def __len__(self) -> int:
        return self._all

    @contextmanager
    def room(self, network: str) -> Iterator[None]:
        """Room for a socket until it closes; raises Crowded where there is none."""
        if self.most and self._all >= self.most:
            raise Crowded("The service has as many sockets open as it takes; try again in a minute.")
        if self.most_of_network and self._open.get(network, 0) >= self.most_of_network:
            raise Crowded(
                f"Your network has {self.most_of_network:,} sockets open, which is the most; use one for several "
                "operations, or close one."
            )
        self._open[network] += 1
        self._all += 1
        try:
            yield
        finally:
            self._all -= 1
            self._open[network] -= 1
            if not self._open[network]:
                del self._open[network]


async def turn_away(scope: Scope, send: Send, why: Crowded) -> None:
    """Answer a handshake with 429 and the reason; with 403 where the server knows no other answer."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": 1013, "reason": str(why)})
        return
    error = {"message": str(why), "extensions": {"code": "RATE_LIMITED"}}
    headers = [(b"content-type", b"application/json; charset=utf-8"), (b"retry-after", b"60")]
    await send({"type": "websocket.http.response.start", "status": 429, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": orjson.dumps({"errors": [error]})})
