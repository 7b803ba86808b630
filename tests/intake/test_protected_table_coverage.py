"""How often the intervals of protected tables contain the figure of all people, over years drawn from the sample model."""

from collections import defaultdict
from collections.abc import Mapping
from statistics import median
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from support.sample_tables import numbered_reference

from bench.synthetic_submissions import codes_of
from seed.sample import sample_batches
from service.intake.protected_tables import (
    BY_NAME,
    CONTRIBUTORS,
    TABLES,
    CountedContribution,
    ExactSums,
    counted_contribution,
    protected_cells,
)
from service.vocabulary.answers import SubmissionAnswers
from service.vocabulary.measures import Measure
from service.vocabulary.units import month_of

REFERENCE = numbered_reference(1)
TAXONOMY = REFERENCE.taxonomy
PEOPLE = 50_000
SCORES = (Measure.JOB_SATISFACTION, Measure.CAREER_GROWTH, Measure.WORK_LIFE_BALANCE)


def answers_of(row: Mapping[str, Any]) -> SubmissionAnswers:
    one, many = codes_of(row, TAXONOMY)
    total, uplift = row["total_compensation"], row["negotiation_uplift"]
    amounts = {name: row[f"{name}_reported"] for name in ("bonus", "equity")}
    offer = None
    if total is not None and uplift is not None:
        offer = round((row["base_reported"] + amounts["bonus"] + amounts["equity"]) / (1 + uplift / 100))
    month = month_of(row["effective"].year, row["effective"].month)
    scores = {measure: row[measure.value] for measure in SCORES if row[measure.value] is not None}
    return SubmissionAnswers(
        one, many, month, row["currency"], row["base_reported"], **amounts, initial_offer=offer, scores=scores
    )


@pytest.fixture(scope="module")
def people() -> list[CountedContribution]:
    """Those who report their role and country, compared with the medians of all of them."""
    rows = [row for batch in sample_batches(REFERENCE, PEOPLE, 3) for row in batch.to_pylist()]
    rows = [row for row in rows if row["role"] and row["country"]]
    cohorts = defaultdict(list)
    for row in rows:
        cohorts[row["role"], row["country"]].append(row["base_salary"])
    medians = {cohort: median(pay) for cohort, pay in cohorts.items()}
    return [
        counted_contribution(
            UUID(bytes=row["id"]), answers_of(row), medians[row["role"], row["country"]], TAXONOMY, REFERENCE.rates
        )
        for row in rows
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("contributors", "years"), [(3_000, 24), (10_000, 12), (30_000, 4)])
def test_intervals_cover_the_figures_of_all_people(people: list[CountedContribution], contributors: int, years: int) -> None:
    sums = {table: ExactSums.of(table, people) for table in TABLES if table is not CONTRIBUTORS}
    rng = np.random.default_rng([4, contributors])
    covered: list[bool] = []
    for _ in range(years):
        year = [people[row] for row in rng.integers(0, len(people), contributors)]
        for cell in protected_cells(year, TAXONOMY):
            table, key = BY_NAME[cell.table_name], (cell.value, cell.country)
            if table.quantity and sums[table].numbers[key]:  # noise alone publishes an empty cell once in some years
                true = table.quantity.decode(sums[table].totals[key] / sums[table].numbers[key])
                covered.append(cell.low <= true <= cell.high)
    assert len(covered) > 600
    assert 0.93 <= np.mean(covered) <= 0.97
