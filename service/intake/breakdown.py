"""Breakdowns: what the protected tables of the latest year say, with the method and the price of each figure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import expm1

from service.errors import InputError, collected_problems
from service.index.index import Index
from service.intake.protected_tables import (
    COMPETING_OFFERS,
    CONTRIBUTORS,
    INTERVAL_LEVEL,
    PREMIUM,
    TABLES,
    ProtectedTable,
    countries_of,
)
from service.intake.world import world_medians
from service.stats.discrete_laplace import count_margin
from service.stats.percentiles import ConfidenceInterval
from service.store import protected_tables as store
from service.store.database import Database, Edition
from service.store.protected_tables import PublishedCell, Spending
from service.vocabulary.factors import FACTORS, Factor
from service.vocabulary.measures import MEASURES, Measure, Unavailable, UnavailableCode
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import FactorValue

PREMIUM_FACTORS = tuple(table.factor for table in TABLES if table.quantity is PREMIUM)
FAMILY_MEASURES = tuple(table.measure for table in TABLES if table.measure and table.factor is Factor.ROLE)
"""The measures whose means are by role family."""
RELEASED_MEASURES = (Measure.BASE_SALARY, Measure.TOTAL_COMPENSATION)
"""The measures that contributed records have."""
_NUMBERS_AND_SHARES: dict[Factor | None, ProtectedTable] = {
    **dict.fromkeys((None, Factor.ROLE, Factor.COUNTRY), CONTRIBUTORS),
    Factor.COMPETING_OFFERS: COMPETING_OFFERS,
}
"""The tables that are of no measure, by the factor that is asked for."""


@dataclass(frozen=True, slots=True)
class ContributedRow:
    """The figures of one value, each with noise; None for figures that the table does not have."""

    value: FactorValue
    contributors: int
    premium_percent: float | None = None
    premium_interval: ConfidenceInterval | None = None
    mean: float | None = None
    mean_interval: ConfidenceInterval | None = None
    records: int | None = None
    median: float | None = None
    median_interval: ConfidenceInterval | None = None


@dataclass(frozen=True, slots=True)
class ContributedBreakdown:
    """A protected table of a year, or a part of it, or why there is none; `epsilon` is the price of the whole table."""

    factor: Factor | None
    measure: Measure
    year: int
    rows: Sequence[ContributedRow]
    unavailable: Unavailable | None
    epsilon: float
    method: str


def _country(taxonomy: Taxonomy, code: str) -> FactorValue:
    place = taxonomy.find(Factor.COUNTRY, code)
    if place.parent is None:
        raise InputError(f"{place.label} is a continent. Give a country.")
    return place


def _role_family(taxonomy: Taxonomy, code: str) -> FactorValue:
    family = taxonomy.find(Factor.ROLE, code)
    if taxonomy.root(family.id) != family.id:
        wider = taxonomy[taxonomy.root(family.id)].code
        raise InputError(f"{family.code!r} is a role. Give its role family, {wider!r}.", suggestions=(wider,))
    return family


@dataclass(frozen=True, slots=True)
class BreakdownQuery:
    """What is broken down; `country` and `role_family` are values, None for all."""

    factor: Factor | None
    measure: Measure
    country: FactorValue | None = None
    role_family: FactorValue | None = None

    @classmethod
    def of(
        cls, taxonomy: Taxonomy, factor: Factor | None, measure: Measure, country: str | None, role_family: str | None
    ) -> "BreakdownQuery":
        """Raises InputError for unknown codes, continents, and roles that are not families."""
        place = family = None
        with collected_problems() as problems:
            with problems.at("country"):
                place = None if country is None else _country(taxonomy, country)
            with problems.at("role_family"):
                family = None if role_family is None else _role_family(taxonomy, role_family)
        return cls(factor, measure, place, family)

    @property
    def is_world(self) -> bool:
        """Whether it is about world medians by role family."""
        whole = self.country is None and self.role_family is None
        return whole and self.factor in (None, Factor.ROLE) and self.measure in RELEASED_MEASURES

    @property
    def table(self) -> ProtectedTable | None:
        """The table that has the figures; None if there is none."""
        if self.is_world:
            return CONTRIBUTORS
        if self.measure is Measure.BASE_SALARY and self.factor in _NUMBERS_AND_SHARES:
            return _NUMBERS_AND_SHARES[self.factor]
        factor = self.factor or Factor.ROLE
        return next((table for table in TABLES if (table.factor, table.measure) == (factor, self.measure)), None)

    @property
    def rows_factor(self) -> Factor | None:
        """The factor of the values of rows: countries for counts of one role family, otherwise that of the table."""
        if self.table is CONTRIBUTORS and self.role_family and not self.country:
            return Factor.COUNTRY
        return self.table.factor if self.table else self.factor

    def problem(self) -> str | None:
        """Why no table has what is asked for, and what to do; None if one does."""
        table = self.table
        if table is None:
            return f"There is no protected table of {MEASURES[self.measure].label} by {self._factor_label}. {_WHICH}"
        if table is CONTRIBUTORS:
            if self.is_world or self.country or self.role_family:
                return None
            return "Numbers of contributors are by country and role family. Give a country, a role family or both."
        if self.country:
            return "This table is for the world, not for countries. Remove `country`."
        if self.role_family and table.factor is not Factor.ROLE:
            return f"This table is by {self._factor_label} alone. Remove `roleFamily`."
        return None

    @property
    def _factor_label(self) -> str:
        return FACTORS[self.factor or Factor.ROLE].label

    def available(self) -> list[Measure]:
        """The measures that have a table for the factor."""
        return [
            measure
            for measure in (*RELEASED_MEASURES, *FAMILY_MEASURES)
            if BreakdownQuery(self.factor, measure, self.country, self.role_family).problem() is None
        ]

    def includes(self, cell: PublishedCell) -> bool:
        """Whether a cell of the table is asked for."""
        in_country = self.country is None or cell.country == self.country.id
        return in_country and (self.role_family is None or cell.value == self.role_family.id)


_WHICH = (
    f"Base salaries are by {', '.join(FACTORS[factor].label for factor in PREMIUM_FACTORS)}; "
    f"{', '.join(MEASURES[measure].label for measure in FAMILY_MEASURES)} by role family."
)


async def contributed_breakdown(database: Database, index: Index, query: BreakdownQuery) -> ContributedBreakdown:
    """The figures of the latest year that was published up to an index's edition; raises NeedsIndex for world medians."""
    edition, taxonomy = index.edition, index.reference.taxonomy
    table, problem = query.table, query.problem()
    if table is None or problem:
        return _without_rows(query, edition, problem or "")
    async with database.read(edition) as connection:
        spending = await store.fetch_latest(connection, table.name, edition.number)
        cells = await store.fetch_cells(connection, table.name, spending.year) if spending else []
    if spending is None:
        year = edition.published_at.year
        return _without_rows(
            query,
            edition,
            f"No protected tables are published yet. They are made once a year, when it has ended: those of {year} in the "
            f"first release of {year + 1}.",
        )
    if query.is_world:
        await index.prepare(query.measure)
        rows = sorted(_world_rows(index, query.measure), key=lambda row: (-row.contributors, row.value.label))
        few = "No role family has enough contributors for a world median."
    else:
        rows = _rows(query, table, [cell for cell in cells if query.includes(cell)], taxonomy)
        few = f"No value has the {table.minimum:,} contributors that this table needs."
    return ContributedBreakdown(
        factor=query.rows_factor,
        measure=query.measure,
        year=spending.year,
        rows=rows,
        unavailable=None if rows else Unavailable(UnavailableCode.TOO_FEW_RECORDS, few, query.available()),
        epsilon=spending.epsilon,
        method=f"{_WORLD_METHOD} {_method(table, spending)}" if query.is_world else _method(table, spending),
    )


