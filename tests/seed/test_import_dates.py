"""Months that have not come yet are refused, and totals are stored as they were reported."""

from datetime import date
from pathlib import Path

import pytest
from support.csv_imports import PAY, PLAIN, import_text, pays, records, refusals

from seed.importer.cells import month
from seed.reference_data import fx_rates
from service.errors import DataError
from service.index.build import build_current_index
from service.market.cohort import Cohort
from service.vocabulary.currencies import PRESENT_UNIT, OldRate
from service.vocabulary.measures import Measure
from service.vocabulary.units import month_of

DATED = """
[effective]
column = "day"
format = "%Y-%m-%d"
[dataset]
code = "test"
kind = "survey"
"""
MID_JUNE = date(2026, 6, 15)


def test_months_in_the_future_are_refused(database_url: str, tmp_path: Path) -> None:
    """The current month is not, however late its day."""
    days = ["2026-06-30", "2026-07-01", "2027-01-01", "2026-05-31", "2049-12-31"]
    content = "day,pay\n" + "".join(f"{day},{50_000 + n}\n" for n, day in enumerate(days))
    report = import_text(database_url, tmp_path, content, DATED + PAY, today=MID_JUNE)
    assert [line[:2] for line in refusals(report)[1:]] == [
        ["3", "2026-07 is in the future"],
        ["4", "2027-01 is in the future"],
        ["6", "2049-12 is in the future"],
    ]
    assert pays(database_url) == [50_000, 50_003]
    assert import_text(database_url, tmp_path, content, DATED + PAY, today=date(2026, 7, 1)).imported == 1


def test_a_mapping_of_a_month_in_the_future_imports_nothing(database_url: str, tmp_path: Path) -> None:
    mapping = PLAIN.replace("2024-06", "2026-07") + PAY
    with pytest.raises(DataError, match=r"its only row was refused \(2026-07 is in the future"):
        import_text(database_url, tmp_path, "pay\n50000\n", mapping, today=MID_JUNE)
    assert import_text(database_url, tmp_path, "pay\n50000\n", mapping, today=date(2026, 7, 1)).imported == 1


def test_the_current_date_is_that_of_the_clock(database_url: str, tmp_path: Path) -> None:
    report = import_text(database_url, tmp_path, "day,pay\n2049-12-01,50000\n2024-01-01,60000\n", DATED + PAY)
    assert (report.imported, report.refused) == (1, 1)


def test_total_compensation_is_stored_as_reported(database_url: str, tmp_path: Path) -> None:
    """A total in yen is exact in yen, although its dollars are rounded; one in a month has twelve."""
    mapping = PLAIN + '[pay]\ntotal_compensation = "total"\ncurrency = "JPY"\nunit = "month"\n'
    content = "total\n" + "".join(f"{800_001 + n}\n" for n in range(9))
    import_text(database_url, tmp_path, content, mapping)
    yearly = [12 * (800_001 + n) for n in range(9)]
    assert sorted(row["total_compensation_reported"] for row in records(database_url)) == yearly
    stats = Cohort(build_current_index(database_url), currency="JPY").stats(Measure.TOTAL_COMPENSATION)
    assert stats
    assert (stats.quartile(0.25), stats.quartile(0.5), stats.quartile(0.75)) == (yearly[2], yearly[4], yearly[6])


def test_old_exchange_rates_are_reported_by_currency_and_year(database_url: str, tmp_path: Path) -> None:
    content = "day,pay,currency\n1995-01-01,50000,EUR\n1998-01-01,50000,EUR\n1996-01-01,50000,EUR\n1996-02-01,50000,EUR\n"
    mapping = DATED + '[pay]\nbase = "pay"\ncurrency = {column = "currency"}\n'
    report = import_text(database_url, tmp_path, content + "2024-01-01,50000,USD\n", mapping)
    assert list(report.old_rates) == [
        OldRate("EUR", 1995, 1999, 1),
        OldRate("EUR", 1996, 1999, 2),
        OldRate("EUR", 1998, 1999, 1),
    ]


def test_dates_with_day_and_month_in_the_other_order_are_refused(database_url: str, tmp_path: Path) -> None:
    """Those that fit both orders would have been read wrongly. A date that fits only the stated order keeps the format."""
    mapping = DATED.replace("%Y-%m-%d", "%m/%d/%Y") + PAY
    days = ["05/02/2024", "25/02/2024", "26/03/2024", "04/03/2024", "never"]
    content = "day,pay\n" + "".join(f"{day},50000\n" for day in days)
    with pytest.raises(DataError, match="'25/02/2024' fits only %d/%m/%Y, which fits all other dates too"):
        import_text(database_url, tmp_path, content, mapping)
    report = import_text(database_url, tmp_path, content + "12/31/2023,60000\n", mapping)
    assert (report.imported, report.refused) == (3, 3)


def test_formats_without_separators_need_all_digits() -> None:
    dates = [
        ("20240111", "%Y%m%d", month_of(2024, 1)),
        ("2024111", "%Y%m%d", None),
        ("1122024", "%d%m%Y", None),
        ("20241", "%Y%m", None),
        ("20240111 9:05", "%Y%m%d %H:%M", month_of(2024, 1)),
        ("1/2/2024", "%d/%m/%Y", month_of(2024, 2)),
    ]
    assert [(text, form, found) for text, form, expected in dates if (found := month(text, form)) != expected] == []


def test_pay_from_before_the_present_unit_of_a_currency_is_refused(database_url: str, tmp_path: Path) -> None:
    rows = [
        "2021-06-01,5000000,VES",
        "2004-12-31,90000,TRY",
        "2022-06-30,900000,SLE",
        "2005-01-01,90000,TRY",
        "2022-01-01,90000,VES",
    ]
    mapping = DATED + '[pay]\nbase = "pay"\ncurrency = {column = "currency"}\n'
    report = import_text(database_url, tmp_path, "day,pay,currency\n" + "\n".join(rows), mapping)
    since = "has had its present unit since"
    expected = [["2", f"VES {since} 2021-10"], ["3", f"TRY {since} 2005-01"], ["4", f"SLE {since} 2022-07"]]
    assert [[line, reason.partition(";")[0]] for line, reason, *_ in refusals(report)[1:]] == expected


def test_no_present_unit_has_a_rate_of_an_earlier_year() -> None:
    assert [rate for rate in fx_rates() if rate.year < PRESENT_UNIT.get(rate.currency, 0) // 12] == []
