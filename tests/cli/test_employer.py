"""`payrank employer`: employer names of contributions in the terminal."""

import asyncio
import os
import pwd
from collections.abc import Callable

import pytest
from click.testing import Result
from support.moderators import fetch
from support.stored_submissions import answers, contribute

from service.errors import InputError

Invoke = Callable[..., Result]


def cells(table: str) -> list[list[str]]:
    """The rows of a table without its header; cells are at least two spaces apart."""
    return [[cell.strip() for cell in line.strip().split("  ") if cell] for line in table.splitlines()[1:]]


def invite(url: str, *names: str) -> None:
    contribute(url, [answers(employer=name) for name in names], invited=True)


def test_names_are_listed_with_what_they_look_like(invoke: Invoke, database_url: str) -> None:
    invite(database_url, "Acme [Labs]", "Acme [Labs]", "Gооgle")
    shown = invoke("employer", "list")
    assert cells(shown.stdout) == [
        ["Acme [Labs]", "2"],
        ["Gооgle", "1", "google, deepmind", "Looks like Google, but has other characters."],
    ]
    assert "Showing the names that need a decision: 2." in shown.stderr


def test_decisions_are_recorded_under_the_name_of_the_account(invoke: Invoke, database_url: str) -> None:
    invite(database_url, "Acme", "Zeta", "Insta")
    note = ("--note", "Checked.")
    assert "Accepted Acme GmbH as the employer 'acme'." in invoke("employer", "accept", "Acme GmbH", *note).stderr
    assert (
        "Accepted Insta as the employer 'meta'." in invoke("employer", "accept", "Insta", "--same-as", "meta", *note).stderr
    )
    assert "Rejected Zeta: no record will have it." in invoke("employer", "reject", "Zeta", *note).stderr
    assert "names that need a decision: 0." in invoke("employer", "list").stderr
    reviewer = f"terminal:{pwd.getpwuid(os.getuid()).pw_name}"
    rows = [[*row[:-1], row[-1].split(" ", 2)[2]] for row in cells(invoke("employer", "list", "--decided").stdout)]
    assert rows == [
        ["acme", "accept", "acme", f"{reviewer}: Checked."],
        ["insta", "accept", "meta", f"{reviewer}: Checked."],
        ["zeta", "reject", f"{reviewer}: Checked."],
    ]
    assert "Undid the last decision on Acme." in invoke("employer", "undo", "Acme", *note).stderr
    assert cells(invoke("employer", "list").stdout) == [["Acme", "1"]]
    assert [row[0] for row in cells(invoke("employer", "list", "--decided").stdout)] == ["insta", "zeta"]
    assert "Undid the last decision on Zeta." in invoke("employer", "undo", "Zeta", *note).stderr
    assert "Showing 1 decision on names." in invoke("employer", "list", "--decided").stderr
    stored = asyncio.run(fetch(database_url, "SELECT decision FROM employer_review ORDER BY decided_at"))
    assert stored == [("accept",), ("accept",), ("reject",), ("undo",), ("undo",)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("accept", "Facebook", "--note", "Fine."), "This name is that of Meta"),
        (("accept", "N/A", "--note", "Fine."), "names no employer"),
        (("reject", "Acme", "--note", "x"), "The note must have 3 to"),
        (("undo", "Acme", "--note", "Fine."), "no decision on this name"),
        (("accept", "Acme", "--same-as", "nosuch", "--note", "Fine."), "No employer has the code 'nosuch'"),
    ],
)
def test_invalid_decisions(invoke: Invoke, arguments: tuple[str, ...], message: str) -> None:
    ended = invoke("employer", *arguments)
    assert isinstance(ended.exception, InputError)
    assert message in str(ended.exception)
