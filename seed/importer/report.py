"""The report of an import: counts and findings, the files of refused rows and of unknown values, records of a dry run."""

import csv
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan
from pathlib import Path
from typing import IO, Any

import numpy as np

from seed.importer.pay import measures
from seed.importer.plausibility import PaySpread
from seed.importer.protected import PlannedClass, WithheldRows
from seed.importer.records import Lists
from seed.importer.tables.downloads import is_url
from seed.importer.tables.rows import RefusedRow
from seed.importer.translation import Batch
from service.counts import count_of
from service.errors import DataError
from service.vocabulary.currencies import OldRate
from service.vocabulary.factors import FACTORS, MULTIPLE, PLACES, SINGLE, Factor
from service.vocabulary.measures import MEASURES, REPORTED_COLUMN, Measure, Unit
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.units import month_text

Unknown = Mapping[str, Counter[str]]
PREVIEWED_RECORDS = 20
SUMMARY = ("rows", "records", "merged", "left out", "refused", "doubtful", "unknown")
"""The columns of `ImportReport.summary`."""
_COLUMNS = (Factor.ROLE, Factor.LEVEL, Factor.EMPLOYER)
"""Factors with a column of their own; those of places share one, and all others."""
_LISTED_TEXTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """The outcome of an import, or of a dry run.

    Every row is accounted for: `read` = imported + restated + unchanged + paired + filtered + doubtful + refused + withheld.

    `restated` rows were imported before and have a new meaning, since the mapping or the reference data has changed.
    `paired` rows were merged into the row below, `filtered` rows were left out by the mapping. `doubtful` rows were kept out
    because their pay is implausible; `doubtful_imported` rows were imported although it is. `retired` records are no longer
    in the file, or are doubtful. With `truncated` (the file ended inside a record) or without `snapshot` they count as
    `retained` instead. `edition` is None if nothing was published. `refused_file` has the refused and the doubtful rows.
    `unknown` has the texts without a value by factor, by measure, or by "place" for those of [place]; `ambiguous` are those
    of them that may have several.
    `withheld` rows of a protected data set are not published, and `classes` are those that are, or may not be replaced.
    `preview` has some records of a dry run, or of what is to be confirmed, that are published one by one.
    """

    sources: tuple[str, ...]
    read: int
    paired: int
    filtered: int
    doubtful: int
    doubtful_imported: int
    truncated: bool
    refused: int
    refused_file: Path | None
    ambiguous: frozenset[str]
    spread: Sequence[PaySpread]
    notes: Mapping[str, int]
    edition: int | None = None
    imported: int = 0
    restated: int = 0
    unchanged: int = 0
    retired: int = 0
    retained: int = 0
    withheld: WithheldRows = field(default_factory=WithheldRows)
    unknown: Unknown = field(default_factory=dict)
    unknown_file: Path | None = None
    old_rates: Sequence[OldRate] = ()
    dry_run: bool = False
    preview: Sequence[Mapping[str, str]] = field(default=(), repr=False)
    classes: Sequence[PlannedClass] = field(default=(), repr=False)

    @property
    def counts(self) -> Iterator[tuple[int, str]]:
        """Number of rows by outcome, and number of records that the file no longer has."""
        counts = {
            "read": self.read,
            "imported": self.imported,
            "unchanged": self.unchanged,
            "restated: they have a new meaning by this mapping and the reference data": self.restated,
            "merged with the next row into one range": self.paired,
            "left out by [[rows]] of the mapping": self.filtered,
            "refused": self.refused,
            "doubtful: their pay is implausible (--keep-doubtful imports them)": self.doubtful,
            "doubtful, but imported": self.doubtful_imported,
            "withheld: about pay of more than a year ago": self.withheld.old,
            "withheld: in no class of at least PAYRANK_CLASS_SIZE rows": self.withheld.few,
            "withheld: their class is not replaced: fewer than PAYRANK_CLASS_SIZE of its rows change, its steps would have "
            "another width or currency, or it was removed earlier": self.withheld.kept,
            "records retired: they are no longer in the file, or doubtful": self.retired,
            "records retained, although they are no longer in the file, or doubtful": self.retained,
        }
        return ((count, label) for label, count in counts.items() if count or label in ("read", "imported"))

    @property
    def summary(self) -> tuple[int, ...]:
        """By SUMMARY: the rows, and those that are records now, were merged into one, left out by the mapping, refused or
        doubtful; then the texts of their cells that match no reference value."""
        records = self.imported + self.restated + self.unchanged
        unknown = sum(texts.total() for texts in self.unknown.values())
        return self.read, records, self.paired, self.filtered, self.refused, self.doubtful, unknown

    @property
    def rates(self) -> Iterator[tuple[int, str]]:
        """The numbers of records that were converted at the rate of another year."""
        return ((old.records, f"{old.currency} of {old.year} at the rate of {old.rate_year}") for old in self.old_rates)

    @property
    def unknown_texts(self) -> Iterator[tuple[int, str]]:
        """By factor or score, the number of rows with an unknown text, and the most frequent of these texts."""
        return self._texts(lambda text: text not in self.ambiguous)

    @property
    def ambiguous_texts(self) -> Iterator[tuple[int, str]]:
        """By factor, the number of rows with a text that may be several values, and the most frequent of these with them."""
        return self._texts(self.ambiguous.__contains__)

    def _texts(self, chosen: Callable[[str], bool]) -> Iterator[tuple[int, str]]:
        for name, unknown in self.unknown.items():
            if not (texts := Counter({text: rows for text, rows in unknown.items() if chosen(text)})):
                continue
            common = ", ".join(f"{text} ({rows:,})" for text, rows in texts.most_common(_LISTED_TEXTS))
            others = len(texts) - _LISTED_TEXTS
            more = f" and {count_of(others, 'more text')}" if others > 0 else ""
            yield texts.total(), f"{name}: {common}{more}"


