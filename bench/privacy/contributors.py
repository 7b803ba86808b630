"""Contributors drawn from the sample model, with the networks that they send from, counted as in production."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import cast

import numpy as np
import numpy.typing as npt

from seed.reference_data import fx_rates, terms
from seed.sample.draw import DrawnPeople, draw, place_ids, value_id
from seed.sample.model import EMPLOYERS, INTERCEPT, LOCATIONS, RESIDUAL
from service.intake.counting import CountingKey, count
from service.intake.release import WaitingContributions
from service.limits import DEFAULT_RELEASE_DAYS
from service.vocabulary.contribution_class import ContributionClass, ReleaseSchedule, classes_of
from service.vocabulary.currencies import Rates
from service.vocabulary.factors import PLACES, Factor
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import Term, numbered_values

Indexes = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
RELEASES_A_YEAR = round(365.2425 / DEFAULT_RELEASE_DAYS)
YEAR = "2026"
_CLASS_FACTORS = (Factor.ROLE, Factor.LEVEL, Factor.EMPLOYER)
_WAYS = (0.60, 0.20, 0.15, 0.05)
"""Shares of contributors who send from home, from work, over a mobile network and through a VPN: assumed."""
_HOME_PREFIXES, _MOBILE_PREFIXES, _VPN_PREFIXES, _OTHER_OFFICES = 400_000, 1_000, 1_000, 50
"""Prefixes of the world's home connections and mobile networks, shared out by the number of contributors of each country;
of VPNs; and of the employers without a name of one place, size and industry: assumed."""


def sample_taxonomy() -> Taxonomy:
    """All values of the reference data and the sample's employers, numbered without a database."""
    return Taxonomy(numbered_values([*terms(), *(Term(Factor.EMPLOYER, one.code, one.name) for one in EMPLOYERS)]))


TAXONOMY, RATES = sample_taxonomy(), Rates(fx_rates())


@dataclass(frozen=True, slots=True)
class People:
    """n people of the sample model in one year: the ids of their values (0 for none) and their pay in US dollars.

    `expected` is the logarithm of pay that somebody who knows all of a person's answers expects; the pay differs by normal
    noise of RESIDUAL.
    """

    drawn: DrawnPeople
    ids: dict[Factor, Indexes]
    expected: Floats
    dollars: Floats

    def __len__(self) -> int:
        return len(self.dollars)


def draw_people(rng: np.random.Generator, number: int) -> People:
    people = draw(rng, number)
    year = np.full(number, people.codes[Factor.YEAR].index(YEAR))
    people = replace(people, one={**people.one, Factor.YEAR: year}, months=np.full(number, int(YEAR) * 12))
    expected = INTERCEPT + people.effect(TAXONOMY)
    ids = {
        factor: np.array([value_id(TAXONOMY, factor, code) for code in people.codes[factor]])[people.one[factor]]
        for factor in _CLASS_FACTORS
    }
    places = place_ids(TAXONOMY)
    ids |= {factor: np.array([place.get(factor, 0) for place in places])[people.locations] for factor in PLACES}
    return People(people, ids, expected, np.exp(expected + rng.normal(0, RESIDUAL, number)))


def draw_networks(rng: np.random.Generator, people: People) -> Indexes:
    """The number of the network prefix that each person sends from, `int64[n]`."""
    countries = people.ids[Factor.COUNTRY]
    share = np.array([location.weight for location in LOCATIONS])
    owners = np.array([place[Factor.COUNTRY] for place in place_ids(TAXONOMY)])
    weight = np.bincount(owners, share)[countries]
    offices = people.ids[Factor.EMPLOYER] * len(LOCATIONS) + people.drawn.locations
    unnamed = (people.drawn.one[Factor.INDUSTRY] * 10 + people.drawn.one[Factor.EMPLOYER_SIZE]) * _OTHER_OFFICES
    unnamed += rng.integers(0, _OTHER_OFFICES, len(people))
    numbers = np.stack(
        [
            countries * 10**6 + (rng.random(len(people)) * _HOME_PREFIXES * weight).astype(np.int64),
            np.where(people.ids[Factor.EMPLOYER] > 0, offices, 10**8 + unnamed * len(LOCATIONS) + people.drawn.locations),
            countries * 10**6 + (rng.random(len(people)) * _MOBILE_PREFIXES * weight).astype(np.int64),
            rng.integers(0, _VPN_PREFIXES, len(people)),
        ]
    )
    ways = rng.choice(len(_WAYS), len(people), p=_WAYS)
    return cast(Indexes, numbers[ways, np.arange(len(people))] * len(_WAYS) + ways)


@dataclass(frozen=True)
class Contributors:
    """People who contribute, in the order in which they arrive, and the first release that each can be in, `int64[n]`."""

    people: People
    arrivals: Indexes
    networks: Indexes | None
    schedule: ReleaseSchedule

    def __len__(self) -> int:
        return len(self.arrivals)

    def subset(self, rows: Indexes) -> "Contributors":
        """Some of them, by ascending numbers; `people.drawn` remains that of all."""
        ids = {factor: numbers[rows] for factor, numbers in self.people.ids.items()}
        people = replace(self.people, ids=ids, expected=self.people.expected[rows], dollars=self.people.dollars[rows])
        networks = None if self.networks is None else self.networks[rows]
        return Contributors(people, self.arrivals[rows], networks, self.schedule)

    def answers(self, row: int) -> dict[Factor, int]:
        return {factor: number for factor, ids in self.people.ids.items() if (number := int(ids[row]))}

    @cached_property
    def classes(self) -> list[list[ContributionClass]]:
        return [classes_of(self.answers(row), TAXONOMY, self.schedule) for row in range(len(self))]

    @cached_property
    def waiting(self) -> WaitingContributions:
        """All of them with the bits that they get on arrival, as if none had waited yet."""
        return WaitingContributions.of(
            self._bits(), self.arrivals // RELEASES_A_YEAR, np.zeros(len(self), np.int64), self.schedule
        )

    def _bits(self) -> Sequence[dict[ContributionClass, bool]]:
        if self.networks is None:  # an invitation each
            return [dict.fromkeys(own, True) for own in self.classes]
        keys = [CountingKey(year, year.to_bytes(32)) for year in range(self.arrivals.max() // RELEASES_A_YEAR + 1)]
        marked: set[bytes] = set()
        bits = []
        for own, network, arrival in zip(self.classes, self.networks, self.arrivals, strict=True):
            found = count(keys[arrival // RELEASES_A_YEAR], str(network), own, marked)
            marked |= found.marks
            bits.append(dict(found.bits))
        return bits


def draw_contributors(
    rng: np.random.Generator,
    a_year: int,
    releases: int,
    schedule: ReleaseSchedule,
    *,
    invited: bool = False,
    at_once: bool = False,
) -> Contributors:
    """`a_year` contributors a year over some releases, at any time with equal probability; or a year's number at once."""
    number = a_year if at_once else a_year * releases // RELEASES_A_YEAR
    people = draw_people(rng, number)
    arrivals = np.zeros(number, np.int64) if at_once else np.sort(rng.integers(0, releases, number))
    return Contributors(people, arrivals, None if invited else draw_networks(rng, people), schedule)
