"""Bearer tokens of moderators: `prk_`, the id, `_` and 256 random bits. Only a hash of them is kept.

The hash is a plain SHA-256: what is drawn at random from 2**256 cannot be guessed, so nothing is gained by a slow one.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from uuid import UUID, uuid4

from service.errors import InputError, Unauthenticated
from service.store import tokens
from service.store.database import Database, publishing
from service.store.tokens import Token

LONGEST = timedelta(days=366)
_ROLES = ("moderator",)
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}
_FORM = re.compile("prk_([0-9a-f]{32})_[A-Za-z0-9_-]{43}")
_NOBODY = bytes(32)
_MISSING = "This is for moderators: send a token as `Authorization: Bearer prk_...`; `payrank token create` makes one."
_WRONG = "This token is not one of this service; see that it was copied whole."


@dataclass(frozen=True, slots=True)
class Moderator:
    """Who has shown a good token: what row-level security asks for, and the name that decisions are kept under."""

    id: UUID
    name: str
    token_hash: bytes = field(repr=False)


async def authenticate(database: Database, bearer: str | None) -> Moderator:
    """The moderator that a token is of; raises Unauthenticated, with the same words for a wrong and an unknown one."""
    if not bearer:
        raise Unauthenticated(_MISSING)
    form = _FORM.fullmatch(bearer[:100])
    if form is None:
        raise Unauthenticated(_WRONG)
    found = await tokens.presented(database, UUID(form[1]))
    given = _hash(bearer)
    if not hmac.compare_digest(found.token_hash if found else _NOBODY, given) or found is None:
        raise Unauthenticated(_WRONG)
    if found.revoked_at:
        raise Unauthenticated("This token was revoked; ask who runs the service for another.")
    if found.expired:
        when = f"{found.expires_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        raise Unauthenticated(f"This token expired at {when}; ask who runs the service for another.")
    return Moderator(found.id, found.name, given)


async def create(url: str, *, role: str, name: str, lifetime: timedelta) -> tuple[str, Token]:
    """Make a token; its text is told here and never again. Raises InputError for a role or a name that cannot be."""
    if role not in _ROLES:
        raise InputError(f"There is no role {role[:40]!r}; a token is of the role {' or '.join(_ROLES)}.")
    id_, name = uuid4(), _checked(name)
    text = f"prk_{id_.hex}_{secrets.token_urlsafe(32)}"
    async with publishing(url) as connection:
        return text, await tokens.add(connection, id_, name, role, _hash(text), lifetime)


async def listed(url: str) -> Sequence[Token]:
    """All tokens that ever were, the newest first."""
    async with publishing(url) as connection:
        return await tokens.listed(connection)


async def revoke(url: str, id_or_name: str) -> Sequence[Token]:
    """Revoke a token by its id, or all of a name; raises InputError when there is none to revoke."""
    async with publishing(url) as connection:
        revoked = await tokens.revoke(connection, id_=_id(id_or_name), name=id_or_name)
    if not revoked:
        raise InputError(
            f"No token that is still good has the id or the name {id_or_name[:60]!r}; see `payrank token list`."
        )
    return revoked


def lifetime(text: str) -> timedelta:
    """Read how long a token is to be good; raises InputError.

    >>> lifetime("90d"), lifetime("12h"), lifetime("30m")
    (datetime.timedelta(days=90), datetime.timedelta(seconds=43200), datetime.timedelta(seconds=1800))
    """
    found = re.fullmatch(r"([1-9][0-9]{0,6})([dhm])", text)
    if found:
        span = timedelta(**{_UNITS[found[2]]: int(found[1])})
        if span <= LONGEST:
            return span
    raise InputError(f"{text[:20]!r} is no time that a token is good for; write 90d, 12h or 30m, at most {LONGEST.days}d.")


def _checked(name: str) -> str:
    name = name.strip()
    if not (1 <= len(name) <= 60 and name.isprintable()) or _id(name):
        raise InputError("The name of a token says whose it is: 1 to 60 printable characters, and no id.")
    return name


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
