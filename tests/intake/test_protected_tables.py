"""Protected tables: what each contribution adds, what each table costs, and figures computed by hand."""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from math import exp, log
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opendp import combinators, domains, measurements, measures, metrics
from opendp.mod import OpenDPException, enable_features
from support.sample_tables import numbered_reference
from support.stored_submissions import answers

from service.intake.protected_tables import (
    BUDGET,
    BY_NAME,
    COMPETING_OFFERS,
    CONTRIBUTORS,
    PREMIUM,
    TABLES,
    WORLD,
    CountedContribution,
    ExactSums,
    ProtectedCell,
    ProtectedTable,
    cells_of,
    counted_contribution,
    protected_cells,
)
from service.vocabulary.factors import MULTIPLE, Factor
from service.vocabulary.measures import Measure

REFERENCE = numbered_reference(1)
TAXONOMY = REFERENCE.taxonomy
MEDIAN = 100_000.0


def value(factor: Factor, code: str) -> int:
    return TAXONOMY.find(factor, code).id


def contribution(median: float | None = MEDIAN, **other: Any) -> CountedContribution:
    return counted_contribution(uuid4(), answers(**other), median, TAXONOMY, REFERENCE.rates)


def exact(contributions: Sequence[CountedContribution]) -> dict[tuple[str, int, int], ProtectedCell]:
    """The published cells without noise."""
    found = protected_cells(contributions, TAXONOMY, noise=lambda _: 0)
    return {(cell.table_name, cell.value, cell.country): cell for cell in found}


# What it costs


def test_a_contribution_costs_the_budget() -> None:
    assert sum(table.epsilon for table in TABLES) == BUDGET == 2
    assert {table.name: float(table.epsilon) for table in TABLES} == {
        "contributors-by-country-and-role-family": 0.2,
        "premium-by-work-mode": 0.1,
        "premium-by-employment-type": 0.1,
        "premium-by-employer-type": 0.1,
        "premium-by-employer-size": 0.1,
        "premium-by-education": 0.1,
        "premium-by-experience": 0.1,
        "premium-by-metro": 0.1,
        "premium-by-industry": 0.2,
        "premium-by-skill": 0.3,
        "premium-by-benefit": 0.2,
        "premium-by-specialization": 0.1,
        "premium-by-certification": 0.1,
        "job-satisfaction-by-role-family": 0.04,
        "career-growth-by-role-family": 0.04,
        "work-life-balance-by-role-family": 0.04,
        "negotiation-uplift-by-role-family": 0.04,
        "competing-offers-by-role-family": 0.04,
    }


def drawn_scales() -> list[Fraction]:
    """The scales of all noise of a year, in the order in which it is drawn."""
    scales: list[Fraction] = []

    def noise(scale: Fraction) -> int:
        scales.append(scale)
        return 0

    protected_cells([], TAXONOMY, noise)
    return scales


def queries(table: ProtectedTable) -> list[tuple[int, int, Fraction]]:
    """What is drawn for a table: its sensitivity by the L1 norm, the number of cells, and the scale that gives its share."""
    cells, quantity = len(cells_of(table, TAXONOMY)), table.quantity
    if quantity is None:
        return [(table.values, cells, table.values / table.epsilon)]
    number = table.values, cells, table.values / (table.epsilon * 3 / 10)
    most = table.values * quantity.bound
    if quantity.binary:
        return [number, (most, cells, most / (table.epsilon * 7 / 10))]
    spread = table.values * quantity.bound**2
    return [number, (most, cells, most / (table.epsilon * 6 / 10)), (spread, 1, spread / (table.epsilon / 10))]


def test_noise_has_the_scale_of_each_share_in_every_cell() -> None:
    expected: Counter[Fraction] = Counter()
    for table in TABLES:
        for _, draws, scale in queries(table):
            expected[scale] += draws
    assert Counter(drawn_scales()) == expected


