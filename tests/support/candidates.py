"""Candidate records written by hand, equal except for what a test gives."""

from typing import Any

from service.intake.anonymisation import QUASI_IDENTIFIERS, AnonymisedRecord, CandidateRecord, ContributedPay, anonymise
from service.vocabulary.factors import Factor
from service.vocabulary.terms import FxRate
from service.vocabulary.units import Rates, parse_month
from support.sample_tables import numbered_reference

REFERENCE = numbered_reference(1)
TAXONOMY = REFERENCE.taxonomy
RATES = Rates(
    [FxRate("USD", 2026, 1.0), FxRate("EUR", 2026, 1.0824), FxRate("EUR", 2025, 1.13), FxRate("INR", 2026, 0.0115)]
)
ALL_CODES = {
    "employer": "example-robotics",
    "metro": "san-francisco",
    "subdivision": "us-ca",
    "country": "us",
    "role": "machine-learning-engineer",
    "level": "senior",
    "experience": "5",
}


def candidate(*without: str, pay: ContributedPay | None = None, effective: str = "2026-01", **other: Any) -> CandidateRecord:
    """A record with the default codes, without some and with others; lists are values of a multi-valued factor."""
    codes = {name: code for name, code in {**ALL_CODES, **other}.items() if name not in without}
    one = {Factor(name): TAXONOMY.find(Factor(name), code).id for name, code in codes.items() if isinstance(code, str)}
    many = {
        Factor(name): [TAXONOMY.find(Factor(name), code).id for code in listed]
        for name, listed in codes.items()
        if not isinstance(listed, str)
    }
    return CandidateRecord(one, many, parse_month(effective), pay or ContributedPay("USD", 100_000))


def anonymised(*candidates: CandidateRecord, k: int = 3) -> dict[int, AnonymisedRecord]:
    return anonymise(dict(enumerate(candidates)), k, TAXONOMY, RATES)


def quasi_identifiers(record: AnonymisedRecord) -> dict[str, str]:
    return {factor.value: TAXONOMY[record.one[factor]].code for factor in QUASI_IDENTIFIERS if factor in record.one}


def codes(record: AnonymisedRecord, factor: Factor) -> set[str]:
    return {TAXONOMY[number].code for number in record.many.get(factor, ())}


def without(*names: str, **instead: str) -> dict[str, str]:
    return {name: code for name, code in ALL_CODES.items() if name not in names} | instead


ROBOTICS, SPEECH, VISION = "example-robotics", "example-speech", "example-vision-labs"
