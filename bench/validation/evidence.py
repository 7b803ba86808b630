"""What records say about a claim: estimates with intervals, and the verdict that follows from them, as on the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import expm1, hypot, log
from typing import Literal

from bench.markdown import change

Side = Literal["above", "below"]
Unit = Literal["percent", "points", "score"]


@dataclass(frozen=True, slots=True)
class Interval:
    """A value and its 95% interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """The difference of a value to the baseline, and the side of the threshold that the claim predicts."""

    label: str
    interval: Interval
    records: int
    predicted: Side


@dataclass(frozen=True)
class Evidence:
    """Estimates of a claim in percent, percentage points or points of a score; `missing` are values without one.

    `threshold` is the value that an interval must not contain; `reason` says why there are no estimates.
    """

    estimates: Sequence[Estimate]
    unit: Unit = "percent"
    missing: Sequence[str] = ()
    threshold: float = 0.0
    reason: str = "too few records to compare"

    @property
    def verdict(self) -> str:
        """An estimate confirms the claim if its whole interval is on the predicted side; all have to for "supported"."""
        if not self.estimates:
            return "no figure"
        confirmed = [side_of(one.interval, self.threshold) == one.predicted for one in self.estimates]
        if all(confirmed) and not self.missing:
            return "supported"
        return "partly supported" if any(confirmed) else "not supported"


def side_of(interval: Interval, threshold: float) -> Side | None:
    """The side of the threshold that an interval is on; None if it contains the threshold."""
    if interval.low > threshold:
        return "above"
    return "below" if interval.high < threshold else None


def difference(one: Interval, other: Interval) -> Interval:
    """The difference of two independent estimates; the half-widths of their intervals add up in quadrature.

    >>> difference(Interval(4, 1, 7), Interval(3, -1, 7))
    Interval(value=1, low=-4.0, high=6.0)
    """
    value = one.value - other.value
    half = hypot((one.high - one.low) / 2, (other.high - other.low) / 2)
    return Interval(value, value - half, value + half)


def growth(later: Interval, earlier: Interval, years: float) -> Interval:
    """The yearly growth in percent from one amount to a later one; intervals are combined on a log scale.

    >>> found = growth(Interval(121, 121, 121), Interval(100, 100, 100), 2)
    >>> round(found.value, 6), round(found.high, 6)
    (10.0, 10.0)
    """
    logs = [Interval(log(one.value), log(one.low), log(one.high)) for one in (later, earlier)]
    found = difference(*logs)
    return Interval(*(100 * expm1(value / years) for value in (found.value, found.low, found.high)))


_LISTED = 3


def evidence_cell(found: Evidence) -> str:
    """The estimates as a cell of a table: up to three of them, or else the lowest and the highest."""
    if len(found.estimates) <= _LISTED:
        return "; ".join(_estimate_text(one, found.unit) for one in found.estimates)
    ordered = sorted(found.estimates, key=lambda one: one.interval.value)
    lowest, highest = (f"{one.label} {_text(one.interval.value, found.unit)}" for one in (ordered[0], ordered[-1]))
    return f"{len(ordered)} values, from {lowest} to {highest}"


def _estimate_text(one: Estimate, unit: Unit) -> str:
    value, low, high = (_text(number, unit) for number in (one.interval.value, one.interval.low, one.interval.high))
    return f"{one.label} {value} ({low} to {high}; {one.records:,})"


def _text(value: float, unit: Unit) -> str:
    return change(value / 100) if unit == "percent" else f"{value:+.{2 if unit == 'score' else 1}f}"
