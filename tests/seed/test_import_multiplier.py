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


def test_both_ends_of_a_range_in_two_columns_are_multiplied(tmp_path: Path) -> None:
    keys = 'base = {low = "from", high = "to", multiplier = 1_000}\ncurrency = "EUR"\n'
    mapping = mapping_of(tmp_path, f"{PLAIN}[pay]\n{keys}")
    reader = PayReader(mapping.pay, mapping.file, Rates(fx_rates()))
    found = reader.read({"from": ["60"], "to": ["72"]}, np.array([month_of(2024, 6)]), Refusals(1))
    assert [found[name].tolist() for name in ("base_low", "base_reported", "base_high")] == [[60_000], [66_000], [72_000]]


def test_a_multiplier_is_a_whole_number(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"pay.base.multiplier must be a whole number, such as 1000"):
        mapping_of(tmp_path, f'{PLAIN}[pay]\nbase = {{column = "pay", multiplier = 0.001}}\ncurrency = "USD"\n')
