"""Screening: what makes a contributor's answers doubtful before a moderator has seen them. Pure.

Nothing here rejects: whoever has a finding waits for a moderator. The limits were set on real pay with planted mistakes;
`make screening` measures them again.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import log
from types import MappingProxyType

from service.vocabulary.answers import Answers
from service.vocabulary.counts import MOST_YEARS
from service.vocabulary.factors import Factor
from service.vocabulary.local_currency import LOCAL_CURRENCY
from service.vocabulary.money import PER_YEAR, PayUnit, Rates


class FindingCode(StrEnum):
    OUTLIER = "outlier"
    LIKELY_DUPLICATE = "likely_duplicate"
    BURST = "burst"
    INCONSISTENT = "inconsistent"
    FLAGGED = "flagged"


@dataclass(frozen=True, slots=True)
class Finding:
    """A reason to look twice, in words for the contributor and the moderator; the code says what `score` counts.

    OUTLIER and INCONSISTENT pay: spreads from the median, below it negative. BURST: submissions in the hour.
    LIKELY_DUPLICATE: chance matches to be expected.
    """

    code: FindingCode
    message: str
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Peers:
    """Base salaries of the narrowest cohort that is large enough: `median` in US dollars a year, `spread` of their natural
    logarithm: 1.4826 times the median absolute deviation, which is the standard deviation where pay is log-normal."""

    count: int
    median: float
    spread: float


FEWEST_PEERS = 10
NARROWEST = 0.35
"""The least spread that is believed: groups of one employer's filings look narrower than what people earn."""
FAR, DOUBTFUL, ABROAD, CLOSE = 3.0, 2.0, 1.0, 1.5
"""Spreads from the median: an outlier; far enough to try other units; other currencies, where pay is told in one that is
not the country's (nothing is tried of what lies nearer); near enough to believe either."""
LEAST, MOST = 1_000, 3_000_000
"""US dollars: a full year of this work earns no less, and no base salary is more."""

MOST_BONUS, MOST_EQUITY = 1, 5
"""Times the base salary."""
MOST_OFFER = 3
"""A first offer is neither over three times the final pay nor under a third of it."""

PLAUSIBLE_YEARS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "entry": (0, 10),  # later, people enter at mid level even in a new field
        "mid": (0, MOST_YEARS),
        "senior": (1, MOST_YEARS),  # a doctorate may lead there within a year
        "staff": (3, MOST_YEARS),
        "principal": (5, MOST_YEARS),
        "executive": (2, MOST_YEARS),  # of one's own young company
    }
)
"""Years of experience that a level goes with, both ends included."""

_UNITS: Mapping[str, float] = MappingProxyType(
    {
        "pay for a month": PER_YEAR[PayUnit.MONTH],
        "pay for two weeks": PER_YEAR[PayUnit.TWO_WEEKS],
        "pay for a week": PER_YEAR[PayUnit.WEEK],
        "thousands typed as units": 1_000,
        "pay for an hour": PER_YEAR[PayUnit.HOUR],
    }
)
ELSEWHERE = ("USD", "EUR")
"""Currencies that people are paid in outside the countries they belong to."""
FELT_RATE = 1.5
"""Currencies nearer in worth than this are not told apart by the amount."""


