"""Schemathesis calls every field of Query and Mutation with generated arguments: each error has a known code."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.graphql import nodes
from support.databases import clone
from support.sql_oracle import publish_random
from support.uvicorn_server import listener, served

from service.app import create_app
from service.settings import load_settings

pytestmark = pytest.mark.slow
EXAMPLES = 25
CODES = {
    "BAD_REQUEST",
    "BAD_USER_INPUT",
    "COST_LIMIT_EXCEEDED",
    "GRAPHQL_PARSE_FAILED",
    "GRAPHQL_VALIDATION_FAILED",
    "UNAUTHENTICATED",
}
SCALARS = {
    "Code": ["us", "us-ca", "san-francisco", "machine-learning-engineer", "python", "nonsense", ""],
    "Currency": ["USD", "EUR", "XXX", "usd"],
    "Month": ["2025-02", "2026-01", "2026-13"],
}
WIDE = {"max_cost": 100_000, "max_depth": 50, "max_aliases": 1_000, "max_tokens": 5_000}
Opened = Callable[..., AbstractContextManager[str]]

for scalar, values in SCALARS.items():
    schemathesis.graphql.scalar(scalar, st.sampled_from(values).map(nodes.String))


@pytest.fixture
def opened(server_url: str, empty_template: str) -> Opened:
    @contextmanager
    def with_limits(**limits: int) -> Iterator[str]:
        with clone(server_url, empty_template) as url, listener() as listening:
            publish_random(url, 200, 7)
            with served(create_app(load_settings(queries_per_minute=0, **limits), url), listening):
                yield f"http://127.0.0.1:{listening.getsockname()[1]}/graphql"

    return with_limits


@pytest.mark.parametrize("limits", [{}, WIDE], ids=["default limits", "wide limits"])
def test_generated_operations_never_fail_without_a_known_code(opened: Opened, limits: dict[str, int]) -> None:
    results: Counter[str] = Counter()
    with opened(**limits) as address:
        operations = [found.ok() for found in schemathesis.graphql.from_url(address).get_all_operations()]
        for operation in operations:
            _run(operation, results)
    assert len(operations) >= 17
    assert results["data"] > len(operations)
    assert set(results) - {"data"} <= CODES


def _run(operation: Any, results: Counter[str]) -> None:
    @seed(1)
    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.generate],
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def check(case: Any) -> None:
        response = case.call()
        assert response.status_code in (200, 400), response.text
        errors = response.json().get("errors", [])
        results.update([error["extensions"]["code"] for error in errors] or ["data"])

    check()
