"""`payrank import` and `payrank data`: the printed report, dry runs, and the removal of a source."""

import os
import pty
import subprocess
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from support.csv_imports import records
from support.payrank_process import COMMAND
from support.records import publish

from service.errors import DatabaseError, DataError
from service.store.bulk import bulk_connection

Invoke = Callable[..., Result]

MAPPING = """
effective = "2024-06"
[dataset]
code = "guild"
kind = "survey"
[pay]
base = "pay"
currency = "USD"
[[factor]]
factor = "role"
column = "title"
[[factor]]
factor = "country"
column = "land"
[[factor]]
factor = "employer"
column = "firm"
[[factor]]
factor = "skill"
column = "skills"
separator = ";"
"""
HEADER = "title,land,firm,skills,pay\n"
ROWS = [f"Data Engineer,us,Some Firm,Python;SQL,{100_000 + 1_000 * number}\n" for number in range(-10, 11)]
ODD = "Senior Wizard,us,Some Firm,Klingon;Python,100000\nData Engineer,de,,,70000\nData Engineer,us,,,48\n,us,,,x\n"


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """A mapping and a file: 21 usual rows, one with unknown values, one of another country, one doubtful, one refused."""
    (tmp_path / "guild.toml").write_text(MAPPING)
    (tmp_path / "pay.csv").write_text(HEADER + "".join(ROWS) + ODD)
    return str(tmp_path / "guild.toml"), str(tmp_path / "pay.csv")


def lines(result: Result) -> list[str]:
    """The lines of standard error, without those that name the database."""
    return [line.rstrip() for line in result.stderr.splitlines() if not line.startswith("· Database: ")]


def rows_of(url: str, *tables: str) -> dict[str, Any]:
    with bulk_connection(url) as rows:
        return {table: rows.query(f"SELECT * FROM {table} ORDER BY 1").to_pylist() for table in tables}


TABLES = ("edition", "watermark", "source", "factor_value", "salary_record")
REPORT = """\

Rows
       25  read
       23  imported
        1  refused
        1  doubtful: their pay is implausible (--keep-doubtful imports them)
Refused and doubtful rows, with their reasons: {folder}/pay.csv.refused.csv

Texts that match no reference value, by number of rows
        1  role: Senior Wizard (1)
        1  skill: Klingon (1)
All of these texts: {folder}/pay.csv.unknown.csv

Yearly pay by country in US dollars: base salary, or else total compensation
country        rows      P1   median      P99  doubtful  compared with
United States    23  19,837  100,000  109,780         1  this file
Germany           1  70,000   70,000   70,000         0  2,000 to 5,000,000
"""


def test_the_report(invoke: Invoke, files: tuple[str, str], tmp_path: Path) -> None:
    result = invoke("import", "--yes", "--mapping", *files)
    assert lines(result) == [*REPORT.format(folder=tmp_path).splitlines(), "· Published edition 1."]
    assert (tmp_path / "pay.csv.unknown.csv").read_text() == "factor,text,rows\nrole,Senior Wizard,1\nskill,Klingon,1\n"


def test_ambiguous_places_are_reported_with_their_readings(invoke: Invoke, tmp_path: Path) -> None:
    dataset = MAPPING.partition("[[factor]]")[0]
    (tmp_path / "guild.toml").write_text(f'{dataset}[place]\ncolumn = "where"\n')
    rows = ["Georgia,90000", "Georgia,91000", "Nowhereville,92000", "Austin TX,93000"]
    (tmp_path / "pay.csv").write_text("\n".join(["where,pay", *rows]) + "\n")
    found = lines(invoke("import", "--dry-run", "--mapping", str(tmp_path / "guild.toml"), str(tmp_path / "pay.csv")))
    heading = "Texts that match no reference value, by number of rows"
    assert found[found.index(heading) :][:5] == [
        heading,
        "        1  place: Nowhereville (1)",
        "",
        "Texts that may be several places, by number of rows; choose one in map",
        "        2  place: Georgia (may be country:ge or subdivision:us-ga) (2)",
    ]
    written = (tmp_path / "pay.csv.unknown.csv").read_text().splitlines()
    assert written == [
        "factor,text,rows",
        "place,Georgia (may be country:ge or subdivision:us-ga),2",
        "place,Nowhereville,1",
    ]


def test_a_dry_run_shows_the_report_and_some_records_and_writes_nothing(
    invoke: Invoke, files: tuple[str, str], tmp_path: Path, database_url: str
) -> None:
    before = rows_of(database_url, *TABLES)
    result = invoke("import", "--dry-run", "--mapping", *files)
    assert lines(result) == [
        *REPORT.format(folder=tmp_path).splitlines(),
        "· This was a dry run: the database is unchanged.",
    ]
    printed = [line.rstrip() for line in result.stdout.splitlines()]
    assert printed[:4] == [
        "",
        "20 records, spread evenly over the file",
        "line  month    role           place  employer      base  currency  base US$  other",
        "   2  2024-06  data-engineer  us     some-firm   90,000  USD         90,000  skill python, sql",
    ]
    assert printed[-1] == "  24  2024-06  data-engineer  de                 70,000  USD         70,000"
    assert len(printed) == 3 + 20
    assert rows_of(database_url, *TABLES) == before


