"""Files with the two ends of a posted range in adjacent rows."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.csv_imports import PAY, import_text, records

from seed.importer.records import find_pairs
from service.errors import DataError

MAPPING = (
    """
effective = {column = "year", format = "%Y"}
[dataset]
code = "posted"
kind = "posted-range"
[pairs]
columns = ["pay", "usd"]
since = "2022-01"
[pairs.single]
code = "answered"
kind = "survey"
"""
    + PAY
    + '[[factor]]\nfactor = "level"\ncolumn = "lvl"\n'
)
HEADER = "year,lvl,pay,usd\n"


def found(url: str) -> list[tuple[object, ...]]:
    names = ("source", "base_low", "base_high", "base_reported", "base_salary")
    return [tuple(row.get(name) for name in names) for row in records(url)]


def test_two_rows_equal_in_all_but_pay_are_one_range(database_url: str, tmp_path: Path) -> None:
    rows = (
        "2024,mid,90,90\n2024,mid,61,61\n2024,senior,70,70\n2024,mid,40,40\n2024,mid,40,40\n2024,mid,10,10\n2024,mid,20,20\n"
    )
    report = import_text(database_url, tmp_path, HEADER + rows, MAPPING)
    assert found(database_url) == [
        ("answered", None, None, 20, 20),  # below a lower amount, so not a range
        ("posted", 10, 40, 25, 25),
        ("answered", None, None, 40, 40),  # left over above the pair, from the end
        ("answered", None, None, 70, 70),
        ("posted", 61, 90, 76, 76),  # 75.5 rounded half to even
    ]
    assert (report.read, report.imported, report.paired) == (7, 5, 2)


def test_rows_before_the_month_are_not_paired(database_url: str, tmp_path: Path) -> None:
    import_text(database_url, tmp_path, HEADER + "2021,mid,90,90\n2021,mid,60,60\n", MAPPING)
    assert [row[0] for row in found(database_url)] == ["answered", "answered"]


def test_rows_around_a_refused_row_are_not_paired(database_url: str, tmp_path: Path) -> None:
    import_text(database_url, tmp_path, HEADER + "2024,mid,90,90\n2024,mid,?,?\n2024,mid,60,60\n", MAPPING)
    assert [row[0] for row in found(database_url)] == ["answered", "answered"]


def test_import_without_pairing(database_url: str, tmp_path: Path) -> None:
    content = HEADER + "2024,mid,90,90\n2024,mid,60,60\n2024,senior,70,70\n"
    report = import_text(database_url, tmp_path, content, MAPPING, pair_ranges=False)
    assert (report.imported, report.paired) == (3, 0)
    assert [row[:3] for row in found(database_url)] == [
        ("posted", None, None),
        ("answered", None, None),
        ("posted", None, None),
    ]
    merged = import_text(database_url, tmp_path, content, MAPPING)
    assert (merged.imported, merged.unchanged, merged.retired, merged.paired) == (1, 1, 2, 1)
    assert [row[3] for row in found(database_url)] == [70, 75]


def test_longer_snapshot_pairs_its_old_rows_as_before(database_url: str, tmp_path: Path) -> None:
    old = "2024,mid,90,90\n2024,mid,60,60\n2024,mid,50,50\n2024,mid,40,40\n"
    import_text(database_url, tmp_path, HEADER + old, MAPPING)
    report = import_text(database_url, tmp_path, HEADER + "2024,mid,95,95\n" + old, MAPPING)
    assert (report.imported, report.unchanged, report.retired) == (1, 2, 0)


def test_pairs_require_base_pay_only(database_url: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"pairs.*base pay"):
        import_text(database_url, tmp_path, HEADER + "2024,mid,1,1\n", MAPPING.replace("[pay]", '[pay]\nbonus = "usd"'))


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3)), min_size=1, max_size=30), st.data())
def test_pairs_of_the_end_of_a_file_are_pairs_of_the_whole(rows: list[tuple[bool, int]], data: st.DataObject) -> None:
    repeats, amounts = np.array([row[0] for row in rows]), np.array([float(row[1]) for row in rows])
    upper, lower = find_pairs(repeats, amounts, np.ones(len(rows), bool))
    assert (upper + 1 == lower).all()
    assert len({*upper.tolist(), *lower.tolist()}) == 2 * len(upper)
    assert all(repeats[low] and amounts[high] >= amounts[low] for high, low in zip(upper, lower, strict=True))
    cut = data.draw(st.integers(0, len(rows) - 1))
    shorter = find_pairs(repeats[cut:], amounts[cut:], np.ones(len(rows) - cut, bool))[0] + cut
    assert shorter.tolist() == [high for high in upper.tolist() if high >= cut]
