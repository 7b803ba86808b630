"""`payrank data list` and `payrank data load`, from a local server instead of the publishers'."""

from collections.abc import Callable, Iterator

import pytest
from click.testing import Result
from support.csv_imports import records
from support.file_server import FileServer, file_server

from seed.catalogue import data_sets

Invoke = Callable[..., Result]
POSTINGS = (
    "Job ID,Agency,Posting Type,Business Title,Full-Time/Part-Time indicator,Salary Range From,Salary Range To,"
    "Salary Frequency,Posting Date\r\n1,DEPT OF DATA,External,Data Engineer,F,100000,120000,Annual,06/01/2024\r\n"
)


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    with file_server() as server:
        server.files = {"/nyc-jobs/rows.csv": POSTINGS.encode()}
        monkeypatch.setenv("PAYRANK_DATA_MIRROR", server.address)
        yield server


def row_of(listed: Result, name: str) -> str:
    [found] = [line for line in listed.stdout.splitlines() if line.startswith(f"{name} ")]
    return " ".join(found.split())


def test_list_says_what_is_loaded(invoke: Invoke, mirror: FileServer) -> None:
    before = invoke("data", "list")
    names = [line.split()[0] for line in before.stdout.splitlines() if line[:1].islower()]
    assert names == ["name", *(one.name for one in data_sets())]
    assert row_of(before, "nyc-jobs") == "nyc-jobs - 3,977 since 2015 12"
    assert invoke("data", "load", "nyc-jobs").exit_code == 0
    assert row_of(invoke("data", "list"), "nyc-jobs").startswith("nyc-jobs 1 3,977 ")
    assert "`payrank data load --open` loads the small ones: aijobs, " in before.stderr


def test_list_fits_a_terminal_of_80_columns(invoke: Invoke) -> None:
    listed = invoke("data", "list").stdout.splitlines()
    assert len(listed) == 1 + len(data_sets())
    assert listed[0].split() == ["name", "records", "rows", "years", "MB"]
    assert max(len(line.rstrip()) for line in listed) <= 80


def test_show_has_the_licence_the_files_and_what_records_report(invoke: Invoke) -> None:
    lines = [" ".join(line.split()) for line in invoke("data", "show", "nyc-jobs").stdout.splitlines()]
    reports = (
        "base salary, role, specialization, level, employment type, country, subdivision, metro area, industry, employer, "
        "employer type, quarter"
    )
    assert lines == [
        "data set City of New York: job postings",
        "page https://data.cityofnewyork.us/d/kpav-sd4t",
        "licence no restrictions (NYC Open Data, Local Law 11 of 2012)",
        "files rows.csv (the newest is loaded)",
        f"reports {reports}",
    ]


@pytest.mark.usefixtures("mirror")
def test_load_reports_each_file_and_skips_with_a_sentence(invoke: Invoke, database_url: str) -> None:
    result = invoke("data", "load", "nyc-jobs", "koodiklinikka-2021")
    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    assert [line for line in lines if line.startswith(("nyc", "kood"))] == [
        "nyc-jobs: rows.csv",
        "koodiklinikka-2021: results.tsv",
    ]
    assert "· Published edition 1." in lines
    assert "/koodiklinikka-2021/results.tsv returned 404 Not Found; check the URL." in result.stderr
    assert lines[-2:] == [
        "· With the file on this machine: `payrank import koodiklinikka-2021 FILE`.",
        "· Skipped 1 of 2 files.",
    ]
    assert [row["base_high"] for row in records(database_url)] == [120_000]


def test_open_loads_the_small_sets(invoke: Invoke, mirror: FileServer) -> None:
    assert invoke("data", "load", "--open").exit_code == 1
    asked = [path.split("/")[1] for path, _ in mirror.requests]
    assert asked == [one.name for one in data_sets() for _ in one.files if one.is_small]


def test_a_summary_of_several_files(invoke: Invoke, mirror: FileServer) -> None:
    survey = (
        "Timestamp\tMissä kaupungissa työpaikkasi pääasiallinen toimisto sijaitsee?\tTyökokemus\tTyösuhteen luonne\t"
        "Työaika (jos työsuhteessa)\tRooli\tEtänä vai paikallisesti?\tKuukausipalkka (jos työntekijä) (brutto)\tTyöpaikka\n"
        "1/9/2021 12:00:00\tHelsinki\t5\tTyöntekijä / palkollinen\t37.5\tKapellimestari\t\t5000\t\n"
        "1/9/2021 12:00:00\tHelsinki\t5\tTyöntekijä / palkollinen\t37.5\tKapellimestari\t\tpaljon\t\n"
        "1/9/2021 12:00:00\tHelsinki\t5\tYrittäjä\t37.5\tKapellimestari\t\t5000\t\n"
    )
    mirror.files["/koodiklinikka-2021/results.tsv"] = survey.encode()
    result = invoke("data", "load", "nyc-jobs", "koodiklinikka-2021")
    assert result.exit_code == 0
    assert [line.split() for line in result.stdout.splitlines() if line] == [
        ["All", "files"],
        ["name", "rows", "records", "merged", "left", "out", "refused", "doubtful", "unknown"],
        ["nyc-jobs", "1", "1", "0", "0", "0", "0", "0"],
        ["koodiklinikka-2021", "3", "1", "0", "1", "1", "0", "1"],
    ]
    assert invoke("data", "load", "nyc-jobs").stdout == ""


@pytest.mark.parametrize("arguments", [(), ("--open", "nyc-jobs")])
def test_load_needs_names_or_open(invoke: Invoke, arguments: tuple[str, ...]) -> None:
    result = invoke("data", "load", *arguments)
    assert result.exit_code == 2
    assert "Name data sets of `payrank data list`, or load all small ones with" in result.stderr


def test_a_data_set_that_is_not_loaded_has_no_records(invoke: Invoke) -> None:
    assert "There are no records of nyc-jobs." in invoke("data", "remove", "nyc-jobs").stderr
