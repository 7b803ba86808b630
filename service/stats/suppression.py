"""Suppression: which figures of a sample are reliable enough to show, and the cautions that go with them. Pure.

It keeps no single value secret: cohorts can be subtracted from each other, and percentile ranks show where values lie. What
contributors' records contain is protected before they are published.

This module is the only place that decides. `SuppressionRules` holds the thresholds and answers the two questions that the
rest of the service has: whether a sample is suppressed, and whether a percentile of it may be shown. To change the rule,
change it here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from service.counts import count_of
from service.limits import MINIMUM_RECORDS


class SuppressionCode(StrEnum):
    TOO_FEW_RECORDS = "too_few_records"
    TOO_FEW_EMPLOYERS = "too_few_employers"


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why a cohort is suppressed, and the `minimum` that it would have to reach."""

    code: SuppressionCode
    message: str
    minimum: int


@dataclass(frozen=True, slots=True)
class SuppressionRules:
    """Minimum sample sizes: for any figure, for percentiles outside P25 to P75, and for those outside P10 to P90."""

    min_records: int = MINIMUM_RECORDS
    min_records_outer: int = 10
    min_records_extreme: int = 20

    def suppression(self, records: int) -> Suppression | None:
        """The reason to suppress a sample of this many records; None if its figures may be shown.

        >>> SuppressionRules().suppression(4).message
        'Cohorts of fewer than 5 records are suppressed; this one has 4. Remove a filter.'
        """
        if records >= self.min_records:
            return None
        return Suppression(
            SuppressionCode.TOO_FEW_RECORDS,
            f"Cohorts of fewer than {self.min_records} records are suppressed; this one has {records}. Remove a filter.",
            self.min_records,
        )

    def allows_percentile(self, p: float, records: int) -> bool:
        """Whether the percentile p (0 to 1) of this many records may be shown.

        Of the outermost percentiles none that is the minimum or the maximum, or is interpolated from one of them.

        >>> [SuppressionRules().allows_percentile(p, 19) for p in (0.5, 0.1, 0.05)]
        [True, True, False]
        """
        if 0.25 <= p <= 0.75:
            return self.suppression(records) is None
        if 0.1 <= p <= 0.9:
            return records >= self.min_records_outer
        return records >= self.min_records_extreme and 1 <= p * (records - 1) <= records - 2

    def at_least(self, records: int) -> int:
        """The minimum sample size of a method that needs `records`: at least that of any figure.

        >>> SuppressionRules().at_least(20), SuppressionRules(min_records=25).at_least(20)
        (20, 25)
        """
        return max(records, self.min_records)


DEFAULT_RULES = SuppressionRules()


