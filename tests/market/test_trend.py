"""Mix-adjusted trends: by hand where only the mix or only pay changes, and against statsmodels' least squares."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t
from support.country_cohorts import country_cohort
from support.databases import clone

from seed.sample import load_sample
from seed.sample.model import EFFECTS
from service.errors import InputError
from service.index.build import build_current_index
from service.index.index import Index
from service.market.cohort import Cohort
from service.market.model_pool import ModelPool
from service.market.trend import AdjustedLevel, Interval, adjusted_trend, period_effects, trend
from service.stats.regression import ModelTerm
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Adjustment, Measure
from service.vocabulary.units import month_of

Record = dict[str, Any]
BASE = Measure.BASE_SALARY
YEARS = (2021, 2022, 2023, 2024)
ENTRY, SENIOR = 100_000, 200_000


def paid(year: int, level: str, amount: float, count: int, **other: Any) -> list[Record]:
    """Records spread over the quarters of a year."""
    return [
        {"level": level, "effective": date(year, 1 + 3 * (n % 4), 1), "base_salary": round(amount), **other}
        for n in range(count)
    ]


MIX = [
    record
    for n, year in enumerate(YEARS)
    for record in paid(year, "entry", ENTRY, 80 - 20 * n, country="us")
    + paid(year, "senior", SENIOR, 20 + 20 * n, country="us")
]
"""In the US, each year 20 more seniors and 20 fewer others, at the same pay."""

RAISES = [
    record
    for n, year in enumerate(YEARS)
    for record in paid(year, "entry", ENTRY * 1.1**n, 50, country="gb")
    + paid(year, "senior", SENIOR * 1.1**n, 50, country="gb")
]
"""In Britain, each year the same people at 10% more."""

FEW = [
    *(record for year in (2022, 2023) for record in paid(year, "entry", ENTRY, 20, country="de")),
    *paid(2024, "entry", ENTRY, 9, country="de"),
    *({"country": "de", "effective": date(2023, 1, 1), "bonus": bonus} for bonus in [0] * 20 + [5_000] * 20),
]
"""In Germany, two years and nine records of a third; bonuses in one."""

SOURCES = [
    *paid(2021, "entry", ENTRY, 30, country="fr", source="stackoverflow-2017"),
    *paid(2022, "entry", ENTRY * 2, 30, country="fr", source="stackoverflow-2025"),
    *paid(2023, "entry", ENTRY * 3, 40, country="fr", source="stackoverflow-2025"),
]
"""In France, the first year has a separate source, with which it is confounded; the other two share one."""


def noisy(seed: int) -> list[Record]:
    """In Canada, with all sorts of factors and pay that depends on some of them and on the year."""
    rng = np.random.default_rng(seed)
    records = []
    for _ in range(600):
        year, level, mode = rng.choice(YEARS), rng.choice(["entry", "mid", "senior"]), rng.choice(["remote", "on-site"])
        skills = [skill for skill in ("python", "sql", "rust") if rng.random() < 0.5]
        log = 11 + 0.05 * (year - 2021) + {"entry": 0, "mid": 0.2, "senior": 0.5}[str(level)] + 0.1 * ("rust" in skills)
        amount = np.exp(log + rng.normal(0, 0.1 if mode == "remote" else 0.3))
        records += paid(int(year), str(level), amount, 1, country="ca", work_mode=str(mode), skill=skills)
    return records


NOISY = noisy(3)
RECORDS = [*MIX, *RAISES, *FEW, *SOURCES, *NOISY]


def by_year(levels: Mapping[int, AdjustedLevel]) -> dict[int, float]:
    return {start // 12: level.amount for start, level in levels.items()}


async def test_adjusted_trend_is_flat_if_only_the_mix_changes(index: Index, model_pool: ModelPool) -> None:
    """Raw medians are 100, 100, 200 and 200 thousand; their geometric mean is 141."""
    cohort = country_cohort(index, "us")
    raw = [point.stats and point.stats.quartile(0.5) for point in trend(cohort, Interval.YEAR, BASE)]
    assert raw == [100_000, 100_000, 200_000, 200_000]
    for interval in Interval:
        levels = await adjusted_trend(cohort, interval, BASE, model_pool)
        assert [level.amount for level in levels.values()] == pytest.approx([1e5 * 2**0.5] * len(levels), rel=1e-9)
        assert len(levels) == (4 if interval is Interval.YEAR else 16)


async def test_both_trends_rise_alike_if_only_pay_changes(index: Index, model_pool: ModelPool) -> None:
    cohort = country_cohort(index, "gb")
    levels = by_year(await adjusted_trend(cohort, Interval.YEAR, BASE, model_pool))
    changes = [point.change for point in trend(cohort, Interval.YEAR, BASE)]
    assert changes == [None, *[pytest.approx(10, abs=1e-3)] * 3]
    medians = {p.start // 12: p.stats.quartile(0.5) for p in trend(cohort, Interval.YEAR, BASE) if p.stats}
    assert levels == pytest.approx(medians, rel=1e-5)


def design(records: Sequence[Record]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A dummy for each year, and for all but one value of each factor that varies; no values are missing."""
    columns = [[record["effective"].year == year for record in records] for year in YEARS]
    columns += [[record["level"] == level for record in records] for level in ("mid", "senior")]
    columns += [[record["work_mode"] == "remote" for record in records]]
    columns += [[skill in record["skill"] for record in records] for skill in ("python", "sql", "rust")]
    columns += [[not record["skill"] for record in records]]
    return np.array(columns, np.float64).T


