"""Backups: dump a whole database into one file in pg_dump's custom format, and restore it.

A restored database is marked until what its journal has is applied to it (`restoration`), since its backup may have answers
that were withdrawn later. The mark is there before the backup's tables are, so that no kill leaves them without it.
"""

import asyncio
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

from service.errors import DatabaseError, DataError
from service.store.database import connected
from service.store.embedded.cluster import clean_environment, installed_binaries
from service.store.hosts import without_password
from service.store.journal import SECRET as JOURNAL_SECRET
from service.store.restoration_mark import IS_MARKED, MARK, UNFINISHED, unmark
from service.store.roles import prepare_roles

_MAGIC = b"PGDMP"
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
        _dump(url, unfinished)
        unfinished.rename(file)
    except OSError as error:
        raise DataError(f"{file} cannot be written: {error.strerror}.") from error
    finally:
        with suppress(OSError):
            unfinished.unlink()
    return file.stat().st_size


def _dump(url: str, file: Path) -> None:
    command, environment = _connected("pg_dump", url, "--format=custom", f"--file={file}")
    done = subprocess.run(command, env=environment, stderr=subprocess.PIPE, text=True, errors="replace", check=False)
    _require_success("pg_dump", done.returncode, done.stderr)


@dataclass(frozen=True, slots=True)
class BackupContents:
    """The id of the journal of a backup's database, whether the backup has contributions, withdrawn submissions, and the
    dates of the releases that were made."""

    journal: bytes | None
    has_contributions: bool
    withdrawn: frozenset[UUID]
    releases: frozenset[datetime]


def read_contents(file: Path) -> BackupContents:
    """What a backup has; raises DataError if the file is not a backup, and DatabaseError if it is damaged."""
    try:
        with file.open("rb") as opened:
            magic = opened.read(len(_MAGIC))
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror}.") from error
    if magic != _MAGIC:
        raise DataError(f"{file} is not a backup made by `payrank backup`.")
    journal, contributed, withdrawn, releases = None, False, set(), set()
    for table, row in _copied_rows(file, ("secret", "submission", "batch", "release")):
        contributed |= table in ("submission", "batch")
        if table == "secret" and row["name"] == JOURNAL_SECRET:
            journal = bytes.fromhex(row["value"].removeprefix(r"\\x"))  # as COPY escapes a backslash
        elif table == "submission" and row["status"] == "withdrawn":
            withdrawn.add(UUID(row["id"]))
        elif table == "release":
            releases.add(datetime.fromisoformat(row["due_at"]))
    return BackupContents(journal, contributed, frozenset(withdrawn), frozenset(releases))


def _copied_rows(file: Path, tables: Sequence[str]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The rows of tables in a backup, as COPY writes them."""
    options = [f"--table={table}" for table in tables]
    command = [str(installed_binaries() / "pg_restore"), "--data-only", "--file=-", *options, str(file)]
    with subprocess.Popen(
        command, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as running:
        assert running.stdout
        assert running.stderr
        table, columns = "", list[str]()
        for line in running.stdout:
            if table and line != "\\.\n":
                yield table, dict(zip(columns, line[:-1].split("\t"), strict=True))
            else:
                started = _COPY.match(line)
                table, columns = (started[1], started[2].split(", ")) if started else ("", [])
        errors = running.stderr.read()
    _require_success("pg_restore", running.returncode, errors)


_COPY = re.compile(r"COPY public\.(\w+) \((.*)\) FROM stdin;")


def restore_tables(url: str, file: Path) -> None:
    """Restore a backup into an empty database, completely or not at all, and mark the database as not ready yet.

    Raises DataError if the file is not a backup, and DatabaseError if the database is not empty.
    """
    asyncio.run(_prepare(url))
    try:
        _restore(url, file)
    except DatabaseError:
        unmark(url)  # nothing was restored
        raise


_UNKNOWN_BEFORE_17 = b"SET transaction_timeout "


def _restore(url: str, file: Path) -> None:
    """Execute a backup's script in one transaction, without a setting that PostgreSQL 15 and 16 do not have."""
    reading = (str(installed_binaries() / "pg_restore"), "--no-owner", "--file=-", str(file))
    writing = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--file=-")
    command, environment = _connected("psql", url, *writing)
    with (
        subprocess.Popen(reading, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as script,
        subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as session,
    ):
        assert script.stdout
        assert script.stderr
        assert session.stdin
        refused = False
        try:
            session.stdin.writelines(takewhile(lambda line: not line.startswith(_UNKNOWN_BEFORE_17), script.stdout))
            shutil.copyfileobj(script.stdout, session.stdin)
        except BrokenPipeError:  # the session has ended, with an error
            refused = True
            script.kill()
        damage = script.stderr.read()
        if script.wait() and not refused:
            session.kill()  # before it commits what it got
        errors = session.communicate()[1]
    if not refused:
        _require_success("pg_restore", script.returncode, damage.decode(errors="replace"))
    _require_success("psql", session.returncode, errors.decode(errors="replace"))


async def _prepare(url: str) -> None:
    async with connected(url) as connection:
        if await connection.fetchval(_IN_USE):
            marked = await connection.fetchval(IS_MARKED)
            raise DatabaseError(UNFINISHED if marked else "This database already has tables. Restore into an empty one.")
        await prepare_roles(connection)  # which belong to the server and are not part of a dump
        await connection.execute(MARK)


def _connected(program: str, url: str, *arguments: str) -> tuple[Sequence[str], Mapping[str, str]]:
    """The command that runs one of PostgreSQL's programs on a database, and its environment, which has the password, since
    other users cannot see that.

    >>> command, environment = _connected("pg_dump", "postgresql://ann@db/pay?sslmode=require&password=p%40ss")
    >>> command[1], environment["PGPASSWORD"]
    ('--dbname=postgresql://ann@db/pay?sslmode=require', 'p@ss')
    """
    password = _password(url)
    secret = {"PGPASSWORD": password} if password else {}
    command = _path(program, url), f"--dbname={without_password(url)}", *arguments
    return command, clean_environment() | secret


_WITH_TLS = ("require", "verify-ca", "verify-full")


def _path(program: str, url: str) -> str:
    """The program to use: that in PATH if the URL requires TLS, which the included ones do not support."""
    options = parse_qs(urlsplit(url).query)
    if options.get("sslmode", [""])[-1] not in _WITH_TLS and options.get("channel_binding", [""])[-1] != "require":
        return str(installed_binaries() / program)
    if found := shutil.which(program):
        return found
    raise DatabaseError(
        f"PAYRANK_DATABASE_URL requires TLS, which the included {program} does not support, and PATH has no other one. "
        "Install PostgreSQL's client programs of the server's version or a newer one, such as the package "
        "postgresql-client, and try again."
    )


def _require_success(program: str, status: int, errors: str) -> None:
    if not status:
        return
    needs_tls = " Add sslmode=require to PAYRANK_DATABASE_URL." if "no encryption" in errors else ""
    raise DatabaseError(f"{program} failed: {' '.join(errors.split())[-500:]}{needs_tls}")


def _password(url: str) -> str:
    """
    >>> _password("postgresql://ann:p%40ss@db.example:5433/pay"), _password("postgresql://db.example/pay?password=p%40ss")
    ('p@ss', 'p@ss')
    """
    parts = urlsplit(url)
    login = parts.netloc.rpartition("@")[0]
    return unquote(login.partition(":")[2]) or parse_qs(parts.query).get("password", [""])[0]
