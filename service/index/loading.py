"""Loading the index of the current edition: built at once where it is small, and else once a machine, by another process."""

import asyncio
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar

from service.index.artifact import Shelf
from service.index.build import EMPTY, build, current, made
from service.index.index import RankIndex
from service.index.order import Order
from service.store.bulk import bulk
from service.store.database import READER
from service.store.editions import Edition, published
from service.vocabulary.measures import Adjustment, Measure

T = TypeVar("T")
KIND = "index"

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
        found: RankIndex | None = await asyncio.to_thread(self.shelf.find, KIND, edition)
        if found is None:
            kept = await self.elsewhere((KIND, edition), keep, lambda: (self.url, self.shelf))
            found = await asyncio.to_thread(self.shelf.find, KIND, kept)
        if found is not None:
            found.elsewhere = partial(self._order, found.edition)
        return found

    async def _order(self, edition: Edition, measure: Measure, adjustment: Adjustment) -> Order | None:
        """An order of an edition's index; None where none can be kept, or the edition is no longer."""
        kind = _kind(measure, adjustment)
        found: Order | None = await asyncio.to_thread(self.shelf.find, kind, edition)
        if found is None:
            await self.elsewhere((kind, edition), keep_order, lambda: (self.shelf, edition, measure, adjustment))
            found = await asyncio.to_thread(self.shelf.find, kind, edition)
        return found


def keep(url: str, shelf: Shelf) -> Edition:
    """Have the shelf hold the index of the current edition; which one that is."""
    with bulk(url, READER) as rows:
        edition = current(rows)
        shelf.kept(KIND, edition, lambda: made(rows, edition, shelf.latest(KIND)))
        return edition


def keep_order(shelf: Shelf, edition: Edition, measure: Measure, adjustment: Adjustment) -> None:
    """Have the shelf hold one order more of an index that it holds."""
    index: RankIndex | None = shelf.find(KIND, edition)
    if index is not None:
        shelf.kept(_kind(measure, adjustment), edition, lambda: index.order(measure, adjustment))


def _kind(measure: Measure, adjustment: Adjustment) -> str:
    return f"{KIND}.{measure}.{adjustment}"
