"""Every field of every record, in lists and alone, from the index and by SQL: what the row of the table says."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import pytest
from starlette.testclient import TestClient
from support.databases import clone
from support.sql_oracle import publish_random

from schema.types.record import global_id
from service.app import create_app
from service.settings import load_settings
from service.store.bulk import bulk_connection

VALUES = {
    "role": "role",
    "experienceBand": "experience",
    "country": "country",
    "subdivision": "subdivision",
    "metro": "metro",
    "industry": "industry",
    "employer": "employer",
    "fieldOfStudy": "field_of_study",
    "source": "source",
}
LISTS = {"specializations": "specialization", "certifications": "certification", "skills": "skill", "benefits": "benefit"}
MEMBERS = {
    "level": "level",
    "employmentType": "employment_type",
    "workMode": "work_mode",
    "employerSize": "employer_size",
    "employerType": "employer_type",
    "education": "education",
}
AMOUNTS = {
    "baseSalary": "base_salary",
    "bonus": "bonus",
    "equity": "equity",
    "totalCash": "total_cash",
    "totalCompensation": "total_compensation",
}
REPORTED = {"baseSalary": "base_reported", "baseLow": "base_low", "baseHigh": "base_high"}
FIELDS = (
    f"id effective experience {' '.join(MEMBERS)} {' '.join(f'{name} {{ code }}' for name in (*VALUES, *LISTS))} "
    f"pay {{ currency {' '.join(AMOUNTS)} reported {{ currency {' '.join(REPORTED)} }} }}"
)
PAGE = (
    "query ($after: String) { salaryRecords(after: $after) "
    f"{{ pageInfo {{ endCursor hasNextPage }} nodes {{ {FIELDS} }} }} }}"
)
ONE = f"query ($id: ID!) {{ node(id: $id) {{ ... on SalaryRecord {{ {FIELDS} }} }} }}"


@pytest.fixture(scope="module")
def url(server_url: str, empty_template: str) -> Iterator[str]:
    with clone(server_url, empty_template) as found:
        publish_random(found, 130, 5)
        yield found


@pytest.fixture(scope="module")
def told(url: str) -> dict[str, dict[str, Any]]:
    """By id what is to be told of each record, read from the table."""
    with bulk_connection(url) as rows:
        codes = {row["id"]: row["code"] for row in rows.query("SELECT id, code FROM factor_value").to_pylist()}
        found = rows.query(
            "SELECT *, id::text AS name, to_char(effective, 'YYYY-MM') AS month FROM salary_record"
        ).to_pylist()
    return {one["id"]: one for one in (_shown(row, codes) for row in found)}


def _shown(row: Mapping[str, Any], codes: Mapping[int, str]) -> dict[str, Any]:
    def value(number: int | None) -> dict[str, str] | None:
        return None if number is None else {"code": codes[number]}

    years = codes.get(row["experience"], "")
    return {
        "id": global_id(UUID(row["name"])),
        "effective": row["month"],
        "experience": int(years) if years.isdigit() else None,
        **{field: value(row[column]) for field, column in VALUES.items()},
        **{field: [value(number) for number in row[column] or ()] for field, column in LISTS.items()},
        **{field: _member(codes.get(row[column])) for field, column in MEMBERS.items()},
        "pay": {
            "currency": "USD",
            **{field: row[column] for field, column in AMOUNTS.items()},
            "reported": {
                "currency": row["currency"],
                **{field: row[column] for field, column in REPORTED.items()},
            },
        },
    }


def _member(code: str | None) -> str | None:
    """The name of a code in an enumeration of the API."""
    spelled = {"1-10": "FROM_1_TO_10"}
    return None if code is None else spelled.get(code, code.upper().replace("-", "_"))


def _asked(client: TestClient, query: str, **variables: Any) -> dict[str, Any]:
    answer = client.post("/graphql", json={"query": query, "variables": variables}).json()
    assert "errors" not in answer, answer["errors"]
    return answer["data"]  # type: ignore[no-any-return]


def test_lists_tell_every_record(url: str, told: dict[str, dict[str, Any]]) -> None:
    found, after, more = [], None, True
    with TestClient(create_app(load_settings(), url)) as client:
        while more:
            page = _asked(client, PAGE, after=after)["salaryRecords"]
            found += page["nodes"]
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert {one["id"]: one for one in found} == told
    assert len(found) == len(told) == 130


@pytest.mark.parametrize("statistics", ["index", "sql"])
def test_a_record_is_told_by_its_id(url: str, told: dict[str, dict[str, Any]], statistics: str) -> None:
    with TestClient(create_app(load_settings(statistics=statistics), url)) as client:
        for id_, record in list(told.items())[::5]:
            assert _asked(client, ONE, id=id_)["node"] == record
        assert _asked(client, ONE, id=global_id(UUID(int=1)))["node"] is None
