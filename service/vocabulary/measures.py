"""The registry of measures: the numbers on a record. Money is stored gross, full-time equivalent, in US dollars per year.

Each measure is declared once, here, with its bounds, its columns and, for a total, its components.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

Amount = TypeVar("Amount", bound=Any)


class Measure(StrEnum):
    """A number on a record; the value is its column in `salary_record`."""

    __hash__ = str.__hash__  # equal to its text

    BASE_SALARY = "base_salary"
    BONUS = "bonus"
    EQUITY = "equity"
    TOTAL_CASH = "total_cash"
    TOTAL_COMPENSATION = "total_compensation"
    NEGOTIATION_UPLIFT = "negotiation_uplift"
    JOB_SATISFACTION = "job_satisfaction"
    CAREER_GROWTH = "career_growth"
    WORK_LIFE_BALANCE = "work_life_balance"


class Unit(StrEnum):
    """The unit of a measure."""

    MONEY_PER_YEAR = "money_per_year"
    PERCENT = "percent"
    SCORE_1_TO_5 = "score_1_to_5"


STORED_CURRENCY = "USD"
"""The currency of stored measures, and of exchange rates."""


class Adjustment(StrEnum):
    """Adjustment of amounts before they are compared."""

    NONE = "none"
    COST_OF_LIVING = "cost_of_living"


class Basis(NamedTuple):
    """What amounts of pay are compared in: a currency, and an adjustment."""

    currency: str = STORED_CURRENCY
    adjustment: Adjustment = Adjustment.NONE


DOLLARS = Basis()
"""US dollars of each record's own year, as stored."""


@dataclass(frozen=True, slots=True)
class MeasureSpec:
    """One entry of the registry; the API shows `description`.

    Every stored value is a whole number between `low` and `high`. `components` are the measures that a total adds up;
    `reported_columns` hold the amount in the reported currency (and the ends of its range). A total has one for amounts that
    were reported as such, which take precedence over the sum.
    """

    measure: Measure
    label: str
    description: str
    unit: Unit
    low: int
    high: int
    components: tuple[Measure, ...] = ()
    reported_columns: tuple[str, ...] = ()


_SPECS = (
    MeasureSpec(
        Measure.BASE_SALARY,
        "base salary",
        "Fixed pay before bonus and equity.",
        Unit.MONEY_PER_YEAR,
        1,
        100_000_000,
        reported_columns=("base_reported", "base_low", "base_high"),
    ),
    MeasureSpec(
        Measure.BONUS,
        "bonus",
        "Bonus per year, target or paid.",
        Unit.MONEY_PER_YEAR,
        0,
        100_000_000,
        reported_columns=("bonus_reported",),
    ),
    MeasureSpec(
        Measure.EQUITY,
        "equity",
        "Equity grant per year of its vesting period.",
        Unit.MONEY_PER_YEAR,
        0,
        1_000_000_000,
        reported_columns=("equity_reported",),
    ),
    MeasureSpec(
        Measure.TOTAL_CASH,
        "total cash",
        "Base salary plus bonus.",
        Unit.MONEY_PER_YEAR,
        1,
        200_000_000,
        components=(Measure.BASE_SALARY, Measure.BONUS),
        reported_columns=("total_cash_reported",),
    ),
    MeasureSpec(
        Measure.TOTAL_COMPENSATION,
        "total compensation",
        "Total cash plus equity; missing if the source reports only base salary.",
        Unit.MONEY_PER_YEAR,
        1,
        1_200_000_000,
        components=(Measure.BASE_SALARY, Measure.BONUS, Measure.EQUITY),
        reported_columns=("total_compensation_reported",),
    ),
    MeasureSpec(
        Measure.NEGOTIATION_UPLIFT,
        "negotiation uplift",
        "Increase of the first offer by negotiation, in percent.",
        Unit.PERCENT,
        -100,
        1_000,
    ),
    MeasureSpec(
        Measure.JOB_SATISFACTION, "job satisfaction", "Job satisfaction, score from 1 to 5.", Unit.SCORE_1_TO_5, 1, 5
    ),
    MeasureSpec(Measure.CAREER_GROWTH, "career growth", "Career growth, score from 1 to 5.", Unit.SCORE_1_TO_5, 1, 5),
    MeasureSpec(
        Measure.WORK_LIFE_BALANCE, "work-life balance", "Work-life balance, score from 1 to 5.", Unit.SCORE_1_TO_5, 1, 5
    ),
)

