"""Mappings: the meaning of the columns of a CSV file, read from TOML files. docs/importing.md documents the format."""

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from seed.importer.toml_table import TomlTable, read_toml
from service.errors import DataError, InputError
from service.vocabulary.factors import FACTORS, MULTIPLE, SINGLE, SOURCE_KINDS, Factor
from service.vocabulary.measures import MEASURES, Measure, Unit
from service.vocabulary.taxonomy import fold
from service.vocabulary.terms import Source
from service.vocabulary.units import PayUnit, parse_month

MAPPINGS = Path(str(files("seed"))) / "mappings"
ENCODINGS = ("utf-8", "latin-1", "cp1252")
RESERVED_SOURCES = ("contributors", "sample")
"""Sources that no mapping may name, since an import would retire their records."""

_MAPPABLE_FACTORS = tuple(factor.value for factor in (*SINGLE, *MULTIPLE) if factor is not Factor.SOURCE)
_SCORES = tuple(measure.value for measure, spec in MEASURES.items() if spec.unit is not Unit.MONEY_PER_YEAR)
_UNIT_WORDS = {
    PayUnit.YEAR: ("year", "yearly", "annual", "annually", "per year", "yr", "a"),
    PayUnit.MONTH: ("month", "monthly", "per month", "mth", "mo"),
    PayUnit.TWO_WEEKS: ("two-weeks", "two weeks", "bi-weekly", "biweekly", "fortnight", "fortnightly"),
    PayUnit.WEEK: ("week", "weekly", "per week", "wk"),
    PayUnit.HOUR: ("hour", "hourly", "per hour", "hr", "h"),
}
UNITS = {word: unit for unit, words in _UNIT_WORDS.items() for word in words}


@dataclass(frozen=True, slots=True)
class FileFormat:
    """How the file is written.

    Blank cells are always missing, `missing` lists further marks. `ignore` names columns that do not identify a row (row
    numbers), so that they are not part of its content.
    """

    delimiter: str = ","
    encoding: str = "utf-8"
    preamble_lines: int = 0
    footer_lines: int = 0
    decimal: str = "."
    missing: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where the file is fetched from by default, and the SHA-256 of its uncompressed content."""

    url: str
    sha256: str


@dataclass(frozen=True, slots=True)
class EffectiveMonth:
    """The month of the pay: the same for all rows, or a column in a format of `strptime`."""

    constant: int | None
    column: str | None = None
    format: str = "%Y-%m"


@dataclass(frozen=True, slots=True)
class ConstantOrColumn:
    """A currency or a pay unit: the same for all rows, or a column with the meanings of its texts."""

    constant: str | None
    column: str | None = None
    map: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AmountColumns:
    """Pay in one column (a number, or a range as text), or the low and the high end of a range in two columns."""

    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PayColumns:
    currency: ConstantOrColumn
    unit: ConstantOrColumn
    base: AmountColumns | None
    bonus: AmountColumns | None
    equity: AmountColumns | None
    total_compensation: AmountColumns | None


@dataclass(frozen=True, slots=True)
class FactorColumn:
    """The column of a factor, or a constant.

    `map` maps texts to codes. `no_answer` lists texts that mean no value and are not reported as unknown. `soc_column` and
    `level_words` are for job titles, `minimum_records` is for employers.
    """

    factor: Factor
    column: str | None
    constant: str | None = None
    map: tuple[tuple[str, str], ...] = ()
    no_answer: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    separator: str | None = None
    level_words: bool = False
    soc_column: str | None = None
    minimum_records: int = 1


@dataclass(frozen=True, slots=True)
class MeasureColumn:
    """A score or a percentage; `scale` has the ends of the source's own scale, which map to those of the measure."""

    measure: Measure
    column: str
    scale: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Pairs:
    """From the month `since` on, adjacent rows equal in all but `columns` are the high and the low end of one posted range.

    Rows without such a neighbour belong to the source `single`.
    """

    columns: tuple[str, ...]
    since: int
    single: Source


