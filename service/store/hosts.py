"""Several hosts in one URL, such as postgresql://user@one:5432,two:5432/payrank: in which order they are tried."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg

_ELSEWHERE = (
    OSError,  # and TimeoutError: a machine that lost its power does not even refuse
    asyncpg.CannotConnectNowError,
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.TargetServerAttributeNotMatched,
)
"""What says of one host that another may do better."""


def each(url: str) -> list[str]:
    """A URL for each host.

    >>> each("postgresql://u@a:1,b:2/db")
    ['postgresql://u@a:1/db', 'postgresql://u@b:2/db']
    >>> each("postgresql://u@/db?host=/a,/b&port=1")
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
        return [urlunsplit(parts._replace(query=urlencode(query | {"host": h, "port": p}))) for h, p in pairs]
    return [url]


def shuffled(url: str) -> str:
    """The same URL with its hosts in random order, so that processes spread over them: the first that answers is taken."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if "," in parts.netloc:
        login, at, hosts = parts.netloc.rpartition("@")
        parts = parts._replace(netloc=f"{login}{at}{_shuffle(hosts)}")
    elif "," in query.get("host", "") and "port" not in query:
        parts = parts._replace(query=urlencode(query | {"host": _shuffle(query["host"])}))
    return urlunsplit(parts)


def _shuffle(hosts: str) -> str:
    names = hosts.split(",")
    random.shuffle(names)
    return ",".join(names)


def of_primary(url: str, attribute: str = "read-write") -> str:
    """The same URL, with the one of several hosts asked for that can be written to: a standby may be that any time.

    >>> of_primary("postgresql://u@a,b/db"), of_primary("postgresql://u@a/db")
    ('postgresql://u@a,b/db?target_session_attrs=read-write', 'postgresql://u@a/db')
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if len(each(url)) == 1 or "target_session_attrs" in query:
        return url
    return urlunsplit(parts._replace(query=urlencode(query | {"target_session_attrs": attribute})))


def not_waiting_long(url: str, seconds: int) -> str:
    """The same URL for libpq, which then goes on from a host that does not answer to the next."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if len(each(url)) == 1 or "connect_timeout" in query:
        return url
    return urlunsplit(parts._replace(query=urlencode(query | {"connect_timeout": str(seconds)})))


@dataclass
class Hosts:
    """The hosts of a URL in the order that they are tried in; the one that answered last is the first."""

    urls: Sequence[str]

    @classmethod
    def of(cls, url: str) -> "Hosts":
        return cls(each(url))

    async def connect(self, _: object = None, *, timeout: float, **settings: Any) -> asyncpg.Connection:  # noqa: ASYNC109
        """Connect to the first that will do; each has its part of the time, or one that hangs would take it all."""
        share = timeout / len(self.urls)
        failed: Exception | None = None
        for url in self.urls:
            try:
                found: asyncpg.Connection = await asyncpg.connect(url, timeout=share, **settings)
            except _ELSEWHERE as error:
                failed = error
                continue
            self.urls = [url, *(other for other in self.urls if other != url)]
            return found
        assert failed
        raise failed
