"""Distribution over a Citus cluster: records by their id, reference tables on every node.

Contributions, editions and tokens stay on the coordinator: they are small, and Citus supports the statement that inserts
a submission with its proof for local tables only.
"""

import asyncio
from collections.abc import Callable

import asyncpg

from service.errors import DatabaseError
from service.store.database import INTAKE, PUBLISHER, READER, connected

MIN_VERSION = 11
"""Older versions do not propagate roles to the nodes."""

REFERENCE_TABLES = (
    *("factor_value", "source", "catalogue_entry", "fx_rate", "price_level"),
    *("official_wage", "role_occupation"),
)
RECORD_TABLE, DISTRIBUTION_COLUMN = "salary_record", "id"

_NOT_INSTALLED = (
    "This server does not have Citus. Install it on every node (see https://docs.citusdata.com), put citus first in "
    "shared_preload_libraries, restart the servers, and run CREATE EXTENSION citus in this database on each."
)
_NOT_CREATED = (
    "Citus is installed, but this database is not part of a cluster. As a superuser, run CREATE EXTENSION citus in it on "
    "every node, then add the nodes here with citus_set_coordinator_host and citus_add_node."
)
_NO_COORDINATOR = (
    "The coordinator is not registered as a node of this cluster, and some tables stay on it. Run "
    "SELECT citus_set_coordinator_host('HOST') with the host name by which the other nodes reach this one."
)
_NO_NODES = "This cluster has no node for records. Add one: SELECT citus_add_node('HOST', PORT)."


def distribute(url: str, progress: Callable[[str], None]) -> None:
    """Distribute the tables of a migrated database over its cluster, except those that are distributed already.

    Moving the records takes as long as copying them. Raises DatabaseError if the cluster is not set up.
    """
    asyncio.run(_run(url, progress))


async def _run(url: str, progress: Callable[[str], None]) -> None:
    async with connected(url) as connection:
        await _check(connection)
        await _allow_logins(connection)
        await _distribute(connection, progress)


async def _check(connection: asyncpg.Connection) -> None:
    version = await connection.fetchval("SELECT extversion FROM pg_extension WHERE extname = 'citus'")
    if version is None:
        available = await connection.fetchval("SELECT count(*) FROM pg_available_extensions WHERE name = 'citus'")
        raise DatabaseError(_NOT_CREATED if available else _NOT_INSTALLED)
    if int(version.partition(".")[0]) < MIN_VERSION:
        raise DatabaseError(f"PayRank needs Citus {MIN_VERSION} or newer; this cluster has {version}. Upgrade it first.")
    if not await connection.fetchval("SELECT count(*) FROM pg_dist_node WHERE groupid = 0"):
        raise DatabaseError(_NO_COORDINATOR)
    if not await connection.fetchval("SELECT count(*) FROM pg_dist_node WHERE isactive AND shouldhaveshards"):
        raise DatabaseError(_NO_NODES)


async def _allow_logins(connection: asyncpg.Connection) -> None:
    """The coordinator connects to the nodes as the role of the session, so the roles must be able to log in; none has a
    password."""
    for role in (READER, INTAKE, PUBLISHER):
        await connection.execute(f"ALTER ROLE {role} LOGIN")


async def _distribute(connection: asyncpg.Connection, progress: Callable[[str], None]) -> None:
    distributed = {
        str(row[0]) for row in await connection.fetch("SELECT logicalrelid::regclass::text FROM pg_dist_partition")
    }
    for table in REFERENCE_TABLES:
        if table not in distributed:
            progress(f"Copying {table} to every node")
            await connection.execute(f"SELECT create_reference_table('{table}')")
    if RECORD_TABLE not in distributed:
        progress(f"Distributing {RECORD_TABLE} by {DISTRIBUTION_COLUMN}")
        await connection.execute(f"SELECT create_distributed_table('{RECORD_TABLE}', '{DISTRIBUTION_COLUMN}')")
        await connection.execute(f"SELECT truncate_local_data_after_distributing_table('{RECORD_TABLE}')")
