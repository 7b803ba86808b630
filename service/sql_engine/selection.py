"""Selections that PostgreSQL answers: exact percentiles in two phases, each question asked once and with its like."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate
from math import ceil, floor, isfinite, sqrt
from typing import Any, Protocol

from service.sql_engine import statements as statistics
from service.sql_engine.statements import WIDTH, Asked, Bucket, Parts
from service.vocabulary.conditions import AnyOf, Condition, Conditions, Untold
from service.vocabulary.factors import FACTORS, Factor, Storage
from service.vocabulary.measures import Adjustment, Measure
from service.vocabulary.units import quarter_code, year_code

Distinct = tuple[list[int], list[int]]
USUAL, REACH = (0.1, 0.25, 0.5, 0.75, 0.9), 2.2
"""Percentiles that are asked for together, and how many standard errors around them their intervals take."""


class Ledgers(Protocol):
    """Whoever keeps selections and has SQL asked."""

    def ask(self, sql: str) -> Any: ...

    def selection(
        self, conditions: Conditions, measure: Measure | None = None, adjustment: Adjustment = Adjustment.NONE
    ) -> "Counted": ...

    def part(self, conditions: Conditions, parts: Parts) -> None: ...

    def parts_of(self, conditions: Conditions) -> Parts | None: ...


@dataclass(eq=False)
class Counted:
    """A selection that is asked of PostgreSQL, each part of it once."""

    ledger: Ledgers
    asked: Asked
    known: int | None = None
    """How many there are, where that came with another question."""
    _inside: dict[int, Distinct] = field(default_factory=dict)
    _by_value: dict[Factor, Mapping[int, int]] = field(default_factory=dict)
    _sizes: dict[Factor, Mapping[int, int]] = field(default_factory=dict)
    _counts: dict[tuple[int, ...], Mapping[int, int]] = field(default_factory=dict)
    _telling: dict[Factor, int] = field(default_factory=dict)

    @cached_property
    def _buckets(self) -> list[Bucket]:
        """Those of all groups among which this is one are counted in the same pass."""
        parts = self.ledger.parts_of(self.asked.conditions)
        if parts is None:
            return statistics.buckets(self.ledger.ask, self.asked, None).get(0, [])
        found = statistics.buckets(self.ledger.ask, self._around, parts)
        for value in parts.values:
            self._beside(parts, value).__dict__["_buckets"] = found.get(value, [])
        return found.get(self._value, [])

    @property
    def _around(self) -> Asked:
        """What this is a group of."""
        return replace(self.asked, conditions=self.asked.conditions[:-1])

    @property
    def _value(self) -> int:
        last = self.asked.conditions[-1]
        assert isinstance(last, AnyOf)
        return min(last.values)

    def _beside(self, parts: Parts, value: int) -> "Counted":
        conditions = (*self._around.conditions, AnyOf(parts.factor, frozenset({value})))
        return self.ledger.selection(conditions, self.asked.measure, self.asked.adjustment)

    @cached_property
    def _numbers(self) -> list[int]:
        return [number for number, _, _ in self._buckets]

    @cached_property
    def _ends(self) -> list[int]:
        """How many records there are up to the end of each bucket."""
        return list(accumulate((records for _, records, _ in self._buckets), initial=0))

    def __len__(self) -> int:
        if self.known is None:
            self.known = self._ends[-1] if self.asked.measure else statistics.count(self.ledger.ask, self.asked, "true")
        return self.known

    def __getitem__(self, k: int) -> int:
        if not 0 <= k < len(self):
            raise IndexError(k)
        place = self._place(k)
        amounts, ends = self._distinct(self._numbers[place])
        return amounts[bisect_right(ends, k - self._ends[place])]

    def _distinct(self, bucket: int) -> Distinct:
        """The distinct values in a bucket, and how many records there are up to each."""
        if not self._inside:
            self._look_inside()
        if bucket not in self._inside:
            found = statistics.inside(self.ledger.ask, self.asked, None, [(0, bucket)])
            self._inside[bucket] = _distinct(found[0, bucket])
        return self._inside[bucket]

    def _look_inside(self) -> None:
        """The second phase for all that is usually asked, here and of the groups beside, in one pass."""
        parts = self.ledger.parts_of(self.asked.conditions)
        if parts is None:
            every, asked = {0: self}, self.asked
        else:
            every, asked = {value: self._beside(parts, value) for value in parts.values}, self._around
        wanted = [(value, bucket) for value, one in every.items() for bucket in one.usual]
        for (value, bucket), pairs in statistics.inside(self.ledger.ask, asked, parts, wanted).items():
            every[value]._inside[bucket] = _distinct(pairs)

    @property
    def usual(self) -> set[int]:
        """The buckets that hold the usual percentiles and their intervals."""
        count = self._ends[-1]
        spans = [(p * count, REACH * sqrt(p * (1 - p) * count) + 1) for p in USUAL] if count else []
        ranks = [(max(0, floor(middle - reach)), min(count - 1, ceil(middle + reach))) for middle, reach in spans]
        return {number for low, high in ranks for number in self._numbers[self._place(low) : self._place(high) + 1]}

    def _place(self, k: int) -> int:
        """Which of the buckets the k-th value is in."""
        return bisect_right(self._ends, k) - 1

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
        return statistics.deviation(self.ledger.ask, self.asked)

    def within(self, condition: Condition) -> "Counted":
        return self.ledger.selection((*self.asked.conditions, condition), self.asked.measure, self.asked.adjustment)

    def telling(self, factor: Factor) -> int:
        if FACTORS[factor].storage is Storage.DERIVED:
            return len(self)
        if factor not in self._telling:
            self._telling[factor] = self._told(factor)
            self.within(Untold(factor)).known = len(self) - self._telling[factor]
        return self._telling[factor]

    def _told(self, factor: Factor) -> int:
        if FACTORS[factor].storage is Storage.ONE:
            return sum(self.sizes(factor))
        return statistics.count(self.ledger.ask, self.asked, statistics.tells(factor))

    def sizes(self, factor: Factor) -> Sequence[int]:
        return tuple(self._own(factor).values())

    def _own(self, factor: Factor) -> Mapping[int, int]:
        """How many carry each value itself, whatever lies below it."""
        if factor not in self._sizes:
            self._sizes[factor] = self._named(factor, statistics.sizes(self.ledger.ask, self.asked, factor))
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

    def by_value(self, factor: Factor) -> Mapping[int, int]:
        """How many carry each of all values of a factor, or a descendant of it."""
        if factor not in self._by_value:
            values = [value.id for value in self.asked.reference.taxonomy.values(factor)]
            self._by_value[factor] = self._counted(values) if values else {}
        return self._by_value[factor]

    def _counted(self, values: Sequence[int]) -> dict[int, int]:
        taxonomy = self.asked.reference.taxonomy
        known = [taxonomy[value] for value in values]
        many = [value for value in known if FACTORS[value.factor].storage is Storage.MANY]
        found = statistics.carriers(self.ledger.ask, self.asked, many) if many else {}
        for value in known:
            if value.id not in found:
                own = self._own(value.factor)
                found[value.id] = sum(own.get(number, 0) for number in taxonomy.within(value))
        return {value: found[value] for value in values}

    def _tell_groups(self, counts: Mapping[int, int]) -> None:
        """Let the groups by these values know their sizes, or each would be counted anew, and of each other."""
        taxonomy = self.asked.reference.taxonomy
        for factor in {taxonomy[value].factor for value in counts}:
            values = tuple(value for value in counts if taxonomy[value].factor is factor)
            self.ledger.part(self.asked.conditions, Parts(factor, values))
            for value in values:
                self.within(AnyOf(factor, frozenset({value}))).known = counts[value]


def _distinct(pairs: Sequence[tuple[int, int]]) -> Distinct:
    return [amount for amount, _ in pairs], list(accumulate(records for _, records in pairs))
