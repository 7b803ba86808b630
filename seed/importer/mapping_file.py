"""Reading and checking a mapping's TOML file."""

from importlib.resources import files
from pathlib import Path

from seed.importer.declared import Declared, read_toml
from seed.importer.mapping import (
    Amount,
    Choice,
    FactorColumn,
    FileFormat,
    Mapping,
    MeasureColumn,
    Pairs,
    Pay,
    Upstream,
    When,
)
from service.errors import DataError, InputError
from service.vocabulary.factors import FACTORS, MULTIPLE, SINGLE, SOURCE_KINDS, Factor
from service.vocabulary.measures import MEASURES, Measure, Unit
from service.vocabulary.money import PayUnit
from service.vocabulary.periods import parse_month
from service.vocabulary.taxonomy import fold
from service.vocabulary.terms import Source

MAPPINGS = Path(str(files("seed"))) / "mappings"
ENCODINGS = ("utf-8", "latin-1", "cp1252")
OURS = ("contributors", "sample")
"""Sources that no file may speak for: an import would retire what they hold."""

_MAPPABLE = tuple(factor.value for factor in (*SINGLE, *MULTIPLE) if factor is not Factor.SOURCE)
_PLAIN_MEASURES = tuple(measure.value for measure, spec in MEASURES.items() if spec.unit is not Unit.MONEY_PER_YEAR)
_UNIT_WORDS = {
    PayUnit.YEAR: ("year", "yearly", "annual", "annually", "per year", "yr", "a"),
    PayUnit.MONTH: ("month", "monthly", "per month", "mth", "mo"),
    PayUnit.TWO_WEEKS: ("two-weeks", "two weeks", "bi-weekly", "biweekly", "fortnight", "fortnightly"),
    PayUnit.WEEK: ("week", "weekly", "per week", "wk"),
    PayUnit.HOUR: ("hour", "hourly", "per hour", "hr", "h"),
}
UNITS = {word: unit for unit, words in _UNIT_WORDS.items() for word in words}


def builtin_names() -> list[str]:
    return sorted(path.stem for path in MAPPINGS.glob("*.toml"))


def builtin_mapping(name: str) -> Mapping:
    """A mapping that comes with PayRank; raises DataError that names them all."""
    if name not in builtin_names():
        known = ", ".join(builtin_names())
        raise DataError(f"There is no data set {name[:60]!r}. Known are {known}; for another file give --mapping.")
    return load_mapping(MAPPINGS / f"{name}.toml")


def load_mapping(path: Path) -> Mapping:
    """Read a mapping; raises DataError that tells the key to mend."""
    top = read_toml(path)
    dataset, file = top.needed_table("dataset"), top.table("file")
    source, snapshot = _source(dataset), dataset.flag("snapshot", True)
    dataset.finish()
    upstream, file_format = _file(file) if file else (None, FileFormat())
    effective, pay = _when(top), _pay(top.needed_table("pay"))
    factors = tuple(_factor(table, file_format.missing) for table in top.tables("factor"))
    measures = tuple(_measure(table) for table in top.tables("measure"))
    pairs = _pairs(top.table("pairs"))
    top.finish()
    if pairs and (not pay.base or len(pay.base.columns) > 1 or pay.bonus or pay.equity or pay.total_compensation):
        raise top.wrong("pairs", "is for files with base pay alone, in one column.")
    _refuse_repeats(path.name, [factor.factor.value for factor in factors], "factor")
    _refuse_repeats(path.name, [measure.measure.value for measure in measures], "measure")
    return Mapping(source, snapshot, upstream, file_format, effective, pay, factors, measures, pairs)


def _refuse_repeats(file: str, names: list[str], kind: str) -> None:
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise DataError(f"{file}: the {kind} {min(twice)} is told twice; give it one [[{kind}]].")


def _source(table: Declared) -> Source:
    code = table.needed("code")
    if code in OURS or not code.replace("-", "").isalnum() or code != code.lower() or not code.isascii():
        raise table.wrong("code", f"must be lower-case letters, digits and hyphens, and none of {', '.join(OURS)}.")
    return Source(
        code,
        table.text("label") or code,
        table.one_of("kind", tuple(kind for kind in SOURCE_KINDS if kind != "sample")),
        table.text("licence") or "unknown",
        table.text("url"),
    )


