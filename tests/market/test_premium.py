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
from service.index.build import build
from service.index.index import Index
from service.market.cohort import Cohort
from service.market.model_pool import Workshop
from service.market.premium import Asked, PremiumTable, percent, premiums
from service.stats.suppression import Rules
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


async def test_premiums_are_what_pay_is_made_of(index: Index, workshop: Workshop) -> None:
    cohort = within(index, "us", "de", "fr")
    found = await premiums(cohort, Asked(Factor.LEVEL, measure=BASE), workshop)
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
    other = await premiums(cohort, Asked(Factor.LEVEL, "staff", BASE), workshop)
    assert told(other) == {"mid": (pytest.approx(-100 / 3, abs=1e-4), 48), "senior": (pytest.approx(-50 / 3, abs=1e-4), 48)}


async def test_values_are_those_of_groups(index: Index, workshop: Workshop) -> None:
    """Continents by default, countries below one, and metro areas below a country; a country's pay is its records' mean."""
    cohort = within(index, "us", "de", "fr")
    asked = Asked(Factor.COUNTRY, measure=BASE, under="europe")
    [row] = (await premiums(cohort, asked, workshop)).rows  # type: ignore[union-attr]
    logs = percent(-24 / 60 * 0.1823215568)  # 24 of 60 in Germany are in Munich, where pay is 1.2 times as high
    assert (row.value.code, row.records) == ("fr", 36)
    assert row.percent == pytest.approx(100 * (0.4 / 0.5 * (1 + logs / 100) - 1), abs=1e-4)
    top = await premiums(cohort, Asked(Factor.COUNTRY, measure=BASE), workshop)
    assert set(told(top)) == {"north-america"}
    alone = await premiums(cohort, Asked(Factor.METRO, measure=BASE, under="de"), workshop)
    assert alone is not None
    assert alone.baseline is not None
    assert (alone.baseline.code, alone.rows) == ("munich", ())
    assert "do not tell enough of metro area" in str(alone.reason)


async def test_a_value_of_several_is_held_against_not_carrying_it(index: Index, workshop: Workshop) -> None:
    """SQL is carried by all, so it is told of no one."""
    cohort, asked = (
        within(index, "us", "de", "fr"),
        Asked(Factor.SKILL, measure=BASE, under="programming-languages"),
    )
    found = await premiums(cohort, asked, workshop)
    assert told(found) == {"python": (10.0, 54)}
    assert found is not None
    assert found.baseline is None
    with pytest.raises(InputError, match="leave `baseline` out"):
        await premiums(cohort, replace(asked, baseline="sql"), workshop)


async def test_what_goes_with_a_source_cannot_be_told_from_it(index: Index, workshop: Workshop) -> None:
    asked = Asked(Factor.COUNTRY, measure=BASE, under="europe")
    found = await premiums(Cohort(index), asked, workshop)
    assert set(told(found)) == {"fr"}
    assert found is not None
    [spain] = found.confounded
    assert (spain.value.code, spain.records) == ("es", 60)
    assert "source aijobs.net" in spain.message
    by_source = await premiums(Cohort(index), Asked(Factor.SOURCE, measure=BASE), workshop)
    assert by_source is not None
    assert by_source.rows == ()
    assert "`confounded` says why" in str(by_source.reason)
    without = await premiums(
        Cohort(index), replace(asked, without=frozenset({Factor.SOURCE, Factor.SOURCE_KIND, Factor.QUARTER})), workshop
    )
    assert told(without)["es"][1] == 60


async def test_who_gets_no_bonus_is_left_out(index: Index, workshop: Workshop) -> None:
    """Of 56 that tell a bonus 42 get one: too few. With less asked of a cohort they would be compared by it."""
    found = await premiums(within(index, "es"), Asked(Factor.LEVEL, measure=BONUS), workshop)
    assert found is not None
    assert (found.rows, found.records, found.r_squared) == ((), 42, None)
    assert found.reason == "Premiums take 50 records that tell bonus above 0, and here there are 42. Widen the filter."


async def test_no_value_is_told_of_fewer_records_than_any_figure(index: Index, workshop: Workshop) -> None:
    cohort = within(index, "us", "de", "fr", rules=Rules(minimum=40))
    found = await premiums(cohort, Asked(Factor.LEVEL, measure=BASE), workshop)
    assert told(found) == {"senior": (pytest.approx(25, abs=5), 48)}
    rare = await premiums(cohort, Asked(Factor.LEVEL, "entry", BASE), workshop)
    assert rare is not None
    assert (rare.rows, rare.reason) == ((), "Too few records carry Entry for a baseline; choose another one.")
    assert await premiums(replace(cohort, rules=Rules(minimum=1_000)), Asked(Factor.LEVEL, measure=BASE), workshop) is None


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        (Asked(Factor.LEVEL, measure=Measure.JOB_SATISFACTION), InputError, "ask for one of BASE_SALARY, BONUS"),
        (Asked(Factor.LEVEL, "seniour", BASE), UnknownCode, "Did you mean senior"),
        (Asked(Factor.METRO, measure=BASE, under="germany"), UnknownCode, "no metro area"),
        (Asked(Factor.LEVEL, measure=BASE, without=frozenset({Factor.LEVEL})), InputError, "leave out others"),
    ],
)
async def test_what_cannot_be_asked(
    index: Index, workshop: Workshop, asked: Asked, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        await premiums(Cohort(index), asked, workshop)


async def test_premiums_of_the_sample(server_url: str, empty_template: str) -> None:
    """Levels and employment types are within four standard errors of what the sample was made with, from any baseline."""
    with clone(server_url, empty_template) as url, Workshop.open() as workshop:  # its first edition is number 1 too
        load_sample(url, 3_000, 1, lambda _: None)
        sample = Cohort(build(url))
        for factor in (Factor.LEVEL, Factor.EMPLOYMENT_TYPE):
            for baseline in list(EFFECTS[factor])[:2]:
                found = await premiums(sample, Asked(factor, baseline, BASE), workshop)
                assert found is not None
                assert len(found.rows) >= 3
                for row in found.rows:
                    effects = (EFFECTS[factor].get(code, 0.0) for code in (row.value.code, baseline))
                    truth, reach = percent(next(effects) - next(effects)), row.interval.high - row.interval.low
                    assert abs(row.percent - truth) < reach, row
        there = await premiums(sample, Asked(Factor.LEVEL, "mid", BASE), workshop)
        back = await premiums(sample, Asked(Factor.LEVEL, "senior", BASE), workshop)
    assert (1 + told(there)["senior"][0] / 100) * (1 + told(back)["mid"][0] / 100) == pytest.approx(1, abs=1e-5)
