"""What the operator sees: ids of requests, metrics, logs; and what nobody sees in them."""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection
from pathlib import Path

import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from support.payrank_process import COMMAND, ServeProcess, eventually, serving
from support.serve_process import SUBMIT, nth_input

from service.app import create_app
from service.errors import DatabaseError
from service.logs import configure_logs
from service.settings import load_settings
from service.web.middleware import AccessLogMiddleware

QUERY = "{ cohort { size } }"
PAY = "190000 a year"


@pytest.fixture
def client(url_of_seven: str) -> Iterator[TestClient]:
    with TestClient(create_app(load_settings(), url_of_seven)) as opened:
        yield opened


def counted(client: TestClient) -> dict[str, float]:
    """All samples by name and labels."""
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(answer.text)
    return {f"{one.name}{sorted(one.labels.items())}": one.value for family in families for one in family.samples}


@pytest.mark.parametrize("sound", ["0123456789abcdef", "a.b-c_d8", "x" * 64])
def test_a_request_keeps_the_id_that_it_came_with(client: TestClient, sound: str) -> None:
    assert client.get("/health/live", headers={"x-request-id": sound}).headers.get_list("x-request-id") == [sound]


@pytest.mark.parametrize("other", ["", "short", "x" * 65, "with a space", "<script>alert(1)</script>"])
def test_a_request_without_a_sound_id_gets_one(client: TestClient, other: str) -> None:
    ids = [client.get("/health/live", headers={"x-request-id": other}).headers["x-request-id"] for _ in range(2)]
    assert all(re.fullmatch("[0-9a-f]{32}", id_) for id_ in ids)
    assert len(set(ids)) == 2


def test_metrics_count_what_was_asked(client: TestClient) -> None:
    def asked(query: str, **headers: str) -> int:
        return client.post("/graphql", json={"query": query}, headers=headers).status_code

    before = counted(client)
    for _ in range(3):
        assert asked(QUERY) == 200
    assert asked("{ cohort { size") == 200
    assert asked("{", accept="application/graphql-response+json") == 400
    assert client.get("/nowhere/at/all").status_code == 404
    assert client.get("/wp-admin.php").status_code == 404
    after = counted(client)
    changed = {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)}
    told = {name: value for name, value in changed.items() if "_count" in name or "answers_total" in name}
    assert told == {
        "payrank_request_seconds_count[('part', 'graphql'), ('status', '200')]": 4,
        "payrank_request_seconds_count[('part', 'graphql'), ('status', '400')]": 1,
        "payrank_request_seconds_count[('part', 'page'), ('status', '404')]": 2,
        "payrank_request_seconds_count[('part', 'metrics'), ('status', '200')]": 1,
        "payrank_answers_total[('how', 'made')]": 1,
        "payrank_answers_total[('how', 'kept')]": 2,
        "payrank_operation_points_count[]": 1,
    }
    assert (after["payrank_edition_number[]"], after["payrank_edition_records[]"]) == (1, 7)
    assert (after["payrank_editions_behind[]"], after["payrank_requests_in_work[]"]) == (0, 1)
    assert after["payrank_pool_connections[('pool', 'readers'), ('state', 'busy')]"] == 0


def test_metrics_can_be_kept_to_oneself(url_of_seven: str) -> None:
    with TestClient(create_app(load_settings(metrics=False), url_of_seven)) as client:
        assert client.get("/metrics").status_code == 404


def test_readiness_tells_the_edition_and_how_fresh_that_is(client: TestClient) -> None:
    text = client.get("/health/ready").text
    assert re.fullmatch(r"ready with edition 1\n0 editions behind \d+\.\d s ago\n", text)


async def _broken(_: Request) -> StreamingResponse:
    raise ValueError(PAY)


async def _torn(_: Request) -> StreamingResponse:
    def parts() -> Iterator[bytes]:
        yield b"begun"
        raise DatabaseError("The database went away.") from ValueError(PAY)

    return StreamingResponse(parts())


