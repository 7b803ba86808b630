"""Request ids, metrics and logs, and the personal data that is in none of them."""

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
from starlette.requests import HTTPConnection as Connection
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from support.payrank_process import COMMAND, ServeProcess, eventually, serving
from support.serve_process import SUBMIT, nth_input
from support.submissions import solved

from service.app import create_app
from service.errors import DatabaseError
from service.logs import configure_logs
from service.settings import load_settings
from service.web.health import is_local
from service.web.middleware import AccessLogMiddleware

QUERY = "{ cohort { size } }"
PAY = "190000 a year"
LOCAL = ("127.0.0.1", 50_000)


@pytest.fixture
def client(url_of_seven: str) -> Iterator[TestClient]:
    with TestClient(create_app(load_settings(proof_cost=1), url_of_seven), client=LOCAL) as opened:
        yield opened


def samples(client: TestClient) -> dict[str, float]:
    """All samples by name and labels."""
    response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(response.text)
    return {f"{one.name}{sorted(one.labels.items())}": one.value for family in families for one in family.samples}


@pytest.mark.parametrize("id_", ["0123456789abcdef", "a.b-c_d8", "x" * 64])
def test_request_keeps_its_valid_id(client: TestClient, id_: str) -> None:
    assert client.get("/health/live", headers={"x-request-id": id_}).headers.get_list("x-request-id") == [id_]


@pytest.mark.parametrize("invalid", ["", "short", "x" * 65, "with a space", "<script>alert(1)</script>"])
def test_request_without_a_valid_id_gets_one(client: TestClient, invalid: str) -> None:
    ids = [client.get("/health/live", headers={"x-request-id": invalid}).headers["x-request-id"] for _ in range(2)]
    assert all(re.fullmatch("[0-9a-f]{32}", id_) for id_ in ids)
    assert len(set(ids)) == 2


def test_metrics_count_requests(client: TestClient) -> None:
    def send(query: str, **headers: str) -> int:
        return client.post("/graphql", json={"query": query}, headers=headers).status_code

    before = samples(client)
    for _ in range(3):
        assert send(QUERY) == 200
    assert send("{ cohort { size") == 200
    assert send("{", accept="application/graphql-response+json") == 400
    assert client.get("/nowhere/at/all").status_code == 404
    assert client.get("/wp-admin.php").status_code == 404
    after = samples(client)
    changed = {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)}
    counted = {name: value for name, value in changed.items() if "_count" in name or "responses_total" in name}
    assert counted == {
        "payrank_request_seconds_count[('part', 'graphql'), ('status', '200')]": 4,
        "payrank_request_seconds_count[('part', 'graphql'), ('status', '400')]": 1,
        "payrank_request_seconds_count[('part', 'page'), ('status', '404')]": 2,
        "payrank_request_seconds_count[('part', 'metrics'), ('status', '200')]": 1,
        "payrank_responses_total[('outcome', 'computed')]": 1,
        "payrank_responses_total[('outcome', 'cached')]": 2,
        "payrank_operation_points_count[]": 1,
    }
    assert (after["payrank_edition_number[]"], after["payrank_edition_records[]"]) == (1, 7)
    assert (after["payrank_editions_behind[]"], after["payrank_requests_in_progress[]"]) == (0, 1)
    assert after["payrank_pool_connections[]"] == 0


def test_metrics_do_not_reveal_contributions(client: TestClient) -> None:
    def send(query: str, **variables: object) -> None:
        answer = client.post("/graphql", json={"query": query, "variables": variables})
        assert "errors" not in answer.json(), answer.text

    samples(client)
    before = samples(client)
    for number in range(3):
        send(SUBMIT, input=nth_input(number) | {"proof": solved(client.get("/challenge").json())})
    send('mutation { withdrawSalary(receipt: "") { userErrors { code } } }')
    after = samples(client)
    process = ("process_", "python_")
    changed = {name for name in after if after[name] != before.get(name) and not name.startswith(process)}
    assert {name for name in changed if "'metrics'" not in name} == set()


LOCAL_CLIENTS = (("127.0.0.1", ""), ("127.8.8.8", "User-Agent"), ("::1", ""), ("::ffff:127.0.0.1", "Accept"))
OTHER_CLIENTS = (
    *(("127.0.0.1", name) for name in ("X-Forwarded-For", "x-forwarded-host", "Forwarded", "X-Real-IP", "Via", "CDN-Loop")),
    ("10.0.0.1", ""),
    ("::ffff:10.0.0.1", ""),
    ("2001:db8::1", ""),
    ("testclient", ""),
)


def test_a_client_is_local_if_it_is_on_this_machine_and_not_behind_a_proxy() -> None:
    def connection(peer: str, header: str) -> Connection:
        headers = [(header.lower().encode(), b"127.0.0.1")] if header else []
        return Connection({"type": "http", "client": (peer, 50_000), "headers": headers})

    assert [one for one in LOCAL_CLIENTS if not is_local(connection(*one))] == []
    assert [one for one in OTHER_CLIENTS if is_local(connection(*one))] == []
    assert not is_local(Connection({"type": "http", "client": None, "headers": []}))


