"""A proposed mapping loads, imports most rows, marks its guesses, and has the columns that a person maps."""

import json
import tomllib
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from openpyxl import Workbook
from support.csv_imports import import_text, records, suggested

from seed.importer.suggestion import suggest_mapping
from service.errors import DataError

GUILD = (
    "Pay survey of the guild\n"
    "Timestamp;Berufsbezeichnung;Ort;Land;Arbeitgeber;Bruttojahresgehalt (EUR);Kenntnisse;Berufserfahrung\n"
    "14.03.2024 10:00;Senior Data Engineer;Berlin;Deutschland;Müller GmbH;85.000,50;Python, SQL;5\n"
    "15.03.2024 11:30;Data Scientist;München;Germany;Möller AG;70.000;Python;n/a\n"
    "16.03.2024 12:45;Zauberer;Wien;Austria;Ärzte eG;60.000;SQL, Klingonisch;12\n"
)
GUILD_MAPPING = """\
# Proposed from 3 rows of gilde-2024.csv.
# Check every line; `payrank import --dry-run` shows what the mapping does, and docs/importing.md has all keys.
# The file does not state kind: correct what is marked GUESS.

# The month of the pay: "Timestamp" has texts such as "14.03.2024 10:00", "15.03.2024 11:30", "16.03.2024 12:45".
effective = {column = "Timestamp", format = "%d.%m.%Y %H:%M"}

[dataset]
code = "gilde-2024"  # from the name of the file
kind = "survey"  # GUESS: one of self-reported, verified, government-filing, survey, posted-range
# protected = true  # for an employer's own payroll: without it each row becomes a public record
# label = "The name of the data set for people"
# licence = ""
# url = ""

[file]
encoding = "cp1252"
delimiter = ";"
preamble_lines = 1
decimal = ","  # amounts such as "85.000,50"
missing = ["n/a"]

[pay]
base = "Bruttojahresgehalt (EUR)"  # the median is about 70,000
currency = "EUR"  # from the name of the column
"""


def test_the_text_of_a_proposal(tmp_path: Path) -> None:
    text = suggested(tmp_path, "gilde-2024.csv", GUILD.encode("cp1252"))
    assert text[: len(GUILD_MAPPING)] == GUILD_MAPPING
    assert [factor["factor"] for factor in tomllib.loads(text)["factor"]] == [
        "role", "experience", "country", "metro", "employer", "skill",
    ]  # fmt: skip


def test_columns_that_the_mapping_does_not_use_are_listed(tmp_path: Path) -> None:
    rows = "Date,Salary,Currency,Working,Notes\n2024-05-01,70000,EUR,often,x1\n2024-06-01,60000,EUR,always,x2\n"
    assert suggested(tmp_path, "notes.csv", rows).endswith('\n# Not used: "Working", "Notes"\n')
    assert "# Not used" not in suggested(tmp_path, "all.csv", "Date,Salary,Currency\n2024-05-01,70000,EUR\n")


def test_columns_of_ranges_bonuses_and_benefits_are_used(tmp_path: Path) -> None:
    rows = (
        "Date,Salary Range From,Salary Range To,Bonus,Currency,Country,Remote work,Health insurance,Net salary\n"
        "2024-05-01,70000,80000,1000,EUR,Germany,yes,yes,40000\n2024-06-01,60000,75000,2000,EUR,France,no,no,39000\n"
    )
    assert suggested(tmp_path, "range.csv", rows).endswith('\n# Not used: "Net salary"\n')


def test_numbers_of_people_need_no_map(tmp_path: Path) -> None:
    text = suggested(tmp_path, "sizes.csv", b"salary,company size\n90000,12\n80000,51-100\n70000,11-500\n")
    assert 'map = {11-500 = ""}' in text
    assert '"company size": 67% of the cells have a known value.' in text


def test_a_proposed_mapping_imports_the_file_it_is_for(database_url: str, tmp_path: Path) -> None:
    content = GUILD.encode("cp1252")
    report = import_text(database_url, tmp_path, content, suggested(tmp_path, "gilde-2024.csv", content))
    assert (report.read, report.imported, report.refused) == (3, 3, 0)
    found = [(one["base_reported"], one.get("role"), one.get("metro"), one.get("skill")) for one in records(database_url)]
    assert found[1:] == [
        (70_000, "data-scientist", "munich", ["python"]),
        (85_000, "data-engineer", "berlin", ["python", "sql"]),
    ]


