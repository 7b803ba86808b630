"""Turns: so many requests are worked on at once, and so many wait; one more is told to come back."""

import asyncio
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
    _free: asyncio.Semaphore = field(init=False)
    queue: int = 0
    """How many wait at this moment."""

    def __post_init__(self) -> None:
        self._free = asyncio.Semaphore(self.at_once)

    async def __aenter__(self) -> None:
        if self.queue >= self.waiting and self._free.locked():
            raise Overloaded("The service has more to do than it can; try again in a few seconds.")
        self.queue += 1
        try:
            await self._free.acquire()
        finally:
            self.queue -= 1
        try:
            await asyncio.sleep(0)  # work that never waits would else be done before the next request is seen to come
        except BaseException:
            self._free.release()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._free.release()
