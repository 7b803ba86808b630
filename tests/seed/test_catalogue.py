"""The catalogue of open pay data: what its mappings say, and loading from a server that may fail."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.csv_imports import PAY as PAY_TABLE
from support.csv_imports import PLAIN, records
from support.file_server import FileServer, Served, file_server

from seed.catalogue import DataSet, data_sets, find_data_set
from seed.importer.mapping import builtin_names, load_mapping
from seed.loading import FileResult, LoadOptions, load_data_sets
from service.errors import DataError

PAGE = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")
POSTINGS = (
    "Job ID,Agency,Posting Type,Business Title,Full-Time/Part-Time indicator,Salary Range From,Salary Range To,"
    "Salary Frequency,Posting Date\r\n1,DEPT OF DATA,External,Data Engineer,F,100000,120000,Annual,06/01/2024\r\n"
)
PAY = (
    "work_year,experience_level,employment_type,job_title,salary,salary_currency,salary_in_usd,employee_residence,"
    "remote_ratio,company_location,company_size\r\n2021,SE,FT,Data Engineer,100000,USD,100000,US,0,US,M\r\n"
)
"""Not the content whose SHA-256 the mapping has."""


@pytest.fixture
def server() -> Iterator[FileServer]:
    with file_server() as found:
        found.files = {"/nyc-jobs/rows.csv": POSTINGS.encode()}
        yield found


def loaded(url: str, folder: Path, server: FileServer, *names: str) -> list[FileResult]:
    return list(load_data_sets(map(find_data_set, names), LoadOptions(url, folder, server.address)))


@pytest.mark.parametrize("data_set", data_sets(), ids=lambda one: one.name)
def test_entries_are_complete(data_set: DataSet) -> None:
    assert data_set.name in builtin_names()
    assert data_set.download.rows
    assert data_set.download.years
    assert data_set.download.megabytes
    assert all(source.licence != "unknown" and source.url for source in data_set.mapping.sources)
    assert len({file.name for file in data_set.files}) == len(data_set.files)


def test_the_page_lists_the_catalogue() -> None:
    catalogue, _, _ = PAGE.partition("## What the importer makes of them")
    listed = re.findall(r"^\| `([a-z0-9-]+)` \| (.*) \|$", catalogue, re.MULTILINE)
    assert dict(listed) == {one.name: _described(one) for one in data_sets()}
    assert len(listed) == len(dict(listed))


def _described(one: DataSet) -> str:
    download, files = one.download, f"{len(one.files)} files, " if len(one.files) > 1 else ""
    size = f"{files}{download.megabytes:,g} MB"
    pin = "moves" if download.moves else download.pin
    label = one.mapping.source.label
    cells = (f"[{label}]({one.mapping.source.url})", download.years or "", f"{download.rows:,}", size, pin)
    return " | ".join((*cells, one.mapping.source.licence, ", ".join(one.reports)))


def test_load_publishes_records(database_url: str, tmp_path: Path, server: FileServer) -> None:
    steps: list[tuple[str, int]] = []
    options = LoadOptions(database_url, tmp_path, server.address, lambda step, done, _: steps.append((step, done)))
    [one] = load_data_sets([find_data_set("nyc-jobs")], options)
    assert one.report
    assert (one.data_set, one.file, one.report.imported, one.skipped) == ("nyc-jobs", "rows.csv", 1, None)
    assert [(row["base_low"], row["metro"], row["source"]) for row in records(database_url)] == [
        (100_000, "new-york", "nyc-jobs")
    ]
    assert steps == [("download", len(POSTINGS)), ("import", 1)]
    assert list((tmp_path / "nyc-jobs").iterdir()) == []


def test_files_that_fail_are_skipped_with_a_sentence(database_url: str, tmp_path: Path, server: FileServer) -> None:
    server.files |= {
        "/aijobs/salaries.csv": PAY.encode(),
        "/koodiklinikka-2021/results.tsv": b"Timestamp\tPay\n",
        "/koodiklinikka-2022/results.tsv": b"<!DOCTYPE html><html></html>",
        "/koodiklinikka-2023/results-fi.tsv": Served(b"", status=403),
    }
    names = ("aijobs", *(f"koodiklinikka-{year}" for year in range(2021, 2025)), "nyc-jobs")
    found = loaded(database_url, tmp_path, server, *names)
    assert [one.data_set for one in found if one.report] == ["nyc-jobs"]
    skipped = [one.skipped or "" for one in found]
    expected = (
        "is not the file that this mapping",
        "has no columns",
        "HTML",
        "403 Forbidden",
        "404 Not Found",
    )
    assert [text in sentence for text, sentence in zip(expected, skipped, strict=False)] == [True] * 5


def test_a_server_that_cannot_be_reached_is_asked_once(database_url: str, tmp_path: Path) -> None:
    sets = [find_data_set("nyc-jobs"), find_data_set("aijobs")]
    first, second = load_data_sets(sets, LoadOptions(database_url, tmp_path, "http://127.0.0.1:1"))
    assert first.skipped == "127.0.0.1:1 cannot be reached. Check the network."
    assert second.skipped == "http://127.0.0.1:1/aijobs/salaries.csv cannot be reached, like the files before it."


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("nycjobs", "There is no data set 'nycjobs' in the catalogue. Did you mean nyc-jobs?"),
        ("x", "There is no data set 'x' in the catalogue. Known are aijobs, "),
        ("nyc-jobs/jobs", "nyc-jobs has no file 'jobs'. Its files are rows.csv."),
    ],
)
def test_unknown_names(name: str, problem: str) -> None:
    with pytest.raises(DataError, match=re.escape(problem)):
        find_data_set(name)


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ('address = "http://a.example/b.csv"\nmoves = true', "download.address must be an https address."),
        (
            'address = "https://a.example/b.csv"',
            "download.moves is true for a file that changes; pin any other by sha256, or by a commit in its address.",
        ),
        (
            'address = "https://a.example/b.csv"\nsha256 = "1f"',
            "download.sha256 must be 64 hexadecimal digits.",
        ),
        (
            'address = "https://a.example/b.csv"\nmoves = true\nfiles = ["b.csv"]',
            "download.files lists the names that take the place of {file} in address; set both or neither.",
        ),
        (
            f'address = "https://a.example/{{file}}"\nsha256 = "{"0" * 64}"\nfiles = ["b.csv"]',
            "download.sha256 is for a single file, but files has several.",
        ),
    ],
)
def test_problems_of_addresses(tmp_path: Path, keys: str, problem: str) -> None:
    (tmp_path / "my.toml").write_text(f"{PLAIN}[download]\n{keys}\n{PAY_TABLE}", encoding="utf-8")
    with pytest.raises(DataError) as error:
        load_mapping(tmp_path / "my.toml")
    assert str(error.value) == f"my.toml: {problem}"
