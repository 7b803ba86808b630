"""The columns that a mapping names: months, pay, places, filters of rows, factors and scores."""

from collections.abc import Container, Iterator, Mapping
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from seed.importer.toml_model import KeyPath, Problems, Strings, TomlTable, one_of
from seed.importer.value_map import MapFile, MappedText, contradiction, read_map, read_map_file
from service.errors import InputError
from service.vocabulary.factors import MULTIPLE, SINGLE, Factor
from service.vocabulary.measures import MEASURES, Measure, Unit
from service.vocabulary.spellings import fold
from service.vocabulary.units import FULL_TIME_HOURS, MAX_FULL_TIME_HOURS, MIN_FULL_TIME_HOURS, PayUnit, parse_month

LIST = "list"
"""The separator of cells that are lists in the notation of Python or JSON."""
CELL = "cell"
"""The currency of amounts that have their own in each cell."""

_A_DATE = date(2011, 11, 11)
_UNITS = tuple(unit.value for unit in PayUnit)
_UNIT = f"one of {', '.join(_UNITS)}, or a table that names a column"
_SCORES = tuple(measure.value for measure, spec in MEASURES.items() if spec.unit is not Unit.MONEY_PER_YEAR)
_ONE_FACTOR = {
    "soc_column": (Factor.ROLE, "roles"),
    "naics_column": (Factor.INDUSTRY, "industries"),
    "county_column": (Factor.METRO, "metro areas"),
}
"""Keys of [[factor]] that are for one factor alone."""
_COLUMN_KEYS = {"column", "columns", "low", "high", "soc_column", "naics_column", "county_column", "yes"}
_MAPPABLE = tuple(factor.value for factor in (*SINGLE, *MULTIPLE) if factor is not Factor.SOURCE)

ColumnName = Annotated[str, Field(min_length=1, description="the name of a column")]
ColumnNames = Annotated[Strings, Field(min_length=1, description="a list of columns")]
Count = Annotated[int, Field(ge=0, description="a whole number from 0 on")]
StringMap = Annotated[dict[str, str], Field(description='a table of strings, such as {EN = "entry"}')]


def _month(value: Any) -> int:
    if not isinstance(value, str):
        raise ValueError('must be a month in quotation marks, such as "2025-08".')
    try:
        return parse_month(value)
    except InputError as error:
        raise ValueError(f"is wrong: {error}") from error


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _date_read(pattern: str) -> date | None:
    """The date that is read from one written in a format of `strptime`."""
    try:
        return datetime.strptime(_A_DATE.strftime(pattern), pattern).date()  # noqa: DTZ007 - a date
    except ValueError:
        return None


def _map_file(value: Any, info: ValidationInfo) -> Any:
    return read_map_file(info.context["folder"] / value) if isinstance(value, str) and info.context else value


FullTimeHours = Annotated[
    float,
    Field(
        ge=MIN_FULL_TIME_HOURS,
        le=MAX_FULL_TIME_HOURS,
        description=f"a number of hours a week from {MIN_FULL_TIME_HOURS} to {MAX_FULL_TIME_HOURS}, such as 37.5",
    ),
]
Multiplier = Annotated[int, Field(ge=1, le=100_000_000, description="a whole number, such as 1000")]
Month = Annotated[int, BeforeValidator(_month), Field(description='a month such as "2025-08"')]


class ColumnTable(TomlTable):
    """A table that names columns of the file."""

    def tables(self, path: KeyPath = ()) -> Iterator[tuple[KeyPath, "ColumnTable"]]:
        """This table and the tables in it, each with its path."""
        yield path, self
        for name, field in type(self).model_fields.items():
            value, inner = getattr(self, name), (*path, field.alias or name)
            if isinstance(value, ColumnTable):
                yield from value.tables(inner)
            for number, table in enumerate(value if isinstance(value, tuple) else ()):
                if isinstance(table, ColumnTable):
                    yield from table.tables((*inner, number))

    def named_columns(self) -> Iterator[str]:
        """The columns that this table and the tables in it name."""
        for _, table in self.tables():
            for name in filter(_COLUMN_KEYS.__contains__, type(table).model_fields):
                value = getattr(table, name)
                yield from (value,) if isinstance(value, str) else value or ()

    def without(self, absent: Container[str]) -> Self:
        """The table for a file that lacks these columns: the constant beside a column is for such files alone."""
        changes: dict[str, object] = {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, ColumnTable):
                changes[name] = value.without(absent)
            elif isinstance(value, tuple) and value and isinstance(value[0], ColumnTable):
                changes[name] = tuple(table.without(absent) for table in value)
        if self.has_both():
            changes["column" if getattr(self, "column", "") in absent else "constant"] = None
        return self.model_copy(update=changes)

    def has_both(self) -> bool:
        """Whether the table has a column and a constant."""
        return getattr(self, "column", None) is not None and getattr(self, "constant", None) is not None


