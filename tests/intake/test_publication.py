"""Publication in a real database: what an edition contains, and which submissions wait."""

from support.publishing import editions_of, execute, no_findings, publish_and_audit
from support.records import publish as publish_others
from support.stored_submissions import DEFAULTS, amend, answers, contribute, records, reject, submissions, withdraw

from service.intake.publication import PublicationResult, fingerprint, publish
from service.store.bulk import bulk_connection
from service.store.editions import current_edition


def test_enough_submissions_become_an_edition(database_url: str) -> None:
    ids = contribute(database_url, [answers(base=base, effective="2026-02") for base in (123_456, 150_000, 99_950)])
    assert publish_and_audit(database_url) == PublicationResult(
        edition=1, added=3, generalised=0, refined=0, removed=0, waiting=0, held=0
    )
    found = submissions(database_url)
    published = [records(database_url)[found[id_]["record"]] for id_ in ids]
    assert [record["base_reported"] for record in published] == [123_000, 150_000, 100_000]
    pay = {"currency": "USD", "base_reported": 123_000, "base_salary": 123_000}
    assert published[0] == {"effective": "2026-01-01", **pay, **DEFAULTS}
    assert [(found[id_]["status"], found[id_]["published_in"]) for id_ in ids] == [("published", 1)] * 3


def test_a_record_id_reveals_nothing_about_its_submission(database_url: str) -> None:
    ids = contribute(database_url, [answers()] * 3)
    publish_and_audit(database_url)
    assert not set(records(database_url)) & set(ids)
    assert all(record.version == 4 for record in records(database_url))


def test_a_second_run_changes_nothing(database_url: str) -> None:
    contribute(database_url, [answers()] * 3)
    publish_and_audit(database_url)
    before = records(database_url)
    assert publish_and_audit(database_url) is None
    assert records(database_url) == before
    assert editions_of(database_url) == 1


def test_fewer_than_k_wait(database_url: str) -> None:
    contribute(database_url, [answers()] * 2)
    assert publish_and_audit(database_url) is None
    assert {row["status"] for row in submissions(database_url).values()} == {"accepted"}
    contribute(database_url, [answers()])
    assert publish_and_audit(database_url) == PublicationResult(1, 3, 0, 0, 0, 0, 0)


def test_fewer_than_k_new_records_are_left_out_and_change_nothing(database_url: str) -> None:
    """The third of the other level completes a class of k, but a single new record would be conspicuous."""
    contribute(database_url, [answers()] * 3)
    contribute(database_url, [answers(level="mid")] * 2)
    assert publish_and_audit(database_url) == PublicationResult(1, 3, 0, 0, 0, 2, 0)
    contribute(database_url, [answers()] * 2)
    assert publish_and_audit(database_url) is None
    contribute(database_url, [answers(level="mid")])
    assert publish_and_audit(database_url) == PublicationResult(2, 5, 0, 0, 0, 0, 0)


def test_only_accepted_submissions_are_published(database_url: str) -> None:
    contribute(database_url, [answers()] * 3)
    for status in ("held", "rejected"):
        contribute(database_url, [answers()] * 3, status)
    assert publish_and_audit(database_url) == PublicationResult(1, 3, 0, 0, 0, 0, 0)


def test_a_withdrawn_record_is_removed_and_the_rest_of_its_class_generalised(database_url: str) -> None:
    """Three in San Francisco, Los Angeles and elsewhere in California each: two of Los Angeles join the last."""
    contribute(database_url, [answers()] * 3)
    angelenos = contribute(database_url, [answers(metro="los-angeles")] * 3)
    contribute(database_url, [answers("metro")] * 3)
    publish_and_audit(database_url)
    before = submissions(database_url)
    withdraw(database_url, angelenos[0])
    contribute(database_url, [answers()])
    assert publish_and_audit(database_url) == PublicationResult(
        edition=2, added=0, generalised=2, refined=0, removed=1, waiting=1, held=0
    )
    after = records(database_url)
    assert before[angelenos[0]]["record"] not in after
    for id_ in angelenos[1:]:
        assert submissions(database_url)[id_] == before[id_]  # the same record, published in the same edition
        assert "metro" not in after[before[id_]["record"]]


def test_records_are_refined_when_their_class_grows(database_url: str) -> None:
    first = contribute(database_url, [answers(metro="los-angeles")] + [answers("metro")] * 3)
    publish_and_audit(database_url)
    contribute(database_url, [answers(metro="los-angeles")] * 3)
    assert publish_and_audit(database_url) == PublicationResult(
        edition=2, added=3, generalised=0, refined=1, removed=0, waiting=0, held=0
    )
    assert records(database_url)[submissions(database_url)[first[0]]["record"]]["metro"] == "los-angeles"