FILES: list[tuple[str, str | bytes, dict[str, Any]]] = [
    (
        "posted.csv",
        (
            "Job ID,Posting Date,Business Title,Salary Range From,Salary Range To,Salary Frequency,Country\n"
            "1,2019-02-11T00:00:00.000,Data Engineer,90000,100000,Annual,us\n"
            "2,2019-03-11T00:00:00.000,Data Analyst,30,40,Hourly,us\n"
        ),
        {
            "effective": {"column": "Posting Date", "format": "%Y-%m-%d"},
            "pay": {
                "base": {"low": "Salary Range From", "high": "Salary Range To"},
                "currency": "USD",
                "unit": {"column": "Salary Frequency"},
            },
            "kind": "posted-range",
            "factors": {"role": "Business Title", "country": "Country"},
        },
    ),
    (
        "signs.tsv",
        (
            "Date\tRole\tCountry\tSalary\n2024-05-01\tData Engineer\tFrance\t€60,000\n"
            "2024-05-02\tData Engineer\tIndia\t₹2,500,000\n"
        ),
        {
            "effective": {"column": "Date", "format": "%Y-%m-%d"},
            "pay": {"base": "Salary", "currency": "cell"},
            "factors": {"role": "Role", "country": "Country"},
        },
    ),
    (
        "given.csv",
        "year,currency,salary,previous salary,level\n2024,Euros (€),60000,55000,SE\n2023,US (dollars),90000,80000,EN\n",
        {
            "effective": {"column": "year", "format": "%Y"},
            "pay": {
                "base": "salary",
                "currency": {"column": "currency", "map": {"US (dollars)": "USD"}},
            },
            "factors": {"level": "level"},
        },
    ),
    (
        "fi.csv",
        "Aikaleima,Rooli / titteli,Kaupunki,Kuukausipalkka (brutto, euroina),Työkokemus\n"
        "2024-10-07 10:04:36,Data Engineer,Tampere,5000,7\n2024-10-08 10:04:36,Data Scientist,Oulu,6000,3\n".replace(
            "Kuukausipalkka (brutto, euroina)", '"Kuukausipalkka (brutto, euroina)"'
        ),
        {
            "effective": {"column": "Aikaleima", "format": "%Y-%m-%d"},
            "pay": {"base": "Kuukausipalkka (brutto, euroina)", "currency": "EUR", "unit": "month"},
            "factors": {"role": "Rooli / titteli", "metro": "Kaupunki", "experience": "Työkokemus"},
        },
    ),
    (
        "ja.csv",
        "回答日,職種,年収 (JPY),経験年数\n2024年5月,Data Engineer,8000000,5\n2024年6月,Data Scientist,9000000,3\n".encode(
            "cp932"
        ),
        {
            "effective": {"column": "回答日", "format": "%Y年%m月"},
            "pay": {"base": "年収 (JPY)", "currency": "JPY"},
            "factors": {"role": "職種", "experience": "経験年数"},
        },
    ),
    (
        "es.csv",
        (
            "Fecha,Cargo,Ciudad,Salario mensual (COP),Modalidad\n05/01/2024,Data Engineer,Bogotá,9000000,Remote\n"
            "25/01/2024,Data Scientist,Medellín,8000000,Hybrid\n"
        ),
        {
            "effective": {"column": "Fecha", "format": "%d/%m/%Y"},
            "pay": {"base": "Salario mensual (COP)", "currency": "COP", "unit": "month"},
            "factors": {"role": "Cargo", "metro": "Ciudad", "work_mode": "Modalidad"},
        },
    ),
    (
        "lines.jsonl",
        "".join(
            json.dumps({"date": f"2024-0{n}", "title": "Data Engineer", "salary_usd": 90_000 + n}) + "\n" for n in (1, 2)
        ),
        {
            "effective": {"column": "date", "format": "%Y-%m"},
            "pay": {"base": "salary_usd", "currency": "USD"},
            "factors": {"role": "title"},
        },
    ),
]


