"""Answers of records and of profiles, as the estimator takes them."""

import numpy as np

from service.index.coded import Listed
from service.market.observations import Observations
from service.market.profile import MANY, ONE, Profile
from service.stats.encoding import Answers, Ints
from service.vocabulary.counts import bounds
from service.vocabulary.factors import Factor
from service.vocabulary.taxonomy import Taxonomy

_MOST_WIDE = 10
"""An open band of years, 20 and more, counts as if it ended so many years on."""


def answers_of(found: Observations, taxonomy: Taxonomy) -> Answers:
    """What records tell of the factors that a profile has, and their year."""
    experience = found.one[Factor.EXPERIENCE]
    years = np.array([np.nan, *(_years(taxonomy[number].code) for number in experience.numbers)])
    return Answers(
        size=len(found),
        one={factor: found.one[factor].exchanged(found.one[factor].numbers) for factor in ONE},
        counted={Factor.EXPERIENCE: years[experience.codes], Factor.YEAR: (found.months // 12).astype(np.float64)},
        many={factor: _items(found.many[factor]) for factor in MANY},
    )


def _items(listed: Listed) -> tuple[Ints, Ints]:
    return listed.rows.astype(np.int64), listed.items.exchanged(listed.items.numbers)


def asked(profile: Profile, taxonomy: Taxonomy, year: int) -> Answers:
    """One row: what a profile tells, in a calendar year."""
    numbers = {factor: [taxonomy.find(factor, code).id for code in profile.codes(factor)] for factor in (*ONE, *MANY)}
    experience = np.nan if profile.experience is None else float(profile.experience)
    return Answers(
        size=1,
        one={factor: np.array(numbers[factor] or [0]) for factor in ONE},
        counted={Factor.EXPERIENCE: np.array([experience]), Factor.YEAR: np.array([float(year)])},
        many={factor: (np.zeros(len(numbers[factor]), np.int64), np.array(numbers[factor], np.int64)) for factor in MANY},
    )


def parents_of(taxonomy: Taxonomy) -> dict[int, int]:
    """Of each value of a single-valued factor the one of the same factor that it lies in; 0 at the top."""
    values = (value for factor in ONE for value in taxonomy.values(factor))
    return {
        value.id: above.id if (above := taxonomy.parent(value)) and above.factor is value.factor else 0 for value in values
    }


def _years(code: str) -> float:
    low, high = bounds(code)
    return (low + min(high, low + _MOST_WIDE)) / 2
