"""Mix-adjusted trends and outlooks."""

from collections.abc import Iterator
from datetime import date
from math import exp, log, sqrt

import pytest
from starlette.testclient import TestClient
from support.databases import clone
from support.queries import query
from support.records import publish

from service.app import create_app
from service.settings import load_settings

RECORDS = [
    # in the US from 2020 to 2023 each quarter 12 at entry level with 100 thousand and 12 seniors with 200, but in the last
    # year 4 and 20 of them; all are paid 10% more in that year
    *(
        {
            "country": "us",
            "level": "entry" if n < (4 if year == 2023 else 12) else "senior",
            "effective": date(year, month, 1),
            "base_salary": (100_000 if n < (4 if year == 2023 else 12) else 200_000) * (11 if year == 2023 else 10) // 10,
        }
        for year in (2020, 2021, 2022, 2023)
        for month in (1, 4, 7, 10)
        for n in range(24)
    ),
    # seven in Germany, all of one year
    *({"country": "de", "base_salary": 80_000 + n, "effective": date(2021, 5, 1)} for n in range(7)),
]


@pytest.fixture(scope="module")
def url(server_url: str, empty_template: str) -> Iterator[str]:
    with clone(server_url, empty_template) as found:
        publish(found, RECORDS)
        yield found


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[TestClient]:
    """With time to fit models on a busy machine."""
    with TestClient(create_app(load_settings(request_seconds=120), url), raise_server_exceptions=True) as opened:
        yield opened


def test_the_adjusted_trend_removes_changes_in_the_mix(execute):
    """The reported median of the last year is 220 thousand, 47% more; for the same work it is 10% more.

    Reported medians are 150, 150, 150 and 220 thousand with as many records each, so the adjusted trend is x, x, x and 1.1 x
    around their geometric mean.
    """
    points = execute(query("adjusted_trend"))["cohort"]["trend"]
    first = (150**3 * 220 / 1.1) ** 0.25 * 1_000
    assert [point["adjusted"] for point in points] == pytest.approx([first, first, first, 1.1 * first])
    assert [point["change"] for point in points] == [None, 0, 0, pytest.approx(100 * (220 / 150 - 1))]
    assert [point["adjustedChange"] for point in points] == [None, *(pytest.approx(x, abs=1e-6) for x in (0, 0, 10))]
    for point in points:
        found = point["adjustedInterval"]
        assert found["level"] == 0.8
        assert sqrt(found["low"] * found["high"]) == pytest.approx(point["adjusted"])
        assert found["low"] < point["adjusted"]


def test_adjusted_amounts_are_in_the_requested_currency(execute):
    """Each year at its own rate: a raise of 10% in dollars is 7% in euros, since the dollar loses 2.6% of its value."""
    trends = """query ($in: Currency!) { cohort(where: {country: ["us"]}, currency: $in) {
      trend(interval: YEAR, measure: BASE_SALARY) { adjusted adjustedInterval { high } adjustedChange } } }"""
    dollars, euros = (execute(trends, **{"in": code})["cohort"]["trend"] for code in ("USD", "EUR"))
    rates = [1.14219611, 1.18274031, 1.05304864, 1.08126863]
    for before, after, rate in zip(dollars, euros, rates, strict=True):
        scale = after["adjusted"] / before["adjusted"]
        assert scale == pytest.approx(1 / rate, rel=0.05)
        assert after["adjustedInterval"]["high"] == pytest.approx(scale * before["adjustedInterval"]["high"], rel=1e-3)
    assert dollars[-1]["adjustedChange"] == pytest.approx(10)
    assert euros[-1]["adjustedChange"] == pytest.approx(100 * (1.1 * rates[2] / rates[3] - 1), abs=0.01)


@pytest.mark.parametrize(
    ("country", "measure"), [("de", "BASE_SALARY"), ("us", "TOTAL_COMPENSATION"), ("us", "JOB_SATISFACTION")]
)
def test_adjusted_is_null_without_enough_data(execute, country, measure):
    trends = f"""{{ cohort(where: {{country: ["{country}"]}}) {{ trend(interval: YEAR, measure: {measure}) {{
      adjusted adjustedChange adjustedInterval {{ low }} }} }} }}"""
    points = execute(trends)["cohort"]["trend"]
    assert points
    assert all(point == {"adjusted": None, "adjustedChange": None, "adjustedInterval": None} for point in points)


OUTLOOK = query("outlook")


def test_outlook(execute):
    found = execute(OUTLOOK, country=["us"])["cohort"]["outlook"]
    points = found["points"]
    assert [(point["period"], point["start"]) for point in points] == [
        ("2024-q1", "2024-01"),
        ("2024-q2", "2024-04"),
        ("2024-q3", "2024-07"),
        ("2024-q4", "2024-10"),
    ]
    widths = [log(point["interval"]["high"] / point["interval"]["low"]) for point in points]
    assert widths == sorted(widths)
    assert widths[0] < widths[-1]
    assert all(point["interval"]["low"] < point["median"] < point["interval"]["high"] for point in points)
    assert (found["records"], found["quartersUsed"], found["kinds"]) == (384, 16, ["GOVERNMENT_FILING"])
    assert found["reason"] is None
    assert "mix" in found["method"]
    assert found["backtestError"] > 0
    assert 0 < found["naiveError"] < 100 * (exp(0.1) - 1)


def test_the_default_level_is_95_percent(execute):
    levels = """{ cohort(where: {country: ["us"]}) { outlook(quarters: 1, measure: BASE_SALARY) {
      points { default: interval { level low } wide: interval(level: 0.95) { low } } } } }"""
    [point] = execute(levels)["cohort"]["outlook"]["points"]
    assert point["default"] == {"level": 0.95, "low": point["wide"]["low"]}


def test_an_outlook_of_too_few_quarters_has_a_reason(execute):
    found = execute(OUTLOOK, country=["de"])["cohort"]["outlook"]
    reason = found.pop("reason")
    assert "8 complete quarters" in reason
    assert "has 0" in reason
    assert found.pop("method")
    assert found == {
        "points": [],
        "backtestError": None,
        "naiveError": None,
        "records": 0,
        "quartersUsed": 0,
        "kinds": [],
    }


@pytest.mark.parametrize(
    ("invalid", "words"),
    [
        ("{ cohort { outlook(quarters: 9) { method } } }", "1 to 8"),
        ("{ cohort { outlook(quarters: 0) { method } } }", "1 to 8"),
        (
            "{ cohort { outlook(measure: BASE_SALARY) { points { interval(level: 95) { low } } } } }",
            "0.5 to 0.999",
        ),
        (
            '{ cohort(where: {country: ["us"]}) { trend(measure: BASE_SALARY) { adjustedInterval(level: 1) { low } } } }',
            "0.5 to 0.999",
        ),
    ],
)
def test_invalid_arguments_are_rejected(client, invalid, words):
    errors = client.post("/graphql", json={"query": invalid}).json()["errors"]
    assert errors
    for found in errors:
        assert found["extensions"]["code"] == "BAD_USER_INPUT"
        assert words in found["message"]