class EffectiveMonth(ColumnTable):
    """The month of the pay: the same for all rows, or a column in one of some formats of `strptime`."""

    shorthand: ClassVar[str | None] = "constant"
    constant: Month | None = None
    column: ColumnName | None = None
    formats: Annotated[Strings, BeforeValidator(_listed), Field(alias="format", min_length=1)] = ("%Y-%m",)

    def contradictions(self) -> Problems:
        yield from _constant_or_column(self)
        for pattern in self.formats:
            found = _date_read(pattern)
            if found is None or found.year != _A_DATE.year:
                yield "format", f'{pattern!r} must be a format of strptime with a year, such as "%d/%m/%Y".'

    @property
    def has_months(self) -> bool:
        """Whether each row has a month of its own, not only a year."""
        found = [_date_read(pattern) for pattern in self.formats] if self.column else []
        return any(one is not None and one.month == _A_DATE.month for one in found)


class ConstantOrColumn(ColumnTable):
    """A value that all rows share, or a column with the codes of its texts."""

    shorthand: ClassVar[str | None] = "constant"
    constant: str | None = None
    column: ColumnName | None = None
    map: StringMap = Field(default={})

    def contradictions(self) -> Problems:
        yield from _constant_or_column(self)
        if self.column is None and self.map:
            yield "map", "needs a column."


class NumberOrColumn(ColumnTable):
    """A number that all rows share, or a column."""

    shorthand: ClassVar[str | None] = "constant"
    constant: (
        Annotated[float, Field(gt=0, le=80, description="a number up to 80, or a table that names a column")] | None
    ) = None
    column: ColumnName | None = None

    def contradictions(self) -> Problems:
        yield from _constant_or_column(self)


def _constant_or_column(table: EffectiveMonth | ConstantOrColumn | NumberOrColumn) -> Problems:
    if table.constant is None and table.column is None:
        yield "column", "is missing."


class AmountColumns(ColumnTable):
    """Pay in one column (a number, or a range as text), in several columns whose amounts are added, or the low and the high
    end of a range in two columns.

    With `zero` an amount of 0 means that the pay is missing, not that there is none; with `one_missing` a sum with a missing
    amount is that of the others; with `one_end` an amount in only one of two columns is exact, not one end of a range.
    Amounts are multiplied by `multiplier`, those of some columns of a sum by `multipliers`, unless the cell has its own.
    """

    shorthand: ClassVar[str | None] = "column"
    list_shorthand: ClassVar[str | None] = "columns"
    instead_of: ClassVar[Mapping[str, str]] = {
        "unit": "write the unit of base and total_compensation in [pay], and multiplier = 12 for a monthly bonus"
    }
    column: ColumnName | None = None
    columns: ColumnNames = ()
    low: ColumnName | None = None
    high: ColumnName | None = None
    one_missing: Annotated[str, AfterValidator(one_of(("zero",)))] | None = None
    zero: Annotated[str, AfterValidator(one_of(("missing",)))] | None = None
    one_end: Annotated[str, AfterValidator(one_of(("exact",)))] | None = None
    multiplier: Multiplier = 1
    multipliers: Annotated[dict[str, Multiplier], Field(description="a table of columns and whole numbers")] = Field(
        default={}
    )

    def contradictions(self) -> Problems:
        for name in self.multipliers:
            if name not in self.columns:
                yield ("multipliers", name), "is not one of columns, whose amounts are added."
        if self.columns:
            yield from self._wrong_sum()
            return
        if self.column is None and (self.low is None or self.high is None):
            yield "column" if self.low is self.high else "low" if self.low is None else "high", "is missing."
        if self.one_missing:
            yield "one_missing", "is for columns, a list of columns whose amounts are added."
        if self.column is not None and (self.low or self.high):
            yield "column", "is for pay in one column, low and high are for a range in two."
        if self.column is not None and self.one_end:
            yield "one_end", "is for a range in two columns, low and high."

    def _wrong_sum(self) -> Problems:
        for key in ("column", "low", "high", "one_end"):
            if getattr(self, key):
                yield "columns", f"and {key} are both set; keep one of them."
        if repeated := next((name for name in self.columns if self.columns.count(name) > 1), None):
            yield "columns", f"has {repeated!r} twice, which would count it twice."

    def without(self, absent: Container[str]) -> Self:
        """For a file that lacks the column of the high ends, that of the low ends has both, such as "90,000 - 110,000"."""
        if self.high is not None and self.high in absent:
            return self.model_copy(update={"column": self.low, "low": None, "high": None})
        return self

    def multiplier_of(self, column: str) -> int:
        return self.multipliers.get(column, self.multiplier)

    @property
    def names(self) -> tuple[str, ...]:
        return self.columns or ((self.column,) if self.column else (self.low or "", self.high or ""))


