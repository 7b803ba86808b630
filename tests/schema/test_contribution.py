"""Submissions through GraphQL: submit, view, amend and withdraw; invalid input never causes more than an error."""

from collections.abc import Callable, Iterator
from typing import Any

import altcha
import pytest
from starlette.testclient import TestClient
from support.databases import clone
from support.queries import query
from support.records import publish
from support.submissions import submission_input

from service.app import create_app
from service.settings import load_settings
from service.store.bulk import bulk_connection

SUBMIT, AMEND, WITHDRAW = query("submit_salary"), query("amend_salary"), query("withdraw_salary")
STATUS = query("submission")

PEERS = [
    {
        "role": "machine-learning-engineer",
        "country": "us",
        "level": "senior",
        "base_salary": 150_000 + 1_000 * n,
        "total_compensation": 170_000 + 1_000 * n,
    }
    for n in range(40)
]


@pytest.fixture(scope="module")
def url(server_url: str, empty_template: str) -> Iterator[str]:
    with clone(server_url, empty_template) as found:
        publish(found, PEERS)
        yield found


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[TestClient]:
    settings = load_settings(proof_cost=0, submissions_per_hour=0)
    with TestClient(create_app(settings, url), raise_server_exceptions=True) as opened:
        yield opened


Execute = Callable[..., Any]


@pytest.fixture(scope="module")
def execute(client: TestClient) -> Execute:
    def run(query: str, **variables: Any) -> Any:
        body = client.post("/graphql", json={"query": query, "variables": variables}).json()
        assert "errors" not in body, body["errors"]
        [answer] = body["data"].values()
        return answer

    return run


def stored(url: str) -> int:
    with bulk_connection(url) as rows:
        return int(rows.scalar("SELECT count(*) FROM submission"))


def test_submit_returns_a_receipt_and_a_benchmark(execute: Execute) -> None:
    """Of the 40 totals from 170,000 on, 5 are below 170,000 + 5,000, and one is equal."""
    found = execute(SUBMIT, input=submission_input(bonus=5_000, equity=0, skills=["python"], employer="Acme"))
    assert found["userErrors"] == []
    assert len(found["receipt"]) == 39
    submission = found["submission"]
    assert (submission["status"], submission["reason"], submission["publishedIn"]) == ("ACCEPTED", None, None)
    benchmark = submission["benchmark"]
    assert (benchmark["annualized"], benchmark["currency"]) == (175_000, "USD")
    assert benchmark["rank"] == {"rank": 100 * 5.5 / 40, "count": 40}
    assert benchmark["compaRatio"] == 175_000 / 189_500
    assert benchmark["cohort"]["size"] == 40
    assert [step["sufficient"] for step in benchmark["relaxations"]][-1] is True


def test_outliers_are_held_with_a_reason(execute: Execute) -> None:
    found = execute(SUBMIT, input=submission_input(baseSalary=170))
    assert found["submission"]["status"] == "HELD"
    assert "thousands" in found["submission"]["reason"]


def test_a_receipt_gives_access_to_a_submission(execute: Execute) -> None:
    given = submission_input()
    first = execute(SUBMIT, input=given)
    receipt = first["receipt"]
    assert execute(STATUS, receipt=receipt) == {
        "id": first["submission"]["id"],
        "status": "ACCEPTED",
        "reason": None,
        "publishedIn": None,
    }
    amended = execute(AMEND, receipt=receipt, changes={"baseSalary": 180_000, "level": "STAFF"})
    assert (amended["userErrors"], amended["submission"]["benchmark"]) == ([], {"annualized": 180_000})
    assert execute(SUBMIT, input=given)["receipt"] == receipt
    withdrawn = execute(WITHDRAW, receipt=receipt)
    assert withdrawn == {
        "submission": {"id": first["submission"]["id"], "status": "WITHDRAWN", "benchmark": None},
        "userErrors": [],
    }
    [problem] = execute(AMEND, receipt=receipt, changes={"baseSalary": 1})["userErrors"]
    assert (problem["code"], problem["field"]) == ("NOT_ALLOWED", ["receipt"])


