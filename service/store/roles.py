"""The roles of the service in PostgreSQL, which belong to the server: they exist before a migration grants them anything.

The login that owns the tables creates them, if it may, and is made a member of each. Where an administrator has created
them, or another PayRank of the same server, nothing is left to do; where something is left that the login may not do, the
error has the statements for an administrator.
"""

from collections.abc import Sequence

import asyncpg

from service.errors import DatabaseError
from service.store.database import INTAKE, PUBLISHER, READER
from service.store.hosts import SCHEMA

ROLES = (READER, INTAKE, PUBLISHER, "payrank_owner")
_MIN_VERSION_OF_SET = 16
"""From this version on, a member may be denied SET ROLE."""

_LACKS_EXTENSION = (
    "SELECT NOT has_database_privilege(current_database(), 'CREATE') "
    "AND NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm')"
)
_MISPLACED = f"""
    WITH tables AS (
        SELECT relnamespace AS schema, array_agg(relname::text) AS names FROM pg_class WHERE relkind IN ('r', 'p') GROUP BY 1
    ),
    elsewhere AS (
        SELECT schema FROM tables WHERE names @> '{{watermark, salary_record}}' AND schema <> '{SCHEMA}'::regnamespace
        AND NOT EXISTS (SELECT FROM tables WHERE names @> '{{watermark}}' AND schema = '{SCHEMA}'::regnamespace)
    )
    SELECT format('ALTER TABLE %s SET SCHEMA {SCHEMA}', oid::regclass) AS statement
        FROM pg_class JOIN elsewhere ON relnamespace = schema WHERE relkind IN ('r', 'p')
    UNION ALL SELECT format('ALTER FUNCTION %s SET SCHEMA {SCHEMA}', pg_proc.oid::regprocedure)
        FROM pg_proc JOIN elsewhere ON pronamespace = schema
        WHERE NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
"""
"""The statements that move the tables of an earlier version, which created them in the first schema of the search path."""


async def prepare_roles(connection: asyncpg.Connection) -> None:
    """Create the roles that are missing, and make the login of a connection a member of each.

    Raises DatabaseError if it may not do that, or not create tables; it has the statements that are missing.
    """
    if misplaced := await connection.fetch(_MISPLACED):
        moves = "; ".join(row["statement"] for row in misplaced)
        raise DatabaseError(
            f"The tables are not in the schema {SCHEMA}, where the service uses them. Have their owner run this in the "
            f"database: {moves};"
        )
    login = await connection.fetchval("SELECT quote_ident(current_user)")
    uncreated = [role for role in ROLES if not await _create(connection, role)]
    ungranted = [role for role in ROLES if role in uncreated or not await _grant(connection, role)]
    statements = [f"CREATE ROLE {role} NOLOGIN" for role in uncreated]
    if ungranted:
        statements.append(f"GRANT {', '.join(ungranted)} TO {login}")
    if not await connection.fetchval("SELECT has_schema_privilege('public', 'CREATE')"):
        statements.append(f"GRANT USAGE, CREATE ON SCHEMA public TO {login}")
    if await connection.fetchval(_LACKS_EXTENSION):
        statements.append("CREATE EXTENSION pg_trgm")
    if closed := await _without_schema(connection, uncreated):
        statements.append(f"GRANT USAGE ON SCHEMA public TO {', '.join(closed)}")
    if statements:
        raise DatabaseError(
            f"The login {login} lacks permissions. Have an administrator run this in the database, and try again: "
            f"{'; '.join(statements)};"
        )


async def _create(connection: asyncpg.Connection, role: str) -> bool:
    """Create a role unless it exists; False if the login may not."""
    if await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role):
        return True
    try:
        await connection.execute(f"CREATE ROLE {role} NOLOGIN")
    except asyncpg.InsufficientPrivilegeError:
        return False
    except (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):  # another database of the server was faster
        pass
    return True


async def _grant(connection: asyncpg.Connection, role: str) -> bool:
    """Make the login a member of a role that exists; False if it may not."""
    privilege = "SET" if connection.get_server_version().major >= _MIN_VERSION_OF_SET else "MEMBER"
    if await connection.fetchval("SELECT pg_has_role($1::text, $2)", role, privilege):
        return True
    try:
        await connection.execute(f"GRANT {role} TO CURRENT_USER")
    except asyncpg.InsufficientPrivilegeError:
        return False
    return True


async def _without_schema(connection: asyncpg.Connection, uncreated: Sequence[str]) -> list[str]:
    """The roles that may not use the schema of the tables, and that the login cannot let use it."""
    if await connection.fetchval("SELECT has_schema_privilege('public', 'USAGE WITH GRANT OPTION')"):
        return []
    found = "SELECT rolname::text FROM pg_roles WHERE rolname = ANY($1) AND NOT has_schema_privilege(oid, 'public', 'USAGE')"
    return [row["rolname"] for row in await connection.fetch(found, [role for role in ROLES if role not in uncreated])]
