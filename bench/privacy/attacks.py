"""Attacks on the releases of contributors: what each attacker knows, does and finds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property

import numpy as np
import numpy.typing as npt

from bench.privacy.contributors import RELEASES_A_YEAR, TAXONOMY, Contributors, People
from bench.privacy.history import NEVER, History, PublishedBatch, run_releases
from seed.sample.model import RESIDUAL
from service.intake.release import NO_CLASS, Removal, WaitingContributions, new_batches, removal
from service.vocabulary.contribution_class import ClassKind
from service.vocabulary.factors import Factor

Indexes = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
ROLE_KINDS = (ClassKind.METRO, ClassKind.ROLE_LEVEL_COUNTRY, ClassKind.ROLE_COUNTRY)
"""The kinds whose records show a role and a country."""
TOLERANCE = 1.25


@dataclass(frozen=True, slots=True)
class Reidentification:
    """The share of published contributors whose record is found: by all published fields, at best and on average; and by an
    attacker who knows the batch, all answers except pay, and the pay model: the record nearest to the expected pay, or the
    likeliest."""

    largest: float
    by_fields: float
    nearest: float
    likeliest: float


def reidentify(history: History, after: int) -> Reidentification:
    """For the records of the first `after` releases."""
    batches = [one for one in history.batches if one.release < after]
    sizes = np.concatenate([np.full(len(one.members), len(one.members)) for one in batches])
    found = [_found_by_model(one, history.contributors.people.expected) for one in batches]
    nearest, likeliest = (np.concatenate(each) for each in zip(*found, strict=True))
    return Reidentification(
        float(1 / sizes.min()), float((1 / sizes).mean()), float(nearest.mean()), float(likeliest.mean())
    )


def _found_by_model(batch: PublishedBatch, expected: Floats) -> tuple[Bools, Bools]:
    """For each member, whether the record nearest to the expected pay is theirs, and that with the highest likelihood ratio.

    The ratio is of the victim's distribution to the batch's. Amounts are in the order of the members, but say nothing about
    them within a step, since they are spread at random.
    """
    amounts, own = np.log(batch.dollars), expected[batch.members]
    spread = max(float(amounts.std()), RESIDUAL)
    distance = ((amounts[None, :] - own[:, None]) / RESIDUAL) ** 2
    ratio = ((amounts - amounts.mean()) / spread) ** 2 - distance
    rows = np.arange(len(own))
    return distance.argmin(axis=1) == rows, ratio.argmax(axis=1) == rows


@dataclass(frozen=True, slots=True)
class Isolation:
    """The share of victims whose record was released with fakes alone, and the fewest honest members of a victim's batch.

    The latter is 0 if no victim's record was released.
    """

    isolated: float
    fewest: int


def isolate(history: History, victims: Indexes, fakes: Sequence[int], k: int) -> Isolation:
    """Attack victims in their finest class, with a number of fakes for each release up to the first that it is open to them.

    Each fake counts: the senders are different networks or invitations, or different years.
    """
    honest = np.array([_honest_beside(history, int(victim), fakes, k) for victim in victims])
    published = honest[honest > 0]
    return Isolation(float((honest == 1).mean()), int(published.min()) if len(published) else 0)


def _honest_beside(history: History, victim: int, fakes: Sequence[int], k: int) -> int:
    """The number of honest contributors in the victim's batch, the victim included; 0 while the victim waits."""
    contributors = history.contributors
    column = int(np.argmax(contributors.waiting.classes[victim] != NO_CLASS))
    alike = contributors.waiting.classes[:, column] == contributors.waiting.classes[victim, column]
    gone = np.zeros(len(contributors), np.bool_)
    last = int(contributors.arrivals[victim]) + list(contributors.schedule.values())[column]
    for number, release in zip(fakes, range(last - len(fakes) + 1, last + 1), strict=True):
        before = (history.batch != NEVER) & (history.released < release)
        rows = np.flatnonzero(alike & ~gone & ~before & (contributors.arrivals <= release))
        for members in _released_with_fakes(contributors, rows, release, column, number, k):
            gone[rows[members]] = True
            if victim in rows[members]:
                return len(members)
    return 0


