"""Schemathesis asks every field of Query and Mutation what it makes up from the schema: each answer is one of ours."""

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


@pytest.mark.parametrize("limits", [{}, WIDE], ids=["usual limits", "wide limits"])
def test_no_question_brings_a_server_error_or_one_without_a_code(opened: Opened, limits: dict[str, int]) -> None:
    told: Counter[str] = Counter()
    with opened(**limits) as address:
        operations = [found.ok() for found in schemathesis.graphql.from_url(address).get_all_operations()]
        for operation in operations:
            _ask(operation, told)
    assert len(operations) >= 17
    assert told["answered"] > len(operations)
    assert set(told) - {"answered"} <= CODES


def _ask(operation: Any, told: Counter[str]) -> None:
    @seed(1)
    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.generate],
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def asked(case: Any) -> None:
        response = case.call()
        assert response.status_code in (200, 400), response.text
        errors = response.json().get("errors", [])
        told.update([error["extensions"]["code"] for error in errors] or ["answered"])

    asked()
