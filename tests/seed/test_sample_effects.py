"""The truth of the made-up sample: what is documented can be found in it."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from support.sample_tables import SIGMAS, carrying, effects, whole

from seed.sample.model import SCORES, BONUS, EFFECTS, EQUITY, INTERCEPT, PAID_BY_INVOICE, RESIDUAL, MISSING_SHARES, VariablePay
from service.store.reference import Reference
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure


def logs(sample: pa.Table) -> npt.NDArray[np.float64]:
    return np.log(np.asarray(sample["base_salary"], np.float64))


def test_least_squares_recover_every_documented_effect(reference: Reference, sample: pa.Table) -> None:
    """Benefits are fitted too: the model says that they add nothing. Other values without an effect are the base."""
    told = whole(sample)
    benefits = [(Factor.BENEFIT, code, 0.0) for code in EFFECTS[Factor.BENEFIT]]
    assert not any(EFFECTS[Factor.BENEFIT].values())
    carried = ((value, carrying(reference, told, *value[:2])) for value in [*effects(EFFECTS), *benefits])
    fitted = {value[:2]: (value[2], mask) for value, mask in carried if mask.sum() >= 2 and (value[2] or value in benefits)}
    truth = np.array([INTERCEPT, *(effect for effect, _ in fitted.values())])
    design = np.column_stack([np.ones(len(told)), *(mask for _, mask in fitted.values())])
    found, _, rank, _ = np.linalg.lstsq(design, logs(told))
    assert rank == len(truth) > 250
    residuals = logs(told) - design @ found
    sigma = np.sqrt(residuals @ residuals / (len(told) - rank))
    errors = sigma * np.sqrt(np.diag(np.linalg.inv(design.T @ design)))
    wrong = np.abs(found - truth) > SIGMAS * errors
    assert not [name for name, off in zip(["intercept", *fitted], wrong, strict=True) if off]
    assert sigma == pytest.approx(RESIDUAL, rel=0.02)


def test_what_is_left_after_the_documented_effects_depends_on_nothing(reference: Reference, sample: pa.Table) -> None:
    told = whole(sample)
    left = logs(told) - INTERCEPT
    for factor, code, effect in effects(EFFECTS):
        left -= effect * carrying(reference, told, factor, code)
    for factor, code, _ in effects(EFFECTS):
        group = left[carrying(reference, told, factor, code)]
        if len(group) >= 20:
            assert abs(group.mean()) < SIGMAS * RESIDUAL / np.sqrt(len(group)), (factor, code)


@pytest.mark.parametrize(("measure", "model"), [(Measure.BONUS, BONUS), (Measure.EQUITY, EQUITY)])
def test_bonus_and_equity_follow_their_model(
    reference: Reference, sample: pa.Table, measure: Measure, model: VariablePay
) -> None:
    told = whole(sample).filter(whole(sample)[measure.value].is_valid())
    extra, base = (np.asarray(told[name], np.float64) for name in (f"{measure}_reported", "base_reported"))
    by_invoice = np.logical_or.reduce([carrying(reference, told, Factor.EMPLOYMENT_TYPE, code) for code in PAID_BY_INVOICE])
    assert by_invoice.any()
    assert not extra[by_invoice].any()
    senior = carrying(reference, told, Factor.LEVEL, "senior")
    for code, chance in model.probability.items():
        here = carrying(reference, told, Factor.EMPLOYER_TYPE, code) & ~by_invoice
        gets = extra[here] > 0
        assert abs(gets.mean() - chance) <= SIGMAS * np.sqrt(chance * (1 - chance) / len(gets))
        shares = np.log((extra / base)[here & senior & (extra > 0)] / (model.share[code] or 1))
        if len(shares) >= 20:
            assert abs(shares.mean()) < SIGMAS * model.spread / np.sqrt(len(shares))


def test_negotiation_uplift_grows_with_competing_offers(reference: Reference, sample: pa.Table) -> None:
    told = sample.filter(sample["negotiation_uplift"].is_valid())
    uplift = np.asarray(told["negotiation_uplift"])
    means = [uplift[carrying(reference, told, Factor.COMPETING_OFFERS, str(offers))].mean() for offers in range(6)]
    assert means == sorted(means)
    assert means[5] - means[0] > 4


def test_each_share_that_tells_is_as_documented(sample: pa.Table) -> None:
    shares = {factor.value: 1 - share for factor, share in MISSING_SHARES.items()}
    shares |= {measure.value: answer.reported for measure, answer in SCORES.items()} | {
        "bonus": BONUS.reported,
        "equity": EQUITY.reported,
    }
    for name, share in shares.items():
        told = 1 - sample[name].null_count / len(sample)
        assert abs(told - share) < SIGMAS * np.sqrt(share * (1 - share) / len(sample)), name
