"""Proofs of work: a challenge that costs a browser about a second and a spammer a second each time (ALTCHA, altcha.org)."""

import asyncio
import hashlib
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import altcha

from service.intake.problem import Problem, ProblemCode
from service.intake.secret import Secret
from service.store.submissions import Proof

LIFETIME = timedelta(minutes=10)
_PURPOSE, _LONGEST = "proof", 4_000


def challenge(secret: Secret, cost: int) -> dict[str, Any]:
    """A new challenge in ALTCHA's form: 256 tries on average, each of `cost` iterations of PBKDF2-SHA-256."""
    expires = datetime.now(UTC) + LIFETIME
    made = altcha.create_challenge("PBKDF2/SHA-256", cost, expires_at=expires, hmac_secret=secret.key(_PURPOSE))
    return made.to_dict()


async def verified(secret: Secret, payload: str) -> Proof | Problem:
    """The proof that a solved challenge gives, or what is wrong with it; the store knows whether it was used before."""
    if len(payload) > _LONGEST:
        return _refused("is no solved challenge")
    found = await asyncio.to_thread(altcha.verify_solution, payload, secret.key(_PURPOSE))  # hashes as long as a try took
    if found.expired:
        return _refused(f"is older than {LIFETIME.seconds // 60} minutes")
    if not found.verified:
        return _refused("is no solved challenge of this service")
    signed = altcha.Payload.from_base64(payload).challenge
    expires = signed.parameters.expires_at or time.time()
    return Proof(hashlib.sha256((signed.signature or "").encode()).digest(), datetime.fromtimestamp(expires, UTC))


def spent() -> Problem:
    """What is wrong with a proof that came with an earlier submission."""
    return _refused("was used before")


def _refused(why: str) -> Problem:
    message = f"The proof of work {why}. Get a challenge from /challenge, solve it and send the solution as `proof`."
    return Problem(ProblemCode.PROOF_REQUIRED, message, ("proof",))
