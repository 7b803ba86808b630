"""The text of a pay cell as tokens: numbers, and the words and signs of seed/reference/pay_word.csv."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from itertools import groupby
from typing import Any

from seed.reference_data import pay_words
from service.vocabulary.measures import Measure
from service.vocabulary.units import PayUnit


class Unreadable(ValueError):
    """A text that is not an amount, or that fits several; the reason completes a sentence that starts with the text."""


MIN_PAYMENTS, MAX_PAYMENTS = 12, 16
"""Payments of a month's pay in a year."""
NOT_AN_AMOUNT = "is not an amount: its words and numbers are in an unknown order"


class Kind(StrEnum):
    """The kinds of tokens."""

    NUMBER = "number"
    UNKNOWN = "unknown"
    CURRENCY = "currency"
    HINT = "hint"  # a word used with some currencies, which counts where no currency is named
    UNIT = "unit"
    MULTIPLIER = "multiplier"
    COMPOUND = "compound"  # a multiplier that a smaller number may follow: 25万5千, 1 crore 20 lakh
    RANGE = "range"
    UNTIL = "until"  # between two numbers a range, before one its upper end
    SINCE = "since"  # between two numbers a range, after one its lower end
    WAVE = "wave"  # a range, or the end of it that is missing
    TILDE = "tilde"  # a range, or "about"
    A = "a"  # an article, or "to" in French and Spanish
    LOWER = "lower"
    LOWER_AFTER = "lower after"
    UPPER = "upper"
    UPPER_AFTER = "upper after"
    BETWEEN = "between"
    AND = "and"
    PER = "per"
    APPROXIMATE = "approximate"
    NET = "net"
    PART = "part"
    COUNTED = "counted"  # a kind of pay that has numbers as well as amounts: 500 shares
    FURTHER = "further"  # further pay without an amount: + bonus
    EXTRA = "extra"  # further pay that is no kind of pay of its own: + benefits
    EXCLUDING = "excluding"
    TIMES = "times"
    PAYMENTS = "payments"  # what a month's pay is multiplied by: 20k x 14 payments
    PLURAL = "plural"  # a unit that is a number of hours without "per" before it: 40 hours
    REFUSED = "refused"  # a word that rules out an amount, with the reason
    PERCENT = "percent"
    UNCLEAR = "unclear"
    OPEN = "open"
    CLOSE = "close"
    FILLER = "filler"
    PLACE = "place"  # a word that in capitals is the code of a country or a state


@dataclass(frozen=True, slots=True)
class Number:
    """A number without its multiplier.

    Where the decimal separator is unknown, `thousands` is the only separator before three digits, which was read as one of
    thousands, and `decimal` the one that was read as decimal.
    """

    value: Decimal
    thousands: str = ""
    decimal: str = ""


@dataclass(frozen=True, slots=True)
class Currencies:
    """The codes that a sign or word fits, and the one that it means unless another is named; None if it is ambiguous."""

    codes: frozenset[str]
    usual: str | None = None


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    meanings: Mapping[Kind, Any]

    @property
    def number(self) -> Number | None:
        return self.meanings.get(Kind.NUMBER)


