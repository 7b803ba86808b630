"""Review of employer names through the API, and that names without a published record are nowhere else in it."""

import json
from collections.abc import AsyncIterator, Iterator

import pytest
from starlette.testclient import TestClient
from support.databases import clone
from support.moderators import STATES, bad_token, execute, fetch, good_token
from support.queries import query
from support.records import publish
from support.stored_submissions import answers, contribute
from support.transports import TRANSPORTS, Json, Transport, by_handshake, by_post, by_socket

from service.app import create_app
from service.settings import load_settings
from service.store.bulk import bulk_connection
from service.store.reference import add_terms
from service.vocabulary.factors import Factor
from service.vocabulary.terms import Term

CANDIDATES, DECIDE = query("employer_candidates"), query("review_employer")
ACCEPTED = {"name": "Acme, Inc.", "decision": "ACCEPT", "note": "It has a website."}


@pytest.fixture(scope="module")
def url(server_url: str, empty_template: str) -> Iterator[str]:
    """A database with records of one unregistered employer, and an employer that no record has any more."""
    with clone(server_url, empty_template) as found:
        with bulk_connection(found) as rows:
            add_terms(rows, [Term(Factor.EMPLOYER, name, f"{name.title()} Labs") for name in ("gamma", "canary-former")])
            rows.commit()
        publish(found, [{"base_salary": 100_000 + n, "role": "data-scientist", "employer": "gamma"} for n in range(6)])
        yield found


@pytest.fixture(scope="module", params=["index", "sql"])
def client(url: str, request: pytest.FixtureRequest) -> Iterator[TestClient]:
    settings = load_settings(
        submissions_per_hour=0, proof_cost=0, queries_per_minute=0, max_cost=5_000, statistics=request.param
    )
    with TestClient(create_app(settings, url)) as opened:
        yield opened


@pytest.fixture(autouse=True)
async def database_url(url: str) -> AsyncIterator[str]:
    """The database shared by these tests, without submissions and decisions."""
    yield url
    for table in ("submission", "employer_review", "api_token"):
        await execute(url, f"DELETE FROM {table}")


def invite(url: str, *names: str) -> None:
    contribute(url, [answers(employer=name) for name in names], invited=True)


def names_of(found: Json) -> list[str]:
    return [one["name"] for one in found["data"]["employerCandidates"]]


@pytest.mark.parametrize("send", TRANSPORTS)
async def test_the_names_require_a_valid_token(client: TestClient, database_url: str, send: Transport) -> None:
    invite(database_url, "Acme")
    for state in STATES:
        answer = send(client, await bad_token(database_url, state), CANDIDATES, {})
        assert answer["data"] == {"employerCandidates": None}, state
        assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED", state
        assert "Acme" not in json.dumps(answer), state
    assert names_of(send(client, await good_token(database_url), CANDIDATES, {})) == ["Acme"]


@pytest.mark.parametrize("send", [by_post, by_socket, by_handshake])
async def test_decisions_require_a_valid_token(client: TestClient, database_url: str, send: Transport) -> None:
    for state in STATES:
        answer = send(client, await bad_token(database_url, state), DECIDE, ACCEPTED)
        assert (answer["errors"][0]["extensions"]["code"], answer["data"]) == ("UNAUTHENTICATED", None), state
    assert await fetch(database_url, "SELECT * FROM employer_review") == []
    answer = send(client, await good_token(database_url), DECIDE, ACCEPTED)
    assert answer["data"]["reviewEmployer"] == {"employer": None, "userErrors": []}
    stored = "SELECT name, decision, employer, label, note, reviewer, token IS NOT NULL FROM employer_review"
    assert await fetch(database_url, stored) == [("acme", "accept", "acme", "Acme", "It has a website.", "ann", True)]


async def test_candidates_are_counted_by_employer_and_shown_with_lookalikes(client: TestClient, database_url: str) -> None:
    invite(database_url, "Acme, Inc.", "Acme", "Acme", "Gаmmа Labs", "Gamma Lab", "Gamma", "Meta", "N/A")
    contribute(database_url, [answers(employer="Not Invited")])
    contribute(database_url, [answers(employer="Refused")], "rejected", invited=True)
    contribute(database_url, [answers(employer="Held")], "held", invited=True)
    found = by_post(client, await good_token(database_url), CANDIDATES, {})["data"]["employerCandidates"]
    gamma = [{"code": "gamma", "label": "Gamma Labs"}]
    assert found[0] == {"name": "Acme", "submissions": 3, "lookalikes": [], "warning": None}
    assert found[1:] == [
        {"name": "Gamma Lab", "submissions": 1, "lookalikes": gamma, "warning": None},
        {
            "name": "Gаmmа Labs",
            "submissions": 1,
            "lookalikes": gamma,
            "warning": "Looks like Gamma Labs, but has other characters.",
        },
        {"name": "Held", "submissions": 1, "lookalikes": [], "warning": None},
    ]


async def test_decided_names_are_not_listed_until_the_decision_is_undone(client: TestClient, database_url: str) -> None:
    invite(database_url, "Acme", "Zeta", "Delta")
    token = await good_token(database_url)

    def decided(name: str, decision: str, **other: str) -> Json:
        variables = {"name": name, "decision": decision, "note": "Checked.", **other}
        found: Json = by_post(client, token, DECIDE, variables)["data"]["reviewEmployer"]
        assert found["userErrors"] == []
        return found

    assert decided("Acme", "ACCEPT", sameAs="gamma")["employer"] == {"code": "gamma"}
    assert decided("Zeta", "REJECT")["employer"] is None
    assert names_of(by_post(client, token, CANDIDATES, {})) == ["Delta"]
    assert decided("ACME GmbH", "UNDO")["employer"] is None
    assert decided("zeta", "UNDO")["employer"] is None
    assert names_of(by_post(client, token, CANDIDATES, {})) == ["Acme", "Delta", "Zeta"]


