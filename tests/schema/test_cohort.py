"""Statistics of cohorts, with expected values worked out by hand from the records of conftest.py."""

from math import sqrt
from statistics import mean, stdev

import pytest
from scipy.stats import t
from support.queries import query

from service.index.build import build_current_index

SENIORS = '{role: ["machine-learning-engineer"], level: [SENIOR]}'


def test_size_label_and_percentiles(execute):
    """Eleven salaries, 100, 110, ... 200 thousand: P10 is the second, P25 halfway between the third and fourth."""
    found = execute(
        f"{{ cohort(where: {SENIORS}) {{ label size employers suppressed {{ code }} "
        "stats(measure: BASE_SALARY) { measure unit count mean standardDeviation p10 p25 p50 p75 p90 "
        "p33: percentile(p: 0.33) p95: percentile(p: 0.95) confidence } } }"
    )["cohort"]
    stats = found.pop("stats")
    assert found == {
        "label": "Senior Machine Learning Engineers",
        "size": 11,
        "employers": 0,
        "suppressed": None,
    }
    assert stats.pop("standardDeviation") == 33_166.25  # 33,166.2479
    assert stats.pop("p33") == pytest.approx(133_000)
    assert stats == {
        "measure": "BASE_SALARY",
        "unit": "MONEY_PER_YEAR",
        "count": 11,
        "mean": 150_000,
        "p10": 110_000,
        "p25": 125_000,
        "p50": 150_000,
        "p75": 175_000,
        "p90": 190_000,
        "p95": None,
        "confidence": "LOW",
    }


def test_interval_of_the_median(execute):
    """Binomial(11, 1/2): ranks 2 to 10 contain the median with 98.8%, 3 to 9 with 93.5%; so 2 to 10 is the 95% interval."""
    median = f"{{ cohort(where: {SENIORS}) {{ stats(measure: BASE_SALARY) {{ interval {{ low high level }} }} }} }}"
    assert execute(median)["cohort"]["stats"]["interval"] == {"low": 110_000, "high": 190_000, "level": 0.95}


def test_percentile_rank_counts_equal_amounts_as_half(execute):
    found = execute(
        f"{{ cohort(where: {SENIORS}) {{ percentileRank(amount: 150000, measure: BASE_SALARY) "
        "{ amount rank count interval { low high } } } }"
    )["cohort"]["percentileRank"]
    assert (found["rank"], found["count"], found["amount"]) == (50, 11, 150_000)
    assert found["interval"] == {"low": pytest.approx(24.56, abs=0.01), "high": pytest.approx(75.44, abs=0.01)}


def test_small_cohorts_are_suppressed(execute):
    found = execute(
        '{ cohort(where: {country: ["de"]}) { size suppressed { code message minimum } stats(measure: BASE_SALARY) { p50 } '
        "by(factor: ROLE) { share } distribution(measure: BASE_SALARY) { unit } "
        "percentileRank(amount: 1, measure: BASE_SALARY) { rank } trend { period } } }"
    )["cohort"]
    message = found["suppressed"].pop("message")
    assert "5" in message
    assert "4" in message
    assert found == {
        "size": 4,
        "suppressed": {"code": "TOO_FEW_RECORDS", "minimum": 5},
        "stats": None,
        "by": [],
        "distribution": None,
        "percentileRank": None,
        "trend": [],
    }


def test_outer_percentiles_need_ten_records(execute):
    stats = execute("{ cohort(where: {level: [MID]}) { stats(measure: BASE_SALARY) { count p10 p25 p90 } } }")["cohort"][
        "stats"
    ]
    assert stats == {"count": 6, "p10": None, "p25": 91_250, "p90": None}


def test_a_measure_that_no_record_reports_has_no_stats(execute):
    found = execute("{ cohort(where: {level: [MID]}) { size stats { p50 } } }")["cohort"]
    assert found == {"size": 6, "stats": None}


def test_groups_are_in_natural_order_with_missing_values_last(execute):
    groups = execute("{ cohort { by(factor: LEVEL) { value { code } share cohort { size } } } }")["cohort"]["by"]
    assert [(group["value"] and group["value"]["code"], group["cohort"]["size"]) for group in groups] == [
        ("mid", 6),
        ("senior", 11),
        (None, 5),
    ]
    assert sum(group["share"] for group in groups) == pytest.approx(1)


