"""The model of the generated sample, as data: the distribution of values, their effects on pay, and reported scores.

log(base salary in US dollars) = INTERCEPT + the sum of EFFECTS of the record's values + normal noise, SD = RESIDUAL.

The numbers are chosen to resemble the market for machine-learning jobs; none is estimated from data. Values with weights
and effects are in values.csv, places.csv and employers.csv. docs/sample.md documents the model.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from seed.sample.conditional_weights import CONDITIONAL_WEIGHTS, MAX_YEARS
from service.vocabulary.factors import EMPLOYER_TYPES, MULTIPLE, SINGLE, Factor
from service.vocabulary.measures import Measure

NO_VALUE = ""
"""No value of a single-valued factor: an employer without a name, a place outside the metro areas."""

INTERCEPT, RESIDUAL = 11.45, 0.18
FactorEffects = Mapping[Factor, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class ConditionalDistribution:
    """How often the values of a factor occur.

    The `weights` of a single-valued factor are relative to their sum; for a factor with several values each is the
    probability that a record carries the value. For records whose value of `depends_on` is a key of `multipliers`, the
    weights are multiplied by the numbers there.
    """

    weights: Mapping[str, float]
    depends_on: Factor | None = None
    multipliers: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Location:
    """The narrowest reported place of a person, with the currency of its country. All weights sum to 1."""

    factor: Factor
    code: str
    weight: float
    currency: str


@dataclass(frozen=True, slots=True)
class Employer:
    """A fictitious employer; all its records have its type, size and industry."""

    name: str
    type: str
    size: str
    industry: str
    effect: float

    @property
    def code(self) -> str:
        return self.name.lower().replace(" ", "-")


@dataclass(frozen=True, slots=True)
class VariablePay:
    """Pay on top of the base salary.

    By employer type: the probability to get any, and its median share of the base salary at level `senior`. The share is
    multiplied by the factor for the level and by log-normal noise of `spread`. `reported` is the share of records that
    report it.
    """

    reported: float
    probability: Mapping[str, float]
    share: Mapping[str, float]
    levels: Mapping[str, float]
    spread: float


@dataclass(frozen=True, slots=True)
class ScoreModel:
    """A score or percentage, a whole number from `low` to `high`: mean + effects + `pay` per RESIDUAL + noise of `spread`.

    `reported` is the share of records that report it.
    """

    reported: float
    mean: float
    effects: FactorEffects
    pay: float
    spread: float
    low: int
    high: int


def _rows(name: str) -> list[dict[str, str]]:
    with Path(__file__).with_name(f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _column(rows: Iterable[dict[str, str]], name: str) -> dict[Factor, dict[str, float]]:
    columns: dict[Factor, dict[str, float]] = {}
    for row in rows:
        columns.setdefault(Factor(row["factor"]), {})[row["code"]] = float(row[name])
    return columns


def _read_places(rows: list[dict[str, str]]) -> tuple[Location, ...]:
    """A country's row has its weight in the world, and in `elsewhere` the weight of its people outside its listed places."""
    places = []
    for country in (row for row in rows if row["factor"] == Factor.COUNTRY):
        parts = {(Factor(row["factor"]), row["code"]): float(row["weight"]) for row in rows if _is_within(row, country)}
        parts[Factor.COUNTRY, country["code"]] = float(country["elsewhere"])
        share = float(country["weight"]) / sum(parts.values())
        places += [Location(*place, weight * share, country["currency"]) for place, weight in parts.items() if weight]
    total = sum(place.weight for place in places)
    return tuple(Location(place.factor, place.code, place.weight / total, place.currency) for place in places)


def _is_within(row: dict[str, str], country: dict[str, str]) -> bool:
    return row["country"] == country["code"] and row is not country


def _read_employers(rows: list[dict[str, str]]) -> tuple[Employer, ...]:
    return tuple(Employer(row["name"], row["type"], row["size"], row["industry"], float(row["effect"])) for row in rows)


def _by_employer_type(*numbers: float) -> dict[str, float]:
    return dict(zip(EMPLOYER_TYPES, numbers, strict=True))


_VALUES = _rows("values")
_WEIGHTS = _column(_VALUES, "weight")
_PLACE_ROWS = _rows("places")
LOCATIONS = _read_places(_PLACE_ROWS)
EMPLOYERS = _read_employers(_rows("employers"))

_EMPLOYER_WEIGHTS = {"small": 0.5, "medium": 1.0, "large": 2.0, "enterprise": 4.0}
_NAMED = {employer.code: _EMPLOYER_WEIGHTS[employer.size] for employer in EMPLOYERS}

EFFECTS: dict[Factor, dict[str, float]] = {
    **_column(_VALUES, "effect"),
    **_column(_PLACE_ROWS, "effect"),
    Factor.EXPERIENCE: {str(n): round(0.018 * n - 0.00024 * n * n, 5) for n in range(MAX_YEARS + 1)},
    Factor.EMPLOYER: {employer.code: employer.effect for employer in EMPLOYERS},
}
"""The effect of each value on the logarithm of base salary; 0 for values that are not listed."""


