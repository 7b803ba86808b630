"""Kept artifacts: made once a machine, whole or not at all, and never in the way."""

import multiprocessing
import os
import pickle
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs
from support.payrank_process import eventually

from service.index import artifact
from service.index.artifact import IndexStore
from service.store.editions import Edition
from service.vocabulary.factors import FACTORS, Factor, Storage

URL = "postgresql://someone:secret@host:5432/pay"
FIRST = Edition(1, datetime(2026, 1, 1, tzinfo=UTC), 10)
SECOND = Edition(2, FIRST.published_at + timedelta(minutes=1), 11)


@pytest.fixture
def shelf(tmp_path: Path) -> IndexStore:
    return IndexStore.of(tmp_path / "cache", URL)


def files(shelf: IndexStore) -> list[Path]:
    return sorted(shelf.folder.glob("*.artifact"))


def fail() -> object:
    raise AssertionError("it is made a second time")


def test_an_artifact_is_made_once(shelf: IndexStore) -> None:
    assert shelf.latest("model") is None
    assert shelf.get_or_create("model", FIRST, lambda: {"made": 1}) == {"made": 1}
    assert shelf.get_or_create("model", FIRST, fail) == shelf.latest("model") == {"made": 1}
    assert shelf.folder.stat().st_mode & 0o777 == 0o700
    assert [path.stat().st_mode & 0o777 for path in files(shelf)] == [0o600]


def test_older_editions_of_the_kind_and_database_are_removed(shelf: IndexStore) -> None:
    other = IndexStore.of(shelf.folder, "postgresql://host:5432/other")
    for each, kind in ((shelf, "model"), (shelf, "index"), (other, "model")):
        each.get_or_create(kind, FIRST, lambda: "first")
    shelf.get_or_create("model", SECOND, lambda: "second")
    assert len(files(shelf)) == 3
    assert (shelf.latest("model"), shelf.latest("index"), other.latest("model")) == ("second", "first", "first")


def test_a_late_worker_does_not_remove_the_newer_one(shelf: IndexStore) -> None:
    shelf.get_or_create("model", SECOND, lambda: "second")
    assert shelf.get_or_create("model", FIRST, lambda: "first") == "first"
    assert shelf.latest("model") == "second"


def test_parts_of_a_kind_go_with_the_editions_that_they_are_of(shelf: IndexStore) -> None:
    for kind in ("index", "index.bonus", "index.equity", "indexes"):
        shelf.get_or_create(kind, FIRST, lambda: "first")
    shelf.get_or_create("index.bonus", SECOND, lambda: "second")
    assert len(files(shelf)) == 4
    shelf.get_or_create("index", SECOND, lambda: "second")
    found = [shelf.latest(kind) for kind in ("index", "index.bonus", "index.equity", "indexes")]
    assert found == ["second", "second", None, "first"]


def test_who_logs_in_does_not_matter() -> None:
    same = IndexStore.of(Path("/x"), "postgresql://other@host:5432/pay")
    assert same == IndexStore.of(Path("/x"), URL)
    assert "secret" not in repr(IndexStore.of(Path("/x"), URL))


@pytest.mark.parametrize("torn", [b"", b"short", None])
def test_a_torn_file_is_made_anew(shelf: IndexStore, torn: bytes | None) -> None:
    shelf.get_or_create("model", FIRST, lambda: list(range(100)))
    [path] = files(shelf)
    content = path.read_bytes()
    path.write_bytes(content[:-1] if torn is None else torn)
    assert shelf.latest("model") is None
    assert shelf.get_or_create("model", FIRST, lambda: "anew") == shelf.latest("model") == "anew"


def test_any_changed_byte_is_noticed(shelf: IndexStore) -> None:
    shelf.get_or_create("model", FIRST, lambda: "made")
    [path] = files(shelf)
    content = path.read_bytes()
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        assert shelf.latest("model") is None


