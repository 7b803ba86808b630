"""The model of the made-up sample, as data: who is in it, what moves their pay, and how they answer.

log(base salary in US dollars) = INTERCEPT + EFFECTS of all values that the record carries + normal noise of RESIDUAL.

The figures are chosen to look like the market for machine-learning work; none is estimated from data. Values with their
weights and effects stand in values.csv, places.csv and employers.csv; docs/sample.md tells it in words.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from seed.sample.tilts import MOST_YEARS, TILTS
from service.vocabulary.factors import EMPLOYER_TYPES, Factor
from service.vocabulary.measures import Measure

NONE = ""
"""Stands for no value in a single-valued factor: an employer that is not named, a place outside the metro areas."""

INTERCEPT, RESIDUAL = 11.45, 0.18
Effects = Mapping[Factor, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Choice:
    """How often values occur.

    Of a single-valued factor the `weights` are relative to their sum; of a multiple one each is the chance that a record
    carries the value. Records whose value of `given` is a key of `tilts` have the weights named there multiplied.
    """

    weights: Mapping[str, float]
    given: Factor | None = None
    tilts: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """The narrowest place that is told of a person, with the currency of its country; all weights add up to 1."""

    factor: Factor
    code: str
    weight: float
    currency: str


@dataclass(frozen=True, slots=True)
class Employer:
    """A made-up employer; its type, size and industry are those of all its records."""

    name: str
    type: str
    size: str
    industry: str
    effect: float

    @property
    def code(self) -> str:
        return self.name.lower().replace(" ", "-")


@dataclass(frozen=True, slots=True)
class Variable:
    """Pay on top of the base salary.

    By employer type: the chance to get any, and its median share of the base salary at level `senior`; that share is
    multiplied by level and by log-normal noise of `spread`. `told` is the share of records that say.
    """

    told: float
    chance: Mapping[str, float]
    share: Mapping[str, float]
    levels: Mapping[str, float]
    spread: float


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole number from `low` to `high`: mean + effects + `pay` for each RESIDUAL above the model + noise of `spread`."""

    told: float
    mean: float
    effects: Effects
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


def _read_places(rows: list[dict[str, str]]) -> tuple[Place, ...]:
    """A country's own row has its weight in the world, and in `elsewhere` that of its people outside the rows below it."""
    places = []
    for country in (row for row in rows if row["factor"] == Factor.COUNTRY):
        parts = {(Factor(row["factor"]), row["code"]): float(row["weight"]) for row in rows if _narrower(row, country)}
        parts[Factor.COUNTRY, country["code"]] = float(country["elsewhere"])
        share = float(country["weight"]) / sum(parts.values())
        places += [Place(*place, weight * share, country["currency"]) for place, weight in parts.items() if weight]
    total = sum(place.weight for place in places)
    return tuple(Place(place.factor, place.code, place.weight / total, place.currency) for place in places)


def _narrower(row: dict[str, str], country: dict[str, str]) -> bool:
    return row["country"] == country["code"] and row is not country


def _read_employers(rows: list[dict[str, str]]) -> tuple[Employer, ...]:
    return tuple(Employer(row["name"], row["type"], row["size"], row["industry"], float(row["effect"])) for row in rows)


def _by_type(*figures: float) -> dict[str, float]:
    return dict(zip(EMPLOYER_TYPES, figures, strict=True))


_VALUES = _rows("values")
_WEIGHTS = _column(_VALUES, "weight")
_PLACE_ROWS = _rows("places")
WHEREABOUTS = _read_places(_PLACE_ROWS)
EMPLOYERS = _read_employers(_rows("employers"))

_EMPLOYER_WEIGHTS = {"small": 0.5, "medium": 1.0, "large": 2.0, "enterprise": 4.0}
_NAMED = {employer.code: _EMPLOYER_WEIGHTS[employer.size] for employer in EMPLOYERS}

EFFECTS: dict[Factor, dict[str, float]] = {
    **_column(_VALUES, "effect"),
    **_column(_PLACE_ROWS, "effect"),
    Factor.EXPERIENCE: {str(n): round(0.018 * n - 0.00024 * n * n, 5) for n in range(MOST_YEARS + 1)},
    Factor.EMPLOYER: {employer.code: employer.effect for employer in EMPLOYERS},
}
"""What a value adds to the logarithm of base salary; a value that is not named adds nothing."""


def _choices(weights: Mapping[Factor, Mapping[str, float]]) -> dict[Factor, Choice]:
    def steps(factor: Factor) -> int:
        return 1 + steps(TILTS[factor][0]) if factor in TILTS else 0

    return {factor: Choice(weights[factor], *TILTS.get(factor, ())) for factor in sorted(weights, key=steps)}


CHOICES = _choices(
    {
        Factor.EMPLOYER: {NONE: 1.5 * sum(_NAMED.values()), **_NAMED},
        Factor.EXPERIENCE: {str(n): 1.0 for n in range(MOST_YEARS + 1)},
        **_WEIGHTS,
    }
)
"""How often values occur; EMPLOYER comes first, and each factor behind the one that tilts it. WHEREABOUTS has the places."""

MONTHS = {year: 10 if year == "2026" else 12 for year in _WEIGHTS[Factor.YEAR]}
"""How many months of each year there are in the sample, each as likely as the others."""

UNTOLD: dict[Factor, float] = {
    Factor.ROLE: 0.01,
    Factor.LEVEL: 0.02,
    Factor.EXPERIENCE: 0.03,
    Factor.EMPLOYMENT_TYPE: 0.01,
    Factor.WORK_MODE: 0.03,
    Factor.COUNTRY: 0.02,
    Factor.INDUSTRY: 0.04,
    Factor.EMPLOYER_SIZE: 0.05,
    Factor.EMPLOYER_TYPE: 0.04,
    Factor.EDUCATION: 0.04,
    Factor.FIELD_OF_STUDY: 0.07,
    Factor.COMPETING_OFFERS: 0.10,
    Factor.SPECIALIZATION: 0.05,
    Factor.CERTIFICATION: 0.08,
    Factor.SKILL: 0.06,
    Factor.BENEFIT: 0.12,
}
"""The share of records that do not tell, at random. A place is told as deep as it goes or not at all."""

PAID_BY_INVOICE = ("contract", "freelance")
"""Employment types that get neither bonus nor equity."""

BONUS = Variable(
    told=0.88,
    chance=_by_type(0.45, 0.70, 0.90, 0.25, 0.20, 0.10, 0.60),
    share=_by_type(0.07, 0.09, 0.12, 0.05, 0.04, 0.04, 0.08),
    levels={"entry": 0.6, "mid": 0.8, "senior": 1, "staff": 1.3, "principal": 1.6, "executive": 2.2},
    spread=0.35,
)
EQUITY = Variable(
    told=0.78,
    chance=_by_type(0.80, 0.25, 0.85, 0, 0, 0, 0.08),
    share=_by_type(0.22, 0.08, 0.20, 0, 0, 0, 0.05),
    levels={"entry": 0.5, "mid": 0.7, "senior": 1, "staff": 1.6, "principal": 2.2, "executive": 3},
    spread=0.60,
)

ANSWERS: dict[Measure, Answer] = {
    Measure.NEGOTIATION_UPLIFT: Answer(
        told=0.38,
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
    Measure.JOB_SATISFACTION: Answer(
        told=0.65,
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
    Measure.CAREER_GROWTH: Answer(
        told=0.60,
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
    Measure.WORK_LIFE_BALANCE: Answer(
        told=0.62,
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
