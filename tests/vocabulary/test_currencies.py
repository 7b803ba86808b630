"""Exchange rates by year: the nearest year where there is none, and which rates are old."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import UnknownCode
from service.vocabulary.currencies import MAX_RATE_DISTANCE, OldRate, Rates
from service.vocabulary.terms import FxRate

YEARS = st.integers(1990, 2049)
RATES = Rates([FxRate("USD", 2024, 1.0), *(FxRate("EUR", year, year / 1_000) for year in (2010, 2013, 2020))])


@given(known=st.sets(YEARS, min_size=1), year=YEARS)
def test_a_year_without_a_rate_has_that_of_the_nearest_year(known: set[int], year: int) -> None:
    rates = Rates(FxRate("EUR", one, one / 1_000) for one in known)
    found = rates.rate_year("EUR", year)
    assert rates.usd("EUR", year) == found / 1_000
    distances = {abs(one - year) for one in known}
    assert (found in known, abs(found - year)) == (True, min(distances))
    assert found == year - min(distances) or year - min(distances) not in known, "the earlier of two"
    assert rates.is_old("EUR", year) == all(distance > MAX_RATE_DISTANCE for distance in distances)


def test_old_rates_are_listed_by_currency_and_year() -> None:
    records = {("EUR", 2024): 3, ("EUR", 2008): 2, ("EUR", 2014): 9, ("EUR", 2016): 0, ("EUR", 2020): 4, ("USD", 1995): 5}
    assert RATES.old_rates(records) == [
        OldRate("EUR", 2008, 2010, 2),
        OldRate("EUR", 2014, 2013, 9),
        OldRate("EUR", 2024, 2020, 3),
    ]


def test_rates_of_an_unknown_currency() -> None:
    with pytest.raises(UnknownCode, match="EUR"):
        RATES.rate_year("EURO", 2020)


def test_digests_differ_if_any_rate_does() -> None:
    same, other = Rates(reversed(list(RATES))), Rates([*RATES, FxRate("EUR", 2021, 1.1)])
    assert RATES.digest == same.digest != other.digest
