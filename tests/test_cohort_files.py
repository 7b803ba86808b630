"""Records of a cohort as a file: those of the API and of the edition's files, with the errors of the API."""

import asyncio
import io
import socket
from collections.abc import Iterator
from typing import Any

import orjson
import pyarrow as pa
import pytest
from pyarrow import csv, parquet
from starlette.testclient import TestClient
from starlette.types import Message
from support.databases import clone
from support.download_rows import RECORDS
from support.payrank_process import eventually
from support.queries import query
from support.records import publish
from support.uvicorn_server import listener, served

from schema.limits.rate_limit import RateLimitCharge, RateLimiter
from seed.sample import load_sample
from service.app import create_app
from service.settings import load_settings
from service.web.downloads.records import SCHEMA, schema_in
from service.web.downloads.routes import download_routes
from service.web.downloads.sending import Slots, Stream

SAMPLE, REAL = {"sourceKind": ["SAMPLE"]}, {"sourceKind": ["GOVERNMENT_FILING"]}
PLAIN = {"accept-encoding": "identity"}
COHORT = """query ($where: CohortFilter, $currency: Currency) {
  cohort(where: $where, currency: $currency) { size suppressed { message } }
}"""
PAGE = """query ($where: CohortFilter, $after: String, $currency: Currency) {
  salaryRecords(where: $where, first: 100, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { id effective pay(currency: $currency) { baseSalary totalCompensation } }
  }
}"""


@pytest.fixture(scope="module")
def url(server_url: str, empty_template: str) -> Iterator[str]:
    """Edition 2: seven records of a real source and 300 of the sample."""
    with clone(server_url, empty_template) as found:
        publish(found, RECORDS)
        load_sample(found, 300, 1, lambda _: None)
        yield found


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[TestClient]:
    with TestClient(create_app(load_settings(queries_per_minute=0, body_bytes=50_000), url)) as opened:
        yield opened


def _get(client: TestClient, extension: str, where: object = None, **parameters: str) -> Any:
    given = {} if where is None else {"where": orjson.dumps(where).decode()}
    return client.get(f"/records.{extension}", params={**given, **parameters})


def _csv(content: bytes, schema: pa.Schema) -> pa.Table:
    types = {field.name: pa.string() if pa.types.is_list(field.type) else field.type for field in schema}
    options = csv.ConvertOptions(column_types=types, strings_can_be_null=True, quoted_strings_can_be_null=False)
    return csv.read_csv(io.BytesIO(content), convert_options=options)


def _by_id(table: pa.Table) -> list[dict[str, Any]]:
    return sorted(table.to_pylist(), key=lambda row: str(row["id"]))


@pytest.mark.parametrize(("where", "name"), [(REAL, "payrank-edition-2"), (SAMPLE, "payrank-edition-2-sample")])
def test_records_are_those_of_the_editions_files(client: TestClient, where: object, name: str) -> None:
    """The files of an edition are read from the database, those of a cohort from the index."""
    whole = parquet.read_table(io.BytesIO(client.get(f"/downloads/{name}.parquet").content))
    found = parquet.read_table(io.BytesIO(_get(client, "parquet", where).content))
    assert found.schema == whole.schema == SCHEMA
    assert _by_id(found) == _by_id(whole)


def test_formats_have_the_same_rows(client: TestClient) -> None:
    rows = parquet.read_table(io.BytesIO(_get(client, "parquet").content)).to_pylist()
    assert len(rows) == 307
    lines = _get(client, "jsonl").content.splitlines()
    assert [orjson.loads(line) for line in lines] == rows
    assert list(orjson.loads(lines[0])) == SCHEMA.names
    lists = [field.name for field in SCHEMA if pa.types.is_list(field.type)]
    joined = [{**row, **{name: ";".join(row[name]) for name in lists}} for row in rows]
    assert _csv(_get(client, "csv").content, SCHEMA).to_pylist() == joined
    assert [row["effective"] for row in rows] == sorted(row["effective"] for row in rows)


@pytest.mark.parametrize("currency", ["EUR", "USD", "JPY"])
def test_records_and_pay_are_those_of_the_api(client: TestClient, currency: str) -> None:
    where = {"level": ["SENIOR", "STAFF"], "match": [{"factor": "SKILL", "any": ["python"]}], "sourceKind": ["SAMPLE"]}
    table = parquet.read_table(io.BytesIO(_get(client, "parquet", where, currency=currency).content))
    assert table.schema == schema_in(currency)
    suffix = currency.lower()
    found = {
        (row["id"], row["effective"], row[f"base_salary_{suffix}"], row[f"total_compensation_{suffix}"])
        for row in table.to_pylist()
    }
    assert len(found) == table.num_rows > 10
    assert found == set(_pages(client, where, currency))


