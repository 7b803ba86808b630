"""The state of a database, read over one short connection, for startup and `payrank doctor`; and the lag of standbys.

It does not import the modules of migrations and imports, so that startup is fast if the database is prepared.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files

import asyncpg

from service.store.database import INTAKE, PUBLISHER, READER, connected, watermark
from service.store.hosts import connect, split_hosts

ROLES = READER, INTAKE, PUBLISHER


@cache
def known_revisions() -> tuple[str, ...]:
    """The revisions of the migrations folder, from the newest, which this version needs, to the first.

    The name of each file there starts with its revision.
    """
    names = (file.name for file in files("migrations").joinpath("versions").iterdir())
    return tuple(sorted((name.partition("_")[0] for name in names if name[:1].isdigit()), reverse=True))


async def revision_of(connection: asyncpg.Connection) -> str | None:
    """The revision of the tables; None for an empty database."""
    exists = await connection.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL")
    revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version") if exists else None
    return revision


# The state that is checked at startup

REFERENCE_COMMENT_PREFIX = "Reference data "
"""The start of the comment on the primary key of `factor_value`; the digest of the reference files follows. (Comments on
tables are compared with their declaration.)"""
_REFERENCE_COMMENT = "SELECT obj_description(oid, 'pg_constraint') FROM pg_constraint WHERE conname = 'pk_factor_value'"


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """The revision of the tables (None for an empty database), the digest of the reference data, and the current edition."""

    revision: str | None = None
    reference: str | None = None
    edition: int = 0


def read_state(url: str) -> DatabaseState:
    """The state of a database; only its revision if that is not the newest. Raises DatabaseError."""
    return asyncio.run(_read_state(url))


async def _read_state(url: str) -> DatabaseState:
    async with connected(url) as connection:
        revision = await revision_of(connection)
        if revision != known_revisions()[0]:
            return DatabaseState(revision)
        comment = str(await connection.fetchval(_REFERENCE_COMMENT) or "")
        digest = comment.removeprefix(REFERENCE_COMMENT_PREFIX) if comment.startswith(REFERENCE_COMMENT_PREFIX) else None
        return DatabaseState(revision, digest, await watermark(connection))


# The state that `payrank doctor` reports


@dataclass(frozen=True, slots=True)
class Health:
    """The health of a database at one moment.

    `revision` is that of the tables, `known` whether this version knows it, `needed` the one that it needs. Lists are empty
    and counts 0 if all is well. `clock_offset` is how far the server's clock is ahead of this machine's, `write_error`
    PostgreSQL's error if nothing can be written. The current edition has `recorded` records by its row and `counted` by the
    table; `orphans` are records of batches that do not exist, `future` submissions and editions with a
    timestamp in the future. `other_owners` are logins that own other databases of the server and may read contributions
    here; `separation` has the statements that prevent it.
    """

    version: str
    revision: str | None
    needed: str
    known: bool
    clock_offset: timedelta
    missing_roles: tuple[str, ...] = ()
    other_owners: tuple[str, ...] = ()
    separation: str = ""
    watermark: int = 0
    unfinished: tuple[int, ...] = ()
    recorded: int = 0
    counted: int = 0
    orphans: int = 0
    future: int = 0
    write_error: str = ""


_EDITIONS = """
    SELECT coalesce(w.edition, 0) AS watermark, coalesce(e.records, 0) AS recorded,
        (SELECT count(*) FROM salary_record WHERE added_in <= w.edition AND (removed_in IS NULL OR removed_in > w.edition))
            AS counted,
        (SELECT coalesce(array_agg(number ORDER BY number), '{}') FROM edition WHERE number > w.edition) AS unfinished
    FROM watermark AS w LEFT JOIN edition AS e ON e.number = w.edition AND e.published_at IS NOT NULL
"""
_ORPHANS = """
    SELECT count(*) FROM batch_record WHERE NOT EXISTS (SELECT FROM salary_record WHERE id = batch_record.record)
"""
_FUTURE = """
    SELECT (SELECT count(*) FROM submission WHERE submitted_at > now() + interval '5 minutes')
        + (SELECT count(*) FROM edition WHERE published_at > now() + interval '5 minutes')
