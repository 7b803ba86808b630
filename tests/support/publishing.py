"""Releases in tests, each audited."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from service.intake.audit import audit
from service.intake.publication import ReleaseResult, ReleaseRules, publish
from service.intake.release_calendar import ReleaseCalendar
from service.limits import DEFAULT_CLASS_SIZE
from service.store.bulk import bulk_connection
from service.store.editions import current_edition
from service.store.publication import LINKS
from support.stored_submissions import records, submissions

K = DEFAULT_CLASS_SIZE
PERIOD = timedelta(days=28)
RULES = ReleaseRules(K, ReleaseCalendar(PERIOD))
FIRST = datetime(2026, 1, 19, 12, tzinfo=UTC)
"""Noon of a Monday of the calendar."""


def release(url: str, number: int = 0, rules: ReleaseRules = RULES) -> ReleaseResult:
    """Make a release of the calendar, by its number from FIRST on, and audit the result."""
    done = publish(url, rules, FIRST + number * PERIOD)
    assert done, "no release is due"
    assert audit(url, rules.k) == []
    assert linked(url) <= set(records(url)) | removed(url)
    return done


def linked(url: str) -> set[UUID]:
    """The records that submissions link to."""
    return {row[column] for row in submissions(url).values() for column in LINKS.values() if row[column]}


def removed(url: str) -> set[UUID]:
    """Records that are no longer published."""
    with bulk_connection(url) as rows:
        found = rows.query("SELECT id::text FROM salary_record WHERE removed_in IS NOT NULL")
    return {UUID(text) for text in found.column("id").to_pylist()}


def editions_of(url: str) -> int:
    with bulk_connection(url) as rows:
        edition = current_edition(rows)
    return edition.number if edition else 0


def execute(url: str, sql: str) -> None:
    with bulk_connection(url) as rows:
        rows.execute(sql)
        rows.commit()