class RefusedFile:
    """Writes refused rows to a CSV file, created with the first of them: line, reason, then the cells as read."""

    def __init__(self, file: str, folder: Path | None) -> None:
        self._path = _beside(file, folder, "refused")
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
                self._file = _created(self._path)
                self._writer = csv.writer(self._file)
                self._writer.writerow(["line", "reason", *header])
            self._writer.writerow([row.line, row.reason, *row.cells])
            self.count += 1


def write_unknown(unknown: Unknown, file: str, folder: Path | None) -> Path | None:
    """Write all unknown values to a CSV file: factor or measure, text, number of rows. Returns its path, if any."""
    if not unknown:
        return None
    path = _beside(file, folder, "unknown")
    with _created(path) as opened:
        writer = csv.writer(opened)
        writer.writerow(["factor", "text", "rows"])
        for name, texts in unknown.items():
            writer.writerows((str(name), text, rows) for text, rows in texts.most_common())
    return path


def _beside(file: str, folder: Path | None, ending: str) -> Path:
    """In the folder of the file, or in the working directory for a download or a folder that is not writable."""
    name = f"{file.rstrip('/').rpartition('/')[2] or 'import'}.{ending}.csv"
    if folder is None and not is_url(file):
        parent = Path(file).absolute().parent
        folder = parent if os.access(parent, os.W_OK) else None
    return (folder or Path.cwd()) / name


def _created(path: Path) -> IO[str]:
    try:
        return path.open("w", encoding="utf-8", errors="backslashreplace", newline="")
    except OSError as error:
        raise DataError(f"The report cannot be written to {path}: {error.strerror}. Make its folder writable.") from error


def preview(batch: Batch, lists: Lists, currencies: Sequence[str], taxonomy: Taxonomy) -> tuple[dict[str, str], ...]:
    """Records spread evenly over the file, each by column: factors by their codes, base as reported and in US dollars."""
    rows = np.linspace(0, len(batch.months) - 1, min(len(batch.months), PREVIEWED_RECORDS)).astype(np.int64)
    return tuple(_Record(batch, lists, currencies, taxonomy, int(row)).columns() for row in rows)


