"""Amounts of pay in the columns of a file: ranges, totals, sums and what is missing."""

import pytest
from support.pay_rows import REPORTED, Importer, bases

from seed.importer.amounts import ONE_UNIT


def test_ranges_as_text(importer: Importer) -> None:
    rows = (
        "100k-121k",
        "$90,000 – $95,001",
        "80-84k",
        "70000 to 70000",
        "$0-999",
        "> 500,000",
        "from 80k",
        "up to 90k",
        "80k+",
        "120k-100k",
        ">0",
        "0-0",
    )
    found = importer.outcomes('base = "pay"\ncurrency = "USD"', "pay", *rows)
    assert [one if isinstance(one, str) else tuple(map(one.get, REPORTED[:3])) for one in found] == [
        (100_000, 110_500, 121_000),
        (90_000, 92_500, 95_001),  # half to even
        (80_000, 82_000, 84_000),
        (None, 70_000, None),
        (0, 500, 999),
        (500_000, None, None),
        (80_000, None, None),
        (None, None, 90_000),
        (80_000, None, None),
        "pay '120k-100k' is a range whose low end 120,000 is above its high end 100,000",
        "no pay reported",
        "no pay reported",
    ]
    assert [one.get("base_salary") for one in found[5:9] if isinstance(one, dict)] == [None] * 4


def test_ranges_in_two_columns(importer: Importer) -> None:
    keys = 'base = {low = "from", high = "to"}\ncurrency = "USD"'
    rows = ("1|3", "5|", "|7", "0|9", "4|4", "$50/hr|60", ">5|<7", "6|5", "1-2|3", "|> 3", "5/hr|6/day", "$5|€6", "0|0")
    found = importer.outcomes(keys, "from|to", *rows)
    assert [one if isinstance(one, str) else tuple(map(one.get, REPORTED[:3])) for one in found] == [
        (1, 2, 3),
        (5, None, None),
        (None, None, 7),
        (None, None, 9),
        (None, 4, None),
        (104_000, 114_400, 124_800),
        (5, 6, 7),
        "the range's low end 6 is above its high end 5",
        "from '1-2' is not one end of a range",
        "to '> 3' is not one end of a range",
        "to '6/day' is per day, but from '5/hr' is per hour",
        "to '€6' is in EUR, but the mapping says USD",
        "no pay reported",
    ]


def test_totals_only_where_all_parts_are_values(importer: Importer) -> None:
    keys = 'base = "pay"\nbonus = "bonus"\nequity = "equity"\ntotal_compensation = "total"\ncurrency = "USD"'
    rows = ("100|10|1|", "200|0|0|", "300||1|", "400|10||", "500|10|1|999", "0|||600", "|||0")
    found = importer.outcomes(keys, "pay|bonus|equity|total", *rows)
    measures = ("base_salary", "bonus", "equity", "total_cash", "total_compensation")
    assert [one if isinstance(one, str) else tuple(map(one.get, measures)) for one in found] == [
        (100, 10, 1, 110, 111),
        (200, 0, 0, 200, 200),
        (300, None, 1, None, None),
        (400, 10, None, 410, None),
        (500, 10, 1, 510, 999),
        (None, None, None, None, 600),
        "no pay reported",
    ]


def test_a_total_below_the_base_salary_is_refused(importer: Importer) -> None:
    keys = 'base = "pay"\ntotal_compensation = "total"\ncurrency = "USD"'
    rows = (
        "100k|90k",
        "100k|100k",
        "100k-140k|110k",
        "100k-140k|90k",
        "100k+|90k",
        "<100k|90k",
        "10k/month|100k p.a.",
        "50/hr|$110k/yr",
    )
    assert bases(importer.outcomes(keys, "pay|total", *rows)) == [
        "total compensation 90,000 is below base salary 100,000",
        100_000,
        120_000,
        "total compensation 90,000 is below base salary 100,000",
        "total compensation 90,000 is below base salary 100,000",
        None,
        "total compensation 100,000 is below base salary 120,000",
        104_000,
    ]


