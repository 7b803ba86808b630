"""Files of an edition as stored: their length is known, and clients that read Parquet over HTTP get parts of them."""

import io
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet
from starlette.testclient import TestClient
from support.databases import clone
from support.download_rows import RECORDS
from support.payrank_process import eventually
from support.records import publish
from support.uvicorn_server import listener, served

from schema.limits.rate_limit import RateLimitCharge, RateLimiter
from seed.sample import load_sample
from service.app import create_app
from service.settings import load_settings
from service.store.bulk import bulk_connection
from service.web.downloads import stored
from service.web.downloads.sending import StoredDownload

PARQUET, CSV = (f"/downloads/payrank-edition-2-sample.{extension}" for extension in ("parquet", "csv"))
PLAIN = {"accept-encoding": "identity"}
MISREAD = ("bytes=+1-3", "bytes=1_0-2_0", "bytes=0-1,x", "bytes=--5", "bytes=0-1-2")
"""Malformed ranges that Python's numbers accept, or of which a part is well formed."""


@pytest.fixture(scope="module")
def url(server_url: str, empty_template: str) -> Iterator[str]:
    """Edition 2: seven records of a real source and 3,000 of the sample."""
    with clone(server_url, empty_template) as found:
        publish(found, RECORDS)
        load_sample(found, 3_000, 1, lambda _: None)
        yield found


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[TestClient]:
    with client_of(url, queries_per_minute=0) as opened:
        yield opened


@pytest.fixture(scope="module")
def content(client: TestClient) -> bytes:
    return client.get(PARQUET, headers=PLAIN).content


def client_of(url: str, **settings: Any) -> TestClient:
    return TestClient(create_app(load_settings(**settings), url))


def stored_in(folder: Path) -> list[str]:
    return sorted(path.name.partition("payrank-")[2] for path in folder.glob("download-*-payrank-*"))


class RemoteFile(io.RawIOBase):
    """A file of which nothing is read but ranges, as fsspec's HTTP file system does: a HEAD, then a GET for each read."""

    def __init__(self, client: TestClient, path: str) -> None:
        self._client, self._path, self._position, self.received = client, path, 0, 0
        head = client.head(path, headers=PLAIN)
        assert (head.status_code, head.headers["accept-ranges"]) == (200, "bytes")
        self.length, self._etag = int(head.headers["content-length"]), head.headers["etag"]

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = 0) -> int:
        self._position = offset + (0, self._position, self.length)[whence]
        return self._position

    def read(self, size: int = -1) -> bytes:
        end = self.length if size < 0 else min(self._position + size, self.length)
        if end <= self._position:
            return b""
        found = self._client.get(self._path, headers={**PLAIN, "range": f"bytes={self._position}-{end - 1}"})
        assert (found.status_code, found.headers["etag"]) == (206, self._etag)
        assert found.headers["content-range"] == f"bytes {self._position}-{end - 1}/{self.length}"
        assert len(found.content) == int(found.headers["content-length"]) == end - self._position
        self.received += len(found.content)
        self._position = end
        return found.content


def test_a_column_of_a_parquet_file_is_read_without_the_others(client: TestClient, content: bytes) -> None:
    remote, whole = RemoteFile(client, PARQUET), parquet.read_table(io.BytesIO(content))
    assert remote.length == len(content)
    assert parquet.ParquetFile(remote, pre_buffer=False).read(["level"]) == whole.select(["level"])
    assert remote.received < len(content) / 2
    assert parquet.read_table(RemoteFile(client, PARQUET)) == whole


def test_a_parquet_file_is_read_as_duckdb_does(client: TestClient, content: bytes) -> None:
    """A HEAD for the length, the last eight bytes for the length of the footer, the footer, then a column's chunk."""
    length = int(client.head(PARQUET).headers["content-length"])
    tail = _part(client, f"{length - 8}-{length - 1}")
    assert tail[4:] == b"PAR1"
    footer = int.from_bytes(tail[:4], "little")
    metadata = parquet.read_metadata(io.BytesIO(b"PAR1" + _part(client, f"{length - 8 - footer}-{length - 1}")))
    column = metadata.row_group(0).column(metadata.schema.names.index("level"))
    start = column.dictionary_page_offset
    chunk = _part(client, f"{start}-{start + column.total_compressed_size - 1}")
    assert chunk == content[start : start + column.total_compressed_size]


def _part(client: TestClient, range_: str) -> bytes:
    found = client.get(PARQUET, headers={"range": f"bytes={range_}"})
    assert found.status_code == 206
    return found.content


@pytest.mark.parametrize(
    ("range_", "expected"),
    [
        ("bytes=0-0", slice(0, 1)),
        ("bytes=0-3", slice(0, 4)),
        ("bytes=-8", slice(-8, None)),
        ("bytes=-99999999", slice(None)),
        ("bytes=100-", slice(100, None)),
        ("bytes=100-99999999", slice(100, None)),
        ("Bytes=0-3", slice(0, 4)),
        ("bytes=0-3,2-9", slice(0, 10)),
    ],
)
def test_range_is_a_part_of_the_file(client: TestClient, content: bytes, range_: str, expected: slice) -> None:
    found = client.get(PARQUET, headers={"range": range_})
    start, stop, _ = expected.indices(len(content))
    assert (found.status_code, found.headers["content-range"]) == (206, f"bytes {start}-{stop - 1}/{len(content)}")
    assert found.content == content[expected]