def screen(answers: Answers, peers: Peers | None, rates: Rates) -> list[Finding]:
    """What is doubtful about answers by themselves and beside their peers; raises UnknownCode for an unknown currency."""
    usd = answers.base * rates.usd(answers.currency, answers.effective // 12)
    beside = _beside_peers(answers, usd, peers, rates) if peers and peers.count >= FEWEST_PEERS else None
    others = _currency(answers), _bonus(answers), _equity(answers), _offer(answers), _career(answers)
    found = (beside or _by_itself(usd), *others)
    return [finding for finding in found if finding]


def outlier_score(usd: float, peers: Peers) -> float:
    """How many spreads the logarithm of a base salary lies from that of the median; negative below it.

    >>> round(outlier_score(45_000, Peers(80, 150_000, 0.4)), 2), outlier_score(150_000, Peers(80, 150_000, 0.0))
    (-3.01, 0.0)
    """
    return log(usd / peers.median) / max(peers.spread, NARROWEST)


def _beside_peers(answers: Answers, usd: float, peers: Peers, rates: Rates) -> Finding | None:
    score = outlier_score(usd, peers)
    meant = _meant(_readings(answers, rates), usd, peers) if abs(score) > ABROAD else None
    if not meant and abs(score) <= FAR:
        return None
    beside = f"The base salary is {_times(usd / peers.median)} the median of {peers.count:,} comparable records"
    if meant:
        return Finding(FindingCode.INCONSISTENT, f"{beside}; it looks like {meant}.", score)
    return Finding(FindingCode.OUTLIER, f"{beside}.", score)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What an amount may be instead of what it is told as: by what it is then multiplied, and tried from which misfit on."""

    meant: str
    times: float
    misfit: float


_IN_OTHER_UNITS = tuple(_Reading(unit, times, DOUBTFUL) for unit, times in _UNITS.items())


def _meant(readings: Iterable[_Reading], usd: float, peers: Peers) -> str | None:
    """The reading that brings an amount closest to the peers, if one does."""
    score = abs(outlier_score(usd, peers))
    tried = [(abs(outlier_score(usd * one.times, peers)), one.meant) for one in readings if score > one.misfit]
    distance, meant = min(tried, default=(score, ""))
    return meant if distance < min(CLOSE, score) else None


def _readings(answers: Answers, rates: Rates) -> Iterator[_Reading]:
    yield from _IN_OTHER_UNITS
    local = LOCAL_CURRENCY.get(answers.one.get(Factor.COUNTRY, ""), answers.currency)
    others = [local] if answers.currency != local else ELSEWHERE
    told, year = rates.usd(answers.currency, answers.effective // 12), answers.effective // 12
    worth = {code: rates.usd(code, year) / told for code in others if code in rates}
    for code, times in worth.items():
        if not 1 / FELT_RATE < times < FELT_RATE:
            yield _Reading(f"an amount in {code}", times, FAR if answers.currency == local else ABROAD)


def _times(ratio: float) -> str:
    """
    >>> _times(0.0825), _times(5.234)
    ('8.2% of', '5.2 times')
    """
    return f"{100 * ratio:.2g}% of" if ratio < 1 else f"{ratio:,.1f} times"


def _by_itself(usd: float) -> Finding | None:
    if LEAST <= usd <= MOST:
        return None
    side = "little" if usd < LEAST else "much"
    hint = "Is it for a year, in single units of the currency?"
    return Finding(FindingCode.INCONSISTENT, f"The base salary is too {side} for a year of full-time work. {hint}")


def _currency(answers: Answers) -> Finding | None:
    local = LOCAL_CURRENCY.get(answers.one.get(Factor.COUNTRY, ""))
    if local is None or answers.currency in (local, *ELSEWHERE):
        return None
    return Finding(FindingCode.INCONSISTENT, f"Pay in this country is told in {local}, seldom in {answers.currency}.")


def _bonus(answers: Answers) -> Finding | None:
    if (answers.bonus or 0) <= MOST_BONUS * answers.base:
        return None
    return Finding(FindingCode.INCONSISTENT, "The bonus is more than the base salary. Are both for a year?")


def _equity(answers: Answers) -> Finding | None:
    if (answers.equity or 0) <= MOST_EQUITY * answers.base:
        return None
    message = f"The equity is over {MOST_EQUITY} times the base salary. Is it the part of the grant that falls to one year?"
    return Finding(FindingCode.INCONSISTENT, message)


def _offer(answers: Answers) -> Finding | None:
    """Where bonus or equity are untold the offer may have had them: then it may be much more than what is told."""
    offer, whole = answers.initial_offer, answers.bonus is not None and answers.equity is not None
    most = MOST_OFFER if whole else MOST_OFFER * (1 + MOST_BONUS + MOST_EQUITY)
    if offer is None or answers.total / MOST_OFFER <= offer <= answers.total * most:
        return None
    side = "less than a third of" if offer < answers.total else f"over {most} times"
    return Finding(FindingCode.INCONSISTENT, f"The first offer is {side} the total pay told. Is it a year's total too?")


def _career(answers: Answers) -> Finding | None:
    level = answers.one.get(Factor.LEVEL, "")
    least, most = PLAUSIBLE_YEARS.get(level, (0, MOST_YEARS))
    years = answers.experience
    if least <= years <= most:
        return None
    kind = "few" if years < least else "many"
    return Finding(FindingCode.INCONSISTENT, f"{years} years of experience are {kind} for the level {level}.")
