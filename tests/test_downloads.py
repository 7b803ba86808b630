"""Downloads: what the API shows of each record and no more, sample records apart, read and sent batch by batch."""

import io
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import csv, parquet
from starlette.applications import Starlette
from starlette.testclient import TestClient
from support.databases import clone
from support.download_rows import ENUMS, MANY, ONE, PAY, RECORDS, REPORTED, row_of
from support.lost_editions import lose_editions
from support.payrank_process import eventually
from support.queries import query
from support.records import publish
from support.uvicorn_server import listener, served

from seed.sample import load_sample
from service.app import create_app
from service.errors import DatabaseUnavailable
from service.settings import load_settings
from service.store.bulk import bulk_connection
from service.store.database import Edition
from service.store.editions import current_edition
from service.store.export import record_batches
from service.web.downloads.formats import csv_chunks, json_lines_chunks, parquet_chunks
from service.web.downloads.records import SCHEMA
from service.web.downloads.routes import download_routes
from service.web.server import uvicorn_options


@pytest.fixture(scope="module")
def url(server_url: str, empty_template: str) -> Iterator[str]:
    """Edition 2: seven records of a real source and 300 of the sample."""
    with clone(server_url, empty_template) as found:
        publish(found, RECORDS)
        load_sample(found, 300, 1, lambda _: None)
        yield found


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[TestClient]:
    with TestClient(create_app(load_settings(), url)) as opened:
        yield opened


