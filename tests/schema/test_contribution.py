"""Submissions through GraphQL: submit, view, amend and withdraw; invalid input never causes more than an error."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from graphql import build_schema
from starlette.testclient import TestClient
from support.databases import clone
from support.queries import query
from support.records import publish
from support.submissions import LAST_MONTH, THIS_MONTH, solved, submission_input

from schema.schema import SDL
from service.app import create_app
from service.intake.receipt import receipt_hash
from service.settings import load_settings
from service.store.bulk import bulk_connection

SUBMIT, AMEND, WITHDRAW = query("submit_salary"), query("amend_salary"), query("withdraw_salary")
STATUS = query("submission")
SCHEMA: Any = build_schema(SDL.read_text()).type_map

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
    assert (submission["status"], submission["reason"], submission["publishedIn"]) == ("RECEIVED", None, None)
    benchmark = submission["benchmark"]
    assert (benchmark["annualized"], benchmark["currency"]) == (175_000, "USD")
    assert benchmark["rank"] == {"rank": 100 * 5.5 / 40, "count": 40}
    assert benchmark["compaRatio"] == 175_000 / 189_500
    assert benchmark["cohort"]["size"] == 40
    assert [step["sufficient"] for step in benchmark["relaxations"]][-1] is True


def test_outliers_are_held_and_their_sender_sees_what_to_check(execute: Execute, url: str) -> None:
    """The same after a moderator has rejected it."""
    given = submission_input(baseSalary=170)
    found = execute(SUBMIT, input=given)
    assert found["submission"]["status"] == "RECEIVED"
    assert "thousands" in found["submission"]["reason"]
    with bulk_connection(url) as rows:
        id_ = found["submission"]["id"]
        assert rows.scalar(f"SELECT status FROM submission WHERE id = '{id_}'") == "held"
        rows.execute(f"UPDATE submission SET status = 'rejected' WHERE id = '{id_}'")
        rows.commit()
    assert execute(SUBMIT, input=given) == found


def test_what_a_sender_sees_does_not_depend_on_other_submissions(execute: Execute) -> None:
    """The same answers again and again, by others, or nearly the same: no finding, hold or reason."""
    first = execute(SUBMIT, input=submission_input(baseSalary=173_450, employer="Acme", skills=["python"]))
    for pay in (173_450, 173_450, 173_451, 174_000, *[173_450] * 8):
        other = execute(SUBMIT, input=submission_input(baseSalary=pay, employer="Acme", skills=["python"]))
        seen = ("status", "reason", "publishedIn")
        assert [other["submission"][name] for name in seen] == [first["submission"][name] for name in seen]


def test_a_submission_waits_once_a_release_was_due_since(server_url: str, empty_template: str) -> None:
    """Whether it is accepted, held or rejected."""
    with clone(server_url, empty_template) as url:
        publish(url, PEERS)
        settings = load_settings(proof_cost=0, refresh_seconds=0.01)
        with TestClient(create_app(settings, url)) as client:

            def ask(text: str, number: int, **variables: Any) -> Any:
                body = {"query": text, "variables": variables}
                return client.post("/graphql", json=body, headers={"payrank-minimum-edition": str(number)}).json()["data"]

            def seen(number: int) -> list[str]:
                return [ask(STATUS, number, receipt=receipt)["submission"]["status"] for receipt in receipts]

            pay = {"accepted": 170_000, "held": 170, "rejected": 170}
            inputs = [submission_input(baseSalary=base) for base in pay.values()]
            sent = [ask(SUBMIT, 1, input=one)["submitSalary"] for one in inputs]
            receipts = [one["receipt"] for one in sent]
            with bulk_connection(url) as rows:
                rows.execute(f"UPDATE submission SET status = 'rejected' WHERE id = '{sent[-1]['submission']['id']}'")
                rows.commit()
                assert set(rows.query("SELECT status FROM submission").column("status").to_pylist()) == set(pay)
            assert seen(1) == ["RECEIVED"] * 3
            publish(url, [{"base_salary": 100_000}], first=len(PEERS))
            assert seen(2) == ["RECEIVED"] * 3
            with bulk_connection(url) as rows:
                rows.execute("UPDATE submission SET submitted_at = submitted_at - interval '28 days'")
                rows.commit()
            assert seen(2) == ["WAITING"] * 3


def test_a_receipt_gives_access_to_a_submission(execute: Execute) -> None:
    given = submission_input()
    first = execute(SUBMIT, input=given)
    receipt = first["receipt"]
    assert execute(STATUS, receipt=receipt) == {
        "id": first["submission"]["id"],
        "status": "RECEIVED",
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


FULL = {
    "role": "machine-learning-engineer",
    "specializations": ["computer-vision"],
    "level": "SENIOR",
    "experience": 6,
    "employmentType": "FULL_TIME",
    "workMode": "HYBRID",
    "country": "us",
    "subdivision": "us-ca",
    "metro": "san-francisco",
    "industry": "software",
    "employer": "Acme",
    "employerSize": "LARGE",
    "employerType": "PUBLIC",
    "education": "MASTER",
    "fieldOfStudy": "computer-science",
    "certifications": ["aws-machine-learning-specialty"],
    "skills": ["python"],
    "currency": "USD",
    "baseSalary": 170_000,
    "bonus": 10_000,
    "equity": 20_000,
    "benefits": ["health-insurance"],
    "initialOffer": 180_000,
    "competingOffers": 1,
    "jobSatisfaction": 3,
    "careerGrowth": 3,
    "workLifeBalance": 3,
    "effective": THIS_MONTH,
}
OTHER = {
    "role": "data-scientist",
    "specializations": ["reinforcement-learning"],
    "level": "STAFF",
    "experience": 9,
    "employmentType": "CONTRACT",
    "workMode": "REMOTE",
    "country": "de",
    "subdivision": None,
    "metro": "berlin",
    "industry": "finance",
    "employer": "Initech",
    "employerSize": "SMALL",
    "employerType": "STARTUP",
    "education": "DOCTORATE",
    "fieldOfStudy": "physics",
    "certifications": [],
    "skills": ["rust", "pytorch"],
    "currency": "EUR",
    "baseSalary": 90_000,
    "bonus": 0,
    "equity": 1_000,
    "benefits": [],
    "initialOffer": 85_000,
    "competingOffers": 0,
    "jobSatisfaction": 5,
    "careerGrowth": 4,
    "workLifeBalance": 1,
    "effective": LAST_MONTH,
}
"""Another answer to each question, after which the places of the first answers no longer hold."""


def answers_of(url: str, receipt: str) -> Any:
    with bulk_connection(url) as rows:
        return json.loads(
            rows.scalar("SELECT answers::text FROM submission WHERE receipt_hash = $1", [receipt_hash(receipt)])
        )


def test_an_amendment_takes_every_answer_of_a_submission() -> None:
    submitted, amended = (SCHEMA[name].fields for name in ("SalarySubmissionInput", "SalaryAmendmentInput"))
    answers = {name: str(field.type).rstrip("!") for name, field in submitted.items()}
    assert {name: str(field.type) for name, field in amended.items()} == {
        name: type_ for name, type_ in answers.items() if name not in ("idempotencyKey", "proof", "invitation")
    }
    assert set(FULL) == set(OTHER) == set(amended)


def test_every_amended_answer_replaces_the_one_before(execute: Execute, url: str) -> None:
    before, wanted = (execute(SUBMIT, input=submission_input(**answers))["receipt"] for answers in (FULL, OTHER))
    found = execute(AMEND, receipt=before, changes=OTHER)
    assert found["userErrors"] == []
    assert answers_of(url, before) == answers_of(url, wanted)


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"metro": "seattle"}, {"country": "us", "subdivision": "us-wa", "metro": "seattle"}),
        ({"subdivision": "us-tx"}, {"country": "us", "subdivision": "us-tx"}),
        ({"country": "fr"}, {"country": "fr"}),
        ({"country": "us"}, {"country": "us"}),
        ({"level": "STAFF"}, {"country": "us", "subdivision": "us-ca", "metro": "san-francisco"}),
    ],
)
def test_an_amended_place_replaces_the_whole_place(
    execute: Execute, url: str, changes: dict[str, str], places: dict[str, str]
) -> None:
    receipt = execute(SUBMIT, input=submission_input(**FULL))["receipt"]
    assert execute(AMEND, receipt=receipt, changes=changes)["userErrors"] == []
    one = answers_of(url, receipt)["one"]
    assert {name: one[name] for name in ("country", "subdivision", "metro") if name in one} == places


def test_an_empty_list_or_employer_removes_the_answer(execute: Execute, url: str) -> None:
    receipt = execute(SUBMIT, input=submission_input(**FULL))["receipt"]
    before = answers_of(url, receipt)
    changes = {"skills": [], "employer": " ", "industry": None}
    assert execute(AMEND, receipt=receipt, changes=changes)["userErrors"] == []
    after = answers_of(url, receipt)
    assert before["employer"] == "Acme"
    assert after == {**before, "employer": None, "many": {n: v for n, v in before["many"].items() if n != "skill"}}


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


@pytest.mark.parametrize(
    ("changes", "missing", "message"),
    [
        ({}, "proof", "SalarySubmissionInput requires the field 'proof', which is missing."),
        ({"baseSallary": 5}, "", "SalarySubmissionInput has no field 'baseSallary'. Did you mean 'baseSalary'?"),
        ({"qqqqqqq": "to include required field 'x'"}, "", "SalarySubmissionInput has no field 'qqqqqqq'."),
    ],
)
def test_an_error_about_a_field_does_not_repeat_the_answers(
    client: TestClient, changes: dict[str, Any], missing: str, message: str
) -> None:
    given = {name: value for name, value in submission_input(**changes).items() if name != missing}
    [error] = client.post("/graphql", json={"query": SUBMIT, "variables": {"input": given}}).json()["errors"]
    assert error["message"] == f"Variable '$input' has invalid value: {message}"


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

        proof = solved(client.get("/challenge").json())
        without, with_other_problems = submit(""), submit("", experience=99)
        first, second = submit(proof), submit(proof)

        def amend(proof: str) -> list[tuple[str, list[str]]]:
            variables = {"receipt": first["receipt"], "proof": proof, "changes": {"bonus": 1_000}}
            found = client.post("/graphql", json={"query": AMEND, "variables": variables}).json()["data"]["amendSalary"]
            return [(error["code"], error["field"]) for error in found["userErrors"]]

        new = solved(client.get("/challenge").json())
        amendments = [amend(one) for one in ("", proof, new, new)]
    assert [error["code"] for error in without["userErrors"]] == ["PROOF_REQUIRED"]
    assert {error["code"] for error in with_other_problems["userErrors"]} == {"PROOF_REQUIRED", "OUT_OF_RANGE"}
    assert (first["userErrors"], first["submission"]["status"]) == ([], "RECEIVED")
    assert [error["code"] for error in second["userErrors"]] == ["PROOF_REQUIRED"]
    assert "used" in second["userErrors"][0]["message"]
    refused = [("PROOF_REQUIRED", ["proof"])]
    assert amendments == [refused, refused, [], refused]


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
    assert execute(STATUS, receipt=answer["data"]["submitSalary"]["receipt"])["status"] == "RECEIVED"
