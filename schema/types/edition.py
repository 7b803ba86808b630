"""Editions, their sources, and the limits of the service."""

from datetime import datetime
from operator import attrgetter

import strawberry

from schema.context import Context, Info
from schema.limits.cost import costs
from schema.types.definitions import define_type, read
from schema.types.enums import SourceKind
from schema.types.node import Node, found_by, id_of
from schema.types.scalars import Code
from service.index.index import Index
from service.limits import LIMITS, Limits
from service.store import database, editions
from service.store.data_loading import DataLoading
from service.vocabulary import terms
from service.vocabulary.factors import Factor

_MAX_DIGITS = 10


@strawberry.type(description="Data set that records come from.")
class Source(Node):
    source: strawberry.Private[terms.Source]
    id: strawberry.ID = id_of("Source", attrgetter("source.code"))
    code: Code = read("source.code", "Code to filter by.")
    label: str = read("source.label", "Name in English.")

    @strawberry.field(description="Type of source.")
    def kind(self) -> SourceKind:
        return SourceKind(self.source.kind)

    licence: str = read("source.licence", "Licence of the data, with the required attribution.")
    url: str | None = read("source.url", "Origin of the data.")
    records: int = strawberry.field(description="Number of records in this edition.")


def source_of(index: Index, number: int, records: int | None = None) -> Source:
    """A source, with its number of records in an edition; by default in that of the index."""
    return Source(source=index.reference.sources[number], records=index.records(number) if records is None else records)


@found_by("Source")
def _find_source(context: Context, code: str) -> Source | None:
    value = context.index.reference.taxonomy.lookup(Factor.SOURCE, code)
    return source_of(context.index, value.id) if value else None


@strawberry.type(description="Published state of the data. Every response is of one edition.")
class Edition(Node):
    index: strawberry.Private[Index]
    edition: strawberry.Private[database.Edition]
    id: strawberry.ID = id_of("Edition", attrgetter("edition.number"), "Opaque id.")
    number: int = read("edition.number", "Number of the edition, increased by each publication; 0 before the first.")
    published_at: datetime = read("edition.published_at", "Time of publication.")
    records: int = read("edition.records", "Number of records.")

    @strawberry.field(description="Sources with records in this edition, largest first.", metadata=costs(1, times=5))
    async def sources(self, info: Info) -> list[Source]:
        counts = await self._counts(info)
        sources = (source_of(self.index, number, count) for number, count in counts.items() if count)
        return sorted(sources, key=lambda source: -source.records)

    async def _counts(self, info: Info) -> dict[int, int]:
        if self.edition == self.index.edition:
            return {number: self.index.records(number) for number in self.index.reference.sources}
        async with info.context.database.read(self.edition) as connection:
            return await editions.records_by_source(connection, self.edition.number)


def edition_of(index: Index) -> Edition:
    return Edition(index=index, edition=index.edition)


async def edition_numbered(context: Context, number: int) -> Edition | None:
    """The current or a past edition; None if there is none with this number."""
    async with context.database.read(number) as connection:
        edition = await editions.fetch_edition(connection, number)
    return Edition(index=context.index, edition=edition) if edition else None


@found_by("Edition")
async def _find_edition(context: Context, key: str) -> Edition | None:
    if not (key.isascii() and key.isdecimal() and len(key) < _MAX_DIGITS and str(int(key)) == key):
        return None
    current, number = context.index.edition.number, int(key)
    if number == current:
        return edition_of(context.index)
    return await edition_numbered(context, number) if number < current else None


define_type(
    Limits,
    "Limits of this service. Requests that exceed one are rejected before execution, with an error code and advice.",
    {name: limit.description for name, limit in LIMITS.items()},
)
define_type(
    DataLoading,
    "Loading of pay data into a new installation, which starts without any.",
    {
        "state": "State.",
        "message": "What is being done, or what the result was, in English.",
        "done": "Number of files that were loaded or skipped.",
        "files": "Number of files to load.",
        "skipped": "Why files were skipped: a sentence for each.",
    },
)
