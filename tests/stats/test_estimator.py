"""The estimator: its correction worked by hand, what it may tell apart, and its coverage of records that it has not seen."""

import gzip
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.sample_tables import numbered

from seed.importer.importing import import_file
from seed.importer.mapping import builtin_mapping
from seed.sample import sample_batches
from service.index.build import sort_columns
from service.index.build import build_current_index
from service.market.cohort import Cohort
from service.market.estimate import training_data
from service.market.observations import Observations, observations
from service.stats.estimator import Features, fit_encoder, mask_factors
from service.stats.estimator import LEVELS, Estimator, corrections, covered, fit_estimator
from service.store.reference import Reference
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure

Floats = npt.NDArray[np.float64]
TrainingData = tuple[Features, Floats, dict[int, int]]


@pytest.fixture(scope="module")
def reference() -> Reference:
    return numbered(1)


def sampled(reference: Reference, count: int, seed: int) -> TrainingData:
    """A made-up sample without a database."""
    columns = sort_columns(sample_batches(reference, count, seed), reference.taxonomy)
    amounts, told = columns.amounts[Measure.BASE_SALARY]
    months = columns.months.decode()
    pay = np.where(told, amounts, 0).astype(float)
    return training_data(Observations(pay, months, columns.one, columns.many, count), reference.taxonomy)


def test_the_correction_by_hand() -> None:
    """Seven records: a new one lies below the second smallest in 2 of 8 cases, below the fourth in 4, the sixth in 6."""
    truth = np.array([13.0, 11.0, 17.0, 12.0, 16.0, 14.0, 15.0])
    predicted = np.tile([10.0, 13.0, 20.0], (7, 1))
    assert corrections(predicted, truth).tolist() == [2.0, 1.0, -4.0]


def test_between_two_ranks_the_correction_is_interpolated() -> None:
    """Of five records the quarter lies at rank 1.5 and three quarters at rank 4.5."""
    assert corrections(np.zeros((5, 3)), np.array([1.0, 2.0, 4.0, 8.0, 16.0])).tolist() == [1.5, 4.0, 12.0]


@given(st.integers(0, 2**32 - 1), st.integers(20, 200))
def test_corrected_quantiles_have_their_share_below_whatever_was_predicted(seed: int, records: int) -> None:
    rng = np.random.default_rng(seed)
    predicted, truth = rng.normal(0, 3, (records, 3)), rng.normal(1, 2, records)
    below = (truth[:, None] <= predicted + corrections(predicted, truth)).mean(axis=0)
    assert np.abs(below - LEVELS).max() <= 1 / records + 1e-9


def test_crossing_quantiles_count_as_ordered() -> None:
    assert covered(np.array([[2.0, 1.0, 0.0]]), np.array([1.0])) == 1.0


def test_the_same_records_give_the_same_estimator(reference: Reference) -> None:
    answers, logs, parents = sampled(reference, 400, 5)
    first, again = fit_estimator(answers, logs, parents, 5), fit_estimator(answers, logs, parents, 5)
    matrix = first.encoder.matrix(answers)
    assert np.array_equal(first.quantiles(matrix), again.quantiles(again.encoder.matrix(answers)))
    assert (first.coverage, first.newest, first.records, first.calibration_records) == (again.coverage, again.newest, 400, 200)
    silent = mask_factors(matrix, first.encoder.factors, {one: np.zeros(400, np.bool_) for one in first.encoder.factors})
    for rows in (matrix, silent):
        low, middle, high = first.quantiles(rows).T
        assert (low <= middle).all()
        assert (middle <= high).all()
        assert np.array_equal(middle, first.medians(rows))
    assert len(np.unique(first.quantiles(silent), axis=0)) == 1


def test_values_that_few_records_carry_count_to_what_they_lie_in() -> None:
    """Values 2 and 3 lie in 1, and 3 is carried by 4 records; 6, by itself, by 3. Value 5 lies in 1 and nobody tells it."""
    numbers = np.array([2] * 20 + [3] * 4 + [6] * 3 + [0] * 3 + [4] * 10)
    parents = {1: 0, 2: 1, 3: 1, 4: 0, 5: 1, 6: 0}
    answers = Features(40, {Factor.ROLE: numbers}, {Factor.YEAR: np.full(40, 2025.0)}, {})
    found, matrix = fit_encoder(answers, np.linspace(10, 11, 40), parents, 5)
    assert found.factors == [Factor.ROLE, Factor.ROLE, Factor.ROLE, Factor.YEAR]
    told = ~np.isnan(matrix[:, :3])
    assert [told[row].tolist() for row in (0, 20, 24, 29)] == [
        [True, True, True],
        [False, False, True],
        [False, False, False],
        [False, False, False],
    ]
    [_, widely] = found.encodings
    assert {number: widely.codes.get(number, 0) for number in (1, 2, 3, 4, 5, 6)} == {1: 1, 2: 1, 3: 1, 4: 2, 5: 1, 6: 0}