def _without_rows(query: BreakdownQuery, edition: Edition, message: str) -> ContributedBreakdown:
    return ContributedBreakdown(
        factor=query.rows_factor,
        measure=query.measure,
        year=edition.published_at.year,
        rows=(),
        unavailable=Unavailable(UnavailableCode.NOT_PUBLISHED, message, query.available()),
        epsilon=0.0,
        method="",
    )


_WORLD_METHOD = (
    "Medians of contributed records, in which each country has the weight of its number of contributors in the role family; "
    "countries without a number share that of the remaining ones of their continent or the world. Intervals are Woodruff's "
    "and include the noise of the numbers."
)


def _world_rows(index: Index, measure: Measure) -> Iterator[ContributedRow]:
    found = index.cache.get_or_create(("world medians", measure), lambda: list(world_medians(index, measure)))
    for one in found:
        yield ContributedRow(
            index.reference.taxonomy[one.family],
            one.contributors,
            records=one.records,
            median=one.median,
            median_interval=one.interval,
        )


def _rows(
    query: BreakdownQuery, table: ProtectedTable, cells: Sequence[PublishedCell], taxonomy: Taxonomy
) -> list[ContributedRow]:
    """In the order of an ordered factor, otherwise by number of contributors."""
    by_country = query.rows_factor is Factor.COUNTRY
    if by_country:
        known = set(countries_of(taxonomy))
        cells = [cell for cell in cells if cell.country in known]
    rows = [_row(table, cell, taxonomy[cell.country if by_country else cell.value]) for cell in cells]
    if FACTORS[table.factor].ordered:
        return sorted(rows, key=lambda row: taxonomy.rank(row.value.id))
    return sorted(rows, key=lambda row: (-row.contributors, row.value.label))


