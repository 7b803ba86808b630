"""Reading one cell of pay: an amount or a range, and what the cell says about its currency, its unit and its kind of pay.

A text is read as its only possible meaning, or refused with a reason: no word, sign or capital is ever dropped.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

from seed.importer.amount_tokens import (
    MAX_PAYMENTS,
    MIN_PAYMENTS,
    NOT_AN_AMOUNT,
    Kind,
    Number,
    Token,
    Tokenizer,
    Unreadable,
    alone,
    read_number,
    unit_codes,
    without_further_pay,
    without_payments,
)
from service.vocabulary.measures import MEASURES, Measure
from service.vocabulary.units import PER_YEAR, PayUnit

MAX_RANGE_RATIO = 10
"""Ends of a range further apart than this are not in the same unit or multiple: "1,000 - 90,000"."""
MAX_ONE_UNIT_RATIO = 3
"""Ends of a range further apart than this are not in the same unit if only one of them names it: "$50/hr - $4000"."""
FAR_APART = f"is a range whose ends are more than {MAX_RANGE_RATIO} times apart"
ONE_UNIT = f"is a range whose ends are more than {MAX_ONE_UNIT_RATIO} times apart, and only one of them names its unit"
POINT_OF_THOUSANDS = (
    'a point before three digits was read as a separator of thousands; set decimal = "," in [file] to confirm'
)
SPACED = "a blank before three digits was read as a separator of thousands, since both numbers alone are too little for pay"
APPROXIMATE = "an approximate amount was read as exact"
FURTHER = "further pay without an amount, such as + bonus, was left out"
SLASHED = "two amounts with a slash between them, such as 65/70k, were read as a range"
TIMES_PAYMENTS = "a month's pay with its number of payments, such as 3,000 x 14, was read as pay for a year"


@dataclass(frozen=True, slots=True)
class Statement:
    """What a cell says about its number.

    `currencies` are the codes that the signs and words fit, empty if there are none; `usual` is the one that they mean
    unless another is named. `thousands` are separators that were read as those of thousands only because three digits
    follow them, `decimal` those that were read as decimal. `multiplied` says that the cell has a multiplier of its own, such
    as "85k"; `spaced` that it is two numbers, such as "42 100", unless the blank groups digits; `paid_months` that it is a
    month's pay times its payments, for a year. `notes` say what is uncertain.
    """

    currencies: frozenset[str] = frozenset()
    usual: str | None = None
    unit: PayUnit | None = None
    part: Measure | None = None
    thousands: frozenset[str] = frozenset()
    decimal: frozenset[str] = frozenset()
    multiplied: bool = False
    spaced: bool = False
    paid_months: bool = False
    notes: tuple[str, ...] = ()


NOTHING = Statement()
_POSSIBLY_DECIMAL = (".", ",")


@dataclass(frozen=True, slots=True)
class Reading:
    """The ends of a range, equal for an exact amount; NaN for the end that a one-sided range lacks."""

    low: float
    high: float
    statement: Statement = NOTHING

    def times(self, payments: Decimal) -> "Reading":
        """The pay for a year of this pay for a month. Raises Unreadable if it is for another time."""
        if self.statement.unit not in (None, PayUnit.MONTH):
            raise Unreadable(f"is pay for a {self.statement.unit} that is multiplied by a number of payments a year")
        said = replace(self.statement, unit=PayUnit.YEAR, paid_months=True, notes=(*self.statement.notes, TIMES_PAYMENTS))
        low, high = (float(Decimal(repr(end)) * payments) for end in (self.low, self.high))
        return Reading(low, high, said)


def far_apart(low: Any, high: Any, ratio: float = MAX_RANGE_RATIO) -> Any:
    """Whether the ends of a range, or arrays of them, are further apart than a ratio; a low end of 0 is not."""
    return (low > 0) & (high > low * ratio)


class AmountReader:
    """Reads cells of pay. `currencies` are the known codes, `decimal` the decimal separator, None if unknown.

    >>> read = AmountReader(["USD", "CAD"]).read
    >>> read("100-120k CAD").high, read("> $80,000").low, read("80k p.a.").statement.unit
    (120000.0, 80000.0, <PayUnit.YEAR: 'year'>)
    """

    def __init__(self, currencies: Collection[str], decimal: str | None = None) -> None:
        self._tokenizer, self._decimal = Tokenizer(currencies, decimal), decimal
        self._frame = lru_cache(1_000)(self._read_frame)

    def read(self, text: str) -> Reading:
        """Raises Unreadable with the reason."""
        framed = _FRAMED.fullmatch(text)
        if framed and (statement := self._frame(framed[1], framed[3])):
            number = read_number(framed[2], self._decimal)
            return Reading(float(number.value), float(number.value), _with_separators(statement, [number]))
        return self._read(text)

    def _read_frame(self, before: str, after: str) -> Statement | None:
        """What the texts around the only number of a cell say, which is the same for any number: cells such as "$123,456"
        differ in little else. None if they do more than that, as multipliers and limits do."""
        try:
            reading = self._read(f"{before}1{after}")
        except Unreadable:
            return None
        return reading.statement if reading.low == reading.high == 1 else None

    def _read(self, text: str) -> Reading:
        if text.strip().startswith(_LIST_SIGNS):
            raise Unreadable("is a list or a structure, not an amount; name a column that has one amount in each cell")
        tokens, payments = without_payments(without_further_pay(self._tokenizer.tokens(text)))
        _refuse(tokens)
        amounts = _Amounts(tokens)
        low, high = map(float, _values(amounts))
        if low > high:
            raise Unreadable(f"is a range whose low end {_figure(low)} is above its high end {_figure(high)}")
        reading = Reading(low, high, _statement(tokens, amounts))
        if far_apart(low, high):
            raise Unreadable(FAR_APART)
        if amounts.first_has_unit and not amounts.last_has_unit and far_apart(low, high, MAX_ONE_UNIT_RATIO):
            raise Unreadable(ONE_UNIT)
        if not reading.statement.currencies:
            reading = _without_other_numbers(text, reading)
        return reading.times(payments) if payments else reading

    def unit(self, text: str) -> PayUnit:
        """The unit that a text names alone, or as a number of payments a year. Raises Unreadable with the reason."""
        if code := unit_codes().get(text.strip().rstrip(".").casefold()):
            return code
        tokens = self._tokenizer.tokens(text)
        _refuse_words(tokens)
        found = alone(tokens, Kind.UNIT) or _unit_of_payments(tokens)
        if len(found) != 1:
            raise Unreadable("is not a known unit")
        return found[0].meanings[Kind.UNIT]  # type: ignore[no-any-return]

    def currency(self, text: str) -> Statement:
        """The currencies that a text without a number fits; none if there is anything else in it."""
        try:
            tokens = [token for token in self._tokenizer.tokens(text) if token.text != "-"]
            return Statement(*_currencies(alone(tokens, Kind.CURRENCY)))
        except Unreadable:
            return NOTHING


_FRAMED = re.compile(r"([^\d]*)([0-9]+(?:[.,'][0-9]+)*)((?:[^\d.,'][^\d]*)?)")
"""The only number of a text, in plain digits, and what is before and after it."""
_TWO_NUMBERS = re.compile(r"(?<![\d.,'])(?<!\d )(\d{1,3}) +(\d{3})(?! ?\d|[.,']\d)")
"""Digits with one plain blank: 120 130 may be a range, while in 35 000 the blank groups the digits."""
_YEARS = re.compile(r"\W*\d{4}\D+\d{4}\W*")
_FIRST_YEAR, _LAST_YEAR, _MAX_YEARS = 1990, 2035, 5
_LIST_SIGNS = ("[", "{")
_UNIT_OF_PAYMENTS = {
    PER_YEAR[unit]: unit for unit in (PayUnit.MONTH, PayUnit.HALF_MONTH, PayUnit.TWO_WEEKS, PayUnit.WEEK, PayUnit.YEAR)
}


def _unit_of_payments(tokens: Sequence[Token]) -> list[Token]:
    """The unit that a number of payments a year is: that of "24 times a year" is half a month."""
    number = tokens[0].number if tokens else None
    counted = [token for token in tokens[1:] if token.meanings.keys() & {Kind.TIMES, Kind.PAYMENTS}]
    others = [token for token in tokens[1:] if token not in counted]
    years = alone(others, Kind.UNIT)
    if not number or not counted or not years or any(token.meanings[Kind.UNIT] is not PayUnit.YEAR for token in years):
        return []
    if MIN_PAYMENTS < number.value <= MAX_PAYMENTS:
        raise Unreadable(f'is a month that is paid {number.value} times a year: set unit = "month" and months in [pay]')
    unit = _UNIT_OF_PAYMENTS.get(int(number.value)) if number.value == int(number.value) else None
    return [Token(tokens[0].text, {Kind.UNIT: unit})] if unit else []


def _refuse(tokens: Sequence[Token]) -> None:
    """Raise Unreadable for texts with a token that rules out a gross amount."""
    found = {kind: token for token in reversed(tokens) for kind in token.meanings}
    if Kind.PERCENT in found:
        raise Unreadable("is a percentage, not an amount")
    if Kind.NUMBER not in found:
        raise Unreadable("is not an amount")
    _refuse_words(tokens)
    if Kind.NET in found:
        raise Unreadable(f"is net pay ({found[Kind.NET].text}); only gross pay can be imported")
    if Kind.UNKNOWN in found:
        raise Unreadable(f"is not an amount: {found[Kind.UNKNOWN].text!r} is not a known currency, unit or word")
    for kind in _ONLY_WITH_OTHERS:
        if kind in found:
            raise Unreadable(f"{NOT_AN_AMOUNT}: {found[kind].text!r}")


def _without_other_numbers(text: str, reading: Reading) -> Reading:
    """The reading of a text without a currency, marked if it may be a range. Raises Unreadable if it may be two years."""
    two = _TWO_NUMBERS.search(text)
    if two and int(two[1]) <= int(two[2]) <= int(two[1]) * MAX_ONE_UNIT_RATIO and reading.low == reading.high:
        notes = (*reading.statement.notes, SPACED)
        return replace(reading, statement=replace(reading.statement, spaced=True, notes=notes))
    if _YEARS.fullmatch(text) and reading.low >= _FIRST_YEAR and reading.high <= min(_LAST_YEAR, reading.low + _MAX_YEARS):
        raise Unreadable("fits two readings, as a range of pay and of years; write pay with its currency")
    return reading


def _refuse_words(tokens: Sequence[Token]) -> None:
    """Raise Unreadable for texts with a word that has a reason, in amounts as in units."""
    for token in tokens:
        if Kind.REFUSED in token.meanings:
            raise Unreadable(f"{token.meanings[Kind.REFUSED]} ({token.text})")
        if Kind.UNCLEAR in token.meanings:
            raise Unreadable(f"fits two readings, {token.text} as {token.meanings[Kind.UNCLEAR]}")


_ONLY_WITH_OTHERS = (Kind.TIMES, Kind.PAYMENTS, Kind.EXTRA, Kind.EXCLUDING)


@dataclass(slots=True)
class _End:
    """A number with its multiplier. `before` is the sum of the parts before it in a compound such as 25万5千."""

    number: Number
    bound: Kind | None
    multiplier: Token | None = None
    before: Decimal = Decimal(0)
    limit: Decimal | None = None

    def value(self, multiplier: Token | None) -> Decimal:
        if multiplier is None:
            return self.before + self.number.value
        factor, separator = _factor(multiplier), self.number.thousands
        if separator and separator != "'" and not (separator == "," and not multiplier.text[0].isascii()):
            raise Unreadable(f"fits two readings, as thousands and as decimals before {multiplier.text!r}")
        if multiplier.text == "m" and self.number.value >= 1_000:
            raise Unreadable("fits two readings, m as million and as month")
        return self.before + self.number.value * factor


def _factor(multiplier: Token) -> Decimal:
    meanings = multiplier.meanings
    return meanings[Kind.MULTIPLIER] if Kind.MULTIPLIER in meanings else meanings[Kind.COMPOUND]  # type: ignore[no-any-return]


_MIN_SLASHED, _MAX_SLASHED_RATIO = 10, 2
"""The smallest number, and the ratio of both, that make two numbers with a slash between them a range."""
_MIN_REMAINDER, _MIN_MONTH = 100, 1_000
_COMPARISONS = "<>≤≥⩽⩾"
_SEVERAL = "has several amounts; it must be one amount or one range"
_JOINING = {Kind.RANGE, Kind.UNTIL, Kind.SINCE, Kind.WAVE, Kind.TILDE, Kind.A, Kind.UPPER}
_FIRST_BOUNDS = {
    None: None,
    Kind.LOWER: Kind.LOWER,
    Kind.UPPER: Kind.UPPER,
    Kind.UNTIL: Kind.UPPER,
    Kind.WAVE: Kind.UPPER,
    Kind.TILDE: None,
    Kind.A: None,
}
_LAST_BOUNDS = {
    Kind.LOWER: Kind.LOWER,
    Kind.UPPER: Kind.UPPER,
    Kind.SINCE: Kind.LOWER,
    Kind.WAVE: Kind.LOWER,
    Kind.TILDE: Kind.LOWER,
}
_FOLLOWED = {(Kind.RANGE, Kind.UPPER), (Kind.UNTIL, Kind.UPPER), (Kind.LOWER, Kind.LOWER), (Kind.UPPER, Kind.UPPER)}
"""Words that may follow each other before a number: "80k - max 90k", "more than >80k"."""


class _Amounts:
    """The numbers of a cell in order, with the words that join and bound them."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.ends: list[_End] = []
        self.notes: list[str] = []
        self._pending: Kind | None = None
        self._sign = ""
        self._between, self._per, self._brackets = False, False, 0
        self.slashed = self.first_has_unit = self.last_has_unit = False
        self._east_asian = any(token.text[0] > "\u2e80" for token in tokens)
        self._last: Token | None = None
        for token in tokens:
            kind = next(iter(token.meanings))
            self._between |= kind is Kind.BETWEEN
            self._per |= kind is Kind.PER
            self._brackets += (kind is Kind.OPEN) - (kind is Kind.CLOSE)
            if kind is Kind.APPROXIMATE:
                self.notes.append(APPROXIMATE)
            if kind is Kind.FURTHER:
                self.notes.append(FURTHER)
            if step := _STEPS.get(kind):
                step(self, token)
            self._last = token
        self._finish()

    def _number(self, token: Token) -> None:
        number = token.number
        assert number
        if self._brackets and not self.ends:
            raise Unreadable("is in brackets, which can mean a negative amount")
        if self._brackets or (self._per and not self._is_slashed()):
            raise Unreadable(_SEVERAL if self.ends else NOT_AN_AMOUNT)
        if not self.ends:
            self.ends.append(_End(number, self._first_bound()))
        elif self._per:
            self.ends.append(_End(number, None))
            self._per, self.slashed = False, True
            self.notes.append(SLASHED)
        elif self._pending in _JOINING or (self._pending is Kind.AND and self._between):
            self.ends.append(_End(number, Kind.UPPER if self._pending is Kind.UPPER else None))
        else:
            self._continue(number)
        self._pending = None

    def _is_slashed(self) -> bool:
        """Whether the number after a slash is the second of two; 3/4 million is a fraction."""
        if not self._last or self._last.text != "/" or len(self.ends) != 1 or self._pending:
            return False
        return self.ends[0].number.value >= _MIN_SLASHED and not self.ends[0].before

    def _first_bound(self) -> Kind | None:
        if self._pending is Kind.TILDE:
            if self._east_asian:
                raise Unreadable("fits two readings, ~ as about and as up to")
            self.notes.append(APPROXIMATE)
        if self._pending not in _FIRST_BOUNDS:
            raise Unreadable(NOT_AN_AMOUNT)
        return _FIRST_BOUNDS[self._pending]

    def _continue(self, number: Number) -> None:
        """The next part of a compound, which is smaller than the multiplier before it."""
        end = self.ends[-1]
        if self._pending or end.multiplier is not self._last or end.multiplier is None:
            raise Unreadable(_SEVERAL)
        if Kind.COMPOUND not in end.multiplier.meanings:
            raise Unreadable(_SEVERAL)
        end.before, end.limit, end.number = end.value(end.multiplier), _factor(end.multiplier), number
        end.multiplier = None

    def _multiply(self, token: Token) -> None:
        end = self.ends[-1] if self.ends else None
        adjacent = self._last and (self._last.number or Kind.CURRENCY in self._last.meanings)
        if not end or end.multiplier or not adjacent or self._pending:
            raise Unreadable(f"is not an amount: {token.text!r} does not follow a number")
        end.multiplier = token

    def _join(self, token: Token) -> None:
        kind = next(iter(token.meanings))
        if token.text == "-" and (self._pending or not self.ends):
            raise Unreadable("is a negative amount")
        if self._pending not in (None, Kind.A) and (self._pending, kind) not in _FOLLOWED:
            raise Unreadable(NOT_AN_AMOUNT)
        self._pending, self._sign = kind, token.text

    def _bound_after(self, token: Token) -> None:
        if not self.ends or self._pending or self.ends[-1].bound:
            raise Unreadable(NOT_AN_AMOUNT)
        self.ends[-1].bound = Kind.LOWER if Kind.LOWER_AFTER in token.meanings else Kind.UPPER

    def _unit(self, token: Token) -> None:
        counted = Kind.PLURAL in token.meanings and not self._per and self._pending is not Kind.A
        number = self._last.number if self._last else None
        if counted or (token.text == "kk" and number and number.value < _MIN_MONTH):
            other = "a number of these" if counted else "a multiple of millions"
            raise Unreadable(f"fits two readings, {token.text!r} as the time that is paid for and as {other}")
        self._per = False
        self.first_has_unit |= len(self.ends) == 1
        self.last_has_unit |= len(self.ends) == 2
        if self._pending is Kind.A:  # an article: 500 a day
            self._pending = None

    def _finish(self) -> None:
        if self._per or self._brackets:
            raise Unreadable(NOT_AN_AMOUNT)
        if self._pending:
            if self._sign[0] in _COMPARISONS or (self._pending is Kind.TILDE and not self._east_asian):
                raise Unreadable(f"fits several readings, with {self._sign} after the amount; write it before the amount")
            if self._pending not in _LAST_BOUNDS or self.ends[-1].bound:
                raise Unreadable("is a range without its second end" if self._pending is Kind.RANGE else NOT_AN_AMOUNT)
            self.ends[-1].bound = _LAST_BOUNDS[self._pending]
        for end in self.ends:
            if end.limit is not None and end.value(end.multiplier) - end.before >= end.limit:
                raise Unreadable(_SEVERAL)
            if end.limit is not None and end.multiplier is None and not self._east_asian:
                raise Unreadable(_SEVERAL)
            if end.limit is not None and end.multiplier is None and end.number.value < _MIN_REMAINDER:
                raise Unreadable(f"fits two readings, with {end.number.value} as a number and as a multiple")  # 25万5
        if self._between and len(self.ends) == 1:
            raise Unreadable(NOT_AN_AMOUNT)


