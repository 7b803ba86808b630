"""The first start of `payrank serve`: open pay data from the publishers, here from a server of the tests, or the sample.

What it loads is tested with its own command, and the slow tests run it as `payrank serve` does.
"""

import re
import signal
import socket
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.csv_imports import records
from support.file_server import FileServer, Served, file_server
from support.payrank_process import COMMAND, ServeProcess, eventually, serving, still_running
from support.published_files import made_up
from support.records import SEVEN, publish

from seed.catalogue import data_sets
from service.store.data_loading import DataLoading, DataLoadingState, read_loading

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


@pytest.fixture
def unreachable() -> Iterator[str]:
    """An address that nothing listens at."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{closed.getsockname()[1]}"


def _loaded(environment: dict[str, str]) -> DataLoading:
    """What the command has stored when it ends."""
    command = subprocess.Popen([*COMMAND, "first-start"], env=environment, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    with command:
        assert command.wait(120) == 0
    found = read_loading(Path(environment["PAYRANK_JOURNAL_DIR"]))
    assert found
    return found


def _names(skipped: Iterable[str]) -> set[str]:
    return {sentence.partition(":")[0] for sentence in skipped}


SKIPPED = {one.name for one in SMALL} - {BREAKS_OFF, SOUND}


@pytest.mark.slow
def test_open_data_is_loaded_and_the_rest_skipped(
    environment: dict[str, str], database_url: str, mirror: FileServer
) -> None:
    mirror.files = {
        path: content for path, content in mirror.files.items() if path.startswith((f"/{SOUND}/", f"/{CHANGED}/"))
    }
    found = _loaded(environment | {"PAYRANK_DATA_MIRROR": mirror.address})
    loaded = records(database_url)
    assert (found.state, found.message) == (DataLoadingState.LOADED, f"Loaded {len(loaded)} records of 1 open data set.")
    assert {record["source"] for record in loaded} == {SOUND}
    assert found.done == found.files == sum(len(one.files) for one in SMALL)
    assert _names(found.skipped) == SKIPPED | {BREAKS_OFF}


@pytest.mark.slow
def test_without_a_network_the_sample_is_loaded(environment: dict[str, str], database_url: str, unreachable: str) -> None:
    found = _loaded(environment | {"PAYRANK_DATA_MIRROR": unreachable, "PAYRANK_SAMPLE_RECORDS": "100"})
    assert found.state is DataLoadingState.SAMPLE
    assert [record["source"] for record in records(database_url)] == ["sample"] * 100
    assert "cannot be reached" in found.message
    assert "payrank data load --open" in found.message


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


@pytest.mark.slow
def test_open_data_is_loaded_while_the_service_answers(environment: dict[str, str], mirror: FileServer) -> None:
    """What cannot be loaded is skipped with a sentence, and a second start loads nothing."""
    environment = environment | {"PAYRANK_DATA_MIRROR": mirror.address}
    with serving(environment) as served:
        found = _ended(served)
        loading, sources = found["dataLoading"], {one["code"] for one in found["edition"]["sources"]}
        assert loading["state"] == "LOADED"
        assert loading["done"] == loading["files"] == sum(len(one.files) for one in SMALL)
        assert _names(loading["skipped"]) == SKIPPED
        assert sources == {BREAKS_OFF, SOUND}
        assert [asked for path, asked in mirror.requests if path.startswith(f"/{BREAKS_OFF}/")] == ["", "bytes=1000-"]
    asked = len(mirror.requests)
    with serving(environment) as served:
        assert served.query(STATE) == found
        assert served.stop(signal.SIGTERM) == 143
    assert len(mirror.requests) == asked


@pytest.mark.slow
def test_a_sample_that_the_service_loaded_without_a_network_leaves_with_the_first_import(
    environment: dict[str, str], unreachable: str, tmp_path: Path
) -> None:
    with serving(environment | {"PAYRANK_DATA_MIRROR": unreachable, "PAYRANK_SAMPLE_RECORDS": "100"}) as served:
        found = _ended(served)
    assert found["edition"] == {"records": 100, "sources": [{"code": "sample", "kind": "SAMPLE"}]}
    assert found["dataLoading"]["state"] == "SAMPLE"

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
