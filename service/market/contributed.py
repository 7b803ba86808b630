"""Contributed records in a cohort: number of contributors, countries, and effect on the median.

Contributors are not a sample of the market: countries with many of them are overrepresented in what is published, since
others often do not reach the size of a class. What networks can do to a figure is bounded when they contribute; a median
that contributions have moved is marked here. Cohorts without contributed records cost one count.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from service.counts import count_of
from service.index.index import Index
from service.index.selection import Selection
from service.stats.percentiles import percentile, percentile_interval
from service.stats.suppression import Caution, CautionCode, SuppressionRules
from service.vocabulary.conditions import AnyOf, Condition, Conditions, Effective, NotAll
from service.vocabulary.contribution_class import CONTRIBUTORS
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Basis, Measure
from service.vocabulary.units import quarter_code

INTERVAL_LEVEL = 0.95
_QUARTER_MONTHS, _YEAR_MONTHS = 3, 12


@dataclass(frozen=True, slots=True)
class ContributedSample:
    """The contributed records that a figure rests on, and about how many contributors there were in a year.

    `contributors` adds up the published numbers, with noise, of the role families and countries of the records. It is None
    if none of these has a number, and `year` if no numbers are published.
    """

    records: int
    contributors: int | None
    year: int | None


@dataclass(frozen=True, slots=True)
class ContributedRecords:
    """The contributed records among those that meet some conditions and carry a measure, whose values are `values`."""

    index: Index
    conditions: Conditions
    measure: Measure
    basis: Basis
    values: Selection
    source: AnyOf
    count: int

    @classmethod
    def among(
        cls, index: Index, conditions: Conditions, measure: Measure, basis: Basis, values: Selection
    ) -> "ContributedRecords | None":
        """Contributed records among `values`; None if there are none."""
        source = index.reference.taxonomy.lookup(Factor.SOURCE, CONTRIBUTORS)
        if source is None or not index.records(source.id):
            return None
        count = values.counts((source.id,)).get(source.id, 0)
        condition = AnyOf(Factor.SOURCE, frozenset({source.id}))
        return cls(index, conditions, measure, basis, values, condition, count) if count else None

    @property
    def selection(self) -> Selection:
        return self.values.within(self.source)

    def sample(self) -> ContributedSample:
        """Their number, and the approximate number of contributors."""
        numbers = self.index.contributors
        if numbers is None:
            return ContributedSample(self.count, None, None)
        found = [numbers.cells[cell] for cell in self._published_counts(numbers.cells)]
        return ContributedSample(self.count, sum(found) if found else None, numbers.year)

    def _published_counts(self, cells: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """Those of some role families and countries that have records."""
        known = self._countries()
        countries: dict[int, list[int]] = {}
        for family, country in cells:
            if country in known:
                countries.setdefault(family, []).append(country)
        for family in self.selection.counts(sorted(countries)):
            within = self.selection.within(AnyOf(Factor.ROLE, frozenset({family})))
            yield from ((family, country) for country in within.counts(sorted(countries[family])))

    def cautions(self, currency: str, rules: SuppressionRules) -> Iterator[Caution]:
        """Cautions about a figure that rests on them; amounts are in a currency."""
        if self._pools_countries():
            records = count_of(self.count, "contributed record")
            yield Caution(
                CautionCode.POOLED_COUNTRIES,
                f"Combines {records} with records of other countries; countries with many contributors are "
                "overrepresented. Filter by country.",
            )
        yield from self._median_moved_caution(currency, rules)

    def _countries(self) -> set[int]:
        """All countries, without continents."""
        countries = self.index.reference.taxonomy.values(Factor.COUNTRY)
        return {value.id for value in countries if value.parent is not None}

    def _pools_countries(self) -> bool:
        """Whether the cohort has records of several countries; contributed ones of a continent are."""
        countries = self.selection.counts(sorted(self._countries()))
        if len(countries) != 1 or sum(countries.values()) < self.count:
            return True
        return self.values.counts(countries)[min(countries)] < self.values.count_reported(Factor.COUNTRY)

    def _median_moved_caution(self, currency: str, rules: SuppressionRules) -> Iterator[Caution]:
        """A caution if the median has left the 95% interval that it had a year ago, without the records released since."""
        published = self.index.edition.published_at
        month = published.year * 12 + published.month - 1 - _YEAR_MONTHS
        since = month - month % _QUARTER_MONTHS
        recent: Condition = NotAll((self.source, Effective(since, None)))
        before = self.index.selection((*self.conditions, recent), self.measure, self.basis)
        if len(before) == len(self.values) or rules.suppression(len(before)):
            return
        interval, median = percentile_interval(before, 0.5, INTERVAL_LEVEL), percentile(self.values, 0.5)
        if interval and not interval.low <= median <= interval.high:
            low, high, now = (f"{currency} {amount:,.0f}" for amount in (interval.low, interval.high, median))
            yield Caution(
                CautionCode.MEDIAN_MOVED,
                f"Records contributed since {quarter_code(since).upper()} moved the median to {now}, outside its "
                f"{INTERVAL_LEVEL:.0%} confidence interval of a year ago ({low} to {high}).",
            )
