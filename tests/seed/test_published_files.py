"""Each data set of the catalogue loads files in its publisher's layout: made-up ones exactly, extracts by their counts."""

import csv
import gzip
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from support.csv_imports import records
from support.file_server import FileServer, file_server
from support.published_files import PUBLISHED, as_published, made_up

from seed.catalogue import DataSet, data_sets, find_data_set
from seed.importer.mapping import PublishedFile
from seed.importer.report import ImportReport
from seed.loading import LoadOptions, load_data_sets

NAMES = [one.name for one in data_sets()]
COMPUTED = ("id", "source_kind", "base_salary", "bonus", "equity", "total_cash", "total_compensation")
"""What follows from the other columns: amounts in US dollars by the rates of the year."""


@pytest.fixture
def server() -> Iterator[FileServer]:
    with file_server() as found:
        yield found


def loaded(url: str, folder: Path, name: str, contents: dict[str, bytes], server: FileServer) -> list[ImportReport]:
    """Load a data set whose server has these files, none of them with the checksum of the publisher's own."""
    data_set = find_data_set(name)
    by_name = {file.name: file for file in data_set.files}
    server.files = {f"/{name}/{file}": content for file, content in contents.items()}
    files = tuple(PublishedFile(file, by_name[file].url) for file in contents)
    chosen = DataSet(data_set.mapping, data_set.download, files)
    found = list(load_data_sets([chosen], LoadOptions(url, folder, server.address)))
    assert [one.skipped for one in found] == [None] * len(contents)
    return [one.report for one in found if one.report]


def shown(record: dict[str, Any]) -> dict[str, Any]:
    values = {name: value for name, value in record.items() if name not in COMPUTED}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_made_up_files_in_the_publishers_layout(database_url: str, tmp_path: Path, server: FileServer, name: str) -> None:
    expected = tomllib.loads((PUBLISHED / name / "expected.toml").read_text(encoding="utf-8"))
    reports = loaded(database_url, tmp_path, name, made_up(name), server)
    assert {key: sum(getattr(one, key) for one in reports) for key in expected["rows"]} == expected["rows"]
    unknown = {str(factor): dict(texts) for one in reports for factor, texts in one.unknown.items()}
    assert unknown == expected.get("unknown", {})
    assert [shown(record) for record in records(database_url)] == expected["record"]


def test_every_data_set_has_made_up_files() -> None:
    assert sorted(path.name for path in PUBLISHED.iterdir()) == NAMES


EMPLOYED, FORM = "Oletko palkansaaja vai laskuttaja?", "results-fi.tsv"


ESTIMATES = re.compile(r"via (Ai-Jobs\.net|RectDuty|.*(Geebo|Big Bend Holiday Hotel|Elite Job))")


def no_row(_: dict[str, str]) -> bool:
    return False


def part_time_or_entrepreneur(row: dict[str, str]) -> bool:
    share = row["Työaika"].replace(",", ".").rstrip("%") or "100"
    return row[EMPLOYED] == "Laskuttaja" or not (37 < float(share) <= 40 or 96 < float(share) <= 120)


EXTRACTS: dict[str, tuple[str, str, Callable[[dict[str, str]], bool]]] = {
    "aijobs": ("aijobs_salaries_2022-12-25", "salaries.csv", no_row),
    "lca": ("us_dol_lca_fy2024q1_certified_fulltime", "LCA_Disclosure_Data_FY2024_Q1.xlsx", no_row),
    "stackoverflow-2017": ("stackoverflow_2017_compensation_extract", "results.csv", no_row),
    "data-jobs-2023": (
        "more/data_jobs_postings_with_pay_2023",
        "data_jobs_salary_all.xlsx",
        lambda row: ESTIMATES.fullmatch(row["job_via"]) is not None,
    ),
    "dataprofessionals": (
        "more/dataprofessionals_salary_survey_2017_2025",
        "2021_Data_Professional_Salary_Survey_Responses.xlsx",
        no_row,
    ),
    "nyc-jobs": ("more/us_nyc_city_jobs_tech_2015_2019", "rows.csv", lambda row: row["Posting Type"] == "Internal"),
    "colombiadev-2016": ("more/co_colombiadev_income_survey_2016", "normalized.csv", no_row),
    "colombiadev-2020": ("more/co_colombiadev_income_survey_2020", "raw.csv", no_row),
    "colombiadev-2021": ("more/co_colombiadev_income_survey_2021", "raw.csv", no_row),
    "koodiklinikka-2021": (
        "more/fi_koodiklinikka_pay_survey_2021",
        "results.tsv",
        lambda row: row["Työsuhteen luonne"] != "Työntekijä / palkollinen",
    ),
    "koodiklinikka-2022": (
        "more/fi_koodiklinikka_pay_survey_2022",
        "results.tsv",
        lambda row: row[EMPLOYED] == "Laskuttaja",
    ),
    "koodiklinikka-2023": ("more/fi_koodiklinikka_pay_survey_2023", FORM, part_time_or_entrepreneur),
    "koodiklinikka-2024": ("more/fi_koodiklinikka_pay_survey_2024", FORM, part_time_or_entrepreneur),
    "koodiklinikka-2025": (
        "more/fi_koodiklinikka_pay_survey_2025",
        "data.tsv",
        lambda row: row["Employee or entrepreneur"] == "Entrepreneur",
    ),
    "stackoverflow-2025": ("more/stackoverflow_2025_first1000_full_factors", "results.csv", no_row),
}
"""By data set, an extract in shared/data, the publisher's name of the file, and which rows the mapping leaves out."""
MOST_NOT_IMPORTED = 0.1
"""The share of the other rows that may be refused or doubtful."""


@pytest.mark.real_data
@pytest.mark.slow
@pytest.mark.parametrize("name", EXTRACTS)
def test_real_extracts_as_publishers_files(
    database_url: str, data_files: Path, tmp_path: Path, server: FileServer, name: str
) -> None:
    extract, file, left_out = EXTRACTS[name]
    path = data_files / f"{extract}.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
        rows = Counter(map(left_out, csv.DictReader(text)))
    [report] = loaded(database_url, tmp_path, name, {file: as_published(path, file)}, server)
    assert (report.read, report.filtered) == (rows.total(), rows[True])
    assert report.read == report.imported + report.paired + report.filtered + report.refused + report.doubtful
    assert report.refused + report.doubtful <= MOST_NOT_IMPORTED * rows[False]
    assert len(records(database_url)) == report.imported
