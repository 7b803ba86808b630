"""Small CSV files imported into a test database, the records that result, and mappings proposed for such files."""

from pathlib import Path
from typing import Any

from seed.importer.importing import import_file
from seed.importer.mapping import Mapping, load_mapping
from seed.importer.report import ImportReport
from seed.importer.suggestion import suggest_mapping
from service.store.bulk import bulk_connection
from service.store.reference import load_taxonomy
from service.vocabulary.factors import MULTIPLE, SINGLE

PLAIN = """
effective = "2024-06"
[dataset]
code = "test"
kind = "survey"
"""

PAY = """
[pay]
base = "pay"
currency = "USD"
"""


def mapping_of(folder: Path, text: str) -> Mapping:
    path = folder / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    return load_mapping(path)


def import_text(url: str, folder: Path, content: str | bytes, mapping: str, **options: Any) -> ImportReport:
    """Import a file with this content by a mapping with this text, with all amounts unless `keep_doubtful` is false."""
    path = folder / "data.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return import_file(url, mapping_of(folder, mapping), str(path), **{"keep_doubtful": True, **options})


def records(url: str) -> list[dict[str, Any]]:
    """The current records, ordered by base and total pay, with codes of factors and without nulls."""
    with bulk_connection(url) as rows:
        taxonomy = load_taxonomy(rows)
        sql = "SELECT * FROM salary_record WHERE removed_in IS NULL ORDER BY base_salary, total_compensation, id"
        found = rows.query(sql).to_pylist()
    for row in found:
        for factor in SINGLE:
            row[factor.value] = taxonomy[row[factor.value]].code if row[factor.value] else None
        for factor in MULTIPLE:
            row[factor.value] = sorted(taxonomy[number].code for number in row[factor.value] or ())
        for name in ("added_in", "removed_in"):
            del row[name]
    return [{name: value for name, value in row.items() if value not in (None, [])} for row in found]


def pays(url: str) -> list[int]:
    return [row["base_salary"] for row in records(url)]


def refusals(report: ImportReport) -> list[list[str]]:
    """The lines of the file of refused rows, split at commas."""
    assert report.refused_file
    return [line.split(",") for line in report.refused_file.read_text(encoding="utf-8").splitlines()]


def suggested(folder: Path, name: str, content: str | bytes) -> str:
    """The mapping proposed for a file with this name and content."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return suggest_mapping(str(path)).text