def _distributions(weights: Mapping[Factor, Mapping[str, float]]) -> dict[Factor, ConditionalDistribution]:
    def depth(factor: Factor) -> int:
        return 1 + depth(CONDITIONAL_WEIGHTS[factor][0]) if factor in CONDITIONAL_WEIGHTS else 0

    ordered = sorted(weights, key=depth)
    return {factor: ConditionalDistribution(weights[factor], *CONDITIONAL_WEIGHTS.get(factor, ())) for factor in ordered}


DISTRIBUTIONS = _distributions(
    {
        Factor.EMPLOYER: {NO_VALUE: 1.5 * sum(_NAMED.values()), **_NAMED},
        Factor.EXPERIENCE: {str(n): 1.0 for n in range(MAX_YEARS + 1)},
        **_WEIGHTS,
    }
)
"""The distributions of all factors except places, each after the factor it depends on. LOCATIONS has the places."""

MONTHS = {year: 10 if year == "2026" else 12 for year in _WEIGHTS[Factor.YEAR]}
"""The number of months of each year in the sample, all equally likely."""

_NEVER_OMITTED = (Factor.SOURCE, Factor.EMPLOYER, Factor.METRO, Factor.SUBDIVISION)
MISSING_SHARES: dict[Factor, float] = {
    **{factor: 0.05 for factor in (*SINGLE, *MULTIPLE) if factor not in _NEVER_OMITTED},
    Factor.ROLE: 0.01,
    Factor.LEVEL: 0.02,
    Factor.EXPERIENCE: 0.03,
    Factor.EMPLOYMENT_TYPE: 0.01,
    Factor.WORK_MODE: 0.03,
    Factor.COUNTRY: 0.02,
    Factor.INDUSTRY: 0.04,
    Factor.EMPLOYER_TYPE: 0.04,
    Factor.EDUCATION: 0.04,
    Factor.FIELD_OF_STUDY: 0.07,
    Factor.COMPETING_OFFERS: 0.10,
    Factor.CERTIFICATION: 0.08,
    Factor.SKILL: 0.06,
    Factor.BENEFIT: 0.12,
}
"""The share of records that do not report a factor, at random: 5% unless stated. COUNTRY is for all places together."""

PAID_BY_INVOICE = ("contract", "freelance")
"""Employment types that get neither bonus nor equity."""

BONUS = VariablePay(
    reported=0.88,
    probability=_by_employer_type(0.45, 0.70, 0.90, 0.25, 0.20, 0.10, 0.60),
    share=_by_employer_type(0.07, 0.09, 0.12, 0.05, 0.04, 0.04, 0.08),
    levels={"entry": 0.6, "mid": 0.8, "senior": 1, "staff": 1.3, "principal": 1.6, "executive": 2.2},
    spread=0.35,
)
EQUITY = VariablePay(
    reported=0.78,
    probability=_by_employer_type(0.80, 0.25, 0.85, 0, 0, 0, 0.08),
    share=_by_employer_type(0.22, 0.08, 0.20, 0, 0, 0, 0.05),
    levels={"entry": 0.5, "mid": 0.7, "senior": 1, "staff": 1.6, "principal": 2.2, "executive": 3},
    spread=0.60,
)

SCORES: dict[Measure, ScoreModel] = {
    Measure.NEGOTIATION_UPLIFT: ScoreModel(
        reported=0.38,
        mean=3,
        effects={
            Factor.COMPETING_OFFERS: {"1": 2.5, "2": 4.5, "3": 6.5, "4": 8, "5": 9.5},
            Factor.LEVEL: {"staff": 1, "principal": 1.5},
        },
        pay=0,
        spread=3,
        low=0,
        high=60,
    ),
    Measure.JOB_SATISFACTION: ScoreModel(
        reported=0.65,
        mean=3.2,
        effects={
            Factor.WORK_MODE: {"remote": 0.15, "on-site": -0.10},
            Factor.EMPLOYER_TYPE: {"nonprofit": 0.20, "agency": -0.25},
            Factor.BENEFIT: {"paid-time-off": 0.10, "flexible-hours": 0.15, "learning-stipend": 0.10, "research-time": 0.20},
        },
        pay=0.20,
        spread=0.9,
        low=1,
        high=5,
    ),
    Measure.CAREER_GROWTH: ScoreModel(
        reported=0.60,
        mean=3.1,
        effects={
            Factor.EMPLOYER_TYPE: {"startup": 0.30, "government": -0.30},
            Factor.LEVEL: {"entry": 0.25, "principal": -0.15},
            Factor.BENEFIT: {"learning-stipend": 0.20, "conference-attendance": 0.15},
        },
        pay=0.10,
        spread=0.95,
        low=1,
        high=5,
    ),
    Measure.WORK_LIFE_BALANCE: ScoreModel(
        reported=0.62,
        mean=3.2,
        effects={
            Factor.WORK_MODE: {"remote": 0.30, "hybrid": 0.15},
            Factor.EMPLOYER_TYPE: {"startup": -0.40, "academia": 0.20, "government": 0.35},
            Factor.INDUSTRY: {"quantitative-trading": -0.50, "banking": -0.20, "consulting": -0.30},
            Factor.LEVEL: {"executive": -0.35},
            Factor.BENEFIT: {"flexible-hours": 0.20, "four-day-week": 0.50},
        },
        pay=0,
        spread=0.9,
        low=1,
        high=5,
    ),
}
