"""Releases: which contributions are released together, and which published records are removed. Pure.

In a release a class gets none, or all that wait for it and at least k of them: a *batch*. For each contribution the finest
open class with a batch decides. "All" are the contributions that count for the class (`counting`), to which it is open
(`contribution_class`), and that are not released in a finer one; the others go on waiting. Since a sender counts once a
year, at least k of a batch must have been counted in the same year: otherwise half as many networks would suffice in
January.

A published record never changes (it has no other class, step, quarter or id later), and is removed only in a release:

- with its whole batch, when that is 24 months old, when a moderator withdrew it, or when it is smaller than k, as it
  can become when k is raised;
- withdrawn, with all withdrawn records of its batch, when they are at least k and leave at least k or none.

It is the batch, not the class over all its releases, that must lose and keep k: an observer who saved earlier editions knows
which records were released together, and would see a batch of 12 fall to 8 though its class had more than k left.

Contributions whose earlier version is still public, those held for a moderator and withdrawn ones are not passed to
`new_batches`. Base salary and total compensation are released separately, by one call each.

A protected import, an import of an employer's own payroll that is published through the same classes, is one release of rows
that all count and to which every class is open (`WaitingContributions.imported`). Its batches do not age; otherwise a
release removes them as it does those of contributors.
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from service.vocabulary.contribution_class import RELEASE_SCHEDULE, ContributionClass, ReleaseSchedule

Indexes = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
NO_CLASS = -1
Step = TypeVar("Step", bound=Hashable)


@dataclass(frozen=True, slots=True)
class WaitingContributions:
    """n contributions of one measure that wait, and their classes of the kinds of a release schedule, finest first.

    `classes` has `int64[n, kinds]` positions in `known`, NO_CLASS where the answers have no class of the kind; `counted`,
    `bool[n, kinds]`, says where the contribution counts, and `years`, `int64[n, kinds]`, in which year; `waited`,
    `int64[n]`, how many releases were made since it arrived.
    """

    known: Sequence[ContributionClass]
    classes: Indexes
    counted: Bools
    years: Indexes
    waited: Indexes
    schedule: ReleaseSchedule

    @classmethod
    def of(
        cls,
        bits: Sequence[Mapping[ContributionClass, bool]],
        years: npt.ArrayLike,
        waited: npt.ArrayLike,
        schedule: ReleaseSchedule = RELEASE_SCHEDULE,
    ) -> "WaitingContributions":
        """From the bits of each contribution's classes (`counting.CountResult.bits`) and the year of its key.

        `years` has one number for each contribution, or one for each of its kinds, `int64[n, kinds]`.
        """
        column = {kind: number for number, kind in enumerate(schedule)}
        numbers: dict[ContributionClass, int] = {}
        classes = np.full((len(bits), len(schedule)), NO_CLASS, np.int64)
        counted = np.zeros(classes.shape, np.bool_)
        for row, own in enumerate(bits):
            for class_, bit in own.items():
                if class_.kind in column:
                    classes[row, column[class_.kind]] = numbers.setdefault(class_, len(numbers))
                    counted[row, column[class_.kind]] = bit
        by_row = np.asarray(years, np.int64).reshape(len(bits), -1 if len(bits) else 1)
        counted_in = np.broadcast_to(by_row, classes.shape)
        return cls(list(numbers), classes, counted, counted_in, np.asarray(waited, np.int64), schedule)

    @classmethod
    def imported(
        cls, rows: Sequence[Sequence[ContributionClass]], schedule: ReleaseSchedule = RELEASE_SCHEDULE
    ) -> "WaitingContributions":
        """The rows of a protected import by their classes: each counts, and all of its classes are open at once."""
        bits = [dict.fromkeys(own, True) for own in rows]
        return cls.of(bits, np.zeros(len(rows)), np.full(len(rows), max(schedule.values())), schedule)

    def __len__(self) -> int:
        return len(self.waited)

    def select(self, chosen: npt.NDArray[np.bool_] | Indexes, waited: Indexes) -> "WaitingContributions":
        """Some of the contributions, with another number of releases waited, `int64[chosen]`."""
        return WaitingContributions(
            self.known, self.classes[chosen], self.counted[chosen], self.years[chosen], waited, self.schedule
        )


@dataclass(frozen=True, slots=True)
class NewBatch:
    """A class and the contributions that are released in it: `int64[m]` positions among the waiting ones, ascending.

    `counted` is the largest number of them counted in one year, which the batch keeps for the audit.
    """

    class_: ContributionClass
    members: Indexes
    counted: int


def new_batches(waiting: WaitingContributions, k: int) -> list[NewBatch]:
    """The batches of a release, by kind from the finest; contributions in none of them go on waiting.

    The result does not depend on the order of the contributions, apart from their positions.
    """
    batches: list[NewBatch] = []
    left = np.ones(len(waiting), np.bool_)
    for column, releases in enumerate(waiting.schedule.values()):
        classes = waiting.classes[:, column]
        ready = left & waiting.counted[:, column] & (classes != NO_CLASS) & (waiting.waited >= releases)
        for members in _groups(np.flatnonzero(ready), classes, k):
            counted = int(np.unique_counts(waiting.years[members, column]).counts.max())
            if counted >= k:
                batches.append(NewBatch(waiting.known[classes[members[0]]], members, counted))
                left[members] = False
    return batches


def _groups(positions: Indexes, classes: Indexes, k: int) -> list[Indexes]:
    """The positions of each class that has at least k of them."""
    ordered = positions[np.argsort(classes[positions], kind="stable")]
    starts = np.flatnonzero(np.diff(classes[ordered])) + 1
    return [group for group in np.split(ordered, starts) if len(group) >= k]


class Removal(Enum):
    """Which records of a batch are removed in a release."""

    NONE = auto()
    WITHDRAWN = auto()
    ALL = auto()


def removal(size: int, withdrawn: int, k: int, *, retires: bool) -> Removal:
    """Which of a batch's `size` published records, `withdrawn` of them withdrawn, are removed in a release.

    `retires` is whether the batch has reached its age or was withdrawn by a moderator.

    >>> removal(25, 12, 10, retires=False), removal(19, 10, 10, retires=False), removal(25, 9, 10, retires=False)
    (<Removal.WITHDRAWN: 2>, <Removal.NONE: 1>, <Removal.NONE: 1>)
    """
    if retires or size < k or withdrawn == size:
        return Removal.ALL
    return Removal.WITHDRAWN if withdrawn >= k and size - withdrawn >= k else Removal.NONE


def may_replace(published: Sequence[Step], new: Sequence[Step], k: int) -> bool:
    """Whether a new version of an import may replace a class: its steps are the same, or at least k rows change.

    Rows that come and rows that go must each be none or at least k, since the difference of the two versions shows both.

    >>> may_replace([1] * 10, [1] * 10 + [2], 10), may_replace([1] * 10, [1] * 10 + [2] * 10, 10)
    (False, True)
    """
    before, after = Counter(published), Counter(new)
    gone, come = (before - after).total(), (after - before).total()
    return all(rows == 0 or rows >= k for rows in (gone, come))