def test_unknown_receipts(execute: Execute) -> None:
    assert execute(STATUS, receipt="AAAA-BBBB") is None
    for found in (execute(WITHDRAW, receipt=""), execute(AMEND, receipt="\u0000", changes={})):
        [problem] = found["userErrors"]
        assert (problem["code"], found["submission"]) == ("NOT_FOUND", None)


def test_all_errors_of_a_submission_are_returned_together(execute: Execute, url: str) -> None:
    before = stored(url)
    bad = {
        "idempotencyKey": "short",
        "role": "machine-learning-enginer",
        "country": "us",
        "metro": "berlin",
        "skills": ["python", "pythn"],
        "experience": 99,
        "baseSalary": -1,
        "effective": "2049-12",
        "employer": "a\u0000b",
    }
    found = execute(SUBMIT, input=submission_input(**bad))
    assert (found["submission"], found["receipt"]) == (None, None)
    assert sorted((".".join(problem["field"]), problem["code"]) for problem in found["userErrors"]) == [
        ("input.baseSalary", "OUT_OF_RANGE"),
        ("input.effective", "OUT_OF_RANGE"),
        ("input.employer", "INVALID"),
        ("input.experience", "OUT_OF_RANGE"),
        ("input.idempotencyKey", "INVALID"),
        ("input.metro", "INVALID"),
        ("input.role", "UNKNOWN_CODE"),
        ("input.skills.1", "UNKNOWN_CODE"),
    ]
    assert stored(url) == before


def test_amendments_are_validated_like_submissions(execute: Execute) -> None:
    receipt = execute(SUBMIT, input=submission_input())["receipt"]
    found = execute(AMEND, receipt=receipt, changes={"experience": -1, "effective": "2049-01", "bonus": -5})
    assert sorted((".".join(problem["field"]), problem["code"]) for problem in found["userErrors"]) == [
        ("changes.bonus", "OUT_OF_RANGE"),
        ("changes.effective", "OUT_OF_RANGE"),
        ("changes.experience", "OUT_OF_RANGE"),
    ]


BAD_VARIABLES = {
    "no key": {"idempotencyKey": None},
    "an unknown level": {"level": "SUPREME"},
    "a malformed code": {"role": "a\u0000b"},
    "a malformed month": {"effective": "2026-13"},
    "a malformed currency": {"currency": "usd"},
    "pay as text": {"baseSalary": "much"},
    "a fraction of a year": {"experience": 1.5},
    "too many years for an Int": {"experience": 10**12},
    "an unknown field": {"salary": 5},
}


@pytest.mark.parametrize("bad", BAD_VARIABLES.values(), ids=BAD_VARIABLES)
def test_input_of_the_wrong_type_is_rejected(client: TestClient, url: str, bad: dict[str, Any]) -> None:
    before = stored(url)
    response = client.post("/graphql", json={"query": SUBMIT, "variables": {"input": submission_input(**bad)}})
    assert response.status_code < 500
    assert {error["extensions"]["code"] for error in response.json()["errors"]} == {"BAD_USER_INPUT"}
    assert "Traceback" not in response.text
    assert stored(url) == before


BAD_BODIES = {
    "ten megabytes": lambda text: text.replace('"Acme"', f'"{"x" * 10_000_000}"'),
    "not a number": lambda text: text.replace("170000", "NaN"),
    "infinite pay": lambda text: text.replace("170000", "Infinity"),
    "pay beyond all floats": lambda text: text.replace("170000", "1e999"),
    "a number of 5,000 digits": lambda text: text.replace("170000", "1" * 5_000),
    "an unpaired surrogate": lambda text: text.replace('"Acme"', '"\\ud800"'),
}


