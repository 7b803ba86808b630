"""Limits of the service, each declared once: settings, the API's type `Limits` and docs/limits.md derive from here."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

POINTS_PER_QUERY = 100
"""Points of one query in the setting `queries_per_minute`."""

MINIMUM_RECORDS = 5
"""Default of the setting `minimum_records`: any statistic needs this many records."""

DEFAULT_CLASS_SIZE, MIN_CLASS_SIZE = 10, 5
"""Default and minimum of the setting `class_size`, the k of contributed records."""

DEFAULT_RELEASE_DAYS, MIN_RELEASE_DAYS = 28.0, 0.000001
"""Default and minimum, apart from 0, of the setting `release_days`, the period of releases of contributed pay."""

DEFAULT_POOL_SIZE, DEFAULT_REFRESH_SECONDS, DEFAULT_EDITION_WAIT_SECONDS = 8, 1, 5
"""Defaults of `pool_size`, `refresh_seconds` and `edition_wait_seconds`, which layers without settings share."""

MAX_UNCOMPRESSED_BYTES = 8_000_000_000
"""Bytes that a compressed data file may expand to."""

MAX_DOWNLOAD_BYTES = 4_000_000_000
"""Bytes of a data file that is downloaded."""

MAX_LINE_BYTES = 64_000_000
"""Bytes of a line of a data file, after which it is not read further."""

WORKBOOK_MEMORY_BYTES = 8_000_000_000
"""Memory of the process that reads a workbook."""

_INVALID = "`GRAPHQL_VALIDATION_FAILED`"


@dataclass(frozen=True, slots=True)
class Limit:
    """The declaration of a limit, apart from its name in the API; `default` and the bounds are those of its setting.

    The limit in the API is `scale` times the setting.
    """

    setting: str
    default: int
    minimum: int
    maximum: int
    summary: str
    """The description of the setting."""
    description: str
    """The description in the API."""
    exceeded: str
    """The status or error code that a client gets if it exceeds the limit."""
    scale: int

    @property
    def variable(self) -> str:
        """The environment variable of the setting."""
        return f"PAYRANK_{self.setting.upper()}"

    @property
    def bounds(self) -> Mapping[str, Any]:
        """The bounds of the setting as arguments of pydantic's Field; a time must be longer than its minimum."""
        return {"gt" if self.setting.endswith("_seconds") else "ge": self.minimum, "le": self.maximum}


def _limit(
    setting: str,
    *,
    default: int,
    bounds: tuple[int, int],
    summary: str,
    description: str,
    exceeded: str,
    scale: int = 1,
) -> Any:
    limit = Limit(setting, default, *bounds, summary, description, exceeded, scale)
    return field(default=default * scale, metadata={"limit": limit})


