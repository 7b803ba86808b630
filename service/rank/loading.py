"""Loading the index of the current edition: built at once where it is small, and else once a machine, by another process."""

import asyncio
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from service.rank.artifact import Shelf
from service.rank.build import EMPTY, build, current, made
from service.rank.index import RankIndex
from service.store.bulk import bulk
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


@dataclass
class Loader:
    """Loads from the database of a URL. The serving process maps what another has built, so its requests go on meanwhile,
    and all processes of a machine share the memory of it."""

    url: str
    shelf: Shelf
    elsewhere: Elsewhere
    large: int = LARGE
    held: RankIndex | None = None
    """What was loaded last, of which the next one is made where it is made here."""

    async def load(self) -> RankIndex:
        """The index of the current edition."""
        edition = await published(self.url) or EMPTY
        found = None if edition.records < self.large else await self._from_file(edition)
        if found is None:
            found = await asyncio.to_thread(build, self.url, former=self.held)
        self.held = found
        return found

    async def _from_file(self, edition: Edition) -> RankIndex | None:
        """None where no file can be kept."""
        found = await asyncio.to_thread(self._find, edition)
        if found is None:
            kept = await self.elsewhere((KIND, edition), keep, lambda: (self.url, self.shelf))
            found = await asyncio.to_thread(self._find, kept)
        return found

    def _find(self, edition: Edition) -> RankIndex | None:
        found = self.shelf.find(KIND, edition)
        return found if isinstance(found, RankIndex) else None


def keep(url: str, shelf: Shelf) -> Edition:
    """Have the shelf hold the index of the current edition; which one that is."""
    with bulk(url, READER) as rows:
        edition = current(rows)
        shelf.kept(KIND, edition, lambda: made(rows, edition, shelf.latest(KIND)))
        return edition