def test_the_rest_of_a_small_class_waits_again(database_url: str) -> None:
    ids = contribute(database_url, [answers()] * 3)
    publish_and_audit(database_url)
    withdraw(database_url, ids[0])
    assert publish_and_audit(database_url) == PublicationResult(
        edition=2, added=0, generalised=0, refined=0, removed=3, waiting=2, held=0
    )
    left = [submissions(database_url)[id_] for id_ in ids[1:]]
    assert [(row["status"], row["record"], row["published_in"]) for row in left] == [("accepted", None, None)] * 2
    contribute(database_url, [answers()])
    assert publish_and_audit(database_url) == PublicationResult(3, 3, 0, 0, 0, 0, 0)


def test_an_amended_record_is_removed_and_published_again_with_a_new_id(database_url: str) -> None:
    ids = contribute(database_url, [answers()] * 5)
    publish_and_audit(database_url)
    before = submissions(database_url)
    amend(database_url, ids[0], answers(base=170_000))
    assert publish_and_audit(database_url) == PublicationResult(
        edition=2, added=0, generalised=0, refined=0, removed=1, waiting=1, held=0
    )
    contribute(database_url, [answers()] * 2)
    assert publish_and_audit(database_url) == PublicationResult(3, 3, 0, 0, 0, 0, 0)
    record = submissions(database_url)[ids[0]]["record"]
    assert record not in {row["record"] for row in before.values()}
    assert records(database_url)[record]["base_salary"] == 170_000


def test_a_rejected_record_is_removed(database_url: str) -> None:
    ids = contribute(database_url, [answers()] * 4)
    publish_and_audit(database_url)
    reject(database_url, ids[3])
    assert publish_and_audit(database_url) == PublicationResult(
        edition=2, added=0, generalised=0, refined=0, removed=1, waiting=0, held=0
    )


def test_a_higher_k_generalises_records(database_url: str) -> None:
    contribute(database_url, [answers(metro="los-angeles")] * 3 + [answers()] * 3)
    publish_and_audit(database_url)
    done = publish(database_url, k=6, screen=no_findings)
    assert done == PublicationResult(edition=2, added=0, generalised=6, refined=0, removed=0, waiting=0, held=0)


def test_records_of_other_sources_are_left_alone(database_url: str) -> None:
    publish_others(database_url, [{"base_salary": 100_000 + n} for n in range(4)])
    contribute(database_url, [answers()] * 3)
    assert publish_and_audit(database_url) == PublicationResult(2, 3, 0, 0, 0, 0, 0)
    publish_others(database_url, [{"base_salary": 200_000}], first=9)
    assert publish_and_audit(database_url) is None
    with bulk_connection(database_url) as rows:
        assert current_edition(rows).records == 8  # type: ignore[union-attr]


def test_unpublishable_pay_waits_and_blocks_no_other(database_url: str) -> None:
    contribute(database_url, [answers()] * 3 + [answers(currency="INR", base=40), answers(currency="ZZZ")])
    assert publish_and_audit(database_url) == PublicationResult(1, 3, 0, 0, 0, 2, 0)


def test_expired_proofs_and_old_rate_counts_are_deleted(database_url: str) -> None:
    execute(
        database_url,
        "INSERT INTO spent_proof SELECT n::text::bytea, now() - n * interval '1 hour' FROM unnest(ARRAY[90, 25, 23, -1]) n",
    )
    execute(
        database_url,
        "INSERT INTO rate SELECT 'x', now() - n * interval '1 hour', 1 FROM unnest(ARRAY[-90, -25, 1, 23, 25, 90]) n",
    )
    publish_and_audit(database_url)
    with bulk_connection(database_url) as rows:
        assert rows.scalar("SELECT count(*) FROM spent_proof") == 2
        assert rows.scalar("SELECT count(*) FROM rate") == 2


def test_any_change_of_a_submission_changes_the_fingerprint(database_url: str) -> None:
    """By which runs that would change nothing are skipped."""
    states = [fingerprint(database_url), fingerprint(database_url)]
    ids = contribute(database_url, [answers()] * 3)
    states.append(fingerprint(database_url))
    execute(database_url, f"UPDATE submission SET cleared = NOT cleared WHERE id = '{ids[0]}'")
    states.append(fingerprint(database_url))
    amend(database_url, ids[0], answers(base=123_000))
    states.append(fingerprint(database_url))
    withdraw(database_url, ids[0])
    states.append(fingerprint(database_url))
    assert states[0] == states[1]
    assert len(set(states)) == len(states) - 1
