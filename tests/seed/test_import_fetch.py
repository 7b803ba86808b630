"""Files downloaded from a local web server: what is broken off continues, what fails says why."""

import gzip
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from support.csv_imports import PAY, PLAIN, mapping_of, pays
from support.file_server import FileServer, Served, file_server

from seed.importer.importing import import_file
from seed.importer.mapping import Mapping, builtin_mapping
from seed.importer.tables.downloads import Unreachable, download
from service.errors import DataError

CONTENT = b"pay\r\n10001\r\n10002\r\nsecret\r\n"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
LARGE = bytes(range(256)) * 40_000


@pytest.fixture
def server() -> Iterator[FileServer]:
    with file_server() as found:
        found.files = {"/pay.csv": CONTENT, "/pay.csv.gz": gzip.compress(CONTENT)}
        yield found


@pytest.fixture
def mapping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mapping:
    monkeypatch.chdir(tmp_path)
    return mapping_of(tmp_path, PLAIN + PAY)


@pytest.mark.parametrize("name", ["pay.csv", "pay.csv.gz"])
def test_import_from_a_url(database_url: str, tmp_path: Path, mapping: Mapping, server: FileServer, name: str) -> None:
    report = import_file(database_url, mapping, f"{server.address}/{name}")
    assert pays(database_url) == [10_001, 10_002]
    assert report.refused_file == tmp_path / f"{name}.refused.csv"


@pytest.mark.usefixtures("mapping")
def test_file_of_a_mapping_is_checked_by_its_hash(database_url: str, tmp_path: Path, server: FileServer) -> None:
    text = PLAIN + f'[download]\naddress = "{server.address}/pay.csv"\nsha256 = "{SHA256}"\n' + PAY
    assert import_file(database_url, mapping_of(tmp_path, text)).imported == 2
    with pytest.raises(DataError, match=rf"SHA-256 is {SHA256}"):
        import_file(database_url, mapping_of(tmp_path, text.replace(SHA256, SHA256[::-1])))
    assert pays(database_url) == [10_001, 10_002]


def test_mapping_without_a_file(database_url: str, mapping: Mapping) -> None:
    with pytest.raises(DataError, match=r"The data set test has no files to download; name a file\."):
        import_file(database_url, mapping)


@pytest.mark.parametrize(
    ("served", "problem"),
    [
        (None, "returned 404 Not Found; check the URL."),
        (Served(CONTENT, status=403), "refuses the download (403 Forbidden). Download it with a browser and pass its path."),
        (Served(CONTENT, version=None, breaks=[20, 20, 20]), "received 20 bytes, expected 27"),
        (
            Served(CONTENT, location="http://files.example/pay"),
            "redirects to http://files.example/pay, which is not an https",
        ),
        (Served(CONTENT, location="/file"), "cannot be downloaded (Exceeded maximum allowed redirects.)"),
    ],
)
def test_failed_downloads(
    database_url: str, mapping: Mapping, server: FileServer, served: Served | None, problem: str
) -> None:
    server.files = {"/file": served} if served else {}
    with pytest.raises(DataError) as error:
        import_file(database_url, mapping, f"{server.address}/file")
    assert problem in str(error.value)
    assert pays(database_url) == []


@pytest.mark.parametrize("url", ["http://no-host.invalid/pay.csv", "http://127.0.0.1:1/pay.csv"])
def test_without_a_connection(tmp_path: Path, url: str) -> None:
    with pytest.raises(Unreachable, match=f"^{re.escape(urlsplit(url).netloc)} cannot be reached. Check the network.$"):
        download(url, tmp_path / "file")
    assert list(tmp_path.iterdir()) == []


def test_an_import_without_a_connection_also_takes_a_path(database_url: str, mapping: Mapping) -> None:
    advice = "Check the network. Try again, or download the file elsewhere and pass its path."
    with pytest.raises(Unreachable, match=f"^127.0.0.1:1 cannot be reached. {advice}$"):
        import_file(database_url, mapping, "http://127.0.0.1:1/pay.csv")


