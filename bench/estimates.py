"""How good estimates are: `python -m bench.estimates [FOLDER]`, on real data sets (by default of ../shared/data).

Each data set alone is imported into a new database and indexed. Its records are dealt into five parts; each part in turn is
held out, and estimated from the other four by the model, by the ladder's cohorts and by a linear model.
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
from threadpoolctl import threadpool_limits

from bench.ground import database
from bench.rivals import Floats, Ladder, linear, profiles_of
from seed.importer.importing import import_file
from seed.importer.mapping_file import builtin_mapping
from service.index.build import build
from service.index.index import RankIndex
from service.market.cohort import Cohort
from service.market.estimate import estimate
from service.market.estimators import MOST_RECORDS, Fitted, material, sketch_of
from service.market.observations import observations
from service.market.profile import Profile
from service.stats.encoding import Bools, without
from service.stats.estimator import LEVELS, fit
from service.store.editions import Edition
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure

FILES = {
    "aijobs": "aijobs_salaries_2025-08-03.csv.gz",
    "lca": "us_dol_lca_fy2024q1_certified_fulltime.csv.gz",
    "stackoverflow-2025": "stackoverflow_2025_compensation_extract.csv.gz",
    "stackoverflow-2017": "stackoverflow_2017_compensation_extract.csv.gz",
}
PARTS, REQUESTS, LEAST, SEED = 5, 200, 5, 1

NOTES = f"""
- Coverage: how many of the held-out records' pay lies from P25 to P75, in percent; 50 is honest. Of cohorts and the linear
  model beside it.
- Loss: the pinball loss in dollars, the mean over P25, P50 and P75 and over all records, each of which is held out once.
- Fewer answers: the coverage where each record tells only some of its answers, a random share of them.
- Cohorts: the quartiles of the narrowest cohort of the same answers with 20 records, by the ladder of offers.
- Linear: least squares of the logarithm on a column for each value of each factor and the year, and quantiles of residuals.
- A record is estimated in its own year, and no model is told its kind of source. Ours takes {MOST_RECORDS:,} at most.
- Fit: seconds of one core for four fifths. Request: the median of {REQUESTS} profiles of records, in milliseconds.
"""

HEAD = (
    "| data set | records | coverage | fewer answers | cohorts | linear | loss | cohorts | linear | fit | request |",
    "| --- |" + " ---: |" * 10,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Row i of each array is the same held-out record; quantiles are P25, P50 and P75 in dollars."""

    pay: Floats
    ours: Floats
    brief: Floats
    cohorts: Floats
    linear: Floats
    fit: float
    request: float


def run(path: Path, code: str) -> Outcome:
    with database() as url:
        import_file(url, builtin_mapping(code), str(path))
        index = build(url)
    measure = max((Measure.BASE_SALARY, Measure.TOTAL_COMPENSATION), key=lambda one: len(index.order(one)))
    return measured(index, measure)


def measured(index: RankIndex, measure: Measure) -> Outcome:
    found = observations(Cohort(index), measure, len(index.order(measure)))
    answers, logs, parents = material(found, index.reference.taxonomy)
    profiles = profiles_of(found, index)
    parts = np.array_split(np.random.default_rng(SEED).permutation(len(found)), PARTS)
    outcomes = []
    for part in parts:
        held = np.sort(part)
        training = np.setdiff1d(np.arange(len(found)), held)
        used = np.sort(np.random.default_rng(SEED).permutation(training)[:MOST_RECORDS])
        start = process_time()
        model = fit(answers.at(used), logs[used], parents, LEAST)
        seconds = process_time() - start
        matrix = model.encoder.matrix(answers.at(held))
        mine = [profiles[row] for row in held]
        fitted = Fitted(model, measure, Edition(1, datetime.now(UTC), 0), len(used), (), sketch_of(index.order(measure)))
        outcomes.append(
            Outcome(
                pay=found.amounts[held],
                ours=model.quantiles(matrix),
                brief=model.quantiles(without(matrix, model.encoder.factors, _some(model.encoder.factors, len(held)))),
                cohorts=Ladder.of(index, measure, training).quantiles(mine),
                linear=linear(found, found.amounts, training, held),
                fit=seconds,
                request=_request(fitted, mine, index),
            )
        )
    return _joined(outcomes)


def _some(factors: Sequence[Factor], size: int) -> dict[Factor, Bools]:
    rng = np.random.default_rng(SEED)
    share = rng.random(size)
    return {factor: rng.random(size) < share for factor in dict.fromkeys(factors) if factor is not Factor.YEAR}


def _request(fitted: Fitted, profiles: Sequence[Profile], index: RankIndex) -> float:
    """Milliseconds for an estimate with its contributions; records that tell a band of years are passed over."""
    taxonomy, times = index.reference.taxonomy, []
    for profile in [one for one in profiles if not isinstance(one.experience, str)][:REQUESTS]:
        start = perf_counter()
        estimate(fitted, profile, taxonomy, "USD", 1.0)
        times.append(perf_counter() - start)
    return 1000 * float(np.median(times)) if times else float("nan")


def _joined(outcomes: Sequence[Outcome]) -> Outcome:
    def all_of(name: str) -> Floats:
        return np.concatenate([getattr(one, name) for one in outcomes])

    return Outcome(
        pay=all_of("pay"),
        ours=all_of("ours"),
        brief=all_of("brief"),
        cohorts=all_of("cohorts"),
        linear=all_of("linear"),
        fit=float(np.median([one.fit for one in outcomes])),
        request=float(np.median([one.request for one in outcomes])),
    )


def loss(pay: Floats, quantiles: Floats) -> float:
    """The mean pinball loss over the levels: what a quantile that is too low or too high costs (Koenker and Bassett 1978).

    >>> loss(np.array([100.0]), np.array([[80.0, 100.0, 120.0]]))
    3.3333333333333335
    """
    over = pay[:, None] - quantiles
    levels = np.array(LEVELS)
    return float(np.maximum(levels * over, (levels - 1) * over).mean())


def coverage(pay: Floats, quantiles: Floats) -> float:
    """The share from the first to the last quantile, in percent."""
    return 100 * float(np.mean((quantiles[:, 0] <= pay) & (pay <= quantiles[:, -1])))


def row(code: str, found: Outcome) -> str:
    every = (found.ours, found.brief, found.cohorts, found.linear)
    shares = [f"{coverage(found.pay, quantiles):.1f}" for quantiles in every]
    losses = [f"{loss(found.pay, quantiles):,.0f}" for quantiles in (found.ours, found.cohorts, found.linear)]
    return f"| {' | '.join((code, f'{len(found.pay):,}', *shares, *losses, f'{found.fit:.1f}', f'{found.request:.1f}'))} |"


def table(outcomes: Iterable[tuple[str, Outcome]]) -> list[str]:
    return [*HEAD, *(row(code, found) for code, found in outcomes)]


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data")
    missing = [name for name in FILES.values() if not (folder / name).is_file()]
    if missing:
        sys.exit(
            f"Estimates are measured on real data, and {folder} lacks {', '.join(missing)}. Name the folder that has them."
        )
    with threadpool_limits(1):
        lines = table((code, run(folder / name, code)) for code, name in FILES.items())
    sys.stdout.write("\n".join((*lines, NOTES)))


if __name__ == "__main__":
    main()
