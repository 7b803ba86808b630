"""Amounts in another currency: as reported where that is the currency, else by the rates of the record's own year."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.sample_tables import numbered_reference

from service.errors import UnknownCode
from service.index.amounts import BasisAmounts, Conversion, compared_amounts
from service.index.build import sort_columns
from service.index.columns import Columns
from service.store.records import RECORD_SCHEMA
from service.vocabulary.currencies import Rates
from service.vocabulary.factors import Factor
from service.vocabulary.measures import DOLLARS, PAY, REPORTED_COLUMN, Adjustment, Basis, Measure, with_totals
from service.vocabulary.terms import FxRate

RATES = Rates(
    [
        *(FxRate("USD", year, 1.0) for year in range(1990, 2027)),
        *(FxRate("EUR", year, 1.04 + (year - 2014) ** 2 / 1_000) for year in range(1999, 2027)),
        *(FxRate("JPY", year, 0.0064 + year % 7 / 10_000) for year in range(1990, 2027)),
        *(FxRate("ARS", year, 1 / 3 ** (year - 2010)) for year in range(2010, 2025)),
    ]
)
REFERENCE = replace(numbered_reference(1), rates=RATES)
SOURCE = REFERENCE.taxonomy.find(Factor.SOURCE, "lca").id
BASE, TOTAL_CASH, TOTAL = Measure.BASE_SALARY, Measure.TOTAL_CASH, Measure.TOTAL_COMPENSATION


def record(currency: str, year: int, pay: dict[Measure, int], **other: Any) -> dict[str, Any]:
    """A record with its pay in US dollars computed from pay in its currency."""
    rate = RATES.usd(currency, year) if currency in RATES else 1.0
    dollars = with_totals({measure: round(amount * rate) for measure, amount in pay.items()})
    reported = {REPORTED_COLUMN[measure]: amount for measure, amount in pay.items()}
    return {"effective": date(year, 1, 1), "currency": currency, "source": SOURCE, **dollars, **reported, **other}


def columns_of(records: list[dict[str, Any]]) -> Columns:
    """Columns with the records in the same order within each year."""
    rows = [{"id": number.to_bytes(16), **one} for number, one in enumerate(records)]
    return sort_columns(pa.Table.from_pylist(rows, RECORD_SCHEMA).to_batches(), REFERENCE.taxonomy)


def amounts(records: list[dict[str, Any]], measure: Measure, currency: str) -> list[int | None]:
    columns = columns_of(records)
    return compared_amounts(columns, measure, Basis(currency), REFERENCE).to_list(range(columns.size))


PAY_IN_OWN_CURRENCY = st.fixed_dictionaries(
    {BASE: st.integers(1, 10_000_000), Measure.BONUS: st.integers(0, 10_000_000), Measure.EQUITY: st.integers(0, 10_000_000)}
)


@pytest.mark.slow
@given(st.sampled_from(["EUR", "JPY", "ARS"]), st.lists(st.tuples(st.integers(1990, 2049), PAY_IN_OWN_CURRENCY), max_size=8))
def test_records_asked_in_their_own_currency_keep_their_amounts(currency: str, given: list[Any]) -> None:
    """Those of any years, with and without a rate."""
    given = sorted(given, key=lambda one: one[0])
    records = [record(currency, year, pay) for year, pay in given]
    for measure in PAY:
        assert amounts(records, measure, currency) == [with_totals(pay)[measure] for _, pay in given]


@given(st.sampled_from(["EUR", "JPY", "USD", "ARS"]), st.integers(1990, 2049), st.integers(1, 10_000_000))
def test_other_records_are_converted_by_the_rates_of_their_own_year(own: str, year: int, base: int) -> None:
    [found] = amounts([record(own, year, {BASE: base})], BASE, "JPY")
    assert found == round(base if own == "JPY" else base * RATES.usd(own, year) / RATES.usd("JPY", year))


@pytest.mark.parametrize(
    ("pay", "other", "total_cash", "total"),
    [
        ({BASE: 100, Measure.BONUS: 20, Measure.EQUITY: 3}, {}, 120, 123),
        ({BASE: 100, Measure.BONUS: 20}, {}, 120, None),
        ({BASE: 100, Measure.BONUS: 20, Measure.EQUITY: 3}, {TOTAL: 170, "total_compensation_reported": 150}, 120, 150),
        ({BASE: 100}, {TOTAL: 170, "total_compensation_reported": 150}, None, 150),
        ({BASE: 100}, {TOTAL_CASH: 130, "total_cash_reported": 125}, 125, None),
        ({BASE: 100}, {TOTAL: 208}, None, 200),  # of which only US dollars are stored
    ],
)
def test_totals_are_sums_of_reported_amounts_unless_they_were_reported(
    pay: dict[Measure, int], other: dict[str, int], total_cash: int | None, total: int | None
) -> None:
    records = [record("EUR", 2014, pay, **other)]
    assert (amounts(records, TOTAL_CASH, "EUR"), amounts(records, TOTAL, "EUR")) == ([total_cash], [total])


def test_amounts_without_reported_pay_or_rates_are_converted_from_dollars() -> None:
    only_dollars = {"effective": date(2014, 1, 1), "currency": "EUR", "source": SOURCE, "base_salary": 208}
    assert amounts([only_dollars, record("LRD", 2014, {BASE: 104})], BASE, "EUR") == [200, 100]


def test_converted_amounts_are_rounded_once_after_the_adjustment() -> None:
    germany = REFERENCE.taxonomy.find(Factor.COUNTRY, "de").id
    columns = columns_of([record("EUR", 2014, {BASE: 101}, country=germany), record("EUR", 2014, {BASE: 100})])
    reference = replace(REFERENCE, price_levels={(germany, 2014): 80.0})
    adjusted = compared_amounts(columns, BASE, Basis("EUR", Adjustment.COST_OF_LIVING), reference)
    assert adjusted.to_list([0, 1]) == [126, None]  # 126.25, and no place
    in_yen = compared_amounts(columns, BASE, Basis("JPY", Adjustment.COST_OF_LIVING), reference)
    assert in_yen.value(0) == round(101 * 1.04 / RATES.usd("JPY", 2014) / 80 * 100)


def test_amounts_in_dollars_are_those_that_are_stored() -> None:
    columns = columns_of([record("EUR", 2014, {BASE: 100}, base_salary=777)])
    assert compared_amounts(columns, BASE, DOLLARS, REFERENCE).to_list([0]) == [777]


def test_single_records_have_the_amounts_of_the_whole() -> None:
    records = [record(own, year, {BASE: 100_000 + year}) for year in (2005, 2014, 2026) for own in ("EUR", "JPY", "USD")]
    columns = columns_of(records)
    whole = amounts(records, BASE, "EUR")
    single = BasisAmounts.of_basis(columns, Basis("EUR"), REFERENCE)
    assert single.to_list(BASE, [7, 0, 3]) == [whole[7], whole[0], whole[3]]


def test_the_price_level_of_a_record_is_that_of_its_most_specific_place_in_the_nearest_year() -> None:
    taxonomy = REFERENCE.taxonomy
    us, california = taxonomy.find(Factor.COUNTRY, "us").id, taxonomy.find(Factor.SUBDIVISION, "us-ca").id
    places: list[dict[str, int]] = [{"country": us, "subdivision": california}, {"country": us}, {}]
    dated = [(year, number, place) for year in (2010, 2021) for number, place in enumerate(places)]
    columns = columns_of([record("USD", year, {BASE: 100_000 + number}, **place) for year, number, place in dated])
    reference = replace(REFERENCE, price_levels={(us, 2012): 100.0, (california, 2011): 125.0, (california, 2020): 160.0})
    basis = Basis(adjustment=Adjustment.COST_OF_LIVING)
    expected = [80_000, 100_001, None, 62_500, 100_001, None]
    assert compared_amounts(columns, BASE, basis, reference).to_list(range(6)) == expected
    assert BasisAmounts.of_basis(columns, basis, reference).to_list(BASE, [5, 3, 0]) == [None, 62_500, 80_000]


@pytest.mark.parametrize(
    ("currency", "rows"),
    [
        ("USD", [0, 2]),  # euros of 1990, pesos of 2026
        ("EUR", [2]),  # keeps the euros of 1990; no rate of the euro is old for the others
        ("JPY", [0, 2]),
        ("ARS", [0, 1, 4]),  # pesos have rates from 2010 to 2024
    ],
)
def test_records_at_old_rates(currency: str, rows: list[int]) -> None:
    dated = [("EUR", 1990), ("EUR", 2008), ("ARS", 2026), ("ARS", 2025), ("USD", 2026), ("USD", 2009), ("LRD", 2000)]
    records = sorted((record(own, year, {BASE: 100}) for own, year in dated), key=lambda one: one["effective"])
    at = {(one["currency"], one["effective"].year): row for row, one in enumerate(records)}
    expected = sorted(at[dated[row]] for row in rows)
    assert Conversion(columns_of(records), RATES, currency).rows_at_old_rates.tolist() == expected


def test_an_edition_without_records_has_no_amounts() -> None:
    assert len(compared_amounts(columns_of([]), BASE, Basis("EUR"), REFERENCE).values) == 0


def test_an_unknown_currency_is_refused() -> None:
    columns = columns_of([record("EUR", 2014, {BASE: 100})])
    with pytest.raises(UnknownCode, match="EUX"):
        compared_amounts(columns, BASE, Basis("EUX"), REFERENCE)


def test_large_amounts_are_exact() -> None:
    """100 million dollars in rials of a millionth of a dollar."""
    rials = Rates([FxRate("USD", 2026, 1.0), FxRate("IRR", 2026, 1e-6)])
    columns = columns_of([{**record("USD", 2026, {BASE: 100_000_000}), "currency": "IRR", "base_reported": 10**14 + 1}])
    found = compared_amounts(columns, BASE, Basis("IRR"), replace(REFERENCE, rates=rials))
    assert found.values.dtype == np.int64
    assert found.value(0) == 10**14 + 1