def test_groups_are_cohorts_that_can_be_grouped(execute):
    """Continents first, then the countries of one; each group is a cohort that can be grouped again."""
    found = execute(
        "{ cohort { by(factor: COUNTRY, first: 8) { value { code } cohort { "
        'by(factor: COUNTRY, under: "north-america", first: 9) { value { code } cohort { size '
        "by(factor: WORK_MODE) { value { code } cohort { size } } } } } } } }"
    )["cohort"]["by"]
    assert [group["value"] and group["value"]["code"] for group in found] == ["north-america", "europe", None]
    [us] = found[0]["cohort"]["by"]
    assert (us["value"]["code"], us["cohort"]["size"]) == ("us", 17)
    assert us["cohort"]["by"] == [
        {"value": {"code": "remote"}, "cohort": {"size": 11}},
        {"value": {"code": "on-site"}, "cohort": {"size": 6}},
    ]


def test_metros_under_a_country(execute):
    groups = execute('{ cohort { by(factor: METRO, under: "us") { value { code parent { code } } cohort { size } } } }')[
        "cohort"
    ]["by"]
    assert groups == [
        {"value": {"code": "san-francisco", "parent": {"code": "us-ca"}}, "cohort": {"size": 6}},
        {"value": None, "cohort": {"size": 11}},
    ]


def test_groups_by_median(execute):
    levels = "{ cohort { by(factor: LEVEL, orderBy: {field: MEDIAN, measure: BASE_SALARY}) { value { code } } } }"
    assert [group["value"] for group in execute(levels)["cohort"]["by"]] == [{"code": "senior"}, {"code": "mid"}, None]


def test_cost_of_living_divides_by_the_price_level(execute, url):
    reference = build_current_index(url).reference
    place = reference.taxonomy.find("metro", "san-francisco").id
    year = max(year for level_place, year in reference.price_levels if level_place == place)
    level = reference.price_levels[place, min(year, 2025)]
    adjusted = "{ cohort(where: {level: [MID]}, adjust: COST_OF_LIVING) { stats(measure: BASE_SALARY) { p50 } } }"
    middle = (round(92_000 / level * 100) + round(93_000 / level * 100)) / 2
    assert execute(adjusted)["cohort"]["stats"]["p50"] == middle


def test_distribution_covers_all_records(execute):
    found = execute(
        f"{{ cohort(where: {SENIORS}) {{ distribution(measure: BASE_SALARY, bins: 4) "
        "{ unit bins { low high count } below above } } }"
    )["cohort"]["distribution"]
    assert found["unit"] == "MONEY_PER_YEAR"
    assert found["below"] + found["above"] + sum(part["count"] for part in found["bins"]) == 11
    assert all(before["high"] == after["low"] for before, after in zip(found["bins"], found["bins"][1:], strict=False))


def test_trend_by_year_with_change(execute):
    """In 2025 six records, median 92,500; in 2026 eleven, median 150,000."""
    assert execute(query("trend_by_year"))["cohort"]["trend"] == [
        {"period": "2025", "start": "2025-01", "change": None, "stats": {"p50": 92_500}, "cohort": {"size": 6}},
        {
            "period": "2026",
            "start": "2026-01",
            "change": pytest.approx(100 * (150_000 / 92_500 - 1)),
            "stats": {"p50": 150_000},
            "cohort": {"size": 11},
        },
    ]


def test_trend_includes_empty_quarters(execute):
    points = execute('{ cohort(where: {country: ["us"]}) { trend { period cohort { size } } } }')["cohort"]["trend"]
    assert [(point["period"], point["cohort"]["size"]) for point in points] == [
        ("2025-q1", 6),
        ("2025-q2", 0),
        ("2025-q3", 0),
        ("2025-q4", 0),
        ("2026-q1", 11),
    ]