_STEPS: dict[Kind, Callable[[_Amounts, Token], None]] = {
    Kind.NUMBER: _Amounts._number,
    Kind.MULTIPLIER: _Amounts._multiply,
    Kind.COMPOUND: _Amounts._multiply,
    Kind.LOWER_AFTER: _Amounts._bound_after,
    Kind.UPPER_AFTER: _Amounts._bound_after,
    Kind.UNIT: _Amounts._unit,
    **dict.fromkeys((*_JOINING, Kind.LOWER, Kind.AND), _Amounts._join),
}


def _values(amounts: _Amounts) -> tuple[Decimal, Decimal]:
    ends, missing = amounts.ends, Decimal("NaN")
    if len(ends) == 1:
        value = ends[0].value(ends[0].multiplier)
        return missing if ends[0].bound is Kind.UPPER else value, missing if ends[0].bound is Kind.LOWER else value
    if len(ends) > 2 or ends[0].bound is Kind.UPPER or ends[1].bound is Kind.LOWER:
        raise Unreadable(_SEVERAL)
    low, high = _range(*ends)
    if amounts.slashed and not low <= high <= low * _MAX_SLASHED_RATIO:
        raise Unreadable(_SEVERAL)
    return low, high


def _range(first: _End, second: _End) -> tuple[Decimal, Decimal]:
    """Both ends. A multiplier that only one has belongs to both, unless they are then far apart or in the wrong order."""
    low, high = first.value(first.multiplier), second.value(second.multiplier)
    if bool(first.multiplier) == bool(second.multiplier):
        return low, high
    multiplier = first.multiplier or second.multiplier
    assert multiplier
    factor = _factor(multiplier)
    shared = (low, high * factor) if first.multiplier else (low * factor, high)
    fitting = [ends for ends in {(low, high), shared} if ends[0] <= ends[1] <= ends[0] * MAX_RANGE_RATIO or ends[0] == 0]
    if len(fitting) != 1:
        raise Unreadable(f"fits no single reading: {multiplier.text!r} is on one end of the range only")
    if fitting[0] == shared:
        (first if second.multiplier else second).value(multiplier)  # refuse a number that fits two readings with it
    return fitting[0]


