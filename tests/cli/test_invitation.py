"""`payrank invitation`: invitations are created, counted and revoked in the terminal."""

import re
from collections.abc import Callable
from hashlib import sha256

import pytest
from click.testing import Result

from service.errors import InputError
from service.store.bulk import bulk_connection

Invoke = Callable[..., Result]


def hashes(url: str, where: str = "true") -> set[bytes]:
    with bulk_connection(url) as rows:
        return {bytes(one) for one in rows.query(f"SELECT hash FROM invitation WHERE {where}").column("hash").to_pylist()}


def use(url: str, code: str) -> None:
    with bulk_connection(url) as rows:
        rows.execute(f"UPDATE invitation SET used = true WHERE hash = '\\x{sha256(code.encode()).hexdigest()}'")
        rows.commit()


def test_invitations_are_printed_once_and_only_their_hashes_stored(invoke: Invoke, database_url: str) -> None:
    made = invoke("invitation", "create", "--count", "100")
    assert made.exit_code == 0
    codes = made.stdout.split()
    assert len(set(codes)) == 100
    assert all(re.fullmatch("pri_[a-z2-7]{26}", code) for code in codes)
    assert "Created 100 invitations" in made.stderr
    assert hashes(database_url) == {sha256(code.encode()).digest() for code in codes}
    assert re.fullmatch("pri_[a-z2-7]{26}\n", invoke("invitation", "create").stdout)


def test_the_list_says_how_many_are_left(invoke: Invoke, database_url: str) -> None:
    assert "There are no invitations" in invoke("invitation", "list").stderr
    codes = invoke("invitation", "create", "--count", "5").stdout.split()
    for code in codes[:2]:
        use(database_url, code)
    listed = invoke("invitation", "list").stdout
    assert re.search(r"created +left +used\n20\d\d-\d\d-\d\d \d\d:\d\d UTC +3 +2 *\n", listed)
    assert codes[0] not in listed


def test_unused_invitations_are_revoked_by_code_or_all_together(invoke: Invoke, database_url: str) -> None:
    codes = invoke("invitation", "create", "--count", "5").stdout.split()
    use(database_url, codes[0])
    refused = invoke("invitation", "revoke", codes[0], codes[1])
    assert isinstance(refused.exception, InputError)
    assert "1 of these codes is not an unused invitation, so nothing was revoked" in str(refused.exception)
    assert len(hashes(database_url)) == 5
    assert "Revoked 2 invitations." in invoke("invitation", "revoke", codes[1], codes[2].upper(), codes[2]).stderr
    assert "Revoked 2 invitations." in invoke("invitation", "revoke", "--unused").stderr
    assert hashes(database_url) == hashes(database_url, "used") == {sha256(codes[0].encode()).digest()}


@pytest.mark.parametrize("arguments", [(), ("pri_x", "--unused")])
def test_which_ones_to_revoke_must_be_clear(invoke: Invoke, arguments: tuple[str, ...]) -> None:
    ended = invoke("invitation", "revoke", *arguments)
    assert isinstance(ended.exception, InputError)
    assert "--unused" in str(ended.exception)


@pytest.mark.parametrize("count", ["0", "100001", "many"])
def test_an_invalid_number(invoke: Invoke, count: str) -> None:
    assert invoke("invitation", "create", "--count", count).exit_code == 2