def _row(table: ProtectedTable, cell: PublishedCell, value: FactorValue) -> ContributedRow:
    if cell.mean is None or cell.low is None or cell.high is None:
        return ContributedRow(value, cell.number)
    figures = (cell.mean, cell.low, cell.high)
    if table.quantity is PREMIUM:
        percent, low, high = (100 * expm1(figure) for figure in figures)
        return ContributedRow(value, cell.number, percent, ConfidenceInterval(low, high, INTERVAL_LEVEL))
    interval = ConfidenceInterval(cell.low, cell.high, INTERVAL_LEVEL)
    return ContributedRow(value, cell.number, mean=cell.mean, mean_interval=interval)


def _method(table: ProtectedTable, spending: Spending) -> str:
    """How the figures of a table came about, in English."""
    most = f" A contributor counts for at most {table.values} values, chosen at random." if table.values > 1 else ""
    noise = (
        f"Over the contributions counted in {spending.year}, published or not, with discrete Laplace noise (differential "
        f"privacy with epsilon {spending.epsilon:g} for the table): {INTERVAL_LEVEL:.0%} of counts are within "
        f"{count_margin(table.number_scale, INTERVAL_LEVEL):,} of the exact one. A value is shown if its "
        f"number is at least {table.minimum:,}.{most}"
    )
    if table.quantity is None:
        return noise
    return f"{_meaning(table)} {noise} Intervals include the noise and the sampling of people."


def _meaning(table: ProtectedTable) -> str:
    assert table.quantity
    low, high = (table.quantity.decode(side * table.quantity.bound) for side in (-1, 1))
    if table.quantity is PREMIUM:
        return (
            "Geometric mean of base salaries by the published median of the role, or role family, in the contributor's "
            f"country, whose logarithms are limited to {low:g} to {high:g}."
        )
    if table.quantity.binary:
        return "Share of the contributors with at least one competing offer, 0 to 1, of those who answered."
    return f"Mean over the contributors who answered, of values limited to {low:g} to {high:g}."