def test_what_nobody_thought_of_is_told_by_its_id_and_logged_without_its_words(
    capfd: pytest.CaptureFixture[str],
) -> None:
    configure_logs()
    routes = [Route("/graphql", _broken), Route("/downloads", _torn)]
    app = Starlette(routes=routes, middleware=[Middleware(AccessLogMiddleware, log_all=False)])
    client = TestClient(app, raise_server_exceptions=False)
    try:
        answer = client.get("/graphql", headers={"x-request-id": "an-id-of-mine"})
        torn = client.get("/downloads")
    finally:
        structlog.reset_defaults()
    assert answer.status_code == 500
    assert answer.json()["errors"][0]["extensions"] == {"code": "INTERNAL_SERVER_ERROR", "id": "an-id-of-mine"}
    assert torn.content == b"begun"
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [(line["event"], line["request"]) for line in lines[:2]] == [
        ("request.broken", "an-id-of-mine"),
        ("request", "an-id-of-mine"),
    ]
    assert lines[0]["exception"].endswith("builtins.ValueError")
    assert "in _broken" in lines[0]["exception"]
    assert lines[2]["exception"].endswith("service.errors.DatabaseError: The database went away.")
    assert "190000" not in json.dumps(lines)


@pytest.fixture
def environment(url_of_seven: str, cache_dir: Path) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("PAYRANK_")}
    settings = {"DATABASE_URL": url_of_seven, "PROOF_COST": "0", "LOG_REQUESTS": "1", "CACHE_DIR": str(cache_dir)}
    return own | {f"PAYRANK_{name}": value for name, value in settings.items()}


def _token(environment: dict[str, str]) -> str:
    made = subprocess.run(
        [*COMMAND, "token", "create", "--name", "ann", "--role", "moderator", "--expires", "1d"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return made.stdout.strip().split()[-1]


def test_logs_tell_no_pay_no_receipt_no_token_and_no_address(environment: dict[str, str]) -> None:
    token = _token(environment)
    with serving(environment) as served:
        receipt = _contribute(served, token)
        served.stop(15)
    lines = [json.loads(line) for line in served.output.splitlines() if line.startswith("{")]
    assert sum(line.get("event") == "request" and line["part"] == "graphql" for line in lines) == 6
    assert all(re.fullmatch("[0-9a-f]{32}|of-the-test", line["request"]) for line in lines if line["event"] == "request")
    secrets = (
        "187654",
        "187,654",
        "187_654",
        receipt,
        receipt.replace("-", ""),
        token,
        "203.0.113.77",
        "203.0.113",
        "Initech",
    )
    assert [secret for secret in secrets if secret in served.output] == []


def _contribute(served: ServeProcess, token: str) -> str:
    told = {**nth_input(1), "baseSalary": 187_654, "employer": "Initech"}
    own = {"x-forwarded-for": "203.0.113.77", "authorization": f"Bearer {token}", "x-request-id": "of-the-test"}

    def ask(query: str, **variables: object) -> dict[str, object]:
        connection = HTTPConnection("127.0.0.1", served.port)
        body = json.dumps({"query": query, "variables": variables})
        connection.request("POST", "/graphql", body, {"content-type": "application/json", **own})
        found: dict[str, object] = json.loads(connection.getresponse().read())
        connection.close()
        return found

    receipt = ask(SUBMIT, input=told)["data"]["submitSalary"]["receipt"]
    assert receipt
    ask("query ($r: String!) { submission(receipt: $r) { id status } }", r=receipt)
    ask("{ reviewQueue { totalCount } }")
    ask("query ($a: Float!) { cohort { percentileRank(amount: $a) { rank } } }", a=187_654)
    ask(SUBMIT, input={**told, "baseSalary": "187654 and more"})
    ask(f"{{ cohort {{ percentileRank(amount: 187654) {{ rank }} }} # {receipt} {token}")
    return str(receipt)


def _told_by_all(served: ServeProcess) -> list[tuple[str, Mapping[str, str], float]]:
    """All samples that begin with our name: each with its labels and its value."""
    connection = HTTPConnection("127.0.0.1", served.port)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    return [(one.name, one.labels, one.value) for family in text_string_to_metric_families(text) for one in family.samples]


@pytest.mark.slow
def test_several_workers_tell_their_numbers_as_one(environment: dict[str, str]) -> None:
    """Each tells what it has counted once a second."""
    with serving({**environment, "PAYRANK_WORKERS": "2"}) as served:
        while not served.is_live():
            pass
        for _ in range(20):
            assert served.ask(QUERY) == {"cohort": {"size": 7}}

        def counted() -> tuple[float, float]:
            told = _told_by_all(served)
            requests = [
                value
                for name, labels, value in told
                if name == "payrank_request_seconds_count" and labels["part"] == "graphql"
            ]
            return sum(requests), sum(value for name, _, value in told if name == "payrank_answers_total")

        eventually(lambda: counted() == (20, 20))
        assert [value for name, _, value in _told_by_all(served) if name == "payrank_edition_number"] == [1]
