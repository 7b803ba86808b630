"""Premiums of records whose pay is a product of known effects, of the sample, and the reasons why there is none."""

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from support.country_cohorts import country_cohort
from support.databases import clone

from seed.sample import load_sample
from seed.sample.model import EFFECTS
from service.errors import InputError
from service.index.build import build_current_index
from service.index.index import Index
from service.market.cohort import Cohort
from service.market.model_pool import ModelPool
from service.market.observations import observations
from service.market.premium import MAX_RECORDS, PremiumQuery, PremiumTable, percent, premiums
from service.stats.suppression import SuppressionRules
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure

BASE, BONUS = Measure.BASE_SALARY, Measure.BONUS
EFFECT = {"senior": 1.25, "staff": 1.5, "de": 0.5, "fr": 0.4, "python": 1.1, "munich": 1.2}


def record(country: str, level: str, skills: list[str], **other: Any) -> dict[str, Any]:
    pay = 10_000_000.0
    for code in (country, level, *skills, other.get("metro", "")):
        pay *= EFFECT.get(code, 1)
    return {"country": country, "level": level, "skill": skills, "base_salary": round(pay), **other}


GRID = [
    record(country, level, skills)
    for country, level, skills, _ in product(
        ("us", "de", "fr"), ("mid", "senior", "staff"), (["sql"], ["sql", "python"]), range(6)
    )
]
RECORDS = [
    # pay is exactly the product of its effects: 36 of each country and level, half of them with python; and 24 in Munich
    *GRID,
    *(record("de", level, ["sql"], metro="munich") for level in ("mid", "senior") for _ in range(12)),
    # 9 entry-level records are too few, and 30 report no level
    *(record("us", "entry", ["sql"]) for _ in range(9)),
    *({"country": "us", "base_salary": 9_000_000, "skill": ["sql"]} for _ in range(30)),
    # 60 in Spain come from a source without other records, half of them with a bonus of 0 and 4 without one
    *(
        {**record("es", ("mid", "senior")[n % 2], ["sql"], source="aijobs"), **({"bonus": n % 4 * 1_000} if n < 56 else {})}
        for n in range(60)
    ),
]


def percentages(found: PremiumTable | None) -> dict[str, tuple[float, int]]:
    assert found is not None
    return {row.value.code: (round(row.percent, 4), row.records) for row in found.rows}


async def test_premiums_by_hand(index: Index, model_pool: ModelPool) -> None:
    cohort = country_cohort(index, "us", "de", "fr")
    found = await premiums(cohort, PremiumQuery(Factor.LEVEL, measure=BASE), model_pool)
    assert percentages(found) == {"senior": (25.0, 48), "staff": (50.0, 36)}
    assert found is not None
    assert found.baseline is not None
    assert (found.baseline.code, found.records, found.kinds) == ("mid", 171, ("government-filing",))
    assert (found.reason, found.confounded) == (None, ())
    assert found.r_squared is not None
    assert 0.99 < found.r_squared < 1  # rare and missing levels are one group, whose pay differs
    assert all(row.interval.low == pytest.approx(row.interval.high, abs=0.01) for row in found.rows)
    assert "base salary" in found.method
    assert "171 records. Source types: government-filing." in found.method
    other = await premiums(cohort, PremiumQuery(Factor.LEVEL, "staff", BASE), model_pool)
    assert percentages(other) == {
        "mid": (pytest.approx(-100 / 3, abs=1e-4), 48),
        "senior": (pytest.approx(-50 / 3, abs=1e-4), 48),
    }


async def test_values_are_those_of_groups(index: Index, model_pool: ModelPool) -> None:
    """Continents by default, countries below one, and metro areas below a country; a country's pay is its records' mean."""
    cohort = country_cohort(index, "us", "de", "fr")
    query = PremiumQuery(Factor.COUNTRY, measure=BASE, under="europe")
    [row] = (await premiums(cohort, query, model_pool)).rows  # type: ignore[union-attr]
    logs = percent(-24 / 60 * 0.1823215568)  # 24 of 60 in Germany are in Munich, where pay is 1.2 times as high
    assert (row.value.code, row.records) == ("fr", 36)
    assert row.percent == pytest.approx(100 * (0.4 / 0.5 * (1 + logs / 100) - 1), abs=1e-4)
    top = await premiums(cohort, PremiumQuery(Factor.COUNTRY, measure=BASE), model_pool)
    assert set(percentages(top)) == {"north-america"}
    alone = await premiums(cohort, PremiumQuery(Factor.METRO, measure=BASE, under="de"), model_pool)
    assert alone is not None
    assert alone.baseline is not None
    assert (alone.baseline.code, alone.rows) == ("munich", ())
    assert "Not enough data on metro area" in str(alone.reason)


async def test_multi_valued_factors_are_compared_with_records_without_the_value(index: Index, model_pool: ModelPool) -> None:
    """All records have SQL, so it has no premium."""
    cohort, query = (
        country_cohort(index, "us", "de", "fr"),
        PremiumQuery(Factor.SKILL, measure=BASE, under="programming-languages"),
    )
    found = await premiums(cohort, query, model_pool)
    assert percentages(found) == {"python": (10.0, 54)}
    assert found is not None
    assert found.baseline is None
    with pytest.raises(InputError, match="Remove `baseline`"):
        await premiums(cohort, replace(query, baseline="sql"), model_pool)


