"""What the report of an import says besides its counts: unknown values and old exchange rates."""

import csv
from pathlib import Path

from support.csv_imports import PAY, PLAIN, import_text

from seed.importer.report import describe_record
from service.vocabulary.currencies import OldRate


def test_all_unknown_values_are_in_a_file(database_url: str, tmp_path: Path) -> None:
    mapping = PLAIN + PAY + '[[factor]]\nfactor = "level"\ncolumn = "lvl"\n[[factor]]\nfactor = "skill"\ncolumn = "tool"\n'
    mapping += '[[measure]]\nmeasure = "job_satisfaction"\ncolumn = "happy"\n'
    cells = [(f"level {number}", "Klingon, spoken", "very") for number in range(30)] + [("level 7", "Python", "4")]
    content = "pay,lvl,tool,happy\n" + "".join(f'{10_000 + n},{a},"{b}",{c}\n' for n, (a, b, c) in enumerate(cells))
    report = import_text(database_url, tmp_path, content, mapping)
    assert report.unknown_file == tmp_path / "data.csv.unknown.csv"
    with report.unknown_file.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    others = [["level", f"level {number}", "1"] for number in range(30) if number != 7]
    assert rows == [
        ["factor", "text", "rows"],
        ["level", "level 7", "2"],
        *others,
        ["skill", "Klingon, spoken", "30"],
        ["job_satisfaction", "very", "30"],
    ]


def test_no_file_without_unknown_values(database_url: str, tmp_path: Path) -> None:
    report = import_text(database_url, tmp_path, "pay\n10000\n", PLAIN + PAY)
    assert (report.unknown_file, report.refused_file) == (None, None)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data.csv", "mapping.toml"]


def test_old_rates_are_listed_by_currency_and_year(database_url: str, tmp_path: Path) -> None:
    """The euro has rates from 1999 on."""
    mapping = '[dataset]\ncode = "test"\nkind = "survey"\n[pay]\nbase = "pay"\ncurrency = {column = "cur"}\n'
    rows = ["10000,EUR,1996", "20000,EUR,1997", "30000,EUR,1997", "40000,EUR,1998", "50000,EUR,2005", "60000,USD,1990"]
    content = "pay,cur,year\n" + "\n".join(rows)
    report = import_text(database_url, tmp_path, content, 'effective = {column = "year", format = "%Y"}\n' + mapping)
    assert list(report.old_rates) == [
        OldRate("EUR", 1996, 1999, 1),
        OldRate("EUR", 1997, 1999, 2),
        OldRate("EUR", 1998, 1999, 1),
    ]


def test_records_of_a_dry_run_in_words(database_url: str, tmp_path: Path) -> None:
    """As a narrow terminal shows them: with a base salary, with one end of a range, and with a total alone."""
    mapping = PLAIN + '[pay]\nbase = "pay"\ntotal_compensation = "total"\ncurrency = "USD"\n'
    mapping += '[[factor]]\nfactor = "role"\ncolumn = "title"\n[[factor]]\nfactor = "skill"\ncolumn = "tool"\n'
    content = "title,tool,pay,total\nSenior Data Engineer,SQL,90000,\nML Engineer,,> 80000,\n,,,120000\n"
    report = import_text(database_url, tmp_path, content, mapping, dry_run=True)
    assert [describe_record(record) for record in report.preview] == [
        "2024-06, data-engineer, senior; base 90,000 USD (US$ 90,000); skill sql",
        "2024-06, machine-learning-engineer; base from 80,000 USD",
        "2024-06; total US$ 120,000",
    ]
