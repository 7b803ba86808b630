"""Imports the extracts of all data sets, as `payrank data load` does the publishers' files; the table of docs/data.md."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.markdown import table
from bench.validation.files import EXTRACTS, Files
from seed.importer.importing import import_file
from seed.importer.mapping import builtin_mapping
from seed.importer.report import SUMMARY, ImportReport

PAGE = Path(__file__).parents[2] / "docs" / "data.md"
_TABLE = re.compile(r"(?<=<!-- written by make validate -->\n).*?(?=\n<!-- end -->)", re.DOTALL)


def import_extracts(url: str, files: Files, data_sets: Iterable[str] = EXTRACTS) -> dict[str, ImportReport]:
    """Import the extracts of data sets one after the other; returns their reports by the names of the data sets."""
    with TemporaryDirectory(prefix="payrank-validation-") as folder:
        return {
            name: import_file(url, builtin_mapping(name), files.path(EXTRACTS[name]), refused_dir=Path(folder))
            for name in data_sets
        }


def with_table(page: str, reports: Mapping[str, ImportReport]) -> str:
    """The text of docs/data.md with the counts of these imports."""
    rows = ((f"`{name}`", *(f"{number:,}" for number in report.summary)) for name, report in reports.items())
    return _TABLE.sub(lambda _: table(("name", *SUMMARY), rows), page)
