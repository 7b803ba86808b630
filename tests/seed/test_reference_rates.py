"""Currency rates and price levels, compared with independently known values."""

import pytest

from seed import reference_data as reference
from service.vocabulary.factors import PLACES, Factor
from service.vocabulary.units import Rates

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
    ],
)
def test_known_rates(currency: str, year: int, units_per_dollar: float, within: float) -> None:
    assert 1 / RATES.usd(currency, year) == pytest.approx(units_per_dollar, rel=within)


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
