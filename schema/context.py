"""The context of resolvers: the client, the index of one edition for the whole request, and a handle to the database."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import strawberry
from starlette.requests import HTTPConnection

from service.errors import InputError
from service.index.index import Index
from service.index.refresh import CurrentIndex
from service.intake.access import network_of
from service.intake.submission import IntakeServices
from service.limits import Limits
from service.market.estimate import Estimators
from service.market.model_pool import ModelPool
from service.sql_engine.connections import SqlThreadPool
from service.stats.suppression import SuppressionRules
from service.store.database import Database

MINIMUM_EDITION = "payrank-minimum-edition"
"""The header with the number of the edition that a response must be of at least."""
_MAX_DIGITS = 9


@dataclass(slots=True, eq=False)
class Client:
    """The client of a request or WebSocket handshake: its network, token and requested edition.

    `params` is the payload of `connection_init`, empty by HTTP; `hops` is the number of trusted proxies in front.
    `base_url` is what links to the service begin with; empty if they are relative.
    """

    connection: HTTPConnection
    params: Mapping[str, object]
    hops: int
    base_url: str = ""

    @property
    def network(self) -> str:
        """The address prefix behind the trusted proxies; addresses reported by other proxies may be forged."""
        return network_behind(self.connection, self.hops)

    @property
    def token(self) -> str | None:
        """The bearer token of the header or of `connection_init`, as browsers set no headers for a handshake."""
        value = self.params.get("authorization") or self.connection.headers.get("authorization", "")
        scheme, _, token = str(value).partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None

    @property
    def minimum_edition(self) -> int:
        """The requested edition, 0 for any: `minimumEdition` of `connection_init`, or the header. Raises InputError."""
        return edition_number(str(self.params.get("minimumEdition") or self.connection.headers.get(MINIMUM_EDITION, "0")))


def network_behind(connection: HTTPConnection, hops: int) -> str:
    """The network of the client behind a number of trusted proxies."""
    if hops:
        lines = connection.headers.getlist("x-forwarded-for")
        addresses = [part.strip() for line in lines for part in line.split(",")]
        if addresses:
            return network_of(addresses[-min(hops, len(addresses))])
    client = connection.scope.get("client")
    return network_of(client[0] if client else "socket")


def edition_number(text: str) -> int:
    """The number of an edition. Raises InputError."""
    digits = text.strip()
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= _MAX_DIGITS):
        raise InputError(f"PayRank-Minimum-Edition must be the number of an edition, such as 7, not {digits[:20]!r}.")
    return int(digits)


@dataclass(eq=False)  # not frozen, which takes longer to make
class Context:
    """Context of one operation, over HTTP or WebSocket. It never changes."""

    current: CurrentIndex
    rules: SuppressionRules
    limits: Limits
    intake: IntakeServices
    client: Client
    model_pool: ModelPool
    estimators: Estimators
    sql_threads: SqlThreadPool | None = None
    """Threads that execute operations with the SQL engine; None with an index."""
    thread_database: Database | None = None
    _index: Index | None = None

    @property
    def database(self) -> Database:
        return self.thread_database or self.current.database

    def with_database(self, database: Database) -> "Context":
        """The context for a thread with its own database handle."""
        return replace(self, intake=self.intake.with_database(database), thread_database=database, _index=self.index)

    @property
    def index(self) -> Index:
        """The index of one edition for the whole operation.

        Objects within a subscription never use it: the subscription would keep its first edition in memory.
        """
        if self._index is None:
            self._index = self.current.index
        return self._index


Info = strawberry.Info[Context, None]
