"""Profiles: the person and job that pay is compared or estimated for, as codes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from service.errors import InputError, ProblemCode, collected_problems
from service.vocabulary.factors import FACTORS, NOT_IN_PROFILES, PLACES, SINGLE, Factor
from service.vocabulary.taxonomy import Taxonomy, complete_places
from service.vocabulary.terms import FactorValue
from service.vocabulary.units import MAX_YEARS

_places = iter(PLACES)
SINGLE_VALUED = tuple(
    next(_places) if factor in PLACES else factor
    for factor in SINGLE
    if factor not in NOT_IN_PROFILES and factor is not Factor.EXPERIENCE
)
"""Factors of which a profile has at most one code, in the order of the registry but with the narrowest place first."""

MULTI_VALUED = (Factor.SPECIALIZATION, Factor.SKILL, Factor.CERTIFICATION)
"""Factors of which a profile may have several codes."""

MAX_PROFILE_CODES = 50


@dataclass(frozen=True, slots=True)
class Profile:
    """Known codes by factor. Places are complete: a metro area comes with its subdivision and country.

    `experience` is in whole years. A factor that is missing is not used. Created by `profile_of`.
    """

    one: Mapping[Factor, str] = field(default_factory=dict)
    many: Mapping[Factor, tuple[str, ...]] = field(default_factory=dict)
    experience: int | None = None

    def __hash__(self) -> int:
        return hash((frozenset(self.one.items()), frozenset(self.many.items()), self.experience))

    def codes(self, factor: Factor) -> tuple[str, ...]:
        """The profile's codes of a factor: none, one or several."""
        if factor is Factor.EXPERIENCE:
            return () if self.experience is None else (str(self.experience),)
        return self.many.get(factor, ()) or ((self.one[factor],) if factor in self.one else ())


def profile_of(
    taxonomy: Taxonomy,
    one: Mapping[Factor, str],
    many: Mapping[Factor, Iterable[str]] | None = None,
    experience: int | None = None,
) -> Profile:
    """A checked profile with complete places. Factors that profiles do not have are ignored.

    Raises InputError with every problem: unknown codes, with the nearest ones, places that contradict each other, more than
    MAX_PROFILE_CODES codes of a factor, and years of experience outside 0 to MAX_YEARS.
    """
    values: dict[Factor, FactorValue] = {}
    places: dict[Factor, FactorValue] = {}
    listed = {factor: tuple(dict.fromkeys(codes)) for factor, codes in (many or {}).items() if factor in MULTI_VALUED}
    with collected_problems() as problems:
        for factor in (factor for factor in SINGLE_VALUED if factor in one):
            with problems.at(factor.value):
                values[factor] = taxonomy.find(factor, one[factor], suggests=problems.suggests)
        with problems.at():
            places = complete_places(taxonomy, [values[factor] for factor in PLACES if factor in values])
        for factor, codes in listed.items():
            with problems.at(f"{factor.value}s"):
                _check_codes(taxonomy, factor, codes)
        with problems.at(Factor.EXPERIENCE.value):
            _check_experience(experience)
    single = {factor: value.code for factor, value in (values | places).items()}
    return Profile(single, {factor: codes for factor, codes in listed.items() if codes}, experience)


def _check_experience(years: int | None) -> None:
    if years is not None and not 0 <= years <= MAX_YEARS:
        message = f"Years of experience must be from 0 to {MAX_YEARS}, got {years}."
        raise InputError(message, code=ProblemCode.OUT_OF_RANGE)


def _check_codes(taxonomy: Taxonomy, factor: Factor, codes: tuple[str, ...]) -> None:
    if len(codes) > MAX_PROFILE_CODES:
        raise InputError(
            f"A profile takes at most {MAX_PROFILE_CODES} codes per factor; {FACTORS[factor].label} has {len(codes)}. "
            "Remove some.",
            code=ProblemCode.OUT_OF_RANGE,
        )
    with collected_problems() as problems:
        for number, code in enumerate(codes):
            with problems.at(number):
                taxonomy.find(factor, code, suggests=problems.suggests)
