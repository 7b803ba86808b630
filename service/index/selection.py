"""The protocol of a selection: some records of an edition, sorted, with the counts and ranks that all statistics need.

Cohorts, groups, trends and relaxations use nothing else. `service.index.order.RankSelection` answers from the rank index,
`service.sql_engine.selection.SqlSelection` by SQL.
"""

from collections.abc import Iterable, Mapping
from typing import Protocol

from service.vocabulary.conditions import Condition
from service.vocabulary.factors import Factor


class Selection(Protocol):
    """The records that meet some conditions and carry a measure, ascending by it; without a measure all, by their month.

    Values are integers in the unit of the measure: US dollars per year or points of a score.
    """

    def __len__(self) -> int: ...

    def __getitem__(self, k: int, /) -> int:
        """The k-th value, counted from 0; raises IndexError from `len(self)` on."""
        ...

    def below(self, amount: float) -> int:
        """The number of values less than an amount."""
        ...

    def at_most(self, amount: float) -> int:
        """The number of values less than or equal to an amount."""
        ...

    @property
    def total(self) -> int:
        """The sum of all values."""
        ...

    @property
    def deviation(self) -> float:
        """The sample standard deviation, over n - 1."""
        ...

    def within(self, condition: Condition) -> "Selection":
        """The records that meet one more condition."""
        ...

    def counts(self, values: Iterable[int]) -> Mapping[int, int]:
        """The number of records that carry each factor value or a descendant of it, by id; values without any are absent."""
        ...

    def count_reported(self, factor: Factor) -> int:
        """The number of records that report a factor."""
        ...

    def group_sizes(self, factor: Factor) -> Mapping[int, int]:
        """The number of records by the id of each value of a single-valued factor, without those of its descendants."""
        ...
