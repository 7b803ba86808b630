"""Records to download, and records of the API in the form of rows of a file."""

from typing import Any

from service.vocabulary import measures
from service.vocabulary.factors import FACTORS, MULTIPLE, SINGLE, UNPUBLISHED

RECORDS = [
    {
        "role": "machine-learning-engineer",
        "level": "senior",
        "experience": "4-to-6",
        "country": "us",
        "skill": ["python", "sql"],
        "competing_offers": "2",
        "base_salary": 150_000,
        "bonus": 0,
        "negotiation_uplift": 12,
        "job_satisfaction": 4,
        "career_growth": 3,
        "work_life_balance": 5,
    },
    {
        "country": "de",
        "currency": "EUR",
        "base_reported": 70_000,
        "base_low": 60_000,
        "base_high": 80_000,
        "base_salary": 80_000,
    },
    *({"country": "us", "base_salary": 100_000 + n} for n in range(5)),
]


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


_PUBLISHED = [factor for factor in SINGLE if factor not in UNPUBLISHED]
ONE = {factor.value: _camel(factor) for factor in _PUBLISHED if not FACTORS[factor].codes} | {"experience": "experienceBand"}
ENUMS = {factor.value: _camel(factor) for factor in _PUBLISHED if FACTORS[factor].codes}
MANY = {factor.value: f"{_camel(factor)}s" for factor in MULTIPLE}
PAY = {f"{measure}_usd": _camel(measure) for measure in measures.PAY}
REPORTED = {"currency": "currency", "base_reported": "baseSalary", "base_low": "baseLow", "base_high": "baseHigh"}


def _code(name: str | None) -> str | None:
    return name and name.lower().replace("_", "-")


def row_of(node: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": node["id"],
        "effective": node["effective"],
        "source_kind": _code(node["source"]["kind"]),
        **{column: node[field] and node[field]["code"] for column, field in ONE.items()},
        **{column: _code(node[field]) for column, field in ENUMS.items()},
        **{column: [value["code"] for value in node[field]] for column, field in MANY.items()},
        **{column: node["pay"][field] for column, field in PAY.items()},
        **{column: node["pay"]["reported"][field] for column, field in REPORTED.items()},
    }
