"""What a database tells of its own state: the facts that `payrank doctor` judges."""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import asyncpg

from service.store.database import INTAKE, PUBLISHER, READER, plain_errors
from service.store.migrate import revisions
from service.store.state import revision_of

ROLES = READER, INTAKE, PUBLISHER


@dataclass(frozen=True, slots=True)
class Health:
    """Facts at one moment.

    `revision` is what the tables are of, `known` whether this version knows it, and `needed` what it wants; the lists are
    empty and the counts 0 where all is well. The server's clock is so far ahead of this machine's as `apart` tells; `full`
    is why nothing more can be written.
    """

    version: str
    revision: str | None
    needed: str
    known: bool
    apart: timedelta
    lacking: tuple[str, ...] = ()
    watermark: int = 0
    unfinished: tuple[int, ...] = ()
    told: int = 0
    counted: int = 0
    orphans: int = 0
    ahead: int = 0
    full: str = ""


_EDITIONS = """
    SELECT coalesce(w.edition, 0) AS watermark, coalesce(e.records, 0) AS told,
        (SELECT count(*) FROM salary_record WHERE added_in <= w.edition AND (removed_in IS NULL OR removed_in > w.edition))
            AS counted,
        (SELECT coalesce(array_agg(number ORDER BY number), '{}') FROM edition WHERE number > w.edition) AS unfinished
    FROM watermark AS w LEFT JOIN edition AS e ON e.number = w.edition AND e.published_at IS NOT NULL
"""
_ORPHANS = """
    SELECT count(*) FROM submission AS s WHERE s.record IS NOT NULL
    AND NOT EXISTS (SELECT FROM salary_record AS r WHERE r.id = s.record AND r.removed_in IS NULL)
"""
_AHEAD = """
    SELECT (SELECT count(*) FROM submission WHERE submitted_at > now() + interval '5 minutes')
        + (SELECT count(*) FROM edition WHERE published_at > now() + interval '5 minutes')
"""


def health(url: str) -> Health:
    """Look once; raises DatabaseError where nothing can be seen."""
    return asyncio.run(_health(url))


async def _health(url: str) -> Health:
    with plain_errors():
        connection = await asyncpg.connect(url, timeout=10)
        try:
            return await _seen(connection)
        finally:
            await connection.close()


async def _seen(connection: asyncpg.Connection) -> Health:
    version, apart = await connection.fetchval("SELECT current_setting('server_version')"), await _apart(connection)
    revision, known, full = await revision_of(connection), revisions(), await _full(connection)
    found = Health(revision=revision, needed=known[0], known=revision in known, full=full, version=version, apart=apart)
    if revision != found.needed:
        return found
    lacking = [role for role in ROLES if not await connection.fetchval(_MAY, role)]
    editions = await connection.fetchrow(_EDITIONS)
    assert editions
    told = dict(editions) | {"unfinished": tuple(editions["unfinished"])}
    orphans, ahead = await connection.fetchval(_ORPHANS), await connection.fetchval(_AHEAD)
    return replace(found, lacking=tuple(lacking), orphans=orphans, ahead=ahead, **told)


async def _apart(connection: asyncpg.Connection) -> timedelta:
    """Taken for itself: what else is asked may take long."""
    before = datetime.now(UTC)
    clock: datetime = await connection.fetchval("SELECT clock_timestamp()")
    return clock - (before + (datetime.now(UTC) - before) / 2)


async def _full(connection: asyncpg.Connection) -> str:
    """What PostgreSQL says to a megabyte that it is to write, and to forget at once; nothing where it takes it."""
    try:
        async with connection.transaction():
            await connection.execute(
                "CREATE TEMPORARY TABLE room ON COMMIT DROP AS SELECT repeat('-', 1000) FROM generate_series(1, 1000)"
            )
    except asyncpg.InsufficientResourcesError as error:
        return str(error)
    return ""


_MAY = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1 AND pg_has_role(current_user, oid, 'MEMBER'))"
