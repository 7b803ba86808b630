"""The example of docs/importing.md gives the results that the page describes."""

import re
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel
from support.csv_imports import import_text, records

from seed.importer.mapped_columns import (
    AmountColumns,
    ConstantOrColumn,
    EffectiveMonth,
    FactorColumn,
    MeasureColumn,
    NumberOrColumn,
    PayColumns,
    PlaceColumns,
    RowFilter,
)
from seed.importer.mapping import Dataset, Download, FileFormat, Mapping, Pairs
from seed.importer.protected import WithheldRows

PAGE = (Path(__file__).parents[2] / "docs" / "importing.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found[1]


def test_example_of_the_documentation(database_url: str, tmp_path: Path) -> None:
    report = import_text(database_url, tmp_path, block("csv"), block("toml"))
    assert (report.read, report.imported, report.refused, report.unknown) == (5, 3, 2, {})
    names = ("role", "level", "metro", "country", "experience", "skill", "base_low", "base_high", "base_reported")
    assert [{name: record[name] for name in names if name in record} for record in records(database_url)] == [
        {
            "role": "machine-learning-engineer",
            "level": "senior",
            "metro": "berlin",
            "country": "de",
            "experience": "4-to-6",
            "skill": ["cpp", "python"],
            "base_reported": 90_000,
        },
        {"role": "data-engineer", "metro": "london", "country": "gb", "skill": ["go"], "base_reported": 94_640},
        {
            "role": "data-scientist",
            "metro": "new-york",
            "country": "us",
            "experience": "12",
            "skill": ["python", "sql"],
            "base_low": 100_000,
            "base_high": 120_000,
            "base_reported": 110_000,
        },
    ]
    assert report.refused_file
    assert report.refused_file.read_text(encoding="utf-8").splitlines() == [
        "line,reason,Title,City,Since,Pay,Per,Languages",
        "6,Pay 'secret' is not an amount,Data Engineer,London,n/a,secret,Year,Go",
        "7,no pay reported,Data Analyst,Paris,0,0,Year,",
    ]


def test_protected_example_of_the_documentation(database_url: str, tmp_path: Path) -> None:
    """Its month is moved to the current one, since rows of more than a year ago are withheld."""
    section = PAGE[PAGE.index("## An employer's own payroll") : PAGE.index("## The report")]
    mapping, table = re.findall(r"```.*?\n(.*?)```", section, re.DOTALL)
    rows = [f"Data Engineer,G5,{5_200 + 150 * n},500,{3_000 + 250 * n}" for n in range(12)]
    content = "\n".join(["Job,Grade,Monthly gross,Bonus per quarter,Shares granted", *rows, "Data Engineer,G6,7000,0,0"])
    today = f"{datetime.now(UTC):%Y-%m}"
    report = import_text(database_url, tmp_path, content, mapping.replace("2026-06", today), dry_run=True)
    assert (report.imported, report.withheld) == (12, WithheldRows(few=1))
    expected = [
        f"{one.name}  {one.measure.value.replace('_', ' '):18}  {one.state.value:5}  {one.rows:4}  {one.currency:8}  "
        + ", ".join(f"{step:,} ({count})" for step, count in one.steps.items())
        for one in report.classes
    ]
    assert table.splitlines()[1:] == expected


TABLES: dict[str, tuple[type[BaseModel], ...]] = {
    "[dataset]": (Dataset,),
    "[download]": (Download,),
    "[file]": (FileFormat,),
    "[pay]": (PayColumns,),
    "amounts": (AmountColumns,),
    "values": (EffectiveMonth, ConstantOrColumn, NumberOrColumn),
    "[[rows]]": (RowFilter,),
    "[place]": (PlaceColumns,),
    "[[factor]]": (FactorColumn,),
    "[[measure]]": (MeasureColumn,),
    "[pairs]": (Pairs,),
}
"""The models of the tables of a mapping, by their heading in the reference table of the page."""


def documented() -> dict[str, list[str]]:
    """The keys in the first cells of the reference table, by heading."""
    text = PAGE[PAGE.index("## The format") : PAGE.index("## Places")]
    found: dict[str, list[str]] = {"": []}
    for cell in re.findall(r"^\| (.+?) \|", text, re.MULTILINE)[2:]:
        if heading := re.fullmatch(r"\*\*`?(.+?)`?\*\*", cell):
            found[heading[1]] = []
        else:
            found[[*found][-1]] += re.findall(r"`(\w+)`", cell)
    return found


def test_every_key_is_in_the_reference_table_once_and_no_other() -> None:
    keys = {
        heading: sorted({field.alias or name for model in models for name, field in model.model_fields.items()})
        for heading, models in TABLES.items()
    }
    tables = {re.sub(r"\W", "", heading) for heading in TABLES}
    first = sorted({field.alias or name for name, field in Mapping.model_fields.items()} - tables)
    assert {heading: sorted(found) for heading, found in documented().items()} == {"": first} | keys