def test_opendp_adds_the_tables_up_to_the_budget() -> None:
    """Its privacy filter accepts all queries within an epsilon of 2, but none beside them."""
    enable_features("contrib")
    space = domains.vector_domain(domains.atom_domain(T="i64")), metrics.l1_distance(T="i64")
    most = max(sensitivity for table in TABLES for sensitivity, _, _ in queries(table))
    odometer = combinators.make_fully_adaptive_composition(*space, output_measure=measures.max_divergence())
    accountant = combinators.make_privacy_filter(odometer, d_in=most, d_out=2 * (1 + 1e-9))([0])
    for table in TABLES:
        for sensitivity, _, scale in queries(table):
            # the same ratio of sensitivity to scale, at the sensitivity that the accountant assumes of all queries
            accountant(measurements.make_laplace(*space, scale=float(scale * most / sensitivity)))
    with pytest.raises(OpenDPException, match="exceed"):
        accountant(measurements.make_laplace(*space, scale=float(most * 1_000)))


CODES = {
    factor: [one.code for one in TAXONOMY.values(factor)][:25] for factor in (Factor.WORK_MODE, Factor.INDUSTRY, *MULTIPLE)
}
PEOPLE = st.fixed_dictionaries(
    {
        "base": st.integers(1, 10**7),
        "role": st.sampled_from(["mlops-engineer", "data-scientist", "machine-learning"]),
        "country": st.sampled_from(["us", "de"]),
        "initial_offer": st.integers(1, 10**6),
        "bonus": st.just(0),
        "equity": st.just(0),
        "scores": st.dictionaries(st.sampled_from([Measure.JOB_SATISFACTION, Measure.CAREER_GROWTH]), st.integers(1, 5)),
        **{factor.value: st.sampled_from(CODES[factor]) for factor in (Factor.WORK_MODE, Factor.INDUSTRY)},
        **{factor.value: st.lists(st.sampled_from(CODES[factor]), max_size=20) for factor in MULTIPLE},
    }
)


@given(PEOPLE, st.uuids())
def test_a_contribution_changes_no_table_by_more_than_its_sensitivity(person: dict[str, Any], id_: UUID) -> None:
    found = counted_contribution(id_, answers("metro", "subdivision", **person), MEDIAN, TAXONOMY, REFERENCE.rates)
    for table in TABLES:
        alone = ExactSums.of(table, [found])
        assert sum(alone.numbers.values()) <= table.values
        bound = table.quantity.bound if table.quantity else 0
        assert sum(map(abs, alone.totals.values())) <= table.values * bound
        assert alone.squares <= table.values * bound**2
        assert set(alone.numbers) <= set(cells_of(table, TAXONOMY))


@pytest.mark.slow
@given(st.lists(st.tuples(PEOPLE, st.uuids()), min_size=1, max_size=4, unique_by=lambda one: one[1]))
def test_contributions_add_up(people: list[tuple[dict[str, Any], UUID]]) -> None:
    """What one adds depends on no other."""
    found = [
        counted_contribution(id_, answers("metro", "subdivision", **person), MEDIAN, TAXONOMY, REFERENCE.rates)
        for person, id_ in people
    ]
    for table in TABLES:
        together, apart = ExactSums.of(table, found), [ExactSums.of(table, [one]) for one in found]
        assert together.numbers == sum((Counter(one.numbers) for one in apart), Counter())
        assert together.squares == sum(one.squares for one in apart)
        for cell, total in together.totals.items():
            assert total == sum(one.totals.get(cell, 0) for one in apart)


def test_cells_depend_on_reference_data_alone() -> None:
    countries = [one for one in TAXONOMY.values(Factor.COUNTRY) if one.parent is not None]
    families = TAXONOMY.roots(Factor.ROLE)
    assert len(cells_of(CONTRIBUTORS, TAXONOMY)) == len(countries) * len(families)
    assert value(Factor.COUNTRY, "europe") not in {country for _, country in cells_of(CONTRIBUTORS, TAXONOMY)}
    skills = cells_of(BY_NAME["premium-by-skill"], TAXONOMY)
    assert skills == [(one.id, WORLD) for one in TAXONOMY.values(Factor.SKILL)]
    bands = [TAXONOMY[number].code for number, _ in cells_of(BY_NAME["premium-by-experience"], TAXONOMY)]
    assert bands == ["0-to-1", "2-to-3", "4-to-6", "7-to-9", "10-to-14", "15-to-19", "20-plus"]


# What is counted


