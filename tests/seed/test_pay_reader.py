"""The reader of pay alone, block by block: notes, separators, and that no row changes another."""

from math import isnan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.csv_imports import PLAIN, mapping_of

from seed.importer.amounts import APPROXIMATE, POINT_OF_THOUSANDS
from seed.importer.pay import HOURS_MISSING, PART_TIME, READ_EARLY, TOTAL_BELOW_PARTS, WIDE, PayReader
from seed.importer.refusals import Refusals
from seed.reference_data import fx_rates
from service.vocabulary.currencies import Rates
from service.vocabulary.units import month_of


class Reader:
    """Reads blocks of one or more columns by the keys of `[pay]`."""

    def __init__(self, folder: Path, rates: Rates, keys: str) -> None:
        mapping = mapping_of(folder, f"{PLAIN}[pay]\n{keys}\n")
        self.pay = PayReader(mapping.pay, mapping.file, rates)

    def refused(self, **columns: tuple[str, ...]) -> dict[int, str]:
        rows = len(next(iter(columns.values())))
        refusals = Refusals(rows)
        self.pay.read(columns, np.full(rows, month_of(2024)), refusals)  # type: ignore[arg-type]
        return refusals.reasons


@pytest.fixture(scope="module")
def rates() -> Rates:
    return Rates(fx_rates())


def test_thousands_and_decimals_in_one_file(tmp_path: Path, rates: Rates) -> None:
    """A separator before three digits fits two readings where others of the file show that it is decimal."""
    reader = Reader(tmp_path, rates, 'base = "pay"\nbonus = "more"\ncurrency = "EUR"')
    assert reader.refused(pay=("35.000", "35,000", "1.234.567"), more=("", "", "")) == {}
    assert reader.pay.notes == {f"pay: {POINT_OF_THOUSANDS}": 1}
    reasons = reader.refused(pay=("35.000", "35,000", "40000", "1.234.567"), more=("", "", "12.5", ""))
    assert list(reasons) == [0]
    assert reasons[0].startswith("pay '35.000' fits two readings, as thousands and as decimals")
    assert list(reader.refused(pay=("35.000", "35,000"), more=("", "12,5"))) == [0, 1]
    assert reader.pay.notes == {f"pay: {POINT_OF_THOUSANDS}": 1, READ_EARLY: 3}


def test_notes_count_accepted_rows(tmp_path: Path, rates: Rates) -> None:
    keys = (
        'base = "pay"\nbonus = "more"\ntotal_compensation = "total"\ncurrency = "EUR"\nhours_per_week = {column = "hours"}'
    )
    reader = Reader(tmp_path, rates, keys)
    reasons = reader.refused(
        pay=("~80k", "~80k", "80k", "80k"),
        more=("", "", "10k", "ca. 10k"),
        total=("", "$1", "85k", ""),
        hours=("40", "", "20", ""),
    )
    assert list(reasons) == [1]
    assert reader.pay.notes == {
        f"pay: {APPROXIMATE}": 1,
        f"more: {APPROXIMATE}": 1,
        HOURS_MISSING: 1,
        PART_TIME.format(40): 1,
        TOTAL_BELOW_PARTS: 1,
    }


def test_wide_ranges_are_noted(tmp_path: Path, rates: Rates) -> None:
    reader = Reader(tmp_path, rates, 'base = "pay"\ncurrency = "EUR"')
    rows = ("10k-50k", "10k-50001", "1000 - 9000", "0-999", "20k-300k", "> 5k")
    assert list(reader.refused(pay=rows)) == [4]
    assert reader.pay.notes == {WIDE: 2}


PIECES = (
    "80k",
    "80.000",
    "80,000",
    "12.5",
    "1e5",
    "$",
    "€",
    "kr",
    "USD",
    "lakh",
    "万",
    "juta",
    "x 14",
    "/",
    "+ super",
    "/month",
    "a day",
    "net",
    "+",
    "-",
    "to",
    "100k",
    "~",
    "",
    " ",
)
pieces = st.lists(st.sampled_from(PIECES), max_size=5).map(" ".join)


@pytest.mark.slow
@given(st.lists(st.tuples(pieces, pieces, pieces), min_size=1, max_size=8), st.sampled_from(["USD", "SEK", "cell"]))
def test_every_row_is_read_exactly_or_refused(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]], currency: str
) -> None:
    """A row that is accepted has amounts of its own cells only, in the stated currency, whatever other rows have."""
    rates = Rates(fx_rates())
    keys = f'base = "pay"\nbonus = "more"\ntotal_compensation = "total"\ncurrency = "{currency}"'
    folder = tmp_path_factory.mktemp("mapping")

    def read(some: list[tuple[str, str, str]]) -> tuple[dict[str, list[float]], dict[int, str], list[str]]:
        reader, refusals = Reader(folder, rates, keys).pay, Refusals(len(some))
        columns = dict(zip(("pay", "more", "total"), zip(*some, strict=True), strict=True))
        found = reader.read(columns, np.full(len(some), month_of(2024)), refusals)  # type: ignore[arg-type]
        return {name: values.tolist() for name, values in found.items()}, refusals.reasons, reader.currencies

    together, reasons, _ = read(rows)
    for number, row in enumerate(rows):
        alone, reason, known = read([row])
        assert bool(reason) <= (number in reasons)
        if number in reasons:
            continue
        for name in set(together) - {"currency"}:
            [expected] = alone.get(name, [float("nan")])
            assert together[name][number] == expected or (isnan(expected) and isnan(together[name][number]))
        assert currency == "cell" or known == [currency]


def test_a_stray_decimal_is_refused_instead_of_all_other_amounts(tmp_path: Path, rates: Rates) -> None:
    """Up to 5 amounts, and 1 in 100, contradict the others; more are evidence of the separator."""
    for thousands, strays, refused in ((100, 1, 1), (99, 1, 99), (500, 5, 5), (900, 6, 900)):
        reader = Reader(tmp_path, rates, 'base = "pay"\ncurrency = "USD"')
        reasons = reader.refused(pay=("85,000",) * thousands + ("81,5k",) * strays)
        assert len(reasons) == refused, (thousands, strays)
        last = reasons[max(reasons)]
        expected = "pay '81,5k' has a decimal" if refused == strays else "such as '81,5k'; set decimal"
        assert expected in last, (thousands, strays)


def test_refused_amounts_are_no_evidence_of_a_decimal_separator(tmp_path: Path, rates: Rates) -> None:
    reader = Reader(tmp_path, rates, 'base = "pay"\nbonus = "more"\ncurrency = "USD"')
    assert list(reader.refused(pay=("85,000", "81,5"), more=("", "nonsense"))) == [1]
