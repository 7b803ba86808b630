"""What honest contributors get: the share that is published, and the error of medians against the truth of the model."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial
from math import nan
from uuid import UUID

import numpy as np
import numpy.typing as npt

from bench.privacy.attacks import ROLE_KINDS
from bench.privacy.contributors import TAXONOMY, draw_people
from bench.privacy.history import NEVER, History, PublishedBatch
from service.intake.protected_tables import CountedContribution, Noise, protected_cells
from service.intake.world import weighted_to_numbers
from service.vocabulary.contribution_class import CONTRIBUTORS_TABLE, ClassKind
from service.vocabulary.factors import Factor

Indexes = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
TRUTH_BATCH, TRUTH_BATCHES, TRUTH_SEED, NOISE_SEED = 100_000, 5, 1_000_000, 1
MIN_RECORDS = 30
"""Records of a world median below which its error is mostly chance."""
_PAIR = 1_000_000
"""More than any id, so that a role and a country make one number."""


@dataclass(frozen=True, slots=True)
class Truth:
    """Many people of the model: the ids of their roles and countries, `int64[n]`, and their pay, `float64[n]`."""

    roles: Indexes
    countries: Indexes
    dollars: Floats

    def medians(self, keys: Indexes) -> dict[int, tuple[float, int]]:
        """By key, `int64[n]`, the median pay and the number of people."""
        order = np.argsort(keys, kind="stable")
        found, starts = np.unique(keys[order], return_index=True)
        groups = np.split(self.dollars[order], starts[1:])
        return {int(key): (float(np.median(group)), len(group)) for key, group in zip(found, groups, strict=True)}


@cache
def truth() -> Truth:
    drawn = [draw_people(np.random.default_rng([TRUTH_SEED, number]), TRUTH_BATCH) for number in range(TRUTH_BATCHES)]

    roles, countries = (np.concatenate([one.ids[factor] for one in drawn]) for factor in (Factor.ROLE, Factor.COUNTRY))
    return Truth(roles, countries, np.concatenate([one.dollars for one in drawn]))


def families(roles: Indexes) -> Indexes:
    """The role families of roles, `int64[n]`."""
    known, inverse = np.unique(roles, return_inverse=True)
    return np.array([TAXONOMY.root(int(role)) for role in known], np.int64)[inverse]


def published_share(history: History, after: int) -> float:
    """The share of those who arrived for the first `after` releases whose records were released in them."""
    arrived = history.contributors.arrivals < after
    out = (history.batch != NEVER) & (history.released < after)
    return float(out[arrived].mean())


def share_with_level(history: History, after: int) -> float:
    """The share of the records of the first `after` releases that have a level."""
    levels = [one.class_.level is not None for one in history.batches if one.release < after for _ in one.members]
    return float(np.mean(levels)) if levels else 0.0


@dataclass(frozen=True, slots=True)
class MedianErrors:
    """Relative errors of the published medians by role and country: their number, mean, and mean by number of people."""

    cohorts: int
    mean: float
    weighted: float


def median_errors(history: History, after: int) -> MedianErrors:
    """Of every role and country with records; those without level count too."""
    real = truth()
    known = real.medians(real.roles * _PAIR + real.countries)
    amounts: defaultdict[int, list[Floats]] = defaultdict(list)
    for one in history.batches:
        if one.release < after and one.class_.kind in ROLE_KINDS:
            amounts[one.class_.role * _PAIR + one.class_.country].append(one.dollars)
    errors = [abs(float(np.median(np.concatenate(found))) / known[key][0] - 1) for key, found in amounts.items()]
    return MedianErrors(
        len(errors), float(np.mean(errors)), float(np.average(errors, weights=[known[key][1] for key in amounts]))
    )


@dataclass(frozen=True, slots=True)
class WorldErrors:
    """Mean relative errors, with their sign, of world medians: of roles and families unweighted, of families weighted.

    Of the same families: those that have a weighted one.
    """

    roles: float
    families: float
    weighted_families: float


def rounded_laplace(rng: np.random.Generator, scale: Fraction) -> int:
    """Noise as that of the tables, but from a seed."""
    return round(rng.laplace(0, float(scale)))


def world_errors(history: History, after: int, noise: Noise | None = None) -> WorldErrors:
    """Weighted by the numbers of contributors in the yearly tables of those who arrived, as the service does.

    The noise is the same in every run, so that results are.
    """
    real = truth()
    batches = [one for one in history.batches if one.release < after]
    numbers = _published_numbers(history, after, noise or partial(rounded_laplace, np.random.default_rng(NOISE_SEED)))
    by_role = [one.class_.kind in (*ROLE_KINDS, ClassKind.ROLE_CONTINENT) for one in batches]
    roles = _errors(
        [one for one, has in zip(batches, by_role, strict=True) if has],
        lambda one: one.class_.role,
        real.medians(real.roles),
    )
    known = real.medians(families(real.roles))

    def family(one: PublishedBatch) -> int:
        return TAXONOMY.root(one.class_.role)

    weighted = _weighted_errors(batches, numbers, known)
    return WorldErrors(roles, _errors(batches, family, known, weighted), _mean(list(weighted.values())))


def _published_numbers(history: History, after: int, noise: Noise) -> dict[tuple[int, int], int]:
    """The numbers of contributors by family and place that the yearly tables publish, with noise."""
    arrived = history.contributors.arrivals < after
    ids = history.contributors.people.ids
    counted = [
        CountedContribution(UUID(int=number), {Factor.ROLE: [int(family)], Factor.COUNTRY: [int(country)]})
        for number, (family, country) in enumerate(
            zip(families(ids[Factor.ROLE][arrived]), ids[Factor.COUNTRY][arrived], strict=True)
        )
    ]
    cells = protected_cells(counted, TAXONOMY, noise)
    return {(cell.value, cell.country): cell.number for cell in cells if cell.table_name == CONTRIBUTORS_TABLE}


def _weighted_errors(
    batches: list[PublishedBatch], numbers: Mapping[tuple[int, int], int], known: Mapping[int, tuple[float, int]]
) -> dict[int, float]:
    """The errors of the families that have a weighted median."""
    groups: defaultdict[int, list[PublishedBatch]] = defaultdict(list)
    for one in batches:
        groups[TAXONOMY.root(one.class_.role)].append(one)
    errors = {}
    for group, members in groups.items():
        amounts = np.concatenate([one.dollars for one in members])
        places = np.concatenate([np.full(len(one.members), one.class_.country) for one in members])
        of_family = {place: number for (family, place), number in numbers.items() if family == group}
        found = weighted_to_numbers(amounts, places, of_family, TAXONOMY)
        if found and len(amounts) >= MIN_RECORDS:
            errors[group] = found[0] / known[group][0] - 1
    return errors


def _errors(
    batches: list[PublishedBatch],
    key: Callable[[PublishedBatch], int],
    known: Mapping[int, tuple[float, int]],
    groups: Collection[int] | None = None,
) -> float:
    """The mean error of unweighted medians, of some groups or all."""
    amounts: defaultdict[int, list[Floats]] = defaultdict(list)
    for one in batches:
        amounts[key(one)].append(one.dollars)
    medians = {group: np.concatenate(found) for group, found in amounts.items() if groups is None or group in groups}
    return _mean([np.median(found) / known[group][0] - 1 for group, found in medians.items() if len(found) >= MIN_RECORDS])


def _mean(errors: Sequence[float]) -> float:
    return float(np.mean(errors)) if errors else nan
