"""Arrival: how a new or amended submission is counted, under the key of the current year."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from service.intake.counting import CountingKey, CountRequest, years_by_code
from service.store.counting_key import year_key
from service.store.submissions import Submission
from service.vocabulary.answers import SubmissionAnswers
from service.vocabulary.contribution_class import (
    INVITATION_SCHEDULE,
    RELEASE_SCHEDULE,
    ContributionClass,
    ReleaseSchedule,
    classes_of,
    value_ids,
)
from service.vocabulary.taxonomy import Taxonomy


@dataclass(slots=True)
class CurrentKey:
    """The counting key of the current year, kept in memory until its year ends; `folder` has its file."""

    folder: Path
    _key: CountingKey | None = field(default=None, repr=False)

    async def get(self) -> CountingKey:
        """The key, read in a thread if it is not in memory. Raises DataError if the folder cannot be used."""
        now = datetime.now(UTC)
        key = self._key
        if key is None or not key.is_current(now):
            key = self._key = CountingKey(*await asyncio.to_thread(year_key, self.folder, now.year))
        return key


@dataclass(frozen=True, slots=True)
class Origin:
    """What a submission counts by: its network prefix, or in its place the hash of an invitation."""

    network: str
    invitation: bytes | None = None


def count_arrival(key: CountingKey, origin: Origin, answers: SubmissionAnswers, taxonomy: Taxonomy) -> CountRequest:
    """How a new submission is counted."""
    if origin.invitation:
        return CountRequest.by_invitation(key.year)
    return CountRequest.by_network(key, origin.network, _classes(answers, taxonomy, RELEASE_SCHEDULE))


def count_amendment(
    key: CountingKey, network: str, stored: Submission, answers: SubmissionAnswers, taxonomy: Taxonomy
) -> CountRequest:
    """How a submission is counted with new answers: unchanged where it has the same classes, apart from the level."""
    assert stored.answers is not None
    schedule = INVITATION_SCHEDULE if stored.invited else RELEASE_SCHEDULE
    before = _classes(SubmissionAnswers.from_json(stored.answers), taxonomy, schedule)
    earlier, classes = years_by_code(before, stored.counted), _classes(answers, taxonomy, schedule)
    if stored.invited:
        return CountRequest.by_invitation(key.year, classes, earlier, stored.counted)
    return CountRequest.by_network(key, network, classes, earlier)


def _classes(answers: SubmissionAnswers, taxonomy: Taxonomy, schedule: ReleaseSchedule) -> list[ContributionClass]:
    return classes_of(value_ids(answers, taxonomy), taxonomy, schedule)