async def test_values_confounded_with_their_source(index: Index, model_pool: ModelPool) -> None:
    query = PremiumQuery(Factor.COUNTRY, measure=BASE, under="europe")
    found = await premiums(Cohort(index), query, model_pool)
    assert set(percentages(found)) == {"fr"}
    assert found is not None
    [spain] = found.confounded
    assert (spain.value.code, spain.records) == ("es", 60)
    assert "source aijobs.net" in spain.message
    by_source = await premiums(Cohort(index), PremiumQuery(Factor.SOURCE, measure=BASE), model_pool)
    assert by_source is not None
    assert by_source.rows == ()
    assert "See `confounded`" in str(by_source.reason)
    uncontrolled = await premiums(
        Cohort(index),
        replace(query, exclude_controls=frozenset({Factor.SOURCE, Factor.SOURCE_KIND, Factor.QUARTER})),
        model_pool,
    )
    assert percentages(uncontrolled)["es"][1] == 60


async def test_records_with_zero_are_excluded(index: Index, model_pool: ModelPool) -> None:
    """Of 56 that report a bonus 42 get one, which is too few."""
    found = await premiums(country_cohort(index, "es"), PremiumQuery(Factor.LEVEL, measure=BONUS), model_pool)
    assert found is not None
    assert (found.rows, found.records, found.r_squared) == ((), 42, None)
    assert "need 50 records that report bonus above 0; this cohort has 42" in str(found.reason)


async def test_rules_of_suppression_apply_to_each_value(index: Index, model_pool: ModelPool) -> None:
    cohort = country_cohort(index, "us", "de", "fr", rules=SuppressionRules(min_records=40))
    found = await premiums(cohort, PremiumQuery(Factor.LEVEL, measure=BASE), model_pool)
    assert percentages(found) == {"senior": (pytest.approx(25, abs=5), 48)}
    rare = await premiums(cohort, PremiumQuery(Factor.LEVEL, "entry", BASE), model_pool)
    assert rare is not None
    assert rare.rows == ()
    assert "Too few records have the baseline Entry" in str(rare.reason)
    strict = replace(cohort, rules=SuppressionRules(min_records=1_000))
    assert await premiums(strict, PremiumQuery(Factor.LEVEL, measure=BASE), model_pool) is None


@pytest.mark.parametrize(
    ("query", "error", "words"),
    [
        (PremiumQuery(Factor.LEVEL, measure=Measure.JOB_SATISFACTION), InputError, "Use one of BASE_SALARY, BONUS"),
        (PremiumQuery(Factor.LEVEL, "seniour", BASE), InputError, "Did you mean senior"),
        (PremiumQuery(Factor.METRO, measure=BASE, under="germany"), InputError, "no metro area"),
        (
            PremiumQuery(Factor.LEVEL, measure=BASE, exclude_controls=frozenset({Factor.LEVEL})),
            InputError,
            "excludeControls` contains LEVEL",
        ),
    ],
)
async def test_invalid_queries_are_refused(
    index: Index, model_pool: ModelPool, query: PremiumQuery, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        await premiums(Cohort(index), query, model_pool)


@pytest.mark.parametrize(("size", "with_metro"), [(100, 24), (24, 24), (20, 20)])
def test_records_that_report_the_factor_come_first_into_a_sample(index: Index, size: int, with_metro: int) -> None:
    """Of the 231 records 24 have a metro area."""
    found = observations(Cohort(index), BASE, size, Factor.METRO)
    assert (len(found), found.population) == (size, len(RECORDS))
    assert np.count_nonzero(found.one[Factor.METRO].codes) == with_metro
    again = observations(Cohort(index), BASE, size, Factor.METRO)
    assert np.array_equal(found.amounts, again.amounts)


@pytest.mark.slow
async def test_large_cohorts_are_sampled_by_the_factor(server_url: str, empty_template: str) -> None:
    """Every record that reports a certification is in the fit, although the cohort has more records than a fit."""
    with clone(server_url, empty_template) as url, ModelPool.open() as model_pool:
        load_sample(url, 30_000, 1, lambda _: None)
        cohort = Cohort(build_current_index(url))
        found = await premiums(cohort, PremiumQuery(Factor.CERTIFICATION, measure=BASE), model_pool)
    assert found is not None
    assert found.records == MAX_RECORDS
    reporting = cohort.values(BASE).counts(row.value.id for row in found.rows)
    assert {row.value.id: row.records for row in found.rows} == reporting
    assert "fitted to a random sample of 20,000 of 30,000 records, those that report certification first." in found.method


async def test_premiums_of_the_sample(server_url: str, empty_template: str) -> None:
    """Levels and employment types are within four standard errors of the sample's effects, for any baseline."""
    with clone(server_url, empty_template) as url, ModelPool.open() as model_pool:  # its first edition is number 1 too
        load_sample(url, 3_000, 1, lambda _: None)
        sample = Cohort(build_current_index(url))
        for factor in (Factor.LEVEL, Factor.EMPLOYMENT_TYPE):
            for baseline in list(EFFECTS[factor])[:2]:
                found = await premiums(sample, PremiumQuery(factor, baseline, BASE), model_pool)
                assert found is not None
                assert len(found.rows) >= 3
                for row in found.rows:
                    effects = (EFFECTS[factor].get(code, 0.0) for code in (row.value.code, baseline))
                    truth, reach = percent(next(effects) - next(effects)), row.interval.high - row.interval.low
                    assert abs(row.percent - truth) < reach, row
        there = await premiums(sample, PremiumQuery(Factor.LEVEL, "mid", BASE), model_pool)
        back = await premiums(sample, PremiumQuery(Factor.LEVEL, "senior", BASE), model_pool)
    assert (1 + percentages(there)["senior"][0] / 100) * (1 + percentages(back)["mid"][0] / 100) == pytest.approx(
        1, abs=1e-5
    )
