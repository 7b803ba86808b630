"""Whole files as people have them: an HR export, a survey by a form, and files in Japanese, Indian English and German."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from support.csv_imports import records

from seed.importer.importing import import_file
from seed.importer.mapping import load_mapping
from seed.importer.report import ImportReport

EXAMPLES = Path(__file__).parent / "examples"


def imported(url: str, folder: Path, name: str, content: bytes | None = None) -> ImportReport:
    """Import an example; its file is copied, since the refused rows are written beside it."""
    [source] = (path for path in EXAMPLES.glob(f"{name}.*") if path.suffix != ".toml")
    copied = folder / source.name
    copied.write_bytes(content or source.read_bytes())
    return import_file(url, load_mapping(EXAMPLES / f"{name}.toml"), str(copied))


def refused(report: ImportReport) -> list[tuple[int, str]]:
    """The line and the reason of each row that was kept out."""
    assert report.refused_file
    with report.refused_file.open(encoding="utf-8", newline="") as file:
        return [(int(row["line"]), row["reason"]) for row in csv.DictReader(file)]


def shown(url: str, names: Sequence[str]) -> list[tuple[Any, ...]]:
    """Some values of the records, ordered by pay."""
    return [tuple(record.get(name) for name in names) for record in records(url)]


def test_an_export_of_an_hr_system(database_url: str, tmp_path: Path) -> None:
    report = imported(database_url, tmp_path, "hr_export")
    names = ("role", "level", "metro", "country", "employer", "employment_type", "benefit", "currency")
    insurance, pension = "health-insurance", "retirement-plan"
    both = [insurance, pension]
    assert shown(database_url, (*names, "base_reported", "bonus")) == [
        ("data-engineer", "senior", "munich", "de", "acme-robotics", None, [pension], "EUR", 78_000, 8_814),
        ("machine-learning", None, None, "us", "acme-robotics", "internship", None, "USD", 96_000, None),
        ("data-scientist", "mid", "portland", "us", "acme-robotics", None, [insurance], "USD", 130_000, None),
        ("data-scientist", "senior", "washington", "us", "zeta-bank", None, None, "USD", 131_000, None),
        ("machine-learning-engineer", "staff", "portland-me", "us", "acme-robotics", None, both, "USD", 152_000, 15_200),
    ]
    assert (report.read, report.imported, report.filtered, report.refused, report.doubtful) == (8, 5, 1, 1, 1)
    [(gbp, contradiction), (hourly, implausible)] = refused(report)
    assert (gbp, hourly) == (8, 10)
    assert contradiction.endswith("but Currency says GBP")
    assert implausible == "55 US$ a year is not between 2,000 and 5,000,000; perhaps an hour's pay"


def test_answers_to_a_form_with_pay_as_free_text(database_url: str, tmp_path: Path) -> None:
    report = imported(database_url, tmp_path, "form_survey")
    names = ("role", "level", "metro", "country", "experience", "skill", "currency", "base_low", "base_reported")
    assert sorted(shown(database_url, names), key=str) == [
        ("data-engineer", None, "krakow", "pl", "0", ["sql"], "PLN", None, 120_000),
        ("data-scientist", None, "berlin", "de", None, None, "EUR", 90_000, None),
        ("data-scientist", None, None, None, "12", ["r"], "EUR", None, 169_000),
        ("machine-learning-engineer", "senior", "san-francisco", "us", "6", ["python", "pytorch"], "USD", None, 180_000),
        ("machine-learning-engineer", None, "cambridge", "gb", "2-to-3", ["python", "sql"], "GBP", None, 54_000),
    ]
    dollars = "fits several currencies"
    reasons = dict(refused(report))
    assert [line for line, reason in reasons.items() if dollars in reason] == [3, 4, 9]
    assert "is net pay (net)" in reasons[7]
    assert reasons[11] == "What is your annual salary? 'prefer not to say' is not an amount"
    assert {str(factor): dict(texts) for factor, texts in report.unknown.items()} == {"experience": {"5-8": 1}}


def test_a_japanese_table_in_utf_16(database_url: str, tmp_path: Path) -> None:
    content = (EXAMPLES / "ja_survey.tsv").read_text(encoding="utf-8").encode("utf-16")
    report = imported(database_url, tmp_path, "ja_survey", content)
    names = ("role", "metro", "experience", "employment_type", "currency", "base_reported")
    assert sorted(shown(database_url, names), key=lambda row: -row[-1]) == [
        ("data-scientist", "osaka", None, "full-time", "JPY", 12_000_000),
        ("machine-learning-engineer", "tokyo", "5", "full-time", "JPY", 8_000_000),
        ("data-engineer", "fukuoka", "3", "contract", "JPY", 6_500_000),
        ("data-engineer", "kyoto", "0", "full-time", "JPY", 5_400_000),
    ]
    [(net, first), (dollars, second)] = refused(report)
    assert (net, dollars) == (6, 7)
    assert "is net pay (手取り)" in first
    assert second.endswith("but the mapping says JPY")


def test_indian_pay_in_lakhs_and_crores(database_url: str, tmp_path: Path) -> None:
    report = imported(database_url, tmp_path, "in_salaries")
    names = ("role", "level", "metro", "experience", "employer", "currency", "total_compensation_reported")
    assert shown(database_url, names) == [
        ("data-analyst", None, "chennai", "2", "zoho", "INR", 900_000),
        ("data-engineer", None, "bengaluru", "3", "infosys", "INR", 1_200_000),
        ("data-scientist", "senior", "hyderabad", "8", "tcs", "INR", 2_850_000),
        ("machine-learning-engineer", None, "bengaluru", "5", "flipkart", "INR", 4_200_000),
        ("data-scientist", "principal", "delhi", "14", "swiggy", "INR", 11_000_000),
    ]
    assert [line for line, _ in refused(report)] == [7, 8, 9]


def test_a_german_table_with_a_decimal_comma(database_url: str, tmp_path: Path) -> None:
    report = imported(database_url, tmp_path, "de_umfrage")
    names = ("role", "level", "metro", "experience", "employer", "currency", "base_reported", "bonus_reported")
    assert shown(database_url, names) == [
        ("data-analyst", None, "zurich", "1", "zurich-insurance", "EUR", 35_000, None),
        ("data-scientist", None, "frankfurt", "3", "möller", "EUR", 65_000, None),
        ("data-engineer", "senior", "munich", "7", "müller", "EUR", 72_000, 5_000),
        ("machine-learning-engineer", None, "cologne", "5", "mueller", "EUR", 75_400, None),
        ("data-scientist", "staff", "hamburg", "12", "müller", "EUR", 95_000, 12_500),
    ]
    [(net, first), (francs, second)] = refused(report)
    assert (net, francs) == (7, 8)
    assert "is net pay (netto)" in first
    assert second.endswith("is in CHF, but the mapping says EUR")
    assert [count for text, count in report.notes.items() if "separator of thousands" in text] == [4, 1]