@pytest.mark.parametrize("spoil", BAD_BODIES.values(), ids=BAD_BODIES)
def test_malformed_bodies_are_rejected(client: TestClient, url: str, spoil: Callable[[str], str]) -> None:
    before = stored(url)
    text = client.build_request(
        "POST", "/graphql", json={"query": SUBMIT, "variables": {"input": submission_input(employer="Acme")}}
    )
    body = spoil(text.content.decode().replace('"employer":"Acme"', '"employer": "Acme"'))
    response = client.post("/graphql", content=body, headers={"content-type": "application/json"})
    assert 400 <= response.status_code < 500 or response.json()["errors"]
    assert all(error["extensions"]["code"] for error in response.json()["errors"])
    assert stored(url) == before


def test_mutations_over_get_are_rejected(client: TestClient) -> None:
    response = client.get("/graphql", params={"query": 'mutation { withdrawSalary(receipt: "x") { userErrors { code } } }'})
    assert response.status_code in (400, 405)
    assert response.json()["errors"][0]["extensions"]["code"]


def test_proof_of_work(url: str) -> None:
    with TestClient(create_app(load_settings(proof_cost=5, submissions_per_hour=0), url)) as client:

        def submit(proof: str, **more: Any) -> Any:
            body = {"query": SUBMIT, "variables": {"input": submission_input(proof=proof, **more)}}
            return client.post("/graphql", json=body).json()["data"]["submitSalary"]

        challenge = altcha.Challenge.from_dict(client.get("/challenge").json())
        solution = altcha.solve_challenge(challenge)
        assert solution
        proof = altcha.Payload(challenge, solution).to_base64()
        without, with_other_problems = submit(""), submit("", experience=99)
        first, second = submit(proof), submit(proof)
    assert [error["code"] for error in without["userErrors"]] == ["PROOF_REQUIRED"]
    assert {error["code"] for error in with_other_problems["userErrors"]} == {"PROOF_REQUIRED", "OUT_OF_RANGE"}
    assert (first["userErrors"], first["submission"]["status"]) == ([], "ACCEPTED")
    assert [error["code"] for error in second["userErrors"]] == ["PROOF_REQUIRED"]
    assert "used" in second["userErrors"][0]["message"]


def test_submissions_of_a_network_are_rate_limited(url: str) -> None:
    settings = load_settings(proof_cost=0, submissions_per_hour=3, proxy_hops=1)
    with TestClient(create_app(settings, url)) as client:

        def submit(address: str) -> list[str]:
            headers = {"x-forwarded-for": f"203.0.113.200, {address}"}  # the first is made up by the client
            body = {"query": SUBMIT, "variables": {"input": submission_input()}}
            found = client.post("/graphql", json=body, headers=headers).json()["data"]["submitSalary"]
            return [error["code"] for error in found["userErrors"]]

        same = [submit(f"198.51.100.{n}") for n in range(5)]
        other = submit("192.0.2.1")
    assert same == [[], [], [], ["RATE_LIMITED"], ["RATE_LIMITED"]]
    assert other == []


def test_a_failing_field_does_not_repeat_the_write(execute: Execute, client: TestClient, url: str) -> None:
    """The operation is executed twice, the second time by graphql-core for the error; the submission is stored once."""
    fields = "submission { status benchmark { cohort { stats { p50 percentile(p: 2) } } } } receipt userErrors { code }"
    failing = f"mutation ($input: SalarySubmissionInput!) {{ submitSalary(input: $input) {{ {fields} }} }}"
    with bulk_connection(url) as rows:
        [[before]] = rows.query("SELECT count(*) FROM submission").to_pydict().values()
        answer = client.post("/graphql", json={"query": failing, "variables": {"input": submission_input()}}).json()
        rows.commit()
        [[after]] = rows.query("SELECT count(*) FROM submission").to_pydict().values()
    [error] = answer["errors"]
    assert (error["extensions"]["code"], error["path"][-1]) == ("BAD_USER_INPUT", "percentile")
    assert answer["data"]["submitSalary"]["submission"]["benchmark"]["cohort"]["stats"]["percentile"] is None
    assert after == before + 1
    assert execute(STATUS, receipt=answer["data"]["submitSalary"]["receipt"])["status"] == "ACCEPTED"
