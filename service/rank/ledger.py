"""The ledger: an edition whose records stay in PostgreSQL, for data that outgrows an index; all is asked by SQL."""

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from math import floor, isfinite
from threading import Lock
from typing import Any

from service.rank.build import current
from service.store import statistics
from service.store.bulk import bulk
from service.store.clerks import Clerks
from service.store.database import READER
from service.store.editions import Edition
from service.store.reference import Reference, load_reference
from service.store.statistics import WIDTH, Asked
from service.vocabulary.conditions import AnyOf, Condition, Conditions
from service.vocabulary.factors import FACTORS, Factor, Storage
from service.vocabulary.measures import Adjustment, Measure
from service.vocabulary.periods import quarter_code, year_code

_REMEMBERED = 2_048


@dataclass
class Ledger:
    """`sources` has the records of each source; all else is counted when it is asked for, and remembered for a while."""

    edition: Edition
    reference: Reference
    clerks: Clerks
    sources: Mapping[int, int]
    years: tuple[int, int]
    shown: dict[int, Any] = field(default_factory=dict)
    _selections: "OrderedDict[Hashable, Counted]" = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    async def prepare(self, measure: Measure, adjustment: Adjustment = Adjustment.NONE) -> None:
        """There is nothing to prepare."""

    def selection(
        self, conditions: Conditions, measure: Measure | None = None, adjustment: Adjustment = Adjustment.NONE
    ) -> "Counted":
        key = conditions, measure, adjustment
        with self._lock:
            found = self._selections.get(key)
            if found is None:
                asked = Asked(self.edition.number, self.reference, self.years, conditions, measure, adjustment)
                found = self._selections[key] = Counted(self, asked)
            self._selections.move_to_end(key)
            if len(self._selections) > _REMEMBERED:
                self._selections.popitem(last=False)
        return found

    def records(self, value: int) -> int:
        factor = self.reference.taxonomy[value].factor
        if factor is Factor.SOURCE:
            return self.sources.get(value, 0)
        return self._by_value(factor).get(value, 0)

    def _by_value(self, factor: Factor) -> Mapping[int, int]:
        every = self.selection(())
        return every.counts(value.id for value in self.reference.taxonomy.values(factor))


