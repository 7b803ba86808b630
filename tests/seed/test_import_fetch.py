"""Files downloaded from a local web server."""

import gzip
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
from support.csv_imports import PAY, PLAIN, mapping_of, pays

from seed.importer.importing import import_file
from seed.importer.mapping import Mapping
from service.errors import DataError

CONTENT = b"pay\r\n10001\r\n10002\r\nsecret\r\n"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Files(BaseHTTPRequestHandler):
    """Serves files by path; `/broken.csv` announces more bytes than it sends."""

    files: ClassVar[dict[str, bytes]] = {
        "/pay.csv": CONTENT,
        "/pay.csv.gz": gzip.compress(CONTENT),
        "/broken.csv": CONTENT,
    }

    def do_GET(self) -> None:
        content = self.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content) + (self.path == "/broken.csv")))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the method it overrides
        """No log."""


@contextmanager
def serving() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Files)) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(60)


@pytest.fixture
def address() -> Iterator[str]:
    with serving() as found:
        yield found


@pytest.fixture
def mapping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mapping:
    monkeypatch.chdir(tmp_path)
    return mapping_of(tmp_path, PLAIN + PAY)


@pytest.mark.parametrize("name", ["pay.csv", "pay.csv.gz"])
def test_import_from_a_url(database_url: str, tmp_path: Path, mapping: Mapping, address: str, name: str) -> None:
    report = import_file(database_url, mapping, f"{address}/{name}")
    assert pays(database_url) == [10_001, 10_002]
    assert report.refused_file == tmp_path / f"{name}.refused.csv"


def fetched(mapping: Mapping, url: str, sha256: str) -> Mapping:
    """The mapping with a file to download."""
    return mapping.model_copy(update={"file": mapping.file.model_copy(update={"fetch": url, "sha256": sha256})})


@pytest.mark.parametrize("name", ["pay.csv", "pay.csv.gz"])
def test_upstream_file_is_checked_by_its_hash(database_url: str, mapping: Mapping, address: str, name: str) -> None:
    assert import_file(database_url, fetched(mapping, f"{address}/{name}", SHA256)).imported == 2
    changed = fetched(mapping, f"{address}/{name}", SHA256[::-1])
    with pytest.raises(DataError, match=rf"SHA-256 is {SHA256}"):
        import_file(database_url, changed)
    assert pays(database_url) == [10_001, 10_002]


def test_failed_downloads(database_url: str, mapping: Mapping, address: str) -> None:
    with pytest.raises(DataError, match="404 Not Found"):
        import_file(database_url, mapping, f"{address}/none.csv")
    with pytest.raises(DataError, match="27 of 28 bytes"):
        import_file(database_url, mapping, f"{address}/broken.csv")
    with pytest.raises(DataError, match="cannot be downloaded"):
        import_file(database_url, mapping, "http://no host.invalid/")
    assert pays(database_url) == []


def test_refused_connection(database_url: str, mapping: Mapping) -> None:
    with serving() as address:
        pass
    with pytest.raises(DataError, match="Connection refused"):
        import_file(database_url, mapping, f"{address}/pay.csv")
