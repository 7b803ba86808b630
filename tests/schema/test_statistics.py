"""The SQL engine (PAYRANK_STATISTICS=sql) compared with the index: the same responses, or an error that says why not."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from starlette.testclient import TestClient
from support.databases import clone, run_autocommit
from support.query_strategies import queries
from support.records import publish
from support.submissions import submission_input
from support.uvicorn_server import PROTOCOL

from schema.schema import build_schema
from seed.sample import load_sample
from service.app import create_app
from service.settings import load_settings
from service.store.bulk import bulk_connection

STATS = "stats(measure: BASE_SALARY) { count mean p10 p25 p50 p75 p90 interval { low high } cautions { message } }"
SENIORS = '(where: {role: ["machine-learning-engineer"], level: [SENIOR]})'
OFFER = (
    '{profile: {role: "machine-learning-engineer", level: SENIOR, country: "us", metro: "san-francisco"}, '
    "baseSalary: 190000, targetBonus: 20000, equityGrant: 160000}"
)
OFFER_IN_EUROS = '{profile: {role: "data-scientist", country: "de"}, currency: "EUR", baseSalary: 90000}'
BENCHMARK = (
    "{ annualized compaRatio rangePenetration rank { rank count } measure cohort { label size } "
    "relaxations { dropped sufficient cohort { size } } negotiation { target stretch reasons } "
    "components { measure rank { rank } } }"
)
QUERIES = [
    f"{{ cohort {{ size label employers suppressed {{ message }} {STATS} }} }}",
    f"{{ cohort{SENIORS} {{ size employers {STATS} total: stats {{ count p50 percentile(p: 0.333) }} }} }}",
    f'{{ cohort(where: {{country: ["us"]}}, currency: "EUR", adjust: COST_OF_LIVING) {{ {STATS} }} }}',
    f'{{ cohort(currency: "JPY") {{ {STATS} by(factor: COUNTRY, under: "asia") {{ cohort {{ {STATS} }} }} }} }}',
    '{ cohort(currency: "GBP") { distribution { above bins { low count } } percentileRank(amount: 120000) { rank } } }',
    '{ cohort(currency: "KWD") { trend(interval: YEAR, measure: TOTAL_CASH) { change stats { p25 p50 } } } }',
    f'{{ cohort(where: {{skill: {{all: ["python"], none: ["java"]}}, experience: {{min: 3, max: 9}}}}) {{ {STATS} }} }}',
    f'{{ cohort(where: {{effective: {{from: "2024-03", to: "2025-06"}}}}) {{ size {STATS} }} }}',
    f"{{ cohort {{ by(factor: LEVEL) {{ share value {{ code }} cohort {{ size {STATS} }} }} }} }}",
    '{ cohort { by(factor: METRO, under: "us", first: 5) { shareOfReported value { code records } cohort { size } } } }',
    "{ cohort { by(factor: BENEFIT) { share shareOfReported value { code records } cohort { size stats { p50 } } } } }",
    '{ cohort { by(factor: SKILL, under: "programming-languages", first: 4) { share value { code } } } }',
    "{ cohort { by(factor: QUARTER) { value { code records } cohort { by(factor: SOURCE_KIND) { share } } } } }",
    "{ cohort { by(factor: INDUSTRY, orderBy: {field: MEDIAN, measure: BASE_SALARY}, first: 3) { value { code } } } }",
    "{ cohort { distribution(measure: BASE_SALARY, bins: 12) { unit below above bins { low high count } } } }",
    "{ cohort { percentileRank(amount: 150000.5) { rank count interval { low high } } } }",
    "{ cohort { stats(measure: JOB_SATISFACTION) { count mean p50 confidence } } }",
    "{ cohort { trend(interval: YEAR) { period change cohort { size } stats { p50 count } } } }",
    '{ factorValues(factor: ROLE, search: "engineer") { totalCount nodes { code records } } }',
    "{ edition { number records sources { code records } } }",
    f"{{ benchmarkOffer(offer: {OFFER}) {BENCHMARK} }}",
    f"{{ benchmarkOffer(offer: {OFFER_IN_EUROS}) {BENCHMARK} }}",
    f"{{ compareOffers(offers: [{OFFER}, {OFFER}]) {{ best offers {{ realValue difference equivalentAnnualized }} }} }}",
]
REAL = [
    {"role": "machine-learning-engineer", "level": "senior", "country": "us", "base_salary": 150_000 + 1_000 * n}
    for n in range(30)
]
"""Records that submissions and offers are compared with; there are too few for offers in Germany, unlike in the sample."""
EDITION = "{ edition { number sources { code records } } }"
UNSUPPORTED = [
    "{ cohort { premiums(factor: LEVEL) { records } } }",
    "{ cohort { outlook { reason } } }",
    "{ cohort { records { totalCount } } }",
    "{ salaryRecords { totalCount } }",
    '{ estimatePay(profile: {role: "data-scientist", country: "us"}) { p50 } }',
]
FITTED = {"premiums", "outlook", "estimatePay", "records", "salaryRecords", "node", "trend"}
ROUNDED = {"standardDeviation", "meanInterval"}
"""Figures that the engines sum in different orders."""


@dataclass(frozen=True)
class Both:
    """Two services with the same database."""

    url: str
    by_index: TestClient
    by_sql: TestClient


@pytest.fixture(scope="module")
def both(server_url: str, empty_template: str) -> Iterator[Both]:
    with clone(server_url, empty_template) as url:
        load_sample(url, 3_000, 1, lambda _: None)
        publish(url, REAL)
        given: dict[str, Any] = {"proof_cost": 0, "submissions_per_hour": 0, "statement_seconds": 60, "pool_size": 2}
        by_sql = create_app(load_settings(statistics="sql", **given), url)
        with TestClient(create_app(load_settings(**given), url)) as index, TestClient(by_sql) as sql:
            yield Both(url, index, sql)


def post(client: TestClient, query: str, **variables: Any) -> dict[str, Any]:
    """A response; its errors in the order of their messages, as fields that pause end in any order."""
    found: dict[str, Any] = client.post("/graphql", json={"query": query, "variables": variables}).json()
    if "errors" in found:
        found["errors"].sort(key=lambda error: (error["message"], error.get("path")))
    return found


@pytest.mark.parametrize("query", QUERIES)
def test_responses_are_equal(both: Both, query: str) -> None:
    found = post(both.by_sql, query)
    assert "errors" not in found
    assert found == post(both.by_index, query)


def test_standard_deviations_agree_to_nine_digits(both: Both) -> None:
    query = f"{{ cohort{SENIORS} {{ stats {{ standardDeviation meanInterval {{ low high }} }} }} }}"
    by_sql, by_index = (post(client, query)["data"]["cohort"]["stats"] for client in (both.by_sql, both.by_index))
    assert by_sql["standardDeviation"] == pytest.approx(by_index["standardDeviation"], rel=1e-9)
    assert by_sql["meanInterval"] == pytest.approx(by_index["meanInterval"], rel=1e-9)


@settings(
    max_examples=60,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(drawn=queries(build_schema()._schema, FITTED | ROUNDED | {"submission", "reviewQueue"}))
@pytest.mark.slow
def test_responses_to_generated_queries_are_equal(both: Both, drawn: tuple[str, dict[str, Any]]) -> None:
    query, variables = drawn
    assert post(both.by_sql, query, **variables) == post(both.by_index, query, **variables)


@pytest.mark.parametrize("query", UNSUPPORTED)
def test_queries_that_need_the_index_are_rejected(both: Both, query: str) -> None:
    [error] = post(both.by_sql, query)["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "PAYRANK_STATISTICS=index" in error["message"]


def test_submissions_are_stored_and_benchmarked(both: Both) -> None:
    query = (
        "mutation ($input: SalarySubmissionInput!) { submitSalary(input: $input) { receipt userErrors { message } "
        "submission { status reason benchmark { rank { rank count } } } } }"
    )
    answers = submission_input(idempotencyKey="the idempotency key of the first", baseSalary=190_000)
    first = post(both.by_sql, query, input=answers)["data"]["submitSalary"]
    assert (first["userErrors"], first["submission"]["status"]) == ([], "RECEIVED")
    assert first["submission"]["benchmark"]["rank"]["count"] == 30
    assert post(both.by_index, query, input=answers)["data"]["submitSalary"] == first
    receipt = first["receipt"]
    seen = post(both.by_sql, "query ($r: String!) { submission(receipt: $r) { status } }", r=receipt)
    assert seen["data"] == {"submission": {"status": "RECEIVED"}}
    mistaken = answers | {"idempotencyKey": "the idempotency key of the second", "baseSalary": 15_800}
    assert "month" in post(both.by_sql, query, input=mistaken)["data"]["submitSalary"]["submission"]["reason"]


def test_downloads_are_equal(both: Both) -> None:
    by_sql, by_index = (client.get("/downloads").json() for client in (both.by_sql, both.by_index))
    assert by_sql == by_index
    name = by_sql["files"][0]["name"]
    assert both.by_sql.get(f"/downloads/{name}").content == both.by_index.get(f"/downloads/{name}").content


def test_responses_over_websocket_are_equal_except_cohort_subscriptions(both: Both) -> None:
    query = '{ cohort(where: {country: ["ca"], level: [SENIOR]}) { size stats { p50 } } }'
    with both.by_sql.websocket_connect("/graphql", [PROTOCOL]) as socket:
        socket.send_json({"type": "connection_init"})
        assert socket.receive_json() == {"type": "connection_ack"}

        def response(text: str) -> Any:
            socket.send_json({"type": "subscribe", "id": text, "payload": {"query": text}})
            return socket.receive_json()["payload"]

        assert response(query) == post(both.by_index, query)
        assert socket.receive_json() == {"id": query, "type": "complete"}
        assert response("{ cohort {")[0]["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"
        edition = response("subscription { editionPublished { number sources { code records } } }")
        assert edition["data"]["editionPublished"] == post(both.by_index, EDITION)["data"]["edition"]
        [error] = response("subscription { cohort { size } }")
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert "PAYRANK_STATISTICS=index" in error["message"]


def test_a_waiting_query_does_not_block_others(both: Both) -> None:
    """The table is locked, so the query waits until the test releases it."""
    query = '{ cohort(where: {country: ["de"], level: [MID]}) { size } }'
    with ThreadPoolExecutor(1) as threads, bulk_connection(both.url) as rows:
        rows.execute("LOCK TABLE salary_record IN ACCESS EXCLUSIVE MODE")
        waiting = threads.submit(post, both.by_sql, query)
        try:
            ready = [both.by_sql.get("/health/ready").status_code for _ in range(20)]
            names = post(both.by_sql, "{ currencies }")
            assert (ready, "errors" in names, waiting.done()) == ([200] * 20, False, False)
        finally:
            rows.connection.rollback()
        assert waiting.result(60) == post(both.by_index, query)


def test_lost_connections_are_replaced(both: Both) -> None:
    """The failed operation is executed again, as after any failure of a compiled plan."""
    queries = [f'{{ cohort(where: {{country: ["fr"], experience: {{min: {n}}}}}) {{ size }} }}' for n in range(8)]
    found = [post(both.by_sql, query) for query in queries[:4]]
    name = both.url.split("?", maxsplit=1)[0].rpartition("/")[2]
    others = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()"
    run_autocommit(both.url, others)
    found += [post(both.by_sql, query) for query in queries[4:]]
    assert found == [post(both.by_index, query) for query in queries]


def test_an_unreachable_database_returns_overloaded(both: Both, server_url: str) -> None:
    name = both.url.split("?", maxsplit=1)[0].rpartition("/")[2]
    query = '{ cohort(where: {country: ["fr"], level: [STAFF]}) { size } }'
    run_autocommit(server_url, f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
    run_autocommit(server_url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    [error] = post(both.by_sql, query)["errors"]
    run_autocommit(server_url, f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")
    assert error["extensions"]["code"] == "OVERLOADED"
    assert "cannot be reached" in error["message"]
    assert post(both.by_sql, query) == post(both.by_index, query)