def _released_with_fakes(
    contributors: Contributors, rows: Indexes, release: int, column: int, fakes: int, k: int
) -> list[Indexes]:
    """The honest members, as positions in `rows`, of the batches of their common class of one kind."""
    own = contributors.waiting
    ready = list(contributors.schedule.values())[column]
    waited = np.concatenate((release - contributors.arrivals[rows], np.full(fakes, ready)))
    classes = np.full((len(waited), own.classes.shape[1]), NO_CLASS, np.int64)
    classes[:, column] = 0
    counted = np.concatenate((own.counted[rows], np.ones((fakes, classes.shape[1]), np.bool_)))
    known = contributors.classes[rows[0]][:1] if len(rows) else []
    years = np.concatenate((own.years[rows], np.full((fakes, classes.shape[1]), release // RELEASES_A_YEAR)))
    attacked = WaitingContributions(known, classes, counted, years, waited, own.schedule)
    return [batch.members[batch.members < len(rows)] for batch in (new_batches(attacked, k) if known else [])]


@dataclass(frozen=True, slots=True)
class Subtraction:
    """Over all pairs of releases and all classes: the fewest records that came or went between two, 0 if none did."""

    fewest_come: int
    fewest_gone: int
    withdrawn: int
    left: int


def subtract(history: History, withdrawn_share: float, k: int, rng: np.random.Generator) -> Subtraction:
    """Compare the editions of all pairs of releases, while a share of the published withdraws between any two."""
    numbers = {one.class_: number for number, one in enumerate(history.batches)}
    class_of = np.array([numbers[one.class_] for one in history.batches] + [0])[history.batch]
    editions, withdrawn = _editions(history, withdrawn_share, k, rng)
    changes: tuple[list[int], list[int]] = ([], [])
    for first in range(len(editions)):
        for second in range(first + 1, len(editions)):
            for side, changed in enumerate((editions[second] & ~editions[first], editions[first] & ~editions[second])):
                sizes = np.bincount(class_of[changed])
                changes[side].extend(sizes[sizes > 0].tolist())
    left = int((withdrawn & ~editions[-1]).sum())
    fewest_come, fewest_gone = (min(sizes, default=0) for sizes in changes)
    return Subtraction(fewest_come, fewest_gone, int(withdrawn.sum()), left)


def _editions(history: History, share: float, k: int, rng: np.random.Generator) -> tuple[list[Bools], Bools]:
    """The contributors published after each release, and those who withdrew a published record."""
    public, withdrawn = np.zeros(len(history.batch), np.bool_), np.zeros(len(history.batch), np.bool_)
    editions = []
    for release in range(history.releases):
        for batch in history.batches:
            if batch.release < release:
                _leave(batch.members, public, withdrawn, k)
            elif batch.release == release:
                public[batch.members] = True
        editions.append(public.copy())
        withdrawn |= public & (rng.random(len(public)) < share)
    return editions, withdrawn


def _leave(members: Indexes, public: Bools, withdrawn: Bools, k: int) -> None:
    here = members[public[members]]
    leaving = withdrawn[here]
    match removal(len(here), int(leaving.sum()), k, retires=False) if len(here) else Removal.NONE:
        case Removal.ALL:
            public[here] = False
        case Removal.WITHDRAWN:
            public[here[leaving]] = False


def _with_root_of(number: int) -> list[int]:
    return sorted(TAXONOMY.within(TAXONOMY[TAXONOMY.root(number)]))


@dataclass(frozen=True, slots=True)
class Cohort:
    """A role in a country, and its family and continent, beyond which nothing affects its records."""

    role: int
    country: int

    def closed(self, people: People) -> Bools:
        """The people of the role's family on the country's continent."""
        return np.isin(people.ids[Factor.ROLE], _with_root_of(self.role)) & np.isin(
            people.ids[Factor.COUNTRY], _with_root_of(self.country)
        )

    def amounts(self, history: History) -> Floats:
        """The published amounts of the role in the country."""
        wanted = [one.dollars for one in history.batches if one.class_.kind in ROLE_KINDS and self._has(one)]
        return np.concatenate([np.zeros(0), *wanted])

    def _has(self, batch: PublishedBatch) -> bool:
        return (batch.class_.role, batch.class_.country) == (self.role, self.country)


def cohorts_of_size(history: History, size: int, number: int) -> list[Cohort]:
    """The cohorts with the numbers of published records nearest to a size, and within TOLERANCE times it."""
    counts: dict[Cohort, int] = {}
    for one in history.batches:
        if one.class_.kind in ROLE_KINDS:
            cohort = Cohort(one.class_.role, one.class_.country)
            counts[cohort] = counts.get(cohort, 0) + len(one.members)
    near = [cohort for cohort, count in counts.items() if size / TOLERANCE <= count <= size * TOLERANCE]
    return sorted(near, key=lambda cohort: (abs(counts[cohort] - size), cohort.role, cohort.country))[:number]


class Strategy(Enum):
    """What each network of an attacker on a cohort sends."""

    ONE_LEVEL = "one contribution each, of the most common level"
    EVERY_LEVEL = "one of each level"
    EVERY_LEVEL_COUNTED = "one of each level, as if each level counted by itself"


@dataclass(frozen=True)
class Target:
    """A cohort whose median is attacked; `honest` are the contributors of a year who affect it."""

    cohort: Cohort
    honest: Contributors
    k: int
    seed: int

    @classmethod
    def of(cls, contributors: Contributors, cohort: Cohort, k: int, seed: int) -> "Target":
        return cls(cohort, contributors.subset(np.flatnonzero(cohort.closed(contributors.people))), k, seed)

    @cached_property
    def median(self) -> float:
        return self._median(self.honest)

    def moved(self, networks: int, strategy: Strategy) -> float:
        """By how much networks change the median in a year, relative to the honest one.

        They send at an even pace from the first release on; the pay is above that of everybody else.
        """
        ids = self.honest.people.ids
        members = (ids[Factor.ROLE] == self.cohort.role) & (ids[Factor.COUNTRY] == self.cohort.country)
        levels, sizes = np.unique(ids[Factor.LEVEL][members], return_counts=True)
        sent = levels[[sizes.argmax()]] if strategy is Strategy.ONE_LEVEL else levels
        number = networks * len(sent)
        by_level = strategy is Strategy.EVERY_LEVEL_COUNTED
        senders = np.arange(number) if by_level else np.repeat(np.arange(networks), len(sent))
        attacked = _with_fakes(self.honest, self.cohort, np.tile(sent, networks), senders)
        return self._median(attacked) / self.median - 1

    def _median(self, contributors: Contributors) -> float:
        history = run_releases(contributors, RELEASES_A_YEAR, self.k, np.random.default_rng(self.seed))
        return float(np.median(self.cohort.amounts(history)))


def _with_fakes(honest: Contributors, cohort: Cohort, levels: Indexes, networks: Indexes) -> Contributors:
    """The contributors and fakes of one network number each, which arrive at an even pace."""
    number = len(levels)
    given = {Factor.ROLE: cohort.role, Factor.COUNTRY: cohort.country}
    ids = {
        factor: np.concatenate((levels if factor is Factor.LEVEL else np.full(number, given.get(factor, 0)), own))
        for factor, own in honest.people.ids.items()
    }
    top = np.full(number, honest.people.dollars.max())
    people = replace(
        honest.people,
        ids=ids,
        expected=np.concatenate((np.log(top), honest.people.expected)),
        dollars=np.concatenate((top, honest.people.dollars)),
    )
    arrivals = np.concatenate((np.arange(number) * RELEASES_A_YEAR // max(number, 1), honest.arrivals))
    all_networks = None if honest.networks is None else np.concatenate((-1 - networks, honest.networks))
    return Contributors(people, arrivals, all_networks, honest.schedule)
