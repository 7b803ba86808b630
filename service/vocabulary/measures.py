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
    """One entry of the registry; every stored value is a whole number between `low` and `high` of its unit."""

    measure: Measure
    label: str
    unit: Unit
    low: int
    high: int


_SPECS = (
    MeasureSpec(Measure.BASE_SALARY, "base salary", Unit.MONEY_PER_YEAR, 1, 100_000_000),
    MeasureSpec(Measure.BONUS, "bonus", Unit.MONEY_PER_YEAR, 0, 100_000_000),
    MeasureSpec(Measure.EQUITY, "equity", Unit.MONEY_PER_YEAR, 0, 1_000_000_000),
    MeasureSpec(Measure.TOTAL_CASH, "total cash", Unit.MONEY_PER_YEAR, 1, 200_000_000),
    MeasureSpec(Measure.TOTAL_COMPENSATION, "total compensation", Unit.MONEY_PER_YEAR, 1, 1_200_000_000),
    MeasureSpec(Measure.NEGOTIATION_UPLIFT, "negotiation uplift", Unit.PERCENT, -100, 1_000),
    MeasureSpec(Measure.JOB_SATISFACTION, "job satisfaction", Unit.SCORE_1_TO_5, 1, 5),
    MeasureSpec(Measure.CAREER_GROWTH, "career growth", Unit.SCORE_1_TO_5, 1, 5),
    MeasureSpec(Measure.WORK_LIFE_BALANCE, "work-life balance", Unit.SCORE_1_TO_5, 1, 5),
)

MEASURES: dict[Measure, MeasureSpec] = {spec.measure: spec for spec in _SPECS}