def _statement(tokens: Sequence[Token], amounts: _Amounts) -> Statement:
    currencies, usual = _currencies(tokens)
    parts = _distinct(tokens, Kind.PART)
    if len(parts) > 1:
        raise Unreadable(f"names two kinds of pay, {MEASURES[parts[0]].label} and {MEASURES[parts[1]].label}")
    counted = any(Kind.COUNTED in token.meanings for token in tokens)
    if counted and not any(Kind.CURRENCY in token.meanings for token in tokens):
        raise Unreadable("fits two readings, as an amount and as a number of shares")
    units = _distinct(tokens, Kind.UNIT)
    if len(units) > 1:
        raise Unreadable(f"names two units, {units[0]} and {units[1]}")
    unit, part = units[0] if units else None, parts[0] if parts else None
    multiplied = any(end.multiplier or end.limit is not None for end in amounts.ends)
    return _with_separators(
        Statement(currencies, usual, unit, part, multiplied=multiplied, notes=tuple(amounts.notes)),
        [end.number for end in amounts.ends],
    )


def _with_separators(statement: Statement, numbers: Sequence[Number]) -> Statement:
    """The statement with the separators in the numbers that may be both decimal and of thousands."""
    thousands = frozenset(number.thousands for number in numbers if number.thousands in _POSSIBLY_DECIMAL)
    decimal = frozenset(number.decimal for number in numbers if number.decimal)
    if not thousands and not decimal:
        return statement
    if thousands & decimal:
        raise Unreadable("fits two readings, as thousands and as decimals")
    notes = (POINT_OF_THOUSANDS,) if "." in thousands else ()
    return replace(statement, thousands=thousands, decimal=decimal, notes=(*statement.notes, *notes))


