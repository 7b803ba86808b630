"""Negotiation: what could be asked for beyond an offer, and why."""

from collections.abc import Iterator
from dataclasses import dataclass

from service.market.cohort import PercentileRank, Stats
from service.stats.suppression import Confidence
from service.vocabulary.factors import Factor
from service.vocabulary.measures import MEASURES

_MARKS = ((0.5, "the median: half"), (0.75, "P75: a quarter"), (0.9, "P90: a tenth"))


@dataclass(frozen=True, slots=True)
class NegotiationAdvice:
    """Yearly amounts like the offer's; `typical_uplift` is what negotiating added, None where too few records tell it."""

    target: float
    stretch: float
    typical_uplift: Stats | None
    reasons: list[str]


@dataclass(frozen=True, slots=True)
class _Mark:
    """A percentile that could be asked for, with the share of records that reach it."""

    amount: float
    meaning: str


def advice(stats: Stats, offered: PercentileRank, uplift: Stats | None) -> NegotiationAdvice:
    """Median, P75 and P90 are the marks: the target is the first of them above the offer, the stretch the next.

    From P75 on an offer is its own target, and P90, where it is told, the stretch: to be paid like the best paid tenth takes
    more than a market figure as an argument.
    """
    marks = [_Mark(amount, meaning) for p, meaning in _MARKS if (amount := stats.percentile(p)) is not None]
    target = next((mark for mark in marks[:2] if mark.amount > offered.amount), None)
    aimed = target.amount if target else offered.amount
    stretch = next((mark for mark in marks if mark.amount > aimed), None)
    reasons = [*_of_target(stats, offered, target), *_of_stretch(stats, stretch), *_of_records(stats, uplift)]
    return NegotiationAdvice(aimed, stretch.amount if stretch else aimed, uplift, reasons)


def _of_target(stats: Stats, offered: PercentileRank, target: _Mark | None) -> Iterator[str]:
    currency = stats.cohort.currency
    yield (
        f"The offer's {MEASURES[stats.measure].label} of {_money(offered.amount, currency)} stands above "
        f"{offered.rank:.0f}% of {stats.count:,} records: {stats.cohort.label}."
    )
    if target:
        more = 100 * (target.amount / offered.amount - 1)
        yield f"The target of {_money(target.amount, currency)}, {more:.1f}% more, is {target.meaning} of them reach it."
    else:
        third = _money(stats.quartile(0.75), currency)
        yield f"It is not below their P75 of {third}: these figures give little reason to ask for more."


def _of_stretch(stats: Stats, stretch: _Mark | None) -> Iterator[str]:
    if stretch:
        yield f"The stretch of {_money(stretch.amount, stats.cohort.currency)} is {stretch.meaning} of them reach it."


def _of_records(stats: Stats, uplift: Stats | None) -> Iterator[str]:
    if uplift:
        yield f"Negotiating added {uplift.quartile(0.5):g}% to the first offer at the median of {uplift.count:,} records."
    if not stats.cohort.asks_for(Factor.ROLE):
        yield "These records are of all kinds of work, since too few here are of this role."
    if stats.confidence is Confidence.LOW:
        yield f"{stats.count} records are few: a few more could move these figures much."


def _money(amount: float, currency: str) -> str:
    return f"{currency} {amount:,.0f}"
