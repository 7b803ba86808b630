"""A profile: who pay is for, in codes, as far as it is told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from service.errors import InputError
from service.vocabulary.counts import MOST_YEARS
from service.vocabulary.factors import FACTORS, PLACES, Factor
from service.vocabulary.places import closed
from service.vocabulary.taxonomy import Taxonomy

ONE = (
    Factor.ROLE,
    Factor.LEVEL,
    Factor.EMPLOYMENT_TYPE,
    Factor.WORK_MODE,
    *PLACES,
    Factor.INDUSTRY,
    Factor.EMPLOYER,
    Factor.EMPLOYER_SIZE,
    Factor.EMPLOYER_TYPE,
    Factor.EDUCATION,
)
"""Factors that a profile tells one code of."""

MANY = (Factor.SPECIALIZATION, Factor.SKILL, Factor.CERTIFICATION)
"""Factors that a profile may tell several codes of."""

MOST_CODES = 50


@dataclass(frozen=True, slots=True)
class Profile:
    """Codes by factor, all of them known, and places closed: a metro area brings its subdivision and country.

    `experience` is in whole years. What is left out is not told. Made by `profile_of`.
    """

    one: Mapping[Factor, str] = field(default_factory=dict)
    many: Mapping[Factor, tuple[str, ...]] = field(default_factory=dict)
    experience: int | None = None

    def __hash__(self) -> int:
        return hash((frozenset(self.one.items()), frozenset(self.many.items()), self.experience))

    def codes(self, factor: Factor) -> tuple[str, ...]:
        """What is told of a factor; nothing, one code or several."""
        if factor is Factor.EXPERIENCE:
            return () if self.experience is None else (str(self.experience),)
        return self.many.get(factor, ()) or ((self.one[factor],) if factor in self.one else ())


def profile_of(
    taxonomy: Taxonomy,
    one: Mapping[Factor, str],
    many: Mapping[Factor, Iterable[str]] | None = None,
    experience: int | None = None,
) -> Profile:
    """Check a profile and close its places; factors that no profile has are left out.

    Raises UnknownCode with the nearest codes, and InputError for places that contradict each other, too many codes of a
    factor or years of experience that nobody has.
    """
    values = {factor: taxonomy.find(factor, one[factor]) for factor in ONE if factor in one}
    places = closed(taxonomy, [values[factor] for factor in PLACES if factor in values])
    listed = {factor: tuple(dict.fromkeys(codes)) for factor, codes in (many or {}).items() if factor in MANY}
    for factor, codes in listed.items():
        _check_codes(taxonomy, factor, codes)
    if experience is not None and not 0 <= experience <= MOST_YEARS:
        raise InputError(f"Years of experience are from 0 to {MOST_YEARS}, not {experience}.")
    told = {factor: value.code for factor, value in (values | places).items()}
    return Profile(told, {factor: codes for factor, codes in listed.items() if codes}, experience)


def _check_codes(taxonomy: Taxonomy, factor: Factor, codes: tuple[str, ...]) -> None:
    if len(codes) > MOST_CODES:
        raise InputError(
            f"A profile takes at most {MOST_CODES} codes of one factor; {FACTORS[factor].label} has {len(codes)}."
        )
    for code in codes:
        taxonomy.find(factor, code)
