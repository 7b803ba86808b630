"""Sources and editions."""

from datetime import datetime

import strawberry

from schema.enums import SourceKind
from schema.scalars import Code
from service.rank.index import Index


@strawberry.type(description="A data set that records come from.")
class Source:
    code: Code = strawberry.field(description="The code to filter by.")
    label: str = strawberry.field(description="The name for people.")
    kind: SourceKind = strawberry.field(description="What its records are.")
    licence: str = strawberry.field(description="The licence of the data, with the credit it asks for.")
    url: str | None = strawberry.field(description="Where the data comes from.")
    records: int = strawberry.field(description="Its records in this edition.")


def source_of(index: Index, number: int) -> Source:
    source = index.reference.sources[number]
    return Source(
        code=Code(source.code),
        label=source.label,
        kind=SourceKind(source.kind),
        licence=source.licence,
        url=source.url,
        records=len(index.base.sets.values.get(number, ())),
    )


@strawberry.type(description="A published state of the data. Every answer is of one edition.")
class Edition:
    index: strawberry.Private[Index]
    number: int = strawberry.field(description="Counts up with each publication; 0 before the first.")
    published_at: datetime = strawberry.field(description="When it was published.")
    records: int = strawberry.field(description="How many records it has.")

    @strawberry.field(description="The sources that have records in this edition, the largest first.")
    def sources(self) -> list[Source]:
        found = (source_of(self.index, number) for number in self.index.reference.sources)
        return sorted((source for source in found if source.records), key=lambda source: -source.records)


def edition_of(index: Index) -> Edition:
    edition = index.edition
    return Edition(index=index, number=edition.number, published_at=edition.published_at, records=edition.records)
