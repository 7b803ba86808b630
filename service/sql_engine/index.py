"""The ledger: an edition whose records stay in PostgreSQL, for data that outgrows an index; all is asked by SQL."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pyarrow as pa

from service.index.arranging import columns_of
from service.index.build import current
from service.index.cache import LruCache
from service.index.selection import Located
from service.sql_engine import statements as statistics
from service.sql_engine.connections import Clerks
from service.sql_engine.selection import Counted
from service.sql_engine.statements import Asked, Parts
from service.store.bulk import bulk
from service.store.database import READER
from service.store.editions import Edition
from service.store.records import load_columns
from service.store.reference import Reference, load_reference
from service.vocabulary.conditions import AnyOf, Conditions
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Adjustment, Measure

_REMEMBERED = 2_048
Key = tuple[Conditions, Measure | None, Adjustment]


@dataclass
class Ledger:
    """`sources` has the records of each source; all else is counted when it is asked for, and remembered for a while."""

    edition: Edition
    reference: Reference
    clerks: Clerks
    sources: Mapping[int, int]
    years: tuple[int, int]
    shown: dict[Any, Any] = field(default_factory=dict)
    cache: LruCache[Any, Any] = field(default_factory=LruCache)
    _selections: LruCache[Key, Counted] = field(default_factory=lambda: LruCache(_REMEMBERED))
    _parts: LruCache[tuple[Conditions, Factor], Parts] = field(default_factory=lambda: LruCache(_REMEMBERED))

    async def prepare(self, measure: Measure, adjustment: Adjustment = Adjustment.NONE) -> None:
        """There is nothing to prepare."""

    def ask(self, sql: str) -> Any:
        return self.clerks.rows(sql, self.edition.number)

    def _batches(self, sql: str) -> list[pa.RecordBatch]:
        found: list[pa.RecordBatch] = self.ask(sql).to_batches()
        return found

    def selection(
        self, conditions: Conditions, measure: Measure | None = None, adjustment: Adjustment = Adjustment.NONE
    ) -> Counted:
        asked = Asked(self.edition.number, self.reference, self.years, conditions, measure, adjustment)
        return self._selections.get_or_create((conditions, measure, adjustment), lambda: Counted(self, asked))

    def part(self, conditions: Conditions, parts: Parts) -> None:
        """Remember the groups that a selection was parted into: what is asked of one is likely asked of all."""
        self._parts.put((conditions, parts.factor), parts)

    def parts_of(self, conditions: Conditions) -> Parts | None:
        """The groups among which the records that meet the conditions are one."""
        last = conditions[-1] if conditions else None
        if not isinstance(last, AnyOf) or len(last.values) > 1:
            return None
        found = self._parts.get((conditions[:-1], last.factor))
        return found if found and last.values <= set(found.values) else None

    def records(self, value: int) -> int:
        factor = self.reference.taxonomy[value].factor
        if factor is Factor.SOURCE:
            return self.sources.get(value, 0)
        return self.selection(()).by_value(factor).get(value, 0)

    def record(self, id_: UUID) -> Located | None:
        columns = columns_of(load_columns(self._batches, self.edition.number, id_), self.reference.taxonomy)
        return (columns, 0) if columns.size else None


def open_ledger(url: str, clerks: Clerks) -> Ledger:
    """The ledger of the current edition."""
    with bulk(url, READER) as rows:
        edition, reference = current(rows), load_reference(rows)
        nothing = Asked(edition.number, reference, (0, 0), (), None, Adjustment.NONE)
        months = sorted(statistics.sizes(rows.rows, nothing, Factor.YEAR))
        sources = statistics.sizes(rows.rows, nothing, Factor.SOURCE)
    years = (months[0] // 12, months[-1] // 12) if months else (0, 0)
    return Ledger(edition, reference, clerks, sources, years)
