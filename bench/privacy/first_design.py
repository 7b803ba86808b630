"""Anonymisation: contributors' records are generalised until each is one of at least k with the same quasi-identifiers
(k-anonymity). Pure.

Generalisation proceeds in rounds, all records in lockstep: in each round, records whose quasi-identifiers fewer than k
records share are generalised by one step. An equivalence class of k or more never loses a member: records with equal
quasi-identifiers are generalised together or not at all, and a class of k or more is not generalised again. Classes
therefore only grow. Records in classes of fewer than k at the end wait, and none of them was ever counted
in a class that is published.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self, TypeVar

from service.vocabulary.currencies import Rates
from service.vocabulary.factors import SINGLE, UNPUBLISHED, Factor
from service.vocabulary.measures import COMPONENTS, Measure, with_totals
from service.vocabulary.taxonomy import Taxonomy

QUASI_IDENTIFIERS = (
    Factor.EMPLOYER,
    Factor.METRO,
    Factor.SUBDIVISION,
    Factor.COUNTRY,
    Factor.ROLE,
    Factor.LEVEL,
    Factor.EXPERIENCE,
)
NEVER_PUBLISHED = (*UNPUBLISHED, Factor.SOURCE)
"""Competing offers concern the negotiation; the source is the same for all contributors' records."""
SENSITIVE = tuple(factor for factor in SINGLE if factor not in (*QUASI_IDENTIFIERS, *NEVER_PUBLISHED))
US_DOLLAR = "USD"

Key = TypeVar("Key", bound=Hashable)
ClassKey = tuple[int, ...]
"""The values of QUASI_IDENTIFIERS, by their ids; records with the same ones are an equivalence class."""
Step = Callable[[ClassKey], ClassKey]
_MISSING = 0


@dataclass(frozen=True, slots=True)
class ContributedPay:
    """Amounts in whole units of `currency` a year; None means not reported."""

    currency: str
    base: int
    bonus: int | None = None
    equity: int | None = None

    def rounded(self) -> Self:
        return type(self)(self.currency, rounded(self.base), _rounded_at(self.bonus, 1), _rounded_at(self.equity, 1))

    def in_dollars(self, rate: float) -> Self:
        """The same pay in US dollars, rounded after the conversion."""
        base = rounded(round(self.base * rate))
        return type(self)(US_DOLLAR, base, _rounded_at(self.bonus, rate), _rounded_at(self.equity, rate))

    def measures(self, rate: float) -> dict[Measure, int]:
        """The measures known, in whole US dollars at a rate; total cash requires a bonus, total compensation equity too."""
        components = zip(COMPONENTS, (self.base, self.bonus, self.equity), strict=True)
        return with_totals({measure: round(amount * rate) for measure, amount in components if amount is not None})


def rounded(amount: int) -> int:
    """An amount rounded to three significant digits, half to even.

    >>> [rounded(amount) for amount in (0, 999, 1_005, 1_015, 123_456, 999_500)]
    [0, 999, 1000, 1020, 123000, 1000000]
    """
    unit: int = 10 ** max(len(str(amount)) - 3, 0)
    whole, rest = divmod(amount, unit)
    up = 2 * rest > unit or (2 * rest == unit and whole % 2 == 1)
    return (whole + up) * unit


def _rounded_at(amount: int | None, rate: float) -> int | None:
    return None if amount is None else rounded(round(amount * rate))


@dataclass(frozen=True, slots=True)
class CandidateRecord:
    """A contributor's answers that may become a record: factors by the ids of their values, the month, pay as reported."""

    one: Mapping[Factor, int]
    many: Mapping[Factor, Sequence[int]]
    effective: int
    pay: ContributedPay

    def class_key(self) -> ClassKey:
        return tuple(self.one.get(factor, _MISSING) for factor in QUASI_IDENTIFIERS)

    def sensitive_values(self) -> Iterator[int | str]:
        """Each value of the other factors once, by its id, which no two factors share; and the currency."""
        yield from (self.one[factor] for factor in SENSITIVE if factor in self.one)
        for numbers in self.many.values():
            yield from set(numbers)
        yield self.pay.currency