_AMBIGUOUS, _UNIT_CODE = "ambiguous", "unit code"
_VALUES: dict[str, Callable[[str], Any]] = {
    Kind.CURRENCY: lambda text: Currencies(frozenset(text.split()), text.split()[0]),
    _AMBIGUOUS: lambda text: Currencies(frozenset(text.split())),
    Kind.HINT: lambda text: Currencies(frozenset(text.split())),
    Kind.UNIT: PayUnit,
    Kind.MULTIPLIER: Decimal,
    Kind.COMPOUND: Decimal,
    Kind.PART: Measure,
}
_LETTER = "[^\\W\\d_\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff]"
"""A letter of a script that separates words by blanks; combining marks are not letters of `re`."""
_TWO_CAPITALS = re.compile(rf"(?<!{_LETTER})[A-Z]{{2}}(?!{_LETTER})")
_LETTERS = re.compile(rf"{_LETTER}(?:{_LETTER}|[\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0e31-\u0e4e])*")
_INITIALS = re.compile(rf"{_LETTER}(?:\. ?{_LETTER}(?!{_LETTER}))+\.?")
_NUMBER = re.compile(
    rf"(?:\d+(?:[.,'٫]\d+| \d{{3}}(?!\d))*|(?<!{_LETTER})\.\d+)"
    r"(?:e[+-]?\d{1,3}(?!\w))?"
    r"(?:[.,]--?(?! ?\d))?"  # 45.000,- has no cents
)
_SEPARATORS = re.compile(r"[.,' ٫]")
_BROKEN = re.compile(r"\d\s*[\t-\r\x1c-\x1f\x85\u2028\u2029]\s*\d")
CODES_LIKE_WORDS = frozenset({"all", "mad", "mop", "pen", "top", "try"})
"""Currency codes that are English words too; in lower case they are not read as codes."""
_TWO_READINGS = 'fits two readings, as thousands and as decimals; set decimal = "." or "," in [file]'
_CANONICAL = str.maketrans(
    {
        "\uff5e": "〜",
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-"),
        **dict.fromkeys("\u2018\u2019\u02bc\u02b9\u2032\u00b4\u0060\u066c\uff07", "'"),
    }
)


@cache
def _words() -> dict[str, dict[Kind, Any]]:
    found: dict[str, dict[Kind, Any]] = {"(": {Kind.OPEN: None}, ")": {Kind.CLOSE: None}}
    for kind, value, words in pay_words():
        if kind == _UNIT_CODE:
            continue
        meaning = _VALUES.get(kind, str)(value)
        for word in words:
            found.setdefault(_plain(word), {})[Kind.CURRENCY if kind == _AMBIGUOUS else Kind(kind)] = meaning
    return found


@cache
def unit_codes() -> dict[str, PayUnit]:
    """The letters that are units in a column of units alone: M is a month there, but a million after a number."""
    return {word: PayUnit(value) for kind, value, words in pay_words() if kind == _UNIT_CODE for word in words}


@cache
def _phrases() -> dict[str, re.Pattern[str]]:
    """Words that are not a run of letters (with signs or blanks, or of scripts without blanks), by first character."""
    phrases = sorted((word for word in _words() if not _LETTERS.fullmatch(word)), key=lambda word: (word[0], -len(word)))
    return {first: _any_of(list(found)) for first, found in groupby(phrases, key=lambda word: word[0])}


def _any_of(phrases: list[str]) -> re.Pattern[str]:
    """A pattern for phrases with the same first character, the longest first, those that end with a letter before others."""
    before = rf"(?<!{_LETTER})" if _LETTERS.match(phrases[0]) else ""
    escaped = {phrase: re.escape(phrase).replace(r"\ ", "[ -]") for phrase in phrases}
    lettered = [escaped.pop(phrase) for phrase in phrases if re.fullmatch(_LETTER, phrase[-1])]
    bounded = [f"(?:{'|'.join(lettered)})(?!{_LETTER})"] if lettered else []
    return re.compile(f"{before}(?:{'|'.join([*bounded, *escaped.values()])})")


def _plain(text: str) -> str:
    """The text in compatibility form, lower case, plain digits, single blanks and one kind of dash and apostrophe."""
    plain = text.translate(_CANONICAL)
    if not plain.isascii():
        plain = unicodedata.normalize("NFKC", plain).translate(_CANONICAL)
        plain = "".join(map(_shown, plain))
    return " ".join(plain.casefold().split()).replace(" /", "/").replace("/ ", "/")


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category in ("Zs", "Zl", "Zp", "Cc"):
        return " "
    return "" if category == "Cf" else character