@dataclass(frozen=True)
class Limits:
    """The limits in effect, by default those of the settings' defaults. 0 WebSockets or points a minute mean no limit."""

    body_bytes: int = _limit(
        "body_bytes",
        default=100_000,
        bounds=(1_000, 10_000_000),
        summary="maximum size of an HTTP request, in bytes",
        description="Bytes of an HTTP request.",
        exceeded="413, `BAD_REQUEST`",
    )
    characters: int = _limit(
        "max_characters",
        default=20_000,
        bounds=(100, 1_000_000),
        summary="maximum characters of a document, including whitespace and comments",
        description="Characters of a document, including whitespace and comments.",
        exceeded="`GRAPHQL_PARSE_FAILED`",
    )
    tokens: int = _limit(
        "max_tokens",
        default=1_000,
        bounds=(10, 5_000),
        summary="maximum tokens of a document: names, values and punctuation",
        description="Tokens of a document: names, values and punctuation.",
        exceeded="`GRAPHQL_PARSE_FAILED`",
    )
    values: int = _limit(
        "max_values",
        default=2_000,
        bounds=(10, 1_000_000),
        summary="maximum values in the variables of an operation, including nested ones",
        description="Values in the variables of an operation, including nested ones.",
        exceeded="`BAD_USER_INPUT`",
    )
    operations: int = _limit(
        "max_operations",
        default=10,
        bounds=(1, 100),
        summary="maximum operations of a document, of which one is executed",
        description="Operations of a document, of which one is executed.",
        exceeded=_INVALID,
    )
    depth: int = _limit(
        "max_depth",
        default=10,
        bounds=(1, 50),
        summary="maximum depth of nested fields, not counting introspection",
        description="Depth of nested fields. Introspection is limited by its cost.",
        exceeded=_INVALID,
    )
    aliases: int = _limit(
        "max_aliases",
        default=30,
        bounds=(0, 1_000),
        summary="maximum aliases of an operation, including repeated fields",
        description="Aliases of an operation. A field that is repeated in a selection counts as an alias; the aliases of "
        "a fragment count once, however often it is spread.",
        exceeded=_INVALID,
    )
    directives: int = _limit(
        "max_directives",
        default=20,
        bounds=(0, 1_000),
        summary="maximum directives of an operation",
        description="Directives of an operation, counted like aliases.",
        exceeded=_INVALID,
    )
    cost: int = _limit(
        "max_cost",
        default=1_000,
        bounds=(10, 1_000_000),
        summary="maximum cost of an operation, in points",
        description="Cost of an operation in points. A list costs in proportion to its page, a grouping to its groups, "
        "each item with its selection. Each response reports its cost in `extensions.cost`.",
        exceeded="`COST_LIMIT_EXCEEDED`",
    )
    page_size: int = _limit(
        "max_page",
        default=100,
        bounds=(1, 100),
        summary="maximum page size of records and submissions",
        description="Page size of records and submissions.",
        exceeded="`BAD_USER_INPUT`",
    )
    statement_seconds: float = _limit(
        "statement_seconds",
        default=5,
        bounds=(0, 600),
        summary="time limit of a database statement, in seconds",
        description="Seconds of a database statement.",
        exceeded="`TIMEOUT`",
    )
    request_seconds: float = _limit(
        "request_seconds",
        default=10,
        bounds=(0, 600),
        summary="time limit of a query or mutation, in seconds",
        description="Seconds of a query or mutation; subscriptions have no time limit.",
        exceeded="`TIMEOUT`",
    )

    points_per_minute: int = _limit(
        "queries_per_minute",
        default=60,
        bounds=(0, 1_000_000),
        summary="maximum points a minute for each network, in queries of 100 points; 0 for no limit",
        description="Points per minute and network, as the headers RateLimit and RateLimit-Policy report them; 0 for no "
        "limit. A cached response takes one point.",
        exceeded="429, `RATE_LIMITED`",
        scale=POINTS_PER_QUERY,
    )
    concurrent_requests: int = _limit(
        "concurrent_requests",
        default=64,
        bounds=(1, 10_000),
        summary="maximum queries and mutations that a process executes at the same time",
        description="Queries and mutations that a serving process executes at the same time.",
        exceeded="the queue",
    )
    queued_requests: int = _limit(
        "queued_requests",
        default=100,
        bounds=(1, 10_000),
        summary="maximum queries and mutations in the queue of a process",
        description="Queries and mutations in the queue of a serving process; further ones get OVERLOADED.",
        exceeded="503, `OVERLOADED`",
    )

    connections_per_network: int = _limit(
        "connections_per_network",
        default=200,
        bounds=(0, 1_000_000),
        summary="maximum open connections of a network in one process, behind proxies its requests; 0 for no limit",
        description="Open connections of a network to one serving process, or its requests in progress if the service is "
        "behind proxies; 0 for no limit.",
        exceeded="closed, or 429, `RATE_LIMITED`",
    )
    connections: int = _limit(
        "connections",
        default=10_000,
        bounds=(0, 1_000_000),
        summary="maximum open connections of a process; 0 for as many as the limit of open files allows",
        description="Open connections to a serving process; 0 for as many as its limit of open files allows.",
        exceeded="closed, or 503, `OVERLOADED`",
    )
    client_seconds: float = _limit(
        "client_seconds",
        default=10,
        bounds=(0, 600),
        summary="time limit for a client to send a whole request or to read what it was sent, in seconds",
        description="Seconds that a client may take to send a whole request, or to read what it was sent.",
        exceeded="408, `BAD_REQUEST`, or closed",
    )
    header_bytes: int = _limit(
        "header_bytes",
        default=16_000,
        bounds=(1_000, 1_000_000),
        summary="maximum size of the headers of a request, in bytes",
        description="Bytes of the headers of a request, of which there may be 100.",
        exceeded="431, `BAD_REQUEST`",
    )

    message_bytes: int = _limit(
        "message_bytes",
        default=256_000,
        bounds=(1_000, 10_000_000),
        summary="maximum size of a WebSocket message, in bytes",
        description="Bytes of a WebSocket message.",
        exceeded="closed with 1009",
    )
    init_seconds: float = _limit(
        "init_seconds",
        default=5,
        bounds=(0, 600),
        summary="time limit for `connection_init` after a WebSocket has opened, in seconds",
        description="Seconds until `connection_init` after a WebSocket has opened.",
        exceeded="closed with 4408",
    )
    concurrent_operations: int = _limit(
        "concurrent_operations",
        default=20,
        bounds=(1, 1_000),
        summary="maximum operations of a WebSocket at the same time",
        description="Operations of a WebSocket at the same time.",
        exceeded="an `error` with `BAD_REQUEST`",
    )
    sockets_per_network: int = _limit(
        "sockets_per_network",
        default=100,
        bounds=(0, 100_000),
        summary="maximum open WebSockets of a network in one process; 0 for no limit",
        description="Open WebSockets of a network in one serving process; 0 for no limit.",
        exceeded="429 to the handshake",
    )
    sockets: int = _limit(
        "sockets",
        default=5_000,
        bounds=(0, 100_000),
        summary="maximum open WebSockets of a process; 0 for no limit",
        description="Open WebSockets of a serving process; 0 for no limit.",
        exceeded="429 to the handshake",
    )


LIMITS: Mapping[str, Limit] = {found.name: found.metadata["limit"] for found in fields(Limits)}
"""The declaration of each limit by its name in the API, in the order of docs/limits.md."""
