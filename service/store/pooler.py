"""Connection poolers such as PgBouncer: what they may drop from a connection, and whether they share sessions.

A pooler that ignores the parameters with which a client connects gives it the rights of its login: then the service would
read as the owner of the tables, whom row-level security does not bind. In transaction mode each transaction may get another
session, so that prepared statements, locks and settings of a session are found by other clients.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import asyncpg

from service.errors import DatabaseError
from service.store.hosts import SCHEMA, Hosts
from service.store.postgres_errors import translate_errors

_CONNECT_TIMEOUT = 10
_DOCUMENT = "docs/operations.md#connection-poolers"
_STATE = (
    "SELECT current_user::text AS role, session_user::text AS login, current_schema()::text AS schema, "
    "current_setting('default_transaction_read_only') = 'on' AS read_only, "
    "(extract(epoch FROM current_setting('statement_timeout')::interval) * 1000)::bigint AS milliseconds"
)


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """What each connection of a pool must have: a role, the schema of the tables, a limit of time, and for some that it
    cannot write.

    `variable` is the setting with the URL of the pool.
    """

    variable: str
    role: str
    statement_seconds: float
    read_only: bool = False

    @property
    def startup_parameters(self) -> Mapping[str, str]:
        """The parameters of PostgreSQL that give a connection these settings."""
        wanted = {"role": self.role, "search_path": SCHEMA, "statement_timeout": str(self._milliseconds)}
        return wanted | ({"default_transaction_read_only": "on"} if self.read_only else {})

    async def check(self, connection: asyncpg.Connection) -> None:
        """Raise DatabaseError, with the statements that mend it, if a new connection lacks any of the settings."""
        found = await connection.fetchrow(_STATE)
        assert found
        problems = list(self._problems(found))
        if not problems:
            return
        is_other = found["role"] != self.role
        login = f"{self.role}_login" if is_other else found["login"]
        statements = [f"CREATE ROLE {login} LOGIN PASSWORD '...' IN ROLE {self.role}"] if is_other else []
        statements += [f"ALTER ROLE {login} SET {name} = '{value}'" for name, value in self.startup_parameters.items()]
        raise DatabaseError(
            f"Connections for {'reading' if self.read_only else 'writing'} {' and '.join(problems)}. A connection pooler "
            f"probably dropped what PayRank sets when it connects. Use a login that has these settings: "
            f"{'; '.join(statements)}. Name it in {self.variable}; see {_DOCUMENT}."
        )

    def _problems(self, found: asyncpg.Record) -> Iterator[str]:
        if found["role"] != self.role:
            yield f"have the rights of {found['role']} instead of {self.role}"
        if found["schema"] not in (SCHEMA, None):  # None before a role may use the schema
            yield f"look for tables in the schema {found['schema']}"
        if self.read_only and not found["read_only"]:
            yield "may write"
        milliseconds: int = found["milliseconds"]
        if not 0 < milliseconds <= self._milliseconds:
            limit = f"a statement_timeout of {milliseconds:,} ms" if milliseconds else "no statement_timeout"
            yield f"have {limit} instead of at most {self._milliseconds:,} ms"

    @property
    def _milliseconds(self) -> int:
        return max(1, int(self.statement_seconds * 1000))


# Whether sessions are shared

_SESSION = "SELECT pg_backend_pid()"
_ROUNDS = 5
_QUERY_SECONDS = 3


def require_session(url: str) -> None:
    """Raise DatabaseError for a URL whose connections do not have a session of their own."""
    if asyncio.run(shares_sessions(url)):
        raise DatabaseError(
            "PAYRANK_DATABASE_URL is the address of a connection pooler in transaction mode. Migrations, imports, releases, "
            "reviews and backups need a session of their own, for locks that they hold over several transactions. Name "
            "PostgreSQL itself there, or a pool in session mode; the service may use this pooler by PAYRANK_READER_URL and "
            f"PAYRANK_INTAKE_URL. See {_DOCUMENT}."
        )


def require_unprepared(variable: str) -> DatabaseError:
    """The error for prepared statements over a pooler that shares sessions."""
    return DatabaseError(
        f"{variable} is the address of a connection pooler in transaction mode, where a prepared statement may return the "
        f"rows of another one. Set PAYRANK_PREPARED_STATEMENTS=false, or use a pool in session mode. See {_DOCUMENT}."
    )


async def shares_sessions(url: str) -> bool:
    """Whether the connections of a URL share sessions, as those of a pooler in transaction mode do.

    PostgreSQL itself sends a client the id of its process, a pooler one of its own. Then two connections that are used in
    turn have the same session, or several, unless they keep one each.
    """
    hosts = Hosts.from_url(url)
    with translate_errors():
        one = await hosts.connect(timeout=_CONNECT_TIMEOUT)
        try:
            if await one.fetchval(_SESSION) == one.get_server_pid():
                return False
            other = await hosts.connect(timeout=_CONNECT_TIMEOUT)
            try:
                return await _share_sessions(one, other)
            finally:
                other.terminate()
        finally:
            one.terminate()


async def _share_sessions(one: asyncpg.Connection, other: asyncpg.Connection) -> bool:
    try:
        async with asyncio.timeout(_QUERY_SECONDS):
            sessions = [(await one.fetchval(_SESSION), await other.fetchval(_SESSION)) for _ in range(_ROUNDS)]
    except TimeoutError:  # the pool has one session only, which the first connection keeps
        return False
    return len(set(sessions)) > 1 or any(first == second for first, second in sessions)
