"""The report of an import, and the file of the rows that it refused."""

import csv
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from seed.importer.files import RefusedRow, is_url
from service.errors import DataError
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The outcome of an import. Every row is accounted for: `read` = imported + restated + unchanged + paired + refused.

    `restated` rows were imported before and have a new meaning, since the mapping or the reference data has changed.
    `paired` rows were merged into the row below. `retired` records are no longer in the file. With `truncated` (the file
    ended inside a record) or without `snapshot` they count as `retained` instead. `edition` is None if nothing changed.
    """

    sources: tuple[str, ...]
    edition: int | None
    read: int
    imported: int
    restated: int
    unchanged: int
    paired: int
    retired: int
    retained: int
    truncated: bool
    refused: int
    refused_file: Path | None
    unknown: dict[Factor | Measure, Counter[str]]


class RefusedFile:
    """Writes refused rows to a CSV file, created with the first of them: line, reason, then the cells as read."""

    def __init__(self, file: str, folder: Path | None) -> None:
        self._path = _refused_path(file, folder)
        self._file: IO[str] | None = None
        self._writer: Any = None
        self.count = 0

    def __enter__(self) -> "RefusedFile":
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()

    @property
    def path(self) -> Path | None:
        return self._path if self.count else None

    def write(self, header: list[str], refused: Iterable[RefusedRow]) -> None:
        for row in sorted(refused, key=lambda row: row.line):
            if self._writer is None:
                self._start(header)
            self._writer.writerow([row.line, row.reason, *row.cells])
            self.count += 1

    def _start(self, header: list[str]) -> None:
        try:
            self._file = self._path.open("w", encoding="utf-8", errors="backslashreplace", newline="")
        except OSError as error:
            raise DataError(f"The refused rows cannot be written to {self._path}: {error.strerror}.") from error
        self._writer = csv.writer(self._file)
        self._writer.writerow(["line", "reason", *header])


def _refused_path(file: str, folder: Path | None) -> Path:
    """In the folder of the file, or in the working directory for a download or a folder that is not writable."""
    name = f"{file.rstrip('/').rpartition('/')[2] or 'import'}.refused.csv"
    if folder is None and not is_url(file):
        parent = Path(file).absolute().parent
        folder = parent if os.access(parent, os.W_OK) else None
    return (folder or Path.cwd()) / name
