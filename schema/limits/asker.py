"""Who asks: what a request or a handshake tells of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import HTTPConnection

from service.errors import InputError
from service.intake.limit import network_of

MINIMUM = b"payrank-minimum-edition"
_MOST_DIGITS = 9


@dataclass(slots=True, eq=False)
class Asker:
    """One request or socket; `params` is the payload of `connection_init`, `hops` how many proxies in front are trusted."""

    connection: HTTPConnection
    params: Mapping[str, object]
    hops: int

    @property
    def network(self) -> str:
        """The network that it comes from, seen through as many proxies as are trusted."""
        return network_behind(self.connection, self.hops)

    @property
    def bearer(self) -> str | None:
        """The token of the header or, by socket, of `connection_init`: browsers let no page set a handshake's header."""
        told = self.params.get("authorization") or self.connection.headers.get("authorization", "")
        scheme, _, token = str(told).partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None


def network_behind(connection: HTTPConnection, hops: int) -> str:
    """The network of whoever is behind so many proxies; what further ones say anybody may have made up."""
    if hops:
        named = [part.strip() for line in connection.headers.getlist("x-forwarded-for") for part in line.split(",")]
        if named:
            return network_of(named[-min(hops, len(named))])
    client = connection.scope.get("client")
    return network_of(client[0] if client else "socket")


def minimum_edition(connection: HTTPConnection, params: Mapping[str, object]) -> int:
    """The edition that answers by a socket are to be of, or newer ones: by `minimumEdition` of `connection_init` or by the
    header of its handshake; 0 where any will do. Raises InputError."""
    return edition_number(str(params.get("minimumEdition") or connection.headers.get(MINIMUM.decode(), "0")))


def edition_number(text: str) -> int:
    """Raises InputError for what is no number."""
    told = text.strip()
    if not (told.isascii() and told.isdecimal() and len(told) <= _MOST_DIGITS):
        raise InputError(f"PayRank-Minimum-Edition is the number of an edition, such as 7, not {told[:20]!r}.")
    return int(told)
