"""`payrank serve` as a real process: what it prints, that it answers when it says so, and that it leaves nothing running."""

import re
import signal
import socket
from pathlib import Path

import psutil
import pytest
from support.databases import run_autocommit
from support.payrank_process import READY, Run, ServeProcess, eventually, serving, still_running
from support.postgres_processes import kill_all, sql
from support.publishing import execute
from support.records import SEVEN, publish
from test_readme import QUERIES


def _postgresql_runs(data_dir: Path) -> bool:
    return any(data_dir.rglob("postmaster.pid"))


@pytest.fixture(scope="module")
def first_start(environment: dict[str, str], data_dir: Path) -> ServeProcess:
    """A first start, which creates the database and the sample; stopped after it has answered."""
    served = ServeProcess(environment)
    try:
        found = served.query("{ edition { number records sources { code kind } } cohort { size stats { p50 } } }")
        assert found["edition"] == {"number": 1, "records": 5000, "sources": [{"code": "sample", "kind": "SAMPLE"}]}
        assert found["cohort"]["size"] == 5000
        assert 50_000 < found["cohort"]["stats"]["p50"] < 500_000
        assert _postgresql_runs(data_dir)
    finally:
        served.stop(signal.SIGTERM)
    return served


def test_a_first_start_prints_its_steps_and_nothing_after_the_ready_line(first_start: ServeProcess) -> None:
    *steps, last = first_start.output.splitlines()
    assert last == f"{READY}http://127.0.0.1:{first_start.port}"
    assert [re.sub(r" in /.*", "", step.removeprefix("· ")) for step in steps] == [
        "Database: the embedded PostgreSQL",
        "Creating the database",
        "Starting PostgreSQL",
        "Applying migrations",
        "Loading reference data",
        "Generating 5,000 sample records",
        "Preparing the index",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("with_signal", "expected"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_a_stopped_service_leaves_nothing_running(
    first_start: ServeProcess,
    environment: dict[str, str],
    data_dir: Path,
    with_signal: signal.Signals,
    expected: int,
) -> None:
    """And a second start takes the database and the sample as they are."""
    served = ServeProcess(environment)
    try:
        started = served.others()
        assert served.query("{ edition { number } }") == {"edition": {"number": 1}}
        assert _postgresql_runs(data_dir)
    finally:
        status = served.stop(with_signal)
    assert status == expected
    assert len(served.output.splitlines()) == 4
    assert still_running(started) == []
    assert not _postgresql_runs(data_dir)


@pytest.mark.slow
def test_every_query_of_the_readme_is_answered(first_start: ServeProcess, environment: dict[str, str]) -> None:
    with serving(environment) as served:
        for query in QUERIES:
            assert served.query(query)


@pytest.mark.slow
def test_an_address_in_use_is_reported_before_anything_starts(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ran = run("serve", "--port", str(taken.getsockname()[1]))
        port = taken.getsockname()[1]
    assert ran.returncode == 1
    assert ran.stderr == (
        f"payrank: Cannot listen on 127.0.0.1:{port}: Address already in use. Stop the process that uses it, or choose "
        "another port: `PORT=9000 make serve`, `payrank serve --port 9000` or PAYRANK_PORT=9000.\n"
    )


@pytest.mark.slow
def test_an_address_of_another_machine_is_refused(run: Run) -> None:
    ran = run("serve", "--host", "192.0.2.1")
    assert ran.returncode == 1
    assert ran.stderr.startswith("payrank: Cannot listen on 192.0.2.1:8000: ")
    assert ran.stderr.endswith("Set PAYRANK_HOST to an address of this machine, or to :: for all of them.\n")


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_two_colons_stand_for_all_addresses_of_both_families(with_records: dict[str, str], workers: str) -> None:
    with serving(with_records | {"PAYRANK_WORKERS": workers, "PAYRANK_HOST": "::"}) as served:
        for host in ("127.0.0.1", "::1"):
            for _ in range(8):  # so that every worker has some
                with socket.create_connection((host, served.port), timeout=30) as connection:
                    connection.sendall(b"GET /health/live HTTP/1.0\r\n\r\n")
                    assert connection.recv(100).startswith(b"HTTP/1.1 200 OK")


@pytest.mark.slow
def test_a_journal_folder_that_cannot_be_used_ends_the_start(run: Run, database_url: str, tmp_path: Path) -> None:
    """Before the first submission needs it."""
    (tmp_path / "file").touch()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = {"PAYRANK_DATABASE_URL": database_url, "PAYRANK_JOURNAL_DIR": str(tmp_path / "file")}
    ran = run("serve", "--port", str(port), **variables)
    assert ran.returncode == 1
    [*_, last] = ran.stderr.splitlines()
    assert last.startswith(f"payrank: The folder {tmp_path}/file cannot be used for the counting key")
    assert last.endswith("set PAYRANK_JOURNAL_DIR to a folder that it may use.")


@pytest.fixture
def with_records(bare_environment: dict[str, str], database_url: str) -> dict[str, str]:
    """An environment with a database that has records, and a publisher that runs twice a second."""
    publish(database_url, SEVEN)
    return bare_environment | {"PAYRANK_DATABASE_URL": database_url, "PAYRANK_RELEASE_DAYS": "0.000005"}


def _started(served: ServeProcess) -> list[psutil.Process]:
    """All processes that it has started, once the publisher is among them."""
    eventually(served.publishers)
    return served.others()


@pytest.mark.slow
def test_several_workers_are_all_ready_when_the_service_says_so(with_records: dict[str, str]) -> None:
    with serving(with_records | {"PAYRANK_WORKERS": "2"}) as served:
        for _ in range(20):  # connections are distributed among the workers
            assert served.query("{ cohort { size } }") == {"cohort": {"size": 7}}
        started = _started(served)
        assert len([one for one in started if "spawn_main" in " ".join(one.cmdline())]) == 2
        assert len(served.publishers()) == 1
        assert served.stop(signal.SIGTERM) == 0
    assert served.output.splitlines()[-1] == f"{READY}http://127.0.0.1:{served.port}"
    assert still_running(started) == []


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("with_signal", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.slow
def test_no_process_outlives_the_service(with_records: dict[str, str], workers: str, with_signal: signal.Signals) -> None:
    with serving(with_records | {"PAYRANK_WORKERS": workers}) as served:
        started = _started(served)
        served.process.send_signal(with_signal)
        assert still_running(started) == []


@pytest.mark.slow
def test_a_killed_publisher_is_restarted(with_records: dict[str, str]) -> None:
    with serving(with_records) as served:
        _started(served)
        [first] = served.publishers()
        first.kill()
        assert still_running([first]) == []
        [second] = eventually(served.publishers)
        assert second.pid != first.pid


@pytest.mark.slow
def test_without_releases_what_expired_is_deleted_all_the_same(with_records: dict[str, str], database_url: str) -> None:
    execute(database_url, "INSERT INTO rate VALUES ('old', now() - interval '2 days', 1)")
    with serving(with_records | {"PAYRANK_RELEASE_DAYS": "0"}):
        eventually(lambda: sql(database_url, "SELECT count(*) FROM rate") == "0")
    assert sql(database_url, "SELECT count(*) FROM release") == "0"


@pytest.mark.slow
def test_a_cache_that_cannot_be_used_is_announced(with_records: dict[str, str], tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with serving(with_records | {"PAYRANK_CACHE_DIR": str(tmp_path)}) as served:
        served.stop(signal.SIGTERM)
    assert f"{tmp_path} cannot be used: it must belong to the user of this process alone" in served.output


@pytest.mark.slow
def test_the_service_ends_if_its_postgresql_cannot_be_restarted(
    first_start: ServeProcess, environment: dict[str, str], data_dir: Path
) -> None:
    with serving(environment) as served:
        control = data_dir / "pgdata" / "global" / "pg_control"
        control.rename(data_dir / "moved")
        kill_all(data_dir)
        output = served.process.communicate(timeout=120)[1]
        (data_dir / "moved").rename(control)
        assert served.process.returncode == 1
    assert output.count('"event": "database.exited"') == output.count("database.restart_failed") == 4
    assert "payrank: The embedded PostgreSQL exited" in output
    assert not _postgresql_runs(data_dir)


@pytest.mark.slow
def test_the_service_ends_if_its_workers_cannot_start(with_records: dict[str, str], database_url: str) -> None:
    """Migrations and reference data need other privileges than the workers."""
    run_autocommit(database_url, "REVOKE SELECT ON salary_record FROM payrank_reader")
    environment = with_records | {"PAYRANK_WORKERS": "2"}
    with pytest.raises(AssertionError, match="The workers could not start"):
        ServeProcess(environment)
