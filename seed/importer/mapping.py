"""Mappings: what the columns of a CSV file mean. docs/importing.md documents the format that `mapping_file` reads."""

from dataclasses import dataclass

from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure
from service.vocabulary.terms import Source


@dataclass(frozen=True, slots=True)
class FileFormat:
    """How the file is written. Blank cells are always missing, `missing` lists further marks; `ignore` names columns
    that do not tell one row from another (row numbers), so that they do not count when a row is recognised."""

    delimiter: str = ","
    encoding: str = "utf-8"
    preamble_lines: int = 0
    footer_lines: int = 0
    decimal: str = "."
    missing: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where the file comes from when none is given, and what its uncompressed content hashes to."""

    url: str
    sha256: str


@dataclass(frozen=True, slots=True)
class When:
    """The month that the pay is of: the same for all rows, or a column in a format of `strptime`."""

    constant: int | None
    column: str | None = None
    format: str = "%Y-%m"


@dataclass(frozen=True, slots=True)
class Choice:
    """A currency or a pay unit: the same for all rows, or a column with the meanings of its texts."""

    constant: str | None
    column: str | None = None
    map: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Amount:
    """Pay in one column (a number or a range as text), or the two ends of a range in a column each."""

    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pay:
    currency: Choice
    unit: Choice
    base: Amount | None
    bonus: Amount | None
    equity: Amount | None
    total_compensation: Amount | None


@dataclass(frozen=True, slots=True)
class FactorColumn:
    """What a column tells of a factor, or a constant. `map` gives meanings (codes) to texts; `untold` lists texts that
    tell nothing and need no report; `soc_column` and `level_words` are for job titles, `minimum_records` for employers."""

    factor: Factor
    column: str | None
    constant: str | None = None
    map: tuple[tuple[str, str], ...] = ()
    untold: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    separator: str | None = None
    level_words: bool = False
    soc_column: str | None = None
    minimum_records: int = 1


@dataclass(frozen=True, slots=True)
class MeasureColumn:
    """A score or a percentage; `scale` names the ends of the source's own scale, which map to those of the measure."""

    measure: Measure
    column: str
    scale: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Pairs:
    """Adjacent rows equal in all but `columns` are the high and the low end of one posted range, from a month on;
    rows that stand alone are of another source."""

    columns: tuple[str, ...]
    since: int
    single: Source


@dataclass(frozen=True, slots=True)
class Mapping:
    """A whole mapping. With `snapshot` the file is all that there is, so what it no longer holds is retired."""

    source: Source
    snapshot: bool
    upstream: Upstream | None
    file: FileFormat
    effective: When
    pay: Pay
    factors: tuple[FactorColumn, ...]
    measures: tuple[MeasureColumn, ...]
    pairs: Pairs | None

    @property
    def sources(self) -> tuple[Source, ...]:
        return (self.source, self.pairs.single) if self.pairs else (self.source,)
