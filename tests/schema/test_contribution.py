"""Contributing through GraphQL: submit, see, amend, withdraw; and bad input, which never gives more than words."""

from collections.abc import Callable, Iterator
from typing import Any

import altcha
import pytest
from starlette.testclient import TestClient
from support.databases import clone
from support.records import publish
from support.submissions import usual

from service.app import create_app
from service.settings import load_settings
from service.store.bulk import bulk_connection

SUBMIT = """mutation ($input: SalarySubmissionInput!) { submitSalary(input: $input) {
    submission { id status reason submittedAt publishedIn { number } benchmark {
        annualized currency compaRatio rank { rank count } cohort { size label } relaxations { dropped sufficient } } }
    receipt userErrors { code field message } } }"""
AMEND = """mutation ($receipt: String!, $changes: SalaryAmendmentInput!) {
    amendSalary(receipt: $receipt, changes: $changes) {
        submission { status reason benchmark { annualized } } userErrors { code field message } } }"""
WITHDRAW = """mutation ($receipt: String!) { withdrawSalary(receipt: $receipt) {
    submission { id status benchmark { annualized } } userErrors { code field message } } }"""
SEE = "query ($receipt: String!) { submission(receipt: $receipt) { id status reason publishedIn { number } } }"

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


Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def ask(client: TestClient) -> Ask:
    def asked(query: str, **variables: Any) -> Any:
        body = client.post("/graphql", json={"query": query, "variables": variables}).json()
        assert "errors" not in body, body["errors"]
        [answer] = body["data"].values()
        return answer

    return asked


def stored(url: str) -> int:
    with bulk_connection(url) as rows:
        return int(rows.scalar("SELECT count(*) FROM submission"))


def test_a_submission_is_answered_with_a_receipt_and_where_it_stands(ask: Ask) -> None:
    """170,000 and 5,000 are 175,000: 5 of the 40 totals from 170,000 on lie below it, one is equal."""
    found = ask(SUBMIT, input=usual(bonus=5_000, equity=0, skills=["python"], employer="Acme"))
    assert found["userErrors"] == []
    assert len(found["receipt"]) == 39
    submission = found["submission"]
    assert (submission["status"], submission["reason"], submission["publishedIn"]) == ("ACCEPTED", None, None)
    benchmark = submission["benchmark"]
    assert (benchmark["annualized"], benchmark["currency"]) == (175_000, "USD")
    assert benchmark["rank"] == {"rank": 100 * 5.5 / 40, "count": 40}
    assert benchmark["compaRatio"] == 175_000 / 189_500
    assert benchmark["cohort"]["size"] == 40
    assert [rung["sufficient"] for rung in benchmark["relaxations"]][-1] is True


def test_what_stands_out_is_held_and_says_why(ask: Ask) -> None:
    found = ask(SUBMIT, input=usual(baseSalary=170))
    assert found["submission"]["status"] == "HELD"
    assert "thousands" in found["submission"]["reason"]


def test_a_submission_is_seen_amended_and_withdrawn_by_its_receipt(ask: Ask) -> None:
    given = usual()
    first = ask(SUBMIT, input=given)
    receipt = first["receipt"]
    assert ask(SEE, receipt=receipt) == {
        "id": first["submission"]["id"],
        "status": "ACCEPTED",
        "reason": None,
        "publishedIn": None,
    }
    amended = ask(AMEND, receipt=receipt, changes={"baseSalary": 180_000, "level": "STAFF"})
    assert (amended["userErrors"], amended["submission"]["benchmark"]) == ([], {"annualized": 180_000})
    assert ask(SUBMIT, input=given)["receipt"] == receipt
    withdrawn = ask(WITHDRAW, receipt=receipt)
    assert withdrawn == {
        "submission": {"id": first["submission"]["id"], "status": "WITHDRAWN", "benchmark": None},
        "userErrors": [],
    }
    [problem] = ask(AMEND, receipt=receipt, changes={"baseSalary": 1})["userErrors"]
    assert (problem["code"], problem["field"]) == ("NOT_ALLOWED", ["receipt"])


def test_a_receipt_that_nobody_has(ask: Ask) -> None:
    assert ask(SEE, receipt="AAAA-BBBB") is None
    for found in (ask(WITHDRAW, receipt=""), ask(AMEND, receipt="\u0000", changes={})):
        [problem] = found["userErrors"]
        assert (problem["code"], found["submission"]) == ("NOT_FOUND", None)


def test_all_problems_of_a_submission_come_in_one_answer(ask: Ask, url: str) -> None:
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
    found = ask(SUBMIT, input=usual(**bad))
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


def test_an_amendment_is_checked_like_a_submission(ask: Ask) -> None:
    receipt = ask(SUBMIT, input=usual())["receipt"]
    found = ask(AMEND, receipt=receipt, changes={"experience": -1, "effective": "2049-01", "bonus": -5})
    assert sorted((".".join(problem["field"]), problem["code"]) for problem in found["userErrors"]) == [
        ("changes.bonus", "OUT_OF_RANGE"),
        ("changes.effective", "OUT_OF_RANGE"),
        ("changes.experience", "OUT_OF_RANGE"),
    ]