@pytest.mark.parametrize(("name", "content", "expected"), FILES, ids=[name for name, *_ in FILES])
def test_proposals(tmp_path: Path, name: str, content: str | bytes, expected: dict[str, Any]) -> None:
    found = tomllib.loads(suggested(tmp_path, name, content))
    assert found["effective"] == expected["effective"]
    assert found["pay"] == expected["pay"]
    assert found["dataset"]["kind"] == expected.get("kind", "survey")
    assert {factor["factor"]: factor["column"] for factor in found["factor"]} == expected["factors"]


def test_what_the_file_does_not_show_is_marked_as_a_guess(tmp_path: Path) -> None:
    text = suggested(tmp_path, "odd-2019.csv", "what,amount,Education\nx,70000,Upper school\ny,80000,Lower school\n")
    found = tomllib.loads(text)
    assert (found["effective"], found["pay"]) == ("2019-01", {"base": "amount", "currency": "USD"})
    assert "# The file does not state effective, kind, base, currency: correct what is marked GUESS." in text
    assert [line.partition(" ")[0] for line in text.splitlines() if "# GUESS: " in line] == [
        "effective", "kind", "base", "currency",
    ]  # fmt: skip
    assert '# factor = "education"' in text


def test_codes_of_published_files_are_marked_as_a_guess(tmp_path: Path) -> None:
    (tmp_path / "codes.csv").write_text("date,salary,currency,Level\n2024-05,70000,EUR,SE\n2024-06,60000,EUR,MI\n")
    suggestion = suggest_mapping(str(tmp_path / "codes.csv"))
    assert suggestion.guesses == ("kind", "map of level")
    assert 'map = {SE = "senior", MI = "mid"}  # GUESS: what these codes mean\n' in suggestion.text


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("Year of hire", "2019"),
        ("Hire date", "2019-03-01"),
        ("Date of joining", "2019-03-01"),
        ("Einstellungsjahr", "2019"),
        ("Eintrittsdatum", "01.03.2019"),
        ("Date d'embauche", "2019-03-01"),
        ("Fecha de ingreso", "2019-03-01"),
        ("Année d'embauche", "2019"),
        ("入社年", "2019"),
        ("Anställningsår", "2019"),
        ("Год приёма", "2019"),
        ("입사연도", "2019"),
    ],
)
def test_when_somebody_was_hired_is_not_the_month_of_the_pay(tmp_path: Path, header: str, cell: str) -> None:
    text = suggested(tmp_path, "pay-2024.csv", f"{header},salary\n{cell},60000\n{cell},70000\n")
    assert tomllib.loads(text)["effective"] == "2024-01"
    with_survey = suggested(
        tmp_path, "pay.csv", f"{header},Survey date,salary\n{cell},2025-06,60000\n{cell},2025-07,70000\n"
    )
    assert tomllib.loads(with_survey)["effective"]["column"] == "Survey date"


def test_a_payroll_is_proposed_as_protected(tmp_path: Path) -> None:
    payroll = suggested(tmp_path, "pay.csv", "Employee ID,date,salary\n1,2024-05,60000\n2,2024-05,70000\n")
    assert tomllib.loads(payroll)["dataset"]["protected"] is True
    survey = suggested(tmp_path, "pay.csv", "date,salary\n2024-05,60000\n2024-05,70000\n")
    assert "protected" not in tomllib.loads(survey)["dataset"]
    assert "\n# protected = true  # for an employer's own payroll: without it each row becomes a public record\n" in survey


def test_a_day_that_may_be_a_month_is_marked(tmp_path: Path) -> None:
    """Dates of one month are more likely than the same day of several months."""
    text = suggested(tmp_path, "dates.csv", "date,salary\n07/10/2024,70000\n08/10/2024,80000\n")
    assert tomllib.loads(text)["effective"]["format"] == "%d/%m/%Y"
    assert '# GUESS: day and month may be the other way round: "%m/%d/%Y" fits as well' in text