def describe_record(record: Mapping[str, str]) -> str:
    """A record of a dry run as a text: what it is, what it pays, and all else."""
    job = ", ".join(record[name] for name in ("month", "role", "level", "place", "employer") if record[name])
    usd = {part: f"US$ {record[f'{part} US$']}" for part in ("base", "total") if record[f"{part} US$"]}
    converted = f" ({usd['base']})" if "base" in usd else ""
    base = f"base {record['base']} {record['currency']}{converted}" if record["base"] else ""
    total = f"total {usd['total']}" if "total" in usd and not base else ""
    return "; ".join(filter(None, (job, base, total, record["other"])))


class _Record:
    """One record of a batch."""

    def __init__(self, batch: Batch, lists: Lists, currencies: Sequence[str], taxonomy: Taxonomy, row: int) -> None:
        self._lists, self._taxonomy = lists, taxonomy
        self._line, self._month = int(batch.lines[row]), month_text(int(batch.months[row]))
        self._ids = {factor: int(ids[row]) for factor, ids in batch.ids.items()}
        amounts = {name: values[row : row + 1] for name, values in batch.amounts.items()}
        self._amounts = {name: float(values[0]) for name, values in amounts.items() if not isnan(values[0])}
        self._money = {measure: float(values[0]) for measure, values in measures(amounts).items() if not isnan(values[0])}
        self._currency = currencies[int(self._amounts["currency"])]

    def columns(self) -> dict[str, str]:
        codes = {factor: ", ".join(self._codes(factor)) for factor in (*SINGLE, *MULTIPLE) if factor in self._ids}
        return {
            "line": str(self._line),
            "month": self._month,
            **{factor.value: codes.get(factor, "") for factor in _COLUMNS[:2]},
            "place": ", ".join(self._most_specific_and_country(codes)),
            "employer": codes.get(Factor.EMPLOYER, ""),
            "base": self._base(),
            "currency": self._currency,
            "base US$": self._usd(Measure.BASE_SALARY),
            "total US$": self._usd(Measure.TOTAL_COMPENSATION),
            "other": "; ".join([*self._other_amounts(), *self._other_factors(codes)]),
        }

    def _most_specific_and_country(self, codes: Mapping[Factor, str]) -> Iterator[str]:
        most_specific = next((place for place in PLACES if codes.get(place)), Factor.COUNTRY)
        return (codes[place] for place in dict.fromkeys((most_specific, Factor.COUNTRY)) if codes.get(place))

    def _codes(self, factor: Factor) -> list[str]:
        number = self._ids[factor]
        values = self._lists[factor][number] if factor in MULTIPLE else (number,) if number else ()
        return [self._taxonomy[value].code for value in values]

    def _base(self) -> str:
        low, high = self._amounts.get("base_low"), self._amounts.get("base_high")
        if low is not None and high is not None:
            return f"{low:,.0f} to {high:,.0f}"
        if low is not None or high is not None:
            return f"from {low:,.0f}" if low is not None else f"up to {high:,.0f}"
        return f"{self._amounts['base_reported']:,.0f}" if "base_reported" in self._amounts else ""

    def _usd(self, measure: Measure) -> str:
        return f"{self._money[measure]:,.0f}" if measure in self._money else ""

    def _other_amounts(self) -> Iterator[str]:
        for measure, spec in MEASURES.items():
            name = REPORTED_COLUMN.get(measure, measure.value)
            if name in self._amounts and measure is not Measure.BASE_SALARY:
                unit = f" {self._currency}" if spec.unit is Unit.MONEY_PER_YEAR else ""
                yield f"{spec.label} {self._amounts[name]:,.0f}{unit}"

    def _other_factors(self, codes: Mapping[Factor, str]) -> Iterator[str]:
        for factor, code in codes.items():
            if code and factor not in (*_COLUMNS, *PLACES, Factor.SOURCE):
                yield f"{FACTORS[factor].label} {code}"
