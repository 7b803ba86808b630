"""Sources and editions."""

from datetime import datetime

import strawberry

from schema.context import Context, Info
from schema.limits.cost import costs
from schema.types.enums import SourceKind
from schema.types.scalars import Code
from service.index.index import Index
from service.store.editions import past_edition, records_by_source


@strawberry.type(description="A data set that records come from.")
class Source:
    code: Code = strawberry.field(description="The code to filter by.")
    label: str = strawberry.field(description="The name for people.")
    kind: SourceKind = strawberry.field(description="What its records are.")
    licence: str = strawberry.field(description="The licence of the data, with the credit it asks for.")
    url: str | None = strawberry.field(description="Where the data comes from.")
    records: int = strawberry.field(description="Its records in this edition.")


def source_of(index: Index, number: int, records: int | None = None) -> Source:
    """A source, with its records in an edition; by default in that of the index."""
    source = index.reference.sources[number]
    return Source(
        code=Code(source.code),
        label=source.label,
        kind=SourceKind(source.kind),
        licence=source.licence,
        url=source.url,
        records=index.records(number) if records is None else records,
    )


@strawberry.type(description="A published state of the data. Every answer is of one edition.")
class Edition:
    index: strawberry.Private[Index]
    number: int = strawberry.field(description="Counts up with each publication; 0 before the first.")
    published_at: datetime = strawberry.field(description="When it was published.")
    records: int = strawberry.field(description="How many records it has.")

    @strawberry.field(
        description="The sources that have records in this edition, the largest first.", metadata=costs(1, times=5)
    )
    async def sources(self, info: Info) -> list[Source]:
        counts = await self._counts(info)
        found = (source_of(self.index, number, count) for number, count in counts.items() if count)
        return sorted(found, key=lambda source: -source.records)

    async def _counts(self, info: Info) -> dict[int, int]:
        if self.number == self.index.edition.number:
            return {number: self.index.records(number) for number in self.index.reference.sources}
        async with info.context.database.read(self.number) as connection:
            return await records_by_source(connection, self.number)


def edition_of(index: Index) -> Edition:
    edition = index.edition
    return Edition(index=index, number=edition.number, published_at=edition.published_at, records=edition.records)


async def edition_numbered(context: Context, number: int) -> Edition | None:
    """An edition of the past, or the current one."""
    async with context.database.read(number) as connection:
        found = await past_edition(connection, number)
    if found is None:
        return None
    return Edition(index=context.index, number=found.number, published_at=found.published_at, records=found.records)