HEAD = "date,title,salary,"
DETAILS: list[tuple[str, str, list[str], str, Any]] = [
    ("a date by its cells alone", "posted_at,salary", ["2024-05-01,70000"], "effective.column", "posted_at"),
    (
        "dates in two formats",
        "date,salary",
        ["2024-05-01,70000", "May 2024,80000"],
        "effective.format",
        ["%Y-%m-%d", "%b %Y"],
    ),
    ("lakhs", "Month,CTC (in lakhs)", ["2024-05,8.5", "2024-06,12"], "pay.total_compensation.multiplier", 100_000),
    ("the currency of lakhs alone", "Month,CTC (in lakhs)", ["2024-05,8.5"], "pay.currency", "INR"),
    ("lakhs of rupees", "Month,Annual salary in INR lakhs", ["2024-05,8.5"], "pay.base.multiplier", 100_000),
    ("the currency of lakhs", "Month,Annual salary in INR lakhs", ["2024-05,8.5"], "pay.currency", "INR"),
    (
        "thousands of euros",
        "Month,Salary (k€)",
        ["2024-05,65", "2024-06,72"],
        "pay.base",
        {"column": "Salary (k€)", "multiplier": 1_000},
    ),
    ("thousands as zeros", "Month,Salary ($000s)", ["2024-05,65"], "pay.base.multiplier", 1_000),
    ("amounts too large for it", "Month,Salary (k€)", ["2024-05,65000"], "pay.base", "Salary (k€)"),
    ("a common sign", "Month,Salary", ["2024-05,€65000", "2024-05,€60000", "2024-05,70000"], "pay.currency", "EUR"),
    ("several signs", "Month,Salary", ["2024-05,€65000", "2024-05,£60000"], "pay.currency", "cell"),
    (
        "hours",
        "Month,Salary,Hours per week",
        ["2024-05,65000,40", "2024-05,30000,20"],
        "pay.hours_per_week.column",
        "Hours per week",
    ),
    (
        "hours of a day among them",
        "Month,Salary,Hours per week",
        ["2024-05,65000,40", "2024-05,6,8"],
        "pay.hours_per_week",
        None,
    ),
    ("gross before net pay", "Month,Net salary,Gross salary", ["2024-05,40000,65000"], "pay.base", "Gross salary"),
    (
        "a status",
        HEAD + "CASE_STATUS",
        ["2024-05,x,1000,Certified", "2024-05,x,2000,Denied"],
        "rows",
        [{"column": "CASE_STATUS", "in": ["Certified"]}],
    ),
    (
        "employees",
        HEAD + "You are",
        ["2024-05,x,1000,Employee", "2024-05,x,2000,Entrepreneur"],
        "rows",
        [{"column": "You are", "in": ["Employee"]}],
    ),
    (
        "whole places",
        HEAD + "Location,Country",
        ['2024-05,x,1000,"Austin, TX",us', '2024-05,x,2000,"Portland, ME",us'],
        "place",
        {"column": "Location", "country": {"column": "Country"}},
    ),
    (
        "whole places in a column of countries",
        HEAD + "Country",
        ['2024-05,x,1000,"Austin, TX"', '2024-05,x,2000,"Berlin, Germany"'],
        "place",
        {"column": "Country"},
    ),
    (
        "titles by their cells alone",
        "date,what,salary",
        [f"2024-05,{title},1000" for title in ("Data Engineer", "ML Engineer", "Data Analyst", "Data Scientist")],
        "factor.role.column",
        "what",
    ),
    ("occupation codes", HEAD + "SOC", ["2024-05,Data Engineer,1000,15-2051"], "factor.role.soc_column", "SOC"),
    (
        "a list",
        HEAD + "used",
        ["2024-05,x,1000,Python; SQL; Go", "2024-05,x,2000,Python; Java"],
        "factor.skill",
        {"factor": "skill", "column": "used", "separator": ";"},
    ),
    (
        "several lists",
        HEAD + "Languages,Databases",
        ["2024-05,x,1000,Python;Go,PostgreSQL;MySQL"],
        "factor.skill.columns",
        ["Languages", "Databases"],
    ),
    (
        "answers",
        HEAD + "Dental,Medical plan",
        ["2024-05,x,1000,yes,no", "2024-05,x,2000,no,yes"],
        "factor.benefit.yes",
        {"Dental": "dental-insurance", "Medical plan": "health-insurance"},
    ),
    (
        "a score",
        HEAD + "Job satisfaction",
        ["2024-05,x,1000,8", "2024-05,x,2000,10"],
        "measure",
        [{"measure": "job_satisfaction", "column": "Job satisfaction", "scale": [1, 10]}],
    ),
    (
        "levels by codes",
        HEAD + "level",
        ["2024-05,x,1000,SE", "2024-05,x,2000,MI"],
        "factor.level.map",
        {"SE": "senior", "MI": "mid"},
    ),
    (
        "texts without an answer",
        HEAD + "level",
        ["2024-05,x,1000,Senior", "2024-05,x,2000,I prefer not to say", "2024-05,x,2000,Other:"],
        "factor.level.no_answer",
        ["I prefer not to say", "Other:"],
    ),
    ("Namibia", HEAD + "country", ["2024-05,x,1000,NA", "2024-05,x,2000,US"], "factor.country.missing", []),
]
"""A file by what it shows: its header and rows, and a key of the proposal with its value."""


