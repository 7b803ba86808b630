"""The files of an edition: real records and sample records separately, in each format."""

from collections.abc import Iterator
from dataclasses import dataclass

from service.index.index import Index
from service.store.database import Edition
from service.store.export import record_batches
from service.store.reference import Reference
from service.web.downloads.formats import BATCH_RECORDS, FORMATS, Format
from service.web.downloads.records import SCHEMA, published_batches

_SAMPLE = "sample"


@dataclass(frozen=True, slots=True)
class File:
    """A file of an edition, with the ids of its sources and the number of its records."""

    edition: Edition
    is_sample: bool
    format: Format
    sources: frozenset[int]
    records: int

    @property
    def name(self) -> str:
        return f"payrank-edition-{self.edition.number}{'-sample' if self.is_sample else ''}.{self.format.extension}"

    def chunks(self, url: str, reference: Reference, statement_seconds: float) -> Iterator[bytes]:
        """The content, read from the database of a URL batch by batch. Raises DatabaseError."""
        batches = record_batches(url, self.edition, BATCH_RECORDS, statement_seconds)
        return self.format.chunks(SCHEMA, published_batches(batches, reference, self.sources))


def files_of(index: Index) -> list[File]:
    """The files of an edition; none for a set without records."""
    sets = [(is_sample, sources_of(index, is_sample=is_sample)) for is_sample in (False, True)]
    return [
        File(index.edition, is_sample, format_, sources, sum(map(index.records, sources)))
        for is_sample, sources in sets
        if sources
        for format_ in FORMATS
    ]


def sources_of(index: Index, *, is_sample: bool) -> frozenset[int]:
    """The ids of the sources of sample or of real records that have any in this edition."""
    known = index.reference.sources.items()
    return frozenset(id_ for id_, source in known if (source.kind == _SAMPLE) is is_sample and index.records(id_))