async def test_an_accepted_name_is_a_lookalike_in_the_warning(client: TestClient, database_url: str) -> None:
    token = await good_token(database_url)
    by_post(client, token, DECIDE, ACCEPTED)
    invite(database_url, "Аcmе")
    [found] = by_post(client, token, CANDIDATES, {})["data"]["employerCandidates"]
    assert found["lookalikes"] == []
    assert found["warning"] == "Looks like Acme, but has other characters."


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"name": ""}, "INVALID", ["name"]),
        ({"name": "a\u0000"}, "INVALID", ["name"]),
        ({"name": "x" * 121}, "INVALID", ["name"]),
        ({"name": "--"}, "INVALID", ["name"]),
        ({"name": "self-employed"}, "INVALID", ["name"]),
        ({"note": "x"}, "INVALID", ["note"]),
        ({"name": "Facebook"}, "NOT_ALLOWED", ["name"]),
        ({"name": "Gamma", "decision": "REJECT"}, "NOT_ALLOWED", ["name"]),
        ({"decision": "UNDO"}, "NOT_ALLOWED", ["name"]),
        ({"sameAs": "nosuch"}, "UNKNOWN_CODE", ["sameAs"]),
        ({"sameAs": "canary-former"}, "UNKNOWN_CODE", ["sameAs"]),
        ({"sameAs": "meta", "decision": "REJECT"}, "INVALID", ["sameAs"]),
    ],
)
async def test_invalid_decisions_are_rejected(
    client: TestClient, database_url: str, changed: Json, code: str, field: list[str]
) -> None:
    found = by_post(client, await good_token(database_url), DECIDE, {**ACCEPTED, **changed})["data"]["reviewEmployer"]
    assert [(error["code"], error["field"]) for error in found["userErrors"]] == [(code, field)]
    assert await fetch(database_url, "SELECT * FROM employer_review") == []


async def test_the_second_decision_is_rejected(client: TestClient, database_url: str) -> None:
    token, other = await good_token(database_url), await good_token(database_url, "bea")
    by_post(client, token, DECIDE, ACCEPTED)
    [error] = by_post(client, other, DECIDE, ACCEPTED | {"decision": "REJECT"})["data"]["reviewEmployer"]["userErrors"]
    assert error["code"] == "NOT_ALLOWED"
    assert error["message"] == "This name was already accepted by ann. To change that, undo the decision first."


EVERYTHING = """
query ($search: String, $after: String) {
  factorValues(factor: EMPLOYER, first: 500, search: $search, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } nodes { code label records children { code } }
  }
  cohort { by(factor: EMPLOYER, first: 500) { value { code label } } }
  edition { sources { code label } }
  __schema { types { name description enumValues { name } fields { name description } } }
}
"""
USES = (
    "query ($code: Code!) { cohort(where: {employer: [$code]}) { size } }",
    "query ($code: Code!) { cohort { by(factor: EMPLOYER, under: $code) { value { code } } } }",
    "query ($code: Code!) { factorValues(factor: EMPLOYER, under: $code) { totalCount } }",
    """query ($code: Code!) {
        benchmarkOffer(offer: {baseSalary: 1e5, profile: {role: "data-scientist", country: "us", employer: $code}}) { label }
    }""",
)


async def test_names_without_a_published_record_are_nowhere_in_public(client: TestClient, database_url: str) -> None:
    """Neither contributed ones nor accepted ones, nor an employer whose records are gone."""
    canaries = ["Canary Waiting", "Canary Accepted", "Canary Rejected", "Canary Same"]
    invite(database_url, *canaries)
    token = await good_token(database_url)
    decisions = [("Accepted", "ACCEPT", None), ("Rejected", "REJECT", None), ("Same", "ACCEPT", "gamma")]
    for name, decision, same in decisions:
        sent = {"name": f"Canary {name}", "decision": decision, "note": "Checked.", "sameAs": same}
        assert by_post(client, token, DECIDE, sent)["data"]["reviewEmployer"]["userErrors"] == []
    first = by_post(client, None, EVERYTHING, {})
    second = by_post(client, None, EVERYTHING, {"after": first["data"]["factorValues"]["pageInfo"]["endCursor"]})
    assert not second["data"]["factorValues"]["pageInfo"]["hasNextPage"]
    for received in ([first, second], [by_post(client, None, EVERYTHING, {"search": "gamma"})]):
        shown = json.dumps(received)
        assert not any("errors" in answer for answer in received)
        assert "gamma" in shown
        assert "canary" not in shown.lower()
    assert by_post(client, None, EVERYTHING, {"search": "canary"})["data"]["factorValues"]["totalCount"] == 0
    listed = client.get("/downloads").json()
    texts = [client.get(f"/downloads/{name}").text for name in ("payrank-edition-1.csv",)]
    assert "gamma" in texts[0]
    assert not any("canary" in text.lower() for text in (*texts, json.dumps(listed)))
    for code in [name.lower().replace(" ", "-") for name in (*canaries, "Canary Former")]:
        for use in USES:
            answered = [json.dumps(by_post(client, None, use, {"code": one})) for one in (code, "no-such-code-at-all")]
            assert answered[0].replace(code, "") == answered[1].replace("no-such-code-at-all", ""), use
            nearest = json.dumps(by_post(client, None, use, {"code": f"{code}s"}))
            assert "canary" not in nearest.replace(f"{code}s", ""), use
