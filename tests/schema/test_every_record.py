"""Every field of every record, in lists and by id, with the index and with SQL, compared with the rows of the table."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import pytest
from starlette.testclient import TestClient
from support.databases import clone
from support.queries import camel_case
from support.sql_oracle import publish_random

from schema.types.record import global_id
from service.app import create_app
from service.settings import load_settings
from service.store.bulk import bulk_connection
from service.vocabulary.factors import FACTORS, MULTIPLE, SINGLE, Factor
from service.vocabulary.measures import MEASURES, Unit

SHOWN = [factor for factor in SINGLE if factor not in {Factor.EXPERIENCE, Factor.COMPETING_OFFERS}]
"""Single-valued factors with a field of their name."""

MEMBERS = {camel_case(factor): factor.value for factor in SHOWN if FACTORS[factor].codes}
VALUES = {camel_case(factor): factor.value for factor in SHOWN if not FACTORS[factor].codes} | {
    "experienceBand": "experience"
}
LISTS = {f"{camel_case(factor)}s": factor.value for factor in MULTIPLE}
AMOUNTS = {camel_case(spec.measure): spec.measure.value for spec in MEASURES.values() if spec.unit is Unit.MONEY_PER_YEAR}
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
def expected(url: str) -> dict[str, dict[str, Any]]:
    """The records in the form of the API by id, read from the table."""
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
    return None if code is None else code.upper().replace("-", "_")


def _post(client: TestClient, query: str, **variables: Any) -> dict[str, Any]:
    answer = client.post("/graphql", json={"query": query, "variables": variables}).json()
    assert "errors" not in answer, answer["errors"]
    return answer["data"]  # type: ignore[no-any-return]


def test_records_in_lists(url: str, expected: dict[str, dict[str, Any]]) -> None:
    found, after, more = [], None, True
    with TestClient(create_app(load_settings(), url)) as client:
        while more:
            page = _post(client, PAGE, after=after)["salaryRecords"]
            found += page["nodes"]
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert {one["id"]: one for one in found} == expected
    assert len(found) == len(expected) == 130


@pytest.mark.parametrize("statistics", ["index", "sql"])
def test_records_by_id(url: str, expected: dict[str, dict[str, Any]], statistics: str) -> None:
    with TestClient(create_app(load_settings(statistics=statistics), url)) as client:
        for id_, record in list(expected.items())[::5]:
            assert _post(client, ONE, id=id_)["node"] == record
        assert _post(client, ONE, id=global_id(UUID(int=1)))["node"] is None
