"""Backups: a whole database in one file of pg_dump's own format, and the way back."""

import asyncio
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

import asyncpg

from service.errors import DatabaseError, DataError
from service.store.database import INTAKE, PUBLISHER, READER, plain_errors
from service.store.embedded.binaries import clean_environment, installed_binaries

_MAGIC = b"PGDMP"
_ROLES = (READER, INTAKE, PUBLISHER, "payrank_owner")
_MAKE_ROLE = """
    DO $$ BEGIN
        CREATE ROLE {role} NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END $$
"""
"""Roles belong to the server, so no dump of a database has them."""

_IN_USE = """
    SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'S')
    AND relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname IN ('pg_catalog', 'information_schema', 'pg_toast'))
"""


def back_up(url: str, file: Path) -> int:
    """Write the database as it is at this moment to a new file, for its owner alone; its size in bytes.

    The service may go on meanwhile. Raises DataError for a file that cannot be made and DatabaseError for what pg_dump
    says; either way no half a file is left.
    """
    if file.exists():
        raise DataError(f"{file} is there already; name another file, or move that one away.")
    begun = file.with_name(f"{file.name}.unfinished")
    try:
        begun.touch(0o600)
        _run("pg_dump", url, "--format=custom", f"--file={begun}")
        begun.rename(file)
    except OSError as error:
        raise DataError(f"{file} cannot be written: {error.strerror}.") from error
    finally:
        with suppress(OSError):
            begun.unlink()
    return file.stat().st_size


def restore(url: str, file: Path) -> None:
    """Bring an empty database to the state that a backup holds: all of it or nothing.

    Raises DataError for a file that is no backup, and DatabaseError for a database that holds something.
    """
    try:
        with file.open("rb") as opened:
            magic = opened.read(len(_MAGIC))
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror}.") from error
    if magic != _MAGIC:
        raise DataError(f"{file} is no backup; `payrank backup` makes one.")
    asyncio.run(_prepare(url))
    _run("pg_restore", url, "--single-transaction", "--exit-on-error", "--no-owner", str(file))


async def _prepare(url: str) -> None:
    with plain_errors():
        connection = await asyncpg.connect(url)
        try:
            if await connection.fetchval(_IN_USE):
                raise DatabaseError("This database holds tables already; restore into an empty one.")
            for role in _ROLES:
                await connection.execute(_MAKE_ROLE.format(role=role))
                await connection.execute(f"GRANT {role} TO CURRENT_USER")
        finally:
            await connection.close()


def _run(program: str, url: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own programs; the password goes by its environment, which no other user sees."""
    place, password = _without_password(url)
    secret = {"PGPASSWORD": password} if password else {}
    command: Sequence[str | Path] = (installed_binaries() / program, f"--dbname={place}", *arguments)
    done = subprocess.run(
        command, env=clean_environment() | secret, stderr=subprocess.PIPE, text=True, errors="replace", check=False
    )
    if done.returncode:
        raise DatabaseError(f"{program} could not do it: {' '.join(done.stderr.split())[-500:]}")


def _without_password(url: str) -> tuple[str, str]:
    """
    >>> _without_password("postgresql://ann:p%40ss@db.example:5433/pay?sslmode=require")
    ('postgresql://ann@db.example:5433/pay?sslmode=require', 'p@ss')
    """
    parts = urlsplit(url)
    login, at, hosts = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    told = parse_qs(parts.query).get("password", [""])[0]
    return urlunsplit(parts._replace(netloc=f"{user}{at}{hosts}")), unquote(password) or told
