"""Access: the keys derived from the installation's secret, the hourly rate limit, and moderators' bearer tokens.

A token is `prk_`, its id, `_` and 256 random bits; only its hash is stored. A plain SHA-256 is enough: a value drawn at
random from 2**256 cannot be guessed, so a slow hash would add nothing.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from uuid import UUID, uuid4

from service.counts import count_of
from service.errors import InputError, ProblemCode, Unauthenticated
from service.intake.validation import Problem
from service.store import access as tokens
from service.store.access import Token, increment_rate
from service.store.database import PUBLISHER, Database, transaction_as


@dataclass(frozen=True, slots=True)
class Secret:
    """The installation's random secret; each purpose derives its own key, so one key reveals nothing about another."""

    value: bytes = field(repr=False)
    _keys: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)

    def keyed_hash(self, purpose: str, content: bytes) -> bytes:
        """The HMAC-SHA-256 of `content` under the key of `purpose`: 32 bytes.

        >>> Secret(b"a").keyed_hash("x", b"1") == Secret(b"a").keyed_hash("y", b"1")
        False
        """
        return hmac.digest(self.key(purpose), content, "sha256")

    def key(self, purpose: str) -> bytes:
        if purpose not in self._keys:
            self._keys[purpose] = hmac.digest(self.value, purpose.encode(), "sha256")
        return self._keys[purpose]


@lru_cache(4_096)
def network_of(address: str) -> str:
    """The network of an address, with or without a port: /24 of IPv4, /48 of IPv6. Any other text is of one network.

    >>> network_of("203.0.113.77"), network_of("2001:db8:1:2::3"), network_of("::ffff:203.0.113.77"), network_of("pipe")
    ('203.0.113.0/24', '2001:db8:1::/48', '203.0.113.0/24', 'unknown')
    >>> network_of("203.0.113.77:50001"), network_of("[2001:db8:1:2::3]:443")
    ('203.0.113.0/24', '2001:db8:1::/48')
    """
    try:
        found = ip_address(_without_port(address.strip()).partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return str(ip_network((found, 24 if found.version == 4 else 48), strict=False))


def _without_port(address: str) -> str:
    """Some proxies write the port of the client into X-Forwarded-For."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address


@dataclass(frozen=True, slots=True)
class HourlyLimit:
    """A limit on each action per network and hour, counted in PostgreSQL for all processes; 0 means no limit.

    No address is stored: requests are counted under a keyed hash of the network, which changes every day.
    """

    per_hour: int
    secret: Secret

    async def check(self, database: Database, action: str, network: str) -> list[Problem]:
        """Count one more request for the action; a problem that says when to try again if it exceeds the limit."""
        if not self.per_hour:
            return []
        hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        id_ = self.secret.keyed_hash("network", f"{hour:%Y-%m-%d} {action} {network}".encode())
        if await increment_rate(database, id_, hour) <= self.per_hour:
            return []
        after = hour + timedelta(hours=1)
        minutes = -(-(after - datetime.now(UTC)) // timedelta(minutes=1))
        message = (
            f"Your network has reached the limit of {self.per_hour} per hour. "
            f"Try again at {after:%H:%M} UTC, in {count_of(minutes, 'minute')}."
        )
        return [Problem(ProblemCode.RATE_LIMITED, message)]


MAX_LIFETIME = timedelta(days=366)
_ROLES = ("moderator",)
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}
_TOKEN = re.compile("prk_([0-9a-f]{32})_[A-Za-z0-9_-]{43}")
_NO_HASH = bytes(32)
_MISSING = "This requires a moderator's token. Send it as `Authorization: Bearer prk_...`; `payrank token create` makes one."
_INVALID = "This token is not valid. Check that it was copied in full."
_ASK_OPERATOR = "Ask the operator of this service for a new one."


@dataclass(frozen=True, slots=True)
class Moderator:
    """The holder of a valid token: the name that decisions are recorded under, and what row-level security checks."""

    id: UUID
    name: str
    token_hash: bytes = field(repr=False)


async def authenticate(database: Database, bearer: str | None) -> Moderator:
    """The moderator a token belongs to.

    Raises Unauthenticated, with the same message for a wrong token as for an unknown one.
    """
    if not bearer:
        raise Unauthenticated(_MISSING)
    match = _TOKEN.fullmatch(bearer[:100])
    if match is None:
        raise Unauthenticated(_INVALID)
    found = await tokens.find_token(database, UUID(match[1]))
    token_hash = _hash(bearer)
    if not hmac.compare_digest(found.token_hash if found else _NO_HASH, token_hash) or found is None:
        raise Unauthenticated(_INVALID)
    if found.revoked_at:
        raise Unauthenticated(f"This token was revoked. {_ASK_OPERATOR}")
    if found.expired:
        raise Unauthenticated(
            f"This token expired at {found.expires_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC. {_ASK_OPERATOR}"
        )
    return Moderator(found.id, found.name, token_hash)


async def create_token(url: str, *, role: str, name: str, lifetime: timedelta) -> tuple[str, Token]:
    """The text of a new token, which is not stored and cannot be shown again, and its row.

    Raises InputError for an unknown role or an unusable name.
    """
    if role not in _ROLES:
        raise InputError(f"Unknown role {role[:40]!r}. A token can have the role {' or '.join(_ROLES)}.")
    id_, name = uuid4(), _checked_name(name)
    text = f"prk_{id_.hex}_{secrets.token_urlsafe(32)}"
    async with transaction_as(url, PUBLISHER) as connection:
        return text, await tokens.add_token(connection, id_, name, role, _hash(text), lifetime)


async def list_tokens(url: str) -> Sequence[Token]:
    """All tokens, including expired and revoked ones, newest first."""
    async with transaction_as(url, PUBLISHER) as connection:
        return await tokens.list_tokens(connection)


async def revoke_tokens(url: str, id_or_name: str) -> Sequence[Token]:
    """Revoke one token by its id, or all tokens of a name; returns them. Raises InputError if there are none."""
    async with transaction_as(url, PUBLISHER) as connection:
        revoked = await tokens.revoke_tokens(connection, id_=_parse_id(id_or_name), name=id_or_name)
    if not revoked:
        raise InputError(f"No active token has the id or name {id_or_name[:60]!r}. See `payrank token list`.")
    return revoked


def parse_lifetime(text: str) -> timedelta:
    """A lifetime written as days, hours or minutes; raises InputError.

    >>> parse_lifetime("90d"), parse_lifetime("12h"), parse_lifetime("30m")
    (datetime.timedelta(days=90), datetime.timedelta(seconds=43200), datetime.timedelta(seconds=1800))
    """
    match = re.fullmatch(r"([1-9][0-9]{0,6})([dhm])", text)
    if match:
        lifetime = timedelta(**{_UNITS[match[2]]: int(match[1])})
        if lifetime <= MAX_LIFETIME:
            return lifetime
    raise InputError(f"Invalid lifetime {text[:20]!r}. Write it as 90d, 12h or 30m, at most {MAX_LIFETIME.days}d.")


def _checked_name(name: str) -> str:
    name = name.strip()
    if not (1 <= len(name) <= 60 and name.isprintable()) or _parse_id(name):
        raise InputError("A token's name must have 1 to 60 printable characters and must not look like an id.")
    return name


def _parse_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