def test_zero_bonus_is_none_or_missing(importer: Importer) -> None:
    rows = ("100k|0|0", "100k|5k|0")
    keys = 'base = "pay"\nequity = "stock"\ncurrency = "USD"\nbonus = '
    none = importer.outcomes(f'{keys}"bonus"', "pay|bonus|stock", *rows)
    missing = importer.outcomes(f'{keys}{{column = "bonus", zero = "missing"}}', "pay|bonus|stock", *rows)
    parts = ("bonus_reported", "equity_reported", "total_cash", "total_compensation")
    assert [tuple(map(one.get, parts)) for one in none if isinstance(one, dict)] == [
        (0, 0, 100_000, 100_000),
        (5_000, 0, 105_000, 105_000),
    ]
    assert [tuple(map(one.get, parts)) for one in missing if isinstance(one, dict)] == [
        (None, 0, None, None),
        (5_000, 0, 105_000, 105_000),
    ]


def test_bonus_and_equity_say_their_own_unit(importer: Importer) -> None:
    keys = 'base = "pay"\nbonus = "bonus"\nequity = "stock"\ncurrency = "USD"\nunit = "month"'
    rows = (
        "5000|1000|2000",
        "5000|500/month|$20k RSU",
        "5000|10%|",
        "5000|5k-10k|",
        "5000|> 5k|",
        "5000|5k equity|",
        "5000|€5k|",
        "5000|3k net|",
    )
    found = importer.outcomes(keys, "pay|bonus|stock", *rows)
    assert [
        one if isinstance(one, str) else tuple(map(one.get, ("base_reported", "bonus_reported", "equity_reported")))
        for one in found
    ] == [
        (60_000, 1_000, 2_000),
        (60_000, 6_000, 20_000),
        "bonus '10%' is a percentage, not an amount",
        "bonus is a range; only base pay can be one",
        "bonus is a range; only base pay can be one",
        "bonus '5k equity' is equity, not bonus",
        "bonus '€5k' is in EUR, but the mapping says USD",
        "bonus '3k net' is net pay (net); only gross pay can be imported",
    ]


def test_kinds_of_pay_in_cells(importer: Importer) -> None:
    rows = ("base 120k", "TC 300k", "18 LPA CTC", "$150k OTE")
    keys = 'currency = "cell"\n'
    assert bases(
        importer.outcomes(f'{keys}base = "pay"', "pay", *(f"{row} {'INR' if 'LPA' in row else 'USD'}" for row in rows))
    ) == [
        120_000,
        "pay 'TC 300k USD' is total compensation, not base salary",
        "pay '18 LPA CTC INR' is total compensation, not base salary",
        "pay '$150k OTE USD' is total compensation, not base salary",
    ]
    [total] = importer.outcomes(f'{keys}total_compensation = "pay"', "pay", "₹18 LPA CTC")
    assert isinstance(total, dict)
    assert (total["currency"], total["total_compensation"] > 0, "base_salary" in total) == ("INR", True, False)


def test_pay_out_of_range_is_refused(importer: Importer) -> None:
    rows = ("100000000", "100000001", "-5", "0.2", "nan", "1e400", "1_000", "> 200m", "up to 200m", "5m/hr", "30m-300m")
    assert [
        one if isinstance(one, int) else str(one)[:36]
        for one in bases(importer.outcomes('base = "pay"\ncurrency = "USD"', "pay", *rows))
    ] == [
        100_000_000,
        "base salary is 100,000,001 US$ a yea",
        "pay '-5' is a negative amount",
        "base salary is 0 US$ a year, not bet",
        "pay 'nan' is not an amount",
        "base salary is inf US$ a year, not b",
        "pay '1_000' is not an amount: '_' is",
        "base salary is 200,000,000 US$ a yea",
        "base salary is 200,000,000 US$ a yea",
        "base salary is 10,400,000,000 US$ a ",
        "base salary is 300,000,000 US$ a yea",
    ]


@pytest.mark.parametrize(("decimal", "expected"), [(".", [35, 35_000, 45]), (",", [35_000, 35, None])])
def test_a_stated_decimal_separator(importer: Importer, decimal: str, expected: list[int | None]) -> None:
    found = importer.outcomes(
        'base = "pay"\ncurrency = "EUR"', "pay", "35.000", "35,000", "45.25", file=f'decimal = "{decimal}"'
    )
    assert [None if isinstance(one, str) and "contradicts" in one else one for one in bases(found)] == expected


