"""The accuracy of estimates: `python -m bench.estimates [FOLDER]`, with real data sets from ../shared/data.

Each data set is imported into a new database and indexed. Five-fold cross-validation: each part in turn is held out and
estimated from the other four by the model, by the most specific cohort and by a linear model.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import OneHotEncoder
from threadpoolctl import threadpool_limits

from bench.environment import database
from bench.markdown import table
from seed.importer.importing import import_file
from seed.importer.mapping import builtin_mapping
from service.index.build import build_current_index
from service.index.columns import AmountColumn
from service.index.index import RankIndex
from service.index.order import Order
from service.market.cohort import Cohort
from service.market.estimate import MAX_RECORDS, FittedEstimator, estimate, sketch_records, training_data
from service.market.observations import Observations, observations
from service.market.profile import MULTI_VALUED, SINGLE_VALUED, Profile
from service.market.relaxation import most_specific_cohort
from service.stats.estimator import QUANTILES, Bools, fit_estimator, mask_factors
from service.stats.percentiles import percentile
from service.store.database import Edition
from service.vocabulary.factors import Factor
from service.vocabulary.measures import DOLLARS, Measure

FILES = {
    "aijobs": "aijobs_salaries_2025-08-03.csv.gz",
    "lca": "us_dol_lca_fy2024q1_certified_fulltime.csv.gz",
    "stackoverflow-2025": "stackoverflow_2025_compensation_extract.csv.gz",
    "stackoverflow-2017": "stackoverflow_2017_compensation_extract.csv.gz",
}
PARTS, REQUESTS, MIN_RECORDS, SEED = 5, 200, 5, 1

NOTES = f"""
- Coverage: the percentage of held-out records with pay from P25 to P75; the nominal value is 50. The next two columns are
  the coverage of cohorts and of the linear model.