def test_the_values_of_somebody_with_many_are_chosen_by_their_own_answers_alone() -> None:
    skills = [one.code for one in TAXONOMY.values(Factor.SKILL)][:30]
    first, second = contribution(skill=skills), contribution(skill=skills)
    again = CountedContribution(first.id, first.values, first.amounts)
    assert len(set(first.chosen(Factor.SKILL, 10))) == 10
    assert first.chosen(Factor.SKILL, 10) == again.chosen(Factor.SKILL, 10)
    assert set(first.chosen(Factor.SKILL, 10)) != set(second.chosen(Factor.SKILL, 10))
    assert first.chosen(Factor.SKILL, 30) == [value(Factor.SKILL, code) for code in skills]


def test_each_value_of_somebody_with_many_is_chosen_as_often() -> None:
    skills = [one.code for one in TAXONOMY.values(Factor.SKILL)][:20]
    chosen = Counter(number for _ in range(2_000) for number in contribution(skill=skills).chosen(Factor.SKILL, 10))
    assert len(chosen) == 20
    assert all(abs(count - 1_000) < 5 * (2_000 * 0.25) ** 0.5 for count in chosen.values())


def world_numbers(**people: int) -> dict[str | int, int]:
    """The published numbers of one family by the code of a place, WORLD for what remains of the world."""
    family = value(Factor.ROLE, "machine-learning")
    counted = [
        CountedContribution(uuid4(), {Factor.ROLE: [family], Factor.COUNTRY: [value(Factor.COUNTRY, code)]})
        for code, number in people.items()
        for _ in range(number)
    ]
    numbers = {country: cell.number for (name, _, country), cell in exact(counted).items() if name == CONTRIBUTORS.name}
    return {TAXONOMY[country].code if country != WORLD else WORLD: number for country, number in numbers.items()}


def test_numbers_that_are_not_published_are_added_up_by_continent() -> None:
    """From four standard deviations on: 202 with the noise of 51 countries of Asia."""
    assert world_numbers(fr=149, de=149, es=151) == {"es": 151, "europe": 298}
    assert world_numbers(**{"in": 103, "jp": 100}) == {"asia": 203}
    assert world_numbers(**{"in": 101, "jp": 100}) == {}


def test_and_those_of_the_other_continents_over_the_world() -> None:
    """From about 400 on, with the noise of 198 countries of six continents."""
    assert world_numbers(fr=149, de=149, ng=149, au=149, mx=110) == {"europe": 298, WORLD: 408}
    assert world_numbers(fr=149, de=149, ng=149, au=149, mx=80) == {"europe": 298}


def test_a_role_counts_for_its_family_and_years_for_their_band() -> None:
    found = contribution(role="mlops-engineer", experience="12")
    assert [TAXONOMY[number].code for number in found.values[Factor.ROLE]] == ["machine-learning"]
    assert [TAXONOMY[number].code for number in found.values[Factor.EXPERIENCE]] == ["10-to-14"]


@pytest.mark.parametrize(
    ("median", "other", "expected"),
    [
        (100_000.0, {"base": 110_000}, round(1e4 * log(1.1))),
        (100_000.0, {"base": 10_000}, -5_000),
        (100_000.0, {"base": 10_000_000}, 5_000),
        (108_240.0, {"base": 100_000, "currency": "EUR"}, round(1e4 * log(REFERENCE.rates.usd("EUR", 2026) / 1.0824))),
        (None, {}, None),
    ],
)
def test_a_premium_is_the_clamped_logarithm_by_the_median(
    median: float | None, other: dict[str, Any], expected: int | None
) -> None:
    assert contribution(median, **other).amounts.get("premium-by-skill") == expected


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"bonus": 10_000, "equity": 0, "initial_offer": 100_000}, 10.0),
        ({"bonus": 0, "equity": 0, "initial_offer": 125_000}, 0.0),
        ({"bonus": 0, "equity": 0, "initial_offer": 50_000}, 30.0),
        ({"bonus": 10_000, "initial_offer": 100_000}, None),
        ({"bonus": 10_000, "equity": 0}, None),
    ],
)
def test_an_uplift_needs_the_complete_pay(other: dict[str, Any], expected: float | None) -> None:
    table = BY_NAME["negotiation-uplift-by-role-family"]
    amount = contribution(**other).amounts.get(table.name)
    assert (None if amount is None else table.quantity and table.quantity.decode(amount)) == expected


