"""The time that pay is for: units, payments a year and hours a week."""

from support.pay_rows import Importer, bases


def test_units_of_cells(importer: Importer) -> None:
    rows = (
        *("80k", "£4,500 PCM", "80k p.a.", "3,000 a fortnight", "1,500/week", "650 DAY", "$55/hr", "12k/yr"),
        *("50-60/hr", "5k-6k per month"),
    )
    found = importer.outcomes(
        'base = "pay"\ncurrency = {column = "cur"}',
        "pay|cur",
        *(f"{row}|" + ("GBP" if "£" in row else "USD") for row in rows),
    )
    assert bases(found) == [80_000, 54_000, 80_000, 78_000, 78_000, 169_000, 114_400, 12_000, 114_400, 66_000]


def test_another_unit_than_the_stated_one_is_refused(importer: Importer) -> None:
    rows = ("5000", "5000/month", "60,000 per annum", "25/hr")
    assert bases(importer.outcomes('base = "pay"\ncurrency = "USD"\nunit = "month"', "pay", *rows)) == [
        60_000,
        60_000,
        "pay '60,000 per annum' is per year, but the mapping says per month",
        "pay '25/hr' is per hour, but the mapping says per month",
    ]


def test_a_column_of_units(importer: Importer) -> None:
    keys = 'base = "pay"\ncurrency = "USD"\nunit = {column = "per", map = {"Sprint" = "two-weeks"}}'
    rows = (
        *(
            "10.01|Hour",
            "500|Week",
            "2001.5| bi-WEEKLY",
            "5000.04|Month",
            "70000|Year",
            "400|Tag",
            "2000|sprint",
            "60000|p.a.",
            "5k/month|",
            "2500|24 times a year",
            "5000|M",
        ),
        *("1|decades", "1|", "5k/month|Year"),
    )
    assert bases(importer.outcomes(keys, "pay|per", *rows)) == [
        *(20_821, 26_000, 52_039, 60_000, 70_000, 104_000, 52_000, 60_000, 60_000, 60_000, 60_000),
        "pay unit 'decades' is not a known unit; give it a meaning in pay.unit.map",
        "no pay unit reported",
        "pay '5k/month' is per month, but per says per year",
    ]


def test_months_paid_in_a_year(importer: Importer) -> None:
    keys = 'base = "pay"\nbonus = "more"\ncurrency = "EUR"\nmonths = 14'
    found = importer.outcomes(keys, "pay|more", "3000/month|100/month", "60000|1000", "60000 p.a.|0", "20/hr|")
    assert bases(found) == [42_000, 60_000, 60_000, 41_600]
    assert [one.get("bonus_reported") for one in found if isinstance(one, dict)] == [1_200, 1_000, 0, None]


def test_a_month_with_its_payments_in_a_column_of_monthly_pay(importer: Importer) -> None:
    keys = 'base = "pay"\ncurrency = "EUR"\nunit = "month"'
    rows = ("2000 x 14", "2000/month x 14", "14 x 2000", "2000 EUR x 14 pagas", "2000")
    assert bases(importer.outcomes(keys, "pay", *rows)) == [28_000, 28_000, 28_000, 28_000, 24_000]
    assert bases(importer.outcomes(f"{keys}\nmonths = 14", "pay", "2000 x 14", "2000")) == [28_000, 28_000]
    weekly = importer.outcomes('base = "pay"\ncurrency = "EUR"\nunit = "week"', "pay", "2000 x 14", "2000")
    assert weekly[0] == "pay '2000 x 14' is per year, but the mapping says per week"


def test_hours_that_may_be_per_cent_are_refused(importer: Importer) -> None:
    keys = 'base = "pay"\ncurrency = "CHF"\nhours_per_week = {column = "hours"}'
    found = importer.outcomes(
        keys, "pay|hours", *(f"40000|{hours}" for hours in ("60", "80", "40", "20", "100", "60%", "32h"))
    )
    assert [one.partition(";")[0] if isinstance(one, str) else one["base_reported"] for one in found] == [
        *(
            f"hours '{hours}' fits two readings, as hours and as per cent, since as many numbers of the column are above 60 "
            "as near full time"
            for hours in (60, 80, 40, 20, 100)
        ),
        66_667,
        50_000,
    ]
    hours = importer.outcomes(keys, "pay|hours", *(f"40000|{hours}" for hours in (40, 37.5, 20, 70, 60)))
    assert bases(hours) == [40_000, 40_000, 80_000, 40_000, 40_000]


def test_part_time_pay_becomes_that_of_full_time(importer: Importer) -> None:
    keys = 'base = "pay"\ncurrency = "EUR"\nhours_per_week = {column = "hours"}'
    rows = (
        "10000|8 hours a week",
        "40000|40",
        "20000|20",
        "30000|37.5",
        "40000|35",
        "24000|30",
        "40000|80%",
        "40000|100%",
        "20/hr|20",
        "50000|60",
        "30000|30h",
        "40000|",
        "20000|20 hours",
    )
    bad = ("40000|0", "40000|many", "40000|100", "40000|120%", "40000|-20")
    found = importer.outcomes(keys, "pay|hours", *rows, *bad)
    without = "; to import the pay as full-time, add the text to missing in [file], or leave out hours_per_week"
    assert bases(found) == [
        *(50_000, 40_000, 40_000, 30_000, 40_000, 32_000, 50_000, 40_000, 41_600, 50_000, 40_000, 40_000, 40_000),
        *(f"hours {row.split('|')[1]!r} is not a number of hours up to 80{without}" for row in bad),
    ]
    daily = importer.outcomes(keys, "pay|hours", "40000|40", "40000|8", "40000|7.5h")
    assert [one for one in daily if isinstance(one, str)] == [
        f"hours '{hours}' fits two readings, as hours a day and a week; write \"8 hours a week\", or a share as 20%{without}"
        for hours in ("8", "7.5h")
    ]
    shares = importer.outcomes(keys, "pay|hours", "40000|40", "20000|0.5", "20000|1")
    assert [one for one in shares if isinstance(one, str)] == [
        f"hours '{share}' fits two readings, as hours and as a share; write a share as 80%{without}"
        for share in ("0.5", "1")
    ]
    finnish = importer.outcomes(f"{keys}\nfull_time_hours = 37.5", "pay|hours", "20000|20", "40000|37.5", "20/hr|20")
    assert bases(finnish) == [37_500, 40_000, 39_000]
    constant = 'base = "pay"\nbonus = "more"\ncurrency = "EUR"\nhours_per_week = 20'
    [record] = importer.outcomes(constant, "pay|more", "20000|500")
    assert isinstance(record, dict)
    assert (record["base_reported"], record["bonus_reported"]) == (40_000, 1_000)
