"""The API over a database with a few records, listed here."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from starlette.testclient import TestClient
from support.databases import clone
from support.records import publish

from service.app import create_app
from service.settings import load_settings

Execute = Callable[..., dict[str, Any]]

US = {"role": "machine-learning-engineer", "country": "us", "level": "senior", "work_mode": "remote"}
RECORDS = [
    # eleven senior engineers in the US: 100, 110, ... 200 thousand, with total compensation a tenth above
    *(
        {**US, "base_salary": 100_000 + 10_000 * n, "total_compensation": 110_000 + 11_000 * n, "skill": ["python"]}
        for n in range(11)
    ),
    # six mid-level ones in California, at known employers, on site, a year earlier, base only
    *(
        {
            "role": "data-scientist",
            "country": "us",
            "subdivision": "us-ca",
            "metro": "san-francisco",
            "level": "mid",
            "work_mode": "on-site",
            "experience": str(n),
            "effective": date(2025, 2, 1),
            "base_salary": 90_000 + 1_000 * n,
            "skill": ["python", "sql"],
        }
        for n in range(6)
    ),
    # four in Germany, too few for any statistics, paid in euros
    *(
        {
            "role": "data-engineer",
            "country": "de",
            "currency": "EUR",
            "base_reported": 70_000 + n,
            "base_salary": 80_000 + n,
            "source": "stackoverflow-2025",
        }
        for n in range(4)
    ),
    # one without role and place, with an advertised range
    {"source": "aijobs", "base_low": 50_000, "base_high": 70_000, "base_reported": 60_000, "base_salary": 60_000},
]


@pytest.fixture(scope="module")
def url(server_url: str, empty_template: str) -> Iterator[str]:
    with clone(server_url, empty_template) as found:
        publish(found, RECORDS)
        yield found


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[TestClient]:
    with TestClient(create_app(load_settings(), url), raise_server_exceptions=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def execute(client: TestClient) -> Execute:
    """Execute a query and return its data; fails on errors."""

    def run(query: str, **variables: Any) -> dict[str, Any]:
        answer = client.post("/graphql", json={"query": query, "variables": variables}).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]  # type: ignore[no-any-return]

    return run


@pytest.fixture(scope="module")
def error(client: TestClient) -> Execute:
    """Execute a query and return its only error."""

    def run(query: str, **variables: Any) -> dict[str, Any]:
        response = client.post("/graphql", json={"query": query, "variables": variables})
        [only_error] = response.json()["errors"]
        assert response.status_code < 500
        return only_error  # type: ignore[no-any-return]

    return run