"""
_IS_MEMBER = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1 AND pg_has_role(current_user, oid, 'MEMBER'))"


_OTHER_OWNERS = f"""
    SELECT array_agg(rolname::text ORDER BY rolname) AS names,
        format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC, %s; GRANT CONNECT ON DATABASE %I TO %I', current_database(),
            string_agg(quote_ident(rolname), ', ' ORDER BY rolname), current_database(), current_user) AS separation
    FROM pg_roles WHERE rolcanlogin AND NOT rolsuper AND rolname <> current_user
    AND EXISTS (SELECT FROM pg_database WHERE datdba = pg_roles.oid AND datname <> current_database())
    AND pg_has_role(oid, '{PUBLISHER}', 'MEMBER') AND has_database_privilege(oid, current_database(), 'CONNECT')
"""


def check_health(url: str, settings: Mapping[str, str]) -> Health:
    """The health of a database, measured with settings of PostgreSQL; raises DatabaseError if it cannot be read."""
    return asyncio.run(_check_health(url, settings))


async def _check_health(url: str, settings: Mapping[str, str]) -> Health:
    async with connected(url) as connection, connection.transaction():
        for name, value in settings.items():
            await connection.execute("SELECT set_config($1, $2, true)", name, value)
        return await _measure(connection)


async def _measure(connection: asyncpg.Connection) -> Health:
    known = known_revisions()
    revision = await revision_of(connection)
    health = Health(
        version=await connection.fetchval("SELECT current_setting('server_version')"),
        revision=revision,
        needed=known[0],
        known=revision in known,
        clock_offset=await _clock_offset(connection),
        write_error=await _write_error(connection),
    )
    if revision != health.needed:
        return health
    editions = await connection.fetchrow(_EDITIONS)
    assert editions
    owners = await connection.fetchrow(_OTHER_OWNERS)
    assert owners
    return replace(
        health,
        missing_roles=tuple([role for role in ROLES if not await connection.fetchval(_IS_MEMBER, role)]),
        other_owners=tuple(owners["names"] or ()),
        separation=owners["separation"] if owners["names"] else "",
        orphans=await connection.fetchval(_ORPHANS),
        future=await connection.fetchval(_FUTURE),
        **dict(editions) | {"unfinished": tuple(editions["unfinished"])},
    )


async def _clock_offset(connection: asyncpg.Connection) -> timedelta:
    """Measured by a separate statement, since the other queries may take long."""
    before = datetime.now(UTC)
    clock: datetime = await connection.fetchval("SELECT clock_timestamp()")
    return clock - (before + (datetime.now(UTC) - before) / 2)


async def _write_error(connection: asyncpg.Connection) -> str:
    """PostgreSQL's error when it writes a megabyte and discards it; empty if there is none.

    It rolls back: a commit would wait for a synchronous standby, perhaps for one that was killed.
    """
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(
            "CREATE TEMPORARY TABLE write_test ON COMMIT DROP AS SELECT repeat('-', 1000) FROM generate_series(1, 1000)"
        )
    except asyncpg.InsufficientResourcesError as error:
        return str(error)
    finally:
        await transaction.rollback()
    return ""


# Standbys

_POLL_SECONDS, _STANDBY_TIMEOUT = 0.05, 3
_REPLAYED = "SELECT NOT pg_is_in_recovery() OR coalesce(pg_last_wal_replay_lsn() >= $1::text::pg_lsn, true)"


def wait_for_standbys(url: str, reader_url: str, seconds: float) -> int:
    """Wait, up to a number of seconds, until each standby has replayed what the primary has written by now.

    Returns the number of standbys that lag behind or cannot be reached.
    """
    return asyncio.run(_wait_for_standbys(url, split_hosts(reader_url), seconds))


async def _wait_for_standbys(url: str, standbys: Sequence[str], seconds: float) -> int:
    async with connected(url) as primary:
        written = str(await primary.fetchval("SELECT pg_current_wal_lsn()::text"))
    caught_up = await asyncio.gather(*(_catches_up(standby, written, seconds) for standby in standbys))
    return caught_up.count(False)


async def _catches_up(standby: str, written: str, seconds: float) -> bool:
    with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        async with asyncio.timeout(seconds):
            connection = await connect(standby, timeout=_STANDBY_TIMEOUT)
            try:
                while not await connection.fetchval(_REPLAYED, written):  # noqa: ASYNC110 (PostgreSQL does not notify)
                    await asyncio.sleep(_POLL_SECONDS)
                return True
            finally:
                connection.terminate()
    return False