def test_several_files_are_loaded_by_name(database_url: str) -> None:
    advice = r"28 files to download\. Load one with `payrank data load lca/FILE`, or all with `payrank data load lca`\."
    with pytest.raises(DataError, match=advice):
        import_file(database_url, builtin_mapping("lca"))


def test_broken_download_continues_in_the_same_call(tmp_path: Path, server: FileServer) -> None:
    server.files["/large"] = Served(LARGE, breaks=[1_000_000, 2_000_000])
    done: list[tuple[int, int | None]] = []
    download(f"{server.address}/large", tmp_path / "large", progress=lambda *found: done.append(found))
    assert (tmp_path / "large").read_bytes() == LARGE
    assert [asked for _, asked in server.requests] == ["", "bytes=1000000-", "bytes=3000000-"]
    assert done[-1] == (len(LARGE), len(LARGE))
    assert [size for size, _ in done] == sorted({size for size, _ in done})
    assert [path.name for path in tmp_path.iterdir()] == ["large"]


class Stopped(Exception):
    """Raised by a progress callback."""


def stop(done: int, total: int | None) -> None:
    if done >= 2_000_000:
        raise Stopped


def stopped(server: FileServer, path: Path) -> int:
    """The bytes of a download that its caller stopped; the file itself does not exist yet."""
    with pytest.raises(Stopped):
        download(f"{server.address}/large", path, progress=stop)
    assert not path.exists()
    return path.with_name("large.part").stat().st_size


def test_stopped_download_continues_later(tmp_path: Path, server: FileServer) -> None:
    server.files["/large"] = Served(LARGE)
    size = stopped(server, tmp_path / "large")
    download(f"{server.address}/large", tmp_path / "large", sha256=hashlib.sha256(LARGE).hexdigest())
    assert (tmp_path / "large").read_bytes() == LARGE
    assert server.requests[-1] == ("/large", f"bytes={size}-")


@pytest.mark.parametrize("version", ['"2"', None, 'W/"1"'])
def test_changed_file_is_downloaded_from_its_start(tmp_path: Path, server: FileServer, version: str | None) -> None:
    server.files["/large"] = Served(LARGE, version)
    stopped(server, tmp_path / "large")
    server.files["/large"] = Served(LARGE[::-1], '"3"')
    download(f"{server.address}/large", tmp_path / "large")
    assert (tmp_path / "large").read_bytes() == LARGE[::-1]


def test_part_of_another_address_is_not_used(tmp_path: Path, server: FileServer) -> None:
    server.files |= {"/large": Served(LARGE), "/moved": Served(LARGE[::-1])}
    stopped(server, tmp_path / "large")
    download(f"{server.address}/moved", tmp_path / "large")
    assert (tmp_path / "large").read_bytes() == LARGE[::-1]


def test_part_that_is_already_the_whole_file(tmp_path: Path, server: FileServer) -> None:
    """The process was killed before the file got its name."""
    server.files["/large"] = Served(LARGE)
    stopped(server, tmp_path / "large")
    (tmp_path / "large.part").write_bytes(LARGE)
    download(f"{server.address}/large", tmp_path / "large")
    assert (tmp_path / "large").read_bytes() == LARGE


def test_wrong_checksum_leaves_nothing(tmp_path: Path, server: FileServer) -> None:
    with pytest.raises(DataError, match="is not the file that this mapping was written for"):
        download(f"{server.address}/pay.csv", tmp_path / "pay.csv", sha256="0" * 64)
    assert list(tmp_path.iterdir()) == []


def test_server_that_stops_sending(tmp_path: Path, server: FileServer) -> None:
    server.files["/slow"] = Served(CONTENT, breaks=[10, 0], stalls=True)
    with pytest.raises(DataError, match=r"sent nothing for 0\.2 seconds\. Try again: the download continues"):
        download(f"{server.address}/slow", tmp_path / "slow", read_seconds=0.2)
    assert (tmp_path / "slow.part").read_bytes() == CONTENT[:10]


def test_folder_that_cannot_be_written(tmp_path: Path, server: FileServer) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match="cannot be stored: Not a directory"):
        download(f"{server.address}/pay.csv", tmp_path / "file" / "pay.csv")
