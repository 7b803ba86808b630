"""Small made-up files in the layouts of the publishers of the catalogue, and real extracts in the formats of publishers."""

import csv
import gzip
import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook

PUBLISHED = Path(__file__).parents[1] / "seed" / "published"
"""By data set, the files under their publishers' names; a workbook is a CSV file of its only sheet, `NAME.xlsx.csv`."""
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?")


def made_up(data_set: str) -> dict[str, bytes]:
    """The made-up files of a data set by their publisher's names."""
    found = {}
    for path in sorted((PUBLISHED / data_set).iterdir()):
        if path.suffixes == [".xlsx", ".csv"]:
            found[path.name.removesuffix(".csv")] = workbook(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
        elif path.suffix != ".toml":
            found[path.name] = path.read_bytes()
    return found


def workbook(rows: Iterable[Sequence[str]]) -> bytes:
    """A workbook with one sheet of these rows; numbers and dates are cells of their own kinds."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    for row in rows:
        sheet.append([_cell(text) for text in row])
    stored = io.BytesIO()
    book.save(stored)
    return stored.getvalue()


def _cell(text: str) -> object:
    if _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return datetime.fromisoformat(text) if _MOMENT.fullmatch(text) else text or None


def as_published(extract: Path, name: str) -> bytes:
    """An extract in the format that the name of its publisher's file has: delimited by commas or tabs, or a workbook."""
    content = gzip.decompress(extract.read_bytes())
    if name.endswith(".csv"):
        return content
    rows = csv.reader(io.StringIO(content.decode("utf-8"), newline=""))
    if name.endswith(".xlsx"):
        return workbook(rows)
    written = io.StringIO(newline="")
    csv.writer(written, delimiter="\t").writerows(rows)
    return written.getvalue().encode()