@pytest.mark.parametrize(("count", "heading"), [(1, "The only record"), (3, "All 3 records")])
def test_a_dry_run_of_few_records_shows_all_of_them(invoke: Invoke, tmp_path: Path, count: int, heading: str) -> None:
    dataset = MAPPING.partition("[[factor]]")[0]
    (tmp_path / "guild.toml").write_text(dataset)
    (tmp_path / "pay.csv").write_text("\n".join(["pay", *(str(90_000 + row) for row in range(count))]) + "\n")
    result = invoke("import", "--dry-run", "--mapping", str(tmp_path / "guild.toml"), str(tmp_path / "pay.csv"))
    assert result.stdout.splitlines()[1] == heading


def test_an_import_after_a_dry_run_gives_what_it_showed(invoke: Invoke, files: tuple[str, str], database_url: str) -> None:
    dry_run, imported = (lines(invoke("import", *options, "--mapping", *files)) for options in (["--dry-run"], ["--yes"]))
    assert dry_run[:-1] == imported[:-1]
    assert len(records(database_url)) == 23
    again = lines(invoke("import", "--dry-run", "--mapping", *files))
    assert again[2:5] == ["       25  read", "        0  imported", "       23  unchanged"]


def test_a_failed_import_leaves_nothing(
    invoke: Invoke, files: tuple[str, str], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The records cannot be written after the source and the employers have been."""
    before = rows_of(database_url, *TABLES)
    with bulk_connection(database_url) as rows:
        rows.execute("ALTER TABLE salary_record ADD CONSTRAINT none_of_these CHECK (base_salary <> 105000)")
        rows.commit()
    result = invoke("import", "--yes", "--mapping", *files)
    assert isinstance(result.exception, DatabaseError)
    assert "none_of_these" in str(result.exception)
    assert rows_of(database_url, *TABLES) == before


def test_without_a_terminal_an_own_file_is_published_only_with_yes(
    invoke: Invoke, files: tuple[str, str], database_url: str
) -> None:
    before = rows_of(database_url, *TABLES)
    result = invoke("import", "--mapping", *files)
    words = " ".join(result.output.replace("│", " ").split())
    assert (result.exit_code, "Pass --yes to confirm, or --dry-run to preview." in words) == (2, True)
    assert rows_of(database_url, *TABLES) == before


def test_a_protected_data_set_needs_confirmation_too(
    invoke: Invoke, files: tuple[str, str], database_url: str, tmp_path: Path
) -> None:
    before = rows_of(database_url, *TABLES)
    mapping = tmp_path / "protected.toml"
    mapping.write_text(Path(files[0]).read_text().replace("[dataset]\n", "[dataset]\nprotected = true\n"))
    result = invoke("import", "--mapping", str(mapping), files[1])
    assert (result.exit_code, rows_of(database_url, *TABLES) == before) == (2, True)


def test_a_dry_run_of_a_protected_data_set_shows_its_classes(invoke: Invoke, tmp_path: Path) -> None:
    mapping, file = tmp_path / "protected.toml", tmp_path / "pay.csv"
    month = f"{datetime.now(UTC):%Y-%m}"
    mapping.write_text(MAPPING.replace("[dataset]\n", "[dataset]\nprotected = true\n").replace("2024-06", month))
    file.write_text(HEADER + "".join(ROWS) + "Data Engineer,de,,,70000\n")
    result = invoke("import", "--dry-run", "--mapping", str(mapping), str(file))
    assert lines(result)[2:5] == [
        "       22  read",
        "       21  imported",
        "        1  withheld: in no class of at least PAYRANK_CLASS_SIZE rows",
    ]
    assert [line.rstrip() for line in result.stdout.splitlines()] == [
        "",
        "Classes, with the number of rows in each step of yearly pay",
        "class              measure      state  rows  currency  steps",
        "data-engineer, us  base salary  new      21  USD       82,000 (1), 91,000 (9), 100,000 (10), 110,000 (1)",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "status", "last", "imported"),
    [
        ("n", 1, "Nothing was imported.", 0),
        ("", 1, "Nothing was imported.", 0),
        ("y", 0, "Published edition 1.", 23),
    ],
)
def test_in_a_terminal_an_own_file_is_published_after_a_question(
    files: tuple[str, str], database_url: str, answer: str, status: int, last: str, imported: int
) -> None:
    before = rows_of(database_url, *TABLES)
    terminal, end = pty.openpty()
    environment = os.environ | {"PAYRANK_DATABASE_URL": database_url, "COLUMNS": "200"}
    command = [*COMMAND, "import", "--mapping", *files]
    with subprocess.Popen(command, env=environment, stdin=end, stderr=subprocess.PIPE, text=True) as process:
        os.write(terminal, f"{answer}\n".encode())
        _, shown = process.communicate(timeout=120)
    os.close(terminal)
    os.close(end)
    report, _, question = shown.partition("This publishes 23 records. Anyone can read each record's pay")
    assert ("       23  imported" in report, "  imported" in question) == (True, False)
    assert "Publish them? [y/N]" in shown
    assert (process.returncode, last in shown, len(records(database_url))) == (status, True, imported)
    if not imported:
        assert rows_of(database_url, *TABLES) == before


def test_a_data_set_with_a_mapping_is_refused(invoke: Invoke, files: tuple[str, str]) -> None:
    result = invoke("import", "--mapping", files[0], "lca", files[1])
    assert (result.exit_code, "--mapping takes one file" in result.output) == (2, True)


def test_a_suggestion_is_printed_and_its_guesses_are_named(invoke: Invoke, files: tuple[str, str]) -> None:
    result = invoke("import", "--suggest", files[1])
    assert tomllib.loads(result.stdout)["pay"] == {"base": "pay", "currency": "USD"}
    guessed = "Guessed because the file does not state them: effective, kind, currency."
    assert result.stderr == f"· {guessed} Look for GUESS in the mapping.\n"


def test_a_suggestion_takes_one_file_and_nothing_else(invoke: Invoke, files: tuple[str, str]) -> None:
    for others in (["second.csv"], ["--mapping", files[0]], ["--dry-run"]):
        result = invoke("import", "--suggest", files[1], *others)
        assert (result.exit_code, "--suggest takes one file and nothing else" in result.output) == (2, True)


def test_doubtful_rows_can_be_kept(invoke: Invoke, files: tuple[str, str]) -> None:
    shown = lines(invoke("import", "--yes", "--keep-doubtful", "--mapping", *files))
    assert shown[2:6] == [
        "       25  read",
        "       24  imported",
        "        1  refused",
        "        1  doubtful, but imported",
    ]


def test_countries_with_few_rows_are_summarised(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "guild.toml").write_text(MAPPING)
    codes = ["us", "de", "fr", "gb", "es", "it", "nl", "pl", "se", "at", "fi", "dk", "pt"]
    rows = [f",{code},,,{1_000 * (50 + n)}\n" for n, code in enumerate(codes) for _ in range(len(codes) - n)]
    (tmp_path / "pay.csv").write_text(HEADER + "".join(rows))
    shown = lines(invoke("import", "--yes", "--mapping", str(tmp_path / "guild.toml"), str(tmp_path / "pay.csv")))
    assert shown[-3:] == [
        "Austria            4  59,000  59,000  59,000         0  2,000 to 5,000,000",
        "3 more countries: 6 rows with medians from 60,000 to 62,000, 0 doubtful",
        "· Published edition 1.",
    ]


def test_the_records_of_a_source_are_removed(invoke: Invoke, files: tuple[str, str], database_url: str) -> None:
    publish(database_url, [{"base_salary": 100_000, "source": "lca"}] * 3)
    invoke("import", "--yes", "--mapping", *files)
    assert lines(invoke("data", "remove", "guild")) == ["· Removed 23 records of guild."]
    assert [record["source"] for record in records(database_url)] == ["lca"] * 3
    assert lines(invoke("data", "remove", "guild")) == ["· There are no records of guild."]


def test_removing_a_source_names_what_is_left(invoke: Invoke, database_url: str) -> None:
    publish(database_url, [{"base_salary": 100_000, "source": source} for source in ("aijobs", "aijobs", "aijobs-survey")])
    unknown = invoke("data", "remove", "atlantis").exception
    assert str(unknown) == (
        "There is no source 'atlantis'. Sources to remove: aijobs (2 records), aijobs-survey (1 record)."
    )
    assert " ".join(" ".join(lines(invoke("data", "remove", "aijobs"))).split()) == (
        "· Removed 2 records of aijobs. · aijobs-survey is a source of its own and still has 1 record: "
        "`payrank data remove aijobs-survey`."
    )


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("atlantis", r"There is no source 'atlantis'. No source has records to remove."),
        (
            "contributors",
            "cannot be removed as a source. Contributors withdraw their own; `payrank batch withdraw ID` removes a batch",
        ),
    ],
)
def test_sources_that_cannot_be_removed(invoke: Invoke, source: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        raise invoke("data", "remove", source).exception or AssertionError
