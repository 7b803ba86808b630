"""What honest contributors get: the share that is published, and the error of medians against the truth of the model."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from bench.privacy.attacks import ROLE_KINDS
from bench.privacy.contributors import TAXONOMY, draw_people
from bench.privacy.history import NEVER, History, PublishedBatch
from service.vocabulary.contribution_class import ClassKind
from service.vocabulary.factors import Factor

Indexes = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
TRUTH_BATCH, TRUTH_BATCHES, TRUTH_SEED = 100_000, 5, 1_000_000
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
    """Mean relative errors, with their sign, of world medians: of roles and families unweighted, of families weighted."""

    roles: float
    families: float
    weighted_families: float


def world_errors(history: History, after: int) -> WorldErrors:
    """Weights are the numbers of contributors by family and country, which the yearly tables publish; here without noise."""
    real = truth()
    batches = [one for one in history.batches if one.release < after]
    weights = _weights(history, batches, after)
    by_role = [one.class_.kind in (*ROLE_KINDS, ClassKind.ROLE_CONTINENT) for one in batches]
    roles = _errors(
        [one for one, has in zip(batches, by_role, strict=True) if has],
        lambda one: one.class_.role,
        real.medians(real.roles),
    )
    known = real.medians(families(real.roles))

    def family(one: PublishedBatch) -> int:
        return TAXONOMY.root(one.class_.role)

    return WorldErrors(roles, _errors(batches, family, known), _errors(batches, family, known, weights))


def _errors(
    batches: list[PublishedBatch],
    key: Callable[[PublishedBatch], int],
    known: Mapping[int, tuple[float, int]],
    weights: Mapping[tuple[int, int], float] | None = None,
) -> float:
    groups: defaultdict[int, list[PublishedBatch]] = defaultdict(list)
    for one in batches:
        groups[key(one)].append(one)
    errors = []
    for group, members in groups.items():
        amounts = np.concatenate([one.dollars for one in members])
        each = [np.full(len(one.members), weights[_cell(one)] if weights else 1.0) for one in members]
        if len(amounts) >= MIN_RECORDS:
            errors.append(_weighted_median(amounts, np.concatenate(each)) / known[group][0] - 1)
    return float(np.mean(errors))


def _weighted_median(amounts: Floats, weights: Floats) -> float:
    order = np.argsort(amounts)
    cumulative = np.cumsum(weights[order])
    return float(amounts[order][np.searchsorted(cumulative, cumulative[-1] / 2)])


def _cell(batch: PublishedBatch) -> tuple[int, int]:
    return TAXONOMY.root(batch.class_.role), batch.class_.country


def _weights(history: History, batches: list[PublishedBatch], after: int) -> dict[tuple[int, int], float]:
    """The contributors that a published record represents, by family and country; a continent's records represent those of
    its countries without any."""
    arrived = history.contributors.arrivals < after
    ids = history.contributors.people.ids
    numbers: defaultdict[tuple[int, int], float] = defaultdict(float)
    records: defaultdict[tuple[int, int], int] = defaultdict(int)
    for one in batches:
        records[_cell(one)] += len(one.members)
    for family, country in zip(families(ids[Factor.ROLE][arrived]), ids[Factor.COUNTRY][arrived], strict=True):
        cell = int(family), int(country)
        numbers[cell if cell in records else (int(family), TAXONOMY.root(int(country)))] += 1
    return {cell: numbers[cell] / count for cell, count in records.items()}
