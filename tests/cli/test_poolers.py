"""Commands over a real PgBouncer: all work in session mode, and all say in transaction mode what they need."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from click.testing import Result
from support.payrank_process import Run
from support.pgbouncer import Logins, Pooler, logins, pgbouncer
from support.standbys import free_ports
from support.stored_submissions import answers, contribute

from service.errors import DatabaseError
from service.store.publication import publisher_lock

pytestmark = pytest.mark.slow

Invoke = Callable[..., Result]
Poolers = tuple[Pooler, Pooler, Logins]
REFUSED = "PAYRANK_DATABASE_URL is the address of a connection pooler in transaction mode."
COMMANDS = (
    *("serve", "migrate", "sample", "publish", "audit", "backup backup.dump", "restore", "journal", "data remove aijobs"),
    *("import aijobs", "batch", "token create --name ann", "invitation list", "review"),
    *("employer list", "doctor"),
)


@pytest.fixture(scope="module")
def poolers(server_url: str, empty_template: str) -> Iterator[Poolers]:
    """PgBouncer in session and in transaction mode, and the logins of the service."""
    with ExitStack() as stack:
        known = stack.enter_context(logins(server_url))
        session, transaction = (
            stack.enter_context(pgbouncer(server_url, mode, known.passwords)) for mode in ("session", "transaction")
        )
        yield session, transaction, known


def test_commands_work_in_session_mode(
    poolers: Poolers, database_url: str, empty: str, tmp_path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, _, known = poolers
    monkeypatch.setenv("PAYRANK_DATABASE_URL", session.url(known.owner, database_url))
    monkeypatch.setenv("PAYRANK_READER_URL", session.url(known.reader, database_url))
    monkeypatch.setenv("PAYRANK_INTAKE_URL", session.url(known.intake, database_url))
    monkeypatch.setenv("PAYRANK_STATEMENT_SECONDS", "1")
    contribute(database_url, [answers(base=100_000 + 4_000 * number) for number in range(12)])

    def works(*arguments: str) -> Result:
        result = invoke(*arguments)
        assert result.exit_code == 0, (arguments, result.stderr, result.exception)
        return result

    for command in ("migrate", "sample --records 300", "publish", "audit", "journal", "batch", "employer list"):
        works(*command.split())
    for command in (
        "token create --name ann",
        "token list",
        "invitation create --count 2",
        "invitation list",
        "review",
    ):
        works(*command.split())
    checked = works("doctor").stderr
    assert "✓ Connections: the service has the rights of its roles only, and a limit of time." in checked
    assert "✓ Edition: 2 is published with 312 records." in checked
    file = tmp_path / "payrank.dump"
    works("backup", str(file))
    monkeypatch.setenv("PAYRANK_DATABASE_URL", session.url(known.owner, empty))
    works("restore", str(file))
    assert "Edition: 2 is published with 312 records." in invoke("doctor").stderr


def test_the_lock_of_publication_is_free_once_it_is_left(poolers: Poolers, database_url: str) -> None:
    """A pooler keeps the connection for the next client, and with it the lock, unless it is released."""
    session, _, known = poolers
    url = session.url(known.owner, database_url)
    for _ in range(50):
        with publisher_lock(url) as rows:
            assert rows


@pytest.mark.parametrize("prepared", ["true", "false"])
def test_a_service_with_the_rights_of_the_owner_does_not_start(
    poolers: Poolers, database_url: str, run: Run, invoke: Invoke, monkeypatch: pytest.MonkeyPatch, prepared: str
) -> None:
    session, _, known = poolers
    monkeypatch.setenv("PAYRANK_PREPARED_STATEMENTS", prepared)
    url = session.url(known.owner, database_url)
    monkeypatch.setenv("PAYRANK_DATABASE_URL", url)
    refused = f"Connections for reading have the rights of {known.owner} instead of payrank_reader and may write"
    checked = invoke("doctor")
    assert f"✗ Connections: {refused}" in checked.stderr
    assert str(checked.exception) == "1 check failed."
    served = run("serve", "--port", str(free_ports(1)[0]), PAYRANK_DATABASE_URL=url, PAYRANK_SAMPLE_RECORDS="0")
    assert (served.returncode, f"payrank: {refused}" in served.stderr, "Traceback" in served.stderr) == (1, True, False)
    assert "ALTER ROLE payrank_reader_login SET default_transaction_read_only = 'on'" in served.stderr


@pytest.mark.parametrize("prepared", ["true", "false"])
@pytest.mark.parametrize("command", COMMANDS)
def test_commands_say_in_transaction_mode_what_they_need(
    poolers: Poolers, database_url: str, invoke: Invoke, monkeypatch: pytest.MonkeyPatch, command: str, prepared: str
) -> None:
    _, transaction, known = poolers
    monkeypatch.setenv("PAYRANK_PREPARED_STATEMENTS", prepared)
    monkeypatch.setenv("PAYRANK_DATABASE_URL", transaction.url(known.owner, database_url))
    result = invoke(*command.split())
    if command == "doctor":
        assert f"✗ Database: {REFUSED}" in result.stderr
    else:
        assert isinstance(result.exception, DatabaseError)
        assert str(result.exception).startswith(REFUSED)
        assert "PAYRANK_READER_URL and PAYRANK_INTAKE_URL" in str(result.exception)


def test_the_pools_of_the_service_may_be_in_transaction_mode(
    poolers: Poolers, database_url: str, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, transaction, known = poolers
    monkeypatch.setenv("PAYRANK_READER_URL", transaction.url(known.reader, database_url))
    monkeypatch.setenv("PAYRANK_INTAKE_URL", transaction.url(known.intake, database_url))
    monkeypatch.setenv("PAYRANK_STATEMENT_SECONDS", "1")
    assert "Set PAYRANK_PREPARED_STATEMENTS=false" in invoke("doctor").stderr
    monkeypatch.setenv("PAYRANK_PREPARED_STATEMENTS", "false")
    assert "✓ Connections" in invoke("doctor").stderr
