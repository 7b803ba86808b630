"""The shipped mappings read the publishers' own files, here with made-up rows."""

from csv import DictWriter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from support.csv_imports import records

from seed.importer.importing import import_file
from seed.importer.mapping import builtin_mapping
from seed.importer.report import ImportReport

CASE = {
    "CASE_NUMBER": "I-200-23275-000001",
    "CASE_STATUS": "Certified",
    "RECEIVED_DATE": date(2023, 10, 2),
    "DECISION_DATE": date(2023, 10, 10),
    "VISA_CLASS": "H-1B",
    "JOB_TITLE": "Senior Data Engineer",
    "SOC_CODE": "15-1243",
    "SOC_TITLE": "Database Architects",
    "FULL_TIME_POSITION": "Y",
    "BEGIN_DATE": date(2024, 2, 1),
    "END_DATE": date(2027, 1, 31),
    "EMPLOYER_NAME": "Made-up Data, Inc.",
    "NAICS_CODE": 541511,
    "WORKSITE_CITY": "Austin",
    "WORKSITE_STATE": "TX",
    "WAGE_RATE_OF_PAY_FROM": 120_000,
    "WAGE_RATE_OF_PAY_TO": None,
    "WAGE_UNIT_OF_PAY": "Year",
    "PREVAILING_WAGE": 101_234.5,
    "PW_UNIT_OF_PAY": "Year",
    "PW_WAGE_LEVEL": "II",
}


def workbook(path: Path, rows: list[dict[str, Any]]) -> str:
    """A workbook with one sheet of these rows, which all have the columns of the first."""
    book = Workbook()
    sheet = book.active
    assert sheet
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append(list(row.values()))
    book.save(path)
    return str(path)


def case(number: int, **changes: object) -> dict[str, Any]:
    return CASE | {"CASE_NUMBER": f"I-200-23275-{number:06}"} | changes


def lca(url: str, path: Path, rows: list[dict[str, Any]]) -> ImportReport:
    return import_file(url, builtin_mapping("lca"), workbook(path, rows), refused_dir=path.parent)


def found(url: str, *names: str) -> list[tuple[object, ...]]:
    return [tuple(row.get(name) for name in names) for row in records(url)]


def test_workbook_of_the_department_of_labor(database_url: str, tmp_path: Path) -> None:
    rows = [
        case(1),
        case(2, WAGE_RATE_OF_PAY_TO=140_000, JOB_TITLE="Data Scientist", WORKSITE_CITY="ARMONK", WORKSITE_STATE="NY"),
        case(3, WAGE_RATE_OF_PAY_FROM=55.5, WAGE_UNIT_OF_PAY="Hour", FULL_TIME_POSITION="N"),
        case(4, WAGE_RATE_OF_PAY_FROM=" 131,000.00 ", WAGE_RATE_OF_PAY_TO="0.00", DECISION_DATE="12/29/2023"),
        case(5, CASE_STATUS="Denied"),
        case(6, CASE_STATUS="Withdrawn", WAGE_RATE_OF_PAY_FROM="n/a"),
        case(7, CASE_STATUS="Certified - Withdrawn"),
        case(8, WAGE_RATE_OF_PAY_FROM=None),
        case(9, CASE_STATUS="CERTIFIED", WAGE_RATE_OF_PAY_FROM=6_000, WAGE_UNIT_OF_PAY="Bi-Weekly"),
    ]
    report = lca(database_url, tmp_path / "LCA_Disclosure_Data_FY2024_Q1.xlsx", rows)
    assert (report.read, report.imported, report.filtered, report.refused) == (9, 5, 3, 1)
    assert report.unknown == {}
    names = ("effective", "base_low", "base_high", "base_reported", "role", "level", "subdivision", "employment_type")
    october, december, engineer = date(2023, 10, 1), date(2023, 12, 1), ("data-engineer", "senior", "us-tx")
    assert found(database_url, *names) == [
        (october, None, None, 115_440, *engineer, "part-time"),
        (october, None, None, 120_000, *engineer, "full-time"),
        (october, 120_000, 140_000, 130_000, "data-scientist", None, "us-ny", "full-time"),
        (december, None, None, 131_000, *engineer, "full-time"),
        (october, None, None, 156_000, *engineer, "full-time"),
    ]
    assert found(database_url, "employer", "country") == [("made-up-data", "us")] * 5
    assert [metro for (metro,) in found(database_url, "metro")] == ["austin", "austin", "new-york", "austin", "austin"]


def test_worksites_are_read_by_city_and_state(database_url: str, tmp_path: Path) -> None:
    places = [("Austin", "TX"), ("PORTLAND", "OR"), ("Portland", "ME"), (None, "LA"), ("New York", "NY")]
    rows = [
        case(number, WORKSITE_CITY=city, WORKSITE_STATE=state, WAGE_RATE_OF_PAY_FROM=100_000 + number)
        for number, (city, state) in enumerate(places)
    ]
    lca(database_url, tmp_path / "q1.xlsx", rows)
    assert found(database_url, "metro", "subdivision", "country") == [
        ("austin", "us-tx", "us"),
        ("portland", "us-or", "us"),
        ("portland-me", "us-me", "us"),
        (None, "us-la", "us"),
        ("new-york", "us-ny", "us"),
    ]


