"""What a question comes down to: some records of an edition, ascending, whichever way they are counted.

Cohorts, groups, trends and ladders ask this alone. `rank.order.Ranked` answers from a rank index, `rank.ledger.Counted` by
SQL.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from service.index.cache import LruCache
from service.index.columns import Columns
from service.store.editions import Edition
from service.store.reference import Reference
from service.vocabulary.conditions import Condition, Conditions
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Adjustment, Measure

Located = tuple[Columns, int]
"""Columns that have a record, and its row in them."""


class Selection(Protocol):
    """The records that meet some conditions and carry a measure, ascending by it; without a measure all, by their month."""

    def __len__(self) -> int: ...

    def __getitem__(self, k: int, /) -> int:
        """The k-th value, from 0 to one less than there are."""
        ...

    def below(self, amount: float) -> int:
        """How many values are less than an amount."""
        ...

    def at_most(self, amount: float) -> int:
        """How many values are an amount or less."""
        ...

    @property
    def total(self) -> int:
        """The sum of all values."""
        ...

    @property
    def deviation(self) -> float:
        """The standard deviation of a sample: over n - 1."""
        ...

    def within(self, condition: Condition) -> "Selection":
        """Those that meet one more condition."""
        ...

    def counts(self, values: Iterable[int]) -> Mapping[int, int]:
        """How many carry each value or a descendant of it; values that none carries are left out."""
        ...

    def telling(self, factor: Factor) -> int:
        """How many tell a factor at all."""
        ...

    def sizes(self, factor: Factor) -> Sequence[int]:
        """How many carry each single value of a factor, in no certain order and without the values."""
        ...


class Index(Protocol):
    """One edition and what is asked of it; unchanging, and safe to share between threads."""

    edition: Edition
    reference: Reference
    shown: dict[Any, Any]
    """What is shown in answers and made once for all of the edition: by number of a factor value, by currency."""
    cache: LruCache[Any, Any]

    async def prepare(self, measure: Measure, adjustment: Adjustment = Adjustment.NONE) -> None:
        """Make sure that a selection by a measure answers at once, where that can be."""
        ...

    def selection(
        self, conditions: Conditions, measure: Measure | None = None, adjustment: Adjustment = Adjustment.NONE
    ) -> Selection: ...

    def records(self, value: int) -> int:
        """How many records carry a factor value or a descendant of it."""
        ...

    def record(self, id_: UUID) -> Located | None:
        """Where a record stands; None where the edition has none with the id."""
        ...
