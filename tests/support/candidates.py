"""Candidates written out by hand: alike in all but what is given."""

from typing import Any

from service.intake.anonymisation import QUASI_IDENTIFIERS, CandidateRecord, AnonymisedRecord, anonymise
from service.intake.anonymisation import AnnualPay
from service.vocabulary.factors import Factor
from service.vocabulary.units import Rates
from service.vocabulary.units import parse_month
from service.vocabulary.terms import FxRate
from support.sample_tables import numbered

REFERENCE = numbered(1)
TAXONOMY = REFERENCE.taxonomy
RATES = Rates(
    [FxRate("USD", 2026, 1.0), FxRate("EUR", 2026, 1.0824), FxRate("EUR", 2025, 1.13), FxRate("INR", 2026, 0.0115)]
)
FULL = {
    "employer": "example-robotics",
    "metro": "san-francisco",
    "subdivision": "us-ca",
    "country": "us",
    "role": "machine-learning-engineer",
    "level": "senior",
    "experience": "5",
}


def who(*without: str, pay: AnnualPay | None = None, effective: str = "2026-01", **other: Any) -> CandidateRecord:
    """A contributor like all others but for what is given; lists are values of a many-valued factor."""
    codes = {name: code for name, code in {**FULL, **other}.items() if name not in without}
    one = {Factor(name): TAXONOMY.find(Factor(name), code).id for name, code in codes.items() if isinstance(code, str)}
    many = {
        Factor(name): [TAXONOMY.find(Factor(name), code).id for code in listed]
        for name, listed in codes.items()
        if not isinstance(listed, str)
    }
    return CandidateRecord(one, many, parse_month(effective), pay or AnnualPay("USD", 100_000))


def protected(*candidates: CandidateRecord, k: int = 3) -> dict[int, AnonymisedRecord]:
    return anonymise(dict(enumerate(candidates)), k, TAXONOMY, RATES)


def identity(record: AnonymisedRecord) -> dict[str, str]:
    return {factor.value: TAXONOMY[record.one[factor]].code for factor in QUASI_IDENTIFIERS if factor in record.one}


def codes(record: AnonymisedRecord, factor: Factor) -> set[str]:
    return {TAXONOMY[number].code for number in record.many.get(factor, ())}


def without(*names: str, **instead: str) -> dict[str, str]:
    return {name: code for name, code in FULL.items() if name not in names} | instead


ROBOTICS, SPEECH, VISION = "example-robotics", "example-speech", "example-vision-labs"
