"""The table [pay] of a proposal: the columns of amounts, their currency, unit, multiplier and hours, by names and cells."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import pairwise

from seed.importer.amount_tokens import Kind, Token, Tokenizer, Unreadable
from seed.importer.amounts import AmountReader
from seed.importer.suggestion.columns import NAMED, Column, file_taxonomy, has_word, place_of, spaced
from seed.importer.toml_model import inline_table, quoted, string_list
from seed.reference_data import fx_rates
from service.vocabulary.currencies import LOCAL_CURRENCY
from service.vocabulary.factors import Factor
from service.vocabulary.units import FULL_TIME_HOURS, MAX_FULL_TIME_HOURS, MIN_FULL_TIME_HOURS, PER_YEAR, PayUnit

GUESS = "GUESS:"
"""Marks the comment on a value that the file does not state."""
_PARTS = {"base": 0.5, "low": 0.5, "high": 0.5, "bonus": NAMED, "equity": NAMED, "total": 0.5}
_MAIN = frozenset({"base", "low", "total"})
"""The parts of pay, and how well a name must fit each: a long question about shares is seldom about their value."""
_BY_YEAR = frozenset({"bonus", "equity"})
"""The parts that the key `unit` is not for: their amounts are yearly unless multiplied."""
_DECIMAL_COMMA = re.compile(r"(?<!\d)(?:\d{1,3}(?:\.\d{3})+(?:,\d{1,2})?|\d+,\d{1,2})(?!\d)")
_DECIMAL_POINT = re.compile(r"(?<!\d)(?:\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+\.\d{1,2})(?!\d)")
_COMPOUND_UNITS = {"hour_unit": PayUnit.HOUR, "month_unit": PayUnit.MONTH, "year_unit": PayUnit.YEAR}
_THOUSANDS = re.compile(r"(?<![\d.,])(?:'?000s?|1[.,' ]?000)(?![\d.,])")
_NOT_IN_NAMES = frozenset({"mon", "ay", "den", "rok", "ral", "im", "a", "e", "h", "l", "m", "r"})
"""Words of cells that are other words in names of columns."""
_NEEDS_A_NEIGHBOUR = frozenset({"k", "m"})
_MAX_HOURS, _MIN_HOURS = 80, 10
_MOST = 0.75
"""The share of rows with the same hours from which on these are full time."""
_WIDESPREAD = ("EUR", "INR", "JPY", "RUB", "SEK")
"""The likely currencies of a sign or a multiplier that several use."""
_YEARS = range(1950, 2036)
_SHOWN = 5
_MAX_TIMES = 52
_SEVERAL = {
    (Decimal(2), PayUnit.WEEK): PayUnit.TWO_WEEKS,
    (Decimal(12), PayUnit.MONTH): PayUnit.YEAR,
    (Decimal(52), PayUnit.WEEK): PayUnit.YEAR,
}


@cache
def _codes() -> frozenset[str]:
    return frozenset(rate.currency for rate in fx_rates())


@dataclass(frozen=True, slots=True)
class _Statement:
    """What a name or a text says: the currencies that it fits and the usual one of them, a unit, a multiplier, net pay.

    `hinted` are the currencies that a word such as "lakhs" is used with; `period` is a time that is no unit, "3 months".
    """

    currencies: frozenset[str] = frozenset()
    usual: str | None = None
    hinted: frozenset[str] = frozenset()
    unit: PayUnit | None = None
    multiplier: int = 1
    net: bool = False
    period: str = ""


@cache
def _stated(name: str) -> _Statement:
    """What the words of seed/reference/pay_word.csv in a name say; other words are left out."""
    text = spaced(name)
    try:
        tokens = Tokenizer(_codes()).tokens(_THOUSANDS.sub(" thousands ", text))
    except Unreadable:
        return _Statement()
    signs = {position for position, token in enumerate(tokens) if not {Kind.CURRENCY, Kind.OPEN}.isdisjoint(token.meanings)}
    used = [
        token.meanings
        for position, token in enumerate(tokens)
        if token.text not in _NOT_IN_NAMES - _NEEDS_A_NEIGHBOUR
        and (token.text not in _NEEDS_A_NEIGHBOUR or not signs.isdisjoint((position - 1, position + 1)))
    ]
    named = [meanings[Kind.CURRENCY] for meanings in used if Kind.CURRENCY in meanings]
    common = frozenset.intersection(*(one.codes for one in named)) if named else frozenset()
    several = _several(tokens)
    units = {meanings[Kind.UNIT] for meanings in used if Kind.UNIT in meanings and Kind.NET not in meanings}
    units = {several[1]} if several else units
    units |= {unit for meaning, unit in _COMPOUND_UNITS.items() if has_word(name, meaning)}
    factors = {meanings.get(Kind.MULTIPLIER, meanings.get(Kind.COMPOUND)) for meanings in used} - {None}
    return _Statement(
        common,
        next((one.usual for one in named if one.usual in common), None),
        next((meanings[Kind.HINT].codes for meanings in used if Kind.HINT in meanings), frozenset()),
        units.pop() if len(units) == 1 else None,
        int(factors.pop()) if len(factors) == 1 else 1,
        any(Kind.NET in meanings for meanings in used),
        several[0] if several and several[1] is None else "",
    )


def _several(tokens: Sequence[Token]) -> tuple[str, PayUnit | None] | None:
    """A number of weeks, or of another time after "per", in a name, and the unit that it is; None if there is none.

    The year of "Salary 2024 monthly" is no number of months.
    """
    for number, token in pairwise(token for token in tokens if token.text not in "-'"):
        unit, count = token.meanings.get(Kind.UNIT), number.number.value if number.number else None
        if unit is None or count is None or count > _MAX_TIMES or Kind.MULTIPLIER in token.meanings:
            continue
        if count == 1 or (count, unit) in _SEVERAL:
            return f"{count} {token.text}", _SEVERAL.get((count, unit), unit)
        if any(Kind.PER in one.meanings for one in tokens) or Kind.PLURAL in token.meanings or token.text.endswith("s"):
            return f"{count} {token.text}", None
    return None


@dataclass(frozen=True, slots=True)
class PayProposal:
    """The best column for each part of pay, other columns that may be pay, and those of net pay; the columns of currency,
    unit and hours."""

    parts: dict[str, Column]
    others: tuple[Column, ...]
    net: tuple[Column, ...]
    bonuses: tuple[Column, ...]
    certain: bool
    currency: Column | None
    unit: Column | None
    hours: Column | None

    @property
    def main(self) -> Column | None:
        return next((self.parts[part] for part in ("base", "low", "total") if part in self.parts), None)

    @property
    def columns(self) -> list[Column]:
        return [*self.parts.values(), *(one for one in (self.currency, self.unit, self.hours) if one)]

    @property
    def decimal(self) -> str | None:
        """The decimal separator of amounts, if some can be read in one way only."""
        texts = [text for column in self.parts.values() for text in column.texts]
        commas = sum(1 for text in texts if _DECIMAL_COMMA.search(text) and not _DECIMAL_POINT.search(text))
        points = sum(1 for text in texts if _DECIMAL_POINT.search(text) and not _DECIMAL_COMMA.search(text))
        return "," if commas > points else None

    def lines(self, columns: Sequence[Column]) -> Iterator[str]:
        """The table as TOML; `columns` are all columns of the file."""
        yield "[pay]"
        yield from self._amount_lines()
        if self.main:
            yield from self._currency_lines(self.main, columns)
            yield from self._unit_lines(self.main)
            yield from self._hours_lines()
        yield ""

    def _amount_lines(self) -> Iterator[str]:
        guess = "" if self.certain else f"{GUESS} no name says pay, but this has the largest amounts; "
        if "low" in self.parts:
            low, high = self.parts["low"], self.parts["high"]
            ends = {"low": low.name, "high": high.name} | _multiplier(low)
            yield f"base = {inline_table(ends)}  # {guess}{_magnitude(low)}"
        keys = (("base", "base"), ("bonus", "bonus"), ("equity", "equity"), ("total", "total_compensation"))
        for part, key in keys:
            if part in self.parts:
                column = self.parts[part]
                per_year = _per_year(column) if part in _BY_YEAR else 1
                factor = int(_multiplier(column).get("multiplier", 1)) * per_year
                value = inline_table({"column": column.name, "multiplier": factor}) if factor > 1 else quoted(column.name)
                scaled = "; its name says the multiplier" if factor > 1 else ""
                scaled = (
                    f"; per {_stated(column.name).unit}, as its name says, so multiplied to a year"
                    if per_year > 1
                    else scaled
                )
                unsure = guess if part == "base" else ""
                mark = "# " if self._has_another_unit(part) else ""
                yield f"{mark}{key} = {value}  # {unsure}{_magnitude(column)}{scaled}"
                if mark:
                    yield f"# It is per {_stated(column.name).unit or 'year'}, but unit is one for base and {key}."
        yield from self._bonus_lines()
        if self.main is None:
            yield f'# base = ""  # unknown: no column of {"gross pay" if self.net else "amounts"} was found'
        for column in self.others[:_SHOWN]:
            yield f"# {quoted(column.name)} may be pay too; {_magnitude(column)}"
        for column in self.net[:_SHOWN]:
            yield f"# {quoted(column.name)} is net pay by its name, which cannot be imported: only gross pay can."

    def _bonus_lines(self) -> Iterator[str]:
        """The sum of the bonuses for the same time and with the same multiplier, and the names of the others."""
        if "bonus" not in self.parts:
            return
        first = self.parts["bonus"]
        further = [column for column in self.bonuses if column is not first]
        scale = _per_year(first), _multiplier(first)
        alike = [column.name for column in further if (_per_year(column), _multiplier(column)) == scale]
        if alike:
            factor = int(scale[1].get("multiplier", 1)) * scale[0]
            names = [first.name, *alike]
            table = f"{{columns = {string_list(names)}, multiplier = {factor}}}" if factor > 1 else string_list(names)
            yield f"# bonus = {table}  # to add all of them, if they are parts of it"
        for column in further:
            if column.name not in alike:
                yield f"# {quoted(column.name)} is a bonus for another time or in another multiple, so it cannot be added."

    def _has_another_unit(self, part: str) -> bool:
        """Whether a total is for another time than the base salary."""
        if part != "total" or "total" not in self.parts or self.main is self.parts["total"] or not self.main:
            return False
        units = {_stated(column.name).unit or PayUnit.YEAR for column in (self.main, self.parts["total"])}
        return self.unit is None and len(units) > 1

    def _currency_lines(self, main: Column, columns: Sequence[Column]) -> Iterator[str]:
        stated = _currency(_stated(main.name))
        if self.currency:
            codes, unknown = _currency_map(self.currency, columns)
            table = {"column": self.currency.name} | ({"map": codes} if codes else {})
            yield f"currency = {inline_table(table)}"
            if unknown:
                shown = ", ".join(map(quoted, unknown[:_SHOWN]))
                yield f"# Rows with an unknown currency are refused. Add to the map the codes of {shown}."
        elif stated:
            yield f"currency = {quoted(stated)}  # from the name of the column"
        elif code := _common_currency(main):
            yield f"currency = {quoted(code)}  # most amounts have its sign or code; others are refused"
        elif _marked(main) >= 0.5:
            yield 'currency = "cell"  # most amounts have a sign or a code of their own'
        else:
            code, reason = _guessed_currency(main, columns)
            yield f'currency = {quoted(code)}  # {GUESS} {reason}; a code, "cell", or {{column = "..."}}'

    def _unit_lines(self, main: Column) -> Iterator[str]:
        stated, period = _stated(main.name).unit, _stated(main.name).period
        if self.unit:
            yield f"unit = {{column = {quoted(self.unit.name)}}}  # its texts: {shown_texts(self.unit)}"
        elif stated and stated is not PayUnit.YEAR:
            yield f"unit = {quoted(stated.value)}  # from the name of the column"
        elif period:
            yield f'# unit = ""  # the name of the column says {period}, which is no unit: give a multiplier to one, too'
        elif stated:
            yield "# unit is the default, a year, as the name of the column says"
        else:
            yield '# unit = "year"  # by default; or month, two-weeks, week, day, hour, or {column = "..."}'

    def _hours_lines(self) -> Iterator[str]:
        if self.hours is None:
            return
        usable = self.hours.share(Counter({text: n for text, n in self.hours.texts.items() if _are_hours(text)}))
        line = f"hours_per_week = {{column = {quoted(self.hours.name)}}}  # its texts: {shown_texts(self.hours)}"
        if has_word(self.hours.name, "worked_hours"):
            yield "# Only hours that the pay is for, such as contracted ones, belong here, not hours that are worked:"
            yield f"# {line}"
        elif usable >= 0.95:
            yield line
            yield from self._full_time_lines(self.hours)
        else:
            yield f"# Only {usable:.0%} of these cells are hours a week or shares of full time (80%):"
            yield f"# {line}"

    def _full_time_lines(self, hours: Column) -> Iterator[str]:
        """The most frequent hours as those of full time, as a comment unless most rows have them."""
        (text, count), usual = hours.texts.most_common(1)[0], hours.most_common(1)[0].replace(",", ".")
        if not usual.replace(".", "", 1).isdecimal() or float(usual) == FULL_TIME_HOURS:
            return
        if MIN_FULL_TIME_HOURS <= float(usual) <= MAX_FULL_TIME_HOURS:
            mark = "" if count >= _MOST * hours.cells else "# "
            share = f"{count / hours.cells:.0%} of the rows with hours have {quoted(text)}"
            yield f"{mark}full_time_hours = {usual}  # {share}; {FULL_TIME_HOURS} by default"


def propose_pay(columns: Sequence[Column]) -> PayProposal:
    """Each amount column is used once, for the part of pay that its name fits best. Columns of another pay, such as the
    expected or converted one, are used only if there are no others; those of net pay never are."""
    with_net = [column for column in columns if _is_amount(column)]
    amounts = [column for column in with_net if not _stated(column.name).net]
    others = [column for column in amounts if "other" in column.scores]
    usual = [column for column in amounts if column not in others]
    found = _with_range(_best_columns(usual))
    if _MAIN.isdisjoint(found):
        instead = _with_range(_best_columns(others))
        found |= {part: column for part, column in instead.items() if part in _MAIN}
    certain = not _MAIN.isdisjoint(found)
    if not certain and (largest := _largest([column for column in usual if column not in found.values()])):
        found["base"] = largest
    pay = [column for column in amounts if ("base" in column.scores or "total" in column.scores) and "%" not in column.name]
    rest = [column for column in columns if column not in found.values()]
    return PayProposal(
        found,
        tuple(column for column in pay if column not in found.values()),
        tuple(column for column in with_net if column not in amounts),
        tuple(column for column in usual if column.named("bonus") and column not in _main(found))
        if "bonus" in found
        else (),
        certain,
        _best("currency", [column for column in rest if not column.is_amount()]),
        _best("unit", [column for column in rest if len(column.texts) <= 20 and _units(column) >= 0.5]),
        _best("hours", [column for column in rest if column.numbers]),
    )


def _main(found: dict[str, Column]) -> list[Column]:
    return [column for part, column in found.items() if part in _MAIN]


def _is_amount(column: Column) -> bool:
    """Whether a column has amounts; those of a column in thousands or lakhs may be small."""
    return column.is_amount(0.5 if _stated(column.name).multiplier > 1 else 5.0)


def _best_columns(columns: Sequence[Column]) -> dict[str, Column]:
    pairs = [
        (column.scores[part], -number, part, column)
        for number, column in enumerate(columns)
        for part, minimum in _PARTS.items()
        if column.scores.get(part, 0) >= minimum
    ]
    found: dict[str, Column] = {}
    for _, _, part, column in sorted(pairs, key=lambda pair: pair[:2], reverse=True):
        if part not in found and column not in found.values():
            found[part] = column
    return found


def _with_range(found: dict[str, Column]) -> dict[str, Column]:
    """The parts with a range in two columns, or with a base salary in one."""
    parts = dict(found)
    if "low" in parts and "high" in parts:
        parts.pop("base", None)
    elif "base" not in parts and "low" in parts:
        parts["base"] = parts.pop("low")
    for part in ("low", "high") if "base" in parts else ():
        parts.pop(part, None)
    return parts


def _largest(columns: Sequence[Column]) -> Column | None:
    """The column with the largest amounts, if they may be pay, but neither numbers of rows nor years."""
    pay = [column for column in columns if 1_000 <= _amount(column) <= 10**9 and "row" not in column.scores]
    return max((column for column in pay if not _are_years(column)), key=_amount, default=None)


def _amount(column: Column) -> float:
    """The median of a column, with the multiplier of its name."""
    return column.middle * int(_multiplier(column).get("multiplier", 1))


def _are_years(column: Column) -> bool:
    return all(number in _YEARS for number in column.numbers)


def _best(meaning: str, columns: Sequence[Column]) -> Column | None:
    named = [column for column in columns if column.cells and column.scores.get(meaning, 0) >= NAMED]
    return max(named, key=lambda column: column.scores[meaning], default=None)


def _units(column: Column) -> float:
    """The share of cells with a unit of pay."""
    reader = AmountReader(_codes())
    return column.share(Counter({text: count for text, count in column.texts.items() if _is_unit(reader, text)}))


def _is_unit(reader: AmountReader, text: str) -> bool:
    try:
        return bool(reader.unit(text))
    except Unreadable:
        return False


def _are_hours(text: str) -> bool:
    """Whether a text is hours a week, or a share of full time as a percentage."""
    found = re.fullmatch(r"(\d+(?:[.,]\d+)?) ?(%|h|hours?)?", text.casefold())
    return found is not None and (found[2] == "%" or _MIN_HOURS <= float(found[1].replace(",", ".")) <= _MAX_HOURS)


# Currencies


def _currency(stated: _Statement) -> str | None:
    return next(iter(stated.currencies)) if len(stated.currencies) == 1 else stated.usual


def _marked(column: Column) -> float:
    """The share of amounts that have a currency of their own."""
    return column.share(Counter({text: count for text, count in column.texts.items() if _stated(text).currencies}))


def _common_currency(column: Column) -> str | None:
    """The only currency that three quarters of the amounts with a sign or a code fit, if most amounts have one."""
    fitting = Counter[str]()
    for text, count in column.texts.items():
        fitting.update(dict.fromkeys(_stated(text).currencies, count))
    marked = _marked(column)
    common = [code for code, count in fitting.items() if marked >= 0.5 and count >= 0.75 * marked * column.cells]
    return common[0] if len(common) == 1 else None


def _currency_map(column: Column, columns: Sequence[Column]) -> tuple[dict[str, str], list[str]]:
    """The codes of the texts of a currency column that the importer does not know, and texts without a known currency.

    A word such as "pesos" is a currency that the column's name has, or that of the country of most rows.
    """
    reader, found = AmountReader(_codes()), dict[str, str | None]()
    local = {_country_currency(columns)[0], *_codes_in(column.name)} - {None}
    for text in column.most_common(100):
        statement = reader.currency(text)
        known = statement.usual or len(statement.currencies) == 1
        if text.upper() not in _codes() and not known:
            stated = _stated(text)
            fitting = stated.currencies & local
            codes = _codes_in(text) or list(filter(None, [_currency(stated)])) or list(fitting)
            found[text] = codes[0] if len(codes) == 1 else "USD" if "USD" in stated.currencies else None
    return {text: code for text, code in found.items() if code}, [text for text, code in found.items() if not code]


def _codes_in(text: str) -> list[str]:
    return [code for code in dict.fromkeys(re.findall(r"(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])", text)) if code in _codes()]


def _guessed_currency(main: Column, columns: Sequence[Column]) -> tuple[str, str]:
    """A currency that nothing in the file states, and why."""
    codes, (local, country) = _stated(main.name).currencies | _stated_in(main), _country_currency(columns)
    if local and (not codes or local in codes):
        return local, f"the currency of {country}, where most rows are"
    hinted = codes or _stated(main.name).hinted
    if hinted and "USD" not in hinted:
        likely = [code for code in (local, *_WIDESPREAD, *sorted(hinted)) if code in hinted]
        return str(likely[0]), "its sign fits several currencies" if codes else "its multiplier is used with it"
    others = {code for column in columns if (code := _currency(_stated(column.name))) and _is_amount(column)}
    if len(others) == 1:
        return others.pop(), "another column names it"
    return "USD", "the sign fits several currencies" if codes else "nothing names a currency"


def _stated_in(column: Column) -> frozenset[str]:
    return next((found for text in column.most_common(_SHOWN) if (found := _stated(text).currencies)), frozenset())


def _country_currency(columns: Sequence[Column]) -> tuple[str | None, str]:
    """The currency of the country that most rows are in, and the country; none if there is no such country."""
    for column in columns:
        if max((column.named(meaning) for meaning in ("country", "place", "metro", "subdivision")), default=0):
            counts = Counter[str]()
            for text, count in column.places().items():
                country = place_of(text).country
                counts[country.code if country else ""] += count
            code, count = counts.most_common(1)[0] if counts else ("", 0)
            if code in LOCAL_CURRENCY and count >= 0.8 * counts.total() and counts.total() >= 0.3 * column.cells:
                return LOCAL_CURRENCY[code], file_taxonomy().find(Factor.COUNTRY, code).label
    return None, ""


def _multiplier(column: Column) -> dict[str, str | int]:
    """The key for amounts in thousands or lakhs, as the name of the column says, unless the amounts are too large for it."""
    factor = _stated(column.name).multiplier
    return {"multiplier": factor} if factor > 1 and column.middle < 10_000 else {}


def _per_year(column: Column) -> int:
    """How often a year a bonus or equity is paid, as the name of the column says; once by default."""
    return PER_YEAR[_stated(column.name).unit or PayUnit.YEAR]


def _magnitude(column: Column) -> str:
    return f"the median is about {column.middle:,.0f}" if column.middle >= 100 else f"the median is {column.middle:,.4g}"


def shown_texts(column: Column) -> str:
    """The most frequent texts of a column."""
    return ", ".join(quoted(text[:60]) for text in column.most_common(3))