- Loss: the pinball loss in dollars, the mean over P25, P50 and P75 and over all records, each of which is held out once.
- Fewer answers: the coverage when each record reports only a random share of its answers.
- Cohorts: the quartiles of the most specific cohort of the same answers with at least 20 records, as for offers.
- Linear: least squares of log pay on an indicator for each value of each factor and the year, and quantiles of residuals.
- A record is estimated in its own year, and no model uses the source type. The model uses at most {MAX_RECORDS:,} records.
- Fit: seconds on one core for four fifths of the records. Request: the median of {REQUESTS} profiles, in milliseconds.
"""

HEADER = (
    "data set",
    "records",
    "coverage",
    "fewer answers",
    "cohorts",
    "linear",
    "loss",
    "cohorts",
    "linear",
    "fit",
    "request",
)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_MIN_CATEGORY = 10


@dataclass(frozen=True, slots=True)
class EstimateErrors:
    """`float64[n]` pay and `float64[n, 3]` quantiles (P25, P50, P75) of held-out records, in dollars."""

    pay: Floats
    model: Floats
    fewer_answers: Floats
    cohorts: Floats
    linear: Floats
    fit: float
    request: float


def run(path: Path, code: str) -> EstimateErrors:
    with database() as url:
        import_file(url, builtin_mapping(code), str(path))
        index = build_current_index(url)
    measure = max((Measure.BASE_SALARY, Measure.TOTAL_COMPENSATION), key=lambda one: len(index.order(one)))
    return cross_validate(index, measure)


def cross_validate(index: RankIndex, measure: Measure) -> EstimateErrors:
    found = observations(Cohort(index), measure, len(index.order(measure)))
    answers, logs, parents = training_data(found, index.reference.taxonomy)
    profiles = profiles_of(found, index)
    parts = np.array_split(np.random.default_rng(SEED).permutation(len(found)), PARTS)
    outcomes = []
    for part in parts:
        held = np.sort(part)
        training = np.setdiff1d(np.arange(len(found)), held)
        used = np.sort(np.random.default_rng(SEED).permutation(training)[:MAX_RECORDS])
        start = process_time()
        model = fit_estimator(answers.take(used), logs[used], parents, MIN_RECORDS)
        seconds = process_time() - start
        matrix = model.encoder.matrix(answers.take(held))
        held_profiles = [profiles[row] for row in held]
        fitted = FittedEstimator(
            model, measure, Edition(1, datetime.now(UTC), 0), len(used), (), sketch_records(index.order(measure))
        )
        outcomes.append(
            EstimateErrors(
                pay=found.amounts[held],
                model=model.quantiles(matrix),
                fewer_answers=model.quantiles(
                    mask_factors(matrix, model.encoder.factors, _masked(model.encoder.factors, len(held)))
                ),
                cohorts=CohortQuartiles.of(index, measure, training).quantiles(held_profiles),
                linear=linear(found, found.amounts, training, held),
                fit=seconds,
                request=_request_milliseconds(fitted, held_profiles, index),
            )
        )
    return _joined(outcomes)


def _masked(factors: Sequence[Factor], size: int) -> dict[Factor, Bools]:
    rng = np.random.default_rng(SEED)
    share = rng.random(size)
    return {factor: rng.random(size) < share for factor in dict.fromkeys(factors) if factor is not Factor.YEAR}


def _request_milliseconds(fitted: FittedEstimator, profiles: Sequence[Profile], index: RankIndex) -> float:
    """The median for an estimate with its contributions; records with a band of years are skipped."""
    taxonomy, times = index.reference.taxonomy, []
    for profile in [one for one in profiles if not isinstance(one.experience, str)][:REQUESTS]:
        start = perf_counter()
        estimate(fitted, profile, taxonomy, "USD", 1.0)
        times.append(perf_counter() - start)
    return 1000 * float(np.median(times)) if times else float("nan")


def _joined(outcomes: Sequence[EstimateErrors]) -> EstimateErrors:
    def all_of(name: str) -> Floats:
        return np.concatenate([getattr(one, name) for one in outcomes])

    return EstimateErrors(
        pay=all_of("pay"),
        model=all_of("model"),
        fewer_answers=all_of("fewer_answers"),
        cohorts=all_of("cohorts"),
        linear=all_of("linear"),
        fit=float(np.median([one.fit for one in outcomes])),
        request=float(np.median([one.request for one in outcomes])),
    )


def loss(pay: Floats, quantiles: Floats) -> float:
    """The mean pinball loss over the levels, in dollars (Koenker and Bassett 1978).

    >>> loss(np.array([100.0]), np.array([[80.0, 100.0, 120.0]]))
    3.3333333333333335
    """
    over = pay[:, None] - quantiles
    levels = np.array(QUANTILES)
    return float(np.maximum(levels * over, (levels - 1) * over).mean())


def coverage(pay: Floats, quantiles: Floats) -> float:
    """The percentage of records with pay from the first to the last quantile."""
    return 100 * float(np.mean((quantiles[:, 0] <= pay) & (pay <= quantiles[:, -1])))


def row(code: str, found: EstimateErrors) -> tuple[str, ...]:
    every = (found.model, found.fewer_answers, found.cohorts, found.linear)
    shares = [f"{coverage(found.pay, quantiles):.1f}" for quantiles in every]
    losses = [f"{loss(found.pay, quantiles):,.0f}" for quantiles in (found.model, found.cohorts, found.linear)]
    return code, f"{len(found.pay):,}", *shares, *losses, f"{found.fit:.1f}", f"{found.request:.1f}"


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data")
    missing = [name for name in FILES.values() if not (folder / name).is_file()]
    if missing:
        sys.exit(
            f"Estimates are measured on real data, but {folder} lacks {', '.join(missing)}. Pass the folder that has them."
        )
    with threadpool_limits(1):
        rows = [row(code, run(folder / name, code)) for code, name in FILES.items()]
    sys.stdout.write("\n".join((table(HEADER, rows), NOTES)))


if __name__ == "__main__":
    main()


def profiles_of(found: Observations, index: RankIndex) -> list[Profile]:
    """The factors of each record as a profile."""
    code = {value: index.reference.taxonomy[value].code for part in (found.one, _items(found)) for value in _numbers(part)}
    many: list[dict[Factor, list[str]]] = [{} for _ in range(len(found))]
    for factor, listed in found.many.items():
        if factor in MULTI_VALUED:
            for row, number in zip(listed.rows.tolist(), listed.items.decode().tolist(), strict=True):
                many[row].setdefault(factor, []).append(code[number])
    single = {factor: found.one[factor].decode().tolist() for factor in (*SINGLE_VALUED, Factor.EXPERIENCE)}
    return [
        Profile(
            {factor: code[single[factor][row]] for factor in SINGLE_VALUED if single[factor][row]},
            {factor: tuple(sorted(codes)) for factor, codes in many[row].items()},
            # the code of a band if the record has a band of years
            cast(int, code[single[Factor.EXPERIENCE][row]]) if single[Factor.EXPERIENCE][row] else None,
        )
        for row in range(len(found))
    ]


def _items(found: Observations) -> dict[Factor, Any]:
    return {factor: listed.items for factor, listed in found.many.items()}


def _numbers(coded: Any) -> Iterator[int]:
    return (number for one in coded.values() for number in one.categories)


@dataclass
class CohortQuartiles:
    """The quartiles of the service's most specific cohorts, from the training records only."""

    index: RankIndex
    measure: Measure

    @classmethod
    def of(cls, index: RankIndex, measure: Measure, rows: Ints) -> "CohortQuartiles":
        """For an index with only the records in these rows of its order."""
        order, columns = index.order(measure), index.columns
        reported = np.zeros(columns.size, np.bool_)
        reported[order.rows[rows]] = True
        values = columns.amounts[measure][0].astype(np.int64)
        training = Order.of(columns, index.reference.taxonomy, AmountColumn(values, reported))
        return cls(replace(index, orders={(measure, DOLLARS): training}), measure)

    def quantiles(self, profiles: list[Profile]) -> Floats:
        all_records = self.index.order(self.measure).selection(())
        known: dict[str, list[float]] = {}
        for profile in profiles:
            key = repr(profile)
            if key not in known:
                peers = most_specific_cohort(self.index, profile, measure=self.measure) or all_records
                known[key] = [percentile(peers, level) for level in QUANTILES]
        return np.array([known[repr(profile)] for profile in profiles])


def linear(found: Observations, amounts: Floats, training: Ints, held: Ints) -> Floats:
    """Quantiles of least squares of log pay on an indicator for each value of each factor and the year."""
    single = np.column_stack([found.one[factor].codes for factor in (*SINGLE_VALUED, Factor.EXPERIENCE, Factor.YEAR)])
    columns = OneHotEncoder(min_frequency=_MIN_CATEGORY, handle_unknown="infrequent_if_exist").fit(single[training])
    carried = [
        sparse.csr_array(
            (np.ones(len(listed.rows)), (listed.rows.astype(np.int64), listed.items.codes.astype(np.int64))),
            (len(found), len(listed.items.categories) + 1),
        )
        for factor, listed in found.many.items()
        if factor in MULTI_VALUED
    ]

    def design(rows: Ints) -> Any:
        return sparse.hstack([columns.transform(single[rows]), *(part[rows] for part in carried)], format="csr")

    logs = np.log(amounts[training])
    model = LinearRegression().fit(design(training), logs)
    residuals = logs - model.predict(design(training))
    return cast(Floats, np.exp(model.predict(design(held))[:, None] + np.quantile(residuals, QUANTILES)))