@dataclass(frozen=True, slots=True)
class Mapping:
    """A whole mapping. With `snapshot` the file is all of its source: records that it no longer contains are retired."""

    source: Source
    snapshot: bool
    upstream: Upstream | None
    file: FileFormat
    effective: EffectiveMonth
    pay: PayColumns
    factors: tuple[FactorColumn, ...]
    measures: tuple[MeasureColumn, ...]
    pairs: Pairs | None

    @property
    def sources(self) -> tuple[Source, ...]:
        return (self.source, self.pairs.single) if self.pairs else (self.source,)


def builtin_names() -> list[str]:
    return sorted(path.stem for path in MAPPINGS.glob("*.toml"))


def builtin_mapping(name: str) -> Mapping:
    """A mapping that comes with PayRank. Raises DataError, which lists them all, for an unknown name."""
    if name not in builtin_names():
        known = ", ".join(builtin_names())
        raise DataError(f"There is no data set {name[:60]!r}. Known are {known}; for another file pass --mapping.")
    return load_mapping(MAPPINGS / f"{name}.toml")


def load_mapping(path: Path) -> Mapping:
    """Read and check a mapping. Raises DataError, which names the key to correct."""
    top = read_toml(path)
    dataset, file = top.required_table("dataset"), top.table("file")
    source, snapshot = _source(dataset), dataset.boolean("snapshot", True)
    dataset.finish()
    upstream, file_format = _file(file) if file else (None, FileFormat())
    effective, pay = _effective(top), _pay(top.required_table("pay"))
    factors = tuple(_factor(table, file_format.missing) for table in top.tables("factor"))
    measures = tuple(_measure(table) for table in top.tables("measure"))
    pairs = _pairs(top.table("pairs"))
    top.finish()
    if pairs and (not pay.base or len(pay.base.columns) > 1 or pay.bonus or pay.equity or pay.total_compensation):
        raise top.error("pairs", "is for files with base pay alone, in one column.")
    _refuse_duplicates(path.name, [factor.factor.value for factor in factors], "factor")
    _refuse_duplicates(path.name, [measure.measure.value for measure in measures], "measure")
    return Mapping(source, snapshot, upstream, file_format, effective, pay, factors, measures, pairs)


def _refuse_duplicates(file: str, names: list[str], kind: str) -> None:
    duplicates = {name for name in names if names.count(name) > 1}
    if duplicates:
        raise DataError(f"{file}: the {kind} {min(duplicates)} appears twice; write one [[{kind}]] for it.")


def _source(table: TomlTable) -> Source:
    code = table.required_string("code")
    if code in RESERVED_SOURCES or not code.replace("-", "").isalnum() or code != code.lower() or not code.isascii():
        reserved = ", ".join(RESERVED_SOURCES)
        raise table.error("code", f"must be lower-case letters, digits and hyphens, and none of {reserved}.")
    return Source(
        code,
        table.string("label") or code,
        table.one_of("kind", tuple(kind for kind in SOURCE_KINDS if kind != "sample")),
        table.string("licence") or "unknown",
        table.string("url"),
    )


def _file(table: TomlTable) -> tuple[Upstream | None, FileFormat]:
    url, sha256 = table.string("fetch"), table.string("sha256")
    if (url is None) != (sha256 is None):
        raise table.error("fetch", "and sha256 must be set together, since a file that is fetched is checked.")
    found = FileFormat(
        table.string("delimiter") or ",",
        table.one_of("encoding", ENCODINGS, "utf-8"),
        table.integer("preamble_lines", 0),
        table.integer("footer_lines", 0),
        table.one_of("decimal", (".", ","), "."),
        table.strings("missing") or (),
        table.strings("ignore") or (),
    )
    if len(found.delimiter) != 1:
        raise table.error("delimiter", "must be one character.")
    table.finish()
    return (Upstream(url, sha256) if url and sha256 else None), found


def _effective(top: TomlTable) -> EffectiveMonth:
    found = top.string_or_table("effective")
    if found is None:
        raise top.error("effective", 'is missing: set it to a month such as "2025-08", or to a table that names a column.')
    if isinstance(found, str):
        return EffectiveMonth(_month(top, "effective", found))
    column, pattern = found.required_string("column"), found.string("format") or "%Y-%m"
    found.finish()
    return EffectiveMonth(None, column, pattern)


