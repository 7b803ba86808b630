"""The estimator: its corrections by hand, its encoder, and its coverage of held-out records."""

import gzip
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.sample_tables import numbered_reference

from seed.importer.importing import import_file
from seed.importer.mapping import builtin_mapping
from seed.sample import sample_batches
from service.index.build import build_current_index, sort_columns
from service.market.cohort import Cohort
from service.market.estimate import training_data
from service.market.observations import Observations, observations
from service.stats.estimator import (
    QUANTILES,
    Estimator,
    Features,
    corrections,
    empirical_coverage,
    fit_encoder,
    fit_estimator,
    mask_factors,
)
from service.store.reference import Reference
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure

Floats = npt.NDArray[np.float64]
TrainingData = tuple[Features, Floats, dict[int, int]]


@pytest.fixture(scope="module")
def reference() -> Reference:
    return numbered_reference(1)


def sampled(reference: Reference, count: int, seed: int) -> TrainingData:
    """A generated sample without a database."""
    columns = sort_columns(sample_batches(reference, count, seed), reference.taxonomy)
    amounts, reported = columns.amounts[Measure.BASE_SALARY]
    months = columns.months.decode()
    pay = np.where(reported, amounts, 0).astype(float)
    return training_data(Observations(pay, months, columns.one, columns.many, count), reference.taxonomy)


def test_corrections_by_hand() -> None:
    """Of seven records: a new one is below the second smallest in 2 of 8 cases, below the fourth in 4, the sixth in 6."""
    truth = np.array([13.0, 11.0, 17.0, 12.0, 16.0, 14.0, 15.0])
    predicted = np.tile([10.0, 13.0, 20.0], (7, 1))
    assert corrections(predicted, truth).tolist() == [2.0, 1.0, -4.0]


def test_corrections_are_interpolated() -> None:
    """Of five records the first quartile is at rank 1.5 and the third at rank 4.5."""
    assert corrections(np.zeros((5, 3)), np.array([1.0, 2.0, 4.0, 8.0, 16.0])).tolist() == [1.5, 4.0, 12.0]


@given(st.integers(0, 2**32 - 1), st.integers(20, 200))
def test_corrected_quantiles_have_their_share_of_records_below(seed: int, records: int) -> None:
    rng = np.random.default_rng(seed)
    predicted, truth = rng.normal(0, 3, (records, 3)), rng.normal(1, 2, records)
    below = (truth[:, None] <= predicted + corrections(predicted, truth)).mean(axis=0)
    assert np.abs(below - QUANTILES).max() <= 1 / records + 1e-9


def test_crossing_quantiles_are_sorted_for_coverage() -> None:
    assert empirical_coverage(np.array([[2.0, 1.0, 0.0]]), np.array([1.0])) == 1.0


@pytest.mark.slow
def test_the_same_records_give_the_same_estimator(reference: Reference) -> None:
    features, logs, parents = sampled(reference, 400, 5)
    first, again = fit_estimator(features, logs, parents, 5), fit_estimator(features, logs, parents, 5)
    matrix = first.encoder.matrix(features)
    assert np.array_equal(first.quantiles(matrix), again.quantiles(again.encoder.matrix(features)))
    assert (first.coverage, first.newest_year, first.records, first.calibration_records) == (
        again.coverage,
        again.newest_year,
        400,
        200,
    )
    empty = mask_factors(matrix, first.encoder.factors, {one: np.zeros(400, np.bool_) for one in first.encoder.factors})
    for rows in (matrix, empty):
        low, middle, high = first.quantiles(rows).T
        assert (low <= middle).all()
        assert (middle <= high).all()
        assert np.array_equal(middle, first.medians(rows))
    assert len(np.unique(first.quantiles(empty), axis=0)) == 1


def test_rare_values_are_encoded_as_their_ancestors() -> None:
    """1 is the parent of 2, 3 and 5; 3 has 4 records, 5 none; 6 has no parent and 3 records."""
    numbers = np.array([2] * 20 + [3] * 4 + [6] * 3 + [0] * 3 + [4] * 10)
    parents = {1: 0, 2: 1, 3: 1, 4: 0, 5: 1, 6: 0}
    features = Features(40, {Factor.ROLE: numbers}, {Factor.YEAR: np.full(40, 2025.0)}, {})
    found, matrix = fit_encoder(features, np.linspace(10, 11, 40), parents, 5)
    assert found.factors == [Factor.ROLE, Factor.ROLE, Factor.ROLE, Factor.YEAR]
    known = ~np.isnan(matrix[:, :3])
    assert [known[row].tolist() for row in (0, 20, 24, 29)] == [
        [True, True, True],
        [False, False, True],
        [False, False, False],
        [False, False, False],
    ]
    [_, top_level] = found.encodings
    assert {number: top_level.codes.get(number, 0) for number in (1, 2, 3, 4, 5, 6)} == {1: 1, 2: 1, 3: 1, 4: 2, 5: 1, 6: 0}


def test_frequent_values_have_the_same_effect_in_all_records(reference: Reference) -> None:
    """Otherwise trees could infer from small differences in which fold a record is."""
    features, logs, parents = sampled(reference, 3_000, 6)
    found, matrix = fit_encoder(features, logs, parents, 5)
    country = found.factors.index(Factor.COUNTRY)
    numbers = features.one[Factor.COUNTRY]
    common = np.bincount(numbers)[1:].argmax() + 1
    assert len(np.unique(matrix[numbers == common, country])) == 1


