"""Upgrading the database of the previous release, and downgrading and upgrading again, loses nothing."""

from collections.abc import Iterator

import pytest
from support.earlier_revisions import PREVIOUS, RECEIPTS, STATUSES, first_design, lost, previous_release, rows_of
from support.publishing import K
from support.records import SEVEN, publish
from support.serve_process import post_query, serving
from support.soundness import failed_checks
from support.standbys import free_ports
from support.stored_submissions import answers as stored_answers
from support.stored_submissions import contribute, records, submissions

from service.store.health import known_revisions
from service.store.migrate import downgrade

SEEN = "query ($receipt: String!) { submission(receipt: $receipt) { status } }"
FIGURES = "{ edition { number } cohort { size stats(measure: BASE_SALARY) { count p50 } } }"


@pytest.fixture
def url(server_url: str) -> Iterator[str]:
    with previous_release(server_url) as found:
        yield found


def test_the_previous_release_is_an_earlier_revision() -> None:
    assert PREVIOUS in known_revisions()[1:]


def test_an_upgrade_keeps_every_row(url: str) -> None:
    before = rows_of(url)
    assert all(before.values())
    [line] = failed_checks(url, "doctor")
    assert line.endswith("Run `payrank migrate`.")
    assert failed_checks(url, "migrate") == []
    assert lost(before, rows_of(url)) == {}
    assert failed_checks(url, "doctor") + failed_checks(url, "audit") == []


@pytest.mark.slow
def test_the_service_answers_from_an_upgraded_database(url: str) -> None:
    """It applies the migrations itself and publishes what was waiting."""
    [port] = free_ports(1)
    with serving(url, port, RELEASE_DAYS=0):
        figures = post_query(port, FIGURES)["data"]
        seen = [post_query(port, SEEN, receipt=receipt)["data"]["submission"]["status"] for receipt in RECEIPTS]
    assert figures["edition"] == {"number": 2}
    assert figures["cohort"] == {"size": 11, "stats": {"count": 11, "p50": 100_005}}
    assert seen == ["WITHDRAWN" if status == "withdrawn" else "RECEIVED" for status in STATUSES]
    assert failed_checks(url, "publish") + failed_checks(url, "doctor") + failed_checks(url, "audit") == []
    assert len(records(url)) == STATUSES.count("accepted")


@pytest.mark.slow
def test_records_of_the_first_design_leave_with_the_first_release(server_url: str) -> None:
    """Their contributions wait until then, and come out together by the new rules."""
    with first_design(server_url) as url:
        before = set(records(url))
        assert len(before) == K
        assert failed_checks(url, "migrate") == []
        assert set(records(url)) == before
        assert {row["status"] for row in submissions(url).values()} == {"accepted"}
        assert failed_checks(url, "audit") == [f"Edition 1: {K} records are in no batch. The next release removes them."]
        [line] = failed_checks(url, "doctor")
        assert "1 violation in the batches" in line
        assert "The next release resolves those of an upgrade" in line
        assert failed_checks(url, "publish") + failed_checks(url, "doctor") + failed_checks(url, "audit") == []
        after = set(records(url))
        assert len(after) == K
        assert not after & before
        assert {row["base_record"] for row in submissions(url).values()} == after


@pytest.mark.slow
def test_downgrading_and_upgrading_loses_only_links_to_records(database_url: str) -> None:
    """The previous release does not know which record a submission became, so it is published again."""
    publish(database_url, SEVEN)
    contribute(database_url, [stored_answers(base=90_000 + number) for number in range(K)])
    assert failed_checks(database_url, "publish") == []
    before = rows_of(database_url)
    for revision in ("0002", "0001"):
        downgrade(database_url, revision)
        assert failed_checks(database_url, "migrate") == []
        for row in before["submission"]:
            year = int(row["submitted_at"][:4])
            row |= {"status": "accepted", "base_record": None, "total_record": None, "published_in": None}
            row |= {"counted": dict.fromkeys(row["counted"], year)}
        assert lost(before, rows_of(database_url)) == {}
    ids = set(records(database_url))
    assert (
        failed_checks(database_url, "publish") + failed_checks(database_url, "doctor") + failed_checks(database_url, "audit")
        == []
    )
    assert len(records(database_url)) == K
    assert not ids & set(records(database_url))
    assert {row["status"] for row in submissions(database_url).values()} == {"published"}
