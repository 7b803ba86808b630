"""Turns: so many requests are worked on at once, and so many wait; one more is told to come back."""

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field


class Overloaded(Exception):
    """There is no room to wait in."""


@dataclass
class Turns:
    """The turns of one process, given in the order that they are asked for: `async with turns: ...`.

    Raises Overloaded at once where `waiting` others wait. What is refused so soon costs little, so those who are served are
    served about as fast as ever, however many come.
    """

    at_once: int
    waiting: int
    _inside: int = 0
    _coming: deque[asyncio.Future[None]] = field(default_factory=deque)
    """Those who wait; while there are any, whoever is done hands the turn on to the first of them."""

    @property
    def queue(self) -> int:
        """How many wait at this moment."""
        return len(self._coming)

    async def __aenter__(self) -> None:
        if self._inside < self.at_once:
            self._inside += 1
        else:
            await self._wait()
        try:
            await asyncio.sleep(0)  # work that never waits would else be done before the next request is seen to come
        except BaseException:
            self._hand_on()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._hand_on()

    async def _wait(self) -> None:
        if len(self._coming) >= self.waiting:
            raise Overloaded("The service has more to do than it can; try again in a few seconds.")
        turn = asyncio.get_running_loop().create_future()
        self._coming.append(turn)
        try:
            await turn
        except BaseException:
            with suppress(ValueError):
                self._coming.remove(turn)
            if not turn.cancelled():  # it came when it was no longer wanted
                self._hand_on()
            raise

    def _hand_on(self) -> None:
        while self._coming:
            turn = self._coming.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._inside -= 1
