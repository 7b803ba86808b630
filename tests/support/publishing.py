"""Publication in tests: without screening, and audited each time."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from service.intake.audit import audit
from service.intake.duplicates import RecentSubmission
from service.intake.publication import PublicationResult, publish
from service.intake.screening import Finding
from service.store.bulk import bulk_connection
from service.store.editions import current_edition
from support.stored_submissions import records, submissions

K = 3


def no_findings(_: Sequence[RecentSubmission]) -> Mapping[UUID, Sequence[Finding]]:
    return {}


def publish_and_audit(url: str, k: int = K) -> PublicationResult | None:
    """Publish without screening, and audit the result."""
    done = publish(url, k=k, screen=no_findings)
    assert audit(url, k) == []
    assert linked(url) == set(records(url))
    return done


def linked(url: str) -> set[UUID]:
    """The records of published submissions, and of no others."""
    found = submissions(url).values()
    assert {row["status"] for row in found if row["record"]} <= {"published"}
    assert all((row["published_in"] is None) == (row["record"] is None) for row in found)
    return {row["record"] for row in found if row["record"]}


def editions_of(url: str) -> int:
    with bulk_connection(url) as rows:
        edition = current_edition(rows)
    return edition.number if edition else 0


def execute(url: str, sql: str) -> None:
    with bulk_connection(url) as rows:
        rows.execute(sql)
        rows.commit()
