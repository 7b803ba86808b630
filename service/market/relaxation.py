"""Relaxation: from the cohort that matches all of a profile, drop one condition at a time until enough records remain."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from service.index.index import Index
from service.index.selection import Selection
from service.market.cohort import Cohort
from service.market.profile import SINGLE_VALUED, Profile
from service.stats.suppression import DEFAULT_RULES, SuppressionRules
from service.vocabulary.conditions import AnyOf, Conditions, NoneOf
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure
from service.vocabulary.taxonomy import Taxonomy
from service.work import Work, count

MIN_RECORDS = 20
"""Records with the measure that make a cohort sufficient: P10 to P90 are shown, and quartiles have an interval."""

_Conditions = tuple[AnyOf, ...]


class MatchCriterion(NamedTuple):
    """A factor to match by the profile's value, or `generalised` to the top-level value that includes it."""

    factor: Factor
    generalised: bool = False


_RANKED = (
    MatchCriterion(Factor.COUNTRY),
    MatchCriterion(Factor.ROLE, generalised=True),
    MatchCriterion(Factor.LEVEL),
    MatchCriterion(Factor.ROLE),
    MatchCriterion(Factor.EXPERIENCE, generalised=True),
    MatchCriterion(Factor.SUBDIVISION),
    MatchCriterion(Factor.METRO),
    MatchCriterion(Factor.EMPLOYMENT_TYPE),
    MatchCriterion(Factor.EMPLOYER_TYPE),
    MatchCriterion(Factor.INDUSTRY),
    MatchCriterion(Factor.EMPLOYER_SIZE),
    MatchCriterion(Factor.EMPLOYER),
    MatchCriterion(Factor.EDUCATION),
    MatchCriterion(Factor.WORK_MODE),
    MatchCriterion(Factor.SPECIALIZATION),
    MatchCriterion(Factor.SKILL),
    MatchCriterion(Factor.CERTIFICATION),
    MatchCriterion(Factor.EXPERIENCE),
)
MATCH_CRITERIA = (
    *_RANKED,
    *(MatchCriterion(factor) for factor in SINGLE_VALUED if MatchCriterion(factor) not in _RANKED),
)
"""The most informative criterion first; they are dropped from the end, factors without a rank before all others.

The order follows the share of the variance of log pay that a factor explains in the sample, in ai-jobs and in the US
filings: country 22 to 47%, level 10 to 24%, experience in bands 18%, role families 8 to 22% and roles within them 2 to 15%,
US states 16%, employer type 5 to 10%, industry 3 to 5%, employer size and education 2%, work mode under 1%. There are three
exceptions. Experience comes after role because level carries most of its information. Employer comes late although one
employer's records are the most informative: they describe its own pay scale, and an offer is compared with the market.
Single years of experience are generalised to bands first, because a year moves pay by 2% and costs most of the records.
"""


@dataclass(frozen=True, slots=True)
class RelaxationStep:
    """A cohort, the factor whose condition was dropped or generalised to reach it, and whether its sample is `sufficient`.

    `dropped` is None in the first step.
    """

    dropped: Factor | None
    cohort: Cohort
    sufficient: bool


def relax(
    index: Index,
    profile: Profile,
    *,
    measure: Measure = Measure.TOTAL_COMPENSATION,
    rules: SuppressionRules = DEFAULT_RULES,
    min_records: int = MIN_RECORDS,
    currency: str = "USD",
    include_sample: bool = False,
) -> list[RelaxationStep]:
    """The steps from the most specific cohort of a profile to the first that is sufficient, or else to the most general one.

    A cohort is sufficient if `min_records` of its records, and as many as the rules need, have the measure. The most general
    cohort has one condition, the country; it is the last step even if it is not sufficient. Records of all kinds of source
    but generated samples count, with `include_sample` these too, and a cohort's cautions describe their mix. Raises
    UnknownCode for codes that the edition does not have.
    """
    conditions = tuple(_conditions(index.reference.taxonomy, profile))
    needed = rules.at_least(min_records)
    real = () if include_sample else without_sample(index)
    remaining, values = _satisfiable(index.selection(real, measure), conditions, needed)
    dropped = [condition for condition in reversed(conditions) if condition not in remaining]
    factors = (None, *(condition.factor for condition in dropped))
    steps = zip(factors, accumulate(dropped, _without, initial=conditions), strict=True)
    sufficient = len(values) >= needed
    count(Work.GROUPS, len(factors))
    return [
        RelaxationStep(
            factor,
            Cohort(index, (*_most_specific(left), *real), currency, rules=rules),
            sufficient and number == len(dropped),
        )
        for number, (factor, left) in enumerate(steps)
    ]


def most_specific_cohort(
    index: Index,
    profile: Profile,
    *,
    measure: Measure,
    rules: SuppressionRules = DEFAULT_RULES,
    min_records: int = MIN_RECORDS,
) -> Selection | None:
    """The measure's values in the cohort that `relax` ends with, without samples; None if that one is not sufficient."""
    needed = rules.at_least(min_records)
    real = index.selection(without_sample(index), measure)
    _, values = _satisfiable(real, _conditions(index.reference.taxonomy, profile), needed)
    return values if len(values) >= needed else None


def without_sample(index: Index) -> Conditions:
    """The condition that leaves out generated sample records; none if the edition has no such records."""
    sample = index.reference.taxonomy.find(Factor.SOURCE_KIND, "sample").id
    has_sample = index.cache.get_or_create(without_sample, lambda: bool(index.selection(()).counts([sample])))
    return (NoneOf(Factor.SOURCE_KIND, frozenset({sample})),) if has_sample else ()


def _conditions(taxonomy: Taxonomy, profile: Profile) -> Iterator[AnyOf]:
    """The conditions of the most specific cohort, the most informative first, without repetitions.

    Any of several values matches: a record that lists all of them only has a longer list.
    """
    generalised: dict[Factor, frozenset[int]] = {}
    for factor, top_level in MATCH_CRITERIA:
        codes = profile.codes(factor)
        if not codes:
            continue
        numbers = [taxonomy.find(factor, code).id for code in codes]
        if top_level:
            yield AnyOf(factor, generalised.setdefault(factor, frozenset(map(taxonomy.root, numbers))))
        elif (values := frozenset(numbers)) != generalised.get(factor):
            yield AnyOf(factor, values)


def _satisfiable(values: Selection, conditions: Iterable[AnyOf], needed: int) -> tuple[_Conditions, Selection]:
    """The conditions that remain in the end, and the records that meet them.

    Conditions are added from the most informative on until one leaves too few records. One that does so because the factor
    is missing from most records is skipped instead: it would distinguish sources rather than pay. In both cases every more
    specific cohort with the condition would be too small as well. The first one, the country, remains in any case.
    """
    remaining: _Conditions = ()
    for condition in conditions:
        narrowed = values.within(condition)
        if len(narrowed) >= needed or not remaining:
            remaining, values = (*remaining, condition), narrowed
        elif 2 * values.count_reported(condition.factor) >= len(values):
            break
    return remaining, values


def _without(conditions: _Conditions, dropped: AnyOf) -> _Conditions:
    return tuple(condition for condition in conditions if condition is not dropped)


def _most_specific(conditions: _Conditions) -> Conditions:
    """One condition for each factor: the specific one where there is a generalised one too."""
    return tuple({condition.factor: condition for condition in conditions}.values())