def shares(model: Estimator, features: Features, logs: Floats) -> list[float]:
    """The share of records below P25, P50 and P75."""
    below = np.exp(logs)[:, None] < model.quantiles(model.encoder.matrix(features))
    return [float(share) for share in below.mean(axis=0)]


def inside(model: Estimator, matrix: Floats, logs: Floats) -> float:
    low, _, high = model.quantiles(matrix).T
    return float(np.mean((low <= np.exp(logs)) & (np.exp(logs) <= high)))


@pytest.fixture(scope="module")
def learned(reference: Reference) -> Estimator:
    features, logs, parents = sampled(reference, 6_000, 7)
    return fit_estimator(features, logs, parents, 5)


@pytest.mark.slow
def test_coverage_of_new_records_of_the_sample(reference: Reference, learned: Estimator) -> None:
    model = learned
    fresh, truth, _ = sampled(reference, 6_000, 8)
    assert shares(model, fresh, truth) == pytest.approx(QUANTILES, abs=0.03)
    matrix = model.encoder.matrix(fresh)
    assert inside(model, matrix, truth) == pytest.approx(0.5, abs=0.03)
    assert model.coverage == pytest.approx(0.5, abs=0.03)
    known = np.random.default_rng(1).random((len(truth), len(Factor))) < 0.5
    some = {factor: known[:, place] for place, factor in enumerate(Factor) if factor is not Factor.YEAR}
    assert inside(model, mask_factors(matrix, model.encoder.factors, some), truth) == pytest.approx(0.5, abs=0.04)


@pytest.mark.slow
def test_a_tenth_of_new_records_is_beyond_each_tail(reference: Reference, learned: Estimator) -> None:
    """Among all of them: the share may differ for a group, as with any conformal calibration."""
    fresh, truth, _ = sampled(reference, 6_000, 8)
    matrix = learned.encoder.matrix(fresh)
    low, _, high = learned.quantiles(matrix).T
    lowest, highest = learned.tails(matrix, low, high)
    assert np.all((lowest <= low) & (high <= highest))
    assert np.mean(np.exp(truth) < lowest) == pytest.approx(0.1, abs=0.02)
    assert np.mean(np.exp(truth) > highest) == pytest.approx(0.1, abs=0.02)


def spread(model: Estimator, matrix: Floats) -> float:
    quantiles = model.quantiles(matrix)
    return float(np.median(np.log(quantiles[:, 2] / quantiles[:, 0])))


@pytest.mark.slow
def test_fewer_known_factors_give_a_wider_range(reference: Reference, learned: Estimator) -> None:
    model, (features, logs, _) = learned, sampled(reference, 3_000, 9)
    matrix, factors = model.encoder.matrix(features), model.encoder.factors
    unknown = np.zeros(len(logs), np.bool_)
    where = dict.fromkeys((Factor.COUNTRY, Factor.SUBDIVISION, Factor.METRO), unknown)
    empty = dict.fromkeys(set(Factor) - {Factor.YEAR}, unknown)
    spreads = [
        spread(model, part) for part in (matrix, mask_factors(matrix, factors, where), mask_factors(matrix, factors, empty))
    ]
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
    """On the first rows of a file; `bench.estimates` uses all data sets in full."""
    lines = gzip.decompress((data_files / name).read_bytes()).splitlines(keepends=True)
    (tmp_path / "part.csv").write_bytes(b"".join(lines[: rows + 1]))
    import_file(database_url, builtin_mapping(code), str(tmp_path / "part.csv"), refused_dir=tmp_path)
    index = build_current_index(database_url)
    measure = max((Measure.BASE_SALARY, Measure.TOTAL_COMPENSATION), key=lambda one: len(index.order(one)))
    features, logs, parents = training_data(observations(Cohort(index), measure, 10_000), index.reference.taxonomy)
    shuffled = np.random.default_rng(1).permutation(len(logs))
    held, used = np.sort(shuffled[: len(logs) // 3]), np.sort(shuffled[len(logs) // 3 :])
    model = fit_estimator(features.take(used), logs[used], parents, 5)
    assert inside(model, model.encoder.matrix(features.take(held)), logs[held]) == pytest.approx(0.5, abs=0.03)
    assert model.coverage == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("min_records", [5, 25])
@pytest.mark.slow
def test_minimum_of_records_in_each_leaf(reference: Reference, min_records: int) -> None:
    """Each record occurs once in each copy, so a leaf has at least as many rows as records times copies."""
    features, logs, parents = sampled(reference, 600, 2)
    found = fit_estimator(features, logs, parents, min_records)
    rows = found.models[1]._predictors[0][0].nodes["count"][0]
    copies = rows // (found.records - found.calibration_records)
    leaves = [
        int(node["count"])
        for model in found.models
        for [tree] in model._predictors
        for node in tree.nodes
        if node["is_leaf"]
    ]
    assert min(leaves) >= min_records * copies
    assert (copies, len(leaves) > 300) == (9, True)
