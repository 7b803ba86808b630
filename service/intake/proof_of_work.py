"""Proof of work (ALTCHA, altcha.org): a challenge that costs a browser about a second, and a spammer a second each time."""

import asyncio
import hashlib
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import altcha

from service.errors import ProblemCode
from service.intake.access import Secret
from service.intake.validation import Problem
from service.store.submissions import Proof

LIFETIME = timedelta(minutes=10)
_PURPOSE, _MAX_PAYLOAD = "proof", 4_000


def challenge(secret: Secret, cost: int) -> dict[str, Any]:
    """A new challenge in ALTCHA's format: 256 attempts on average, each of `cost` iterations of PBKDF2-SHA-256."""
    expires = datetime.now(UTC) + LIFETIME
    created = altcha.create_challenge("PBKDF2/SHA-256", cost, expires_at=expires, hmac_secret=secret.key(_PURPOSE))
    return created.to_dict()


async def verify(secret: Secret, payload: str) -> Proof | Problem:
    """The proof in a solved challenge, or what is wrong with it. The store checks whether it was used before."""
    if len(payload) > _MAX_PAYLOAD:
        return _problem("is not a solved challenge")
    found = await asyncio.to_thread(altcha.verify_solution, payload, secret.key(_PURPOSE))  # as slow as one attempt
    if found.expired:
        return _problem(f"is older than {LIFETIME.seconds // 60} minutes")
    if not found.verified:
        return _problem("is not a solved challenge of this service")
    signed = altcha.Payload.from_base64(payload).challenge
    expires = signed.parameters.expires_at or time.time()
    return Proof(hashlib.sha256((signed.signature or "").encode()).digest(), datetime.fromtimestamp(expires, UTC))


def already_used() -> Problem:
    return _problem("was used before")


def _problem(reason: str) -> Problem:
    message = f"The proof of work {reason}. Get a challenge from /challenge, solve it and send the solution as `proof`."
    return Problem(ProblemCode.PROOF_REQUIRED, message, ("proof",))
