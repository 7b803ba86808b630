"""The calendar of releases."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.intake.release_calendar import FIRST_RELEASE, ReleaseCalendar, release_quarter, retires_at
from service.vocabulary.units import month_text

FOUR_WEEKS = ReleaseCalendar.of_days(28)
DAYS = st.sampled_from([28, 7, 1, 0.5, 0.1, 1 / 3, 30.4375])
TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2049, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def test_releases_are_counted_from_the_first_monday_of_1970() -> None:
    assert (FOUR_WEEKS.number(FIRST_RELEASE), FIRST_RELEASE.weekday()) == (0, 0)
    assert FOUR_WEEKS.number(FIRST_RELEASE + timedelta(days=28) - timedelta(microseconds=1)) == 0
    assert FOUR_WEEKS.number(FIRST_RELEASE + timedelta(days=28)) == 1
    assert FOUR_WEEKS.due(742) == datetime(2026, 11, 23, tzinfo=UTC)  # a Monday
    assert FOUR_WEEKS.next_due(datetime(2026, 11, 23, tzinfo=UTC)) == datetime(2026, 12, 21, tzinfo=UTC)
    assert ReleaseCalendar.of_days(0.25).due(6) == datetime(1970, 1, 6, 12, tzinfo=UTC)


@given(DAYS, TIMES)
def test_every_time_lies_between_two_releases(days: float, at: datetime) -> None:
    calendar = ReleaseCalendar.of_days(days)
    number = calendar.number(at)
    assert number is not None
    following = calendar.next_due(at)
    assert following is not None
    assert calendar.due(number) <= at < following == calendar.due(number + 1)
    assert calendar.number(calendar.due(number)) == number


def test_only_the_release_that_is_due_is_made_and_once() -> None:
    now = datetime(2026, 11, 30, tzinfo=UTC)
    due = datetime(2026, 11, 23, tzinfo=UTC)
    assert FOUR_WEEKS.is_due(now, None)
    assert FOUR_WEEKS.is_due(now, due - timedelta(days=28 * 5))  # four were missed; one is made
    assert not FOUR_WEEKS.is_due(now, due)


def test_zero_days_are_never() -> None:
    never = ReleaseCalendar.of_days(0)
    now = datetime(2026, 11, 30, tzinfo=UTC)
    assert (never.number(now), never.next_due(now), never.is_due(now, None)) == (None, None, False)
    with pytest.raises(ValueError, match="no release is due"):
        never.due(1)


@pytest.mark.parametrize("days", [-1, 1e-12])
def test_periods_that_are_none_are_refused(days: float) -> None:
    with pytest.raises(ValueError, match=f"must be 0 or a positive number of days, not {days}"):
        ReleaseCalendar.of_days(days)


def test_quarter_and_retirement_of_a_release() -> None:
    dates = [datetime(2026, month, 28, tzinfo=UTC) for month in (1, 3, 4, 9, 12)]
    assert [month_text(release_quarter(date)) for date in dates] == ["2026-01", "2026-01", "2026-04", "2026-07", "2026-10"]
    assert retires_at(datetime(2024, 2, 29, 12, tzinfo=UTC)) == datetime(2026, 2, 28, 12, tzinfo=UTC)
    assert retires_at(datetime(2026, 11, 23, tzinfo=UTC)) == datetime(2028, 11, 23, tzinfo=UTC)
