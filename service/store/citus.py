"""Distribution: records over the nodes of a Citus cluster by their id, vocabulary on each node.

What is contributed, editions and tokens stay on the coordinator: they are small, and a submission and its proof are taken in
one statement, of a kind that Citus has for local tables alone.
"""

import asyncio
from collections.abc import Callable

import asyncpg

from service.errors import DatabaseError
from service.store.database import INTAKE, PUBLISHER, READER, plain_errors
from service.store.hosts import Hosts

OLDEST = 11
"""Before it roles do not come to the nodes by themselves."""

VOCABULARY = ("factor_value", "source", "fx_rate", "price_level")
RECORDS, BY = "salary_record", "id"
_PATIENCE = 10

_NOT_INSTALLED = (
    "This server has no Citus. Install it on every node (https://docs.citusdata.com says how), put citus first in "
    "shared_preload_libraries, start the servers again, and run CREATE EXTENSION citus in this database on each."
)
_NOT_CREATED = (
    "Citus is installed, but this database is no part of a cluster. As a superuser run CREATE EXTENSION citus in it, on "
    "every node, then add the nodes here by citus_set_coordinator_host and citus_add_node."
)
_NO_COORDINATOR = (
    "The coordinator is not among the nodes of this cluster, and some tables stay on it. Run "
    "SELECT citus_set_coordinator_host('the name by which the other nodes reach this one')."
)
_NO_NODES = "This cluster has no node that takes records. Add one: SELECT citus_add_node('its name', its_port)."


def distribute(url: str, progress: Callable[[str], None]) -> None:
    """Put the tables of a migrated database on its cluster; what is there already stays. Records are moved, which takes as
    long as copying them. Raises DatabaseError that says what is missing."""
    asyncio.run(_run(url, progress))


async def _run(url: str, progress: Callable[[str], None]) -> None:
    with plain_errors():
        connection = await Hosts.of(url).connect(timeout=_PATIENCE)
        try:
            await _check(connection)
            await _let_roles_in(connection)
            await _place(connection, progress)
        finally:
            await connection.close(timeout=_PATIENCE)


async def _check(connection: asyncpg.Connection) -> None:
    version = await connection.fetchval("SELECT extversion FROM pg_extension WHERE extname = 'citus'")
    if version is None:
        known = await connection.fetchval("SELECT count(*) FROM pg_available_extensions WHERE name = 'citus'")
        raise DatabaseError(_NOT_CREATED if known else _NOT_INSTALLED)
    if int(version.partition(".")[0]) < OLDEST:
        raise DatabaseError(f"PayRank needs Citus {OLDEST} or newer; this cluster has {version}. Bring it up to date first.")
    if not await connection.fetchval("SELECT count(*) FROM pg_dist_node WHERE groupid = 0"):
        raise DatabaseError(_NO_COORDINATOR)
    if not await connection.fetchval("SELECT count(*) FROM pg_dist_node WHERE isactive AND shouldhaveshards"):
        raise DatabaseError(_NO_NODES)


async def _let_roles_in(connection: asyncpg.Connection) -> None:
    """The coordinator connects to the nodes as the role that asks, so it must be allowed to log in; none has a password."""
    for role in (READER, INTAKE, PUBLISHER):
        await connection.execute(f"ALTER ROLE {role} LOGIN")


async def _place(connection: asyncpg.Connection, progress: Callable[[str], None]) -> None:
    placed = {str(row[0]) for row in await connection.fetch("SELECT logicalrelid::regclass::text FROM pg_dist_partition")}
    for table in VOCABULARY:
        if table not in placed:
            progress(f"Copying {table} to every node")
            await connection.execute(f"SELECT create_reference_table('{table}')")
    if RECORDS not in placed:
        progress(f"Distributing {RECORDS} by {BY}")
        await connection.execute(f"SELECT create_distributed_table('{RECORDS}', '{BY}')")
        await connection.execute(f"SELECT truncate_local_data_after_distributing_table('{RECORDS}')")
