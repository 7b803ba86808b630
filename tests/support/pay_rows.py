"""Rows of pay imported into a test database, and the outcome of each."""

import csv
import io
from pathlib import Path
from typing import Any

from support.csv_imports import PLAIN, import_text, records

Outcome = dict[str, Any] | str
REPORTED = ("base_low", "base_reported", "base_high", "bonus_reported", "equity_reported")
ROW = '\n[[factor]]\nfactor = "competing_offers"\ncolumn = "row"\n'
"""Numbers the records of a file of up to 20 rows, so that each can be compared with its row."""


class Importer:
    """Imports rows of text by the keys of `[pay]`; the outcome of each row is its record or its reason."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url, self._folder = url, folder

    def outcomes(self, keys: str, header: str, *rows: str, file: str = "") -> list[Outcome]:
        content = [["row", *header.split("|")], *([str(number), *row.split("|")] for number, row in enumerate(rows))]
        text = io.StringIO()
        csv.writer(text).writerows(content)
        report = import_text(self._url, self._folder, text.getvalue(), f"{PLAIN}[file]\n{file}\n[pay]\n{keys}\n{ROW}")
        found: list[Outcome] = [""] * len(rows)
        for record in records(self._url):
            found[int(record["competing_offers"])] = record
        if report.refused_file:
            with report.refused_file.open(encoding="utf-8", newline="") as refused:
                for line in csv.DictReader(refused):
                    found[int(line["row"])] = line["reason"]
            report.refused_file.unlink()
        return found


def bases(outcomes: list[Outcome]) -> list[object]:
    """The reported base salaries, or the reasons of refusals."""
    return [one if isinstance(one, str) else one.get("base_reported") for one in outcomes]


def currencies(outcomes: list[Outcome]) -> list[object]:
    return [one if isinstance(one, str) else (one["currency"], one["base_reported"]) for one in outcomes]