BAD_VARIABLES = {
    "no key": {"idempotencyKey": None},
    "a level that there is not": {"level": "SUPREME"},
    "a code that is none": {"role": "a\u0000b"},
    "a month that is none": {"effective": "2026-13"},
    "a currency that is none": {"currency": "usd"},
    "pay as text": {"baseSalary": "much"},
    "half a year": {"experience": 1.5},
    "too many years to count": {"experience": 10**12},
    "an unknown field": {"salary": 5},
}


@pytest.mark.parametrize("bad", BAD_VARIABLES.values(), ids=BAD_VARIABLES)
def test_what_the_types_refuse_is_labelled(client: TestClient, url: str, bad: dict[str, Any]) -> None:
    before = stored(url)
    response = client.post("/graphql", json={"query": SUBMIT, "variables": {"input": usual(**bad)}})
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
    "half a character": lambda text: text.replace('"Acme"', '"\\ud800"'),
}


@pytest.mark.parametrize("spoil", BAD_BODIES.values(), ids=BAD_BODIES)
def test_bodies_that_are_no_json_are_labelled(client: TestClient, url: str, spoil: Callable[[str], str]) -> None:
    before = stored(url)
    text = client.build_request("POST", "/graphql", json={"query": SUBMIT, "variables": {"input": usual(employer="Acme")}})
    body = spoil(text.content.decode().replace('"employer":"Acme"', '"employer": "Acme"'))
    response = client.post("/graphql", content=body, headers={"content-type": "application/json"})
    assert 400 <= response.status_code < 500 or response.json()["errors"]
    assert all(error["extensions"]["code"] for error in response.json()["errors"])
    assert stored(url) == before


def test_a_mutation_by_get_is_refused(client: TestClient) -> None:
    response = client.get("/graphql", params={"query": 'mutation { withdrawSalary(receipt: "x") { userErrors { code } } }'})
    assert response.status_code in (400, 405)
    assert response.json()["errors"][0]["extensions"]["code"]


def test_the_proof_of_work_from_challenge_to_receipt(url: str) -> None:
    with TestClient(create_app(load_settings(proof_cost=5, submissions_per_hour=0), url)) as client:

        def submit(proof: str, **more: Any) -> Any:
            body = {"query": SUBMIT, "variables": {"input": usual(proof=proof, **more)}}
            return client.post("/graphql", json=body).json()["data"]["submitSalary"]

        posed = altcha.Challenge.from_dict(client.get("/challenge").json())
        solution = altcha.solve_challenge(posed)
        assert solution
        proof = altcha.Payload(posed, solution).to_base64()
        without, with_other_problems = submit(""), submit("", experience=99)
        first, second = submit(proof), submit(proof)
    assert [error["code"] for error in without["userErrors"]] == ["PROOF_REQUIRED"]
    assert {error["code"] for error in with_other_problems["userErrors"]} == {"PROOF_REQUIRED", "OUT_OF_RANGE"}
    assert (first["userErrors"], first["submission"]["status"]) == ([], "ACCEPTED")
    assert [error["message"].split(".")[0] for error in second["userErrors"]] == ["The proof of work was used before"]


def test_too_many_from_one_network_are_told_when_to_try_again(url: str) -> None:
    settings = load_settings(proof_cost=0, submissions_per_hour=3, proxy_hops=1)
    with TestClient(create_app(settings, url)) as client:

        def submit(address: str) -> list[str]:
            headers = {"x-forwarded-for": f"203.0.113.200, {address}"}  # the first is the client's own word
            body = {"query": SUBMIT, "variables": {"input": usual()}}
            found = client.post("/graphql", json=body, headers=headers).json()["data"]["submitSalary"]
            return [error["code"] for error in found["userErrors"]]

        same = [submit(f"198.51.100.{n}") for n in range(5)]
        other = submit("192.0.2.1")
    assert same == [[], [], [], ["RATE_LIMITED"], ["RATE_LIMITED"]]
    assert other == []


def test_what_is_written_is_written_once_though_something_asked_of_it_fails(ask: Ask, client: TestClient, url: str) -> None:
    """The answer is told twice inside, the second time to say what was wrong; the submission is kept once all the same."""
    asked = "submission { status benchmark { cohort { stats { p50 percentile(p: 2) } } } } receipt userErrors { code }"
    query = f"mutation ($input: SalarySubmissionInput!) {{ submitSalary(input: $input) {{ {asked} }} }}"
    with bulk_connection(url) as rows:
        [[before]] = rows.query("SELECT count(*) FROM submission").to_pydict().values()
        answer = client.post("/graphql", json={"query": query, "variables": {"input": usual()}}).json()
        rows.commit()
        [[after]] = rows.query("SELECT count(*) FROM submission").to_pydict().values()
    [error] = answer["errors"]
    assert (error["extensions"]["code"], error["path"][-1]) == ("BAD_USER_INPUT", "percentile")
    assert answer["data"]["submitSalary"]["submission"]["benchmark"]["cohort"]["stats"]["percentile"] is None
    assert after == before + 1
    assert ask(SEE, receipt=answer["data"]["submitSalary"]["receipt"])["status"] == "ACCEPTED"
