"""Bursts: sudden crowds of the same kind among recent submissions. Pure."""

from collections.abc import Hashable, Iterable, Iterator
from uuid import UUID

import numpy as np
import numpy.typing as npt
from scipy.special import pdtrc

from service.intake.recent import Recent, grouped, in_order
from service.intake.screening import Finding, FindingCode
from service.vocabulary.factors import Factor

FEWEST = 8
"""Fewer in an hour are no crowd, however rare their kind."""
UNUSUAL = 1e-6
"""The chance of so many in an hour below which they are a burst."""
HOUR, DAYS = 3_600.0, 30
"""Seconds; and over how many days the usual rate is taken."""

Times = npt.NDArray[np.float64]


def bursts(recent: Iterable[Recent]) -> dict[UUID, Finding]:
    """Submissions of an hour with many more of the same employer, or of the same role and place, than usual.

    A Poisson tail against the usual rate. Give 30 days of submissions, so that it is known.
    """
    ordered = in_order(recent)
    times = np.array([one.submitted_at.timestamp() for one in ordered])
    kinds: dict[str, list[Hashable]] = {
        "with this employer": [one.employer for one in ordered],
        "with this role and place": [(one.answers.one.get(Factor.ROLE, ""), one.place) for one in ordered],
    }
    found: dict[UUID, Finding] = {}
    for what, kind in kinds.items():
        for group in grouped((i for i, key in enumerate(kind) if key), kind.__getitem__, FEWEST):
            for members, finding in _findings(what, times[list(group)], times):
                found |= {ordered[group[member]].id: finding for member in members}
    return found


def _findings(what: str, own: Times, every: Times) -> Iterator[tuple[range, Finding]]:
    """Which members of a group have come in a crowd; each is told of the first one that it belongs to."""
    told = 0
    for last, count, usual in _crowds(own, every):
        message = f"{count} submissions {what} came within an hour; about {usual:.2g} would be usual."
        yield range(max(told, last + 1 - count), last + 1), Finding(FindingCode.BURST, message, count)
        told = last + 1


def _crowds(own: Times, every: Times) -> Iterator[tuple[int, int, float]]:
    """The last member of each crowd, how many it has and how many would be usual; times are ascending.

    Usual is the group's rate of the 30 days before, or if more its share then of what others send within the hour: when all
    the world comes at once, more than usual come of each kind.
    """
    count, before = _counts(own, own)
    counts, all_before = _counts(own, every)
    hours = np.clip((own - HOUR - every[0]) / HOUR, 24, DAYS * 24)
    share = np.maximum(1 / hours, (counts - count) / np.maximum(all_before - before, 1))
    usual = (before + 0.5) * share  # half a submission stands for a kind never seen before
    chance = pdtrc(count - 1, usual)
    for last in np.flatnonzero((count >= FEWEST) & (chance < UNUSUAL)):
        yield int(last), int(count[last]), float(usual[last])


def _counts(ends: Times, times: Times) -> tuple[Times, Times]:
    """How many times lie within the hour up to each end, and within the 30 days before that hour."""
    now, hour_ago, month_ago = (
        np.searchsorted(times, ends - back, side="right").astype(np.float64) for back in (0, HOUR, HOUR + DAYS * 24 * HOUR)
    )
    return now - hour_ago, hour_ago - month_ago
