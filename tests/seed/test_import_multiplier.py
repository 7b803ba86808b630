"""Columns of amounts in thousands or lakhs, as their header says and no cell repeats."""

from pathlib import Path

import numpy as np
import pytest
from support.csv_imports import PLAIN, mapping_of

from seed.importer.pay import PayReader
from seed.importer.refusals import Refusals
from seed.reference_data import fx_rates
from service.errors import DataError
from service.vocabulary.currencies import Rates
from service.vocabulary.units import month_of


def test_amounts_are_multiplied_unless_the_cell_has_a_multiplier(tmp_path: Path) -> None:
    keys = 'base = {column = "pay", multiplier = 100_000}\nbonus = "bonus"\ncurrency = "INR"\n'
    mapping = mapping_of(tmp_path, f"{PLAIN}[pay]\n{keys}")
    reader = PayReader(mapping.pay, mapping.file, Rates(fx_rates()))
    pays = {"12": 1_200_000, "8.5": 850_000, "9 LPA": 900_000, "₹ 7 lakhs": 700_000, "10-12": 1_100_000, "650k": 650_000}
    columns = {"pay": list(pays), "bonus": ["50000"] * len(pays)}
    refusals = Refusals(len(pays))
    found = reader.read(columns, np.full(len(pays), month_of(2024, 6)), refusals)
    assert (refusals.reasons, found["base_reported"].tolist()) == ({}, list(pays.values()))
    assert found["bonus_reported"].tolist() == [50_000] * len(pays)


@pytest.mark.parametrize(
    ("multiplier", "pays"),
    [
        (12, {"500": 6_000, "1k": 12_000, "1.5k": 18_000, "500 monthly USD": 6_000, "2k USD p.a.": 2_000}),
        (12_000, {"0.5": 6_000, "1k": 12_000, "2k USD p.a.": 2_000}),
        (4, {"1k": 4_000}),
        (1_000, {"2": 2_000, "2k": 2_000}),
    ],
)
def test_payments_a_year_apply_to_amounts_with_a_multiplier_of_their_own(
    tmp_path: Path, multiplier: int, pays: dict[str, int]
) -> None:
    keys = f'base = "pay"\nbonus = {{column = "bonus", multiplier = {multiplier}}}\ncurrency = "USD"\n'
    mapping = mapping_of(tmp_path, f"{PLAIN}[pay]\n{keys}")
    reader, refusals = PayReader(mapping.pay, mapping.file, Rates(fx_rates())), Refusals(len(pays))
    columns = {"pay": ["90000"] * len(pays), "bonus": list(pays)}
    found = reader.read(columns, np.full(len(pays), month_of(2024, 6)), refusals)
    assert (refusals.reasons, found["bonus_reported"].tolist()) == ({}, list(pays.values()))


ONE_OR_TWO = "fits two readings, as one amount and as a range; write it without the blank, or with its currency"


@pytest.mark.parametrize(
    ("keys", "pay", "expected"),
    [
        ("", "42 100", 42_100),
        ("", "120 130", 120_130),
        ('unit = "month"\n', "8 100", 97_200),
        ('unit = "month"\n', "42 100", 505_200),
        ('unit = "month"\n', "420 900", ONE_OR_TWO),
        ('unit = "hour"\n', "42 100", ONE_OR_TWO),
        ("", "42 100 per hour", ONE_OR_TWO),
        ("", "42 100 per year", 42_100),
        ("", "42 100k", "fits two readings, as thousands and as decimals before 'k'"),
    ],
)
def test_a_blank_groups_digits_where_two_numbers_are_too_little_for_pay(
    tmp_path: Path, keys: str, pay: str, expected: int | str
) -> None:
    mapping = mapping_of(tmp_path, f'{PLAIN}[pay]\nbase = "pay"\ncurrency = "USD"\n{keys}')
    reader, refusals = PayReader(mapping.pay, mapping.file, Rates(fx_rates())), Refusals(1)
    found = reader.read({"pay": [pay]}, np.array([month_of(2024, 6)]), refusals)
    reasons = {0: f"pay {pay!r} {expected}"} if isinstance(expected, str) else {}
    assert refusals.reasons == reasons
    if not reasons:
        assert found["base_reported"].tolist() == [expected]
    assert ("a blank before three digits" in " ".join(reader.notes)) == (not reasons and pay != "8 100")


def test_two_numbers_in_a_column_of_thousands_are_refused(tmp_path: Path) -> None:
    mapping = mapping_of(tmp_path, f'{PLAIN}[pay]\nbase = {{column = "pay", multiplier = 1_000}}\ncurrency = "USD"\n')
    reader, refusals = PayReader(mapping.pay, mapping.file, Rates(fx_rates())), Refusals(1)
    reader.read({"pay": ["80 100"]}, np.array([month_of(2024, 6)]), refusals)
    assert refusals.reasons == {0: f"pay '80 100' {ONE_OR_TWO}"}


def test_both_ends_of_a_range_in_two_columns_are_multiplied(tmp_path: Path) -> None:
    keys = 'base = {low = "from", high = "to", multiplier = 1_000}\ncurrency = "EUR"\n'
    mapping = mapping_of(tmp_path, f"{PLAIN}[pay]\n{keys}")
    reader = PayReader(mapping.pay, mapping.file, Rates(fx_rates()))
    found = reader.read({"from": ["60"], "to": ["72"]}, np.array([month_of(2024, 6)]), Refusals(1))
    assert [found[name].tolist() for name in ("base_low", "base_reported", "base_high")] == [[60_000], [66_000], [72_000]]


def test_a_multiplier_is_a_whole_number(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"pay.base.multiplier must be a whole number, such as 1000"):
        mapping_of(tmp_path, f'{PLAIN}[pay]\nbase = {{column = "pay", multiplier = 0.001}}\ncurrency = "USD"\n')
