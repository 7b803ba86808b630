"""The ladder: from the narrowest cohort of a profile, one condition less on each rung, to the first that is large enough."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from service.index.index import Index
from service.index.selection import Selection
from service.market.cohort import Cohort
from service.market.profile import Profile
from service.stats.suppression import USUAL, Rules
from service.vocabulary.conditions import AnyOf, Conditions
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure
from service.vocabulary.taxonomy import Taxonomy

ENOUGH = 20
"""Records that carry the measure: with so many, P10 to P90 are told and the quartiles have an interval."""

Steps = tuple[AnyOf, ...]


class Telling(NamedTuple):
    """A factor that pay depends on, by the value that is told or `widely` by the topmost that includes it."""

    factor: Factor
    widely: bool = False


# The most telling first; the ladder drops them from the end. The order follows how much of the variance of log pay a factor
# explains in the sample, in ai-jobs and in the US filings: country 22 to 47%, level 10 to 24%, experience in bands 18%,
# families of roles 8 to 22% and roles within them 2 to 15%, states of the US 16%, kinds of employer 5 to 10%, industry 3 to
# 5%, size of employer and degree 2%, work mode under 1%. Three places are chosen otherwise. Experience stands behind role,
# since most of what it tells the level tells too. One employer's records tell most of all, but of its own scale: an offer is
# held against the market. A single year moves pay by 2% and costs most of the records, so it is widened to its band first.
TELLING = (
    Telling(Factor.COUNTRY),
    Telling(Factor.ROLE, widely=True),
    Telling(Factor.LEVEL),
    Telling(Factor.ROLE),
    Telling(Factor.EXPERIENCE, widely=True),
    Telling(Factor.SUBDIVISION),
    Telling(Factor.METRO),
    Telling(Factor.EMPLOYMENT_TYPE),
    Telling(Factor.EMPLOYER_TYPE),
    Telling(Factor.INDUSTRY),
    Telling(Factor.EMPLOYER_SIZE),
    Telling(Factor.EMPLOYER),
    Telling(Factor.EDUCATION),
    Telling(Factor.WORK_MODE),
    Telling(Factor.SPECIALIZATION),
    Telling(Factor.SKILL),
    Telling(Factor.CERTIFICATION),
    Telling(Factor.EXPERIENCE),
)


@dataclass(frozen=True, slots=True)
class Rung:
    """A cohort, the factor that it asks less of than the rung before, and whether these are `sufficient`."""

    dropped: Factor | None
    cohort: Cohort
    sufficient: bool


def climb(
    index: Index,
    profile: Profile,
    *,
    measure: Measure = Measure.TOTAL_COMPENSATION,
    rules: Rules = USUAL,
    enough: int = ENOUGH,
    currency: str = "USD",
) -> list[Rung]:
    """The rungs from the narrowest cohort to the first with `enough` records that carry the measure, or else to the widest.

    The widest asks for one condition, the country; it is the last rung even where it is not enough. Records of all kinds
    count, as in any cohort, whose cautions tell the mix. Raises UnknownCode for codes that this edition does not know.
    """
    steps = tuple(_steps(index.reference.taxonomy, profile))
    least = max(enough, rules.minimum)
    kept, values = _kept(index.selection((), measure), steps, least)
    dropped = [step for step in reversed(steps) if step not in kept]
    rungs = zip((None, *(step.factor for step in dropped)), accumulate(dropped, _without, initial=steps), strict=True)
    large = len(values) >= least
    return [
        Rung(factor, Cohort(index, _conditions(left), currency, rules=rules), large and number == len(dropped))
        for number, (factor, left) in enumerate(rungs)
    ]


def narrowest(
    index: Index, profile: Profile, *, measure: Measure, rules: Rules = USUAL, enough: int = ENOUGH
) -> Selection | None:
    """The values of the last rung's cohort, without the rungs above it; None where even the widest is not enough."""
    least = max(enough, rules.minimum)
    _, values = _kept(index.selection((), measure), _steps(index.reference.taxonomy, profile), least)
    return values if len(values) >= least else None


def _without(steps: Steps, dropped: AnyOf) -> Steps:
    return tuple(step for step in steps if step is not dropped)


def _kept(values: Selection, steps: Iterable[AnyOf], enough: int) -> tuple[Steps, Selection]:
    """What is asked for in the end and who meets it: conditions from the most telling on, until one would leave too few.

    One that leaves too few since most records are silent on its factor is passed over: there it would tell sources apart,
    not pay. Either way every narrower cohort with such a condition is too small as well. The first, the country, stays
    whatever it leaves.
    """
    kept: Steps = ()
    for step in steps:
        inside = values.within(step)
        if len(inside) >= enough or not kept:
            kept, values = (*kept, step), inside
        elif 2 * values.telling(step.factor) >= len(values):
            break
    return kept, values


def _conditions(steps: Steps) -> Conditions:
    """A narrower value of a factor takes the place of the wider one."""
    return tuple({step.factor: step for step in steps}.values())


def _steps(taxonomy: Taxonomy, profile: Profile) -> Iterator[AnyOf]:
    """The conditions of the narrowest cohort, the most telling first; a value that is its own widest is asked for once."""
    wider: dict[Factor, frozenset[int]] = {}
    for factor, widely in TELLING:
        codes = profile.codes(factor)
        if not codes:
            continue
        numbers = [taxonomy.find(factor, code).id for code in codes]  # any will do: who lists all told more than others
        if widely:
            yield AnyOf(factor, wider.setdefault(factor, frozenset(map(taxonomy.widest, numbers))))
        elif (step := frozenset(numbers)) != wider.get(factor):
            yield AnyOf(factor, step)
