"""No amount changes its value, currency or unit: what is written in any style is read exactly, or refused."""

import re
from collections.abc import Callable
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from seed.importer.amount_tokens import Kind, Tokenizer, Unreadable
from seed.importer.amounts import FURTHER, SLASHED, TIMES_PAYMENTS, AmountReader, Reading
from seed.reference_data import fx_rates, pay_words
from service.vocabulary.measures import MEASURES
from service.vocabulary.units import PayUnit

CODES = sorted({rate.currency for rate in fx_rates()})
READERS = {decimal: AmountReader(CODES, decimal) for decimal in (None, ".", ",")}
READ = READERS[None].read
WORDS = {word: kind for kind, _, words in pay_words() for word in words if kind != "unit code"}

SEPARATORS = ("", ",", ".", " ", "\u00a0", "\u202f", "’")
SIGNS = {
    "EUR": ("€", "EUR", "euro"),
    "GBP": ("£", "GBP"),
    "USD": ("US$", "USD", "$"),
    "CAD": ("C$", "CAD", "$"),
    "JPY": ("円", "JPY", "¥"),
    "CNY": ("RMB", "CNY", "¥"),
    "INR": ("₹", "INR", "Rs."),
    "SEK": ("kronor", "SEK", "kr"),
    "PLN": ("zł", "PLN"),
    "CHF": ("CHF", "Fr."),
    "BRL": ("R$", "BRL"),
    "COP": ("COP", "pesos", "$"),
}
UNITS = {
    PayUnit.YEAR: ("per year", "p.a.", "/yr", "a year", "/Jahr", "par an", "al año"),
    PayUnit.MONTH: ("per month", "PCM", "/mo", "pro Monat", "par mois", "/kk"),
    PayUnit.TWO_WEEKS: ("bi-weekly", "a fortnight"),
    PayUnit.WEEK: ("per week", "/wk", "p.w."),
    PayUnit.DAY: ("per day", "a day", "/Tag", "par jour"),
    PayUnit.HOUR: ("per hour", "/hr", "an hour", "p.h.", "/Std."),
}
MULTIPLIERS = {"k": 1_000, " thousand": 1_000, "m": 10**6, " Mio.": 10**6, " lakh": 10**5, "L": 10**5, "万": 10**4}

amounts = st.integers(0, 10**9)
currencies = st.sampled_from([(code, sign) for code, signs in SIGNS.items() for sign in signs])
units = st.sampled_from([(unit, text) for unit, texts in UNITS.items() for text in texts])
readable = st.sampled_from(
    [
        *(
            "120000",
            "35.000",
            "1.234,50",
            "12,00,000",
            "45,50",
            "12e4",
            "100k",
            "1.5m",
            "12 LPA",
            "₹5 lakh",
            "600万円",
            "年収600万円",
        ),
        *(
            "$80,000",
            "US$ 80k",
            "£4,500 PCM",
            "€45 K brut/an",
            "Rs. 50,000/-",
            "kr 650/tim",
            "650 DAY",
            "55 p.h.",
            "80k a year",
        ),
        *(
            "100-120k",
            "$90K - 110",
            "12-15 LPA",
            "$0-999",
            "> 500,000",
            "from 80k",
            "80k+",
            "bis zu 60.000",
            "400万円〜",
            "90k max",
        ),
        *(
            "80万 円",
            "350만원",
            "15 juta rupiah",
            "2 lac INR",
            "65/70k",
            "20k x 14",
            "RD$ 50,000",
            "8000 dhs",
        ),
        *("base 120k", "TC 300k", "~80k", "between 80k and 90k", "1 crore 20 lakh", "月給25万5,000円", "5 500 e/kk"),
    ]
)


def ends(reading: Reading) -> tuple[str, str]:
    return repr(reading.low), repr(reading.high)


def beside(text: str, word: str, before: bool) -> str:
    return f"{word} {text}" if before else f"{text} {word}"


@given(amounts, st.one_of(st.none(), st.integers(0, 99)), st.sampled_from(SEPARATORS), currencies, units, st.booleans())
def test_an_amount_reads_as_it_was_written(
    number: int, cents: int | None, separator: str, currency: tuple[str, str], unit: tuple[PayUnit, str], before: bool
) -> None:
    (code, sign), (period, words) = currency, unit
    mark = "," if separator in (".", " ") else "."
    digits = f"{number:,d}".replace(",", separator) + ("" if cents is None else f"{mark}{cents:02d}")
    value = float(f"{number}.{cents or 0:02d}")
    for decimal in (None, mark):
        reading = READERS[decimal].read(f"{beside(digits, sign, before)} {words}")
        assert (reading.low, reading.high, reading.statement.unit) == (value, value, period)
        assert code in reading.statement.currencies
        assert reading.statement.usual in (code, None)