class PayColumns(ColumnTable):
    """The amounts, their currency and the time that they pay for: without `unit` a year, unless a cell names another.

    `months` is how often monthly pay is paid in a year. `hours_per_week` turns part-time pay to that of full time, which has
    `full_time_hours` a week.
    """

    currency: ConstantOrColumn = Field(description='a code such as "USD", "cell", or a table that names a column')
    unit: ConstantOrColumn | None = Field(default=None, description=_UNIT)
    months: Annotated[int, Field(ge=12, le=16, description="a whole number from 12 to 16")] = 12
    hours_per_week: NumberOrColumn | None = None
    full_time_hours: FullTimeHours = float(FULL_TIME_HOURS)
    net: bool = False
    base: AmountColumns | None = None
    bonus: AmountColumns | None = None
    equity: AmountColumns | None = None
    total_compensation: AmountColumns | None = None

    @property
    def amounts(self) -> dict[str, AmountColumns]:
        """The columns of amounts by their key."""
        named = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: value for name, value in named.items() if isinstance(value, AmountColumns)}

    def contradictions(self) -> Problems:
        if not self.base and not self.total_compensation:
            yield "base", "or total_compensation must name the column of the pay."
        for key, amount in self.amounts.items():
            if key != "base" and amount.low:
                yield key, "must name one column; only base pay can be a range in two columns."
            if key in ("base", "total_compensation") and amount.columns:
                yield key, "must name one column; only the amounts of bonus and equity are added."
            if key in ("base", "total_compensation") and amount.zero:
                yield (key, "zero"), "is for bonus and equity; a pay of 0 is always missing."
        if self.net:
            yield "net", "cannot be true: PayRank has gross pay, and net pay cannot be converted to it."
        yield from self._wrong_units()

    def _wrong_units(self) -> Problems:
        constant, meanings = (self.unit.constant, self.unit.map) if self.unit else (None, {})
        if constant is not None and constant not in _UNITS:
            yield "unit", f"must be {_UNIT}."
        if constant not in (None, PayUnit.MONTH) and self.months != 12:
            yield "months", f"is for monthly pay, but unit is {constant}."
        for text, unit in meanings.items():
            if unit not in _UNITS:
                yield ("unit", "map", text), f"must be one of {', '.join(_UNITS)}."


class PlaceColumns(ColumnTable):
    """The columns that say where the work is, read together. `country` is a code, or the column of the country."""

    column: ColumnName | None = None
    columns: ColumnNames = ()
    country: ConstantOrColumn | None = None
    map: StringMap = Field(default={})
    no_answer: Strings = ()
    missing: Strings | None = None

    def contradictions(self) -> Problems:
        if (self.column is None) == (not self.columns):
            yield "column", "or columns must name where the place is, and not both."


class RowFilter(ColumnTable):
    """The texts of a column whose rows are imported (`included`), or left out (`excluded`, or `unlike` with patterns)."""

    column: ColumnName
    included: Strings | None = Field(None, alias="in")
    excluded: Strings | None = Field(None, alias="not_in")
    unlike: Strings | None = Field(None, alias="not_like")

    def contradictions(self) -> Problems:
        if [self.included, self.excluded, self.unlike].count(None) != 2:
            yield "in", "or not_in, or not_like, must list texts of the column; keep one of them."


