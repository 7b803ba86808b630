"""A service over a torn file of its index: it starts, tells the same figures, and makes the file anew."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.databases import clone
from support.serve_process import ask, serving
from support.small_disks import small_files
from support.soundness import needs_care
from support.sql_oracle import publish_random
from support.standbys import free_ports

from service.index.loading import LARGE
from service.store.bulk import bulk

pytestmark = pytest.mark.slow

FIGURES = "{ edition { number } cohort { size stats(measure: BASE_SALARY) { count p50 } } }"
HARMS: dict[str, Callable[[bytes], bytes]] = {
    "cut off": lambda whole: whole[: len(whole) // 2],
    "another checksum": lambda whole: bytes(32) + whole[32:],
}
"""tests/index/test_artifact.py has the others, without a service."""

# Begins to make the file of an index, and goes no further.
BUILDER = """
import sys
from pathlib import Path
from service.index.artifact import Shelf
from service.index.build import current
from service.index.loading import KIND
from service.store.bulk import bulk
with bulk(sys.argv[1]) as rows:
    edition = current(rows)
Shelf.of(Path(sys.argv[2]), sys.argv[1]).kept(KIND, edition, lambda: print("building", flush=True) or sys.stdin.read())
"""


@pytest.fixture(scope="module")
def url(server_url: str, empty_template: str) -> Iterator[str]:
    """A database just large enough for its index to be kept as a file."""
    with clone(server_url, empty_template) as found:
        publish_random(found, LARGE, 1)
        yield found


@pytest.fixture(scope="module")
def expected(url: str) -> dict[str, object]:
    """The figures by PostgreSQL's own reckoning."""
    with bulk(url) as rows:
        [row] = rows.rows(
            "SELECT count(*) AS size, count(base_salary) AS told, "
            "percentile_cont(0.5) WITHIN GROUP (ORDER BY base_salary) AS median FROM salary_record"
        ).to_pylist()
    stats = {"count": row["told"], "p50": row["median"]}
    return {"data": {"edition": {"number": 1}, "cohort": {"size": row["size"], "stats": stats}}}


@pytest.fixture(scope="module")
def folder(url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with the file that a first service has made."""
    folder = tmp_path_factory.mktemp("index")
    told(url, folder)
    return folder


def told(url: str, folder: Path) -> dict[str, object]:
    """What a service tells that starts with a cache."""
    [port] = free_ports(1)
    with serving(url, port, CACHE_DIR=folder, PUBLISH_SECONDS=0):
        found = ask(port, FIGURES)
    found.pop("extensions")
    return found


def about_cache(url: str, folder: Path) -> list[str]:
    """What the doctor finds wrong with it; these records are not such as contributors' must be."""
    return [line for line in needs_care(url, "doctor", CACHE_DIR=folder) if not line.startswith("Promises")]


@pytest.mark.parametrize("harm", HARMS)
def test_a_file_that_is_not_what_was_written_is_named_and_made_anew(
    url: str, folder: Path, expected: dict[str, object], harm: str
) -> None:
    [file] = folder.glob("index*.artifact")
    whole = file.read_bytes()
    file.write_bytes(HARMS[harm](whole))
    assert about_cache(url, folder) == [
        f"Cache: torn or changed since it was written: {file.name}. Delete it; it is made anew."
    ]
    assert told(url, folder) == expected
    assert list(folder.glob("index*.artifact")) == [file]
    assert len(file.read_bytes()) == len(whole)
    assert about_cache(url, folder) == []


def test_a_builder_that_dies_holds_nobody_up_and_what_it_left_goes(
    url: str, folder: Path, expected: dict[str, object]
) -> None:
    [file] = folder.glob("index*.artifact")
    half = folder / f"{file.name}-abc.unfinished"
    half.write_bytes(file.read_bytes()[:1_000])
    file.unlink()
    with subprocess.Popen(
        [sys.executable, "-c", BUILDER, url, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as builder:
        assert builder.stdout
        assert builder.stdout.readline() == "building\n"
        assert about_cache(url, folder) == []  # it may be the builder's own
        builder.kill()
    assert about_cache(url, folder) == [
        f"Cache: half written by a process that was killed: {half.name}. Delete it, or wait: the next edition does."
    ]
    assert told(url, folder) == expected
    assert [path.name for path in folder.glob("index*-*-*")] == [file.name]
    assert about_cache(url, folder) == []


def test_without_room_for_a_file_the_figures_are_told_all_the_same(
    url: str, expected: dict[str, object], tmp_path: Path
) -> None:
    with small_files(1_000_000):
        assert told(url, tmp_path) == expected
    assert list(tmp_path.glob("index*-*-*")) == []
    assert told(url, tmp_path) == expected  # there is room again
    assert len(list(tmp_path.glob("index*.artifact"))) == 1