async def test_levels_and_errors_equal_statsmodels(index: Index, model_pool: ModelPool) -> None:
    """Least squares with HC3; a level is the geometric mean of the medians times the effect of the year."""
    amounts = np.array([record["base_salary"] for record in NOISY], np.float64)
    fitted = sm.OLS(np.log(amounts), design(NOISY)).fit(cov_type="HC3")
    shares = design(NOISY)[:, :4].mean(axis=0)
    years = np.array([record["effective"].year for record in NOISY])
    middle = sum(share * np.log(np.median(amounts[years == year])) for share, year in zip(shares, YEARS, strict=True))
    levels = await adjusted_trend(country_cohort(index, "ca"), Interval.YEAR, BASE, model_pool)
    assert [start // 12 for start in levels] == list(YEARS)
    for place, level in enumerate(levels.values()):
        contrast = np.zeros(design(NOISY).shape[1])
        contrast[:4] = np.eye(4)[place] - shares
        test = fitted.t_test(contrast)
        assert level.amount == pytest.approx(np.exp(middle + test.effect[0]), rel=1e-9)
        assert level.standard_error == pytest.approx(test.sd[0, 0], rel=1e-6)
        reach = t(fitted.df_resid).ppf(0.9) * np.hypot(level.standard_error, level.common_error)
        found = level.interval(0.8)
        assert (found.low, found.high) == pytest.approx((level.amount / np.exp(reach), level.amount * np.exp(reach)))


async def test_common_error_is_that_of_the_medians(index: Index, model_pool: ModelPool) -> None:
    """Half the width of a median's interval is 1.96 standard errors, on the log scale; weighted by records."""
    cohort = country_cohort(index, "ca")
    points = [(point.stats, point.stats.interval(0.5, 0.95)) for point in trend(cohort, Interval.YEAR, BASE) if point.stats]
    errors = [stats.count / 600 * np.log(found.high / found.low) / 2 / 1.959964 for stats, found in points if found]
    levels = await adjusted_trend(cohort, Interval.YEAR, BASE, model_pool)
    assert [level.common_error for level in levels.values()] == pytest.approx([np.linalg.norm(errors)] * 4, rel=1e-6)


@given(st.integers(0, 10_000), st.integers(2, 5), st.integers(150, 300))
@settings(max_examples=25)
def test_effects_are_exact_without_noise(seed: int, periods: int, count: int) -> None:
    """Differences of periods are their raises, and the weighted mean of effects is 0."""
    rng = np.random.default_rng(seed)
    starts, level, pay, raises = rng.integers(periods, size=count), rng.integers(4, size=count), *rng.normal(size=(2, 5))
    others = [ModelTerm((Factor.LEVEL,), ((1,), (2,), (3,)), level)]
    found = period_effects(11 + pay[level] + raises[starts], starts, others, 5)
    effects = found.by_start
    for one in effects:
        for other in effects:
            assert effects[one].effect - effects[other].effect == pytest.approx(raises[one] - raises[other], abs=1e-9)
    assert sum(effect.effect * effect.share for effect in effects.values()) == pytest.approx(0, abs=1e-9)
    assert set(effects) <= set(np.flatnonzero(np.bincount(starts) >= 10).tolist())
    assert len(effects) != 1


async def test_periods_with_too_few_records_are_excluded(index: Index, model_pool: ModelPool) -> None:
    cohort = country_cohort(index, "de")
    assert set(by_year(await adjusted_trend(cohort, Interval.YEAR, BASE, model_pool))) == {2022, 2023}
    assert await adjusted_trend(cohort, Interval.QUARTER, BASE, model_pool) == {}


@pytest.mark.parametrize("measure", [Measure.BONUS, Measure.EQUITY, Measure.JOB_SATISFACTION])
async def test_no_adjusted_trend_with_zeros_or_for_other_measures(
    index: Index, model_pool: ModelPool, measure: Measure
) -> None:
    assert await adjusted_trend(country_cohort(index, "de"), Interval.YEAR, measure, model_pool) == {}


async def test_years_confounded_with_their_source_are_excluded(index: Index, model_pool: ModelPool) -> None:
    """2021 has a separate source. Between the others pay rises by half, from 200 to 300 thousand."""
    levels = by_year(await adjusted_trend(country_cohort(index, "fr"), Interval.YEAR, BASE, model_pool))
    assert levels == {2022: pytest.approx(200_000), 2023: pytest.approx(300_000)}


async def test_cost_of_living_is_applied_before_the_fit(index: Index, model_pool: ModelPool) -> None:
    """Prices of Britain by year: the raw and the adjusted trend divide by the same ones."""
    cohort = country_cohort(index, "gb", adjustment=Adjustment.COST_OF_LIVING)
    levels = by_year(await adjusted_trend(cohort, Interval.YEAR, BASE, model_pool))
    medians = {p.start // 12: p.stats.quartile(0.5) for p in trend(cohort, Interval.YEAR, BASE) if p.stats}
    for year in YEARS[1:]:
        assert levels[year] / levels[year - 1] == pytest.approx(medians[year] / medians[year - 1], rel=1e-4)


async def test_invalid_confidence_levels_are_refused(index: Index, model_pool: ModelPool) -> None:
    levels = await adjusted_trend(country_cohort(index, "us"), Interval.YEAR, BASE, model_pool)
    with pytest.raises(InputError, match="`level` must be from"):
        levels[month_of(2021)].interval(1)


@pytest.mark.slow
async def test_effects_of_years_in_the_sample(server_url: str, empty_template: str, model_pool: ModelPool) -> None:
    """Within 4 standard errors of the model's effects, and closer than the raw medians, which the mix moves."""
    with clone(server_url, empty_template) as url:
        load_sample(url, 20_000, 1, lambda _: None)
        cohort = Cohort(build_current_index(url))
    levels = await adjusted_trend(cohort, Interval.YEAR, BASE, model_pool)
    truth = {2020 + n: EFFECTS[Factor.YEAR].get(str(2020 + n), 0.0) for n in range(7)}
    assert [start // 12 for start in levels] == list(truth)
    for (before, first), (start, second) in pairwise(levels.items()):
        error = np.log(second.amount / first.amount) - (truth[start // 12] - truth[before // 12])
        assert abs(error) < 4 * np.hypot(first.standard_error, second.standard_error)
        assert np.hypot(first.standard_error, second.standard_error) < 0.012
