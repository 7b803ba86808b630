"""Records to download, and records of the API in the form of rows of a file."""

from typing import Any

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
ONE = {
    "role": "role",
    "experience": "experienceBand",
    "country": "country",
    "subdivision": "subdivision",
    "metro": "metro",
    "industry": "industry",
    "employer": "employer",
    "field_of_study": "fieldOfStudy",
    "source": "source",
}
ENUMS = {
    "level": "level",
    "employment_type": "employmentType",
    "work_mode": "workMode",
    "employer_size": "employerSize",
    "employer_type": "employerType",
    "education": "education",
}
MANY = {
    "specialization": "specializations",
    "certification": "certifications",
    "skill": "skills",
    "benefit": "benefits",
}
PAY = {
    "base_salary_usd": "baseSalary",
    "bonus_usd": "bonus",
    "equity_usd": "equity",
    "total_cash_usd": "totalCash",
    "total_compensation_usd": "totalCompensation",
}
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
