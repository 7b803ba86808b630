"""The first start of `payrank serve`: open pay data from the publishers, here from a server of the tests, or the sample."""

import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.file_server import FileServer, Served, file_server
from support.payrank_process import COMMAND, ServeProcess, eventually, serving, still_running
from support.published_files import made_up
from support.records import SEVEN, publish

from seed.catalogue import data_sets

STATE = "{ edition { records sources { code kind } } dataLoading { state message done files skipped } }"
SMALL = [one for one in data_sets() if one.is_small]
PINNED = {one.name for one in SMALL if any(file.sha256 for file in one.files)}
"""The made-up files are not those that the catalogue's checksums are of."""
BREAKS_OFF, CHANGED, SOUND = "dataprofessionals", "colombiadev-2016", "koodiklinikka-2025"


@pytest.fixture
def mirror() -> Iterator[FileServer]:
    """Some of the small data sets: the pinned ones have another checksum, one breaks off, one has other columns. The rest
    are missing."""
    with file_server() as server:
        for name in (*PINNED, BREAKS_OFF, CHANGED, SOUND):
            server.files |= {f"/{name}/{file}": content for file, content in made_up(name).items()}
        for path, content in [*server.files.items()]:
            assert isinstance(content, bytes)
            if path.startswith(f"/{BREAKS_OFF}/"):
                server.files[path] = Served(content, breaks=[1_000])
            if path.startswith(f"/{CHANGED}/"):
                server.files[path] = b"name,colour\nAda,red\n"
        yield server


@pytest.fixture
def environment(bare_environment: dict[str, str], database_url: str, tmp_path: Path) -> dict[str, str]:
    """A service over an empty database, with a journal of its own."""
    own = {"DATABASE_URL": database_url, "JOURNAL_DIR": str(tmp_path), "CACHE_DIR": str(tmp_path / "cache")}
    return bare_environment | {f"PAYRANK_{name}": value for name, value in own.items()} | {"PAYRANK_START": "open"}


def _ended(served: ServeProcess) -> dict[str, Any]:
    """What was loaded and what was not, once loading has ended and its last edition is current."""

    def state() -> dict[str, Any] | None:
        found = served.query(STATE)
        loading, records = found["dataLoading"], found["edition"]["records"]
        loaded = re.match(r"Loaded ([\d,]+) records", loading["message"])
        is_current = records == int(loaded[1].replace(",", "")) if loaded else records > 0
        return found if loading["state"] != "LOADING" and is_current else None

    found: dict[str, Any] = eventually(state)
    return found


def test_open_data_is_loaded_while_the_service_answers(environment: dict[str, str], mirror: FileServer) -> None:
    """What cannot be loaded is skipped with a sentence, and a second start loads nothing."""
    environment = environment | {"PAYRANK_DATA_MIRROR": mirror.address}
    with serving(environment) as served:
        found = _ended(served)
        loading, sources = found["dataLoading"], {one["code"] for one in found["edition"]["sources"]}
        assert loading["state"] == "LOADED"
        assert loading["done"] == loading["files"] == sum(len(one.files) for one in SMALL)
        skipped = {sentence.partition(":")[0] for sentence in loading["skipped"]}
        assert skipped == {one.name for one in SMALL} - {BREAKS_OFF, SOUND}
        assert sources == {BREAKS_OFF, SOUND}
        assert [asked for path, asked in mirror.requests if path.startswith(f"/{BREAKS_OFF}/")] == ["", "bytes=1000-"]
    asked = len(mirror.requests)
    with serving(environment) as served:
        assert served.query(STATE) == found
        assert served.stop(signal.SIGTERM) == 143
    assert len(mirror.requests) == asked


def test_without_a_network_the_sample_is_loaded_until_others_are(environment: dict[str, str], tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and does not listen
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with serving(environment | {"PAYRANK_DATA_MIRROR": address, "PAYRANK_SAMPLE_RECORDS": "100"}) as served:
            found = _ended(served)
    assert found["edition"] == {"records": 100, "sources": [{"code": "sample", "kind": "SAMPLE"}]}
    assert found["dataLoading"]["state"] == "SAMPLE"
    assert "cannot be reached" in found["dataLoading"]["message"]
    assert "payrank data load --open" in found["dataLoading"]["message"]

    [(name, content)] = made_up(SOUND).items()
    (tmp_path / name).write_bytes(content)
    command = [*COMMAND, "import", SOUND, str(tmp_path / name)]
    assert (
        "Removed 100 sample records"
        in subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=True).stderr
    )


@pytest.mark.slow
def test_a_start_that_was_stopped_is_continued(environment: dict[str, str], mirror: FileServer) -> None:
    path = next(path for path in mirror.files if path.startswith(f"/{SOUND}/"))
    content = mirror.files[path]
    assert isinstance(content, bytes)
    mirror.files[path] = Served(content, breaks=[500], stalls=True)
    environment = environment | {"PAYRANK_DATA_MIRROR": mirror.address}
    with serving(environment) as served:
        eventually(lambda: path in [asked for asked, _ in mirror.requests])
        assert served.query(STATE)["dataLoading"]["state"] == "LOADING"
        others = served.others()
        served.process.kill()
    assert still_running(others) == []
    mirror.files[path] = content
    with serving(environment) as served:
        assert SOUND in {one["code"] for one in _ended(served)["edition"]["sources"]}


@pytest.mark.slow
@pytest.mark.parametrize("start", ["empty", "open"])
def test_nothing_is_fetched_into_a_database_with_records_or_when_told_so(
    environment: dict[str, str], database_url: str, mirror: FileServer, start: str
) -> None:
    if start == "open":
        publish(database_url, SEVEN)
    with serving(environment | {"PAYRANK_START": start, "PAYRANK_DATA_MIRROR": mirror.address}) as served:
        assert served.query(STATE)["dataLoading"] is None
        assert served.stop(signal.SIGTERM) == 143
    assert mirror.requests == []
