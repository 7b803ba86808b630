"""`payrank backup` and `payrank restore`: the restored database equals the first one, or stays empty."""

import asyncio
import stat
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
from click.testing import Result
from starlette.testclient import TestClient
from support.databases import named

from service.app import create_app
from service.errors import DatabaseError, DataError, PayRankError
from service.settings import load_settings
from service.store.bulk import bulk_connection

Invoke = Callable[..., Result]
QUERY = "{ edition { number records } cohort { size by(factor: LEVEL) { value { code } cohort { size stats { p50 } } } } }"


def tables(url: str) -> dict[str, list[dict[str, object]]]:
    """All rows of all tables."""
    with bulk_connection(url) as rows:
        names = (
            rows.query("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").column(0).to_pylist()
        )
        return {name: rows.query(f"SELECT t::text AS row FROM {name} AS t ORDER BY 1").to_pylist() for name in names}


def answers(url: str) -> object:
    with TestClient(create_app(load_settings(), url)) as client:
        return client.post("/graphql", json={"query": QUERY}).json()


def test_a_restored_backup_equals_the_database(
    installation: str, empty: str, tmp_path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "payrank.dump"
    assert "Backed up the database" in invoke("backup", str(file)).stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = tables(installation)
    assert len(before["salary_record"]) == 21
    monkeypatch.setenv("PAYRANK_DATABASE_URL", empty)
    assert invoke("restore", str(file)).exit_code == 0
    assert tables(empty) == before
    assert answers(empty) == answers(installation)
    assert "up to 2, which has 21 records," in invoke("audit").stderr
    assert [path.name for path in tmp_path.iterdir()] == ["payrank.dump"]


async def test_privileges_and_policies_are_restored(installation: str, empty: str, tmp_path: Path, invoke: Invoke) -> None:
    assert (await asyncio.to_thread(invoke, "backup", str(tmp_path / "dump"))).exit_code == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PAYRANK_DATABASE_URL", empty)
        await asyncio.to_thread(invoke, "restore", str(tmp_path / "dump"))
    grants = "SELECT relname::text, relacl::text, relrowsecurity FROM pg_class WHERE relkind = 'r' AND relowner <> 10"
    policies = "SELECT tablename::text, policyname::text, roles::text, cmd, qual, with_check FROM pg_policies ORDER BY 1, 2"
    for question in (grants, policies):
        found = []
        for url in (installation, empty):
            connection = await asyncpg.connect(url)
            found.append([tuple(row) for row in await connection.fetch(question)])
            await connection.close()
        assert found[0] == found[1]
    connection = await asyncpg.connect(empty, server_settings={"role": "payrank_reader"})
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.fetch("SELECT * FROM submission")
    await connection.close()


def _refused(ran: Result, kind: type[PayRankError], words: str) -> None:
    assert isinstance(ran.exception, kind)
    assert words in str(ran.exception)


def test_a_backup_overwrites_no_file(installation: str, tmp_path: Path, invoke: Invoke) -> None:
    (tmp_path / "precious").write_text("content")
    _refused(invoke("backup", str(tmp_path / "precious")), DataError, "already exists")
    assert (tmp_path / "precious").read_text() == "content"
    _refused(invoke("backup", str(tmp_path / "none" / "file")), DataError, "cannot be written")


def test_a_failed_backup_leaves_no_file(
    installation: str, tmp_path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAYRANK_DATABASE_URL", named(installation, "nowhere"))
    _refused(invoke("backup", str(tmp_path / "dump")), DatabaseError, 'database "nowhere" does not exist')
    assert list(tmp_path.iterdir()) == []


def test_a_backup_is_restored_into_an_empty_database_only(installation: str, tmp_path: Path, invoke: Invoke) -> None:
    assert invoke("backup", str(tmp_path / "dump")).exit_code == 0
    before = tables(installation)
    _refused(invoke("restore", str(tmp_path / "dump")), DatabaseError, "already has tables")
    assert tables(installation) == before


def test_a_damaged_backup_restores_nothing(
    installation: str, empty: str, tmp_path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    complete, damaged = tmp_path / "complete", tmp_path / "damaged"
    assert invoke("backup", str(complete)).exit_code == 0
    damaged.write_bytes(complete.read_bytes()[:-5_000])
    (tmp_path / "other").write_text("id,pay\n")
    monkeypatch.setenv("PAYRANK_DATABASE_URL", empty)
    _refused(invoke("restore", str(damaged)), DatabaseError, "pg_restore failed")
    assert tables(empty) == {}
    _refused(invoke("restore", str(tmp_path / "other")), DataError, "is not a backup made by `payrank backup`")
    _refused(invoke("restore", str(tmp_path / "none")), DataError, "cannot be read")
    assert invoke("restore", str(complete)).exit_code == 0
    assert tables(empty) == tables(installation)
