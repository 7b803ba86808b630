"""One cell of pay: text to ends, currency, unit and kind of pay, or the reason why it is refused.

pay_cells.csv has a line for each text, with the stated decimal separator if there is one; `$` and `dollars` in it are the
currencies that these fit.
"""

import csv
from math import isnan
from pathlib import Path

import pytest

from seed.importer.amount_tokens import Unreadable, plain_number
from seed.importer.amounts import APPROXIMATE, POINT_OF_THOUSANDS, AmountReader, Reading
from seed.reference_data import fx_rates
from service.vocabulary.units import PayUnit

READERS = {decimal: AmountReader([rate.currency for rate in fx_rates()], decimal or None) for decimal in ("", ".", ",")}
DOLLARS = "AUD BBD BMD BND BSD BZD CAD FJD GYD HKD JMD KYD LRD NAD NZD SBD SGD SRD TTD TWD USD XCD"
PESOS = "ARS CLP COP CUP DOP MXN PHP UYU"
FITTING = {"dollars": DOLLARS, "$": " ".join(sorted((*DOLLARS.split(), *PESOS.split())))}

with (Path(__file__).parent / "pay_cells.csv").open(encoding="utf-8", newline="") as file:
    CELLS = list(csv.DictReader(file))


def described(reading: Reading) -> tuple[str, str, str, str]:
    """The columns of pay_cells.csv; the currencies are the usual one, or all that fit."""
    low, high = ("" if isnan(end) else f"{end:.10g}" for end in (reading.low, reading.high))
    said = reading.statement
    currencies = said.usual or " ".join(sorted(said.currencies))
    return low, high, currencies, " ".join(word for word in (said.unit, said.part) if word)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: f"{cell['text']} {cell['decimal']}")
def test_cells(cell: dict[str, str]) -> None:
    reader = READERS[cell["decimal"]]
    if cell["reason"]:
        with pytest.raises(Unreadable) as error:
            reader.read(cell["text"])
        assert cell["reason"] in str(error.value)
    else:
        currencies = FITTING.get(cell["currencies"], cell["currencies"])
        assert described(reader.read(cell["text"])) == (cell["low"], cell["high"], currencies, cell["words"])


def test_no_cell_is_listed_twice() -> None:
    cells = [(cell["text"], cell["decimal"]) for cell in CELLS]
    assert sorted({cell for cell in cells if cells.count(cell) > 1}) == []
    assert len(cells) > 500


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u2007", "\u2009", "\u202f", "\u3000"])
def test_all_kinds_of_blanks(blank: str) -> None:
    assert described(READERS[""].read(f"{blank}US$ 35{blank}000{blank}per{blank * 2}year")) == (
        "35000",
        "35000",
        "USD",
        "year",
    )


def test_tabs_and_line_breaks_group_no_digits() -> None:
    breaks = ("\t", "\n", "\r\n", "\v", "\x85", "\u2028", "\u2029", " \n ")
    reasons = [refusal(f"{first}{between}{last}") for first, last in (("120", "130"), ("35", "000")) for between in breaks]
    assert set(reasons) == {"has a tab or a line break between two numbers"}
    assert [READERS[""].read(f"\t35 000{between}EUR\n").low for between in breaks] == [35_000] * len(breaks)
    assert READERS[""].read("120\u00a0130").low == 120_130


def refusal(text: str) -> str:
    with pytest.raises(Unreadable) as error:
        READERS[""].read(text)
    return str(error.value)


@pytest.mark.parametrize("invisible", ["\u200b", "\ufeff", "\u200e", "\u00ad"])
def test_invisible_characters(invisible: str) -> None:
    assert described(READERS[""].read(f"{invisible}35{invisible}000 {invisible}€")) == ("35000", "35000", "EUR", "")


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("~80k", [APPROXIMATE]),
        ("≈80k", [APPROXIMATE]),
        ("approx. 80k", [APPROXIMATE]),
        ("ca. 60.000 €", [APPROXIMATE, POINT_OF_THOUSANDS]),
        ("noin 5000", [APPROXIMATE]),
        ("約600万円", [APPROXIMATE]),
        ("35.000", [POINT_OF_THOUSANDS]),
        *((text, []) for text in ("35,000", "35.5", "1.234.567", "1.234,50", "80k")),
    ],
)
def test_notes(text: str, notes: list[str]) -> None:
    assert list(READERS[""].read(text).statement.notes) == notes


def test_separators_that_other_amounts_may_contradict() -> None:
    texts = ("35.000", "35,000", "35.5", "35,5", "1,234.5", "35 000", "35000", "35,000 - 40000.5")
    said = [READERS[""].read(text).statement for text in texts]
    assert ["".join(one.thousands) for one in said] == [".", ",", "", "", "", "", "", ","]
    assert ["".join(one.decimal) for one in said] == ["", "", ".", ",", ".", "", "", "."]


def test_texts_of_a_unit_column() -> None:
    texts = {
        "Year": "year",
        "per annum": "year",
        "/Jahr": "year",
        "Bi-Weekly": "two-weeks",
        "Tag": "day",
        " HOURLY ": "hour",
        **dict(zip(("Y", "A", "M", "SM", "BW", "W", "D", "h"), (PayUnit.YEAR, *PayUnit), strict=True)),
        "semi-monthly": "half-month",
        "fortnightly": "two-weeks",
        "24 times a year": "half-month",
        "26 pay periods per year": "two-weeks",
        "12x per year": "month",
    }
    assert {text: READERS[""].unit(text) for text in texts} == texts
    unknown = "is not a known unit"
    reasons = {
        **dict.fromkeys(
            ("", "decade", "year month", "2 weeks", "net per year", "25 times a year", "24 times a month", "LPA", "12 LPA"),
            unknown,
        ),
        "²": "contains a superscript, a fraction or another special digit; write plain digits",
        "Quarterly": "is pay for a quarter; give it per month or per year (quarterly)",
        "bi-monthly": "fits two readings, bi-monthly as twice a month and every two months",
        "14 times a year": 'is a month that is paid 14 times a year: set unit = "month" and months in [pay]',
    }
    assert {text: unit_refusal(text) for text in reasons} == reasons


def unit_refusal(text: str) -> str:
    with pytest.raises(Unreadable) as error:
        READERS[""].unit(text)
    return str(error.value)


def test_texts_of_a_currency_column() -> None:
    texts = {
        "EUR": "Euros (€)|EUR - Euro|Euros|EUR European Euro",
        "USD": "US dollars|US-Dollar|US Dollar ($)|USD\tUnited States dollar",
        "GBP": "£|GBP (£)|British Pound (£)",
        "INR": "Indian Rupee",
        "CHF": "Swiss franc",
        "PLN": "zł",
        None: "kr|$",
    }
    read = READERS[""].currency
    assert [(code, text) for code, named in texts.items() for text in named.split("|") if read(text).usual != code] == []
    assert READERS[""].currency("kr").currencies == {"DKK", "ISK", "NOK", "SEK"}
    others = ("TEUR", "T€", "tkr", "INR (lakhs)", "万円", "", "gold", "EUR or so", "5 EUR", "USD EUR", "USD - EUR")
    assert [text for text in others if READERS[""].currency(text).currencies] == []


def test_numbers_of_scores_and_hours() -> None:
    texts = {"12": 12, "-5": -5, " 37.5 ": 37.5, "37,5": 37.5, "many": None, "1 to 2": None, "": None, "12.00.00": None}
    assert {text: plain_number(text, None) for text in texts} == texts
    assert plain_number("4.125", ".") == 4.125