class Tokenizer:
    """Splits texts into tokens. `currencies` are the known codes, `decimal` the decimal separator, None if unknown."""

    def __init__(self, currencies: Collection[str], decimal: str | None = None) -> None:
        self._codes, self._decimal = frozenset(currencies), decimal

    def tokens(self, text: str) -> list[Token]:
        """Raises Unreadable for a number that is not written like one."""
        if not text.isascii() and any(unicodedata.category(character) in ("No", "Nl") for character in text):
            raise Unreadable("contains a superscript, a fraction or another special digit; write plain digits")
        if _BROKEN.search(text):
            raise Unreadable("has a tab or a line break between two numbers")
        normal = unicodedata.normalize("NFKC", text)
        tokens = list(self._scan(_plain(text), frozenset(re.findall(r"[A-Z]{3}", normal))))
        if any(token.number for token in tokens):
            _refuse_places(tokens, frozenset(map(str.casefold, _TWO_CAPITALS.findall(normal))))
        return tokens

    def _scan(self, plain: str, capitals: frozenset[str]) -> Iterator[Token]:
        start = 0
        while start < len(plain):
            if number := _NUMBER.match(plain, start):
                yield Token(number[0], {Kind.NUMBER: read_number(number[0], self._decimal)})
                start = number.end()
                continue
            found, tokens = self._word(plain, start, capitals)
            yield from tokens
            start += len(found)

    def _word(self, plain: str, start: int, capitals: frozenset[str]) -> tuple[str, list[Token]]:
        """The text of the next word or sign, and its tokens: none for a blank, two for a multiplier with a currency."""
        phrases = _phrases().get(plain[start])
        if phrases and (phrase := phrases.match(plain, start)):
            return phrase[0], [Token(phrase[0], _words()[self._listed(phrase[0])])]
        if initials := _INITIALS.match(plain, start):
            joined = re.sub(r"[. ]", "", initials[0])
            if tokens := self._known(joined, capitals):
                return initials[0], tokens
        letters = _LETTERS.match(plain, start)
        text = letters[0] if letters else plain[start]
        if text == " " or _is_punctuation(plain, start):
            return text, []
        return text, self._known(text, capitals) or [Token(text, {Kind.UNKNOWN: None})]

    def _listed(self, phrase: str) -> str:
        return phrase if phrase in _words() else phrase.replace("-", " ")

    def _known(self, word: str, capitals: frozenset[str]) -> list[Token]:
        if token := self._single(word, capitals):
            return [token]
        for length in range(1, len(word) - 1):  # 120kEUR, 45k p.a. without its blank, and the reverse
            first, second = self._single(word[:length], capitals), self._single(word[length:], capitals)
            if first and second and _is_multiplier(first) and not _is_multiplier(second) and _is_statement(second):
                return [first, second]
        if len(word) == 4 and word[-1] in "km" and word[:3].upper() in self._codes:
            return [Token(word[:3], self._code(word[:3])), Token(word[3:], _words()[word[3:]])]
        return []

    def _single(self, word: str, capitals: frozenset[str]) -> Token | None:
        if word in _words():
            return Token(word, _words()[word])
        code = word.upper()
        if code in self._codes and (code in capitals or word not in CODES_LIKE_WORDS):
            return Token(word, self._code(word))
        return None

    def _code(self, word: str) -> Mapping[Kind, Any]:
        return {Kind.CURRENCY: Currencies(frozenset({word.upper()}), word.upper())}


def _refuse_places(tokens: Sequence[Token], capitals: frozenset[str]) -> None:
    """Raise Unreadable for a word that in capitals is the code of a country or a state, such as that of "$80k AU"."""
    for place, token in enumerate(tokens):
        if token.text not in capitals or Kind.PLACE not in token.meanings:
            continue
        before, after = _kinds(tokens, place - 1) if place else set[Kind](), _kinds(tokens, place + 1)
        is_word = Kind.PER in before if Kind.UNIT in token.meanings else bool(after & _AFTER_ARTICLES)  # 5K/MO, 5K AL MES
        if Kind.LOWER in token.meanings:  # AB 60.000
            is_word = place == 0
        if not is_word:
            code = token.text.upper()
            raise Unreadable(f"has the code of a place, {code}, and not of a currency; write the currency's code")


_AFTER_ARTICLES = {Kind.UNIT, Kind.FILLER, Kind.PART}


