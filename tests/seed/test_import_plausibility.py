"""Implausible pay is kept out of an import, with a reason, and the spread of pay by country is that of PostgreSQL."""

import csv
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from support.csv_imports import PAY, PLAIN, import_text, pays
from support.databases import clone
from support.records import publish

from seed.importer.plausibility import FAR
from seed.importer.report import ImportReport
from service.errors import DataError
from service.store.bulk import bulk_connection

MAPPING = PLAIN + PAY + '\n[[factor]]\nfactor = "country"\ncolumn = "land"\n'
TWENTY = [100_000] * 20
OF_FILE = "the median of 100,000 in United States (21 rows of this file)"


@pytest.fixture(scope="module")
def module_url(server_url: str, empty_template: str) -> Iterator[str]:
    """A database without records of other sources; each test replaces those of its own."""
    with clone(server_url, empty_template) as url:
        yield url


def strict(url: str, folder: Path, content: str, mapping: str = MAPPING) -> ImportReport:
    return import_text(url, folder, content, mapping, keep_doubtful=False)


def rows_of(pay: list[Any], land: str = "us") -> str:
    return "pay,land\n" + "".join(f"{amount},{land}\n" for amount in pay)


def reasons(report: ImportReport) -> list[tuple[int, str]]:
    """The line and the reason of each row in the file of refused rows."""
    if report.refused_file is None:
        return []
    with report.refused_file.open(encoding="utf-8", newline="") as file:
        return [(int(row["line"]), row["reason"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize(
    ("pay", "reason"),
    [
        (5_000, None),
        (4_999, f"4,999 US$ a year is 1/20 of {OF_FILE}; perhaps a month's pay"),
        (2_000_000, None),
        (2_000_001, f"2,000,001 US$ a year is 20 times {OF_FILE}"),
        (3_900, f"3,900 US$ a year is 1/26 of {OF_FILE}; perhaps two weeks' pay"),
        (1_900, f"1,900 US$ a year is 1/53 of {OF_FILE}; perhaps a week's pay"),
        (385, f"385 US$ a year is 1/260 of {OF_FILE}; perhaps a day's pay"),
        (110, f"110 US$ a year is 1/910 of {OF_FILE}; perhaps an amount in thousands"),
        (55, f"55 US$ a year is 1/1,800 of {OF_FILE}; perhaps an hour's pay"),
        (2, f"2 US$ a year is 1/50,000 of {OF_FILE}"),
    ],
)
def test_pay_is_compared_with_the_median_of_the_file(module_url: str, tmp_path: Path, pay: int, reason: str | None) -> None:
    report = strict(module_url, tmp_path, rows_of([*TWENTY, pay]))
    assert reasons(report) == ([(22, reason)] if reason else [])
    assert (report.read, report.doubtful, report.refused) == (21, 1 if reason else 0, 0)
    assert sorted(pays(module_url)) == sorted(TWENTY if reason else [*TWENTY, pay])


@pytest.mark.parametrize(
    ("pay", "reason"),
    [
        (1_999, "1,999 US$ a year is not between 2,000 and 5,000,000; perhaps a week's pay"),
        (2_000, None),
        (5_000_000, None),
        (5_000_001, "5,000,001 US$ a year is not between 2,000 and 5,000,000"),
        (55, "55 US$ a year is not between 2,000 and 5,000,000; perhaps an hour's pay"),
    ],
)
def test_fewer_than_20_rows_are_compared_with_a_fixed_band(
    module_url: str, tmp_path: Path, pay: int, reason: str | None
) -> None:
    report = strict(module_url, tmp_path, rows_of([*TWENTY[:18], pay]))
    assert reasons(report) == ([(20, reason)] if reason else [])


def test_amounts_in_another_currency_are_recognised(module_url: str, tmp_path: Path) -> None:
    """Of a mapping that says US dollars: 20 times as much in India is probably in rupees."""
    report = strict(module_url, tmp_path, rows_of([*[20_000] * 20, 2_000_000], "in"))
    median = "the median of 20,000 in India (21 rows of this file)"
    assert reasons(report) == [(22, f"2,000,000 US$ a year is 100 times {median}; perhaps an amount in INR")]
    mapping = MAPPING.replace('"USD"', '"JPY"')
    report = strict(module_url, tmp_path, rows_of([*[9_000_000] * 20, 70_000], "jp"), mapping)
    [(line, reason)] = reasons(report)
    assert (line, reason.endswith("perhaps an amount in USD")) == (22, True)


def test_a_file_that_is_wrong_in_every_row_is_not_its_own_evidence(module_url: str, tmp_path: Path) -> None:
    strict(module_url, tmp_path, rows_of(TWENTY))
    message = r"all 30 rows that could be read is implausible \(the first: 55 US\$ a year is not between 2,000 and 5,000,000"
    with pytest.raises(DataError, match=message):
        strict(module_url, tmp_path, rows_of([55] * 30))
    assert pays(module_url) == TWENTY
    refused = (tmp_path / "data.csv.refused.csv").read_text(encoding="utf-8").splitlines()
    assert (len(refused), refused[30].split(",")[0], refused[30][-6:]) == (31, "31", ",55,us")


@pytest.mark.parametrize(
    ("current", "basis"),
    [
        ([{"base_salary": 10_000}] * 20, "20 current records"),
        ([{"total_compensation": 10_000}] * 20, "20 current records"),
        ([{"base_salary": 10_000}] * 19, "21 rows of this file"),
        ([{"base_salary": 10_000, "source": "sample"}] * 20, "21 rows of this file"),
        ([{"base_salary": 10_000, "source": "contributors"}] * 20, "20 current records"),
        ([{"base_salary": 10_000, "country": "gb"}] * 20, "21 rows of this file"),
    ],
    ids=["others", "totals", "too-few", "sample", "contributors", "elsewhere"],
)
def test_current_records_take_precedence(
    database_url: str, tmp_path: Path, current: list[dict[str, Any]], basis: str
) -> None:
    publish(database_url, [{"country": "us", **record} for record in current])
    report = strict(database_url, tmp_path, rows_of([*TWENTY, 600]))
    [spread] = report.spread
    assert spread.band.basis == basis
    median = 10_000 if "current" in basis else 100_000
    assert (spread.band.low, spread.band.high) == (median / 20, median * 20)
    assert report.doubtful == (0 if "current" in basis else 1)


def test_an_earlier_import_of_the_same_data_is_no_evidence(database_url: str, tmp_path: Path) -> None:
    import_text(database_url, tmp_path, rows_of([55] * 25), MAPPING)
    report = strict(database_url, tmp_path, rows_of([*TWENTY, 55]))
    assert (report.spread[0].band.basis, report.doubtful, report.retired) == ("21 rows of this file", 1, 25)


def test_a_note_on_rows_that_are_far_from_the_median(database_url: str, tmp_path: Path) -> None:
    """A year's pay in a column of monthly pay is 12 times too high, and within the band."""
    report = strict(database_url, tmp_path, rows_of([*TWENTY, 800_000, 12_500, 1_200_000, 9_000, 2_100_000]))
    assert (report.notes, report.doubtful) == ({f"{FAR}, first in line 24; check the unit": 2}, 1)
    assert strict(database_url, tmp_path, rows_of([100_000] * 10 + [1_200_000])).notes == {}


def test_a_note_on_a_file_that_differs_as_a_whole(database_url: str, tmp_path: Path) -> None:
    """Monthly pay as yearly pay lies within the band, but moves the median to a twelfth."""
    publish(database_url, [{"country": "us", "base_salary": 120_000}] * 20)
    report = strict(database_url, tmp_path, rows_of([10_000] * 20))
    note = "the median of United States is 1/12 of that of the current records; check the unit and the currency"
    assert (report.notes, report.doubtful) == ({note: 20}, 0)
    assert strict(database_url, tmp_path, rows_of([30_000] * 20)).notes == {}
    assert strict(database_url, tmp_path, rows_of([10_000] * 19)).notes == {}


def test_rows_without_a_country_are_compared_with_each_other(database_url: str, tmp_path: Path) -> None:
    publish(database_url, [{"base_salary": 10_000}] * 20)
    report = strict(database_url, tmp_path, rows_of([*TWENTY, 3_000], ""))
    median = "the median of 100,000 without a country (21 rows of this file)"
    assert reasons(report) == [(22, f"3,000 US$ a year is 1/33 of {median}; perhaps two weeks' pay")]
    assert [(one.country, one.rows) for one in report.spread] == [("unknown", 21)]


def test_total_compensation_counts_where_there_is_no_base(module_url: str, tmp_path: Path) -> None:
    mapping = MAPPING.replace('base = "pay"', 'base = "pay"\ntotal_compensation = "total"')
    content = "pay,total,land\n" + "100000,,us\n" * 10 + ",100000,us\n" * 10 + ",900,us\n1000,100000,us\n"
    report = strict(module_url, tmp_path, content, mapping)
    assert [line for line, _ in reasons(report)] == [22, 23]


def test_the_two_rows_of_a_range_are_kept_out_together(database_url: str, tmp_path: Path) -> None:
    pairs = '[pairs]\ncolumns = ["pay"]\nsince = "2024-01"\n[pairs.single]\ncode = "single"\nkind = "survey"\n'
    content = rows_of([100_000, 90_000, 55, 45, 70, *range(80_000, 100_000, 1_000)])
    report = strict(database_url, tmp_path, content, MAPPING + pairs)
    assert [line for line, _ in reasons(report)] == [4, 5, 6]
    assert (report.read, report.doubtful, report.paired, report.imported, report.refused) == (25, 3, 1, 21, 0)


def test_a_doubtful_record_that_was_imported_before_is_retired(database_url: str, tmp_path: Path) -> None:
    content = rows_of([*TWENTY, 55])
    first = import_text(database_url, tmp_path, content, MAPPING)
    assert (first.imported, first.doubtful, first.doubtful_imported, first.refused_file) == (21, 0, 1, None)
    without = strict(database_url, tmp_path, content)
    assert (without.unchanged, without.doubtful, without.retired) == (20, 1, 1)
    assert pays(database_url) == TWENTY
    assert strict(database_url, tmp_path, content).edition is None
    again = import_text(database_url, tmp_path, content, MAPPING)
    assert (again.imported, again.unchanged, again.retired) == (1, 20, 0)


def test_a_batch_retains_a_doubtful_record_that_was_imported_before(database_url: str, tmp_path: Path) -> None:
    batch = MAPPING.replace('kind = "survey"', 'kind = "survey"\nsnapshot = false')
    import_text(database_url, tmp_path, rows_of([*TWENTY, 55]), batch)
    report = strict(database_url, tmp_path, rows_of([*TWENTY, 55]), batch)
    assert (report.unchanged, report.doubtful, report.retired, report.retained) == (20, 1, 0, 1)
    assert sorted(pays(database_url)) == [55, *TWENTY]


def test_the_file_of_refused_rows_is_reproducible(module_url: str, tmp_path: Path) -> None:
    content = rows_of(["x", 55, *TWENTY, 10_000_000, "", 50])
    found = []
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        report = strict(module_url, folder, content)
        assert report.refused_file
        found.append(report.refused_file.read_bytes())
    assert found[0] == found[1]
    assert found[0].decode().splitlines() == [
        "line,reason,pay,land",
        "2,pay 'x' is not an amount,x,us",
        "25,no pay reported,,us",
        (
            '3,"55 US$ a year is 1/1,800 of the median of 100,000 in United States (23 rows of this file); '
            "perhaps an hour's pay\",55,us"
        ),
        '24,"10,000,000 US$ a year is 100 times the median of 100,000 in United States (23 rows of this file)",10000000,us',
        (
            '26,"50 US$ a year is 1/2,000 of the median of 100,000 in United States (23 rows of this file); '
            "perhaps an hour's pay\",50,us"
        ),
    ]


def test_parts_and_totals_are_compared_with_the_base_salary(module_url: str, tmp_path: Path) -> None:
    mapping = PLAIN + (
        '[pay]\nbase = "pay"\nbonus = "bonus"\nequity = "stock"\ntotal_compensation = "total"\n'
        'unit = "month"\ncurrency = "USD"\n'
    )
    rows = (
        "5000,300000,,",
        "5000,300001,,",
        "5000,90000000,,",
        "5000,,1200000,",
        "5000,,1260000,",
        "5000,,,50000",
        "5000,,,70000",
        "5000,,,65000",
        "5000,,1200000,110000",
        "5000-6000,350000,,",
        ",,,70000",
    )
    report = strict(module_url, tmp_path, "pay,bonus,stock,total\n" + "".join(f"{row}\n" for row in rows), mapping)
    assert reasons(report) == [
        (3, "bonus is 5.0 times base salary"),
        (4, "bonus is 1,500 times base salary"),
        (6, "equity is 21 times base salary"),
        (8, "total compensation is 14 times the sum of its parts; perhaps a year's pay that was read as a month's pay"),
        (9, "total compensation is 13 times the sum of its parts; perhaps a year's pay that was read as a month's pay"),
        (11, "bonus is 5.3 times base salary"),
    ]
    assert (report.doubtful, report.refused) == (6, 0)


PERCENTILES = """
    SELECT coalesce(f.label, 'unknown') AS country, count(*) AS rows,
        percentile_cont(ARRAY[0.01, 0.5, 0.99]) WITHIN GROUP (ORDER BY base_salary) AS percentiles
    FROM salary_record AS r LEFT JOIN factor_value AS f ON f.id = r.country
    WHERE removed_in IS NULL GROUP BY 1 ORDER BY 2 DESC, 1
"""


@pytest.mark.parametrize("seed", range(3))
def test_the_spread_is_that_of_postgresql_and_every_row_is_accounted_for(module_url: str, tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    drawn = [(random.choice(["us", "de", "gb", ""]), round(10 ** random.uniform(0, 8))) for _ in range(random.randrange(90))]
    content = "pay,land\n100000,us\n" + "".join(f"{pay},{land}\n" for land, pay in drawn)
    report = import_text(module_url, tmp_path, content, MAPPING)
    with bulk_connection(module_url) as rows:
        oracle = rows.query(PERCENTILES).to_pylist()
    found = [(one.country, one.rows, [one.p1, one.median, one.p99]) for one in report.spread]
    assert found == [(row["country"], row["rows"], pytest.approx(row["percentiles"], rel=1e-12)) for row in oracle]
    without = strict(module_url, tmp_path, content)
    assert without.spread == report.spread
    assert without.doubtful == report.doubtful_imported == sum(one.doubtful for one in report.spread) == without.retired
    assert without.read == len(drawn) + 1 == without.unchanged + without.doubtful
    assert len(reasons(without)) == without.doubtful
    assert len(pays(module_url)) == without.unchanged
