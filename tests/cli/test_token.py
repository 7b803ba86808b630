"""`payrank token`: tokens are created, listed and revoked in the terminal."""

import asyncio
import re
from collections.abc import Callable

import pytest
from click.testing import Result

from service.errors import InputError, Unauthenticated
from service.intake.access import Moderator, authenticate
from service.store.database import Database

Invoke = Callable[..., Result]


def _authenticate(url: str, token: str) -> Moderator:
    async def present() -> Moderator:
        async with Database.open(url) as database:
            return await authenticate(database, token)

    return asyncio.run(present())


def test_a_token_is_printed_once_and_is_valid_until_revoked(invoke: Invoke, database_url: str) -> None:
    made = invoke("token", "create", "--role", "moderator", "--name", "ann [x]", "--expires", "90d")
    assert made.exit_code == 0
    assert re.fullmatch(r"prk_[0-9a-f]{32}_[A-Za-z0-9_-]{43}\n", made.stdout)
    assert re.search(r"of ann \[x\] is valid until 20\d\d-\d\d-\d\d \d\d:\d\d UTC", made.stderr)
    token = made.stdout.strip()
    assert token[-43:] not in made.stderr
    assert _authenticate(database_url, token).name == "ann [x]"

    listed = invoke("token", "list").stdout
    assert re.search(r"\n[0-9a-f-]{36} +ann \[x\] +moderator +.* UTC +.* UTC +valid *\n", listed)
    assert token[-43:] not in listed

    revoked = invoke("token", "revoke", "ann [x]")
    assert revoked.stderr.count("Revoked token") == 1
    assert "revoked 20" in invoke("token", "list").stdout
    with pytest.raises(Unauthenticated, match="revoked"):
        _authenticate(database_url, token)


def test_an_empty_list_of_tokens(invoke: Invoke) -> None:
    assert "There are no tokens" in invoke("token", "list").stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("create", "--name", "ann", "--expires", "2y"), "as 90d, 12h or 30m"),
        (("create", "--name", "ann", "--role", "owner"), "role moderator"),
        (("create", "--name", " "), "1 to 60 printable characters"),
        (("revoke", "nobody"), "No active token"),
    ],
)
def test_invalid_arguments(invoke: Invoke, arguments: tuple[str, ...], words: str) -> None:
    ended = invoke("token", *arguments)
    assert isinstance(ended.exception, InputError)
    assert words in str(ended.exception)