def _pages(client: TestClient, where: object, currency: str) -> Iterator[tuple[object, ...]]:
    after = None
    while True:
        variables = {"where": where, "after": after, "currency": currency}
        page = client.post("/graphql", json={"query": PAGE, "variables": variables}).json()["data"]["salaryRecords"]
        for node in page["nodes"]:
            yield node["id"], node["effective"], node["pay"]["baseSalary"], node["pay"]["totalCompensation"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return


@pytest.mark.parametrize(
    ("where", "currency"),
    [
        ({"role": ["data-scientits", "x"], "country": ["Germany"], "experience": {"min": 5, "max": 2}}, "EUX"),
        ({"match": [{"factor": "ROLE", "any": ["data-scientits"]}]}, "USD"),
        ({"level": ["SENOR"]}, "USD"),
        ({"rolle": ["data-scientist"]}, "USD"),
        ({"role": 1}, "USD"),
        ({"role": [None]}, "USD"),
        ({"match": [{}]}, "USD"),
        ({"effective": {"from": "2026"}}, "USD"),
        ([], "USD"),
        ("role", "USD"),
        (7, "USD"),
        ({}, ""),
        ({}, "usd dollars"),
        ({"role": ["data-scientist"] * 101}, "USD"),
        ({"missing": ["ROLE"] * 2_001}, "USD"),
    ],
)
def test_invalid_filters_get_the_errors_of_a_query(client: TestClient, where: object, currency: str) -> None:
    found = _get(client, "csv", where, currency=currency)
    variables = {"where": where, "currency": currency}
    expected = client.post("/graphql", json={"query": COHORT, "variables": variables}).json()["errors"]
    assert found.status_code == 400
    assert found.headers["content-type"] == "application/json; charset=utf-8"
    errors = found.json()["errors"]
    assert errors == [{"message": error["message"], "extensions": error["extensions"]} for error in expected]
    assert errors[0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("query_string", "status", "words"),
    [
        ("where={", 400, "`where` is not valid JSON: "),
        ("where=", 400, "`where` is not valid JSON: "),
        ("where=NaN", 400, "Write a CohortFilter such as "),
        ("where=" + "[" * 5_000, 400, "`where` is not valid JSON: "),
        ("where=%FF", 400, "percent-encoded UTF-8"),
        ("where={}&where={}", 400, "'where' is given more than once. Send it once."),
        ("wher={}", 400, "There is no parameter 'wher'. Did you mean where?"),
        ("limit=10", 400, "There is no parameter 'limit'. The parameters are where and currency."),
        ("&".join(f"a{n}=" for n in range(30)), 400, "at most 20 parameters"),
        ("where=" + "%20" * 20_000, 414, "The address is too long; the maximum is 50,000 bytes. Filter by fewer codes."),
    ],
)
def test_invalid_parameters_are_refused(client: TestClient, query_string: str, status: int, words: str) -> None:
    for extension in ("csv", "parquet", "jsonl"):
        found = client.get(f"/records.{extension}?{query_string}")
        [error] = found.json()["errors"]
        assert (found.status_code, words in error["message"]) == (status, True), error["message"]


def test_problems_name_the_parameter(client: TestClient) -> None:
    found = client.get("/records.csv?where={").json()["errors"][0]["extensions"]["problems"]
    assert [(problem["path"], problem["code"]) for problem in found] == [(["where"], "INVALID")]


@pytest.mark.parametrize("where", [{"country": ["de"]}, {"country": ["de"], "level": ["SENIOR"]}])
def test_suppressed_cohorts_are_refused_in_the_words_of_the_api(client: TestClient, where: dict[str, Any]) -> None:
    where = {**where, **REAL}
    answer = client.post("/graphql", json={"query": COHORT, "variables": {"where": where}}).json()
    for extension in ("csv", "parquet", "jsonl"):
        found = _get(client, extension, where)
        [error] = found.json()["errors"]
        assert (found.status_code, error["extensions"]["code"]) == (403, "SUPPRESSED")
        assert error["message"] == answer["data"]["cohort"]["suppressed"]["message"]


def test_head_and_revalidation_send_no_records(client: TestClient) -> None:
    whole = client.get("/records.csv", headers=PLAIN)
    assert whole.headers["content-disposition"] == 'attachment; filename="payrank-edition-2-cohort.csv"'
    assert (whole.headers["payrank-edition"], whole.headers["accept-ranges"]) == ("2", "none")
    head = client.head(str(whole.request.url), headers=PLAIN)
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", whole.headers["etag"])
    assert "content-length" not in head.headers
    again = client.get(str(whole.request.url), headers={"if-none-match": whole.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    others = [_get(client, "csv", REAL), _get(client, "csv", currency="EUR"), _get(client, "jsonl")]
    assert len({whole.headers["etag"], *(other.headers["etag"] for other in others)}) == 4
    part = client.get(str(whole.request.url), headers={"range": "bytes=0-3"})
    assert (part.status_code, part.content) == (200, whole.content)
    assert client.head("/records.csv?where={").status_code == 400
    assert client.post("/records.csv").status_code == 405


def test_minimum_edition_is_awaited(url: str) -> None:
    with TestClient(create_app(load_settings(edition_wait_seconds=0.1), url)) as client:
        for minimum, status in (("2", 200), ("3", 503), ("x", 400)):
            found = client.get("/records.csv", headers={"payrank-minimum-edition": minimum})
            assert (minimum, found.status_code) == (minimum, status)


def test_compressed_records_are_the_same(client: TestClient) -> None:
    for extension in ("csv", "jsonl"):
        plain, compressed = (
            client.get(f"/records.{extension}", headers={"accept-encoding": coding}) for coding in ("identity", "br")
        )
        assert compressed.headers["content-encoding"] == "br"
        assert compressed.content == plain.content


def test_records_cost_points(url: str) -> None:
    with TestClient(create_app(load_settings(queries_per_minute=1), url)) as client:  # 100 points a minute
        found = client.get("/records.csv")
        assert found.headers["ratelimit-policy"] == '"points";q=100;w=60'
        assert found.headers["ratelimit"].startswith('"points";r=87;')  # 10, and one for each 100 of 307 records


def test_statistics_by_sql_have_no_records_of_cohorts(url: str) -> None:
    with TestClient(create_app(load_settings(statistics="sql"), url)) as client:
        [error] = client.get("/records.csv").json()["errors"]
        variables = {"kind": ["SAMPLE"]}
        expected = client.post("/graphql", json={"query": query("downloadable_records"), "variables": variables}).json()
        assert error["message"] == expected["errors"][0]["message"]


def test_client_that_leaves_frees_its_slot(database_url: str) -> None:
    load_sample(database_url, 5_000, 1, lambda _: None)
    app = create_app(load_settings(), database_url)
    app.router.routes[:0] = download_routes(5, 0, max_concurrent=1, slow_seconds=600)
    with listener(send_bytes=8_192) as listening, served(app, listening):
        address = "127.0.0.1", listening.getsockname()[1]
        with socket.create_connection(address, 60) as leaving:
            leaving.sendall(b"GET /records.csv HTTP/1.1\r\nHost: here\r\n\r\n")
            assert leaving.recv(12).endswith(b" 200")
            assert _status(address) == b"503"
        eventually(lambda: _status(address) == b"200")


def _status(address: tuple[str, int]) -> bytes:
    with socket.create_connection(address, 60) as reader:
        reader.sendall(b"GET /records.csv?where={} HTTP/1.1\r\nHost: here\r\n\r\n")
        return reader.recv(12).split()[1]


async def test_other_tasks_run_between_the_parts_of_a_stream() -> None:
    """Also where sending never waits, as when a compressor collects what is sent."""
    charge = RateLimitCharge(RateLimiter(0), "network")
    stream = Stream(iter([bytes(1_000_000)]), 1, Slots(1, 1, 10), "network", charge, {"content-type": "text/csv"})
    turns, seen = 0, []

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def send(message: Message) -> None:
        if message.get("body"):
            seen.append(turns)

    task = asyncio.create_task(others())
    await stream(
        {"type": "http", "method": "GET", "headers": [], "asgi": {"spec_version": "2.4"}}, asyncio.Event().wait, send
    )
    task.cancel()
    assert len(set(seen)) == len(seen) == 16