def value_at(mapping: dict[str, Any], path: str) -> Any:
    """The value at a path of keys; `factor` is a table by the code of the factor."""
    found: Any = mapping | {"factor": {one["factor"]: one for one in mapping.get("factor", [])}}
    for key in path.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    return found


def test_what_a_proposal_shows(tmp_path: Path) -> None:
    wrong = {}
    for what, header, rows, path, expected in DETAILS:
        text = suggested(tmp_path, "data.csv", "\n".join([header, *rows, ""]))
        if (found := value_at(tomllib.loads(text), path)) != expected:
            wrong[what] = found
    assert wrong == {}


def test_lists_and_single_values_of_a_factor_are_joined(tmp_path: Path) -> None:
    rows = "2024-05,60000,PostgreSQL,MySQL;SQLite;Oracle\n2024-05,70000,MySQL,PostgreSQL;Redis\n"
    text = suggested(tmp_path, "skills.csv", f"date,salary,PrimaryDatabase,OtherDatabases\n{rows}")
    skill = value_at(tomllib.loads(text), "factor.skill")
    assert (set(skill["columns"]), skill["join"], skill["separator"]) == ({"PrimaryDatabase", "OtherDatabases"}, ";", ";")


def test_all_parts_of_a_large_file_are_seen(tmp_path: Path) -> None:
    rows = [f"2024-05,{1_000 + number},{'EN' if number < 9_000 else 'SE'}\n" for number in range(12_000)]
    text = suggested(tmp_path, "large.csv", "date,salary,level\n" + "".join(rows))
    assert text.startswith("# Proposed from 6,000 rows spread over 12,000 of large.csv.")
    assert value_at(tomllib.loads(text), "factor.level.map") == {"EN": "entry", "SE": "senior"}


def test_the_sheet_with_pay_is_proposed_and_the_others_are_named(tmp_path: Path) -> None:
    book = Workbook()
    book.active.title = "Read me"
    book.active.append(["Licence", "Public domain"])
    book.active.append(["Contact", "the guild"])
    pay = book.create_sheet("Answers")
    rows: list[list[Any]] = [
        ["Pay survey of the guild"],
        [],
        ["Date", "Title", "Salary (EUR)"],
        ["2024-05-01", "Data Engineer", 70_000],
    ]
    for row in rows:
        pay.append(row)
    book.create_sheet("Codes").append(["EN", "entry"])
    book.save(tmp_path / "guild.xlsx")
    text = suggest_mapping(str(tmp_path / "guild.xlsx")).text
    found = tomllib.loads(text)
    assert (found["file"], found["pay"]["base"]) == ({"sheet": "Answers", "preamble_lines": 2}, "Salary (EUR)")
    assert '# Other sheets of the file: "Read me", "Codes".' in text


def test_the_member_with_pay_is_proposed(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "survey.zip", "w") as archive:
        archive.writestr("schema.csv", "column,question\na,What?\n")
        archive.writestr("results.csv", "date,salary\n2024-05-01,70000\n")
    text = suggest_mapping(str(tmp_path / "survey.zip")).text
    assert tomllib.loads(text)["file"] == {"member": "results.csv"}
    assert '# Other members of the file: "schema.csv".' in text


def test_any_text_becomes_valid_toml(tmp_path: Path) -> None:
    header = '"date","salary ""gross"" \\ \x7f\t","Country\nof work"'
    text = suggested(tmp_path, "sample.csv", header + "\n2024-01,70000,Germany\n2024-02,80000,France\n")
    found = tomllib.loads(text)
    assert (found["dataset"]["code"], found["pay"]["base"]) == ("my-sample", 'salary "gross" \\ \x7f')


@pytest.mark.parametrize("content", ["", "a,b\n"])
def test_files_without_rows(tmp_path: Path, content: str) -> None:
    with pytest.raises(DataError, match=r"is empty|has no rows below a header"):
        suggested(tmp_path, "none.csv", content)
