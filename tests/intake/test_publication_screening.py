"""Screening before publication: submissions with findings are held."""

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from support.publishing import K, execute
from support.stored_submissions import answers, contribute, submissions

from service.intake.duplicates import RecentSubmission
from service.intake.publication import PublicationResult, publish
from service.intake.screening import Finding, FindingCode


def findings_about(*numbers: int) -> Callable[[Sequence[RecentSubmission]], Mapping[UUID, Sequence[Finding]]]:
    finding = Finding(FindingCode.BURST, "Nine came within an hour.", 9)
    return lambda recent: {one.id: [finding] for one in recent if one.answers.base in numbers}


def test_submissions_with_findings_are_held_with_the_reason(database_url: str) -> None:
    ids = contribute(database_url, [answers(base=100_000 + n) for n in range(4)])
    done = publish(database_url, k=K, screen=findings_about(100_001))
    assert done == PublicationResult(1, 3, 0, 0, 0, 0, held=1)
    held = submissions(database_url)[ids[1]]
    assert (held["status"], held["record"]) == ("held", None)
    assert held["reason"].endswith(": Nine came within an hour.")
    assert held["findings"] == '[{"code": "burst", "score": 9, "message": "Nine came within an hour."}]'


def test_a_run_that_only_holds_submissions_publishes_no_edition(database_url: str) -> None:
    contribute(database_url, [answers(base=1_000)])
    assert publish(database_url, k=K, screen=findings_about(1_000)) == PublicationResult(None, 0, 0, 0, 0, 0, held=1)
    assert publish(database_url, k=K, screen=findings_about(1_000)) is None


def test_cleared_and_published_submissions_are_not_held(database_url: str) -> None:
    contribute(database_url, [answers(base=1_000)] * 3, cleared=True)
    assert publish(database_url, k=K, screen=findings_about(1_000)) == PublicationResult(1, 3, 0, 0, 0, 0, 0)
    execute(database_url, "UPDATE submission SET cleared = false")
    assert publish(database_url, k=K, screen=findings_about(1_000)) is None


def test_only_submissions_of_the_last_thirty_days_are_compared(database_url: str) -> None:
    contribute(database_url, [answers(base=1_000)] * 2 + [answers(base=1_001)])
    execute(
        database_url, "UPDATE submission SET submitted_at = now() - interval '31 days' WHERE answers ->> 'base' = '1000'"
    )
    seen: list[int] = []
    publish(database_url, k=K, screen=lambda recent: seen.extend(one.answers.base for one in recent) or {})
    assert seen == [1_001]


def test_a_burst_of_similar_submissions_is_held_by_the_real_screening(database_url: str) -> None:
    contribute(database_url, [answers(employer="Acme Robotics", base=150_000 + n) for n in range(40)])
    done = publish(database_url, k=K)
    assert done
    assert done.held >= 30