def _distinct(tokens: Sequence[Token], kind: Kind) -> list[Any]:
    return list(dict.fromkeys(token.meanings[kind] for token in tokens if kind in token.meanings))


def _currencies(tokens: Sequence[Token]) -> tuple[frozenset[str], str | None]:
    """The currencies that all signs and words fit, and the one that they mean unless another is named."""
    named = [(token.text, token.meanings[Kind.CURRENCY]) for token in tokens if Kind.CURRENCY in token.meanings]
    if not named:
        hints = [token.meanings[Kind.HINT].codes for token in tokens if Kind.HINT in token.meanings]
        if hints and not frozenset.intersection(*hints):
            raise Unreadable("has words that are used with different currencies")
        return frozenset.intersection(*hints) if hints else frozenset(), None
    signs = [text for text, _ in named if not any(map(str.isalpha, text))]
    regional = [token for token in tokens if signs and {Kind.HINT, Kind.COMPOUND} <= token.meanings.keys()]
    named += [(token.text, token.meanings[Kind.HINT]) for token in regional]  # lakhs and ten thousands: not with $
    common = frozenset.intersection(*(one.codes for _, one in named))
    if not common:
        raise Unreadable(f"names different currencies ({', '.join(text for text, _ in named)})")
    return common, next((one.usual for _, one in named if one.usual in common), None)


def _figure(value: float) -> str:
    return f"{value:,.10g}"
