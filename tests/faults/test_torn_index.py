"""A service with a damaged index file starts, returns the same figures, and rebuilds the file."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.databases import clone
from support.fault_injection import small_files
from support.serve_process import post_query, serving
from support.soundness import failed_checks
from support.sql_oracle import publish_random
from support.standbys import free_ports

from service.index.refresh import MIN_RECORDS_FOR_FILE
from service.store.bulk import bulk_connection

pytestmark = pytest.mark.slow

FIGURES = "{ edition { number } cohort { size stats(measure: BASE_SALARY) { count p50 } } }"
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut off": lambda whole: whole[: len(whole) // 2],
    "another checksum": lambda whole: bytes(32) + whole[32:],
}
"""tests/index/test_artifact.py covers more kinds of damage, without a service."""

# Starts to build an index file and hangs.
BUILDER = """
import sys
from pathlib import Path
from service.index.artifact import IndexStore
from service.index.build import published_edition
from service.index.serialization import INDEX_KIND
from service.store.bulk import bulk_connection
with bulk_connection(sys.argv[1]) as rows:
    edition = published_edition(rows)
store = IndexStore.of(Path(sys.argv[2]), sys.argv[1])
store.get_or_create(INDEX_KIND, edition, lambda: print("building", flush=True) or sys.stdin.read())
"""


@pytest.fixture(scope="module")
def url(server_url: str, empty_template: str) -> Iterator[str]:
    """A database just large enough for its index to be stored as a file."""
    with clone(server_url, empty_template) as found:
        publish_random(found, MIN_RECORDS_FOR_FILE, 1)
        yield found


@pytest.fixture(scope="module")
def expected(url: str) -> dict[str, object]:
    """The figures as PostgreSQL computes them."""
    with bulk_connection(url) as rows:
        [row] = rows.query(
            "SELECT count(*) AS size, count(base_salary) AS reported, "
            "percentile_cont(0.5) WITHIN GROUP (ORDER BY base_salary) AS median FROM salary_record"
        ).to_pylist()
    stats = {"count": row["reported"], "p50": row["median"]}
    return {"data": {"edition": {"number": 1}, "cohort": {"size": row["size"], "stats": stats}}}


@pytest.fixture(scope="module")
def folder(url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder with the file that a first service wrote."""
    folder = tmp_path_factory.mktemp("index")
    figures(url, folder)
    return folder


def figures(url: str, folder: Path) -> dict[str, object]:
    """The figures of a service that starts with this cache folder."""
    [port] = free_ports(1)
    with serving(url, port, CACHE_DIR=folder, RELEASE_DAYS=0):
        found = post_query(port, FIGURES)
    found.pop("extensions")
    return found


def about_cache(url: str, folder: Path) -> list[str]:
    """What doctor reports about the cache; these records do not satisfy the rules for contributions."""
    return [line for line in failed_checks(url, "doctor", CACHE_DIR=folder) if not line.startswith("Privacy")]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_reported_and_rebuilt(url: str, folder: Path, expected: dict[str, object], damage: str) -> None:
    [file] = folder.glob("index*.artifact")
    whole = file.read_bytes()
    file.write_bytes(DAMAGES[damage](whole))
    [found] = about_cache(url, folder)
    assert found.startswith(f"Cache: damaged or changed since written: {file.name}.")
    assert figures(url, folder) == expected
    assert list(folder.glob("index*.artifact")) == [file]
    assert len(file.read_bytes()) == len(whole)
    assert about_cache(url, folder) == []


def test_a_killed_builder_blocks_nobody_and_its_file_is_removed(url: str, folder: Path, expected: dict[str, object]) -> None:
    [file] = folder.glob("index*.artifact")
    half = folder / f"{file.name}-abc.unfinished"
    half.write_bytes(file.read_bytes()[:1_000])
    file.unlink()
    with subprocess.Popen(
        [sys.executable, "-c", BUILDER, url, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as builder:
        assert builder.stdout
        assert builder.stdout.readline() == "building\n"
        assert about_cache(url, folder) == []  # the builder may still be writing it
        builder.kill()
    [found] = about_cache(url, folder)
    assert found.startswith(f"Cache: left unfinished by a killed process: {half.name}.")
    assert figures(url, folder) == expected
    assert [path.name for path in folder.glob("index*-*-*")] == [file.name]
    assert about_cache(url, folder) == []


def test_without_space_for_a_file_the_figures_are_still_served(
    url: str, expected: dict[str, object], tmp_path: Path
) -> None:
    with small_files(1_000_000):
        assert figures(url, tmp_path) == expected
    assert list(tmp_path.glob("index*-*-*")) == []
    assert figures(url, tmp_path) == expected  # there is space again
    assert len(list(tmp_path.glob("index*.artifact"))) == 1