def test_only_who_answered_is_counted() -> None:
    silent = contribution()
    assert not {table.name for table in TABLES if table.factor is Factor.ROLE} & set(silent.amounts)
    assert ExactSums.of(COMPETING_OFFERS, [silent]).numbers == {}
    offers = [contribution(competing_offers=number) for number in ("0", "1", "4", "2")]
    family = value(Factor.ROLE, "machine-learning")
    sums = ExactSums.of(COMPETING_OFFERS, offers)
    assert (sums.numbers, sums.totals) == ({(family, WORLD): 4}, {(family, WORLD): -1 + 1 + 1 + 1})


# What is published


def test_a_cell_is_published_from_its_minimum_on() -> None:
    """Of 150 contributors in one country and family, one less is too few."""
    people = [contribution() for _ in range(150)]
    family, country = value(Factor.ROLE, "machine-learning"), value(Factor.COUNTRY, "us")
    assert exact(people) == {(CONTRIBUTORS.name, family, country): ProtectedCell(CONTRIBUTORS.name, family, country, 150)}
    assert exact(people[1:]) == {}


def test_minimums_are_thirty_times_the_values_by_epsilon() -> None:
    found = {table.name.removeprefix("premium-by-"): table.minimum for table in TABLES}
    assert [found[name] for name in ("work-mode", "industry", "skill", "benefit", "specialization", "certification")] == [
        *(300, 150, 1_000, 1_500, 900, 600)
    ]
    assert found["job-satisfaction-by-role-family"] == found["competing-offers-by-role-family"] == 750


def test_premiums_are_means_with_the_interval_of_noise_and_sampling() -> None:
    people = [contribution(base=base) for base in (100_000, 120_000) for _ in range(200)]
    cell = exact(people)["premium-by-work-mode", value(Factor.WORK_MODE, "remote"), WORLD]
    assert (cell.number, cell.mean) == (400, pytest.approx(1e-4 * round(1e4 * log(1.2)) / 2))
    assert cell.mean is not None
    assert cell.low is not None
    assert cell.high is not None
    assert cell.mean - cell.low == pytest.approx(cell.high - cell.mean)
    deviation = (400 * (log(1.2) / 2) ** 2) ** 0.5
    number_noise, total_noise = cell.mean / 0.03, PREMIUM.unit * PREMIUM.bound / 0.06
    normal = 1.96 * (deviation**2 + 2 * number_noise**2 + 2 * total_noise**2) ** 0.5 / 400
    assert normal < cell.high - cell.mean < log(20) / (2**0.5 * 1.96) * normal  # the tails of Laplace noise are heavier


def test_means_and_shares_are_in_their_units() -> None:
    common = {"bonus": 0, "equity": 0, "initial_offer": 80_000}
    people = [
        contribution(scores={Measure.JOB_SATISFACTION: score}, competing_offers=offers, **common)
        for score, offers in ((4, "0"), (5, "1"), (2, "2"), (3, "1"))
        for _ in range(200)
    ]
    found, family = exact(people), value(Factor.ROLE, "machine-learning")
    means = {name: found[name, family, WORLD].mean for name in BY_NAME if (name, family, WORLD) in found}
    assert means == {
        "job-satisfaction-by-role-family": 3.5,
        "negotiation-uplift-by-role-family": pytest.approx(25.0),
        "competing-offers-by-role-family": 0.75,
    }


def test_noise_is_in_every_published_figure() -> None:
    people = [contribution(base=110_000) for _ in range(2_000)]
    first, second = (protected_cells(people, TAXONOMY) for _ in range(2))
    remote = value(Factor.WORK_MODE, "remote")
    one, other = (
        next(c for c in cells if c.table_name == "premium-by-work-mode" and c.value == remote) for cells in (first, second)
    )
    assert one.mean != other.mean
    assert all(cell.number >= BY_NAME[cell.table_name].minimum for cell in first)
    for cell in (one, other):
        assert cell.mean is not None
        assert exp(cell.mean) == pytest.approx(1.1, abs=0.12)  # seven standard deviations of the noise