def test_several_ranges_come_in_one_response(client: TestClient, content: bytes) -> None:
    found = client.get(PARQUET, headers={"range": "bytes=0-3,-4"})
    assert (found.status_code, int(found.headers["content-length"])) == (206, len(found.content))
    boundary = found.headers["content-type"].removeprefix("multipart/byteranges; boundary=")
    parts = [part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") for part in found.content.split(b"--" + boundary.encode())]
    assert parts == [b"", content[:4], content[-4:], b""]


@pytest.mark.parametrize("range_", ["bytes=-0", "bytes=99999999-", "bytes=99999998-99999999"])
def test_range_outside_the_file_is_416_with_its_length(client: TestClient, content: bytes, range_: str) -> None:
    found = client.get(PARQUET, headers={"range": range_})
    assert (found.status_code, found.headers["content-range"]) == (416, f"bytes */{len(content)}")
    assert f"The file has {len(content):,} bytes" in found.json()["errors"][0]["message"]


@pytest.mark.parametrize("range_", ["bytes=", "bytes=x", "bytes=5-2", "bytes=-", "bytes=" + "9" * 5_000 + "-", *MISREAD])
def test_malformed_range_is_refused(client: TestClient, range_: str) -> None:
    found = client.get(PARQUET, headers={"range": range_})
    assert (found.status_code, found.headers["cache-control"]) == (400, "no-store")
    assert "such as bytes=0-999" in found.json()["errors"][0]["message"]


@pytest.mark.parametrize("range_", ["lines=0-3", "x", "bytes=" + "0-0," * 100 + "0-0"])
def test_other_ranges_are_ignored(client: TestClient, content: bytes, range_: str) -> None:
    found = client.get(PARQUET, headers={"range": range_})
    assert (found.status_code, found.content) == (200, content)


def test_head_has_the_length_and_ignores_ranges(client: TestClient, content: bytes) -> None:
    found = client.head(PARQUET, headers={"range": "bytes=0-3"})
    assert (found.status_code, found.headers["content-length"], found.content) == (200, str(len(content)), b"")
    assert found.headers["last-modified"].endswith(" GMT")


def test_part_is_only_of_the_content_that_the_client_has(client: TestClient, content: bytes) -> None:
    first = client.head(PARQUET).headers
    for known in (first["etag"], first["last-modified"]):
        assert client.get(PARQUET, headers={"range": "bytes=0-3", "if-range": known}).content == content[:4]
    for other in ('"another"', f"W/{first['etag']}", "Thu, 01 Jan 1970 00:00:00 GMT"):
        found = client.get(PARQUET, headers={"range": "bytes=0-3", "if-range": other})
        assert (found.status_code, found.content) == (200, content)
    for known in (first["etag"], f"W/{first['etag']}", f'"another", {first["etag"]}', "*"):
        found = client.get(PARQUET, headers={"range": "bytes=0-3", "if-none-match": known})
        assert (found.status_code, found.headers["etag"], found.content) == (304, first["etag"], b"")


def test_compressed_file_has_another_tag_and_no_ranges(client: TestClient) -> None:
    plain, compressed = (client.get(CSV, headers={"accept-encoding": coding}) for coding in ("identity", "gzip"))
    assert (plain.content, compressed.headers["content-encoding"]) == (compressed.content, "gzip")
    tag = compressed.headers["etag"]
    assert tag == f'{plain.headers["etag"][:-1]}-gzip"'
    part = client.get(CSV, headers={"accept-encoding": "gzip", "range": "bytes=0-1"})
    assert (part.content, part.headers["etag"]) == (b"id", plain.headers["etag"])
    assert "content-encoding" not in part.headers
    mixed = client.get(CSV, headers={"accept-encoding": "gzip", "range": "bytes=0-1", "if-range": tag})
    assert mixed.status_code == 200


def test_processes_share_a_file_and_machines_its_tag(url: str, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "other")]
    tags = set()
    for folder in (folders[0], folders[0], folders[1]):
        with client_of(url, cache_dir=folder) as opened:
            tags.add(opened.head(PARQUET).headers["etag"])
            names = stored_in(folder)
            opened.get(PARQUET)
            assert stored_in(folder) == names
    assert len(tags) == 1
    assert stored_in(folders[0]) == stored_in(folders[1]) == [f"edition-2-sample.parquet-{tags.pop().strip(chr(34))}"]


