"""The file of a year's counting key: created once, by the first process, destroyed with its year."""

import multiprocessing
import os
import stat
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from service.errors import DataError
from service.store.counting_key import year_key

RACES = 40


def test_a_key_is_created_once_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "journal"
    year, value = year_key(folder, 2026)
    assert (year, len(value), len(set(value)) > 8) == (2026, 32, True)
    assert year_key(folder, 2026) == (2026, value)
    [file] = folder.iterdir()
    assert (file.name, file.read_bytes()) == ("counting-key-2026", value)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (file, folder)] == [0o600, 0o700]
    assert year_key(tmp_path / "another", 2026)[1] != value


def keys(folder: Path) -> list[tuple[int, bytes]]:
    """The keys of many folders, each of which several processes use at about the same time."""
    return [year_key(folder / str(number), 2026) for number in range(RACES)]


@pytest.mark.slow
def test_processes_that_race_to_create_it_get_the_same_key(tmp_path: Path) -> None:
    with ProcessPoolExecutor(4, multiprocessing.get_context("spawn")) as pool:
        first, *others = pool.map(keys, [tmp_path] * 4)
    assert others == [first] * 3
    assert len({value for _, value in first}) == RACES
    assert {path.name for folder in tmp_path.iterdir() for path in folder.iterdir()} == {"counting-key-2026"}


def test_a_new_years_key_destroys_the_old_one(tmp_path: Path) -> None:
    """Another name of the same file shows that it was overwritten, not only deleted."""
    old = year_key(tmp_path / "journal", 2026)[1]
    same_file = tmp_path / "hard link"
    os.link(tmp_path / "journal" / "counting-key-2026", same_file)
    year, new = year_key(tmp_path / "journal", 2027)
    assert (year, new != old, same_file.read_bytes()) == (2027, True, bytes(32))
    assert [path.name for path in (tmp_path / "journal").iterdir()] == ["counting-key-2027"]


def test_around_new_year_the_clock_that_is_ahead_decides(tmp_path: Path) -> None:
    """Otherwise the one behind would create the destroyed key again, and networks could count twice."""
    found = year_key(tmp_path, 2027)
    assert year_key(tmp_path, 2026) == found
    with pytest.raises(DataError, match=r"counting key of 2027, but the clock .* says 2025\. Correct the clock"):
        year_key(tmp_path, 2025)
    assert [path.name for path in tmp_path.iterdir()] == ["counting-key-2027"]


@pytest.mark.parametrize("content", [b"", b"x" * 31, bytes(32)], ids=["empty", "short", "overwritten"])
def test_a_damaged_key_is_not_used(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "counting-key-2026").write_bytes(content)
    with pytest.raises(DataError, match=r"counting-key-2026 is damaged\. Restore it"):
        year_key(tmp_path, 2026)


def test_a_file_that_a_crash_left_behind_is_no_key(tmp_path: Path) -> None:
    (tmp_path / ".counting-key-2026.0123456789abcdef").write_bytes(b"half")
    assert len(year_key(tmp_path, 2026)[1]) == 32


def test_a_folder_that_cannot_be_used_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "journal"):
        with pytest.raises(DataError, match=r"folder .*file.* cannot be used .* set PAYRANK_JOURNAL_DIR"):
            year_key(folder, 2026)
