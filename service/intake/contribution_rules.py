"""The rules of contributing that an installation sets: who may contribute, and in which classes and when pay is released."""

from dataclasses import dataclass
from datetime import UTC, datetime

from service.intake.release_calendar import ReleaseCalendar
from service.limits import DEFAULT_CLASS_SIZE, DEFAULT_RELEASE_DAYS


@dataclass(frozen=True, slots=True)
class ContributionRules:
    """By default those of the settings' defaults; `release_days` of 0 means no releases."""

    invitation_required: bool = False
    class_size: int = DEFAULT_CLASS_SIZE
    employer_classes: bool = False
    release_days: float = DEFAULT_RELEASE_DAYS

    @property
    def calendar(self) -> ReleaseCalendar:
        return ReleaseCalendar.of_days(self.release_days)

    @property
    def next_release(self) -> datetime | None:
        """When the next release is due; None without releases."""
        return self.calendar.next_due(datetime.now(UTC))