def test_deleted_file_is_sent_and_written_again(url: str, tmp_path: Path) -> None:
    with client_of(url, cache_dir=tmp_path / "cache") as opened:
        first = opened.get(CSV, headers=PLAIN)
        [path] = (tmp_path / "cache").glob("download-*.csv-*")
        path.unlink()
        (tmp_path / "cache" / f"{path.name}.unfinished").write_text("of a process that was killed")
        assert opened.get(CSV, headers=PLAIN).content == first.content
    with client_of(url, cache_dir=tmp_path / "cache") as opened:
        assert opened.head(CSV).headers["etag"] == first.headers["etag"]
        assert list((tmp_path / "cache").glob("download-*.csv-*")) == [path]


def test_requests_share_one_open_file(url: str, tmp_path: Path) -> None:
    app = create_app(load_settings(cache_dir=tmp_path / "cache"), url)
    with listener(send_bytes=8_192) as listening, served(app, listening), ExitStack() as stack:
        for network in range(5):
            reader = stack.enter_context(socket.socket())
            reader.settimeout(60)
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            reader.bind((f"127.0.{network}.1", 0))
            reader.connect(("127.0.0.1", listening.getsockname()[1]))
            reader.sendall(f"GET {CSV} HTTP/1.1\r\nHost: here\r\n\r\n".encode())
            assert reader.recv(12).endswith(b" 200")
        opened = (os.path.realpath(found) for found in Path("/proc/self/fd").iterdir())
        assert sum(path.startswith(f"{tmp_path}/cache/download-") and ".csv-" in path for path in opened) == 1


def test_files_of_a_replaced_edition_are_removed(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "_CLEAN_SECONDS", 0.01)
    publish(database_url, RECORDS)
    with client_of(database_url, cache_dir=tmp_path / "cache", refresh_seconds=0.1) as opened:
        assert opened.get("/downloads/payrank-edition-1.csv").status_code == 200
        publish(database_url, RECORDS, first=50)
        eventually(lambda: opened.get("/downloads/payrank-edition-2.csv").status_code == 200)
        eventually(lambda: [name[:13] for name in stored_in(tmp_path / "cache")] == ["edition-2.csv"])
        assert opened.get("/downloads/payrank-edition-1.csv").status_code == 404


def test_where_no_file_can_be_stored_it_is_sent_without_a_length(url: str, content: bytes, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with client_of(url, cache_dir=tmp_path) as opened:
        whole, head = opened.get(PARQUET, headers={"range": "bytes=0-3"}), opened.head(PARQUET)
        assert (whole.status_code, whole.content) == (200, content)
        assert (head.status_code, head.content) == (200, b"")
        assert not {"content-length", "etag", "accept-ranges"} & ({*whole.headers} | {*head.headers})
    assert list(tmp_path.iterdir()) == []


def test_file_that_takes_long_to_write_is_there_later(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "_WAIT_SECONDS", 0.1)
    publish(database_url, RECORDS)
    with client_of(database_url, cache_dir=tmp_path / "cache") as opened, bulk_connection(database_url) as rows:
        rows.execute("LOCK TABLE salary_record IN ACCESS EXCLUSIVE MODE")
        for _ in range(2):
            found = opened.get("/downloads/payrank-edition-1.csv")
            assert (found.status_code, found.headers["retry-after"]) == (503, "10")
            assert found.text == "payrank-edition-1.csv is being written. Try again in ten seconds.\n"
        rows.connection.rollback()
        eventually(lambda: opened.get("/downloads/payrank-edition-1.csv").text.count("\n") == 8)


@pytest.mark.parametrize(
    ("method", "range_", "points"),
    [("GET", None, 4), ("GET", "bytes=0-99999", 2), ("GET", "bytes=0-9", 1), ("HEAD", None, 1)],
)
def test_files_cost_points_by_the_bytes_that_are_sent(tmp_path: Path, method: str, range_: str | None, points: int) -> None:
    path = tmp_path / "download-x"
    path.write_bytes(bytes(350_000))
    charge = RateLimitCharge(RateLimiter(100, clock=lambda: 0.0), "network")
    download = StoredDownload(stored.StoredFile(path), charge, {"content-type": "text/plain"})
    found = TestClient(download).request(method, "/", headers={"range": range_} if range_ else {})
    assert found.headers["ratelimit"].startswith(f'"points";r={100 - points};')


def test_files_and_queries_share_a_rate_limit(url: str) -> None:
    with client_of(url, queries_per_minute=1) as opened:  # 100 points a minute, and the file costs 17
        answers = [opened.get(CSV, headers=PLAIN) for _ in range(20)]
        assert {answer.status_code for answer in answers} == {200, 429}
        refused = next(answer for answer in answers if answer.status_code == 429)
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        query = {"query": "{ cohort { outlook { reason } premiums(factor: LEVEL) { records } } }"}  # all 100 points
        for answer in (refused, opened.get("/records.csv"), opened.post("/graphql", json=query)):
            [error] = answer.json()["errors"]
            assert (answer.status_code, error["extensions"]["code"]) == (429, "RATE_LIMITED")
            assert error["message"].startswith("Your network has used its 100 points a minute. Try again in ")