@dataclass(frozen=True, slots=True)
class AnonymisedRecord:
    """A record as it may be published; a factor or measure that is absent was generalised away or not reported."""

    one: Mapping[Factor, int]
    many: Mapping[Factor, Sequence[int]]
    effective: int
    pay: ContributedPay
    measures: Mapping[Measure, int]


def anonymise(
    candidates: Mapping[Key, CandidateRecord], k: int, taxonomy: Taxonomy, rates: Rates
) -> dict[Key, AnonymisedRecord]:
    """The records that can be published together, independent of the order of the candidates; the others have to wait.

    A value of a sensitive factor is published if at least k of the published records of the country have it, and so is the
    currency; pay in a rarer one is converted to US dollars.
    """
    generalised = _generalise([candidate.class_key() for candidate in candidates.values()], k, taxonomy)
    published = {key: class_key for key, class_key in zip(candidates, generalised, strict=True) if class_key}
    common = _common_values((candidates[key] for key in published), k)
    return {key: _anonymised(candidates[key], class_key, common, rates) for key, class_key in published.items()}


def _generalise(keys: list[ClassKey], k: int, taxonomy: Taxonomy) -> list[ClassKey | None]:
    """The key that each record is published with; None for those that wait. Each step is applied in one round only."""
    for step in _steps(taxonomy):
        sizes = Counter(keys)
        keys = [key if sizes[key] >= k else step(key) for key in keys]
    sizes = Counter(keys)
    return [key if sizes[key] >= k else None for key in keys]


def _steps(taxonomy: Taxonomy) -> list[Step]:
    """The generalisation steps in their order; they are cumulative."""

    def remove(_: int) -> int:
        return _MISSING

    def broadest(number: int) -> int:
        """The top value that includes one: the band of a number of years, the family of a role."""
        return _MISSING if number == _MISSING else taxonomy.root(number)

    hierarchy = (
        (Factor.EMPLOYER, remove),
        (Factor.METRO, remove),
        (Factor.SUBDIVISION, remove),
        (Factor.EXPERIENCE, broadest),
        (Factor.LEVEL, remove),
        (Factor.ROLE, broadest),
    )
    return [_step(QUASI_IDENTIFIERS.index(factor), generalise) for factor, generalise in hierarchy]


def _step(position: int, generalise: Callable[[int], int]) -> Step:
    return lambda key: (*key[:position], generalise(key[position]), *key[position + 1 :])


CommonValues = Mapping[int, frozenset[int | str]]
"""By country, the values and currencies that at least k of its published records have."""


def _common_values(published: Iterable[CandidateRecord], k: int) -> CommonValues:
    counts: defaultdict[int, Counter[int | str]] = defaultdict(Counter)
    for record in published:
        counts[_country(record)].update(record.sensitive_values())
    return {country: frozenset(value for value, count in values.items() if count >= k) for country, values in counts.items()}


def _country(record: CandidateRecord) -> int:
    return record.one.get(Factor.COUNTRY, _MISSING)


def _anonymised(record: CandidateRecord, class_key: ClassKey, common: CommonValues, rates: Rates) -> AnonymisedRecord:
    allowed = common[_country(record)]
    pay, rate = _published_pay(record, record.pay.currency in allowed, rates)
    many = {
        factor: tuple(sorted(number for number in set(numbers) if number in allowed))
        for factor, numbers in record.many.items()
    }
    return AnonymisedRecord(
        one={factor: number for factor, number in zip(QUASI_IDENTIFIERS, class_key, strict=True) if number}
        | {factor: record.one[factor] for factor in SENSITIVE if record.one.get(factor) in allowed},
        many={factor: numbers for factor, numbers in many.items() if numbers},
        effective=record.effective - record.effective % 3,  # months count from a January: the first of the quarter
        pay=pay,
        measures=pay.measures(rate),
    )


def _published_pay(record: CandidateRecord, in_own_currency: bool, rates: Rates) -> tuple[ContributedPay, float]:
    """The pay to publish, and the rate from its currency to US dollars."""
    rate = rates.usd(record.pay.currency, record.effective // 12)
    if in_own_currency or record.pay.currency == US_DOLLAR:
        return record.pay.rounded(), rate
    return record.pay.in_dollars(rate), 1.0
