"""Artifacts: built once per machine, stored whole or not at all, and never required."""

import json
import multiprocessing
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from structlog.testing import capture_logs
from support.payrank_process import eventually

from service.index import artifact
from service.index.artifact import ArtifactGroup, ArtifactKind, IndexStore
from service.store.database import Edition
from service.vocabulary.factors import FACTORS, Factor, Storage

URL = "postgresql://someone:secret@host:5432/pay"
FIRST = Edition(1, datetime(2026, 1, 1, tzinfo=UTC), 10)
SECOND = Edition(2, FIRST.published_at + timedelta(minutes=1), 11)


def _encode(value: Any) -> pa.RecordBatch:
    return pa.record_batch({"json": [json.dumps(value)]})


def _decode(batch: pa.RecordBatch) -> Any:
    return json.loads(batch.column("json")[0].as_py())


def kind(name: str) -> ArtifactKind[Any]:
    """Artifacts that are any JSON."""
    return ArtifactKind(name, _encode, _decode)


MODEL, INDEX = kind("model"), kind("index")


@pytest.fixture
def store(tmp_path: Path) -> IndexStore:
    return IndexStore.of(tmp_path / "cache", URL)


def files(store: IndexStore) -> list[Path]:
    return sorted(store.folder.glob("*.artifact"))


def fail() -> object:
    raise AssertionError("it is created a second time")


def test_an_artifact_is_created_once(store: IndexStore) -> None:
    assert store.latest(MODEL) is None
    assert store.get_or_create(MODEL, FIRST, lambda: {"created": 1}) == {"created": 1}
    assert store.get_or_create(MODEL, FIRST, fail) == store.latest(MODEL) == {"created": 1}
    assert store.folder.stat().st_mode & 0o777 == 0o700
    assert [path.stat().st_mode & 0o777 for path in files(store)] == [0o600]


def test_older_editions_of_the_kind_and_database_are_removed(store: IndexStore) -> None:
    other = IndexStore.of(store.folder, "postgresql://host:5432/other")
    for each, name in ((store, MODEL), (store, INDEX), (other, MODEL)):
        each.get_or_create(name, FIRST, lambda: "first")
    store.get_or_create(MODEL, SECOND, lambda: "second")
    assert len(files(store)) == 3
    assert (store.latest(MODEL), store.latest(INDEX), other.latest(MODEL)) == ("second", "first", "first")


def test_a_late_process_does_not_remove_the_newer_artifact(store: IndexStore) -> None:
    store.get_or_create(MODEL, SECOND, lambda: "second")
    assert store.get_or_create(MODEL, FIRST, lambda: "first") == "first"
    assert store.latest(MODEL) == "second"


def test_parts_of_a_kind_are_removed_with_their_edition(store: IndexStore) -> None:
    kinds = [kind(name) for name in ("index", "index.bonus", "index.equity", "indexes")]
    for each in kinds:
        store.get_or_create(each, FIRST, lambda: "first")
    store.get_or_create(kinds[1], SECOND, lambda: "second")
    assert len(files(store)) == 4
    store.get_or_create(kinds[0], SECOND, lambda: "second")
    assert [store.latest(each) for each in kinds] == ["second", "second", None, "first"]


def test_a_group_has_at_most_a_number_of_files(store: IndexStore) -> None:
    """The oldest ones are removed, those of other groups and databases are not."""
    group = ArtifactGroup("index.currency-", 3)
    kinds = [replace(kind(f"index.currency-{code}.bonus"), group=group) for code in ("EUR", "GBP", "INR", "JPY", "SEK")]
    other = IndexStore.of(store.folder, "postgresql://host:5432/other")
    for each, name in ((other, kinds[0]), (store, INDEX), (store, kind("index.bonus"))):
        each.get_or_create(name, FIRST, lambda: "kept")
    for number, each in enumerate(kinds):
        store.get_or_create(each, FIRST, lambda: "created")
        os.utime(store._path(each.name, FIRST), (number, number))
    assert [store.find(each, FIRST) for each in kinds] == [None, None, "created", "created", "created"]
    assert other.find(kinds[0], FIRST) == store.find(INDEX, FIRST) == store.find(kind("index.bonus"), FIRST) == "kept"


def test_the_user_of_a_url_does_not_matter() -> None:
    same = IndexStore.of(Path("/x"), "postgresql://other@host:5432/pay")
    assert same == IndexStore.of(Path("/x"), URL)
    assert "secret" not in repr(IndexStore.of(Path("/x"), URL))


@pytest.mark.parametrize("content", [b"", b"short", None])
def test_a_torn_file_is_created_again(store: IndexStore, content: bytes | None) -> None:
    store.get_or_create(MODEL, FIRST, lambda: list(range(100)))
    [path] = files(store)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] if content is None else content)
    assert store.damaged() == [path]
    assert store.latest(MODEL) is None
    assert store.get_or_create(MODEL, FIRST, lambda: "again") == store.latest(MODEL) == "again"
    assert store.damaged() == []


