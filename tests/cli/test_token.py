"""`payrank token`: made, listed and revoked in the terminal."""

import asyncio
import re
from collections.abc import Callable

import pytest
from click.testing import Result

from service.errors import InputError, Unauthenticated
from service.intake.token import Moderator, authenticate
from service.store.database import Database

Invoke = Callable[..., Result]


def _presented(url: str, token: str) -> Moderator:
    async def present() -> Moderator:
        async with Database.open(url) as database:
            return await authenticate(database, token)

    return asyncio.run(present())


def test_a_token_is_printed_alone_and_once_and_is_good_until_revoked(invoke: Invoke, database_url: str) -> None:
    made = invoke("token", "create", "--role", "moderator", "--name", "ann [x]", "--expires", "90d")
    assert made.exit_code == 0
    assert re.fullmatch(r"prk_[0-9a-f]{32}_[A-Za-z0-9_-]{43}\n", made.stdout)
    assert re.search(r"of ann \[x\] is good until 20\d\d-\d\d-\d\d \d\d:\d\d UTC", made.stderr)
    token = made.stdout.strip()
    assert token[-43:] not in made.stderr
    assert _presented(database_url, token).name == "ann [x]"

    listed = invoke("token", "list").stdout
    assert re.search(r"\n[0-9a-f-]{36} +ann \[x\] +moderator +.* UTC +.* UTC +good *\n", listed)
    assert token[-43:] not in listed

    revoked = invoke("token", "revoke", "ann [x]")
    assert revoked.stderr.count("Revoked token") == 1
    assert "revoked 20" in invoke("token", "list").stdout
    with pytest.raises(Unauthenticated, match="revoked"):
        _presented(database_url, token)


def test_no_tokens_are_told_too(invoke: Invoke) -> None:
    assert "There are no tokens" in invoke("token", "list").stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("create", "--name", "ann", "--expires", "2y"), "write 90d, 12h or 30m"),
        (("create", "--name", "ann", "--role", "owner"), "of the role moderator"),
        (("create", "--name", " "), "whose it is"),
        (("revoke", "nobody"), "No token that is still good"),
    ],
)
def test_what_cannot_be_is_a_sentence(invoke: Invoke, arguments: tuple[str, ...], words: str) -> None:
    ended = invoke("token", *arguments)
    assert isinstance(ended.exception, InputError)
    assert words in str(ended.exception)
