"""The protected tables of a year's contributions: what no record shows, published with differential privacy. Pure.

Each table has cells that do not depend on the data: the values of a factor in the reference data. A cell has the number of
contributors with the value and the sum of an amount over them, each with noise, and is published if the noisy number reaches
the `minimum`; noisy numbers of countries that do not reach it are added up by continent. The presence of one contribution
changes the probability of any result by at most a factor of exp(`epsilon`) for one table and exp(BUDGET) for all. A
contribution is in the tables of one year alone.

Of a table's epsilon, NUMBER_SHARE is for the numbers, SPREAD_SHARE for one sum of squares over all cells, from which the
intervals take the variance, and the rest for the sums. A contributor with more than `values` values of a factor counts for a
choice among them that depends on nothing else.

Premiums compare base salaries with published medians, which are taken as given: they are public, and nothing is claimed for
them here.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import sha256
from math import ceil, log, sqrt
from uuid import UUID

from service.stats.discrete_laplace import discrete_laplace, noisy_mean_interval
from service.vocabulary.answers import SubmissionAnswers
from service.vocabulary.contribution_class import CONTRIBUTORS_TABLE
from service.vocabulary.currencies import Rates
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure
from service.vocabulary.taxonomy import Taxonomy

BUDGET = Fraction(2)
"""Epsilon of all tables together, which is that of a contribution's lifetime."""
NUMBER_SHARE, SPREAD_SHARE = Fraction(3, 10), Fraction(1, 10)
PUBLISHED_FROM = 30
"""A cell is published from a noisy number of this, times the values a person, divided by epsilon."""
REMAINING_SIGMAS = 4
"""A sum of numbers that are not published themselves is published from this many standard deviations of its noise on."""
INTERVAL_LEVEL = 0.95
"""Confidence level of the intervals."""
Cell = tuple[int, int]
"""The ids of a value and of the country within which it is counted, WORLD for all."""
WORLD = 0
Noise = Callable[[Fraction], int]
"""A draw of noise of a scale."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """What is averaged: `centre` + `unit` times a whole number from -`bound` to `bound`; what lies outside is clamped.

    An amount that is either -`bound` or `bound` is `binary`: its mean gives its variance.
    """

    centre: float
    unit: float
    bound: int
    binary: bool = False

    def encode(self, amount: float) -> int:
        """
        >>> [PREMIUM.encode(amount) for amount in (-0.6, 0.12344, 3.0)], [SCORE.encode(score) for score in (1, 3, 5)]
        ([-5000, 1234, 5000], [-2, 0, 2])
        """
        return max(-self.bound, min(self.bound, round((amount - self.centre) / self.unit)))

    def decode(self, number: float) -> float:
        return self.centre + self.unit * number


PREMIUM = Quantity(centre=0, unit=1e-4, bound=5_000)
"""The logarithm of base salary by the median of the cohort, between -0.5 and 0.5."""
SCORE = Quantity(centre=3, unit=1, bound=2)
UPLIFT = Quantity(centre=15, unit=0.1, bound=150)
"""The negotiation uplift between 0% and 30%."""
SHARE = Quantity(centre=0.5, unit=0.5, bound=1, binary=True)


@dataclass(frozen=True, slots=True)
class ProtectedTable:
    """A table by the values of `factor`: families for ROLE, bands for EXPERIENCE.

    Without a quantity it has counts alone, by country; `measure` is that of premiums and means. `values` is the most values
    of a contributor that count.
    """

    name: str
    factor: Factor
    epsilon: Fraction
    quantity: Quantity | None = None
    measure: Measure | None = None
    values: int = 1

    @property
    def minimum(self) -> int:
        """The noisy number from which a cell is published."""
        return ceil(PUBLISHED_FROM * self.values / self.epsilon)

    @property
    def number_scale(self) -> Fraction:
        return self.values / (self.epsilon * NUMBER_SHARE if self.quantity else self.epsilon)

    @property
    def spread_scale(self) -> Fraction:
        assert self.quantity
        return self.values * self.quantity.bound**2 / (self.epsilon * SPREAD_SHARE)

    @property
    def total_scale(self) -> Fraction:
        assert self.quantity
        share = 1 - NUMBER_SHARE - (0 if self.quantity.binary else SPREAD_SHARE)
        return self.values * self.quantity.bound / (self.epsilon * share)


def _premium(factor: Factor, epsilon: Fraction, values: int = 1) -> ProtectedTable:
    name = f"premium-by-{factor.value.replace('_', '-')}"
    return ProtectedTable(name, factor, epsilon, PREMIUM, Measure.BASE_SALARY, values)


def _mean(measure: Measure, quantity: Quantity = SCORE) -> ProtectedTable:
    name = f"{measure.value.replace('_', '-')}-by-role-family"
    return ProtectedTable(name, Factor.ROLE, Fraction(4, 100), quantity, measure)


TENTH = Fraction(1, 10)
CONTRIBUTORS = ProtectedTable(CONTRIBUTORS_TABLE, Factor.ROLE, 2 * TENTH)
COMPETING_OFFERS = ProtectedTable("competing-offers-by-role-family", Factor.ROLE, Fraction(4, 100), SHARE)
"""The share of contributors with one or more, of those who answered."""
TABLES = (
    CONTRIBUTORS,
    _premium(Factor.WORK_MODE, TENTH),
    _premium(Factor.EMPLOYMENT_TYPE, TENTH),
    _premium(Factor.EMPLOYER_TYPE, TENTH),
    _premium(Factor.EMPLOYER_SIZE, TENTH),
    _premium(Factor.EDUCATION, TENTH),
    _premium(Factor.EXPERIENCE, TENTH),
    _premium(Factor.METRO, TENTH),
    _premium(Factor.INDUSTRY, 2 * TENTH),
    _premium(Factor.SKILL, 3 * TENTH, values=10),
    _premium(Factor.BENEFIT, 2 * TENTH, values=10),
    _premium(Factor.SPECIALIZATION, TENTH, values=3),
    _premium(Factor.CERTIFICATION, TENTH, values=2),
    _mean(Measure.JOB_SATISFACTION),
    _mean(Measure.CAREER_GROWTH),
    _mean(Measure.WORK_LIFE_BALANCE),
    _mean(Measure.NEGOTIATION_UPLIFT, UPLIFT),
    COMPETING_OFFERS,
)
assert sum(table.epsilon for table in TABLES) <= BUDGET
BY_NAME = {table.name: table for table in TABLES}


@dataclass(frozen=True, slots=True)
class CountedContribution:
    """What the tables read of one contribution: the ids of its values by factor, and its amounts by the table's name.

    A role is the role family, and years of experience are their band.
    """

    id: UUID
    values: Mapping[Factor, Sequence[int]]
    amounts: Mapping[str, int] = field(default_factory=dict)

    def chosen(self, factor: Factor, most: int) -> Sequence[int]:
        """Its values of a factor, or as many as are allowed, chosen by a hash of the contribution and the value."""
        values = self.values.get(factor, ())
        return values if len(values) <= most else sorted(values, key=self._hash)[:most]

    def _hash(self, value: int) -> bytes:
        return sha256(self.id.bytes + str(value).encode()).digest()


def counted_contribution(
    id_: UUID, answers: SubmissionAnswers, median: float | None, taxonomy: Taxonomy, rates: Rates
) -> CountedContribution:
    """A contribution; `median` is the published median base salary of its cohort in US dollars, None without one."""
    known = {factor: taxonomy.lookup(factor, code) for factor, code in answers.one.items()}
    values: dict[Factor, Sequence[int]] = {factor: [value.id] for factor, value in known.items() if value}
    for factor in (Factor.ROLE, Factor.EXPERIENCE):
        values[factor] = [taxonomy.root(number) for number in values.get(factor, ())]
    for factor, codes in answers.many.items():
        found = (taxonomy.lookup(factor, code) for code in dict.fromkeys(codes))
        values[factor] = [value.id for value in found if value]
    ratio = None
    if median and answers.currency in rates:
        ratio = log(answers.base * rates.usd(answers.currency, answers.effective // 12) / median)
    amounts = {table.name: _amount(table, answers, ratio) for table in TABLES}
    return CountedContribution(id_, values, {name: amount for name, amount in amounts.items() if amount is not None})


def _amount(table: ProtectedTable, answers: SubmissionAnswers, ratio: float | None) -> int | None:
    """The amount that a contribution adds to the cells of a table; None if it is in none."""
    amount: float | None = None
    if table is COMPETING_OFFERS:
        offers = answers.one.get(Factor.COMPETING_OFFERS)
        amount = None if offers is None else float(offers != "0")
    elif table.measure is Measure.BASE_SALARY:
        amount = ratio
    elif table.measure is Measure.NEGOTIATION_UPLIFT:
        amount = _uplift(answers)
    elif table.measure:
        amount = answers.scores.get(table.measure)
    return None if amount is None or table.quantity is None else table.quantity.encode(amount)


def _uplift(answers: SubmissionAnswers) -> float | None:
    """By how many percent the total exceeds the first offer, which may include whatever is missing from the total."""
    if answers.initial_offer is None or not answers.has_total:
        return None
    return 100 * (answers.total / answers.initial_offer - 1)


@dataclass(frozen=True, slots=True)
class ProtectedCell:
    """A published cell: the noisy number of contributors, and the mean of the quantity with its interval."""

    table_name: str
    value: int
    country: int
    number: int
    mean: float | None = None
    low: float | None = None
    high: float | None = None


def protected_cells(
    contributions: Sequence[CountedContribution], taxonomy: Taxonomy, noise: Noise = discrete_laplace
) -> list[ProtectedCell]:
    """The published cells of all tables over a year's contributions, each in it once, with new noise."""
    return [cell for table in TABLES for cell in _published(table, ExactSums.of(table, contributions), taxonomy, noise)]