@given(amounts, currencies)
def test_indian_grouping_reads_as_it_was_written(number: int, currency: tuple[str, str]) -> None:
    pairs = re.findall(r"\d{1,2}(?=(?:\d\d)*$)", str(number)[:-3])
    assert READ(f"{currency[1]} {','.join((*pairs, str(number)[-3:]))}").low == number


@given(
    st.integers(1, 9_999),
    st.from_regex(r"\d{0,4}", fullmatch=True, alphabet="0123456789"),
    st.sampled_from(sorted(MULTIPLIERS)),
    st.sampled_from([".", ","]),
)
def test_a_multiplied_amount_is_exact_or_refused(whole: int, fraction: str, word: str, mark: str) -> None:
    """Its second reading, with the separator as one of thousands, would be a thousand times as much."""
    assume(word != "m" or whole < 1_000)  # 5000 m may be pay for a month
    text = f"{whole}{mark}{fraction}{word}" if fraction else f"{whole}{word}"
    value = float(Decimal(f"{whole}.{fraction or 0}") * MULTIPLIERS[word])
    assert READERS[mark].read(text).low == value
    try:
        unstated = READ(text).low
    except Unreadable:
        assert len(fraction) == 3 or (mark == "," and len(fraction) > 3)
        return
    thousands = (word, mark, len(fraction)) == ("万", ",", 3)  # Japanese and Chinese have no decimal comma
    assert unstated == (float(f"{whole}{fraction}") * 10**4 if thousands else value)


@given(amounts, amounts, currencies, st.sampled_from([" - ", "–", " to ", " bis ", "..", "〜"]), st.integers(1, 3))
def test_a_range_has_both_ends_in_one_currency(
    one: int, other: int, currency: tuple[str, str], dash: str, places: int
) -> None:
    low, high = sorted((one, other))
    assume(low == 0 or high <= 10 * low)
    first = f"{currency[1]} {low}" if places & 1 else str(low)
    second = f"{high} {currency[1]}" if places & 2 else str(high)
    reading = READ(first + dash + second)
    assert (reading.low, reading.high) == (low, high)
    assert currency[0] in reading.statement.currencies


@given(st.integers(1, 999), st.integers(1, 999), st.sampled_from(sorted(MULTIPLIERS)), st.booleans())
def test_a_multiplier_on_one_end_is_for_both_or_refused(one: int, other: int, word: str, on_first: bool) -> None:
    low, high = sorted((one, other))
    text = f"{low}{word}-{high}" if on_first else f"{low}-{high}{word}"
    try:
        reading = READ(text)
    except Unreadable:
        assert high > 10 * low
        return
    assert (reading.low, reading.high) == (low * MULTIPLIERS[word], high * MULTIPLIERS[word])


fragments = st.sampled_from([*WORDS, *CODES, *"0123456789.,'-–+/() ", "100", "80k", "1.234", "12,5", "60 000"])


@given(
    st.one_of(
        st.text(max_size=30),
        st.lists(fragments, max_size=8).map(" ".join),
        st.lists(fragments, max_size=8).map("".join),
    )
)
def test_any_text_is_read_or_refused(text: str) -> None:
    for reader in READERS.values():
        try:
            reading = reader.read(text)
        except Unreadable:
            continue
        assert reading.low >= 0 or reading.high >= 0
        assert not reading.low > reading.high
        assert any(character.isdecimal() for character in text)


@given(readable, st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=6), st.booleans())
def test_unknown_capitals_are_never_dropped(text: str, capitals: str, before: bool) -> None:
    assume(capitals.casefold() not in WORDS and capitals not in CODES)
    try:
        found = READ(beside(text, capitals, before))
    except Unreadable:
        return
    former = READ(text)  # then they are two known words together, such as KEUR
    assert (found.statement, ends(found)) != (former.statement, ends(former))


INTERNATIONAL = ["k", "thousand", "thousands", "grand", "m", "mm", "mn", "mln", "mio", "mill", "million", "millions"]
HINTS = {word: frozenset(codes.split()) for kind, codes, words in pay_words() if kind == "hint" for word in words}


def test_every_multiple_of_one_language_belongs_to_its_currencies() -> None:
    """So that 80万 is refused where the mapping says USD."""
    multiples = [word for kind, _, words in pay_words() if kind in ("multiplier", "compound") for word in words]
    named = {word for kind, _, words in pay_words() if kind in ("currency", "ambiguous") for word in words}
    assert sorted({*multiples} - HINTS.keys() - named - {*INTERNATIONAL}) == []
    assert [word for word in HINTS if READ(f"80 {word}").statement.currencies != HINTS[word]] == []
    assert {code for codes in HINTS.values() for code in codes} <= {*CODES}


