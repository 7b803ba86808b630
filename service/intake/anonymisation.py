"""Protection: contributors' records made so coarse that each is one of at least k. Pure.

The ladder works in rounds, all records in lockstep: in each, those whose identity fewer than k records share go one step
coarser. No class of k ever loses a member. Who shares an identity has taken the same steps to it or stands there by what was
told, and the next step does the same to all of them: a class moves whole or stays whole, and one of k or more stays for
good. So classes only grow by others joining them, and at the end whoever is in one of fewer than k waits, alone or not; no
class that is published had any of those in it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from service.intake.pay import DOLLAR, Pay
from service.vocabulary.factors import SINGLE, Factor
from service.vocabulary.measures import Measure
from service.vocabulary.money import Rates
from service.vocabulary.taxonomy import Taxonomy

IDENTITY = (
    Factor.EMPLOYER,
    Factor.METRO,
    Factor.SUBDIVISION,
    Factor.COUNTRY,
    Factor.ROLE,
    Factor.LEVEL,
    Factor.EXPERIENCE,
)
NEVER = (Factor.COMPETING_OFFERS, Factor.SOURCE)
"""Not told of a record: the one is a matter of negotiation, the other is the same for all."""
OTHER_ONE = tuple(factor for factor in SINGLE if factor not in (*IDENTITY, *NEVER))

Key = TypeVar("Key", bound=Hashable)
Identity = tuple[int, ...]
Step = Callable[[Identity], Identity]
_UNTOLD = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A contributor's answers that may become a record: factors by the numbers of their values, the month, pay as told."""

    one: Mapping[Factor, int]
    many: Mapping[Factor, Sequence[int]]
    effective: int
    pay: Pay

    def identity(self) -> Identity:
        return tuple(self.one.get(factor, _UNTOLD) for factor in IDENTITY)

    def others(self) -> Iterator[int | str]:
        """Each value of the other factors once, by its number, which no two factors share; and the currency."""
        yield from (self.one[factor] for factor in OTHER_ONE if factor in self.one)
        for numbers in self.many.values():
            yield from set(numbers)
        yield self.pay.currency


@dataclass(frozen=True, slots=True)
class Protected:
    """A record as it may be published; what is not in `one`, `many` and `measures` is not told of it."""

    one: Mapping[Factor, int]
    many: Mapping[Factor, Sequence[int]]
    effective: int
    pay: Pay
    measures: Mapping[Measure, int]


def protect(candidates: Mapping[Key, Candidate], k: int, taxonomy: Taxonomy, rates: Rates) -> dict[Key, Protected]:
    """The records that can be published together; whoever is left out has to wait. The order of the candidates is no matter.

    A value of another field is kept where at least k of the published records of the country carry it, the currency
    likewise; pay in a rarer one is told in US dollars.
    """
    identities = _settled([candidate.identity() for candidate in candidates.values()], k, taxonomy)
    told = {key: identity for key, identity in zip(candidates, identities, strict=True) if identity}
    common = _common((candidates[key] for key in told), k)
    return {key: _protected(candidates[key], identity, common, rates) for key, identity in told.items()}


def _settled(identities: list[Identity], k: int, taxonomy: Taxonomy) -> list[Identity | None]:
    """What each identity is told as; None for those that wait. The rounds are the steps, so nobody takes one twice."""
    for step in _steps(taxonomy):
        sizes = Counter(identities)
        identities = [identity if sizes[identity] >= k else step(identity) for identity in identities]
    sizes = Counter(identities)
    return [identity if sizes[identity] >= k else None for identity in identities]


def _steps(taxonomy: Taxonomy) -> list[Step]:
    """The ladder, from the finest step on; they add up."""

    def untold(_: int) -> int:
        return _UNTOLD

    def widest(number: int) -> int:
        """The top value that includes one: the band of single years, the family of a role."""
        value = taxonomy.get(number)
        while value and (parent := taxonomy.parent(value)) and parent.factor is value.factor:
            value = parent
        return value.id if value else _UNTOLD

    ladder = (
        (Factor.EMPLOYER, untold),
        (Factor.METRO, untold),
        (Factor.SUBDIVISION, untold),
        (Factor.EXPERIENCE, widest),
        (Factor.LEVEL, untold),
        (Factor.ROLE, widest),
    )
    return [_step(IDENTITY.index(factor), coarser) for factor, coarser in ladder]


def _step(place: int, coarser: Callable[[int], int]) -> Step:
    return lambda identity: (*identity[:place], coarser(identity[place]), *identity[place + 1 :])


Common = Mapping[int, frozenset[int | str]]
"""By country, the values and currencies that at least k of its published records carry."""


def _common(published: Iterable[Candidate], k: int) -> Common:
    carried: defaultdict[int, Counter[int | str]] = defaultdict(Counter)
    for candidate in published:
        carried[_country(candidate)].update(candidate.others())
    return {
        country: frozenset(value for value, count in counts.items() if count >= k) for country, counts in carried.items()
    }


def _country(candidate: Candidate) -> int:
    return candidate.one.get(Factor.COUNTRY, _UNTOLD)


def _protected(candidate: Candidate, identity: Identity, common: Common, rates: Rates) -> Protected:
    kept = common[_country(candidate)]
    pay, rate = _pay(candidate, candidate.pay.currency in kept, rates)
    many = {
        factor: tuple(sorted(number for number in set(numbers) if number in kept))
        for factor, numbers in candidate.many.items()
    }
    return Protected(
        one={factor: number for factor, number in zip(IDENTITY, identity, strict=True) if number}
        | {factor: candidate.one[factor] for factor in OTHER_ONE if candidate.one.get(factor) in kept},
        many={factor: numbers for factor, numbers in many.items() if numbers},
        effective=candidate.effective - candidate.effective % 3,  # months count from a January: the first of the quarter
        pay=pay,
        measures=pay.measures(rate),
    )


def _pay(candidate: Candidate, keep: bool, rates: Rates) -> tuple[Pay, float]:
    """Pay as it is published, and the rate from there to US dollars."""
    rate = rates.usd(candidate.pay.currency, candidate.effective // 12)
    if keep or candidate.pay.currency == DOLLAR:
        return candidate.pay.rounded(), rate
    return candidate.pay.dollars(rate), 1.0
