"""Interpretation of cells: pay, factors, scores, places."""

from collections.abc import Iterator
from math import isnan
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.csv_imports import PAY, PLAIN, import_text, records, refusals
from support.databases import clone

from seed.importer.cells import UNREADABLE, amount, count_code
from service.errors import DataError
from service.store.bulk import bulk_connection
from service.store.reference import load_reference
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure
from service.vocabulary.terms import employer_label, employer_slug


@pytest.fixture(scope="module")
def database_url(server_url: str, empty_template: str) -> Iterator[str]:
    """One database for all tests of the module, each of which replaces the records of the source."""
    with clone(server_url, empty_template) as url:
        yield url


def factor(name: str, column: str, more: str = "") -> str:
    return f'\n[[factor]]\nfactor = "{name}"\ncolumn = "{column}"\n{more}\n'


def values(url: str, *names: str) -> list[tuple[object, ...]]:
    return [tuple(row.get(name) for name in names) for row in records(url)]


def test_pay_units(database_url: str, tmp_path: Path) -> None:
    mapping = PLAIN + PAY + 'unit = {column = "unit"}\n'
    rows = ("10.01,Hour", "500,Week", "2001.5, bi-WEEKLY", "5000.04,Month", "70000,Year", "1,Fortnights", "1,")
    report = import_text(database_url, tmp_path, "pay,unit\n" + "\n".join(rows), mapping)
    assert values(database_url, "base_reported") == [(20_821,), (26_000,), (52_039,), (60_000,), (70_000,)]
    assert [line[:2] for line in refusals(report)[1:]] == [
        ["7", "unknown pay unit 'Fortnights'"],
        ["8", "no pay unit reported"],
    ]


def test_currencies_at_the_mean_rate_of_the_year(database_url: str, tmp_path: Path) -> None:
    mapping = PLAIN + '[pay]\nbase = "pay"\ncurrency = {column = "cur", map = {"Indian rupees (?)" = "INR"}}\n'
    rows = ("30400000,CLP", "100000, eur ", "100000,XXX", "5000000,Indian Rupees (?)", "100000,", "100000,Euro")
    report = import_text(database_url, tmp_path, "pay,cur\n" + "\n".join(rows), mapping)
    with bulk_connection(database_url) as open_rows:
        rates = load_reference(open_rows).rates
    expected = sorted(
        (code, reported, round(reported * rates.usd(code, 2024)))
        for code, reported in (("CLP", 30_400_000), ("EUR", 100_000), ("INR", 5_000_000))
    )
    assert sorted(values(database_url, "currency", "base_reported", "base_salary")) == expected
    assert [line[:2] for line in refusals(report)[1:]] == [
        ["4", "unknown currency 'XXX'"],
        ["6", "no currency reported"],
        ["7", "unknown currency 'Euro'"],
    ]


def test_unknown_constant_currency(database_url: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="currency 'ZZZ' is unknown"):
        import_text(database_url, tmp_path, "pay\n1\n", PLAIN + PAY.replace("USD", "ZZZ"))


def test_ranges_as_text_and_in_two_columns(database_url: str, tmp_path: Path) -> None:
    as_text = "pay\n100k-121k\n$90,000 – $95,001\n80-84k\n70000 to 70000\n120k-100k\n"
    report = import_text(database_url, tmp_path, as_text.replace("$90,000 – $95,001", '"$90,000 – $95,001"'), PLAIN + PAY)
    assert values(database_url, "base_low", "base_high", "base_reported") == [
        (None, None, 70_000),
        (80_000, 84_000, 82_000),
        (90_000, 95_001, 92_500),  # half to even
        (100_000, 121_000, 110_500),
    ]
    assert refusals(report)[1][:1] == ["6"]
    in_two = PLAIN + '[pay]\nbase = {low = "from", high = "to"}\ncurrency = "USD"\n'
    import_text(database_url, tmp_path, "from,to\n1,3\n5,\n,7\n0,9\n", in_two)
    assert values(database_url, "base_low", "base_high", "base_reported") == [
        (1, 3, 2),
        (None, None, 5),
        (None, None, 7),
        (None, None, 9),
    ]


def test_totals_only_where_all_parts_are_values(database_url: str, tmp_path: Path) -> None:
    mapping = PLAIN + PAY + 'bonus = "bonus"\nequity = "equity"\ntotal_compensation = "total"\n'
    rows = ("100,10,1,", "200,0,0,", "300,,1,", "400,10,,", "500,10,1,999", "0,,,600", ",,,0")
    report = import_text(database_url, tmp_path, "pay,bonus,equity,total\n" + "\n".join(rows), mapping)
    measures = (Measure.BASE_SALARY, Measure.BONUS, Measure.EQUITY, Measure.TOTAL_CASH, Measure.TOTAL_COMPENSATION)
    assert sorted(values(database_url, *(measure.value for measure in measures)), key=str) == [
        (100, 10, 1, 110, 111),
        (200, 0, 0, 200, 200),
        (300, None, 1, None, None),
        (400, 10, None, 410, None),
        (500, 10, 1, 510, 999),
        (None, None, None, None, 600),
    ]
    assert refusals(report)[1][:2] == ["8", "no pay reported"]