def countries_of(taxonomy: Taxonomy) -> list[int]:
    """The ids of all countries, without continents."""
    return [country.id for country in taxonomy.values(Factor.COUNTRY) if country.parent is not None]


def cells_of(table: ProtectedTable, taxonomy: Taxonomy) -> list[Cell]:
    """All cells of a table, published or not: families, bands or values; of each country, if the table is by country."""
    whole = table.factor in (Factor.ROLE, Factor.EXPERIENCE)
    values = taxonomy.roots(table.factor) if whole else taxonomy.values(table.factor)
    countries = [WORLD]
    if table is CONTRIBUTORS:
        countries = countries_of(taxonomy)
    return [(value.id, country) for country in countries for value in values]


@dataclass(frozen=True, slots=True)
class ExactSums:
    """The sums of a table before noise, which are never published."""

    numbers: Mapping[Cell, int]
    totals: Mapping[Cell, int]
    squares: int

    @classmethod
    def of(cls, table: ProtectedTable, contributions: Sequence[CountedContribution]) -> "ExactSums":
        numbers: Counter[Cell] = Counter()
        totals: Counter[Cell] = Counter()
        squares = 0
        for cell, amount in _entries(table, contributions):
            numbers[cell] += 1
            totals[cell] += amount
            squares += amount * amount
        return cls(numbers, totals, squares)


