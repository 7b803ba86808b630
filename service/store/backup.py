"""Backups: dump a whole database into one file in pg_dump's custom format, and restore it."""

import asyncio
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

import asyncpg

from service.errors import DatabaseError, DataError
from service.store.database import INTAKE, PUBLISHER, READER, translate_errors
from service.store.embedded.cluster import clean_environment, installed_binaries

_MAGIC = b"PGDMP"
_ROLES = (READER, INTAKE, PUBLISHER, "payrank_owner")
_CREATE_ROLE = """
    DO $$ BEGIN
        CREATE ROLE {role} NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END $$
"""
"""Roles belong to the server and are not part of a dump."""

_IN_USE = """
    SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'S')
    AND relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname IN ('pg_catalog', 'information_schema', 'pg_toast'))
"""


def back_up(url: str, file: Path) -> int:
    """Write a snapshot of the database to a new file, readable by its owner only; returns its size in bytes.

    The service may keep running. Raises DataError if the file cannot be written and DatabaseError if pg_dump fails; no
    incomplete file is left behind.
    """
    if file.exists():
        raise DataError(f"{file} already exists. Use another name, or move that file.")
    unfinished = file.with_name(f"{file.name}.unfinished")
    try:
        unfinished.touch(0o600)
        _run("pg_dump", url, "--format=custom", f"--file={unfinished}")
        unfinished.rename(file)
    except OSError as error:
        raise DataError(f"{file} cannot be written: {error.strerror}.") from error
    finally:
        with suppress(OSError):
            unfinished.unlink()
    return file.stat().st_size


def restore(url: str, file: Path) -> None:
    """Restore a backup into an empty database, completely or not at all.

    Raises DataError if the file is not a backup, and DatabaseError if the database is not empty.
    """
    try:
        with file.open("rb") as opened:
            magic = opened.read(len(_MAGIC))
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror}.") from error
    if magic != _MAGIC:
        raise DataError(f"{file} is not a backup made by `payrank backup`.")
    asyncio.run(_prepare(url))
    _run("pg_restore", url, "--single-transaction", "--exit-on-error", "--no-owner", str(file))


async def _prepare(url: str) -> None:
    with translate_errors():
        connection = await asyncpg.connect(url)
        try:
            if await connection.fetchval(_IN_USE):
                raise DatabaseError("This database already has tables. Restore into an empty one.")
            for role in _ROLES:
                await connection.execute(_CREATE_ROLE.format(role=role))
                await connection.execute(f"GRANT {role} TO CURRENT_USER")
        finally:
            await connection.close()


def _run(program: str, url: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs; the password is passed in its environment, which other users cannot see."""
    address, password = _without_password(url)
    secret = {"PGPASSWORD": password} if password else {}
    command: Sequence[str | Path] = (installed_binaries() / program, f"--dbname={address}", *arguments)
    done = subprocess.run(
        command, env=clean_environment() | secret, stderr=subprocess.PIPE, text=True, errors="replace", check=False
    )
    if done.returncode:
        raise DatabaseError(f"{program} failed: {' '.join(done.stderr.split())[-500:]}")


def _without_password(url: str) -> tuple[str, str]:
    """
    >>> _without_password("postgresql://ann:p%40ss@db.example:5433/pay?sslmode=require")
    ('postgresql://ann@db.example:5433/pay?sslmode=require', 'p@ss')
    """
    parts = urlsplit(url)
    login, at, hosts = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    parameter = parse_qs(parts.query).get("password", [""])[0]
    return urlunsplit(parts._replace(netloc=f"{user}{at}{hosts}")), unquote(password) or parameter