def test_a_common_value_is_told_alike_in_all_records(reference: Reference) -> None:
    """Trees could tell from small differences whose pay it was worked out without."""
    answers, logs, parents = sampled(reference, 3_000, 6)
    found, matrix = fit_encoder(answers, logs, parents, 5)
    country = found.factors.index(Factor.COUNTRY)
    numbers = answers.one[Factor.COUNTRY]
    common = np.bincount(numbers)[1:].argmax() + 1
    assert len(np.unique(matrix[numbers == common, country])) == 1


def shares(model: Estimator, answers: Features, logs: Floats) -> list[float]:
    """The share of records below P25, P50 and P75."""
    below = np.exp(logs)[:, None] < model.quantiles(model.encoder.matrix(answers))
    return [float(share) for share in below.mean(axis=0)]


def inside(model: Estimator, matrix: Floats, logs: Floats) -> float:
    low, _, high = model.quantiles(matrix).T
    return float(np.mean((low <= np.exp(logs)) & (np.exp(logs) <= high)))


@pytest.fixture(scope="module")
def learned(reference: Reference) -> Estimator:
    answers, logs, parents = sampled(reference, 6_000, 7)
    return fit_estimator(answers, logs, parents, 5)


@pytest.mark.slow
def test_coverage_of_new_records_of_the_sample(reference: Reference, learned: Estimator) -> None:
    model = learned
    fresh, truth, _ = sampled(reference, 6_000, 8)
    assert shares(model, fresh, truth) == pytest.approx(LEVELS, abs=0.03)
    matrix = model.encoder.matrix(fresh)
    assert inside(model, matrix, truth) == pytest.approx(0.5, abs=0.03)
    assert model.coverage == pytest.approx(0.5, abs=0.03)
    kept = np.random.default_rng(1).random((len(truth), len(Factor))) < 0.5
    some = {factor: kept[:, place] for place, factor in enumerate(Factor) if factor is not Factor.YEAR}
    assert inside(model, mask_factors(matrix, model.encoder.factors, some), truth) == pytest.approx(0.5, abs=0.04)


def spread(model: Estimator, matrix: Floats) -> float:
    quantiles = model.quantiles(matrix)
    return float(np.median(np.log(quantiles[:, 2] / quantiles[:, 0])))


@pytest.mark.slow
def test_who_tells_less_gets_a_wider_range(reference: Reference, learned: Estimator) -> None:
    model, (answers, logs, _) = learned, sampled(reference, 3_000, 9)
    matrix, factors = model.encoder.matrix(answers), model.encoder.factors
    nobody = np.zeros(len(logs), np.bool_)
    where = dict.fromkeys((Factor.COUNTRY, Factor.SUBDIVISION, Factor.METRO), nobody)
    silent = dict.fromkeys(set(Factor) - {Factor.YEAR}, nobody)
    spreads = [spread(model, part) for part in (matrix, mask_factors(matrix, factors, where), mask_factors(matrix, factors, silent))]
    assert spreads == sorted(spreads)
    assert spreads[0] * 1.5 < spreads[2]


@pytest.mark.slow
@pytest.mark.real_data
@pytest.mark.parametrize(
    ("code", "name", "rows"),
    [
        ("aijobs", "aijobs_salaries_2025-08-03.csv.gz", 24_000),
        ("stackoverflow-2025", "stackoverflow_2025_compensation_extract.csv.gz", 8_000),
    ],
)
def test_coverage_of_real_records(
    database_url: str, data_files: Path, tmp_path: Path, code: str, name: str, rows: int
) -> None:
    """On the file's first rows; all data sets in full are in `bench.estimates`."""
    lines = gzip.decompress((data_files / name).read_bytes()).splitlines(keepends=True)
    (tmp_path / "part.csv").write_bytes(b"".join(lines[: rows + 1]))
    import_file(database_url, builtin_mapping(code), str(tmp_path / "part.csv"), refused_dir=tmp_path)
    index = build_current_index(database_url)
    measure = max((Measure.BASE_SALARY, Measure.TOTAL_COMPENSATION), key=lambda one: len(index.order(one)))
    answers, logs, parents = training_data(observations(Cohort(index), measure, 10_000), index.reference.taxonomy)
    dealt = np.random.default_rng(1).permutation(len(logs))
    held, used = np.sort(dealt[: len(logs) // 3]), np.sort(dealt[len(logs) // 3 :])
    model = fit_estimator(answers.take(used), logs[used], parents, 5)
    assert inside(model, model.encoder.matrix(answers.take(held)), logs[held]) == pytest.approx(0.5, abs=0.03)
    assert model.coverage == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("least", [5, 25])
def test_no_leaf_rests_on_fewer_than_may_be_told(reference: Reference, least: int) -> None:
    """Each record is learned from as often as there are copies, so a leaf has at least so many times as many rows."""
    answers, logs, parents = sampled(reference, 600, 2)
    found = fit_estimator(answers, logs, parents, least)
    rows = found.models[1]._predictors[0][0].nodes["count"][0]
    copies = rows // (found.records - found.calibration_records)
    leaves = [
        int(node["count"])
        for model in found.models
        for [tree] in model._predictors
        for node in tree.nodes
        if node["is_leaf"]
    ]
    assert min(leaves) >= least * copies
    assert (copies, len(leaves) > 300) == (9, True)