def _is_punctuation(plain: str, start: int) -> bool:
    """Whether a character is the point of an abbreviation, or a point or a comma before a blank."""
    before, after = plain[max(start - 1, 0) : start], plain[start + 1 : start + 2]
    return (plain[start] == "." and (before.isalpha() or (before and after in ("", " ")))) or (
        plain[start] == "," and before != "" and after == " "
    )


def _is_multiplier(token: Token) -> bool:
    return Kind.MULTIPLIER in token.meanings or Kind.COMPOUND in token.meanings


def _is_statement(token: Token) -> bool:
    return not token.meanings.keys().isdisjoint((Kind.CURRENCY, Kind.UNIT))


def alone(tokens: Sequence[Token], kind: Kind) -> list[Token]:
    """The tokens of a kind; none if there are others than those that join them, or that multiply amounts, such as TEUR."""
    allowed, others = {kind, Kind.FILLER, Kind.PER, Kind.A, Kind.OPEN, Kind.CLOSE}, {Kind.MULTIPLIER, Kind.COMPOUND}
    if any(allowed.isdisjoint(token.meanings) or token.meanings.keys() & others for token in tokens):
        return []
    return [token for token in tokens if kind in token.meanings]


_JOINING_FURTHER_PAY = {Kind.LOWER_AFTER, Kind.AND, Kind.EXCLUDING}
_IN_FURTHER_PAY = {*_JOINING_FURTHER_PAY, Kind.PART, Kind.EXTRA, Kind.FILLER, Kind.PERCENT}


def without_further_pay(tokens: list[Token]) -> list[Token]:
    """The tokens, with a single one for the further pay in "120k + bonus", "120k + 10% bonus" or "120k plus benefits"."""
    amounts = [place for place, token in enumerate(tokens) if token.number and not _is_percentage(tokens, place)]
    joining = [bool(token.meanings.keys() & _JOINING_FURTHER_PAY) for token in tokens]
    start = next((place for place, joins in enumerate(joining) if joins and amounts and place > amounts[-1]), len(tokens))
    while any(joining[start + 1 : start + 2]):  # the first + of "80k+ + bonus" is a limit
        start += 1
    further = tokens[start:]
    parts = {token.meanings.get(Kind.PART) for token in further} & {Measure.BONUS, Measure.EQUITY}
    if not parts and all(Kind.EXTRA not in token.meanings for token in further):
        return tokens
    if not all(_is_in_further_pay(further, place) for place in range(len(further))):
        return tokens
    said = {Kind.FURTHER: None} | ({Kind.PART: Measure.BASE_SALARY} if parts else {})
    return [*tokens[:start], Token(" ".join(token.text for token in further), said)]


def _is_percentage(tokens: Sequence[Token], place: int) -> bool:
    return Kind.PERCENT in _kinds(tokens, place + 1)


def _is_in_further_pay(tokens: Sequence[Token], place: int) -> bool:
    """Whether a token is a part of further pay; a unit is only before what it is the unit of, as in "+ annual bonus"."""
    if tokens[place].number:
        return _is_percentage(tokens, place)
    if Kind.UNIT in tokens[place].meanings:
        return bool(_kinds(tokens, place + 1) & {Kind.PART, Kind.EXTRA})
    return bool(_kinds(tokens, place) & _IN_FURTHER_PAY)


def _kinds(tokens: Sequence[Token], place: int) -> Set[Kind]:
    return tokens[place].meanings.keys() if place < len(tokens) else set()


def without_payments(tokens: list[Token]) -> tuple[list[Token], Decimal | None]:
    """The tokens without the payments in "3,000 x 14" or "14 x 3,000", and their number; None if there are none."""
    place = next((place for place, token in enumerate(tokens) if Kind.TIMES in token.meanings), None)
    if place is None or not any(token.number for token in tokens):
        return tokens, None
    before, after = tokens[:place], tokens[place + 1 :]
    if not before or not after:
        raise Unreadable(f"{NOT_AN_AMOUNT}: {tokens[place].text!r}")
    for counted, others in ((after, before), (before, after)):
        number, described = counted[0].number, [token for token in counted[1:] if not _is_of_payments(token)]
        described_pay = counted is after and all(token.meanings.keys() & _ABOUT_PAY for token in described)
        if number and MIN_PAYMENTS <= number.value <= MAX_PAYMENTS and (not described or described_pay):
            return [*others, *described], number.value
    raise Unreadable(f"is multiplied by something other than {MIN_PAYMENTS} to {MAX_PAYMENTS} payments a year")


