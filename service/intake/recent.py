"""Recent submissions: what likeness and bursts are looked for in. Pure."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from service.vocabulary.answers import Answers
from service.vocabulary.employer import slug
from service.vocabulary.factors import PLACES, Factor


@dataclass(frozen=True, slots=True)
class Recent:
    """A submission of the last weeks."""

    id: UUID
    submitted_at: datetime
    answers: Answers

    @property
    def employer(self) -> str:
        """Its code, empty where no employer was named."""
        return self.answers.one.get(Factor.EMPLOYER) or slug(self.answers.employer or "")

    @property
    def place(self) -> str:
        """The narrowest that was told."""
        return next((self.answers.one[factor] for factor in PLACES if factor in self.answers.one), "")


def in_order(recent: Iterable[Recent]) -> list[Recent]:
    return sorted(recent, key=lambda one: (one.submitted_at, one.id))


def grouped(numbers: Iterable[int], key: Callable[[int], Hashable], fewest: int) -> list[Sequence[int]]:
    """Groups of numbers with the same key, `fewest` and more in each.

    >>> grouped(range(6), lambda n: n % 4, 2)
    [[0, 4], [1, 5]]
    """
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for number in numbers:
        groups[key(number)].append(number)
    return [group for group in groups.values() if len(group) >= fewest]