def test_pay_out_of_range_is_refused(database_url: str, tmp_path: Path) -> None:
    report = import_text(database_url, tmp_path, "pay\n100000000\n100000001\n-5\n0.2\nnan\n1e400\n1_000\n", PLAIN + PAY)
    assert values(database_url, "base_salary") == [(100_000_000,)]
    assert [(line[0], line[1][:34]) for line in refusals(report)[1:]] == [
        ("3", '"base salary is 100'),
        ("4", '"base salary is -5 US$ a year'),
        ("5", '"base salary is 0 US$ a year'),
        ("6", "pay 'nan' is not an amount"),
        ("7", '"base salary is inf US$ a year'),
        ("8", "pay '1_000' is not an amount"),
    ]


def test_values_by_map_by_alias_and_unknown(database_url: str, tmp_path: Path) -> None:
    mapping = PLAIN + PAY + factor("level", "lvl", 'map = {"L5" = "senior"}\nno_answer = ["rather not say"]')
    rows = ("1,l5", "2, MID ", "3,Rather  not say", "4,wizard", "5,Wizard ", "6,wizard", "7,")
    report = import_text(database_url, tmp_path, "pay,lvl\n" + "\n".join(rows), mapping)
    assert [row[0] for row in values(database_url, "level")] == ["senior", "mid", None, None, None, None, None]
    assert report.unknown == {Factor.LEVEL: {"wizard": 2, "Wizard": 1}}
    assert report.refused == 0


def test_na_is_missing_or_namibia(database_url: str, tmp_path: Path) -> None:
    mapping = PLAIN + PAY + '[file]\nmissing = ["NA"]\n' + factor("level", "lvl")
    content = "pay,lvl,land\n1,NA,NA\nNA,NA,NA\n3,entry,Republic of Korea\n4,entry,gb\n"
    import_text(database_url, tmp_path, content, mapping + factor("country", "land", "missing = []"))
    assert values(database_url, "level", "country") == [(None, "na"), ("entry", "kr"), ("entry", "gb")]
    report = import_text(database_url, tmp_path, content, mapping + factor("country", "land"))
    assert values(database_url, "level", "country") == [(None, None), ("entry", "kr"), ("entry", "gb")]
    assert (report.restated, report.unchanged, report.imported, report.retired, report.refused) == (1, 2, 0, 0, 1)


def test_lists_in_a_cell(database_url: str, tmp_path: Path) -> None:
    mapping = PLAIN + PAY + factor("skill", "langs", 'separator = ";"\nno_answer = ["none"]')
    mapping += factor("role", "kind", 'separator = ";"')
    content = (
        "pay,langs,kind\n1,Python; SQL;python,Data Engineer\n2,none;,Data Engineer;nothing known\n"
        "3,,Data Engineer; Data Analyst\n4,Python;Klingon,data engineer;DATA ENGINEER\n"
    )
    report = import_text(database_url, tmp_path, content, mapping)
    assert values(database_url, "skill", "role") == [
        (["python", "sql"], "data-engineer"),
        (None, "data-engineer"),
        (None, None),
        (["python"], "data-engineer"),
    ]
    assert report.unknown == {
        Factor.SKILL: {"Klingon": 1},
        Factor.ROLE: {"nothing known": 1, "Data Engineer; Data Analyst": 1},
    }


def test_places_include_their_parents_and_do_not_contradict(database_url: str, tmp_path: Path) -> None:
    mapping = PLAIN + PAY + factor("metro", "m") + factor("subdivision", "s") + factor("country", "c")
    rows = (
        '1,"San Francisco, CA",,',
        "2,,CA,",
        "3,berlin,,Germany",
        "4,berlin,,France",
        "5,,CA,Germany",
        "6,san-francisco,WA,us",
        "7,berlin,,Europe",
    )
    report = import_text(database_url, tmp_path, "pay,m,s,c\n" + "\n".join(rows), mapping)
    assert values(database_url, "metro", "subdivision", "country") == [
        ("san-francisco", "us-ca", "us"),
        (None, "us-ca", "us"),
        ("berlin", "de-be", "de"),
        (None, None, "fr"),
        (None, None, "de"),
        (None, "us-wa", "us"),
        ("berlin", "de-be", "de"),
    ]
    assert report.unknown[Factor.METRO].total() == 2
    assert report.unknown[Factor.SUBDIVISION]["California (reported as in Germany)"] == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("14.0", "14"), ("7", "7"), (" 20 or more YEARS", "20-plus"), ("Less than a year", "0"), ("5 to 6 years", "5"),
        ("0 to 1", "0"), ("4-6", "4-to-6"), ("10–14 years", "10-to-14"), ("20+", "20-plus"), ("60", "60"), ("61", None),
        ("3 to 12", None), ("5+", None), ("six", None), ("-1", None), ("1 year", "1"),
    ],
)  # fmt: skip
def test_years_of_experience(text: str, code: str | None) -> None:
    assert count_code(text) == code