def _file(table: Declared) -> tuple[Upstream | None, FileFormat]:
    url, sha256 = table.text("fetch"), table.text("sha256")
    if (url is None) != (sha256 is None):
        raise table.wrong("fetch", "and sha256 go together: what is fetched is checked.")
    found = FileFormat(
        table.text("delimiter") or ",",
        table.one_of("encoding", ENCODINGS, "utf-8"),
        table.number("preamble_lines", 0),
        table.number("footer_lines", 0),
        table.one_of("decimal", (".", ","), "."),
        table.texts("missing") or (),
        table.texts("ignore") or (),
    )
    if len(found.delimiter) != 1:
        raise table.wrong("delimiter", "must be one character.")
    table.finish()
    return (Upstream(url, sha256) if url and sha256 else None), found


def _when(top: Declared) -> When:
    found = top.text_or_table("effective")
    if found is None:
        raise top.wrong("effective", 'is missing: a month such as "2025-08", or a table with the column that tells it.')
    if isinstance(found, str):
        return When(_month(top, "effective", found))
    column, pattern = found.needed("column"), found.text("format") or "%Y-%m"
    found.finish()
    return When(None, column, pattern)


def _month(table: Declared, key: str, text: str) -> int:
    try:
        return parse_month(text)
    except InputError as error:
        raise table.wrong(key, f"is wrong: {error}") from error


def _pay(table: Declared) -> Pay:
    amounts = [_amount(table, key) for key in ("base", "bonus", "equity", "total_compensation")]
    if not amounts[0] and not amounts[3]:
        raise table.wrong("base", "or total_compensation must name the column with the pay.")
    found = Pay(_currency(table), _unit(table), *amounts)
    table.finish()
    return found


def _amount(table: Declared, key: str) -> Amount | None:
    found = table.text_or_table(key)
    if found is None or isinstance(found, str):
        return Amount((found,)) if found else None
    ends = Amount((found.needed("low"), found.needed("high")))
    found.finish()
    if key != "base":
        raise table.wrong(key, "must name one column; only base pay can be a range in two.")
    return ends


def _currency(table: Declared) -> Choice:
    found = table.text_or_table("currency")
    if isinstance(found, str):
        return Choice(found.upper())
    if found is None:
        raise table.wrong("currency", 'is missing: a code such as "USD", or a table with the column that tells it.')
    column, words = found.needed("column"), found.words("map")
    found.finish()
    return Choice(None, column, tuple((fold(text), code.upper()) for text, code in words.items()))


def _unit(table: Declared) -> Choice:
    found = table.text_or_table("unit") or PayUnit.YEAR.value
    units = tuple(unit.value for unit in PayUnit)
    if isinstance(found, str):
        if found not in units:
            raise table.wrong("unit", f"must be one of {', '.join(units)}, or a table with the column that tells it.")
        return Choice(found)
    column, words = found.needed("column"), found.words("map")
    for text, unit in words.items():
        if unit not in units:
            raise found.wrong(f"map.{text}", f"must be one of {', '.join(units)}.")
    found.finish()
    return Choice(None, column, (*UNITS.items(), *((fold(text), unit) for text, unit in words.items())))


def _factor(table: Declared, missing: tuple[str, ...]) -> FactorColumn:
    factor = Factor(table.one_of("factor", _MAPPABLE))
    own = table.texts("missing")
    found = FactorColumn(
        factor,
        table.text("column"),
        table.text("constant"),
        tuple((fold(text), code) for text, code in table.words("map").items()),
        tuple(fold(text) for text in table.texts("untold") or ()),
        missing if own is None else own,
        table.text("separator"),
        table.flag("level_words", False),
        table.text("soc_column"),
        table.number("minimum_records", 1, least=1),
    )
    table.finish()
    if (found.column is None) == (found.constant is None):
        raise table.wrong("column", "or constant must be given, and not both.")
    if (found.level_words or found.soc_column) and factor is not Factor.ROLE:
        raise table.wrong("level_words", f"and soc_column are for roles, not for {FACTORS[factor].label}.")
    if found.minimum_records > 1 and factor is not Factor.EMPLOYER:
        raise table.wrong("minimum_records", "is for employers.")
    return found


def _measure(table: Declared) -> MeasureColumn:
    measure, column = Measure(table.one_of("measure", _PLAIN_MEASURES)), table.needed("column")
    scale = table.numbers("scale")
    table.finish()
    if scale is not None and (len(scale) != 2 or scale[0] == scale[1]):
        raise table.wrong("scale", "must be the two ends of the source's scale, such as [0, 10].")
    return MeasureColumn(measure, column, (scale[0], scale[1]) if scale else None)


def _pairs(table: Declared | None) -> Pairs | None:
    if table is None:
        return None
    columns, since = table.texts("columns"), _month(table, "since", table.needed("since"))
    single = table.needed_table("single")
    source = _source(single)
    single.finish()
    table.finish()
    if not columns:
        raise table.wrong("columns", "must list the columns that the two ends of a range differ in.")
    return Pairs(columns, since, source)