class FactorColumn(ColumnTable):
    """The columns of a factor, or a constant.

    `map` and `map_file` have the codes of texts; with `columns` their texts are joined by `join`, or looked up together.
    `no_answer` lists texts that mean no value and are not reported as unknown. `yes` has the codes of columns that say
    whether a record has a value. `soc_column` is for job titles, `naics_column` for industries, `county_column` for metro
    areas, `minimum_records` for employers.
    """

    factor: Annotated[Factor, BeforeValidator(one_of(_MAPPABLE, Factor))]
    column: ColumnName | None = None
    columns: ColumnNames = ()
    join: str = ", "
    constant: str | None = None
    map: Annotated[tuple[MappedText, ...], BeforeValidator(read_map)] = ()
    map_file: Annotated[MapFile | None, BeforeValidator(_map_file), Field(description="the name of a CSV file")] = None
    no_answer: Strings = ()
    missing: Strings | None = None
    separator: (
        Annotated[str, Field(min_length=1, description='the characters between values, such as ";", or "list"')] | None
    ) = None
    yes: StringMap = Field(default={})
    yes_values: Strings = ("yes", "y", "true", "1", "x")
    soc_column: ColumnName | None = None
    naics_column: ColumnName | None = None
    county_column: ColumnName | None = None
    minimum_records: Annotated[int, Field(ge=1, description="a whole number from 1 on")] = 1

    @property
    def texts(self) -> tuple[str, ...]:
        """The columns whose text is read."""
        return self.columns or ((self.column,) if self.column else ())

    def ignored(self, missing: tuple[str, ...]) -> frozenset[str]:
        """The spellings that mean no value; `missing` are the marks of the file."""
        return frozenset(map(fold, ("", *self.no_answer, *(missing if self.missing is None else self.missing))))

    @property
    def mapped(self) -> tuple[MappedText, ...]:
        """The texts of `map` and `map_file` and their codes."""
        return (*self.map, *(self.map_file.mapped(self.texts) if self.map_file else ()))

    @property
    def codes(self) -> Iterator[tuple[str, str]]:
        """The codes of values that the table names, each with where."""
        if self.constant:
            yield self.constant, "constant"
        yield from ((entry.code, entry.origin) for entry in self.mapped)
        yield from ((code, "yes") for code in self.yes.values())

    def contradictions(self) -> Problems:
        given = {"column": self.column, "columns": self.columns, "constant": self.constant, "yes": self.yes}
        sources = [key for key, value in given.items() if value] or (["naics_column"] if self.naics_column else [])
        if not sources:
            yield "column", "is missing; name a column, or set columns, constant or yes."
        elif len(sources) > 1 and sources not in (["column", "constant"], ["column", "yes"], ["columns", "yes"]):
            yield sources[0], f"and {sources[1]} are both set; keep one of them."
        yield from self._without_texts()
        yield from self._wrong_map()
        yield from self._wrong_factor()

    def _without_texts(self) -> Problems:
        about_texts = ("map", "map_file", "no_answer", "missing", "separator", "soc_column")
        for key in about_texts if not self.texts and not self.yes else ():
            if key in self.model_fields_set:
                yield key, "needs a column."
        if "join" in self.model_fields_set and not self.columns:
            yield "join", "is for columns, a list of columns whose texts are joined."
        if "yes_values" in self.model_fields_set and not self.yes:
            yield "yes_values", "needs yes, a table of columns and codes."

    def _wrong_map(self) -> Problems:
        if self.map_file and (problem := self.map_file.header_problem(self.texts)):
            yield "map_file", problem
        elif problem := contradiction(self.mapped):
            yield "map" if self.map else "map_file", problem
        for entry in self.map:
            if not entry.code:
                where = f"seed/reference/{self.factor}.csv has the codes"
                yield "map", f"has no code for {', '.join(entry.texts)!r}; {where}, no_answer is for other texts."
            if entry.listed and len(entry.texts) != len(self.texts):
                row, size = [*entry.texts, entry.code], len(self.texts) + 1
                yield "map", f"has {row}; a list must have {size} strings, the texts of {', '.join(self.texts)} and a code."

    def _wrong_factor(self) -> Problems:
        for key, (factor, plural) in _ONE_FACTOR.items():
            if getattr(self, key) and self.factor is not factor:
                yield key, f"is for {plural}, not for {self.factor}."
        if self.minimum_records > 1 and self.factor is not Factor.EMPLOYER:
            yield "minimum_records", f"is for employers, not for {self.factor}."
        if self.yes and self.factor not in MULTIPLE:
            yield "yes", f"is for factors with several values ({', '.join(MULTIPLE)}), not for {self.factor}."


class MeasureColumn(ColumnTable):
    """A score or a percentage; `scale` has the ends of the source's own scale, which map to those of the measure.

    `map` has the scores of texts, on the scale of the measure.
    """

    measure: Annotated[Measure, BeforeValidator(one_of(_SCORES, Measure))]
    column: ColumnName
    scale: Annotated[tuple[float, float] | None, Field(strict=False, description="two numbers, such as [0, 10]")] = None
    map: Annotated[dict[str, int], Field(description="a table of whole numbers, such as {Good = 4}")] = Field(default={})

    def contradictions(self) -> Problems:
        if self.scale and self.scale[0] == self.scale[1]:
            yield "scale", "must be the two ends of the source's scale, such as [0, 10]."
        spec = MEASURES[self.measure]
        for text, score in self.map.items():
            if not spec.low <= score <= spec.high:
                yield ("map", text), f"must be from {spec.low} to {spec.high}."