def test_what_is_half_written_is_never_seen(shelf: IndexStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full in the end: the artifact is there for its maker, and no file is."""

    def full(_: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full)
    with capture_logs() as logs:
        assert shelf.get_or_create("model", FIRST, lambda: "made") == "made"
    assert [entry["event"] for entry in logs] == ["cache.unwritable"]
    assert list(shelf.folder.glob("model-*artifact*")) == []


def test_what_a_killed_writer_left_is_removed(shelf: IndexStore) -> None:
    shelf.get_or_create("model", FIRST, lambda: "made")
    left = shelf.folder / f"{files(shelf)[0].name}-abc.unfinished"
    left.write_bytes(b"half")
    shelf.get_or_create("model", SECOND, lambda: "made")
    assert not left.exists()


def test_where_nothing_can_be_written_all_goes_on(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    shelf = IndexStore.of(tmp_path / "file" / "cache", URL)
    with capture_logs() as logs:
        assert shelf.get_or_create("model", FIRST, lambda: 1) == 1
        assert shelf.get_or_create("model", FIRST, lambda: 2) == 2
        assert shelf.latest("model") is None
    assert [entry["event"] for entry in logs] == ["cache.unused"]


def test_a_folder_that_others_may_write_to_is_not_read(tmp_path: Path) -> None:
    shelf = IndexStore.of(tmp_path / "open", URL)
    shelf.folder.mkdir()
    shelf.folder.chmod(0o777)
    with capture_logs() as logs:
        assert shelf.get_or_create("model", FIRST, lambda: 1) == 1
    assert "chmod 700" in logs[0]["reason"]
    assert list(shelf.folder.iterdir()) == []


def test_other_versions_files_are_not_read(shelf: IndexStore, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.get_or_create("model", FIRST, lambda: "old")
    monkeypatch.setattr(artifact, "_versions", lambda: "ffffffff")
    assert shelf.latest("model") is None
    assert shelf.get_or_create("model", FIRST, lambda: "new") == shelf.latest("model") == "new"
    assert len(files(shelf)) == 1


def test_what_was_made_with_other_factors_is_not_read(shelf: IndexStore, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.get_or_create("index", FIRST, lambda: "made")
    monkeypatch.setitem(FACTORS, Factor.BENEFIT, replace(FACTORS[Factor.BENEFIT], storage=Storage.ONE))
    artifact._versions.cache_clear()
    assert shelf.latest("index") is None
    monkeypatch.undo()
    artifact._versions.cache_clear()
    assert shelf.latest("index") == "made"


def make_in(folder: Path, made: Path) -> None:
    """In a process of its own: make an artifact, and leave a file for each time that it is made."""

    def make() -> int:
        (made / str(os.getpid())).touch()
        return os.getpid()

    result = IndexStore.of(folder, URL).get_or_create("model", FIRST, make)
    (made / f"{os.getpid()}.result").write_bytes(pickle.dumps(result))


@pytest.fixture
def made(tmp_path: Path) -> Path:
    folder = tmp_path / "made"
    folder.mkdir()
    return folder


def test_two_processes_at_once_make_it_once(shelf: IndexStore, made: Path) -> None:
    spawned = multiprocessing.get_context("spawn")
    processes = [spawned.Process(target=make_in, args=(shelf.folder, made)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    makers = [path.name for path in made.iterdir() if not path.suffix]
    results = {pickle.loads(path.read_bytes()) for path in made.glob("*.result")}
    assert len(makers) == 1
    assert results == {int(makers[0])}


def test_a_file_is_let_go_once_nobody_needs_it(shelf: IndexStore) -> None:
    """Not by whoever drops the last of it, who would wait for the file system, but soon."""
    large = np.arange(100_000)
    shelf.get_or_create("index", FIRST, lambda: large)
    found = shelf.find("index", FIRST)
    [file] = files(shelf)
    file.unlink()
    assert opened(file)
    assert found.tolist() == large.tolist()
    del found
    eventually(lambda: not opened(file))


def opened(file: Path) -> list[str]:
    return [link for one in Path("/proc/self/fd").iterdir() if str(file) in (link := _link(one))]


def _link(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except FileNotFoundError:
        return ""