def test_one_end_in_two_columns_may_be_exact(importer: Importer) -> None:
    keys = 'base = {low = "from", high = "to", one_end = "exact"}\ncurrency = "USD"'
    found = importer.outcomes(keys, "from|to", "1|3", "5|", "|7", "5|0", "> 5|", "|< 7", "|")
    assert [one if isinstance(one, str) else tuple(map(one.get, REPORTED[:3])) for one in found] == [
        *((1, 2, 3), (None, 5, None), (None, 7, None), (None, 5, None), (5, None, None), (None, None, 7)),
        "no pay reported",
    ]


def test_ends_of_ranges_that_are_far_apart_are_in_different_units(importer: Importer) -> None:
    keys = 'base = {low = "low", high = "high"}\ncurrency = "EUR"'
    rows = ("100|120k", "1200|60000", "1k|10k", "0|120k", "|120k", "20000|100/hr", "90k|500k")
    found = importer.outcomes(keys, "low|high", *rows)
    assert [one for one in found if isinstance(one, str)] == [
        "low '100' to high '120k' is a range whose ends are more than 10 times apart",
        "low '1200' to high '60000' is a range whose ends are more than 10 times apart",
        "the range's low end 20,000 is above its high end 100",
    ]


def test_a_unit_of_one_end_is_not_that_of_a_far_end(importer: Importer) -> None:
    keys = 'base = {low = "low", high = "high"}\ncurrency = "EUR"'
    rows = ("5000/month|40000", "5000|40000/month", "5000/month|70000", "2k/month|6k", "5000/month|40000/month")
    found = importer.outcomes(keys, "low|high", *rows)
    assert [one for one in found if isinstance(one, str)] == [
        f"low {low!r} to high {high!r} {ONE_UNIT}"
        for low, high in (("5000/month", "40000"), ("5000", "40000/month"), ("5000/month", "70000"))
    ]
    stated = importer.outcomes(f'{keys}\nunit = "month"', "low|high", "5000/month|40000")
    assert bases(stated) == [270_000]


def test_a_number_of_months_of_pay_is_no_bonus(importer: Importer) -> None:
    keys = 'base = "pay"\nbonus = "bonus"\nequity = "stock"\ncurrency = "USD"'
    few = ("1 month", "1 month salary", "1.5 month", "1 Monatsgehalt", "1 mes", "1 mo", "2月", "1 week", "1 day")
    found = importer.outcomes(keys, "pay|bonus|stock", *(f"60k|{text}|" for text in few), "60k||1 month", "60k||")
    assert [one.split(" fits two readings, ")[0] for one in found if isinstance(one, str)] == [
        *(f"bonus {text!r}" for text in few),
        "stock '1 month'",
    ]
    read = importer.outcomes(keys, "pay|bonus|stock", "60k|100/month|$50/week", "60k|$1/hr|1k a month")
    assert [(one["bonus_reported"], one["equity_reported"]) for one in read if isinstance(one, dict)] == [
        (1_200, 2_600),
        (2_080, 12_000),
    ]


def test_bonus_and_equity_are_sums_of_columns(importer: Importer) -> None:
    header, rows = (
        "pay|bonus|commission",
        ("100k|5k|1k", "100k|500/month|1k", "100k||1k", "100k|0|1k", "100k||", "100k|1k|2-3k"),
    )
    keys = 'base = "pay"\ncurrency = "USD"\nbonus = '
    both = '["bonus", "commission"]'
    expected: dict[str, list[int | None]] = {
        both: [6_000, 7_000, None, 1_000, None],
        f'{{columns = {both}, one_missing = "zero"}}': [6_000, 7_000, 1_000, 1_000, None],
        f'{{columns = {both}, zero = "missing"}}': [6_000, 7_000, None, None, None],
        f'{{columns = {both}, zero = "missing", one_missing = "zero"}}': [6_000, 7_000, 1_000, 1_000, None],
    }
    for bonus, reported in expected.items():
        found = importer.outcomes(keys + bonus, header, *rows)
        assert [one.get("bonus_reported") for one in found if isinstance(one, dict)] == reported
        assert found[-1] == "commission is a range; only base pay can be one"
    [refused] = importer.outcomes(keys + both, header, "100k|5k|€1k", "100k||")[:1]
    assert refused == "commission '€1k' is in EUR, but the mapping says USD"
