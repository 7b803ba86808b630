"""Loading the index of the current edition: built at once where it is small, and else once a machine, by another process."""

import asyncio
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from service.rank.artifact import Shelf
from service.rank.build import EMPTY, build, built, current, revised
from service.rank.index import RankIndex
from service.store.bulk import Bulk, bulk
from service.store.database import READER
from service.store.editions import Edition, published

T = TypeVar("T")
KIND = "index4"
"""Goes up with every change of what an index holds, so that no older file is read."""

LARGE = 100_000
"""Records from which on a file is worth it: so many are built in about the time that a process takes to start."""


class Elsewhere(Protocol):
    """Runs a function of a module with some arguments in another process; equal keys are one run."""

    async def __call__(self, key: Hashable, function: Callable[..., T], given: Callable[[], tuple[object, ...]]) -> T: ...


@dataclass(frozen=True)
class Loader:
    """Loads from the database of a URL. The serving process maps what another has built, so its requests go on meanwhile,
    and all processes of a machine share the memory of it."""

    url: str
    shelf: Shelf
    elsewhere: Elsewhere
    large: int = LARGE

    async def load(self) -> RankIndex:
        """The index of the current edition."""
        edition = await published(self.url) or EMPTY
        if edition.records < self.large:
            return await asyncio.to_thread(build, self.url)
        found = await asyncio.to_thread(self._find, edition)
        if found is None:
            made = await self.elsewhere((KIND, edition), keep, lambda: (self.url, self.shelf))
            found = await asyncio.to_thread(self._find, made)
        if found is None:  # no file can be kept
            return await asyncio.to_thread(build, self.url)
        return found

    def _find(self, edition: Edition) -> RankIndex | None:
        found = self.shelf.find(KIND, edition)
        return found if isinstance(found, RankIndex) else None


def keep(url: str, shelf: Shelf) -> Edition:
    """Have the shelf hold the index of the current edition; which one that is."""
    with bulk(url, READER) as rows:
        edition = current(rows)
        shelf.kept(KIND, edition, lambda: _made(rows, edition, shelf.latest(KIND)))
        return edition


def _made(rows: Bulk, edition: Edition, former: RankIndex | None) -> RankIndex:
    """From the index of an earlier edition, where there is one."""
    found = revised(rows, edition, former) if former else None
    return found or built(rows, edition)
