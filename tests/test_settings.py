"""Settings come from PAYRANK_ variables; errors and warnings name the variable."""

import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from service.cli.publish import release_rules
from service.errors import SettingsError
from service.settings import load_settings, unknown_variables
from service.vocabulary.contribution_class import INVITATION_SCHEDULE, RELEASE_SCHEDULE


def test_variables_are_read_and_overrides_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYRANK_PORT", "9000")
    monkeypatch.setenv("PAYRANK_DATA_DIR", "/srv/pay")
    assert (load_settings().port, load_settings().data_dir) == (9000, Path("/srv/pay"))
    assert load_settings(port=9001, host=None).port == 9001


def test_environment_gives_another_process_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    overrides = {
        "port": 9000,
        "statement_seconds": 0.25,
        "prepared_statements": False,
        "secret": "s" * 32,
        "data_dir": "/srv",
    }
    settings = load_settings(**overrides)
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    assert load_settings() == settings


def test_empty_variable_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYRANK_PORT", "")
    assert load_settings().port == 8000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("MINIMUM_RECORDS", "1"),
        ("CLASS_SIZE", "4"),
        ("RELEASE_DAYS", "-1"),
        ("RELEASE_DAYS", "1e-12"),
        ("EMPLOYER_CLASSES", "true"),
        ("STATEMENT_SECONDS", "-1"),
        ("MAX_PAGE", "101"),
        ("ORIGINS", "jobs.example"),
        ("ORIGINS", "https://jobs.example/, https://pay.example"),
        ("ORIGINS", "https://jobs.example,"),
        ("ORIGINS", "null"),
        ("ORIGINS", "https://user@jobs.example"),
        ("ORIGINS", "https://jobs.example:99999"),
        ("ORIGINS", "https://[::1"),
        ("ORIGINS", "https://:8000"),
        ("ORIGINS", "https://*.jobs.example"),
        ("ORIGINS", "https://münchen.example"),
        ("PUBLIC_URL", "https://münchen.example/pay"),
    ],
)
def test_error_names_the_invalid_variable(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"PAYRANK_{name}", value)
    with pytest.raises(SettingsError, match=re.escape(f"PAYRANK_{name}={value!r}")):
        load_settings()


def test_origins_are_compared_as_browsers_send_them() -> None:
    listed = "*,HTTPS://Jobs.Example:443,http://pay.example:80,http://[::1]:3000"
    assert load_settings(origins=listed).origins == "*,https://jobs.example,http://pay.example,http://[::1]:3000"
    with pytest.raises(SettingsError, match=r"https://jobs.example:99999 is not an origin: .*0-65535"):
        load_settings(origins="https://pay.example,https://jobs.example:99999")


@pytest.mark.parametrize(
    ("settings", "is_local"),
    [
        ({}, True),
        ({"host": "::1"}, True),
        ({"host": "localhost"}, True),
        ({"host": "0.0.0.0"}, False),
        ({"host": "::"}, False),
        ({"host": "pay.example"}, False),
        ({"proxy_hops": 1}, False),
        ({"public_url": "https://pay.example"}, False),
        ({"host": "0.0.0.0", "public_url": "http://localhost:8000"}, True),
        ({"proxy_hops": 1, "public_url": "http://[::1]:8000/pay"}, True),
    ],
)
def test_a_service_is_local_if_only_this_machine_reaches_it(settings: dict[str, Any], is_local: bool) -> None:
    assert load_settings(**settings).is_local is is_local


def test_classes_of_employers_need_invitations() -> None:
    rules = release_rules(load_settings(employer_classes=True, contributions="invited"))
    assert rules.schedule == INVITATION_SCHEDULE
    assert release_rules(load_settings(contributions="invited")).schedule == RELEASE_SCHEDULE
    with pytest.raises(SettingsError, match="set PAYRANK_CONTRIBUTIONS=invited too"):
        load_settings(employer_classes=True)


@pytest.mark.parametrize(
    ("name", "value"),
    [("SECRET", "hunter2"), ("DATABASE_URL", "mysql://me:hunter2@host/db"), ("READER_URL", "http://me:hunter2@host/db")],
)
def test_error_shows_no_password(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"PAYRANK_{name}", value)
    with pytest.raises(SettingsError, match=f"PAYRANK_{name} ") as refused:
        load_settings()
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("user", "data_home", "expected"),
    [
        (1000, "/srv/share", "/srv/share/payrank"),
        (1000, "relative", "/home/someone/.local/share/payrank"),
        (0, "/srv/share", "/var/lib/payrank"),
    ],
)
def test_data_dir_is_in_the_users_data_folder(
    monkeypatch: pytest.MonkeyPatch, user: int, data_home: str, expected: str
) -> None:
    """As the XDG specification says, relative paths are ignored."""
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", data_home)
    monkeypatch.setenv("HOME", "/home/someone")
    assert load_settings().data_dir == Path(expected)


def test_a_user_whose_home_is_the_root_folder_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container with a user ID that it does not know."""
    for name in ("PAYRANK_CACHE_DIR", "PAYRANK_JOURNAL_DIR"):
        monkeypatch.delenv(name)
    monkeypatch.setattr(os, "geteuid", lambda: 12_345)
    monkeypatch.setenv("HOME", "/")
    found = load_settings()
    assert (str(found.data_dir), str(found.cache_dir)) == ("/var/lib/payrank", "/var/cache/payrank")
    assert str(found.journal_dir) == "/var/lib/payrank/journal"


@pytest.mark.parametrize("name", ["data_dir", "cache_dir", "journal_dir"])
def test_a_tilde_stands_for_the_home_folder(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Variables that no shell has read still have it."""
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.setenv(f"PAYRANK_{name.upper()}", "~/pay")
    assert getattr(load_settings(), name) == Path("/home/someone/pay")


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("PAYRANK_MAX_LETTERS", "PAYRANK_MAX_CHARACTERS"),
        ("PAYRANK_PUBLISH_SECONDS", "PAYRANK_RELEASE_DAYS"),
        ("PAYRANK_WORKER", "PAYRANK_WORKERS"),
        ("PAYRANK_XYZ", "--help"),
    ],
)
def test_unknown_variable_gets_a_warning_with_the_nearest_setting(name: str, nearest: str) -> None:
    [warning] = unknown_variables({name: "1", "PAYRANK_PORT": "80", "HOME": "/root"})
    assert name in warning
    assert nearest in warning


@pytest.mark.parametrize(
    ("value", "instead"),
    [("true", "write loopback .*, or all "), ("1", "or all"), ("False", "write off"), ("local", "'off'")],
)
def test_value_of_an_earlier_version_is_refused_with_what_to_write(
    monkeypatch: pytest.MonkeyPatch, value: str, instead: str
) -> None:
    monkeypatch.setenv("PAYRANK_METRICS", value)
    with pytest.raises(SettingsError, match=f"PAYRANK_METRICS={value!r}.*'loopback', 'all' or 'off'.*") as error:
        load_settings()
    assert re.search(instead, str(error.value))


@pytest.mark.parametrize(
    ("name", "value", "example"),
    [
        ("PAYRANK_ORIGINS", "jobs.example", "https://jobs.example"),
        ("PAYRANK_DATABASE_URL", "mysql://db", "postgresql://user"),
    ],
)
def test_text_in_the_wrong_form_gets_an_example(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, example: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=f"{name}.*write it as {example}") as error:
        load_settings()
    assert "pattern" not in str(error.value)
