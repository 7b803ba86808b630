"""Releases over random histories of submissions, withdrawals and releases: what an observer of all editions can see."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.sample_tables import numbered_reference

from service.intake.counting import CountingKey, count
from service.intake.release import Removal, WaitingContributions, new_batches, removal
from service.vocabulary.contribution_class import RELEASE_SCHEDULE, ClassKind, ContributionClass, classes_of
from service.vocabulary.factors import Factor

TAXONOMY = numbered_reference(1).taxonomy
LIFETIME = 6
"""Releases after which batches retire here."""
PERIODS, PERIODS_A_YEAR = 9, 4


def _ids(factor: Factor, *codes: str) -> list[int]:
    return [TAXONOMY.find(factor, code).id for code in codes]


ANSWERS = st.fixed_dictionaries(
    {
        Factor.ROLE: st.sampled_from(_ids(Factor.ROLE, "mlops-engineer", "nlp-engineer")),
        Factor.LEVEL: st.sampled_from(_ids(Factor.LEVEL, "mid", "senior")),
        Factor.COUNTRY: st.sampled_from(_ids(Factor.COUNTRY, "us", "ca")),
    }
)


@dataclass
class Contribution:
    number: int
    arrived: int
    sender: str
    year: int
    bits: dict[ContributionClass, bool]
    withdrawn: bool = False


@dataclass
class Batch:
    class_: ContributionClass
    released: int
    members: list[Contribution]


@dataclass
class Service:
    """The bookkeeping around the engine."""

    k: int
    waiting: list[Contribution] = field(default_factory=list)
    batches: list[Batch] = field(default_factory=list)
    marked: set[bytes] = field(default_factory=set)
    editions: list[dict[int, ContributionClass]] = field(default_factory=list)
    batches_shown: list[list[int]] = field(default_factory=list)
    """Sizes of the batches in each edition."""
    networks_released: list[tuple[ContributionClass, int]] = field(default_factory=list)
    """Of each batch when it was released, the number of different networks."""

    def receive(self, number: int, answers: dict[Factor, int], sender: str) -> None:
        year = len(self.editions) // PERIODS_A_YEAR
        counted = count(CountingKey(year, bytes(32)), sender, classes_of(answers, TAXONOMY), self.marked)
        self.marked |= counted.marks
        self.waiting.append(Contribution(number, len(self.editions), sender, year, dict(counted.bits)))

    def withdraw(self, number: int) -> None:
        """Waiting answers are deleted; records are only marked."""
        self.waiting = [one for one in self.waiting if one.number != number]
        for one in (one for batch in self.batches for one in batch.members if one.number == number):
            one.withdrawn = True

    def release(self) -> None:
        self.batches = [left for batch in self.batches if (left := self._after_removals(batch)).members]
        found = new_batches(self.waiting_contributions(self.waiting), self.k)
        out = [Batch(new.class_, len(self.editions), [self.waiting[row] for row in new.members]) for new in found]
        self.batches += out
        self.networks_released += [(batch.class_, len({one.sender for one in batch.members})) for batch in out]
        published = {one.number for batch in out for one in batch.members}
        self.waiting = [one for one in self.waiting if one.number not in published]
        self.editions.append({one.number: batch.class_ for batch in self.batches for one in batch.members})
        self.batches_shown.append([len(batch.members) for batch in self.batches])

    def waiting_contributions(self, chosen: list[Contribution]) -> WaitingContributions:
        waited = [len(self.editions) - one.arrived for one in chosen]
        return WaitingContributions.of([one.bits for one in chosen], [one.year for one in chosen], waited)

    def _after_removals(self, batch: Batch) -> Batch:
        withdrawn = sum(one.withdrawn for one in batch.members)
        retires = len(self.editions) - batch.released >= LIFETIME
        match removal(len(batch.members), withdrawn, self.k, retires=retires):
            case Removal.ALL:
                return Batch(batch.class_, batch.released, [])
            case Removal.WITHDRAWN:
                return Batch(batch.class_, batch.released, [one for one in batch.members if not one.withdrawn])
        return batch


@st.composite
def histories(draw: st.DrawFn) -> Service:
    """Up to 14 submissions a period, mostly of a few kinds, from a few networks, and bursts of withdrawals."""
    service, number = Service(draw(st.integers(2, 4))), 0
    kinds = draw(st.lists(ANSWERS, min_size=1, max_size=4))
    for _ in range(PERIODS):
        for _ in range(draw(st.integers(0, 14))):
            service.receive(number, draw(st.sampled_from(kinds)), str(draw(st.integers(0, 30))))
            number += 1
        for gone in draw(st.sets(st.integers(0, max(number - 1, 0)), max_size=12)):
            service.withdraw(gone)
        service.release()
    return service


def small_batches(service: Service) -> Iterator[str]:
    yield from (f"a batch of {size}" for sizes in service.batches_shown for size in sizes if size < service.k)


def few_networks(service: Service) -> Iterator[str]:
    """Batches that were released with fewer than k networks."""
    for class_, networks in service.networks_released:
        if networks < service.k:
            yield f"{networks} networks in a batch of {class_.kind}"


def small_differences(service: Service) -> Iterator[str]:
    """Of any two editions, in any class."""
    for first, second in combinations(service.editions, 2):
        came = Counter(class_ for number, class_ in second.items() if number not in first)
        went = Counter(class_ for number, class_ in first.items() if number not in second)
        yield from (
            f"{size} of {class_.kind} came or went" for class_, size in [*came.items(), *went.items()] if size < service.k
        )


def changed_records(service: Service) -> Iterator[str]:
    """Records with two classes, that returned, or that stayed too long."""
    shown: defaultdict[int, list[tuple[int, ContributionClass]]] = defaultdict(list)
    for edition, records in enumerate(service.editions):
        for number, class_ in records.items():
            shown[number].append((edition, class_))
    for number, seen in shown.items():
        editions = [edition for edition, _ in seen]
        if editions != list(range(editions[0], editions[0] + len(seen))) or len(seen) > LIFETIME:
            yield f"{number} was in the editions {editions}"
        if len({class_ for _, class_ in seen}) > 1:
            yield f"{number} changed its class"


def wrong_members(service: Service) -> Iterator[str]:
    """Records in a class in which they do not count or that was not open to them."""
    for batch in service.batches:
        for one in batch.members:
            if not one.bits[batch.class_]:
                yield f"{one.number} was released where it does not count"
            if batch.released - one.arrived < RELEASE_SCHEDULE[batch.class_.kind]:
                yield f"{one.number} did not wait for {batch.class_.kind}"


def repeated_senders(service: Service) -> Iterator[str]:
    """Networks with two records a year of a role in a country, whatever levels they sent."""
    records = Counter(
        (one.sender, one.year, batch.class_.role, batch.class_.country)
        for batch in service.batches
        for one in batch.members
        if batch.class_.kind in (ClassKind.ROLE_LEVEL_COUNTRY, ClassKind.ROLE_COUNTRY)
    )
    yield from (f"{sender} has {number} records" for (sender, *_), number in records.items() if number > 1)


def withheld_classes(service: Service) -> Iterator[str]:
    """Classes for which k still wait after the last release."""
    last = len(service.editions) - 1
    waiting = Counter(
        (class_, one.year)
        for one in service.waiting
        for class_, bit in one.bits.items()
        if bit and last - one.arrived >= RELEASE_SCHEDULE[class_.kind]
    )
    yield from (f"{size} wait for {class_.kind}" for (class_, _), size in waiting.items() if size >= service.k)


def order_dependence(service: Service) -> Iterator[str]:
    people = [*service.waiting, *(one for batch in service.batches for one in batch.members)]
    order = np.random.default_rng(len(people)).permutation(len(people))

    def released(chosen: list[Contribution]) -> set[tuple[ContributionClass, frozenset[int]]]:
        found = new_batches(service.waiting_contributions(chosen), service.k)
        return {(batch.class_, frozenset(chosen[row].number for row in batch.members)) for batch in found}

    if released(people) != released([people[row] for row in order]):
        yield "the order of those who wait matters"


CHECKS = (
    small_batches,
    few_networks,
    small_differences,
    changed_records,
    wrong_members,
    repeated_senders,
    withheld_classes,
    order_dependence,
)


@pytest.mark.slow
@settings(max_examples=80)
@given(histories())
def test_releases_keep_their_promises_in_any_history(service: Service) -> None:
    assert [problem for check in CHECKS for problem in check(service)] == []


def test_the_checks_find_what_they_look_for() -> None:
    senior = ContributionClass(ClassKind.ROLE_LEVEL_COUNTRY, 1, 2, 3)
    role = ContributionClass(ClassKind.ROLE_COUNTRY, 1, 2)
    people = [Contribution(number, 0, "a", 0, {senior: False, role: True}) for number in range(3)]
    wrong = Service(
        k=3,
        waiting=people,
        batches=[Batch(senior, 0, people[:2])],
        editions=[{0: senior, 1: senior}, {1: role}, {0: senior}],
        batches_shown=[[2]],
        networks_released=[(senior, 1)],
    )
    assert {check.__name__: len(list(check(wrong))) for check in CHECKS[:7]} == {
        "small_batches": 1,
        "few_networks": 1,
        "small_differences": 4,
        "changed_records": 2,
        "wrong_members": 2,
        "repeated_senders": 1,
        "withheld_classes": 1,
    }