@pytest.fixture
def api_rows(client: TestClient) -> Callable[[str], list[dict[str, Any]]]:
    """All records of a source kind from the API, as the rows of a file, ordered by id."""

    def found(kind: str) -> list[dict[str, Any]]:
        rows, after = [], None
        while True:
            variables = {"after": after, "kind": [kind]}
            answer = client.post("/graphql", json={"query": query("downloadable_records"), "variables": variables}).json()
            page = answer["data"]["salaryRecords"]
            rows += [row_of(node) for node in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                return sorted(rows, key=lambda row: str(row["id"]))

    return found


def _by_id(table: pa.Table) -> list[dict[str, Any]]:
    return sorted(table.to_pylist(), key=lambda row: str(row["id"]))


@pytest.mark.parametrize(
    ("name", "kind", "records"), [("payrank-edition-2", "GOVERNMENT_FILING", 7), ("payrank-edition-2-sample", "SAMPLE", 300)]
)
def test_both_formats_have_what_the_api_shows(
    client: TestClient, api_rows: Callable[[str], list[dict[str, Any]]], name: str, kind: str, records: int
) -> None:
    expected = api_rows(kind)
    assert len(expected) == records
    columns = client.get(f"/downloads/{name}.parquet")
    assert _by_id(parquet.read_table(io.BytesIO(columns.content))) == expected

    text = client.get(f"/downloads/{name}.csv")
    types = {field.name: pa.string() if pa.types.is_list(field.type) else field.type for field in SCHEMA}
    options = csv.ConvertOptions(column_types=types, strings_can_be_null=True, quoted_strings_can_be_null=False)
    flat = [{**row, **{column: ";".join(row[column]) for column in MANY}} for row in expected]
    assert _by_id(csv.read_csv(io.BytesIO(text.content), convert_options=options)) == flat


def test_columns_are_the_fields_of_the_api(client: TestClient) -> None:
    header = client.get("/downloads/payrank-edition-2.csv").text.partition("\n")[0].split(",")
    assert header == SCHEMA.names
    assert set(header) == {"id", "effective", "source_kind", *ONE, *ENUMS, *MANY, *PAY, *REPORTED}


def test_values_equal_those_of_the_database(client: TestClient, url: str) -> None:
    with bulk_connection(url) as rows:
        sums = rows.query(
            "SELECT count(*), sum(base_salary) AS base, sum(bonus) AS bonus, sum(cardinality(skill)) AS skills "
            "FROM salary_record WHERE removed_in IS NULL "
            "AND source = (SELECT id FROM factor_value WHERE factor = 'source' AND code = 'sample')"
        ).to_pylist()[0]
    table = parquet.read_table(io.BytesIO(client.get("/downloads/payrank-edition-2-sample.parquet").content))
    assert table.num_rows == sums["count"] == 300
    assert sum(filter(None, table["base_salary_usd"].to_pylist())) == sums["base"]
    assert sum(filter(None, table["bonus_usd"].to_pylist())) == sums["bonus"]
    assert sum(map(len, table["skill"].to_pylist())) == sums["skills"]


def test_headers_name_the_file_and_make_caches_revalidate(client: TestClient) -> None:
    name = "payrank-edition-2.csv"
    answer = client.get(f"/downloads/{name}")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["cache-control"] == "no-cache"
    again = client.get(f"/downloads/{name}", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(f"/downloads/{name}", headers={"If-None-Match": '"another"'}).content == answer.content
    plain = {"accept-encoding": "identity"}
    head = client.head(f"/downloads/{name}", headers=plain)
    tag = client.get(f"/downloads/{name}", headers=plain).headers["etag"]
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", tag)
    other = client.get("/downloads/payrank-edition-2.parquet")
    assert other.headers["content-type"] == "application/vnd.apache.parquet"
    assert other.headers["etag"] != answer.headers["etag"]


def test_list_has_the_files_and_licences(client: TestClient) -> None:
    found = client.get("/downloads").json()
    assert found["edition"] == 2
    assert [(file["name"], file["records"], file["madeUp"]) for file in found["files"]] == [
        ("payrank-edition-2.csv", 7, False),
        ("payrank-edition-2.parquet", 7, False),
        ("payrank-edition-2-sample.csv", 300, True),
        ("payrank-edition-2-sample.parquet", 300, True),
    ]
    assert [client.get(file["url"]).status_code for file in found["files"]] == [200] * 4
    assert [(source["code"], source["records"]) for source in found["sources"]] == [("sample", 300), ("lca", 7)]
    assert all(source["licence"] for source in found["sources"])


@pytest.mark.parametrize("name", ["payrank-edition-1.csv", "payrank-edition-2.xlsx", "x", "payrank-edition-2-sample.csv.gz"])
def test_unknown_file_is_404_with_the_current_files(client: TestClient, name: str) -> None:
    answer = client.get(f"/downloads/{name}")
    assert answer.status_code == 404
    assert name in answer.text
    assert "payrank-edition-2.csv, " in answer.text


def test_set_without_records_has_no_file(database_url: str) -> None:
    with TestClient(create_app(load_settings(), database_url)) as client:
        assert client.get("/downloads").json()["files"] == []
        assert client.get("/downloads/payrank-edition-0.csv").status_code == 404
        publish(database_url, RECORDS)
    with TestClient(create_app(load_settings(), database_url)) as client:
        assert client.get("/downloads/payrank-edition-1.csv").status_code == 200
        assert client.get("/downloads/payrank-edition-1-sample.csv").status_code == 404


def test_new_edition_does_not_change_a_download_in_progress(database_url: str) -> None:
    publish(database_url, RECORDS)
    batches = record_batches(database_url, _edition(database_url), 3, 5)
    first = next(batches)
    publish(database_url, [{"base_salary": 1}] * 3, first=50)
    assert [first.num_rows, *(batch.num_rows for batch in batches)] == [3, 3, 1]
    assert sum(batch.num_rows for batch in record_batches(database_url, _edition(database_url), 4, 5)) == 10


def test_a_download_does_not_go_on_with_records_of_another_edition_of_the_same_number(database_url: str) -> None:
    publish(database_url, RECORDS)
    batches = record_batches(database_url, _edition(database_url), 3, 5)
    next(batches)
    lose_editions(database_url, 1)
    publish(database_url, RECORDS)
    with pytest.raises(DatabaseUnavailable, match="a failover has replaced it"):
        next(batches)


def _edition(url: str) -> Edition:
    with bulk_connection(url) as rows:
        found = current_edition(rows)
    assert found
    return found


def test_no_connection_is_open_between_batches(database_url: str) -> None:
    publish(database_url, RECORDS)
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND backend_type = 'client backend'"
    )
    batches = record_batches(database_url, _edition(database_url), 2, 5)
    for _ in range(3):
        next(batches)
        eventually(lambda: _one(database_url, others) == 0)  # the server notices a closed connection a moment later


def _one(url: str, sql: str) -> object:
    with bulk_connection(url) as rows:
        return rows.scalar(sql)


def test_batch_has_a_time_limit(database_url: str) -> None:
    publish(database_url, RECORDS)
    edition = _edition(database_url)
    with bulk_connection(database_url) as rows:
        rows.execute("LOCK TABLE salary_record IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(DatabaseUnavailable, match="too long"):
            next(record_batches(database_url, edition, 10, 0.1))


@pytest.mark.parametrize("pieces", [csv_chunks, parquet_chunks, json_lines_chunks])
def test_batch_is_read_when_the_one_before_has_been_sent(
    pieces: Callable[[pa.Schema, Iterator[pa.RecordBatch]], Iterator[bytes]],
) -> None:
    reads, batch = 0, pa.RecordBatch.from_pylist([_empty(n) for n in range(1_000)], schema=SCHEMA)

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal reads
        for _ in range(50):
            reads += 1
            yield batch

    found = pieces(SCHEMA, batches())
    sizes = []
    for number, piece in enumerate(found, 1):
        assert reads == min(number, 50)
        sizes.append(len(piece))
    assert max(sizes[1:-1]) <= 2 * min(sizes[1:-1])  # nothing accumulates


def _empty(number: int) -> dict[str, Any]:
    unset = {field.name: [] if pa.types.is_list(field.type) else None for field in SCHEMA}
    return {**unset, "id": f"{number}", "effective": "2026-01", "source": "lca", "source_kind": "survey", "currency": "USD"}


def _app(url: str, **limits: Any) -> Starlette:
    """The application with other limits of downloads."""
    app = create_app(load_settings(), url)
    app.router.routes[:0] = download_routes(5, 0, **limits)
    return app


PATH = "/records.csv"
_END = b"0\r\n\r\n"


@contextmanager
def _requested(port: int, network: int, receive_bytes: int = 4_096) -> Iterator[socket.socket]:
    """A client of a network that has requested a file and read the status."""
    with socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        reader.settimeout(60)
        reader.bind((f"127.0.{network}.1", 0))
        reader.connect(("127.0.0.1", port))
        reader.sendall(f"GET {PATH} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n".encode())
        yield reader


def _status(port: int, network: int) -> int:
    with _requested(port, network) as reader:
        return int(reader.recv(12).split()[1])


def _is_complete(port: int, network: int) -> bool:
    """Whether a client gets the whole file."""
    with _requested(port, network, 1_000_000) as reader:
        whole = _rest(reader)
    return whole.startswith(b"HTTP/1.1 200 ") and whole.endswith(_END)


def _rest(reader: socket.socket) -> bytes:
    received = b""
    with suppress(ConnectionResetError):
        while part := reader.recv(65_536):
            received += part
    return received


def test_network_has_a_share_of_the_downloads(database_url: str) -> None:
    load_sample(database_url, 5_000, 1, lambda _: None)
    app = _app(database_url, max_concurrent=3, max_per_network=2, slow_seconds=600)
    with listener(send_bytes=8_192) as listening, served(app, listening), ExitStack() as stack:
        port = listening.getsockname()[1]
        for _ in range(2):
            assert stack.enter_context(_requested(port, 0)).recv(12).endswith(b" 200")
        assert _status(port, 0) == 429
        assert stack.enter_context(_requested(port, 1)).recv(12).endswith(b" 200")
        assert _status(port, 2) == 503


@pytest.mark.slow
def test_slowest_download_makes_room_and_stays_incomplete(database_url: str) -> None:
    load_sample(database_url, 5_000, 1, lambda _: None)
    app = _app(database_url, max_concurrent=2, slow_seconds=0.5)
    with listener(send_bytes=8_192) as listening, served(app, listening), ExitStack() as stack:
        port = listening.getsockname()[1]
        slow = [stack.enter_context(_requested(port, network)) for network in range(2)]
        assert [one.recv(12)[-4:] for one in slow] == [b" 200"] * 2
        eventually(lambda: _is_complete(port, 2))
        assert [_rest(one).endswith(_END) for one in slow].count(False) >= 1


def test_client_that_does_not_read_frees_its_slot_and_gets_an_incomplete_file(database_url: str) -> None:
    load_sample(database_url, 5_000, 1, lambda _: None)
    app, options = _app(database_url, max_concurrent=1), uvicorn_options(load_settings(client_seconds=1))
    with listener(send_bytes=8_192) as listening, served(app, listening, **options):
        port = listening.getsockname()[1]
        with _requested(port, 0) as slow:
            assert slow.recv(12).endswith(b" 200")
            assert _status(port, 1) == 503
            eventually(lambda: _is_complete(port, 1))
            assert not _rest(slow).endswith(_END)


def test_database_without_a_response_is_503(database_url: str) -> None:
    publish(database_url, RECORDS)
    with (
        TestClient(create_app(load_settings(statement_seconds=0.2), database_url)) as client,
        bulk_connection(database_url) as rows,
    ):
        rows.execute("LOCK TABLE salary_record IN ACCESS EXCLUSIVE MODE")
        answer = client.get("/downloads/payrank-edition-1.csv")
        assert answer.status_code == 503
        assert answer.text.startswith("The database took too long for this query")
        assert answer.headers["retry-after"] == "5"
        rows.connection.rollback()
        assert client.get("/downloads/payrank-edition-1.csv").text.count("\n") == 8
