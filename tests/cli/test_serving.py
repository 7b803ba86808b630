"""`payrank serve` as its users run it: what it answers with, and that it leaves nothing running however it ends."""

import signal
from pathlib import Path

import psutil
import pytest
from support.databases import run_autocommit
from support.payrank_process import ServeProcess, eventually, still_running, serving
from support.postgres_processes import kill_all
from support.records import SEVEN, publish
from test_readme import QUERIES


def _server_runs(data_dir: Path) -> bool:
    return any(data_dir.rglob("postmaster.pid"))


@pytest.mark.parametrize(("with_signal", "expected"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_serve_answers_from_a_sample_and_leaves_nothing_running(
    environment: dict[str, str], data_dir: Path, with_signal: signal.Signals, expected: int
) -> None:
    """The first start makes the database and the sample, the second finds both."""
    served = ServeProcess(environment)
    try:
        found = served.ask("{ edition { number records sources { code kind } } cohort { size stats { p50 } } }")
        assert found["edition"] == {"number": 1, "records": 5000, "sources": [{"code": "sample", "kind": "SAMPLE"}]}
        assert found["cohort"]["size"] == 5000
        assert 50_000 < found["cohort"]["stats"]["p50"] < 500_000
        assert _server_runs(data_dir)
    finally:
        status = served.stop(with_signal)
    assert status == expected
    assert not _server_runs(data_dir)


def test_every_query_of_the_readme_has_an_answer(environment: dict[str, str]) -> None:
    served = ServeProcess(environment)
    try:
        for query in QUERIES:
            assert served.ask(query)
    finally:
        served.stop(signal.SIGTERM)


@pytest.fixture
def with_records(bare_environment: dict[str, str], database_url: str) -> dict[str, str]:
    """An environment with a database that has records, and a publisher that looks twice a second."""
    publish(database_url, SEVEN)
    return bare_environment | {"PAYRANK_DATABASE_URL": database_url, "PAYRANK_PUBLISH_SECONDS": "0.5"}


def _ready(served: ServeProcess) -> list[psutil.Process]:
    """All that it has started, once it answers and publishes."""
    eventually(served.is_live)
    eventually(served.publishers)
    return served.others()


@pytest.mark.slow
def test_several_workers_answer_like_one(with_records: dict[str, str]) -> None:
    with serving(with_records | {"PAYRANK_WORKERS": "2"}) as served:
        started = _ready(served)
        assert len([one for one in started if "spawn_main" in " ".join(one.cmdline())]) == 2
        assert len(served.publishers()) == 1
        assert served.ask("{ cohort { size } }") == {"cohort": {"size": 7}}
        assert served.stop(signal.SIGTERM) == 0
    assert still_running(started) == []


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("with_signal", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.slow
def test_nothing_outlives_the_one_that_serves(
    with_records: dict[str, str], workers: str, with_signal: signal.Signals
) -> None:
    with serving(with_records | {"PAYRANK_WORKERS": workers}) as served:
        started = _ready(served)
        served.process.send_signal(with_signal)
        assert still_running(started) == []


@pytest.mark.slow
def test_a_publisher_that_dies_is_started_again(with_records: dict[str, str]) -> None:
    with serving(with_records) as served:
        _ready(served)
        [first] = served.publishers()
        first.kill()
        assert still_running([first]) == []
        [second] = eventually(served.publishers)
        assert second.pid != first.pid


@pytest.mark.slow
def test_nothing_is_published_where_that_is_not_wanted(with_records: dict[str, str]) -> None:
    with serving(with_records | {"PAYRANK_PUBLISH_SECONDS": "0"}) as served:
        eventually(served.is_live)  # a publisher is started before the web workers are
        assert served.publishers() == []


@pytest.mark.slow
def test_a_database_that_stays_away_ends_the_service(environment: dict[str, str], data_dir: Path) -> None:
    with serving(environment) as served:
        control = data_dir / "pgdata" / "global" / "pg_control"
        control.rename(data_dir / "kept")
        kill_all(data_dir)
        told = served.process.communicate(timeout=120)[1]
        (data_dir / "kept").rename(control)
        assert served.process.returncode == 1
    assert told.count('"event": "database.exited"') == told.count("database.restart_failed") == 4
    assert "payrank: The embedded PostgreSQL exited, and 4 restarts in a row failed" in told
    assert not _server_runs(data_dir)


@pytest.mark.slow
def test_workers_that_cannot_start_end_the_service(with_records: dict[str, str], database_url: str) -> None:
    """What the migrations and the reference data need is more than the workers do, and less."""
    run_autocommit(database_url, "REVOKE SELECT ON salary_record FROM payrank_reader")
    with serving(with_records | {"PAYRANK_WORKERS": "2"}) as served:
        told = served.process.communicate(timeout=60)[1]
        assert served.process.returncode == 1
    assert "The workers could not start" in told
