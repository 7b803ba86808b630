"""Outlooks of cohorts: the quarters they are based on, and the reasons why there is none."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm
from support.country_cohorts import country_cohort
from support.databases import clone

from seed.importer.importing import import_file
from seed.importer.mapping import builtin_mapping
from seed.sample import load_sample
from service.errors import InputError
from service.index.build import build_current_index
from service.index.index import Index, RankIndex
from service.market.cohort import Cohort
from service.market.model_pool import ModelPool
from service.market.outlook import Outlook, outlook
from service.market.trend import Interval, adjusted_trend
from service.stats.forecast import forecast
from service.stats.suppression import SuppressionRules
from service.vocabulary.measures import Measure

Record = dict[str, Any]
BASE = Measure.BASE_SALARY
AMOUNTS = [round(100_000 * 1.005**step) for step in range(-6, 7)]
"""13 amounts around 100 thousand, half a percent apart."""


def quarter(country: str, number: int, growth: float = 1.0, **other: Any) -> list[Record]:
    """13 records whose median is 100 thousand times the growth; quarters are numbered from the first of 2020."""
    month = date(2020 + number // 4, 1 + 3 * (number % 4), 1)
    return [{"country": country, "effective": month, "base_salary": round(a * growth), **other} for a in AMOUNTS]


RECORDS = [
    # in the US 16 quarters at the same pay, and a last one at twice that
    *(record for number in range(16) for record in quarter("us", number, skill=["python"])),
    *quarter("us", 16, 2),
    # in Britain 12 with a gap of two, and one with too few; pay rises 1% each quarter; from two kinds of source
    *(r for n in range(12) if n not in {6, 7, 9} for r in quarter("gb", n, 1.01**n, source=("lca", "aijobs")[n % 2])),
    *quarter("gb", 9, 1.01**9)[:9],
    # in Germany 7 quarters; in France a bonus that half do not get
    *(record for number in range(7) for record in quarter("de", number)),
    *({**r, "bonus": 0 if n % 2 else 5_000} for q in range(9) for n, r in enumerate(quarter("fr", q))),
    # in Canada 5 quarters of one source and then 5 of another, so that period and source are confounded
    *(record for n in range(10) for record in quarter("ca", n, 1 + n % 2, source="lca" if n < 5 else "aijobs")),
    # in Portugal 46 quarters
    *(record for number in range(-30, 16) for record in quarter("pt", number)),
    *({"country": "es", "base_salary": 50_000} for _ in range(4)),
    # in the Netherlands 16 quarters at the same pay in euros
    *(
        {
            **record,
            "currency": "EUR",
            "base_reported": record["base_salary"],
            "base_salary": round(record["base_salary"] * usd),
        }
        for number, usd in enumerate(usd for usd in (1.14219611, 1.18274031, 1.05304864, 1.08126863) for _ in range(4))
        for record in quarter("nl", number)
    ),
]


@pytest.fixture(scope="module")
def index(index: RankIndex) -> RankIndex:
    """As published on 10 February 2024, in the middle of the 17th quarter."""
    return replace(index, edition=replace(index.edition, published_at=datetime(2024, 2, 10, tzinfo=UTC)))


@pytest.mark.slow
async def test_incomplete_quarters_are_excluded(index: Index, model_pool: ModelPool) -> None:
    """Pay of 2024-Q1 has doubled so far, but it has two months to go; a day after its end it counts."""
    found = await outlook(country_cohort(index, "us"), 3, BASE, model_pool)
    assert [point.period for point in found.points] == ["2024-q1", "2024-q2", "2024-q3"]
    assert [point.median for point in found.points] == pytest.approx([100_000] * 3, rel=0.002)
    assert (found.records, found.quarters_used, found.kinds, found.reason) == (208, 16, ("government-filing",), None)
    assert (found.backtest_error, found.naive_error) == (pytest.approx(0, abs=1e-6), pytest.approx(0, abs=1e-6))
    ended = replace(index, edition=replace(index.edition, published_at=datetime(2024, 4, 1, tzinfo=UTC)))
    found = await outlook(country_cohort(ended, "us"), 1, BASE, model_pool)
    assert found.points[0].period == "2024-q2"
    assert found.points[0].median > 110_000
    assert found.quarters_used == 17


@pytest.mark.slow
async def test_gaps_are_allowed(index: Index, model_pool: ModelPool) -> None:
    """Nine quarters are used; the rise continues through the gaps."""
    found = await outlook(country_cohort(index, "gb"), 2, BASE, model_pool)
    assert (found.quarters_used, found.records) == (9, 117)
    assert found.kinds == ("posted-range", "government-filing")
    assert found.points[0].period == "2023-q1"
    last = 100_000 * 1.01**11
    assert last * 0.99 < found.points[0].median < found.points[1].median < last * 1.03
    assert found.backtest_error is not None
    assert found.naive_error is not None
    assert "9 quarters from 2020 Q1 to 2022 Q4 with 117 records. Source types: posted-range, government-" in found.method


@pytest.mark.slow
async def test_the_latest_ten_years_are_used(index: Index, model_pool: ModelPool) -> None:
    found = await outlook(country_cohort(index, "pt"), 1, BASE, model_pool)
    assert (found.quarters_used, found.points[0].period) == (40, "2024-q1")
    assert "from 2014 Q1 to 2023 Q4" in found.method


def shares(found: Outlook, values: list[float], variances: list[float], common: float) -> list[float]:
    """Probabilities of the model below the ends of the first point's 90% interval and below its median."""
    point, step = found.points[0], forecast(np.array(values), np.array(variances), 1).steps[0]
    interval, spread = point.interval(0.9), np.sqrt(step.deviations**2 + common**2)
    bounds = np.log([interval.low, point.median, interval.high])
    return [float(step.weights @ norm.cdf((bound - step.means) / spread)) for bound in bounds]


