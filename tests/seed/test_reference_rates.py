"""Currency rates and price levels, compared with independently known values."""

import pytest

from seed import reference_data as reference
from seed.reference_data import load_reference_data
from service.store.bulk import bulk_connection
from service.store.reference import load_reference
from service.vocabulary.currencies import Rates
from service.vocabulary.factors import PLACES, Factor

RATES = Rates(reference.fx_rates())


@pytest.mark.parametrize(
    ("currency", "year", "units_per_dollar", "within"),
    [
        # From sources other than the files that the rates were compiled from: annual means of central banks, and pegs.
        ("USD", 2026, 1.0, 0),
        ("EUR", 2022, 0.951, 0.005),
        ("GBP", 2023, 0.804, 0.005),
        ("JPY", 2024, 151.4, 0.005),
        ("INR", 2023, 82.6, 0.005),
        ("TWD", 2022, 29.8, 0.005),
        ("RUB", 2022, 68.4, 0.01),
        ("CLP", 2022, 873.0, 0.01),
        ("COP", 2022, 4_256.0, 0.01),
        ("ARS", 2022, 130.8, 0.01),
        ("UAH", 2022, 32.34, 0.005),
        ("VND", 2022, 23_271.0, 0.01),
        ("KZT", 2022, 460.2, 0.005),
        ("AED", 2025, 3.6725, 1e-9),
        ("SAR", 2025, 3.75, 1e-9),
        ("EUR", 2012, 0.778, 0.005),
        ("EUR", 2000, 1.083, 0.005),
        ("GBP", 1995, 0.634, 0.005),
        ("JPY", 1995, 94.06, 0.005),
        ("CAD", 1998, 1.4835, 0.005),
        ("CHF", 1990, 1.389, 0.005),
        ("INR", 1991, 22.74, 0.02),
        ("BRL", 2002, 2.921, 0.005),
        ("MXN", 1995, 6.419, 0.01),
        ("PLN", 1995, 2.425, 0.005),
        ("CZK", 1998, 32.28, 0.005),
        ("HUF", 1998, 214.4, 0.005),
        ("RUB", 2000, 28.13, 0.005),
        ("TRY", 2006, 1.4285, 0.01),
        ("RON", 2006, 2.809, 0.005),
        ("ZAR", 2001, 8.609, 0.005),
        ("KRW", 1998, 1_401.4, 0.005),
        ("ARS", 1999, 1.0, 0.005),
        ("UAH", 2000, 5.44, 0.005),
        ("KZT", 2000, 142.1, 0.005),
        ("GHS", 2010, 1.431, 0.01),
        ("XOF", 1994, 555.2, 0.005),
        ("VES", 2023, 28.6, 0.02),
    ],
)
def test_known_rates(currency: str, year: int, units_per_dollar: float, within: float) -> None:
    """In the year itself: a year without a rate would fall back to another."""
    assert RATES.rate_year(currency, year) == year
    assert 1 / RATES.usd(currency, year) == pytest.approx(units_per_dollar, rel=within)


@pytest.mark.parametrize(
    ("currency", "first"),
    [
        *(("EUR", 1999), ("BGN", 1999), ("MXN", 1993), ("BRL", 1995), ("PLN", 1995), ("RUB", 1998), ("AFN", 2003)),
        *(("TRY", 2005), ("RON", 2006), ("AZN", 2006), ("MZN", 2007), ("GHS", 2008), ("TMT", 2009), ("ZMW", 2013)),
        *(("BYN", 2017), ("MRU", 2018), ("STN", 2018), ("VES", 2022), ("SLE", 2023), ("XCG", 2025), ("ARS", 1992)),
    ],
)
def test_a_currency_has_no_rates_from_before_its_present_unit(currency: str, first: int) -> None:
    """Or an amount in an old unit would be read as a thousand or a million times as much."""
    assert min(rate.year for rate in reference.fx_rates() if rate.currency == currency) == first


def test_currencies_that_the_sources_do_not_cover_have_no_rates() -> None:
    """The World Bank's figures for Liberia are in US dollars: its dollar of half a cent looked like one US dollar."""
    assert {"CUP", "KPW", "LRD", "YER", "ZWG"}.isdisjoint(RATES.currencies)


def test_loading_removes_the_rates_of_currencies_that_have_none_any_more(database_url: str) -> None:
    with bulk_connection(database_url) as rows:
        rows.execute("INSERT INTO fx_rate VALUES ('LRD', 2015, 1.0), ('EUR', 1950, 1.0)")
        rows.commit()
    load_reference_data(database_url)
    with bulk_connection(database_url) as rows:
        assert sorted(load_reference(rows).rates, key=str) == sorted(RATES, key=str)


def test_rates_have_no_jumps_of_scale() -> None:
    """No currency moves tenfold in a year, so this detects redenominations and inverted quotations."""
    rates = {(rate.currency, rate.year): rate.usd for rate in reference.fx_rates()}
    assert len(rates) == len(reference.fx_rates())
    steps = [later / rates[code, year - 1] for (code, year), later in rates.items() if (code, year - 1) in rates]
    assert 0.1 < min(steps) <= max(steps) < 1.5


def test_price_levels_are_unique_and_of_known_places() -> None:
    levels = reference.price_levels()
    assert len({(level.place, level.year) for level in levels}) == len(levels)
    assert all(level.place[0] in PLACES for level in levels)
    assert {level.place for level in levels} <= {(term.factor, term.code) for term in reference.terms()}
    assert all(5 < level.level < 200 for level in levels)


@pytest.mark.parametrize(
    ("place", "low", "high"),
    [
        ((Factor.COUNTRY, "us"), 100, 100),
        ((Factor.COUNTRY, "ch"), 100, 130),
        ((Factor.COUNTRY, "in"), 20, 30),
        ((Factor.SUBDIVISION, "us-ca"), 108, 116),
        ((Factor.SUBDIVISION, "us-ms"), 84, 90),
        ((Factor.METRO, "san-francisco"), 112, 124),
    ],
)
def test_known_price_levels(place: tuple[Factor, str], low: float, high: float) -> None:
    found = [level.level for level in reference.price_levels() if level.place == place and level.year >= 2018]
    assert len(found) == 7
    assert low <= min(found) <= max(found) <= high
