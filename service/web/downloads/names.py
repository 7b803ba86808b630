"""The files of an edition: real and made-up records apart, each in two formats, with the edition in the name."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from service.index.index import Index
from service.web.downloads.formats import csv_pieces, parquet_pieces

_SAMPLE = "sample"


@dataclass(frozen=True, slots=True)
class Format:
    """One format: the ending of its files, what they are served as, and how they are made."""

    ending: str
    media_type: str
    pieces: Callable[[Iterator[pa.RecordBatch]], Iterator[bytes]]


FORMATS = (
    Format("csv", "text/csv; charset=utf-8", csv_pieces),
    Format("parquet", "application/vnd.apache.parquet", parquet_pieces),
)


@dataclass(frozen=True, slots=True)
class File:
    """A file of an edition; `sources` are the numbers of those that it has records of, `records` how many."""

    edition: int
    made_up: bool
    format: Format
    sources: frozenset[int]
    records: int

    @property
    def name(self) -> str:
        return f"payrank-edition-{self.edition}{'-sample' if self.made_up else ''}.{self.format.ending}"


def files_of(index: Index) -> list[File]:
    """The files that the current edition has; none for a set without records."""
    sets = [(made_up, sources_of(index, made_up=made_up)) for made_up in (False, True)]
    return [
        File(index.edition.number, made_up, format_, sources, sum(map(index.records, sources)))
        for made_up, sources in sets
        if sources
        for format_ in FORMATS
    ]


def sources_of(index: Index, *, made_up: bool) -> frozenset[int]:
    """The sources of real or of made-up records that have any in this edition."""
    known = index.reference.sources.items()
    return frozenset(n for n, source in known if (source.kind == _SAMPLE) is made_up and index.records(n))
