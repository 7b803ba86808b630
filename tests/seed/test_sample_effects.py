"""The effects of the sample's model can be estimated from its records."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from support.sample_tables import SIGMAS, carrying, complete, effects

from seed.sample.model import (
    BONUS,
    EFFECTS,
    EQUITY,
    INTERCEPT,
    MISSING_SHARES,
    PAID_BY_INVOICE,
    RESIDUAL,
    SCORES,
    VariablePay,
)
from service.store.reference import Reference
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure


def logs(sample: pa.Table) -> npt.NDArray[np.float64]:
    return np.log(np.asarray(sample["base_salary"], np.float64))


@pytest.mark.slow
def test_least_squares_estimates_every_effect(reference: Reference, sample: pa.Table) -> None:
    """Benefits, which have no effect, are fitted too. Other values without an effect are the baseline."""
    records = complete(sample)
    benefits = [(Factor.BENEFIT, code, 0.0) for code in EFFECTS[Factor.BENEFIT]]
    assert not any(EFFECTS[Factor.BENEFIT].values())
    carried = ((value, carrying(reference, records, *value[:2])) for value in [*effects(EFFECTS), *benefits])
    fitted = {value[:2]: (value[2], mask) for value, mask in carried if mask.sum() >= 2 and (value[2] or value in benefits)}
    truth = np.array([INTERCEPT, *(effect for effect, _ in fitted.values())])
    design = np.column_stack([np.ones(len(records)), *(mask for _, mask in fitted.values())])
    found, _, rank, _ = np.linalg.lstsq(design, logs(records))
    assert rank == len(truth) > 250
    residuals = logs(records) - design @ found
    sigma = np.sqrt(residuals @ residuals / (len(records) - rank))
    errors = sigma * np.sqrt(np.diag(np.linalg.inv(design.T @ design)))
    wrong = np.abs(found - truth) > SIGMAS * errors
    assert not [name for name, off in zip(["intercept", *fitted], wrong, strict=True) if off]
    assert sigma == pytest.approx(RESIDUAL, rel=0.02)


@pytest.mark.slow
def test_residuals_do_not_depend_on_any_value(reference: Reference, sample: pa.Table) -> None:
    records = complete(sample)
    residuals = logs(records) - INTERCEPT
    for factor, code, effect in effects(EFFECTS):
        residuals -= effect * carrying(reference, records, factor, code)
    groups = {(factor, code): residuals[carrying(reference, records, factor, code)] for factor, code, _ in effects(EFFECTS)}
    large = {value: group for value, group in groups.items() if len(group) >= 20}
    assert len(large) > 250
    for value, group in large.items():
        assert abs(group.mean()) < SIGMAS * RESIDUAL / np.sqrt(len(group)), value


@pytest.mark.parametrize(
    ("measure", "model"), [(Measure.BONUS, BONUS), pytest.param(Measure.EQUITY, EQUITY, marks=pytest.mark.slow)]
)
def test_bonus_and_equity_follow_their_model(
    reference: Reference, sample: pa.Table, measure: Measure, model: VariablePay
) -> None:
    records = complete(sample).filter(complete(sample)[measure.value].is_valid())
    extra, base = (np.asarray(records[name], np.float64) for name in (f"{measure}_reported", "base_reported"))
    by_invoice = np.logical_or.reduce(
        [carrying(reference, records, Factor.EMPLOYMENT_TYPE, code) for code in PAID_BY_INVOICE]
    )
    assert by_invoice.any()
    assert not extra[by_invoice].any()
    senior, tested = carrying(reference, records, Factor.LEVEL, "senior"), set()
    for code, probability in model.probability.items():
        here = carrying(reference, records, Factor.EMPLOYER_TYPE, code) & ~by_invoice
        gets = extra[here] > 0
        assert abs(gets.mean() - probability) <= SIGMAS * np.sqrt(probability * (1 - probability) / len(gets))
        shares = np.log((extra / base)[here & senior & (extra > 0)] / (model.share[code] or 1))
        if len(shares) >= 20:
            tested.add(code)
            assert abs(shares.mean()) < SIGMAS * model.spread / np.sqrt(len(shares))
    assert {"private", "public"} <= tested


def test_negotiation_uplift_grows_with_competing_offers(reference: Reference, sample: pa.Table) -> None:
    records = sample.filter(sample["negotiation_uplift"].is_valid())
    uplift = np.asarray(records["negotiation_uplift"])
    means = [uplift[carrying(reference, records, Factor.COMPETING_OFFERS, str(offers))].mean() for offers in range(6)]
    assert means == sorted(means)
    assert means[5] - means[0] > 4


def test_missing_shares_equal_the_model(sample: pa.Table) -> None:
    shares = {factor.value: 1 - share for factor, share in MISSING_SHARES.items()}
    shares |= {measure.value: model.reported for measure, model in SCORES.items()} | {
        "bonus": BONUS.reported,
        "equity": EQUITY.reported,
    }
    for name, share in shares.items():
        reported = 1 - sample[name].null_count / len(sample)
        assert abs(reported - share) < SIGMAS * np.sqrt(share * (1 - share) / len(sample)), name