@given(st.integers(0, 999), st.sampled_from(sorted(HINTS)), st.sampled_from(CODES))
def test_the_currency_of_a_multiple_is_marked(number: int, word: str, code: str) -> None:
    """It is that of the word, or the one that the cell names beside it, and never none."""
    assert READ(f"{number} {word}").statement.currencies == HINTS[word]
    assert READ(f"{number} {word} {code}").statement.currencies == {code}


@given(st.integers(10, 10**6), st.integers(10, 10**6), st.sampled_from(["", "k"]))
def test_amounts_with_a_slash_are_a_marked_range_or_refused(one: int, other: int, word: str) -> None:
    low, high = sorted((one, other))
    if high > 2 * low:
        with pytest.raises(Unreadable):
            READ(f"{low}/{high}{word}")
        return
    reading, factor = READ(f"{low}/{high}{word}"), MULTIPLIERS.get(word, 1)
    assert (reading.low, reading.high) == (low * factor, high * factor)
    assert SLASHED in reading.statement.notes


@given(st.integers(100, 10**6), st.integers(1, 40))
def test_payments_are_marked_or_refused(pay: int, payments: int) -> None:
    for text in (f"{pay} x {payments}", f"{payments} × {pay}"):
        if not 12 <= payments <= 16:
            with pytest.raises(Unreadable):
                READ(text)
            continue
        reading = READ(text)
        assert (reading.low, reading.high, reading.statement.unit) == (pay * payments, pay * payments, PayUnit.YEAR)
        assert TIMES_PAYMENTS in reading.statement.notes


@given(readable, st.sampled_from(["+ super", "plus benefits", "excl. bonus", "+ 10% bonus", "and equity"]))
def test_further_pay_is_never_added_and_always_marked(text: str, more: str) -> None:
    try:
        found = READ(f"{text} {more}")
    except Unreadable:
        return
    assert ends(found) == ends(READ(text))
    assert FURTHER in found.statement.notes


WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


@given(st.one_of(readable, st.lists(fragments, max_size=5).map("".join), st.lists(fragments, max_size=5).map(" ".join)))
def test_cells_of_one_form_are_read_like_single_cells(text: str) -> None:
    """Wide digits are not read by what is around the number, as plain ones are where a cell has one number."""

    def outcome(written: str) -> object:
        try:
            found = READ(written)
        except Unreadable:
            return None
        return ends(found), found.statement

    assert outcome(text) == outcome(text.translate(WIDE))


@given(readable, st.sampled_from(CODES), st.booleans())
def test_a_currency_is_never_dropped(text: str, code: str, before: bool) -> None:
    former = READ(text).statement
    hinted = text in ("12 LPA", "12-15 LPA", "1 crore 20 lakh")
    named = frozenset[str]() if hinted else former.currencies
    fits = not named or code in named
    try:
        found = READ(beside(text, code, before))
    except Unreadable:
        assert not fits
        return
    assert (found.statement.currencies, found.statement.unit) == (frozenset({code}), former.unit)
    assert ends(found) == ends(READ(text))


@given(readable, st.sampled_from([word for word, kind in WORDS.items() if kind in (Kind.NET, Kind.PERCENT)]), st.booleans())
def test_net_pay_and_percentages_are_always_refused(text: str, word: str, before: bool) -> None:
    with pytest.raises(Unreadable):
        READ(beside(text, word, before))


def test_every_word_of_the_reference_file_is_read_in_any_case() -> None:
    tokenizer = Tokenizer(CODES)
    forms: list[Callable[[str], str]] = [str, str.upper, str.title]
    for (kind, _, words), form in product((row for row in pay_words() if row[0] != "unit code"), forms):
        for word in (word for word in words if form(word).casefold() == word.casefold()):
            [token] = tokenizer.tokens(form(word))
            assert (Kind.CURRENCY if kind == "ambiguous" else kind) in token.meanings, word


def test_the_reference_file_has_each_word_once_by_kind() -> None:
    rows = [row for row in pay_words() if row[0] != "unit code"]
    found = [("currency" if kind == "ambiguous" else kind, word) for kind, _, words in rows for word in words]
    assert sorted({one for one in found if found.count(one) > 1}) == []
    several = {word: {kind for kind, other in found if other == word} for _, word in found}
    combined: tuple[set[str], ...] = (
        {"multiplier", "currency"},
        {"multiplier", "hint"},
        {"part", "counted"},
        {"filler", "place"},
        {"approximate", "place"},
        {"lower", "place"},
        {"unit", "place"},
        {"unit", "plural"},
        {"compound", "hint"},
        {"compound", "hint", "unit"},
    )
    assert {word: kinds for word, kinds in several.items() if len(kinds) > 1 and kinds not in combined} == {}
    assert {value for kind, value, _ in pay_words() if kind == "part"} <= set(MEASURES)
