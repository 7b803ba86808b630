"""Workers: several processes that answer at one address."""

import socket

from uvicorn import Config
from uvicorn.supervisors import Multiprocess

from service.metrics import forget


class Workers(Multiprocess):
    """Each has a socket of its own, among which the kernel deals out connections.

    One socket for all gives every connection that waits to whichever worker looks first: with a dozen connections that stay
    open, as a balancer has them, one worker could have all the work.

    Those that are replaced leave no gauges behind: one that was killed could not take its own away.
    """

    def __init__(self, config: Config) -> None:
        config.bind_socket().close()  # tells where the service is, or that another one is there already
        super().__init__(config, [])

    @property
    def sockets(self) -> list[socket.socket]:
        """A new socket for the worker that is about to start; nothing here holds it, so it ends with that worker."""
        host = self.config.host
        one = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        one.bind((host, self.config.port))
        return [one]

    @sockets.setter
    def sockets(self, _: list[socket.socket]) -> None:
        """There is none to share."""

    def keep_subprocess_alive(self) -> None:
        before = self._pids()
        super().keep_subprocess_alive()
        for pid in before - self._pids():
            forget(pid)

    def _pids(self) -> set[int]:
        return {process.pid for process in self.processes if process.pid is not None}