_ABOUT_PAY = {Kind.CURRENCY, Kind.FILLER, Kind.PART, Kind.FURTHER}
"""What may follow the number of payments: 3,000 x 14 EUR gross."""


def _is_of_payments(token: Token) -> bool:
    return Kind.PAYMENTS in token.meanings or token.meanings.get(Kind.UNIT) is PayUnit.MONTH


def plain_number(text: str, decimal: str | None) -> float | None:
    """A number that may have a sign and no words; None for other texts.

    >>> plain_number(" -12.5 ", None), plain_number("37,5", None), plain_number("many", None)
    (-12.5, 37.5, None)
    """
    plain = _plain(text)
    number = _NUMBER.fullmatch(plain.removeprefix("-"))
    try:
        value = float(read_number(number[0], decimal).value) if number else None
    except Unreadable:
        return None
    return -value if value is not None and plain.startswith("-") else value


def read_number(text: str, decimal: str | None) -> Number:
    """The value of a number in any grouping. Raises Unreadable for one that fits two readings, or that is grouped wrongly.

    >>> [str(read_number(text, None).value) for text in ("1.234,50", "12,00,000", "35.000", "45,50", "1'200", "12e4")]
    ['1234.50', '1200000', '35000', '45.50', '1200', '1.2E+5']
    """
    mantissa, _, exponent = text.rstrip(".,-").partition("e")
    if exponent.startswith("-"):
        raise Unreadable("is not an amount: it has a negative exponent")
    separators, digits = _SEPARATORS.findall(mantissa), _SEPARATORS.split(mantissa)
    if exponent and not decimal and "," in separators:
        raise Unreadable(_TWO_READINGS)
    mark = _decimal_separator(separators, digits, decimal or ("." if exponent else None))
    whole, fraction = (digits[:-1], digits[-1]) if mark else (digits, "")
    _check_groups(whole, separators[: len(whole) - 1], text, decimal)
    value = Decimal(f"{''.join(whole) or '0'}.{fraction}e{exponent or '0'}")
    if decimal:
        return Number(value)
    return Number(value, separators[0] if len(separators) == 1 and not mark else "", mark)


def _decimal_separator(separators: list[str], digits: list[str], decimal: str | None) -> str:
    """The decimal separator of a number, the last of its separators; empty if it has none."""
    last = separators[-1] if separators else ""
    if last not in (".", ",", "٫") or last == "٫":
        return last if last == "٫" else ""
    if decimal:
        return last if last == decimal else ""
    if separators.count(last) > 1:
        return ""
    if len(digits[-1]) != 3 or digits[0] in ("", "0"):
        if last == "," and len(digits[-1]) > 3:
            raise Unreadable("is not an amount: its digits are grouped in an unknown way")
        return last
    if len(separators) > 1 or len(digits[0]) > 3:
        raise Unreadable(_TWO_READINGS)
    return ""


def _check_groups(groups: list[str], separators: list[str], text: str, decimal: str | None) -> None:
    if not separators:
        return
    same = len(set(separators)) == 1 or (separators[0] == "'" and len(set(separators[1:])) == 1)
    western = 1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])
    indian = separators[0] == "," and len(groups[0]) <= 2 and all(len(group) == 2 for group in groups[1:-1])
    if decimal in separators:
        raise Unreadable(f'contradicts decimal = "{decimal}" of the mapping')
    if not same or groups[0].startswith("0") or not (western or (indian and len(groups[-1]) == 3)):
        about = f'contradicts decimal = "{decimal}" of the mapping' if decimal else "is not an amount"
        raise Unreadable(f"{about}: the digits of {text} are grouped in an unknown way")
