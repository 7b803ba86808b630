"""The registry of measures: the numbers on a record. Money is gross, full-time equivalent, US dollars a year."""

from dataclasses import dataclass
from enum import StrEnum


class Measure(StrEnum):
    """A number on a record; the value is its column in `salary_record`."""

    __hash__ = str.__hash__  # as it equals its text

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
    """What a measure is counted in."""

    MONEY_PER_YEAR = "money_per_year"
    PERCENT = "percent"
    SCORE_1_TO_5 = "score_1_to_5"


class Adjustment(StrEnum):
    """What an amount is divided by before it is compared."""

    NONE = "none"
    COST_OF_LIVING = "cost_of_living"


@dataclass(frozen=True, slots=True)
class MeasureSpec:
    """One entry of the registry; the API shows `description`. Every stored value is a whole number between `low` and `high` of its unit."""

    measure: Measure
    label: str
    description: str
    unit: Unit
    low: int
    high: int


_SPECS = (
    MeasureSpec(
        Measure.BASE_SALARY, "base salary", "Fixed pay before bonus and equity.", Unit.MONEY_PER_YEAR, 1, 100_000_000
    ),
    MeasureSpec(Measure.BONUS, "bonus", "Bonus per year, target or paid.", Unit.MONEY_PER_YEAR, 0, 100_000_000),
    MeasureSpec(
        Measure.EQUITY, "equity", "Equity grant per year of its vesting period.", Unit.MONEY_PER_YEAR, 0, 1_000_000_000
    ),
    MeasureSpec(Measure.TOTAL_CASH, "total cash", "Base salary plus bonus.", Unit.MONEY_PER_YEAR, 1, 200_000_000),
    MeasureSpec(
        Measure.TOTAL_COMPENSATION,
        "total compensation",
        "Total cash plus equity; missing if the source reports only base salary.",
        Unit.MONEY_PER_YEAR,
        1,
        1_200_000_000,
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