def _month(table: TomlTable, key: str, text: str) -> int:
    try:
        return parse_month(text)
    except InputError as error:
        raise table.error(key, f"is wrong: {error}") from error


def _pay(table: TomlTable) -> PayColumns:
    amounts = [_amount(table, key) for key in ("base", "bonus", "equity", "total_compensation")]
    if not amounts[0] and not amounts[3]:
        raise table.error("base", "or total_compensation must name the column of the pay.")
    found = PayColumns(_currency(table), _unit(table), *amounts)
    table.finish()
    return found


def _amount(table: TomlTable, key: str) -> AmountColumns | None:
    found = table.string_or_table(key)
    if found is None or isinstance(found, str):
        return AmountColumns((found,)) if found else None
    ends = AmountColumns((found.required_string("low"), found.required_string("high")))
    found.finish()
    if key != "base":
        raise table.error(key, "must name one column; only base pay can be a range in two columns.")
    return ends


def _currency(table: TomlTable) -> ConstantOrColumn:
    found = table.string_or_table("currency")
    if isinstance(found, str):
        return ConstantOrColumn(found.upper())
    if found is None:
        raise table.error("currency", 'is missing: set it to a code such as "USD", or to a table that names a column.')
    column, meanings = found.required_string("column"), found.string_map("map")
    found.finish()
    return ConstantOrColumn(None, column, tuple((fold(text), code.upper()) for text, code in meanings.items()))


def _unit(table: TomlTable) -> ConstantOrColumn:
    found = table.string_or_table("unit") or PayUnit.YEAR.value
    units = tuple(unit.value for unit in PayUnit)
    if isinstance(found, str):
        if found not in units:
            raise table.error("unit", f"must be one of {', '.join(units)}, or a table that names a column.")
        return ConstantOrColumn(found)
    column, meanings = found.required_string("column"), found.string_map("map")
    for text, unit in meanings.items():
        if unit not in units:
            raise found.error(f"map.{text}", f"must be one of {', '.join(units)}.")
    found.finish()
    return ConstantOrColumn(None, column, (*UNITS.items(), *((fold(text), unit) for text, unit in meanings.items())))


def _factor(table: TomlTable, missing: tuple[str, ...]) -> FactorColumn:
    factor = Factor(table.one_of("factor", _MAPPABLE_FACTORS))
    own_missing = table.strings("missing")
    found = FactorColumn(
        factor,
        table.string("column"),
        table.string("constant"),
        tuple((fold(text), code) for text, code in table.string_map("map").items()),
        tuple(fold(text) for text in table.strings("no_answer") or ()),
        missing if own_missing is None else own_missing,
        table.string("separator"),
        table.boolean("level_words", False),
        table.string("soc_column"),
        table.integer("minimum_records", 1, minimum=1),
    )
    table.finish()
    if (found.column is None) == (found.constant is None):
        raise table.error("column", "or constant is required, and not both.")
    if (found.level_words or found.soc_column) and factor is not Factor.ROLE:
        raise table.error("level_words", f"and soc_column are for roles, not for {FACTORS[factor].label}.")
    if found.minimum_records > 1 and factor is not Factor.EMPLOYER:
        raise table.error("minimum_records", "is for employers.")
    return found


def _measure(table: TomlTable) -> MeasureColumn:
    measure, column = Measure(table.one_of("measure", _SCORES)), table.required_string("column")
    scale = table.numbers("scale")
    table.finish()
    if scale is not None and (len(scale) != 2 or scale[0] == scale[1]):
        raise table.error("scale", "must be the two ends of the source's scale, such as [0, 10].")
    return MeasureColumn(measure, column, (scale[0], scale[1]) if scale else None)


def _pairs(table: TomlTable | None) -> Pairs | None:
    if table is None:
        return None
    columns, since = table.strings("columns"), _month(table, "since", table.required_string("since"))
    single = table.required_table("single")
    source = _source(single)
    single.finish()
    table.finish()
    if not columns:
        raise table.error("columns", "must list the columns in which the two ends of a range differ.")
    return Pairs(columns, since, source)