@pytest.mark.parametrize(
    ("metrics", "local", "forwarded", "remote"),
    [("loopback", 200, 404, 404), ("all", 200, 200, 200), ("off", 404, 404, 404)],
)
def test_metrics_are_for_the_clients_of_the_setting(
    url_of_seven: str, metrics: str, local: int, forwarded: int, remote: int
) -> None:
    app = create_app(load_settings(metrics=metrics), url_of_seven)
    with TestClient(app, client=LOCAL) as client:
        assert client.get("/metrics").status_code == local
        behind_proxy = client.get("/metrics", headers={"x-forwarded-for": "203.0.113.1"})
        assert behind_proxy.status_code == forwarded
        if forwarded == 404:
            assert behind_proxy.text == client.get("/nowhere").text
    with TestClient(app, client=("10.0.0.1", 50_000)) as client:
        assert client.get("/metrics").status_code == remote


def test_readiness_reports_the_edition_and_its_age(client: TestClient) -> None:
    text = client.get("/health/ready").text
    assert re.fullmatch(r"ready with edition 1\n0 editions behind, checked \d+\.\d s ago\n", text)


async def _broken(_: Request) -> StreamingResponse:
    raise ValueError(PAY)


async def _torn(_: Request) -> StreamingResponse:
    def parts() -> Iterator[bytes]:
        yield b"begun"
        raise DatabaseError("The database went away.") from ValueError(PAY)

    return StreamingResponse(parts())


def test_unexpected_error_has_an_id_and_is_logged_without_its_message(
    capfd: pytest.CaptureFixture[str],
) -> None:
    configure_logs()
    routes = [Route("/graphql", _broken), Route("/downloads", _torn)]
    app = Starlette(routes=routes, middleware=[Middleware(AccessLogMiddleware, log_all=False)])
    client = TestClient(app, raise_server_exceptions=False)
    try:
        broken = client.get("/graphql", headers={"x-request-id": "my-request-id"})
        torn = client.get("/downloads")
    finally:
        structlog.reset_defaults()
    assert broken.status_code == 500
    assert broken.json()["errors"][0]["extensions"] == {"code": "INTERNAL_SERVER_ERROR", "id": "my-request-id"}
    assert torn.content == b"begun"
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [(line["event"], line["request"]) for line in lines[:2]] == [
        ("request.broken", "my-request-id"),
        ("request", "my-request-id"),
    ]
    assert lines[0]["exception"].endswith("builtins.ValueError")
    assert "in _broken" in lines[0]["exception"]
    assert lines[2]["exception"].endswith("service.errors.DatabaseError: The database went away.")
    assert "190000" not in json.dumps(lines)


@pytest.fixture
def environment(url_of_seven: str, cache_dir: Path, journal_dir: Path) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("PAYRANK_")}
    settings = {
        "DATABASE_URL": url_of_seven,
        "PROOF_COST": "0",
        "LOG_REQUESTS": "1",
        "CACHE_DIR": str(cache_dir),
        "JOURNAL_DIR": str(journal_dir),
    }
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


@pytest.mark.slow
def test_logs_have_no_pay_receipt_token_or_address(environment: dict[str, str]) -> None:
    token = _token(environment)
    with serving(environment) as served:
        receipt = _contribute(served, token)
        served.stop(15)
    lines = [json.loads(line) for line in served.output.splitlines() if line.startswith("{")]
    assert sum(line.get("event") == "request" and line["part"] == "graphql" for line in lines) == 6
    assert all(re.fullmatch("[0-9a-f]{32}|my-request-id", line["request"]) for line in lines if line["event"] == "request")
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
    answers = {**nth_input(1), "baseSalary": 187_654, "employer": "Initech"}
    headers = {"x-forwarded-for": "203.0.113.77", "authorization": f"Bearer {token}", "x-request-id": "my-request-id"}

    def post(query: str, **variables: object) -> dict[str, object]:
        connection = HTTPConnection("127.0.0.1", served.port, timeout=60)
        body = json.dumps({"query": query, "variables": variables})
        connection.request("POST", "/graphql", body, {"content-type": "application/json", **headers})
        found: dict[str, object] = json.loads(connection.getresponse().read())
        connection.close()
        return found

    receipt = post(SUBMIT, input=answers)["data"]["submitSalary"]["receipt"]
    assert receipt
    post("query ($r: String!) { submission(receipt: $r) { id status } }", r=receipt)
    post("{ reviewQueue { totalCount } }")
    post("query ($a: Float!) { cohort { percentileRank(amount: $a) { rank } } }", a=187_654)
    post(SUBMIT, input={**answers, "baseSalary": "187654 and more"})
    post(f"{{ cohort {{ percentileRank(amount: 187654) {{ rank }} }} # {receipt} {token}")
    return str(receipt)


def _samples(served: ServeProcess) -> list[tuple[str, Mapping[str, str], float]]:
    """The name, labels and value of each sample."""
    connection = HTTPConnection("127.0.0.1", served.port, timeout=60)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    return [(one.name, one.labels, one.value) for family in text_string_to_metric_families(text) for one in family.samples]


@pytest.mark.slow
def test_metrics_of_several_workers_are_added_up(environment: dict[str, str]) -> None:
    with serving({**environment, "PAYRANK_WORKERS": "2"}) as served:
        eventually(served.is_live)
        for _ in range(20):
            assert served.query(QUERY) == {"cohort": {"size": 7}}

        def counted() -> tuple[float, float]:
            found = _samples(served)
            requests = [
                value
                for name, labels, value in found
                if name == "payrank_request_seconds_count" and labels["part"] == "graphql"
            ]
            return sum(requests), sum(value for name, _, value in found if name == "payrank_responses_total")

        eventually(lambda: counted() == (20, 20))
        assert [value for name, _, value in _samples(served) if name == "payrank_edition_number"] == [1]