@dataclass(eq=False)
class Counted:
    """A selection that is asked of PostgreSQL, each part of it once."""

    ledger: Ledger
    asked: Asked
    known: int | None = None
    """How many there are, where that came with another question."""
    _inside: dict[int, tuple[list[int], list[int]]] = field(default_factory=dict)
    _sizes: dict[Factor, Mapping[int, int]] = field(default_factory=dict)
    _counts: dict[tuple[int, ...], Mapping[int, int]] = field(default_factory=dict)
    _telling: dict[Factor, int] = field(default_factory=dict)

    @cached_property
    def _buckets(self) -> list[tuple[int, int, int]]:
        return statistics.buckets(self._ask, self.asked)

    @cached_property
    def _numbers(self) -> list[int]:
        return [number for number, _, _ in self._buckets]

    @cached_property
    def _ends(self) -> list[int]:
        """How many records there are up to the end of each bucket."""
        return list(accumulate((records for _, records, _ in self._buckets), initial=0))

    def _ask(self, sql: str) -> Any:
        return self.ledger.clerks.rows(sql, self.asked.edition)

    def __len__(self) -> int:
        return self._ends[-1] if self.known is None else self.known

    def __getitem__(self, k: int) -> int:
        if not 0 <= k < len(self):
            raise IndexError(k)
        place = bisect_right(self._ends, k) - 1
        amounts, ends = self._distinct(self._numbers[place])
        return amounts[bisect_right(ends, k - self._ends[place])]

    def _distinct(self, bucket: int) -> tuple[list[int], list[int]]:
        """The distinct values in a bucket, and how many records there are up to each."""
        if bucket not in self._inside:
            pairs = statistics.inside(self._ask, self.asked, bucket)
            self._inside[bucket] = [amount for amount, _ in pairs], list(accumulate(records for _, records in pairs))
        return self._inside[bucket]

    def below(self, amount: float) -> int:
        return self._before(amount, bisect_left)

    def at_most(self, amount: float) -> int:
        return self._before(amount, bisect_right)

    def _before(self, amount: float, bisect: Any) -> int:
        if not isfinite(amount):
            return len(self) if amount > 0 else 0
        bucket = floor(amount) >> WIDTH
        place = bisect_left(self._numbers, bucket)
        if place == len(self._numbers) or self._numbers[place] != bucket:
            return self._ends[place]
        amounts, ends = self._distinct(bucket)
        within = bisect(amounts, amount)
        return self._ends[place] + (ends[within - 1] if within else 0)

    @cached_property
    def total(self) -> int:
        return sum(total for _, _, total in self._buckets)

    @cached_property
    def deviation(self) -> float:
        return statistics.deviation(self._ask, self.asked)

    def within(self, condition: Condition) -> "Counted":
        return self.ledger.selection((*self.asked.conditions, condition), self.asked.measure, self.asked.adjustment)

    def telling(self, factor: Factor) -> int:
        if FACTORS[factor].storage is Storage.DERIVED:
            return len(self)
        if factor not in self._telling:
            self._telling[factor] = statistics.telling(self._ask, self.asked, factor)
        return self._telling[factor]

    def sizes(self, factor: Factor) -> Sequence[int]:
        return tuple(self._own(factor).values())

    def _own(self, factor: Factor) -> Mapping[int, int]:
        """How many carry each value itself, whatever lies below it."""
        if factor not in self._sizes:
            self._sizes[factor] = self._named(factor, statistics.sizes(self._ask, self.asked, factor))
        return self._sizes[factor]

    def _named(self, factor: Factor, found: Mapping[int, int]) -> Mapping[int, int]:
        """By the number of the value; derived factors are counted by the month or source that they are read off."""
        taxonomy = self.asked.reference.taxonomy
        codes = {Factor.YEAR: year_code, Factor.QUARTER: quarter_code}
        if FACTORS[factor].storage is not Storage.DERIVED:
            return found
        named: dict[int, int] = {}
        for number, records in found.items():
            code = codes.get(factor)
            value = taxonomy.find(factor, code(number)).id if code else taxonomy[number].parent
            assert value is not None
            named[value] = named.get(value, 0) + records
        return named

    def counts(self, values: Iterable[int]) -> Mapping[int, int]:
        asked = tuple(values)
        if asked not in self._counts:
            self._counts[asked] = {value: count for value, count in self._counted(asked).items() if count}
            self._tell_groups(self._counts[asked])
        return self._counts[asked]

    def _counted(self, values: Sequence[int]) -> dict[int, int]:
        taxonomy = self.asked.reference.taxonomy
        known = [taxonomy[value] for value in values]
        many = [value for value in known if FACTORS[value.factor].storage is Storage.MANY]
        found = statistics.carriers(self._ask, self.asked, many) if many else {}
        for value in known:
            if value.id not in found:
                own = self._own(value.factor)
                found[value.id] = sum(own.get(number, 0) for number in taxonomy.within(value))
        return {value: found[value] for value in values}

    def _tell_groups(self, counts: Mapping[int, int]) -> None:
        """Let the groups by these values know their sizes, or each would be counted anew."""
        for value, count in counts.items():
            factor = self.asked.reference.taxonomy[value].factor
            self.within(AnyOf(factor, frozenset({value}))).known = count


def open_ledger(url: str, clerks: Clerks) -> Ledger:
    """The ledger of the current edition."""
    with bulk(url, READER) as rows:
        edition, reference = current(rows), load_reference(rows)
        nothing = Asked(edition.number, reference, (0, 0), (), None, Adjustment.NONE)
        months = sorted(statistics.sizes(rows.rows, nothing, Factor.YEAR))
        sources = statistics.sizes(rows.rows, nothing, Factor.SOURCE)
    years = (months[0] // 12, months[-1] // 12) if months else (0, 0)
    return Ledger(edition, reference, clerks, sources, years)
