"""Screening: finds implausible answers of contributors, for review by a moderator. Pure.

Findings compare a submission only with itself and with published records. Comparing submissions with each other would let
an attacker probe for other contributors' answers.

Screening never rejects: a submission with findings is held for a moderator. The thresholds were set on real pay with
planted mistakes; `make screening` measures them again.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import log
from types import MappingProxyType

from service.counts import count_of
from service.vocabulary.answers import SubmissionAnswers
from service.vocabulary.currencies import LOCAL_CURRENCY, Rates
from service.vocabulary.factors import Factor
from service.vocabulary.units import MAX_YEARS, PER_YEAR, PayUnit


class FindingCode(StrEnum):
    OUTLIER = "outlier"
    INCONSISTENT = "inconsistent"
    FLAGGED = "flagged"
    LIKELY_DUPLICATE = "likely_duplicate"
    """Findings of earlier versions, which compared submissions with each other; stored ones can still be reviewed."""
    BURST = "burst"


@dataclass(frozen=True, slots=True)
class Finding:
    """A reason to review a submission, in words for the contributor and the moderator.

    `score` of OUTLIER and INCONSISTENT pay is its distance from the median in spreads, negative below it.
    """

    code: FindingCode
    message: str
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Peers:
    """The base salaries of the most specific cohort that is large enough.

    `median` is in US dollars a year. `spread` is 1.4826 times the median absolute deviation of the natural logarithm, which
    estimates its standard deviation if pay is log-normal.
    """

    count: int
    median: float
    spread: float


MIN_PEERS = 10
MIN_SPREAD = 0.35
"""The minimum spread assumed: the filings of one employer vary less than pay does in general."""

MAX_SCORE = 3.0
"""Spreads from the median beyond which pay is an outlier."""
MIN_SCORE_OTHER_UNIT = 2.0
"""Spreads from the median from which other units are tried."""
MIN_SCORE_OTHER_CURRENCY = 1.0
"""Spreads from which other currencies are tried for pay in a foreign currency. Below this nothing is tried."""
MAX_SCORE_REINTERPRETED = 1.5
"""Spreads from the median within which a reinterpreted amount is plausible."""

MIN_BASE, MAX_BASE = 1_000, 3_000_000
"""US dollars a year: no full-time base salary of this work is lower or higher."""
MAX_BONUS, MAX_EQUITY = 1, 5
"""Multiples of the base salary."""
MAX_OFFER_RATIO = 3
"""A first offer is at most this multiple of the final pay, and at least the inverse."""

PLAUSIBLE_YEARS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "entry": (0, 10),  # later, people enter at mid level even in a new field
        "mid": (0, MAX_YEARS),
        "senior": (1, MAX_YEARS),  # a doctorate may lead there within a year
        "staff": (3, MAX_YEARS),
        "principal": (5, MAX_YEARS),
        "executive": (2, MAX_YEARS),  # of their own start-up
    }
)
"""Plausible years of experience by level, inclusive."""

_UNITS: Mapping[str, float] = MappingProxyType(
    {
        "pay for a month": PER_YEAR[PayUnit.MONTH],
        "pay for two weeks": PER_YEAR[PayUnit.TWO_WEEKS],
        "pay for a week": PER_YEAR[PayUnit.WEEK],
        "pay for a day": PER_YEAR[PayUnit.DAY],
        "an amount in thousands": 1_000,
        "pay for an hour": PER_YEAR[PayUnit.HOUR],
    }
)
INTERNATIONAL = ("USD", "EUR")
"""Currencies that people are paid in outside the countries they belong to."""
MIN_RATE_RATIO = 1.5
"""Currencies closer in value than this cannot be distinguished by the amount."""


def screen(answers: SubmissionAnswers, peers: Peers | None, rates: Rates) -> list[Finding]:
    """The findings about answers, alone and compared with their peers; raises UnknownCode for an unknown currency."""
    usd = answers.base * rates.usd(answers.currency, answers.effective // 12)
    compared = _compare(answers, usd, peers, rates) if peers and peers.count >= MIN_PEERS else None
    others = _currency(answers), _bonus(answers), _equity(answers), _offer(answers), _experience(answers)
    found = (compared or _implausible(usd), *others)
    return [finding for finding in found if finding]


def outlier_score(usd: float, peers: Peers) -> float:
    """The distance of a base salary from the median, in spreads of the logarithm; negative below the median.

    >>> round(outlier_score(45_000, Peers(80, 150_000, 0.4)), 2), outlier_score(150_000, Peers(80, 150_000, 0.0))
    (-3.01, 0.0)
    """
    return log(usd / peers.median) / max(peers.spread, MIN_SPREAD)


def _compare(answers: SubmissionAnswers, usd: float, peers: Peers, rates: Rates) -> Finding | None:
    score = outlier_score(usd, peers)
    likely = None
    if abs(score) > MIN_SCORE_OTHER_CURRENCY:
        likely = _likely_meaning(_interpretations(answers, rates), usd, peers)
    if not likely and abs(score) <= MAX_SCORE:
        return None
    comparison = f"The base salary is {_times(usd / peers.median)} the median of {peers.count:,} comparable records"
    if likely:
        return Finding(FindingCode.INCONSISTENT, f"{comparison}; it looks like {likely}.", score)
    return Finding(FindingCode.OUTLIER, f"{comparison}.", score)


@dataclass(frozen=True, slots=True)
class _Interpretation:
    """Another unit or currency that an amount may be in: its conversion factor, and the score from which it is tried."""

    meaning: str
    times: float
    min_score: float


_OTHER_UNITS = tuple(_Interpretation(unit, times, MIN_SCORE_OTHER_UNIT) for unit, times in _UNITS.items())


def _likely_meaning(interpretations: Iterable[_Interpretation], usd: float, peers: Peers) -> str | None:
    """The interpretation that brings an amount closest to its peers, if it becomes plausible."""
    score = abs(outlier_score(usd, peers))
    tried = [(abs(outlier_score(usd * one.times, peers)), one.meaning) for one in interpretations if score > one.min_score]
    distance, meaning = min(tried, default=(score, ""))
    return meaning if distance < min(MAX_SCORE_REINTERPRETED, score) else None


def _interpretations(answers: SubmissionAnswers, rates: Rates) -> Iterator[_Interpretation]:
    yield from _OTHER_UNITS
    local = LOCAL_CURRENCY.get(answers.one.get(Factor.COUNTRY, ""), answers.currency)
    is_local, year = answers.currency == local, answers.effective // 12
    rate = rates.usd(answers.currency, year)
    for code in INTERNATIONAL if is_local else [local]:
        if code not in rates:
            continue
        times = rates.usd(code, year) / rate
        if not 1 / MIN_RATE_RATIO < times < MIN_RATE_RATIO:
            yield _Interpretation(f"an amount in {code}", times, MAX_SCORE if is_local else MIN_SCORE_OTHER_CURRENCY)


def _times(ratio: float) -> str:
    """
    >>> _times(0.0825), _times(5.234)
    ('8.2% of', '5.2 times')
    """
    return f"{100 * ratio:.2g}% of" if ratio < 1 else f"{ratio:,.1f} times"


def _implausible(usd: float) -> Finding | None:
    if MIN_BASE <= usd <= MAX_BASE:
        return None
    side = "low" if usd < MIN_BASE else "high"
    hint = "Check that it is for a year and in single units of the currency."
    return Finding(FindingCode.INCONSISTENT, f"The base salary is too {side} for a year of full-time work. {hint}")


def _currency(answers: SubmissionAnswers) -> Finding | None:
    local = LOCAL_CURRENCY.get(answers.one.get(Factor.COUNTRY, ""))
    if local is None or answers.currency in (local, *INTERNATIONAL):
        return None
    return Finding(FindingCode.INCONSISTENT, f"Pay in this country is usually in {local}, rarely in {answers.currency}.")


def _bonus(answers: SubmissionAnswers) -> Finding | None:
    if (answers.bonus or 0) <= MAX_BONUS * answers.base:
        return None
    message = "The bonus is more than the base salary. Check that both are for a year."
    return Finding(FindingCode.INCONSISTENT, message)


def _equity(answers: SubmissionAnswers) -> Finding | None:
    if (answers.equity or 0) <= MAX_EQUITY * answers.base:
        return None
    message = f"The equity is over {MAX_EQUITY} times the base salary. Check that it is the part of the grant for one year."
    return Finding(FindingCode.INCONSISTENT, message)


def _offer(answers: SubmissionAnswers) -> Finding | None:
    """If bonus or equity are missing, the offer may have included them, and so may be much more than the pay reported."""
    offer, complete = answers.initial_offer, answers.has_total
    maximum = MAX_OFFER_RATIO if complete else MAX_OFFER_RATIO * (1 + MAX_BONUS + MAX_EQUITY)
    if offer is None or answers.total / MAX_OFFER_RATIO <= offer <= answers.total * maximum:
        return None
    side = "less than a third of" if offer < answers.total else f"over {maximum} times"
    message = f"The first offer is {side} the total pay reported. Check that it is a year's total too."
    return Finding(FindingCode.INCONSISTENT, message)


def _experience(answers: SubmissionAnswers) -> Finding | None:
    level = answers.one.get(Factor.LEVEL, "")
    minimum, maximum = PLAUSIBLE_YEARS.get(level, (0, MAX_YEARS))
    years = answers.experience
    if minimum <= years <= maximum:
        return None
    side = "low" if years < minimum else "high"
    return Finding(
        FindingCode.INCONSISTENT, f"{count_of(years, 'year')} of experience is unusually {side} for the level {level}."
    )
