"""Invitations: single-use codes that let people contribute in place of their network, as a community gives to its members.

A code is `pri_` and 128 random bits; only its hash is stored, with whether it has been used. Which submission used it is not
stored.
"""

import hashlib
import re
import secrets
from base64 import b32encode
from collections.abc import Sequence

from service.counts import count_of
from service.errors import InputError, ProblemCode
from service.intake.validation import Problem
from service.store import access
from service.store.access import InvitationCount
from service.store.database import PUBLISHER, transaction_as

MAX_COUNT = 100_000
"""Invitations of one command."""
_BYTES = 16
_CODE = re.compile("pri_[a-z2-7]{26}")


def parse_invitation(text: str | None, *, required: bool) -> bytes | Problem | None:
    """The stored hash of an invitation, None for none; a problem if it cannot be one, or is missing but required.

    >>> parse_invitation(" ", required=False) is None, parse_invitation("pri_x", required=False) == unusable_invitation()
    (True, True)
    >>> len(parse_invitation(" PRI_abcdefghijklmnopqrstuvwxyz", required=True))
    32
    """
    code = _normalised(text or "")
    if not code:
        return _missing_invitation() if required else None
    return _hash(code) if _CODE.fullmatch(code) else unusable_invitation()


def unusable_invitation() -> Problem:
    """One problem for codes that were used, revoked or never issued, so that callers cannot distinguish them."""
    message = (
        "This invitation cannot be used. Check that it was copied in full and has not been used; then ask its sender for a "
        "new one."
    )
    return Problem(ProblemCode.NOT_ALLOWED, message, ("invitation",))


def _missing_invitation() -> Problem:
    message = "This service takes contributions by invitation only. Enter the invitation that you received."
    return Problem(ProblemCode.REQUIRED, message, ("invitation",))


async def create_invitations(url: str, count: int) -> Sequence[str]:
    """The codes of new invitations, which are not stored and cannot be shown again."""
    codes = [f"pri_{b32encode(secrets.token_bytes(_BYTES)).decode().rstrip('=').lower()}" for _ in range(count)]
    async with transaction_as(url, PUBLISHER) as connection:
        await access.add_invitations(connection, [_hash(code) for code in codes])
    return codes


async def count_invitations(url: str) -> Sequence[InvitationCount]:
    """How many invitations of each time of creation are left and used, newest first."""
    async with transaction_as(url, PUBLISHER) as connection:
        return await access.count_invitations(connection)


_ONE_UNUSABLE, _UNUSABLE = "of these codes is not an unused invitation", "of these codes are not unused invitations"


async def revoke_invitations(url: str, codes: Sequence[str] | None) -> int:
    """Revoke unused invitations by their codes, or all of them for None; returns their number.

    Raises InputError, and revokes nothing, if one of the codes is not an unused invitation.
    """
    hashes = None if codes is None else {_hash(_normalised(code)) for code in codes}
    async with transaction_as(url, PUBLISHER) as connection:
        revoked = await access.revoke_invitations(connection, None if hashes is None else list(hashes))
        if hashes is not None and revoked < len(hashes):
            raise InputError(
                f"{count_of(len(hashes) - revoked, _ONE_UNUSABLE, _UNUSABLE)}, so nothing was revoked. "
                "Check that they were copied in full, and leave out used ones."
            )
    return revoked


def _normalised(text: str) -> str:
    return re.sub(r"\s", "", text[:100]).lower()


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode(errors="replace")).digest()