def test_any_changed_byte_is_detected(store: IndexStore) -> None:
    store.get_or_create(MODEL, FIRST, lambda: "created")
    [path] = files(store)
    content = path.read_bytes()
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        assert store.latest(MODEL) is None


def test_a_file_of_another_form_is_ignored(store: IndexStore) -> None:
    """One that is intact, but does not have what its kind has."""
    store.get_or_create(MODEL, FIRST, lambda: "created")
    other = ArtifactKind(MODEL.name, _encode, lambda batch: batch.column("absent"))
    with capture_logs() as logs:
        assert store.latest(other) is None
    assert [entry["event"] for entry in logs] == ["cache.unreadable"]


def test_a_half_written_file_is_never_seen(store: IndexStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full in the end: the process that created the artifact has it, and there is no file."""

    def full(_: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full)
    with capture_logs() as logs:
        assert store.get_or_create(MODEL, FIRST, lambda: "created") == "created"
    assert [entry["event"] for entry in logs] == ["cache.unwritable"]
    assert list(store.folder.glob("model-*artifact*")) == []


def test_a_file_left_by_a_killed_process_is_removed(store: IndexStore) -> None:
    store.get_or_create(MODEL, FIRST, lambda: "created")
    left = store.folder / f"{files(store)[0].name}-abc.unfinished"
    left.write_bytes(b"half")
    assert store.abandoned() == [left]
    store.get_or_create(MODEL, SECOND, lambda: "created")
    assert not left.exists()


def test_artifacts_are_created_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = IndexStore.of(tmp_path / "file" / "cache", URL)
    with capture_logs() as logs:
        assert store.get_or_create(MODEL, FIRST, lambda: 1) == 1
        assert store.get_or_create(MODEL, FIRST, lambda: 2) == 2
        assert store.latest(MODEL) is None
    assert [entry["event"] for entry in logs] == ["cache.unused"]


def test_a_folder_that_others_can_write_to_is_not_read(tmp_path: Path) -> None:
    store = IndexStore.of(tmp_path / "open", URL)
    store.folder.mkdir()
    store.folder.chmod(0o777)
    with capture_logs() as logs:
        assert store.get_or_create(MODEL, FIRST, lambda: 1) == 1
    assert "chmod 700" in logs[0]["reason"]
    assert list(store.folder.iterdir()) == []


def test_files_of_other_versions_are_not_read(store: IndexStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.get_or_create(MODEL, FIRST, lambda: "old")
    monkeypatch.setattr(artifact, "versions", lambda: "ffffffff")
    assert store.latest(MODEL) is None
    assert store.get_or_create(MODEL, FIRST, lambda: "new") == store.latest(MODEL) == "new"
    assert len(files(store)) == 1


def test_files_of_other_factors_are_not_read(store: IndexStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.get_or_create(INDEX, FIRST, lambda: "created")
    monkeypatch.setitem(FACTORS, Factor.BENEFIT, replace(FACTORS[Factor.BENEFIT], storage=Storage.ONE))
    artifact.versions.cache_clear()
    assert store.latest(INDEX) is None
    monkeypatch.undo()
    artifact.versions.cache_clear()
    assert store.latest(INDEX) == "created"


def create_in(folder: Path, results: Path) -> None:
    """In a separate process: create an artifact, and leave a file for each time that it is created."""

    def create() -> int:
        (results / str(os.getpid())).touch()
        return os.getpid()

    found = IndexStore.of(folder, URL).get_or_create(MODEL, FIRST, create)
    (results / f"{os.getpid()}.result").write_text(str(found))


@pytest.mark.slow
def test_two_processes_at_once_create_it_once(store: IndexStore, tmp_path: Path) -> None:
    results = tmp_path / "results"
    results.mkdir()
    spawned = multiprocessing.get_context("spawn")
    processes = [spawned.Process(target=create_in, args=(store.folder, results)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    creators = [path.name for path in results.iterdir() if not path.suffix]
    assert len(creators) == 1
    assert [path.read_text() for path in results.glob("*.result")] == creators * 2


def test_a_file_is_closed_soon_after_its_last_use(store: IndexStore) -> None:
    """In another thread, since closing a removed file waits for the file system."""
    numbers: npt.NDArray[np.int64] = np.arange(100_000)
    arrays: ArtifactKind[npt.NDArray[np.int64]] = ArtifactKind(
        "numbers", lambda array: pa.record_batch({"numbers": array}), lambda batch: batch.column("numbers").to_numpy()
    )
    store.get_or_create(arrays, FIRST, lambda: numbers)
    found = store.find(arrays, FIRST)
    assert found is not None
    with pytest.raises(ValueError, match="read-only"):
        found[0] = 1
    [file] = files(store)
    file.unlink()
    assert opened(file)
    assert found.tolist() == numbers.tolist()
    del found
    eventually(lambda: not opened(file))


def opened(file: Path) -> list[str]:
    return [link for one in Path("/proc/self/fd").iterdir() if str(file) in (link := _link(one))]


def _link(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except FileNotFoundError:
        return ""
