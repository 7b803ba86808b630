"""The mark of a database whose restore is not finished: it may have answers that were withdrawn after the backup.

It is a schema, since a backup has none of this name, and restoring a backup into the database leaves it there.
"""

import asyncio

from service.errors import DatabaseError
from service.store.database import connected

MARK = "CREATE SCHEMA IF NOT EXISTS payrank_restoring"
IS_MARKED = "SELECT to_regnamespace('payrank_restoring') IS NOT NULL"
UNFINISHED = (
    "A backup was restored into this database, but the journal was not applied to it, so it may have answers that were "
    "withdrawn. Run `payrank restore` without a file to finish."
)
_UNMARK = "DROP SCHEMA IF EXISTS payrank_restoring"


def is_marked(url: str) -> bool:
    """Whether the restore of a database is not finished."""
    return bool(asyncio.run(_run(url, IS_MARKED)))


def require_finished(url: str) -> None:
    """Raise DatabaseError if the restore of a database is not finished."""
    if is_marked(url):
        raise DatabaseError(UNFINISHED)


def unmark(url: str) -> None:
    asyncio.run(_run(url, _UNMARK))


async def _run(url: str, statement: str) -> object:
    async with connected(url) as connection:
        return await connection.fetchval(statement)