def test_next_quarter_adds_and_amends(database_url: str, tmp_path: Path) -> None:
    lca(database_url, tmp_path / "q1.xlsx", [case(1), case(2)])
    amended = case(2, WAGE_RATE_OF_PAY_FROM=125_000, DECISION_DATE=date(2024, 1, 9))
    report = lca(database_url, tmp_path / "q2.xlsx", [amended, case(3, WAGE_RATE_OF_PAY_FROM=90_000), case(4)])
    assert (report.imported, report.restated, report.retired, report.retained) == (2, 1, 0, 1)
    assert [pay for (pay,) in found(database_url, "base_salary")] == [90_000, 120_000, 120_000, 125_000]


@pytest.mark.slow
def test_workbook_of_fiscal_year_2019(database_url: str, tmp_path: Path) -> None:
    """Its columns of wages and worksites are numbered from 1 to 10."""
    numbered = ("WORKSITE_CITY", "WAGE_RATE_OF_PAY_FROM", "WAGE_RATE_OF_PAY_TO", "WAGE_UNIT_OF_PAY", "WORKSITE_STATE")
    rows = [{f"{name}_1" if name in numbered else name: value for name, value in case(1).items()}]
    assert lca(database_url, tmp_path / "fy2019.xlsx", rows).imported == 1
    assert found(database_url, "base_salary", "metro", "subdivision") == [(120_000, "austin", "us-tx")]


ANSWERS: list[dict[str, object]] = [
    {
        "ResponseId": 1,
        "EdLevel": "Master’s degree (M.A., M.S., M.Eng., MBA, etc.)",
        "Employment": "Employed",
        "WorkExp": 8,
        "DevType": "Data engineer",
        "OrgSize": "500 to 999 employees",
        "RemoteWork": "Remote",
        "Industry": "Banking/Financial Services",
        "JobSat": 10,
        "Country": "Ukraine",
        "ConvertedCompYearly": 61_256,
        "LanguageHaveWorkedWith": "Python;SQL",
        "DatabaseHaveWorkedWith": "PostgreSQL",
        "PlatformHaveWorkedWith": "Amazon Web Services (AWS);Docker",
    },
    {
        "ResponseId": 2,
        "Employment": "Independent contractor, freelancer, or self-employed",
        "WorkExp": 0,
        "DevType": "AI/ML engineer",
        "OrgSize": "Just me - I am a freelancer, sole proprietor, etc.",
        "RemoteWork": "Hybrid (some in-person, leans heavy to flexibility)",
        "Industry": "Other:",
        "JobSat": 0,
        "Country": "Namibia",
        "ConvertedCompYearly": 30_000,
    },
    {"ResponseId": 3, "DevType": "Data scientist", "LanguageHaveWorkedWith": "Python"},
    {
        "ResponseId": 4,
        "Employment": "Student",
        "WorkExp": 1,
        "DevType": "Student",
        "OrgSize": "I don’t know",
        "RemoteWork": "Your choice (very flexible, you can come in when you want or just as needed)",
        "Industry": "Software Development",
        "JobSat": 5,
        "ConvertedCompYearly": 12_000,
        "LanguageHaveWorkedWith": "R",
    },
]


def test_the_survey_of_stack_overflow(database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "survey_results_public.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = DictWriter(file, [*ANSWERS[0], "WebframeHaveWorkedWith"], restval="NA")
        writer.writeheader()
        writer.writerows(ANSWERS)
    report = import_file(database_url, builtin_mapping("stackoverflow-2025"), str(path))
    assert (report.read, report.imported, report.filtered, report.refused) == (4, 3, 1, 0)
    assert report.unknown == {}
    names = ("total_compensation", "country", "role", "experience", "education", "employment_type", "work_mode")
    assert found(database_url, *names) == [
        (12_000, None, None, "1", None, None, None),
        (30_000, "na", "ai-engineer", "0", None, "freelance", "hybrid"),
        (61_256, "ua", "data-engineer", "8", "master", None, "remote"),
    ]
    assert found(database_url, "employer_size", "industry", "job_satisfaction", "skill") == [
        (None, "software", 3, ["r"]),
        ("small", None, 1, None),
        ("from-500-to-999", "finance", 5, ["aws", "docker", "postgresql", "python", "sql"]),
    ]


@pytest.mark.slow
@pytest.mark.real_data
def test_first_respondents_of_the_survey(database_url: str, data_files: Path, tmp_path: Path) -> None:
    """The columns of the survey's own file, and the extract of eight columns, whose records it replaces."""
    mapping = builtin_mapping("stackoverflow-2025")
    extract, own = "stackoverflow_2025_compensation_extract.csv.gz", "more/stackoverflow_2025_first1000_full_factors.csv.gz"
    former = import_file(database_url, mapping, str(data_files / extract), refused_dir=tmp_path)
    report = import_file(database_url, mapping, str(data_files / own), refused_dir=tmp_path)
    assert (report.read, report.imported + report.doubtful, report.refused) == (729, 729, 0)
    assert report.retired == former.imported
    assert {name.value for name in report.unknown} == {"skill"}
    again = import_file(database_url, mapping, str(data_files / own), refused_dir=tmp_path)
    assert (again.edition, again.unchanged) == (None, report.imported)
