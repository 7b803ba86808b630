"""Settings come from PAYRANK_ variables; a bad one is named in a sentence."""

import os
import sys
from pathlib import Path

import pytest

from service.errors import SettingsError
from service.settings import load_settings


def test_variables_are_read_and_options_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYRANK_PORT", "9000")
    monkeypatch.setenv("PAYRANK_DATA_DIR", "/srv/pay")
    assert (load_settings().port, load_settings().data_dir) == (9000, Path("/srv/pay"))
    assert load_settings(port=9001, host=None).port == 9001


def test_settings_are_the_same_in_a_process_that_gets_their_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"port": 9000, "statement_seconds": 0.25, "prepared_statements": False, "secret": "s" * 32, "data_dir": "/srv"}
    settings = load_settings(**given)
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    assert load_settings() == settings


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYRANK_PORT", "")
    assert load_settings().port == 8000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("DATABASE_URL", "mysql://host/db"),
        ("MINIMUM_RECORDS", "1"),
        ("STATEMENT_SECONDS", "-1"),
        ("MAX_PAGE", "101"),
        ("ORIGINS", "jobs.example"),
        ("ORIGINS", "https://jobs.example/, https://pay.example"),
    ],
)
def test_a_bad_variable_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"PAYRANK_{name}", value)
    with pytest.raises(SettingsError, match=f"PAYRANK_{name}={value!r}.*start again"):
        load_settings()


@pytest.mark.parametrize(
    ("user", "data_home", "expected"),
    [
        (1000, "/srv/share", "/srv/share/payrank"),
        (1000, "relative", "/home/someone/.local/share/payrank"),
        (0, "/srv/share", "/var/lib/payrank"),
    ],
)
def test_data_lies_in_the_users_data_folder(
    monkeypatch: pytest.MonkeyPatch, user: int, data_home: str, expected: str
) -> None:
    """The XDG specification has relative paths ignored; root's data is the machine's."""
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", data_home)
    monkeypatch.setenv("HOME", "/home/someone")
    assert load_settings().data_dir == Path(expected)