def _entries(table: ProtectedTable, contributions: Sequence[CountedContribution]) -> Iterator[tuple[Cell, int]]:
    """At most `values` entries of each contribution, with amounts within the bound of the quantity."""
    for one in contributions:
        if table is CONTRIBUTORS:
            country = one.values.get(Factor.COUNTRY, ())
            yield from (((value, country[0]), 0) for value in one.chosen(table.factor, 1) if country)
        elif table.name in one.amounts:
            amount = one.amounts[table.name]
            yield from (((value, WORLD), amount) for value in one.chosen(table.factor, table.values))


def _published(table: ProtectedTable, exact: ExactSums, taxonomy: Taxonomy, noise: Noise) -> list[ProtectedCell]:
    """The cells with a noisy number from the minimum on. Noise is added to each cell, also of those that nobody has."""
    cells = cells_of(table, taxonomy)
    numbers = {cell: exact.numbers.get(cell, 0) + noise(table.number_scale) for cell in cells}
    shown = [cell for cell in cells if numbers[cell] >= table.minimum]
    if table.quantity is None:
        shown_numbers = {cell: numbers[cell] for cell in shown} | _remaining(table, numbers, taxonomy)
        return [ProtectedCell(table.name, *cell, number) for cell, number in shown_numbers.items()]
    totals = {cell: exact.totals.get(cell, 0) + noise(table.total_scale) for cell in cells}
    squares = 0 if table.quantity.binary else exact.squares + noise(table.spread_scale)
    variance = _variance(squares, sum(numbers.values()), [(totals[cell], numbers[cell]) for cell in shown])
    return [_cell(table, cell, numbers[cell], totals[cell], variance) for cell in shown]


def _remaining(table: ProtectedTable, numbers: Mapping[Cell, int], taxonomy: Taxonomy) -> dict[Cell, int]:
    """The noisy numbers that are not published, added up by continent, and those of the other continents over the world.

    It costs no epsilon, since it uses nothing but numbers with noise. The noise adds up as well, so that a sum is published
    only if it is also at least REMAINING_SIGMAS of its standard deviation.
    """
    published: dict[Cell, int] = {}
    left = {cell: (number, 1) for cell, number in numbers.items() if number < table.minimum}
    for widen in (taxonomy.root, lambda _: WORLD):
        sums: dict[Cell, tuple[int, int]] = {}
        for (value, place), (number, cells) in left.items():
            total, summed = sums.get((value, widen(place)), (0, 0))
            sums[value, widen(place)] = total + number, summed + cells
        enough = {
            cell: number
            for cell, (number, cells) in sums.items()
            if number >= max(table.minimum, REMAINING_SIGMAS * float(table.number_scale) * sqrt(2 * cells))
        }
        published |= enough
        left = {cell: summed for cell, summed in sums.items() if cell not in enough}
    return published


def _variance(squares: int, number: int, shown: Sequence[tuple[int, int]]) -> float:
    """The variance of an amount over all cells together, from noisy sums.

    `shown` are the noisy totals and numbers of the published cells, whose mean represents that of all.
    """
    people = sum(number for _, number in shown)
    mean = sum(total for total, _ in shown) / people if people else 0.0
    return max(0.0, squares / max(number, people, 1) - mean**2)


def _cell(table: ProtectedTable, cell: Cell, number: int, total: int, variance: float) -> ProtectedCell:
    """A published cell; its variance is at most that of amounts that are all at the bounds, as binary ones are."""
    quantity, mean = table.quantity, total / number
    assert quantity
    largest = max(0.0, quantity.bound**2 - mean**2)
    interval = noisy_mean_interval(
        total,
        number,
        largest if quantity.binary else min(variance, largest),
        total_scale=table.total_scale,
        number_scale=table.number_scale,
        level=INTERVAL_LEVEL,
    )
    return ProtectedCell(table.name, *cell, number, *map(quantity.decode, (mean, interval.low, interval.high)))