@given(st.integers(0, 10**9), st.sampled_from(["{}", "{:,}", "${:,}", "{}.0", " {} ", "€ {:,}", "{:,} USD"]))
def test_an_amount_reads_as_it_was_written(number: int, form: str) -> None:
    assert amount(form.format(number)) == (number, number)
    swapped = form.format(number).translate(str.maketrans(",.", ".,"))
    assert amount(swapped, ",") == (number, number)


@given(st.text(max_size=30))
def test_amount_accepts_any_text(text: str) -> None:
    low, high = amount(text)
    assert (low, high) == UNREADABLE or not (isnan(low) or isnan(high))


TITLES = [
    ("Software Engineer", "", "software-engineer", None),
    ("Sr. Software Engineer", "", "software-engineer", "senior"),
    ("SOFTWARE ENGINEER II", "", "software-engineer", "mid"),
    ("Software Engineer, Senior", "", "software-engineer", "senior"),
    ("Vice President, Software Engineer", "", "software-engineer", "staff"),
    ("Keeper of the Widgets", "15-1252", "software-developer", None),
    ("Senior Keeper of the Widgets", "15-1252.00", "software-developer", "senior"),
    ("Registered Nurse", "29-1141", None, None),
    ("Data Scientist", "15-1252", "data-scientist", None),
]


def test_titles(database_url: str, tmp_path: Path) -> None:
    mapping = PLAIN + PAY + factor("role", "title", 'level_words = true\nsoc_column = "soc"')
    rows = "".join(f'{pay},"{title}",{soc}\n' for pay, (title, soc, _, _) in enumerate(TITLES, 1))
    report = import_text(database_url, tmp_path, f"pay,title,soc\n{rows}", mapping)
    assert values(database_url, "role", "level") == [(role, level) for _, _, role, level in TITLES]
    assert report.unknown == {Factor.ROLE: {"Registered Nurse": 1}}


def test_employers_with_enough_records_become_values(database_url: str, tmp_path: Path) -> None:
    mapping = PLAIN + PAY + factor("employer", "who", "minimum_records = 2")
    names = ("Some Firm, Inc.", "SOME FIRM INC", "Some  Firm", "Lonely LLC", "", "---")
    content = "pay,who\n" + "".join(f'{pay},"{name}"\n' for pay, name in enumerate(names, 1))
    import_text(database_url, tmp_path, content, mapping)
    assert [row[0] for row in values(database_url, "employer")] == ["some-firm", "some-firm", "some-firm", None, None, None]
    with bulk_connection(database_url) as rows:
        taxonomy = load_reference(rows).taxonomy
    assert [(value.code, value.label) for value in taxonomy.values(Factor.EMPLOYER)] == [("some-firm", "Some Firm")]


def test_employer_names() -> None:
    spellings = ("Amazon.com Services LLC", "AMAZON.COM SERVICES, L.L.C.", " amazon.com  services llc. ")
    assert {employer_slug(name) for name in spellings} == {"amazon-com-services"}
    assert employer_label("BANK OF NEW YORK, N.A.") == "Bank of New York"
    assert employer_slug("LLC") == "llc"
    assert employer_slug("???") == ""


def test_scores_on_another_scale(database_url: str, tmp_path: Path) -> None:
    mapping = PLAIN + PAY + '[[measure]]\nmeasure = "job_satisfaction"\ncolumn = "happy"\nscale = [0, 10]\n'
    mapping += '[[measure]]\nmeasure = "negotiation_uplift"\ncolumn = "more"\n'
    report = import_text(database_url, tmp_path, "pay,happy,more\n1,0,0\n2,10,12%\n3,7,-5\n4,11,lots\n5,,\n", mapping)
    assert values(database_url, "job_satisfaction", "negotiation_uplift") == [
        (1, 0),
        (5, 12),
        (4, -5),
        (None, None),
        (None, None),
    ]
    assert report.unknown == {Measure.JOB_SATISFACTION: {"11": 1}, Measure.NEGOTIATION_UPLIFT: {"lots": 1}}
