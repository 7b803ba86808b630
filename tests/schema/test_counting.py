"""Counting and invitations through GraphQL: what a sender is asked for, and that nobody sees who counted before."""

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient
from support.databases import clone
from support.queries import query
from support.records import SEVEN, publish
from support.submissions import submission_input

from service.app import create_app
from service.intake.invitations import create_invitations
from service.settings import load_settings
from service.store.bulk import bulk_connection

SUBMIT, AMEND, WITHDRAW, STATUS = map(query, ("submit_salary", "amend_salary", "withdraw_salary", "submission"))
HOME, OFFICE = "203.0.113.5", "198.51.100.5"


@contextmanager
def client_of(url: str, **settings: Any) -> Iterator[TestClient]:
    fixed = {"proof_cost": 0, "submissions_per_hour": 0, "proxy_hops": 1, "secret": "s" * 32}
    with TestClient(create_app(load_settings(**fixed | settings), url)) as client:
        yield client


@pytest.fixture
def world(server_url: str, empty_template: str) -> Iterator[str]:
    with clone(server_url, empty_template) as url:
        publish(url, SEVEN)
        yield url


other_world = world


def send(client: TestClient, document: str, address: str = HOME, **variables: Any) -> str:
    """The response, without the time of receipt."""
    body = {"query": document, "variables": variables}
    answer = client.post("/graphql", json=body, headers={"x-forwarded-for": address}).text
    return re.sub(r'"submittedAt":"[^"]+"', '"submittedAt":""', answer)


def counts(url: str) -> list[int]:
    """In how many kinds of classes each submission counts, in the order of arrival."""
    with bulk_connection(url) as rows:
        found = rows.query("SELECT counted::text FROM submission ORDER BY submitted_at").column("counted").to_pylist()
    return [len(json.loads(years)) for years in found]


def test_what_a_sender_sees_does_not_depend_on_who_counted_before(world: str, other_world: str) -> None:
    """In one of two worlds, somebody else on the sender's network has contributed the same class."""
    seen: list[list[str]] = []
    for url, address in ((world, HOME), (other_world, OFFICE)):
        with client_of(url) as client:
            send(client, SUBMIT, address, input=submission_input(baseSalary=150_000))
            mine = submission_input(idempotencyKey="my own key, the same in both worlds")
            answers = [send(client, SUBMIT, input=mine) for _ in range(2)]
            assert counts(url) == [6, 0 if address == HOME else 6]
            receipt = re.findall(r'"receipt":"([^"]+)"', answers[0])[0]
            for changes in ({"level": "STAFF"}, {"country": "de", "currency": "EUR"}):
                answers.append(send(client, AMEND, receipt=receipt, changes=changes))
                answers.append(send(client, STATUS, receipt=receipt))
            answers.append(send(client, WITHDRAW, receipt=receipt))
            seen.append(answers)
    assert seen[0] == seen[1]


def test_a_service_by_invitation_takes_only_who_has_one(world: str) -> None:
    [code] = asyncio.run(create_invitations(world, 1))
    with client_of(world, contributions="invited") as client:

        def errors(**given: Any) -> list[tuple[str, list[str]]]:
            body = {"query": SUBMIT, "variables": {"input": submission_input(**given)}}
            found = client.post("/graphql", json=body).json()["data"]["submitSalary"]
            assert (found["receipt"] is None) == bool(found["userErrors"])
            return [(error["code"], error["field"]) for error in found["userErrors"]]

        field = ["input", "invitation"]
        assert errors() == [("REQUIRED", field)]
        assert errors(invitation="", experience=99) == [("REQUIRED", field), ("OUT_OF_RANGE", ["input", "experience"])]
        assert errors(invitation="pri_x") == [("NOT_ALLOWED", field)]
        assert errors(invitation=code, experience=99) == [("OUT_OF_RANGE", ["input", "experience"])]
        assert errors(invitation=code) == []
        assert errors(invitation=code) == [("NOT_ALLOWED", field)]
    assert counts(world) == [8]


RULES = "{ contributionRules { invitationRequired classSize employerClasses releaseDays nextRelease } }"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, [False, 10, False, 28]),
        (
            {"contributions": "invited", "employer_classes": True, "class_size": 7, "release_days": 0.5},
            [True, 7, True, 0.5],
        ),
    ],
)
def test_the_rules_of_contributing_are_those_of_the_settings(
    world: str, settings: dict[str, Any], expected: list[object]
) -> None:
    with client_of(world, **settings) as client:
        before = datetime.now(UTC)
        *rules, following = client.post("/graphql", json={"query": RULES}).json()["data"]["contributionRules"].values()
        after = datetime.now(UTC)
    assert rules == expected
    period, due = timedelta(days=expected[-1]), datetime.fromisoformat(following)  # type: ignore[arg-type]
    assert before < due <= after + period
    assert (due - datetime(1970, 1, 5, tzinfo=UTC)) % period == timedelta(0)


def test_without_releases_none_is_next(world: str) -> None:
    with client_of(world, release_days=0) as client:
        found = client.post("/graphql", json={"query": RULES}).json()["data"]["contributionRules"]
    assert (found["releaseDays"], found["nextRelease"]) == (0, None)


def test_an_open_service_takes_invitations_too(world: str) -> None:
    [code] = asyncio.run(create_invitations(world, 1))
    with client_of(world) as client:
        for invitation in (None, code, None):
            assert '"receipt":"' in send(client, SUBMIT, input=submission_input(invitation=invitation))
    assert counts(world) == [6, 8, 0]
