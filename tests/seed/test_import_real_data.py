"""Imports of the four real data sets."""

import csv
import gzip
import hashlib
import io
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from support.csv_imports import records

from seed.importer.importing import import_file
from seed.importer.mapping import builtin_mapping
from service.store.bulk import BulkConnection, bulk_connection
from service.vocabulary.factors import Factor

pytestmark = [pytest.mark.real_data, pytest.mark.slow]

AIJOBS = ("aijobs_salaries_2022-12-25.csv.gz", "aijobs_salaries_2025-06-22.csv.gz", "aijobs_salaries_2025-08-03.csv.gz")
LCA = "us_dol_lca_fy2024q1_certified_fulltime.csv.gz"
MLE = "current.role = (SELECT id FROM factor_value WHERE factor = 'role' AND code = 'machine-learning-engineer')"
US = "current.country = (SELECT id FROM factor_value WHERE factor = 'country' AND code = 'us')"


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(gzip.decompress(path.read_bytes()).decode(), newline="")))


def count(rows: BulkConnection, condition: str) -> int:
    return int(rows.scalar(f"SELECT count(*) FROM salary_record AS current WHERE removed_in IS NULL AND {condition}"))


def by_source(rows: BulkConnection) -> dict[str, int]:
    sql = (
        "SELECT code, count(*) AS n FROM salary_record JOIN factor_value AS f ON f.id = source "
        "WHERE removed_in IS NULL GROUP BY code"
    )
    return {row["code"]: row["n"] for row in rows.query(sql).to_pylist()}


def test_aijobs_row_by_row(database_url: str, data_files: Path) -> None:
    """The percentiles of the file itself; three rows in other currencies allow a difference of 0.1%."""
    mapping, file = builtin_mapping("aijobs"), data_files / AIJOBS[2]
    report = import_file(database_url, mapping, str(file), pair_ranges=False)
    assert (report.read, report.imported, report.refused, report.paired) == (151_445, 151_445, 0, 0)
    with bulk_connection(database_url) as rows:
        assert by_source(rows) == {"aijobs": 150_364, "aijobs-survey": 1_081}
        assert (count(rows, MLE), count(rows, f"{MLE} AND {US}")) == (8_910, 8_118)
        pay = rows.query(f"SELECT base_salary FROM salary_record AS current WHERE removed_in IS NULL AND {MLE} AND {US}")
    found = np.percentile(pay.column(0).to_numpy(), [10, 25, 50, 75, 90])
    assert found == pytest.approx([125_000, 149_850, 193_750, 249_000, 300_200], rel=0.001)


def test_successive_snapshots_of_aijobs(database_url: str, data_files: Path) -> None:
    mapping = builtin_mapping("aijobs")
    reports = [import_file(database_url, mapping, str(data_files / name)) for name in AIJOBS[1:]]
    again = import_file(database_url, mapping, str(data_files / AIJOBS[2]))
    assert [(report.read, report.imported, report.paired, report.retired) for report in reports] == [
        (133_349, 133_349 - 66_146, 66_146, 0),
        (151_445, (151_445 - 75_182) - (133_349 - 66_146), 75_182, 0),
    ]
    assert (again.edition, again.imported, again.unchanged, again.retired) == (None, 0, 76_263, 0)
    titles = Counter(row["job_title"] for row in rows_of(data_files / AIJOBS[2]))
    assert again.unknown == {Factor.ROLE: {title: titles[title] for title in again.unknown[Factor.ROLE]}}
    assert again.unknown[Factor.ROLE]["Engineer"] == 11_004
    with bulk_connection(database_url) as rows:
        assert by_source(rows) == {"aijobs": 75_182, "aijobs-survey": 1_081}
        assert count(rows, "base_low IS NOT NULL") == 75_182
        assert count(rows, "abs(base_low + base_high - 2 * base_reported) > 1") == 0


def test_hash_of_the_upstream_file(data_files: Path) -> None:
    assert (
        builtin_mapping("aijobs").only_file.sha256
        == hashlib.sha256(gzip.decompress((data_files / AIJOBS[2]).read_bytes())).hexdigest()
    )


def test_small_snapshot(database_url: str, data_files: Path) -> None:
    report = import_file(database_url, builtin_mapping("aijobs"), str(data_files / AIJOBS[0]))
    assert (report.read, report.paired, report.refused) == (1_890, 692, 0)
    peso = [row for row in records(database_url) if row["currency"] == "CLP"]
    assert [row["base_reported"] for row in peso] == [30_400_000]
    assert 30_000 < peso[0]["base_salary"] < 45_000


def test_labor_condition_applications(database_url: str, data_files: Path) -> None:
    report = import_file(database_url, builtin_mapping("lca"), str(data_files / LCA))
    assert (report.read, report.imported, report.refused) == (96_545, 96_545, 0)
    assert {*report.unknown} == {"role"}
    yearly = {"Year": 1, "Hour": 2080, "Month": 12, "Week": 52, "Bi-Weekly": 26}
    offered = sorted(
        round(float(row["WAGE_RATE_OF_PAY_FROM"]) * yearly[row["WAGE_UNIT_OF_PAY"]]) for row in rows_of(data_files / LCA)
    )
    with bulk_connection(database_url) as rows:
        pay = rows.query("SELECT base_reported FROM salary_record ORDER BY 1").column(0).to_numpy()
        assert count(rows, "employer IS NOT NULL") > 70_000
        assert count(rows, "role IS NOT NULL") > 70_000
        smallest = rows.scalar(
            "SELECT min(n) FROM (SELECT count(*) AS n FROM salary_record WHERE employer > 0 GROUP BY employer) AS e"
        )
    assert np.abs(pay - offered).max() <= 1
    assert smallest == 5


def test_surveys(database_url: str, data_files: Path, tmp_path: Path) -> None:
    files = {
        "stackoverflow-2025": "stackoverflow_2025_compensation_extract.csv.gz",
        "stackoverflow-2017": "stackoverflow_2017_compensation_extract.csv.gz",
    }
    reports = {
        name: import_file(
            database_url, builtin_mapping(name), str(data_files / file), refused_dir=tmp_path, keep_doubtful=True
        )
        for name, file in files.items()
    }
    counts = {name: (one.read, one.imported, one.refused, one.doubtful_imported) for name, one in reports.items()}
    assert counts == {
        "stackoverflow-2025": (21_942, 21_942, 0, 12),
        "stackoverflow-2017": (5_009, 5_003, 6, 256),  # many report a month's pay as that of a year
    }
    with bulk_connection(database_url) as rows:
        assert by_source(rows) == {"stackoverflow-2025": 21_942, "stackoverflow-2017": 5_003}
        assert count(rows, "base_salary IS NULL") == 21_942
        assert count(rows, "total_compensation IS NULL") == 5_003
        assert count(rows, "country IS NULL") == 13
