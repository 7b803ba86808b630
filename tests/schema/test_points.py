"""Points against counted work: what an operation costs is worth the work that it does, within a factor of five."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from support.databases import clone
from support.direct_execution import FITTED, WITHOUT, World, opened
from support.query_strategies import queries

from schema.compiled.internals import core_schema
from schema.limits.cost import REQUEST
from schema.limits.document import OperationRejected, admit
from schema.schema import build_schema
from seed.sample import load_sample
from service.index.index import RankIndex
from service.limits import Limits
from service.work import counted, points

FACTOR = 5
SIZES = (1_000, 40_000)
SCHEMA = build_schema()
CORE = core_schema(SCHEMA)


@pytest.fixture(scope="module", params=SIZES)
def world(server_url: str, empty_template: str, request: pytest.FixtureRequest) -> Iterator[World]:
    with clone(server_url, empty_template) as url:
        load_sample(url, request.param, 1, lambda _: None)
        with opened(url, SCHEMA) as world:
            yield world


def cost_and_work(world: World, query: str, variables: dict[str, Any]) -> tuple[int, float]:
    """The points that a query costs, and those of the work that is counted for it, without cached selections.

    The request itself is worth a point. The first execution is not counted: it may build orders that later ones share.
    """
    operation, index = SCHEMA.documents.get(query).operation(None), world.current.index
    assert operation
    assert isinstance(index, RankIndex)
    cost = admit(operation, variables, Limits(), lambda: index).points
    world.run(SCHEMA.execute_operation(operation, variables, world.context()))
    for order in (index.base, *index.orders.values()):
        order.clear_cache()

    async def execute() -> float:
        with counted() as work:
            await SCHEMA.execute_operation(operation, variables, world.context())
        return REQUEST + points(work)

    return cost, world.run(execute())


@pytest.mark.slow
@settings(
    max_examples=150,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(request=queries(CORE, WITHOUT | FITTED))
def test_points_bound_the_work_of_any_query(world: World, request: tuple[str, dict[str, Any]]) -> None:
    """With all root fields and arguments, also those that are rejected, suppressed or empty."""
    query, variables = request
    assume(not SCHEMA.documents.get(query).errors)
    try:
        cost, work = cost_and_work(world, query, variables)
    except OperationRejected:
        assume(False)
    assert work <= FACTOR * cost


WHERE = ("", '(where: {country: ["us"]})', "(where: {level: [SENIOR, MID]})", '(where: {role: ["data-scientist"]})')
FIGURES = (
    "p50",
    "p25 p50 p75",
    "mean",
    "mean standardDeviation",
    "interval { low high }",
    "meanInterval { low }",
    "cautions { code }",
    "contributed { records }",
)
ORDERS = ("", "orderBy: {field: MEDIAN}", "orderBy: {field: MEAN}", "orderBy: {field: SIZE}")


@st.composite
def full_queries(draw: st.DrawFn) -> str:
    """A query whose lists are as long as they may be, of cohorts that are not suppressed."""
    stats = f"stats {{ {draw(st.sampled_from(FIGURES))} }}"
    factor, most = draw(st.sampled_from([("LEVEL", 5), ("ROLE", 5), ("COUNTRY", 5), ("METRO", 10), ("EMPLOYER", 20)]))
    first, order = draw(st.integers(1, most)), draw(st.sampled_from(ORDERS))
    cohort = draw(
        st.sampled_from(
            [
                stats,
                "size employers",
                "distribution(bins: 30) { below }",
                "percentileRank(amount: 123456) { rank }",
                "measures { records }",
                f"by(factor: {factor}, first: {first}, {order}) {{ share }}",
                f"by(factor: {factor}, first: {first}, {order}) {{ cohort {{ {stats} }} }}",
                f"by(factor: {factor}, first: {first}) {{ cautions {{ code }} }}",
                f"trend(interval: YEAR) {{ {stats} }}",
                f"records(first: {5 * first}) {{ nodes {{ id }} }}",
            ]
        )
    )
    where = draw(st.sampled_from(WHERE))
    return draw(
        st.sampled_from(
            [
                f"{{ cohort{where} {{ {cohort} }} }}",
                f"{{ salaryRecords(first: {5 * first}) {{ nodes {{ id pay {{ baseSalary }} }} }} }}",
                f"{{ factorValues(factor: METRO, first: {5 * first}) {{ nodes {{ code records }} }} }}",
                '{ factorValues(factor: METRO, search: "s", first: 10) { totalCount } }',
                '{ readTitle(title: "Senior ML Engineer, Computer Vision (m/f/d)") { certainty } }',
                "{ compareCohorts(a: {level: [SENIOR]}, b: {level: [MID]}) { p50 { amount } cautions { code } } }",
                f"{{ benchmarkOffer(offer: {OFFER}) {{ rank {{ rank }} }} }}",
                '{ cohort(where: {role: ["data-scientis"]}) { size } }',
            ]
        )
    )


OFFER = '{profile: {role: "data-scientist", country: "us", level: SENIOR}, baseSalary: 150000}'


@pytest.mark.slow
@settings(
    max_examples=150,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)
@given(query=full_queries())
def test_points_are_worth_the_work_of_a_full_response(world: World, query: str) -> None:
    cost, work = cost_and_work(world, query, {})
    assert cost <= FACTOR * work
    assert work <= FACTOR * cost
