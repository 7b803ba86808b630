"""The currency of pay: what the mapping, a column and the cells say together."""

import pytest
from support.pay_rows import Importer, bases, currencies

from service.errors import DataError
from service.store.bulk import bulk_connection
from service.store.reference import load_reference


def test_another_currency_than_the_stated_one_is_refused(importer: Importer) -> None:
    rows = (
        "80000",
        "$80,000",
        "US$80k",
        "80k USD",
        "¥8,000,000",
        "£45,000",
        "100k CAD",
        "12 LPA",
        "A$90k",
        "5 lakh USD",
        "80 kr",
        "80万",
        "350만",
        "15 juta",
        "2 lac",
        "150 тыс.",
        "80万美元",
    )
    assert bases(importer.outcomes('base = "pay"\ncurrency = "USD"', "pay", *rows)) == [
        *(80_000, 80_000, 80_000, 80_000),
        "pay '¥8,000,000' is in CNY, JPY, but the mapping says USD",
        "pay '£45,000' is in GBP, but the mapping says USD",
        "pay '100k CAD' is in CAD, but the mapping says USD",
        "pay '12 LPA' is in BDT, INR, LKR, NPR, PKR, but the mapping says USD",
        "pay 'A$90k' is in AUD, but the mapping says USD",
        500_000,
        "pay '80 kr' is in DKK, ISK, NOK, SEK, but the mapping says USD",
        "pay '80万' is in CNY, HKD, JPY, MOP, MYR and more, but the mapping says USD",
        "pay '350만' is in KRW, but the mapping says USD",
        "pay '15 juta' is in BND, IDR, MYR, SGD, but the mapping says USD",
        "pay '2 lac' is in BDT, INR, LKR, NPR, PKR, but the mapping says USD",
        "pay '150 тыс.' is in AMD, AZN, BYN, GEL, KGS and more, but the mapping says USD",
        800_000,
    ]


@pytest.mark.parametrize(
    ("currency", "text"),
    [
        *(("CAD", "$80k"), ("MXN", "$80k"), ("PHP", "$80k"), ("JPY", "¥8,000,000"), ("CNY", "¥300000"), ("SEK", "80k kr")),
        *(
            ("NOK", "80k kr"),
            ("DKK", "80k kr"),
            ("EGP", "£80k"),
            ("INR", "Rs. 12 lakh"),
            ("PKR", "12 lakh"),
            ("CNY", "30万元"),
        ),
    ],
)
def test_an_ambiguous_sign_fits_the_stated_currency(importer: Importer, currency: str, text: str) -> None:
    [record] = importer.outcomes(f'base = "pay"\ncurrency = "{currency}"', "pay", text)
    assert isinstance(record, dict)
    assert record["currency"] == currency


def test_a_column_of_currencies(importer: Importer) -> None:
    keys = 'base = "pay"\ncurrency = {column = "cur", map = {"Indian rupees (?)" = "INR"}}'
    rows = (
        *(
            "30400000|CLP",
            "100000| eur ",
            "5000000|Indian Rupees (?)",
            "90k|Euro",
            "$80k|CAD",
            "80k|£",
            "80k CAD|$",
            "€90k|",
        ),
        *("80k|XXX", "80k|", "€90k|USD", "90k|$", "$90k|"),
    )
    assert currencies(importer.outcomes(keys, "pay|cur", *rows)) == [
        *(("CLP", 30_400_000), ("EUR", 100_000), ("INR", 5_000_000), ("EUR", 90_000), ("CAD", 80_000), ("GBP", 80_000)),
        *(("CAD", 80_000), ("EUR", 90_000)),
        "unknown currency 'XXX'",
        "no currency reported",
        "pay '€90k' is in EUR, but cur says USD",
        "the currency of cur fits several currencies (ARS, AUD, BBD, BMD, BND and more); name the currency in the mapping",
        "pay '$90k' fits several currencies (ARS, AUD, BBD, BMD, BND and more); name the currency in the mapping",
    ]


def test_a_column_with_words_that_are_codes_too(importer: Importer) -> None:
    rows = ("90000|ALL", "90000|TRY", "90000|All", "90000|try", "90000|usd")
    assert currencies(importer.outcomes('base = "pay"\ncurrency = {column = "cur"}', "pay|cur", *rows)) == [
        ("ALL", 90_000),
        ("TRY", 90_000),
        "unknown currency 'All'",
        "unknown currency 'try'",
        ("USD", 90_000),
    ]


def test_cells_that_name_their_currencies(importer: Importer) -> None:
    keys = 'base = "pay"\nbonus = "more"\ncurrency = "cell"'
    rows = (
        *("€90k|", "£80k|5k", "US$80k|$5k", "$80k|10k CAD", "80k|5000 EUR", "₹12 LPA|", "SFr. 90k|", "900 000 бел. руб.|"),
        *("900000 fr|", "600000 руб|", "E45000|", "$80k|", "¥8,000,000|", "80k kr|", "80k|", "€80k|$5k", "12 LPA|", "|"),
    )
    assert currencies(importer.outcomes(keys, "pay|more", *rows)) == [
        *(("EUR", 90_000), ("GBP", 80_000), ("USD", 80_000), ("CAD", 80_000), ("EUR", 80_000), ("INR", 1_200_000)),
        *(("CHF", 90_000), ("BYN", 900_000)),
        "pay '900000 fr' fits several currencies (BIF, CDF, CHF, DJF, GNF and more); name the currency in the mapping",
        "pay '600000 руб' fits several currencies (BYN, RUB); name the currency in the mapping",
        "pay 'E45000' fits several currencies (EUR, SZL); name the currency in the mapping",
        "pay '$80k' fits several currencies (ARS, AUD, BBD, BMD, BND and more); name the currency in the mapping",
        "pay '¥8,000,000' fits several currencies (CNY, JPY); name the currency in the mapping",
        "pay '80k kr' fits several currencies (DKK, ISK, NOK, SEK); name the currency in the mapping",
        "pay '80k' names no currency",
        "more '$5k' is in ARS, AUD, BBD, BMD, BND and more, but pay '€80k' is in EUR",
        "pay '12 LPA' fits several currencies (BDT, INR, LKR, NPR, PKR); name the currency in the mapping",
        "no pay reported",
    ]


def test_amounts_are_converted_at_the_mean_rate_of_the_year(importer: Importer, pay_database_url: str) -> None:
    with bulk_connection(pay_database_url) as rows:
        rates = load_reference(rows).rates
    found = importer.outcomes('base = "pay"\ncurrency = "cell"', "pay", "30400000 CLP", "€100000", "₹5000000")
    assert [one["base_salary"] for one in found if isinstance(one, dict)] == [
        round(amount * rates.usd(code, 2024)) for code, amount in (("CLP", 30_400_000), ("EUR", 100_000), ("INR", 5_000_000))
    ]


@pytest.mark.parametrize("keys", ['currency = "ZZZ"', 'currency = {column = "pay", map = {"Z" = "ZZZ"}}'])
def test_unknown_currency_in_the_mapping(importer: Importer, keys: str) -> None:
    with pytest.raises(DataError, match="currency 'ZZZ' is unknown"):
        importer.outcomes(f'base = "pay"\n{keys}', "pay", "1")
