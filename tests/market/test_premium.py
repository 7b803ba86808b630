"""Premiums on records whose pay is made of known factors, on a sample, and where there are none to tell."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from support.country_cohorts import within
from support.databases import clone

from seed.sample import load_sample
from seed.sample.model import EFFECTS
from service.errors import InputError, UnknownCode
from service.index.build import build_current_index
from service.index.index import Index
from service.market.cohort import Cohort
from service.market.model_pool import ModelPool
from service.market.premium import PremiumQuery, PremiumTable, percent, premiums
from service.stats.suppression import SuppressionRules
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure

BASE, BONUS = Measure.BASE_SALARY, Measure.BONUS
MADE_OF = {"senior": 1.25, "staff": 1.5, "de": 0.5, "fr": 0.4, "python": 1.1, "munich": 1.2}


def made(country: str, level: str, skills: list[str], **told: Any) -> dict[str, Any]:
    pay = 10_000_000.0
    for code in (country, level, *skills, told.get("metro", "")):
        pay *= MADE_OF.get(code, 1)
    return {"country": country, "level": level, "skill": skills, "base_salary": round(pay), **told}


GRID = [
    made(country, level, skills)
    for country, level, skills, _ in product(
        ("us", "de", "fr"), ("mid", "senior", "staff"), (["sql"], ["sql", "python"]), range(6)
    )
]
RECORDS = [
    # pay is exactly what it is made of: 36 of each country and level, half of them with python; and 24 in Munich
    *GRID,
    *(made("de", level, ["sql"], metro="munich") for level in ("mid", "senior") for _ in range(12)),
    # 9 entry-level records are too few, and 30 tell no level
    *(made("us", "entry", ["sql"]) for _ in range(9)),
    *({"country": "us", "base_salary": 9_000_000, "skill": ["sql"]} for _ in range(30)),
    # 60 in Spain come from one source that tells nobody else, half of them with a bonus of 0 and 4 with none told
    *(
        {**made("es", ("mid", "senior")[n % 2], ["sql"], source="aijobs"), **({"bonus": n % 4 * 1_000} if n < 56 else {})}
        for n in range(60)
    ),
]


def told(found: PremiumTable | None) -> dict[str, tuple[float, int]]:
    assert found is not None
    return {row.value.code: (round(row.percent, 4), row.records) for row in found.rows}


async def test_premiums_are_what_pay_is_made_of(index: Index, model_pool: ModelPool) -> None:
    cohort = within(index, "us", "de", "fr")
    found = await premiums(cohort, PremiumQuery(Factor.LEVEL, measure=BASE), model_pool)
    assert told(found) == {"senior": (25.0, 48), "staff": (50.0, 36)}
    assert found is not None
    assert found.baseline is not None
    assert (found.baseline.code, found.records, found.kinds) == ("mid", 171, ("government-filing",))
    assert (found.reason, found.confounded) == (None, ())
    assert found.r_squared is not None
    assert 0.99 < found.r_squared < 1  # entry level and none told are one group, whose pay differs
    assert all(row.interval.low == pytest.approx(row.interval.high, abs=0.01) for row in found.rows)
    assert "base salary" in found.method
    assert "171 records from these kinds of source: government-filing" in found.method
    other = await premiums(cohort, PremiumQuery(Factor.LEVEL, "staff", BASE), model_pool)
    assert told(other) == {"mid": (pytest.approx(-100 / 3, abs=1e-4), 48), "senior": (pytest.approx(-50 / 3, abs=1e-4), 48)}


async def test_values_are_those_of_groups(index: Index, model_pool: ModelPool) -> None:
    """Continents by default, countries below one, and metro areas below a country; a country's pay is its records' mean."""
    cohort = within(index, "us", "de", "fr")
    asked = PremiumQuery(Factor.COUNTRY, measure=BASE, under="europe")
    [row] = (await premiums(cohort, asked, model_pool)).rows  # type: ignore[union-attr]
    logs = percent(-24 / 60 * 0.1823215568)  # 24 of 60 in Germany are in Munich, where pay is 1.2 times as high
    assert (row.value.code, row.records) == ("fr", 36)
    assert row.percent == pytest.approx(100 * (0.4 / 0.5 * (1 + logs / 100) - 1), abs=1e-4)
    top = await premiums(cohort, PremiumQuery(Factor.COUNTRY, measure=BASE), model_pool)
    assert set(told(top)) == {"north-america"}
    alone = await premiums(cohort, PremiumQuery(Factor.METRO, measure=BASE, under="de"), model_pool)
    assert alone is not None
    assert alone.baseline is not None
    assert (alone.baseline.code, alone.rows) == ("munich", ())
    assert "do not tell enough of metro area" in str(alone.reason)


async def test_a_value_of_several_is_held_against_not_carrying_it(index: Index, model_pool: ModelPool) -> None:
    """SQL is carried by all, so it is told of no one."""
    cohort, asked = (
        within(index, "us", "de", "fr"),
        PremiumQuery(Factor.SKILL, measure=BASE, under="programming-languages"),
    )
    found = await premiums(cohort, asked, model_pool)
    assert told(found) == {"python": (10.0, 54)}
    assert found is not None
    assert found.baseline is None
    with pytest.raises(InputError, match="leave `baseline` out"):
        await premiums(cohort, replace(asked, baseline="sql"), model_pool)


async def test_what_goes_with_a_source_cannot_be_told_from_it(index: Index, model_pool: ModelPool) -> None:
    asked = PremiumQuery(Factor.COUNTRY, measure=BASE, under="europe")
    found = await premiums(Cohort(index), asked, model_pool)
    assert set(told(found)) == {"fr"}
    assert found is not None
    [spain] = found.confounded
    assert (spain.value.code, spain.records) == ("es", 60)
    assert "source aijobs.net" in spain.message
    by_source = await premiums(Cohort(index), PremiumQuery(Factor.SOURCE, measure=BASE), model_pool)
    assert by_source is not None
    assert by_source.rows == ()
    assert "`confounded` says why" in str(by_source.reason)
    without = await premiums(
        Cohort(index), replace(asked, exclude_controls=frozenset({Factor.SOURCE, Factor.SOURCE_KIND, Factor.QUARTER})), model_pool
    )
    assert told(without)["es"][1] == 60


async def test_who_gets_no_bonus_is_left_out(index: Index, model_pool: ModelPool) -> None:
    """Of 56 that tell a bonus 42 get one: too few. With less asked of a cohort they would be compared by it."""
    found = await premiums(within(index, "es"), PremiumQuery(Factor.LEVEL, measure=BONUS), model_pool)
    assert found is not None
    assert (found.rows, found.records, found.r_squared) == ((), 42, None)
    assert found.reason == "Premiums take 50 records that tell bonus above 0, and here there are 42. Widen the filter."


async def test_no_value_is_told_of_fewer_records_than_any_figure(index: Index, model_pool: ModelPool) -> None:
    cohort = within(index, "us", "de", "fr", rules=SuppressionRules(min_records=40))
    found = await premiums(cohort, PremiumQuery(Factor.LEVEL, measure=BASE), model_pool)
    assert told(found) == {"senior": (pytest.approx(25, abs=5), 48)}
    rare = await premiums(cohort, PremiumQuery(Factor.LEVEL, "entry", BASE), model_pool)
    assert rare is not None
    assert (rare.rows, rare.reason) == ((), "Too few records carry Entry for a baseline; choose another one.")
    assert await premiums(replace(cohort, rules=SuppressionRules(min_records=1_000)), PremiumQuery(Factor.LEVEL, measure=BASE), model_pool) is None


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        (PremiumQuery(Factor.LEVEL, measure=Measure.JOB_SATISFACTION), InputError, "ask for one of BASE_SALARY, BONUS"),
        (PremiumQuery(Factor.LEVEL, "seniour", BASE), UnknownCode, "Did you mean senior"),
        (PremiumQuery(Factor.METRO, measure=BASE, under="germany"), UnknownCode, "no metro area"),
        (PremiumQuery(Factor.LEVEL, measure=BASE, exclude_controls=frozenset({Factor.LEVEL})), InputError, "leave out others"),
    ],
)
async def test_what_cannot_be_asked(
    index: Index, model_pool: ModelPool, asked: PremiumQuery, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        await premiums(Cohort(index), asked, model_pool)


async def test_premiums_of_the_sample(server_url: str, empty_template: str) -> None:
    """Levels and employment types are within four standard errors of what the sample was made with, from any baseline."""
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
    assert (1 + told(there)["senior"][0] / 100) * (1 + told(back)["mid"][0] / 100) == pytest.approx(1, abs=1e-5)