MEASURES: dict[Measure, MeasureSpec] = {spec.measure: spec for spec in _SPECS}

PAY = tuple(spec.measure for spec in _SPECS if spec.unit is Unit.MONEY_PER_YEAR)
TOTALS = {spec.measure: spec.components for spec in _SPECS if spec.components}
"""The components of each total."""
COMPONENTS = tuple(spec.measure for spec in _SPECS if spec.reported_columns and not spec.components)
"""The measures that sources and contributors report; totals are computed from them unless a source reports the total."""
COMPARED_BY = (Measure.TOTAL_COMPENSATION, Measure.BASE_SALARY)
"""Measures to compare pay by, the preferred one first. Many sources report base salaries only."""
REPORTED_COLUMN = {measure: MEASURES[measure].reported_columns[0] for measure in COMPONENTS}
"""The column of a component's amount in its reported currency."""
REPORTED_TOTAL = {total: MEASURES[total].reported_columns[0] for total in TOTALS}
"""The column of a total's amount in its reported currency, where the source reports the total as such."""
REPORTED_COLUMNS = tuple(column for spec in _SPECS for column in spec.reported_columns)
"""All columns with amounts in the reported currency, the ends of ranges included."""


class UnavailableCode(StrEnum):
    """Why figures are unavailable."""

    SUPPRESSED = "suppressed"
    TOO_FEW_RECORDS = "too_few_records"
    NOT_REPORTED = "not_reported"
    ZERO_MEDIAN = "zero_median"
    NOT_PUBLISHED = "not_published"
    NOT_COMPARABLE = "not_comparable"


@dataclass(frozen=True, slots=True)
class MeasureCoverage:
    """How many records of a cohort report a measure."""

    measure: Measure
    records: int


def most_reported_first(counts: Mapping[Measure, int]) -> list[MeasureCoverage]:
    """The measures that any records report, by descending number; of equal numbers those of COMPARED_BY come first.

    >>> [found.measure.name for found in most_reported_first({Measure.BONUS: 1, Measure.BASE_SALARY: 1, Measure.EQUITY: 2})]
    ['EQUITY', 'BASE_SALARY', 'BONUS']
    """
    preferred = (*COMPARED_BY, *(measure for measure in Measure if measure not in COMPARED_BY))
    reported = (MeasureCoverage(measure, counts[measure]) for measure in preferred if counts.get(measure))
    return sorted(reported, key=lambda found: -found.records)


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Why figures of a measure are unavailable, and the measures for which they may be.

    `data_sets` are the names of those of the catalogue that report what is missing and are not loaded.
    """

    code: UnavailableCode
    message: str
    available: Sequence[Measure] = ()
    data_sets: Sequence[str] = ()


def with_totals(amounts: Mapping[Measure, Amount]) -> dict[Measure, Amount]:
    """The amounts of components, and those totals whose components are all among them.

    >>> with_totals({Measure.BASE_SALARY: 100, Measure.BONUS: 20})[Measure.TOTAL_CASH]
    120
    >>> Measure.TOTAL_COMPENSATION in with_totals({Measure.BASE_SALARY: 100, Measure.BONUS: 20})
    False
    """
    totals = {
        total: sum(amounts[part] for part in components)
        for total, components in TOTALS.items()
        if all(part in amounts for part in components)
    }
    return {**amounts, **totals}
