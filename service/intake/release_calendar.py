"""The calendar of releases: when contributed records are released, and when they retire. Pure.

Releases are due at whole multiples of a period after Monday 1970-01-05, 00:00 UTC, so that every process and every
installation with the same period agrees without a stored schedule, and no contribution can hasten or delay one. A release
that was missed is not made up for: the one due last is made, with all that wait for it.

Waiting is counted in releases that were made, not in numbers of the calendar: while a service was down, nobody came closer
to a coarser class. Batches retire by date, so that a changed period alters neither.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from service.vocabulary.units import month_of

FIRST_RELEASE = datetime(1970, 1, 5, tzinfo=UTC)
"""A Monday, the start of the calendar."""
LIFETIME_MONTHS = 24
"""Months after which a batch retires."""


@dataclass(frozen=True, slots=True)
class ReleaseCalendar:
    """Releases at whole multiples of `period` after FIRST_RELEASE; none if it is zero.

    >>> calendar = ReleaseCalendar.of_days(28)
    >>> calendar.number(datetime(2026, 11, 30, tzinfo=UTC)), calendar.due(741).isoformat()
    (742, '2026-10-26T00:00:00+00:00')
    """

    period: timedelta

    @classmethod
    def of_days(cls, days: float) -> "ReleaseCalendar":
        """A calendar with a period in days, fractions allowed, 0 for no releases; rounded to the microsecond.

        Raises ValueError for a negative number and for a period that rounds to nothing.

        >>> ReleaseCalendar.of_days(0.5).period, ReleaseCalendar.of_days(0).number(datetime.now(UTC))
        (datetime.timedelta(seconds=43200), None)
        """
        period = timedelta(microseconds=round(Fraction(days) * 86_400_000_000))
        if days < 0 or (days > 0 and not period):
            raise ValueError(f"The release period must be 0 or a positive number of days, not {days}.")
        return cls(period)

    def number(self, at: datetime) -> int | None:
        """The number of the last release that is due at a time; None without releases."""
        return (at - FIRST_RELEASE) // self.period if self.period else None

    def due(self, number: int) -> datetime:
        """When a release is due. Raises ValueError without releases."""
        if not self.period:
            raise ValueError("Without a period no release is due.")
        return FIRST_RELEASE + number * self.period

    def next_due(self, after: datetime) -> datetime | None:
        """When the next release after a time is due; None without releases."""
        number = self.number(after)
        return None if number is None else self.due(number + 1)

    def is_due(self, now: datetime, last: datetime | None) -> bool:
        """Whether a release is due that was not made yet, the last one having been made for the date `last`."""
        number = self.number(now)
        return number is not None and (last is None or last < self.due(number))


def release_quarter(released: datetime) -> int:
    """The first month of a release's quarter, counted from year 0: the month of its records.

    >>> from service.vocabulary.units import month_text
    >>> month_text(release_quarter(datetime(2026, 11, 23, tzinfo=UTC)))
    '2026-10'
    """
    month = month_of(released.year, released.month)
    return month - month % 3


def retires_at(released: datetime) -> datetime:
    """The time from which a batch retires: 24 months later, on the last day of a shorter month.

    >>> retires_at(datetime(2024, 2, 29, tzinfo=UTC)).isoformat()
    '2026-02-28T00:00:00+00:00'
    """
    years = LIFETIME_MONTHS // 12
    try:
        return released.replace(year=released.year + years)
    except ValueError:  # 29 February
        return released.replace(year=released.year + years, day=28)
