"""Moderators' tokens in every state, and submissions to review, written straight to the tables."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from service.intake import access as tokens
from service.vocabulary.answers import SubmissionAnswers
from service.vocabulary.factors import Factor
from service.vocabulary.units import parse_month

FIRST = datetime(2026, 3, 1, 12, tzinfo=UTC)
OUTLIER = {"code": "outlier", "message": "The pay is far from that of comparable records.", "score": 4.5}
BURST = {"code": "burst", "message": "Twelve came within the hour.", "score": 12.0}
STATES = ("none", "malformed", "unknown", "wrong", "expired", "revoked")
"""The ways in which a token can be invalid."""


async def good_token(url: str, name: str = "ann") -> str:
    text, _ = await tokens.create_token(url, role="moderator", name=name, lifetime=timedelta(days=90))
    return text


async def bad_token(url: str, state: str) -> str | None:
    """A token that must be rejected, for one of the reasons in STATES."""
    good = await good_token(url, "bea")
    id_ = UUID(good.split("_")[1])
    if state in ("expired", "revoked"):
        moved = {"expired": "expires_at = now()", "revoked": "revoked_at = now()"}[state]
        await execute(url, f"UPDATE api_token SET {moved} WHERE id = $1", id_)
    return {
        "none": None,
        "malformed": good[:-1],
        "unknown": f"prk_{uuid4().hex}_{good[-43:]}",
        "wrong": good[:-43] + "A" * 43,
    }.get(state, good)


async def execute(url: str, statement: str, *values: object) -> None:
    owner = await asyncpg.connect(url)
    await owner.execute(statement, *values)
    await owner.close()


async def fetch(url: str, query: str, *values: object) -> list[tuple[Any, ...]]:
    owner = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await owner.fetch(query, *values)]
    finally:
        await owner.close()


async def submission(
    url: str,
    number: int,
    status: str = "held",
    findings: Sequence[dict[str, Any]] = (OUTLIER,),
    record: UUID | None = None,
    total_record: UUID | None = None,
    **answers: Any,
) -> UUID:
    """The n-th submission, n minutes after FIRST, with its records; `answers` by the names of `Answers`."""
    fields = {
        "one": {
            Factor.ROLE: "machine-learning-engineer",
            Factor.LEVEL: "senior",
            Factor.EXPERIENCE: "6",
            Factor.COUNTRY: "de",
            Factor.METRO: "berlin",
        },
        "many": {},
        "effective": parse_month("2026-02"),
        "currency": "EUR",
        "base": 90_000,
        **answers,
    }
    id_ = UUID(int=1_000 + number)
    gone = status == "withdrawn"
    await execute(
        url,
        "INSERT INTO submission (id, receipt_hash, status, submitted_at, answers, findings, cleared, base_record, "
        "published_in, total_record, retries, earlier_records, counted, invited, releases_before) "
        "VALUES ($1, $2, $3, $4, $5, $6, false, $7, $8, $9, 0, '{}', '{}', false, 0)",
        id_,
        number.to_bytes(32, "big"),
        status,
        FIRST + timedelta(minutes=number),
        None if gone else json.dumps(SubmissionAnswers(**fields).to_json()),
        None if gone else json.dumps(list(findings)),
        record,
        1 if status == "published" else None,
        total_record,
    )
    return id_


async def flags(url: str, record: UUID, *reasons: str) -> None:
    """Add one flag for each reason, a minute apart."""
    for number, reason in enumerate(reasons):
        await execute(
            url,
            "INSERT INTO flag (id, record, reason, flagged_at) VALUES ($1, $2, $3, $4)",
            uuid4(),
            record,
            reason,
            FIRST + timedelta(minutes=number),
        )
