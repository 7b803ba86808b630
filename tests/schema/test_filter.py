"""Filters by the codes that groups return: over random records, by both engines, for every factor."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient
from support.databases import clone
from support.queries import camel_case
from support.sql_oracle import publish_random

from schema.types.enums import CLOSED_FACTORS
from service.app import create_app
from service.settings import load_settings
from service.vocabulary.factors import MULTIPLE, Factor

RECORDS, GROUPS = 300, 4


@pytest.fixture(scope="module")
def url(server_url: str, empty_template: str) -> Iterator[str]:
    with clone(server_url, empty_template) as found:
        publish_random(found, RECORDS, 11)
        yield found


@pytest.fixture(scope="module", params=["index", "sql"])
def client(url: str, request: pytest.FixtureRequest) -> Iterator[TestClient]:
    with TestClient(create_app(load_settings(statistics=request.param), url)) as opened:
        yield opened


def size(execute: Any, where: dict[str, Any]) -> int:
    query = "query ($where: CohortFilter) { cohort(where: $where) { size } }"
    return execute(query, where=where)["cohort"]["size"]  # type: ignore[no-any-return]


def groups(execute: Any, factor: Factor) -> tuple[dict[str, int], int]:
    """The sizes of the largest groups by code, and the number of records without a value."""
    query = """query ($factor: Factor!, $first: Int) { cohort { by(factor: $factor, first: $first, orderBy: {field: SIZE}) {
      value { code } cohort { size } } } }"""
    found = execute(query, factor=factor.name, first=GROUPS)["cohort"]["by"]
    sizes = {group["value"] and group["value"]["code"]: group["cohort"]["size"] for group in found}
    return sizes, sizes.pop(None, 0)


@pytest.mark.parametrize("factor", Factor)
def test_codes_of_groups_select_their_records(execute: Any, factor: Factor) -> None:
    sizes, missing = groups(execute, factor)
    assert len(sizes) > 1
    for code, expected in sizes.items():
        for part in ("any", "all"):
            assert size(execute, {"match": [{"factor": factor.name, part: [code]}]}) == expected
        assert size(execute, {"match": [{"factor": factor.name, "none": [code]}]}) == RECORDS - missing - expected
    assert size(execute, {"missing": [factor.name]}) == missing
    both = [{"factor": factor.name, "any": list(sizes)}, {"factor": factor.name, "none": list(sizes)[:1]}]
    assert size(execute, {"match": both}) == size(execute, {"match": both[:1]}) - size(
        execute, {"match": [{"factor": factor.name, "all": list(sizes)[:1]}]}
    )
    assert size(execute, {"match": [*both[:1], {"factor": factor.name}], "missing": [factor.name]}) == 0


@pytest.mark.parametrize("factor", sorted(MULTIPLE))
def test_none_of_a_typed_field_is_the_same(execute: Any, factor: Factor) -> None:
    sizes, missing = groups(execute, factor)
    for code, expected in sizes.items():
        assert size(execute, {camel_case(factor): {"none": [code]}}) == RECORDS - missing - expected


@pytest.mark.parametrize("factor", CLOSED_FACTORS)
def test_names_of_enumerations_are_codes_too(execute: Any, factor: Factor) -> None:
    for member in list(CLOSED_FACTORS[factor])[:GROUPS]:
        [by_name, by_code] = (
            size(execute, {"match": [{"factor": factor.name, "any": [text]}]}) for text in (member.name, member.value)
        )
        assert by_name == by_code


def test_periods_of_trends_are_codes(execute: Any) -> None:
    trends = """{ cohort { years: trend(interval: YEAR, measure: BASE_SALARY) { period cohort { size } }
      quarters: trend(interval: QUARTER, measure: BASE_SALARY) { period cohort { size } } } }"""
    found = execute(trends)["cohort"]
    for factor, points in (("YEAR", found["years"]), ("QUARTER", found["quarters"])):
        assert len(points) > 2
        for point in points[:GROUPS]:
            assert size(execute, {"match": [{"factor": factor, "any": [point["period"]]}]}) == point["cohort"]["size"]


def test_conditions_are_named_in_the_label(execute: Any) -> None:
    query = """{ cohort(where: {match: [{factor: WORK_MODE, none: ["remote"]}, {factor: QUARTER, any: ["2026-q1"]}],
      missing: [ROLE]}) { label } }"""
    assert execute(query)["cohort"]["label"] == "Without Remote, 2026 Q1, unknown role"


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ({"match": [{"factor": "LEVEL", "any": ["senor"]}]}, ["senor", "senior or entry?"]),
        ({"match": [{"factor": "QUARTER", "none": ["2026-Q1"]}]}, ["2026-q1?"]),
        ({"match": [{"factor": "ROLE", "all": ["SENIOR"]}]}, ["SENIOR"]),
        ({"match": [{"factor": "SKILL", "any": ["python"] * 101}]}, ["at most 100 codes"]),
    ],
)
def test_codes_that_do_not_exist_are_refused(error: Any, where: dict[str, Any], words: list[str]) -> None:
    found = error("query ($where: CohortFilter) { cohort(where: $where) { size } }", where=where)
    assert found["extensions"]["code"] == "BAD_USER_INPUT"
    assert all(word in found["message"] for word in words), found["message"]