@pytest.mark.parametrize(
    ("where", "size"),
    [
        ('{skill: {all: ["python", "sql"]}}', 6),
        ('{skill: {any: ["python", "sql"]}}', 17),
        ('{skill: {none: ["sql"]}}', 11),
        ("{experience: {min: 2, max: 3}}", 2),
        ("{experience: {min: 4}}", 2),
        ('{effective: {to: "2025-12"}}', 6),
        ('{effective: {from: "2026-01"}}', 16),
        ("{sourceKind: [POSTED_RANGE]}", 1),
        ('{source: ["lca"], workMode: [REMOTE, ON_SITE]}', 17),
        ('{country: ["north-america"], level: []}', 17),
        ('{metro: ["san-francisco"], level: [SENIOR]}', 0),
    ],
)
def test_filters(execute, where, size):
    assert execute(f"{{ cohort(where: {where}) {{ size }} }}")["cohort"]["size"] == size


def test_cautions_about_sources(execute):
    codes = {
        c["code"]
        for c in execute("{ cohort { stats(measure: BASE_SALARY) { cautions { code } } } }")["cohort"]["stats"]["cautions"]
    }
    assert codes == {"POSTED_RANGES", "MIXED_SOURCES"}


@pytest.mark.parametrize(
    ("invalid", "words"),
    [
        ('{ cohort(where: {role: ["machine-learning-enginer"]}) { size } }', "machine-learning-engineer"),
        ('{ cohort(where: {country: ["US"]}) { size } }', "us?"),
        ('{ cohort(where: {country: ["Germany"]}) { size } }', "de?"),
        ('{ cohort(currency: "EUX") { size } }', "EUR?"),
        ("{ cohort(where: {experience: {min: 5, max: 2}}) { size } }", "experience"),
        ("{ cohort { distribution(measure: BASE_SALARY, bins: 0) { unit } } }", "1 to 100"),
        ("{ cohort { by(factor: LEVEL, first: 501) { share } } }", "1 to 500"),
        ('{ cohort { by(factor: METRO, under: "atlantis") { share } } }', "'atlantis'"),
        ("{ cohort { stats(measure: BASE_SALARY) { percentile(p: 50) } } }", "0 to 1"),
        ("{ cohort { records(first: 101) { totalCount } } }", "0 to 100"),
        ("{ cohort { records(first: 1, last: 1) { totalCount } } }", "last"),
        ('{ cohort { records(after: "nonsense") { totalCount } } }', "cursor"),
    ],
)
def test_invalid_arguments_are_rejected(error, invalid, words):
    found = error(invalid)
    assert found["extensions"]["code"] == "BAD_USER_INPUT"
    assert words in found["message"]


def test_an_error_of_one_alias_leaves_the_data_of_the_others(client):
    query = """{ good: cohort { size } bad: cohort(where: {role: ["nonsense"]}) { size }
      values: factorValues(factor: ROLE, first: -1) { totalCount } levels: factorValues(factor: LEVEL) { totalCount } }"""
    answer = client.post("/graphql", json={"query": query}).json()
    assert answer["data"] == {"good": {"size": 22}, "bad": None, "values": None, "levels": {"totalCount": 6}}
    assert {(*error["path"], error["extensions"]["code"]) for error in answer["errors"]} == {
        ("bad", "BAD_USER_INPUT"),
        ("values", "BAD_USER_INPUT"),
    }


def test_null_is_the_default_currency(execute):
    query = "query ($c: Currency) { cohort(currency: $c) { stats(measure: BASE_SALARY) { p50 } } }"
    assert execute(query, c=None) == execute(query) == execute(query, c="USD") != execute(query, c="EUR")


def test_amounts_are_rounded_to_cents(execute):
    """Seventeen base salaries in the US."""
    figures = """{ cohort(where: {country: ["us"]}) { stats(measure: BASE_SALARY) { mean standardDeviation
      percentile(p: 0.337) meanInterval { low high level } } } }"""
    found = execute(figures)["cohort"]["stats"]
    pay = sorted([*range(100_000, 210_000, 10_000), *range(90_000, 96_000, 1_000)])
    margin = t.ppf(0.975, 16) * stdev(pay) / sqrt(17)
    assert found == {
        "mean": round(mean(pay), 2),
        "standardDeviation": round(stdev(pay), 2),
        "percentile": round(pay[5] + (16 * 0.337 - 5) * (pay[6] - pay[5]), 2),
        "meanInterval": {"low": round(mean(pay) - margin, 2), "high": round(mean(pay) + margin, 2), "level": 0.95},
    }
