"""The hosts of a URL of PostgreSQL, such as postgresql://user@one:5432,two:5432/payrank, and connecting to them."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import asyncpg

_TRY_NEXT_HOST = (
    OSError,  # includes TimeoutError: a machine without power does not even refuse the connection
    asyncpg.CannotConnectNowError,
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.TargetServerAttributeNotMatched,
)
"""Errors of one host after which the next is tried."""


@dataclass
class Hosts:
    """The hosts of a URL in the order in which they are tried; the one that answered last comes first."""

    urls: Sequence[str]

    @classmethod
    def from_url(cls, url: str) -> "Hosts":
        return cls(split_hosts(url))

    async def connect(self, _: object = None, *, timeout: float, **settings: Any) -> asyncpg.Connection:  # noqa: ASYNC109
        """Connect to the first suitable host. Each gets an equal share of the timeout, so that one cannot use it up."""
        share = timeout / len(self.urls)
        failure: Exception | None = None
        for url in self.urls:
            try:
                connection = await connect(url, timeout=share, **settings)
            except _TRY_NEXT_HOST as error:
                failure = error
                continue
            self.urls = [url, *(other for other in self.urls if other != url)]
            return connection
        assert failure
        raise failure


SCHEMA = "public"
"""The schema of the tables, whatever the `search_path` of a login or a database says."""


async def connect(url: str, *, timeout: float, **settings: Any) -> asyncpg.Connection:  # noqa: ASYNC109
    """Connect to the only host of a URL. Unless `settings` say so, no statement is prepared by a name."""
    options = {"statement_cache_size": 0} | settings
    connection: asyncpg.Connection = await asyncpg.connect(_without_libpq_options(url), timeout=timeout, **options)
    return connection


_LIBPQ_ONLY = frozenset(
    (
        *("channel_binding", "connect_timeout", "fallback_application_name", "gssdelegation", "gssencmode"),
        *("keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval", "load_balance_hosts"),
        *("require_auth", "requirepeer", "sslcertmode", "sslcompression", "sslcrldir", "sslsni", "tcp_user_timeout"),
    )
)
"""Options of a URL that only libpq knows. Asyncpg would send them to the server, which refuses them."""


def _without_libpq_options(url: str) -> str:
    """The same URL for asyncpg.

    >>> _without_libpq_options("postgresql://ann@db/pay?sslmode=require&channel_binding=require")
    'postgresql://ann@db/pay?sslmode=require'
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if _LIBPQ_ONLY.isdisjoint(query):
        return url
    return urlunsplit(parts._replace(query=_encode({name: query[name] for name in query if name not in _LIBPQ_ONLY})))


def split_hosts(url: str) -> list[str]:
    """One URL for each host.

    >>> split_hosts("postgresql://u@a:1,b:2/db")
    ['postgresql://u@a:1/db', 'postgresql://u@b:2/db']
    >>> split_hosts("postgresql://u@/db?host=/a,/b&port=1")
    ['postgresql://u@/db?host=%2Fa&port=1', 'postgresql://u@/db?host=%2Fb&port=1']
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if "," in parts.netloc:
        login, at, hosts = parts.netloc.rpartition("@")
        return [urlunsplit(parts._replace(netloc=f"{login}{at}{host}")) for host in hosts.split(",")]
    if "," in query.get("host", ""):
        ports = query.get("port", "5432").split(",")
        pairs = zip(query["host"].split(","), cycle(ports), strict=False)
        return [urlunsplit(parts._replace(query=_encode(query | {"host": h, "port": p}))) for h, p in pairs]
    return [url]


def shuffle_hosts(url: str) -> str:
    """The same URL with its hosts in random order, which spreads processes over them: the first that answers is used."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if "," in parts.netloc:
        login, at, hosts = parts.netloc.rpartition("@")
        parts = parts._replace(netloc=f"{login}{at}{_shuffle(hosts)}")
    elif "," in query.get("host", "") and "port" not in query:
        parts = parts._replace(query=_encode(query | {"host": _shuffle(query["host"])}))
    return urlunsplit(parts)


def _shuffle(hosts: str) -> str:
    names = hosts.split(",")
    random.shuffle(names)
    return ",".join(names)


def primary_url(url: str, attribute: str = "read-write") -> str:
    """The same URL, restricted to the primary if it has several hosts: any of them may become a standby.

    >>> primary_url("postgresql://u@a,b/db"), primary_url("postgresql://u@a/db")
    ('postgresql://u@a,b/db?target_session_attrs=read-write', 'postgresql://u@a/db')
    """
    return _with_option(url, "target_session_attrs", attribute)


def without_password(url: str) -> str:
    """The same URL for people to read.

    >>> without_password("postgresql://ann:se%40cret@a:1,b:2/db?sslmode=require&password=secret")
    'postgresql://ann@a:1,b:2/db?sslmode=require'
    """
    parts = urlsplit(url)
    login, at, hosts = parts.netloc.rpartition("@")
    options = [(name, value) for name, value in parse_qsl(parts.query) if name not in _PASSWORDS]
    shown = parts._replace(
        netloc=f"{login.partition(':')[0]}{at}{hosts}", query=urlencode(options, safe="/", quote_via=quote)
    )
    return urlunsplit(shown)


_PASSWORDS = ("password", "sslpassword")


def with_connect_timeout(url: str, seconds: int) -> str:
    """The same URL for libpq, which then moves on from a host that does not answer if there are several."""
    return _with_option(url, "connect_timeout", str(seconds))


def _with_option(url: str, name: str, value: str) -> str:
    """Add a connection option to a URL of several hosts that does not have it."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if len(split_hosts(url)) == 1 or name in query:
        return url
    return urlunsplit(parts._replace(query=_encode(query | {name: value})))


def _encode(query: Mapping[str, str]) -> str:
    """The options of a URL; libpq reads a plus sign as one."""
    return urlencode(query, quote_via=quote)
