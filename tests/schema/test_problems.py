"""Everything that is wrong with the inputs of a field is reported at once, with the path of each value."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from service.errors import MAX_PROBLEMS, MAX_SUGGESTED

Problem = tuple[list[Any], str]


def problems(error: dict[str, Any]) -> list[Problem]:
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    found = error["extensions"]["problems"]
    assert all(set(problem) == {"path", "code", "message", "suggestions"} for problem in found)
    assert all(problem["message"] in error["message"] for problem in found)
    return [(problem["path"], problem["code"]) for problem in found]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (
            """cohort(currency: "EUX", where: {role: ["data-scientist", "data-scientits"], country: ["Germany"],
              skill: {any: ["pythn"], none: ["sql", "jav"]}, experience: {min: 5, max: 2}, level: [SENIOR],
              effective: {from: "2026-02", to: "2026-01"},
              match: [{factor: ROLE}, {factor: QUARTER, any: ["2026-q1", "2026-q9"]}]}) { size }""",
            [
                (["currency"], "UNKNOWN_CODE"),
                (["where", "role", 1], "UNKNOWN_CODE"),
                (["where", "country", 0], "UNKNOWN_CODE"),
                (["where", "skill", "any", 0], "UNKNOWN_CODE"),
                (["where", "skill", "none", 1], "UNKNOWN_CODE"),
                (["where", "experience"], "CONFLICT"),
                (["where", "effective"], "CONFLICT"),
                (["where", "match", 1, "any", 1], "UNKNOWN_CODE"),
            ],
        ),
        (
            """salaryRecords(where: {fieldOfStudy: ["magic"]}, first: -1, after: "x", before: "y") { totalCount }""",
            [
                (["where", "fieldOfStudy", 0], "UNKNOWN_CODE"),
                (["first"], "OUT_OF_RANGE"),
                (["after"], "INVALID"),
                (["before"], "INVALID"),
            ],
        ),
        (
            """benchmarkOffer(offer: {baseSalary: -1, targetBonus: 1e12, vestingYears: 99, currency: "EUX", profile: {
              role: "data-scientits", country: "us", experience: 200, skills: ["sql", "pythn"], metro: "berlin"}}) { rank {
              rank } }""",
            [
                (["offer", "currency"], "UNKNOWN_CODE"),
                (["offer", "vestingYears"], "OUT_OF_RANGE"),
                (["offer", "profile", "role"], "UNKNOWN_CODE"),
                (["offer", "profile", "country"], "CONFLICT"),
                (["offer", "profile", "skills", 1], "UNKNOWN_CODE"),
                (["offer", "profile", "experience"], "OUT_OF_RANGE"),
            ],
        ),
        (
            """benchmarkOffer(offer: {baseSalary: -1, targetBonus: 1e12, profile: {role: "data-scientist", country: "us"}}) {
              rank { rank } }""",
            [(["offer", "baseSalary"], "OUT_OF_RANGE"), (["offer", "targetBonus"], "OUT_OF_RANGE")],
        ),
        (
            """compareOffers(offers: [{baseSalary: 1, profile: {role: "x", country: "us"}}, {baseSalary: 100000, profile: {
              role: "data-scientist", country: "us"}}, {baseSalary: -1, profile: {role: "data-scientist", country: "us"}}]) {
              best }""",
            [(["offers", 0, "profile", "role"], "UNKNOWN_CODE"), (["offers", 2, "baseSalary"], "OUT_OF_RANGE")],
        ),
        (
            'estimatePay(profile: {role: "x", country: "us"}, currency: "EUX") { p50 }',
            [(["currency"], "UNKNOWN_CODE"), (["profile", "role"], "UNKNOWN_CODE")],
        ),
        (
            'contributedBreakdown(country: "europe", roleFamily: "x") { year }',
            [
                (["country"], "INVALID"),
                (["roleFamily"], "UNKNOWN_CODE"),
            ],
        ),
        (
            'factorValues(factor: ROLE, under: "x", after: "y") { totalCount }',
            [
                (["under"], "UNKNOWN_CODE"),
                (["after"], "INVALID"),
            ],
        ),
        ("cohort { by(factor: ROLE, first: 0) { share } }", [(["first"], "OUT_OF_RANGE")]),
        ('cohort { by(factor: ROLE, under: "x") { share } }', [(["under"], "UNKNOWN_CODE")]),
        ("cohort { distribution(bins: 0) { below } }", [(["bins"], "OUT_OF_RANGE")]),
        ('cohort { premiums(factor: LEVEL, baseline: "x") { records } }', [(["baseline"], "UNKNOWN_CODE")]),
        ('salaryRecords { nodes { pay(currency: "EUX") { baseSalary } } }', [(["currency"], "UNKNOWN_CODE")]),
    ],
)
def test_problems_of_the_inputs_of_a_field(error: Any, field: str, expected: list[Problem]) -> None:
    assert problems(error(f"{{ {field} }}")) == expected


def test_problems_have_suggestions(error: Any) -> None:
    found = error('{ cohort(where: {level: [], role: ["data-scientits"]}, currency: "EUX") { size } }')
    currency, role = found["extensions"]["problems"]
    assert role["suggestions"][0] == "data-scientist"
    assert "EUR" in currency["suggestions"]
    assert found["message"] == f"2 problems: {currency['message']} {role['message']}"


def test_the_number_of_problems_and_suggestions_is_limited(error: Any) -> None:
    """Suggestions take long to find."""
    codes = ["data-scientits"] * (MAX_PROBLEMS + 5)
    found = error("query ($r: [Code!]) { cohort(where: {role: $r}) { size } }", r=codes)
    assert problems(found) == [(["where", "role", number], "UNKNOWN_CODE") for number in range(MAX_PROBLEMS)]
    suggested = [problem["suggestions"][:1] for problem in found["extensions"]["problems"]]
    assert suggested == [["data-scientist"]] * MAX_SUGGESTED + [[]] * (MAX_PROBLEMS - MAX_SUGGESTED)


def test_invalid_variables_have_paths_from_the_variable(client: TestClient) -> None:
    query = "query ($w: CohortFilter, $c: Currency) { cohort(where: $w, currency: $c) { size } }"
    variables = {"w": {"level": ["SENOR"], "match": [{"factor": "ROLE", "any": [5]}], "nope": 1}, "c": "euro"}
    errors = client.post("/graphql", json={"query": query, "variables": variables}).json()["errors"]
    found = {tuple(problem["path"]): problem for error in errors for problem in error["extensions"]["problems"]}
    assert set(found) == {("w", "level", 0), ("w", "match", 0, "any", 0), ("w",), ("c",)}
    assert {problem["code"] for problem in found.values()} == {"INVALID"}
    assert found["w", "level", 0]["suggestions"] == ["SENIOR", "ENTRY"]


@pytest.mark.parametrize("order", [None, {"field": "BASE_SALARY"}, {"field": "BASE_SALARY", "direction": "ASC"}])
def test_a_cursor_is_refused_in_another_order(execute: Any, error: Any, order: Any) -> None:
    page = """query ($o: RecordOrder, $after: String) { salaryRecords(orderBy: $o, first: 1, after: $after) {
      pageInfo { endCursor } } }"""
    cursor = execute(page, o=order)["salaryRecords"]["pageInfo"]["endCursor"]
    for other in (
        None,
        {"field": "EFFECTIVE", "direction": "ASC"},
        {"field": "BASE_SALARY"},
        {"field": "TOTAL_COMPENSATION"},
    ):
        if other != order:
            found = error(page, o=other, after=cursor)
            assert problems(found) == [(["after"], "CONFLICT")]
            assert "Use the same `orderBy`" in found["message"]
    inside = """query ($o: RecordOrder, $after: String, $c: Currency) { cohort(currency: $c) { records(orderBy: $o, first: 1,
      after: $after) { nodes { id } } } }"""
    assert len(execute(inside, o=order, after=cursor)["cohort"]["records"]["nodes"]) == 1
    if order:
        assert problems(error(inside, o=order, after=cursor, c="EUR")) == [(["after"], "CONFLICT")]
