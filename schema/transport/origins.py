"""Origins: which web sites may read from the service, and which may send mutations.

There are no cookies, so no page acts in its visitor's name. But it acts from its visitor's network, by which contributions
are counted, and can read what its visitor's machine can reach.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from strawberry.http.websocket_origin import is_same_origin

from service.addresses import is_loopback

ALL = "*"
_MAX_SHOWN = 100
"""Characters of an origin in a message."""


class OriginPolicy:
    """Which origins may read, and which may send mutations too: the service's own, and those of `setting`.

    `setting` is PAYRANK_ORIGINS. If it is empty, all origins may read, or those of this machine if the service is `local`.
    """

    def __init__(self, setting: str = "", *, local: bool = True) -> None:
        listed = frozenset(filter(None, setting.split(",")))
        self.is_set, self._named = bool(listed), listed - {ALL}
        self.is_open = ALL in listed or not (listed or local)
        """Whether all origins may read."""
        self._is_for_loopback = local and not listed

    def may_read(self, origin: str) -> bool:
        """Whether pages of another origin may read."""
        return self.is_open or origin in self._named or (self._is_for_loopback and _is_loopback_origin(origin))

    def refused_socket(self, connection: HTTPConnection) -> str | None:
        """Why a page may not open a WebSocket, which CORS does not cover; None if it may, and for other clients."""
        return self._refused(connection, "Open the WebSocket")

    def refused_tools(self, connection: HTTPConnection) -> str | None:
        """Why a page may not call the tools of MCP, which demands that the server refuses it; None if it may."""
        return self._refused(connection, "Call the tools")

    def _refused(self, connection: HTTPConnection, advice: str) -> str | None:
        origin = _other_origin(connection)
        if origin is None or self.may_read(origin):
            return None
        return (
            f"Pages of {origin[:_MAX_SHOWN]} may not use this service. {advice} from the service's own page, from "
            "a program, or from a site that its operator names in PAYRANK_ORIGINS."
        )

    def refused_mutation(self, connection: HTTPConnection) -> str | None:
        """Why a page may not send a mutation; None if it may, and for other clients."""
        origin = _other_origin(connection)
        if origin is None or origin in self._named:
            return None
        return (
            f"Pages of {origin[:_MAX_SHOWN]} may read from this service but not change anything. Send the mutation from the "
            "service's own page, from a program, or from a site that its operator names in PAYRANK_ORIGINS."
        )


def _other_origin(connection: HTTPConnection) -> str | None:
    """The origin of a page of another site; None for the service's own pages, and for programs, which send none."""
    headers: Mapping[str, str] = connection.headers
    origin = headers.get("origin")
    is_own = headers.get("sec-fetch-site") == "same-origin" or is_same_origin(origin or "", headers.get("host"))
    return None if is_own else origin


def _is_loopback_origin(origin: str) -> bool:
    try:
        parts = urlsplit(origin)
        return parts.scheme in ("http", "https") and is_loopback(parts.hostname or "")
    except ValueError:  # a malformed address in brackets
        return False