async def test_based_on_mix_adjusted_pay(index: Index, model_pool: ModelPool) -> None:
    cohort = country_cohort(index, "us")
    found = await outlook(cohort, 1, BASE, model_pool)
    levels = list((await adjusted_trend(cohort, Interval.QUARTER, BASE, model_pool)).values())[:16]
    values, variances = [np.log(level.amount) for level in levels], [level.standard_error**2 for level in levels]
    assert shares(found, values, variances, levels[0].common_error) == pytest.approx([0.05, 0.5, 0.95], abs=1e-9)
    assert "mix-adjusted pay" in found.method


async def test_based_on_medians_if_quarters_are_confounded_with_sources(index: Index, model_pool: ModelPool) -> None:
    """Of 13 values the third and the eleventh enclose the median with 97.8%, the fourth and the tenth with under 95%."""
    found = await outlook(country_cohort(index, "ca"), 1, BASE, model_pool)
    medians = [np.log(100_000.0 * (1 + n % 2)) for n in range(10)]
    error = np.log(AMOUNTS[10] / AMOUNTS[2]) / 2 / norm.ppf(0.975)
    assert shares(found, medians, [error**2] * 10, 0) == pytest.approx([0.05, 0.5, 0.95], abs=1e-4)
    assert "medians of 10 quarters" in found.method


async def test_pay_is_forecast_in_the_currency_that_it_was_reported_in(index: Index, model_pool: ModelPool) -> None:
    """Dutch pay has not changed in euros, and follows the exchange rate in dollars."""
    cohorts = [country_cohort(index, "nl", currency=code) for code in ("USD", "EUR")]
    dollars, euros = [await outlook(cohort, 1, BASE, model_pool) for cohort in cohorts]
    assert euros.points[0].median == pytest.approx(100_000, rel=0.002)
    assert euros.backtest_error == pytest.approx(0, abs=1e-6)
    assert dollars.backtest_error
    assert dollars.backtest_error > 1


def reason_of(found: Outlook) -> str:
    assert (found.points, found.backtest_error, found.naive_error) == ((), None, None)
    assert found.reason
    return found.reason


@pytest.mark.parametrize(
    ("country", "measure", "words"),
    [
        ("es", BASE, "fewer than 5 records are suppressed"),
        ("de", BASE, "8 complete quarters with at least 10 records that report base salary; this cohort has 7"),
        ("us", Measure.TOTAL_COMPENSATION, "No loaded source reports total compensation; `payrank data load "),
        ("fr", Measure.BONUS, "median bonus of some quarters is 0"),
        ("us", Measure.JOB_SATISFACTION, "measures of pay only, not for job satisfaction"),
    ],
)
async def test_reasons(index: Index, model_pool: ModelPool, country: str, measure: Measure, words: str) -> None:
    assert words in reason_of(await outlook(country_cohort(index, country), 4, measure, model_pool))


async def test_stricter_rules_use_fewer_quarters(index: Index, model_pool: ModelPool) -> None:
    found = await outlook(country_cohort(index, "us", rules=SuppressionRules(14, 28, 56)), 4, BASE, model_pool)
    assert "at least 14 records" in reason_of(found)
    assert found.quarters_used == 0


@pytest.mark.parametrize("quarters", [0, -1, 9])
async def test_one_to_eight_quarters_ahead(index: Index, model_pool: ModelPool, quarters: int) -> None:
    with pytest.raises(InputError, match=f"1 to 8, got {quarters}"):
        await outlook(country_cohort(index, "us"), quarters, BASE, model_pool)


@pytest.mark.slow
async def test_the_sample_beats_a_naive_forecast(server_url: str, empty_template: str, model_pool: ModelPool) -> None:
    with clone(server_url, empty_template) as url:
        load_sample(url, 20_000, 1, lambda _: None)
        index = build_current_index(url)
    published = datetime(2026, 11, 3, tzinfo=UTC)
    index = replace(index, edition=replace(index.edition, published_at=published))
    for cohort in (Cohort(index), country_cohort(index, "us"), country_cohort(index, "gb")):
        found = await outlook(cohort, 4, BASE, model_pool)
        assert (found.quarters_used, found.kinds, found.points[0].period) == (27, ("sample",), "2026-q4")
        assert found.backtest_error is not None
        assert found.naive_error is not None
        assert found.backtest_error < found.naive_error < 10


@pytest.mark.slow
@pytest.mark.real_data
async def test_records_with_years_only_are_too_few(
    server_url: str, empty_template: str, data_files: Any, model_pool: ModelPool
) -> None:
    """The file reports only the years 2020 to 2022: three first quarters."""
    with clone(server_url, empty_template) as url:
        import_file(url, builtin_mapping("aijobs"), str(data_files / "aijobs_salaries_2022-12-25.csv.gz"))
        found = await outlook(Cohort(build_current_index(url)), 4, BASE, model_pool)
    assert "report only a year" in reason_of(found)
    assert found.quarters_used == 3
