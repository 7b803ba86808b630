"""Moderators' tokens: random, stored as a hash, valid until they expire or are revoked."""

import hashlib
import re
import string
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.moderators import STATES, bad_token, execute, fetch, good_token

from service.errors import DatabaseUnavailable, InputError, Unauthenticated
from service.intake import access as tokens
from service.intake.access import authenticate, parse_lifetime
from service.store.database import Database

WORDS = {
    "none": "requires a moderator's token",
    "malformed": "is not valid",
    "unknown": "is not valid",
    "wrong": "is not valid",
    "expired": r"expired at 20\d\d-\d\d-\d\d \d\d:\d\d UTC",
    "revoked": "was revoked",
}


async def test_a_valid_token_identifies_its_moderator(database_url: str) -> None:
    text = await good_token(database_url)
    async with Database.open(database_url) as database:
        found = await authenticate(database, text)
    assert found.name == "ann"
    assert found.id == UUID(text.split("_")[1])
    assert found.token_hash == hashlib.sha256(text.encode()).digest()
    assert found.token_hash.hex() not in repr(found)


@pytest.mark.parametrize("state", STATES)
async def test_any_other_token_is_rejected(database_url: str, state: str) -> None:
    text = await bad_token(database_url, state)
    async with Database.open(database_url) as database:
        with pytest.raises(Unauthenticated, match=WORDS[state]):
            await authenticate(database, text)


async def test_only_the_holder_of_a_token_learns_that_it_was_revoked(database_url: str) -> None:
    revoked = await bad_token(database_url, "revoked")
    assert revoked
    guessed = revoked[:-43] + "A" * 43
    async with Database.open(database_url) as database:
        with pytest.raises(Unauthenticated, match="is not valid"):
            await authenticate(database, guessed)


@pytest.fixture(scope="module")
async def nowhere() -> AsyncIterator[Database]:
    """There is no database at this address, so a lookup fails with another error."""
    async with Database.open("postgresql://nobody@127.0.0.1:1/none") as database:
        yield database


@given(st.text() | st.from_regex(r"prk_[0-9a-fA-F]{31,33}_[\w-]{43}[\n ]?", fullmatch=True))
async def test_only_a_well_formed_token_is_looked_up_in_the_database(nowhere: Database, text: str) -> None:
    parts = text.split("_", 2)
    alphabets = [set("prk"), set("0123456789abcdef"), set(string.ascii_letters + string.digits + "_-")]
    well_formed = text[:4] == "prk_" and [len(part) for part in parts] == [3, 32, 43]
    well_formed = well_formed and all(set(part) <= alphabet for part, alphabet in zip(parts, alphabets, strict=True))
    with pytest.raises(DatabaseUnavailable if well_formed else Unauthenticated):
        await authenticate(nowhere, text)


async def test_a_token_is_stored_as_a_hash_with_its_lifetime(database_url: str) -> None:
    before = datetime.now(UTC)
    text, made = await tokens.create_token(database_url, role="moderator", name=" Ann Lee ", lifetime=timedelta(hours=12))
    assert re.fullmatch(r"prk_[0-9a-f]{32}_[A-Za-z0-9_-]{43}", text)
    [row] = await fetch(
        database_url, "SELECT name, role, token_hash, created_at, expires_at, revoked_at, api_token::text FROM api_token"
    )
    assert row[:3] == ("Ann Lee", "moderator", hashlib.sha256(text.encode()).digest())
    assert before <= row[3] <= datetime.now(UTC)
    assert row[4] - row[3] == timedelta(hours=12)
    assert row[5] is None
    assert text[-43:] not in row[6]
    assert (made.name, made.expires_at) == ("Ann Lee", row[4])


async def test_tokens_are_revoked_by_id_or_by_name(database_url: str) -> None:
    ids = [UUID((await good_token(database_url, name)).split("_")[1]) for name in ("ann", "ann", "bea", "bea")]
    assert [one.id for one in await tokens.revoke_tokens(database_url, str(ids[0]))] == [ids[0]]
    assert {one.id for one in await tokens.revoke_tokens(database_url, "bea")} == set(ids[2:])
    good = [one.id for one in await tokens.list_tokens(database_url) if not one.revoked_at]
    assert good == [ids[1]]
    for gone in (str(ids[0]), ids[0].hex, "bea", "nobody"):
        with pytest.raises(InputError, match="No active token"):
            await tokens.revoke_tokens(database_url, gone)


async def test_the_list_shows_which_tokens_have_expired(database_url: str) -> None:
    await good_token(database_url, "old")
    await execute(database_url, "UPDATE api_token SET expires_at = now(), created_at = now() - interval '1 day'")
    await good_token(database_url, "new")
    assert [(one.name, one.expired) for one in await tokens.list_tokens(database_url)] == [("new", False), ("old", True)]


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a\nb", "a\x1b[31m", "0" * 32])
async def test_invalid_names(database_url: str, name: str) -> None:
    with pytest.raises(InputError, match="1 to 60 printable characters"):
        await tokens.create_token(database_url, role="moderator", name=name, lifetime=timedelta(days=1))


async def test_an_unknown_role(database_url: str) -> None:
    with pytest.raises(InputError, match="role moderator"):
        await tokens.create_token(database_url, role="owner", name="ann", lifetime=timedelta(days=1))


@pytest.mark.parametrize("text", ["366d", "8784h", "527040m"])
def test_the_maximum_lifetime(text: str) -> None:
    assert parse_lifetime(text) == timedelta(days=366)


@pytest.mark.parametrize("text", ["", "0d", "-1d", "367d", "8785h", "90", "d", "1w", "1.5d", "٣d", "9999999d", "1d "])
def test_invalid_lifetimes(text: str) -> None:
    with pytest.raises(InputError, match="at most 366d"):
        parse_lifetime(text)
