"""What an import tells when it is done, and the file of the rows that it refused."""

import csv
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from seed.importer.fetching import is_address
from seed.importer.reading import Refused
from service.errors import DataError
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The outcome of an import. Every row read is accounted for: `read` = imported + restated + present + paired + refused.

    `restated` rows were there before and now mean something else: the mapping or the reference data has changed. `paired`
    rows went into one record with the row below. `retired` records are those that the file no longer holds; while `cut`
    (the file broke off) or without `snapshot` they stay, counted as `kept`. `edition` is None when nothing changed.
    """

    sources: tuple[str, ...]
    edition: int | None
    read: int
    imported: int
    restated: int
    present: int
    paired: int
    retired: int
    kept: int
    cut: bool
    refused: int
    refused_file: Path | None
    unknown: dict[Factor | Measure, Counter[str]]


class RefusedFile:
    """Writes refused rows to a CSV file that comes to be with the first of them: line, reason, then the cells as read."""

    def __init__(self, file: str, folder: Path | None) -> None:
        self._path, self._open = _beside(file, folder), None
        self._written: IO[str] | None = None
        self._writer: Any = None
        self.count = 0

    def __enter__(self) -> "RefusedFile":
        return self

    def __exit__(self, *_: object) -> None:
        if self._written:
            self._written.close()

    @property
    def path(self) -> Path | None:
        return self._path if self.count else None

    def write(self, header: list[str], refused: Iterable[Refused]) -> None:
        for row in sorted(refused, key=lambda row: row.line):
            if self._writer is None:
                self._start(header)
            self._writer.writerow([row.line, row.reason, *row.cells])
            self.count += 1

    def _start(self, header: list[str]) -> None:
        try:
            self._written = self._path.open("w", encoding="utf-8", errors="backslashreplace", newline="")
        except OSError as error:
            raise DataError(f"The refused rows cannot be written to {self._path}: {error.strerror}.") from error
        self._writer = csv.writer(self._written)
        self._writer.writerow(["line", "reason", *header])


def _beside(file: str, folder: Path | None) -> Path:
    """Beside the file, or in the working folder for a file that was fetched or lies where nothing can be written."""
    name = f"{file.rstrip('/').rpartition('/')[2] or 'import'}.refused.csv"
    if folder is None and not is_address(file):
        parent = Path(file).absolute().parent
        folder = parent if os.access(parent, os.W_OK) else None
    return (folder or Path.cwd()) / name