class Confidence(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


MIN_MEDIUM_CONFIDENCE, MIN_HIGH_CONFIDENCE = 15, 50


def confidence(records: int) -> Confidence:
    """How far figures of this many records can be relied on.

    >>> [confidence(n).value for n in (14, 15, 49, 50)]
    ['low', 'medium', 'medium', 'high']
    """
    if records < MIN_MEDIUM_CONFIDENCE:
        return Confidence.LOW
    return Confidence.MEDIUM if records < MIN_HIGH_CONFIDENCE else Confidence.HIGH


class CautionCode(StrEnum):
    SMALL_SAMPLE = "small_sample"
    FEW_EMPLOYERS = "few_employers"
    DOMINATED_BY_ONE_EMPLOYER = "dominated_by_one_employer"
    POSTED_RANGES = "posted_ranges"
    SAMPLE_DATA = "sample_data"
    OLD_DATA = "old_data"
    OLD_RATE = "old_rate"
    MIXED_SOURCES = "mixed_sources"
    PARTIAL_COVERAGE = "partial_coverage"
    DIFFERENT_SOURCES = "different_sources"
    POOLED_COUNTRIES = "pooled_countries"
    MEDIAN_MOVED = "median_moved"


@dataclass(frozen=True, slots=True)
class Caution:
    """A limitation of a cohort's figures."""

    code: CautionCode
    message: str


MIN_EMPLOYERS, MAX_EMPLOYER_SHARE = 5, 0.25
"""Fewer known employers, or a larger share of the records of one employer, bring a caution."""


MIN_COVERAGE, MAX_SOURCE_SHIFT = 0.5, 0.2
"""A smaller share of a cohort's records that report a measure, or a larger distance of their mix of data sets from that of
the cohort, brings a caution."""

MAX_SOURCE_DISTANCE = 0.5
"""A larger distance between the mixes of data sets of samples that are compared brings a caution."""

MAX_NAMED_SOURCES = 3
"""Data sets that a caution names; it counts the others."""

SourceCounts = Mapping[int, int]
"""The number of records by the id of their data set."""


def is_partial(reporting: SourceCounts, cohort: SourceCounts) -> bool:
    """Whether the records that report a measure may say little about their cohort: few of all, or of another mix.

    >>> is_partial({1: 50}, {1: 100}), is_partial({1: 49}, {1: 100}), is_partial({1: 79}, {1: 79, 2: 21})
    (False, True, True)
    """
    return _covers_little(sum(reporting.values()), sum(cohort.values())) or _distance(reporting, cohort) > MAX_SOURCE_SHIFT


def differ_in_sources(first: SourceCounts, second: SourceCounts) -> bool:
    """Whether samples that are compared come mostly from different data sets.

    >>> differ_in_sources({1: 10, 2: 10}, {1: 5}), differ_in_sources({1: 10, 2: 11}, {1: 5})
    (False, True)
    """
    return _distance(first, second) > MAX_SOURCE_DISTANCE


def _covers_little(reporting: int, size: int) -> bool:
    return reporting < size * MIN_COVERAGE


def _distance(first: SourceCounts, second: SourceCounts) -> float:
    """The share of records, 0 to 1, that would have to come from other data sets for both mixes to be the same.

    It is the total variation distance of the shares: half the sum of their absolute differences.
    """
    sizes = sum(first.values()), sum(second.values())
    differences = (abs(first.get(one, 0) * sizes[1] - second.get(one, 0) * sizes[0]) for one in {*first, *second})
    return sum(differences) / (2 * sizes[0] * sizes[1])  # of whole numbers, so that the quotient is rounded only once


@dataclass(frozen=True, slots=True)
class Population:
    """What some records come from: their number by the label of each data set, and their first and last year."""

    sources: Mapping[str, int]
    years: tuple[int, int]

    @property
    def size(self) -> int:
        return sum(self.sources.values())

    @property
    def description(self) -> str:
        """The largest data sets with their shares of the records, and the years.

        >>> Population({"A": 3, "B": 1}, (2024, 2025)).description, Population({"B": 1}, (2024, 2024)).description
        ('A (75%), B (25%), 2024 to 2025', 'B, 2024')
        """
        ranked = sorted(self.sources.items(), key=lambda pair: (-pair[1], pair[0]))
        named, others = ranked[:MAX_NAMED_SOURCES], ranked[MAX_NAMED_SOURCES:]
        if others:
            named.append((count_of(len(others), "other"), sum(count for _, count in others)))
        labels = [f"{label} ({_percentage(count, self.size).lower()})" for label, count in named]
        years = " to ".join(str(year) for year in dict.fromkeys(self.years))
        return ", ".join([*(labels if len(named) > 1 else self.sources), years])


@dataclass(frozen=True, slots=True)
class Coverage:
    """The records that report a measure, which `label` names, compared with all of their cohort.

    `alternative` is the comparable measure that most records report, if more report it: a text that names it.
    """

    label: str
    reporting: Population
    cohort: Population
    alternative: str | None = None


@dataclass(frozen=True, slots=True)
class SampleMix:
    """Composition of a sample: its size, records by kind of source, records of each known employer, records over three
    years old, records converted at an old exchange rate; `coverage` if it is only a part of its cohort by `is_partial`."""

    size: int
    kinds: Mapping[str, int]
    employers: tuple[int, ...]
    old: int
    at_old_rates: int = 0
    coverage: Coverage | None = None


def cautions(mix: SampleMix) -> list[Caution]:
    """Cautions that apply to a cohort of this composition.

    >>> [caution.code.value for caution in cautions(SampleMix(100, {"survey": 90, "sample": 10}, (), 60))]
    ['sample_data', 'mixed_sources', 'old_data']
    """
    return [
        *_size_cautions(mix),
        *_coverage_cautions(mix.coverage),
        *_employer_cautions(mix),
        *_source_cautions(mix),
        *_age_cautions(mix),
        *_rate_cautions(mix),
    ]


def _size_cautions(mix: SampleMix) -> Iterator[Caution]:
    if confidence(mix.size) is Confidence.LOW:
        message = f"Based on only {mix.size} records. A few more could change the figures considerably."
        yield Caution(CautionCode.SMALL_SAMPLE, message)


def _coverage_cautions(coverage: Coverage | None) -> Iterator[Caution]:
    if coverage is None:
        return
    reporting, everyone = coverage.reporting, coverage.cohort
    only = "Only " if _covers_little(reporting.size, everyone.size) else ""
    found = f"{only}{reporting.size:,} of the {everyone.size:,} records of this cohort report {coverage.label}"
    same = reporting.description == everyone.description
    parts = [
        f"{found}; the others may differ." if same else f"{found}: {reporting.description}.",
        "" if same else f"Whole cohort: {everyone.description}.",
        f"{coverage.alternative}." if coverage.alternative else "",
        "" if same else _COMPARE_LIKE_WITH_LIKE.format("source" if len(everyone.sources) > 1 else "period"),
    ]
    yield Caution(CautionCode.PARTIAL_COVERAGE, " ".join(filter(None, parts)))


def different_sources(finding: str, compared: Mapping[str, Population]) -> Caution:
    """The caution that samples, by what they are called, come mostly from different data sets.

    >>> a, b = Population({"A": 1}, (2024, 2024)), Population({"B": 1}, (2025, 2025))
    >>> different_sources("They differ.", {"`a`": a, "`b`": b}).message
    'They differ. `a`: A, 2024. `b`: B, 2025. Filter by source to compare like with like.'
    """
    named = " ".join(f"{name}: {population.description}." for name, population in compared.items())
    return Caution(CautionCode.DIFFERENT_SOURCES, f"{finding} {named} {_COMPARE_LIKE_WITH_LIKE.format('source')}")


_COMPARE_LIKE_WITH_LIKE = "Filter by {} to compare like with like."


def _employer_cautions(mix: SampleMix) -> Iterator[Caution]:
    known = sum(mix.employers)
    if not known:
        return
    if len(mix.employers) < MIN_EMPLOYERS:
        yield Caution(CautionCode.FEW_EMPLOYERS, f"Includes only {count_of(len(mix.employers), 'known employer')}.")
    largest = max(mix.employers)
    if largest > known * MAX_EMPLOYER_SHARE:
        message = f"One employer accounts for {round(100 * largest / known)}% of the records with a known employer."
        yield Caution(CautionCode.DOMINATED_BY_ONE_EMPLOYER, message)


def _source_cautions(mix: SampleMix) -> Iterator[Caution]:
    posted, sample = mix.kinds.get("posted-range", 0), mix.kinds.get("sample", 0)
    if posted:
        message = f"{_percentage(posted, mix.size)} of the records are advertised pay, not pay received."
        yield Caution(CautionCode.POSTED_RANGES, message)
    if sample:
        message = f"{_percentage(sample, mix.size)} of the records are generated sample data."
        yield Caution(CautionCode.SAMPLE_DATA, message)
    if sum(count > 0 for count in mix.kinds.values()) > 1:
        mixed = "advertised and reported pay" if posted else "types of source"
        yield Caution(CautionCode.MIXED_SOURCES, f"Mixes {mixed}. Filter by source type.")


def _age_cautions(mix: SampleMix) -> Iterator[Caution]:
    if mix.old > mix.size / 2:
        message = f"{_percentage(mix.old, mix.size)} of the records are over three years old."
        yield Caution(CautionCode.OLD_DATA, message)


def _rate_cautions(mix: SampleMix) -> Iterator[Caution]:
    if mix.at_old_rates:
        converted = "record was" if mix.at_old_rates == 1 else "records were"
        message = f"{mix.at_old_rates:,} {converted} converted at an exchange rate from more than a year before or after."
        yield Caution(CautionCode.OLD_RATE, message)


def _percentage(count: int, size: int) -> str:
    """
    >>> _percentage(1, 1000), _percentage(999, 1000), _percentage(2, 4)
    ('Under 1%', 'Over 99%', '50%')
    """
    percent = 100 * count / size
    if 0 < percent < 1:
        return "Under 1%"
    return "Over 99%" if 99 < percent < 100 else f"{round(percent)}%"
