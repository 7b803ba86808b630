"""Publication against a real database: what an edition holds and what it waits for."""

from support.publishing import clean, editions_of, execute, run
from support.records import publish as publish_others
from support.stored_submissions import USUAL, amend, answers, contribute, records, reject, submissions, withdraw

from service.intake.publication import PublicationResult, publish, fingerprint
from service.store.bulk import bulk_connection
from service.store.editions import current_edition


def test_enough_submissions_become_an_edition(database_url: str) -> None:
    ids = contribute(database_url, [answers(base=base, effective="2026-02") for base in (123_456, 150_000, 99_950)])
    assert run(database_url) == PublicationResult(edition=1, added=3, generalised=0, refined=0, removed=0, waiting=0, held=0)
    found = submissions(database_url)
    told = [records(database_url)[found[id_]["record"]] for id_ in ids]
    assert [record["base_reported"] for record in told] == [123_000, 150_000, 100_000]
    pay = {"currency": "USD", "base_reported": 123_000, "base_salary": 123_000}
    assert told[0] == {"effective": "2026-01-01", **pay, **USUAL}
    assert [(found[id_]["status"], found[id_]["published_in"]) for id_ in ids] == [("published", 1)] * 3


def test_a_records_id_tells_nothing_of_its_submission(database_url: str) -> None:
    ids = contribute(database_url, [answers()] * 3)
    run(database_url)
    assert not set(records(database_url)) & set(ids)
    assert all(record.version == 4 for record in records(database_url))


def test_nothing_happens_twice(database_url: str) -> None:
    contribute(database_url, [answers()] * 3)
    run(database_url)
    before = records(database_url)
    assert run(database_url) is None
    assert records(database_url) == before
    assert editions_of(database_url) == 1


def test_fewer_than_k_wait(database_url: str) -> None:
    contribute(database_url, [answers()] * 2)
    assert run(database_url) is None
    assert {row["status"] for row in submissions(database_url).values()} == {"accepted"}
    contribute(database_url, [answers()])
    assert run(database_url) == PublicationResult(1, 3, 0, 0, 0, 0, 0)


def test_fewer_than_k_new_ones_stay_out_and_change_nothing(database_url: str) -> None:
    """The third of the other level would let all three tell it; but one new record alone would stand out."""
    contribute(database_url, [answers()] * 3)
    contribute(database_url, [answers(level="mid")] * 2)
    assert run(database_url) == PublicationResult(1, 3, 0, 0, 0, 2, 0)
    contribute(database_url, [answers()] * 2)
    assert run(database_url) is None
    contribute(database_url, [answers(level="mid")])
    assert run(database_url) == PublicationResult(2, 5, 0, 0, 0, 0, 0)


def test_only_what_was_accepted_is_published(database_url: str) -> None:
    contribute(database_url, [answers()] * 3)
    for status in ("held", "rejected"):
        contribute(database_url, [answers()] * 3, status)
    assert run(database_url) == PublicationResult(1, 3, 0, 0, 0, 0, 0)


def test_a_withdrawn_record_goes_at_once_and_what_is_left_gets_coarser(database_url: str) -> None:
    """Three tell San Francisco, three Los Angeles, three only California: there go two when the sixth is gone."""
    contribute(database_url, [answers()] * 3)
    angelenos = contribute(database_url, [answers(metro="los-angeles")] * 3)
    contribute(database_url, [answers("metro")] * 3)
    run(database_url)
    before = submissions(database_url)
    withdraw(database_url, angelenos[0])
    contribute(database_url, [answers()])
    assert run(database_url) == PublicationResult(edition=2, added=0, generalised=2, refined=0, removed=1, waiting=1, held=0)
    after = records(database_url)
    assert before[angelenos[0]]["record"] not in after
    for id_ in angelenos[1:]:
        assert submissions(database_url)[id_] == before[id_]  # the same record, published in the same edition
        assert "metro" not in after[before[id_]["record"]]


def test_records_get_finer_when_more_are_like_them(database_url: str) -> None:
    first = contribute(database_url, [answers(metro="los-angeles")] + [answers("metro")] * 3)
    run(database_url)
    contribute(database_url, [answers(metro="los-angeles")] * 3)
    assert run(database_url) == PublicationResult(edition=2, added=3, generalised=0, refined=1, removed=0, waiting=0, held=0)
    assert records(database_url)[submissions(database_url)[first[0]]["record"]]["metro"] == "los-angeles"


def test_whoever_is_left_alone_waits_again(database_url: str) -> None:
    ids = contribute(database_url, [answers()] * 3)
    run(database_url)
    withdraw(database_url, ids[0])
    assert run(database_url) == PublicationResult(edition=2, added=0, generalised=0, refined=0, removed=3, waiting=2, held=0)
    left = [submissions(database_url)[id_] for id_ in ids[1:]]
    assert [(row["status"], row["record"], row["published_in"]) for row in left] == [("accepted", None, None)] * 2
    contribute(database_url, [answers()])
    assert run(database_url) == PublicationResult(3, 3, 0, 0, 0, 0, 0)


def test_an_amended_record_goes_and_comes_back_under_another_id(database_url: str) -> None:
    ids = contribute(database_url, [answers()] * 5)
    run(database_url)
    before = submissions(database_url)
    amend(database_url, ids[0], answers(base=170_000))
    assert run(database_url) == PublicationResult(edition=2, added=0, generalised=0, refined=0, removed=1, waiting=1, held=0)
    contribute(database_url, [answers()] * 2)
    assert run(database_url) == PublicationResult(3, 3, 0, 0, 0, 0, 0)
    record = submissions(database_url)[ids[0]]["record"]
    assert record not in {row["record"] for row in before.values()}
    assert records(database_url)[record]["base_salary"] == 170_000


def test_a_rejected_record_goes(database_url: str) -> None:
    ids = contribute(database_url, [answers()] * 4)
    run(database_url)
    reject(database_url, ids[3])
    assert run(database_url) == PublicationResult(edition=2, added=0, generalised=0, refined=0, removed=1, waiting=0, held=0)


def test_a_higher_k_makes_records_coarser_at_once(database_url: str) -> None:
    contribute(database_url, [answers(metro="los-angeles")] * 3 + [answers()] * 3)
    run(database_url)
    done = publish(database_url, k=6, screen=clean)
    assert done == PublicationResult(edition=2, added=0, generalised=6, refined=0, removed=0, waiting=0, held=0)


def test_what_others_published_is_left_alone(database_url: str) -> None:
    publish_others(database_url, [{"base_salary": 100_000 + n} for n in range(4)])
    contribute(database_url, [answers()] * 3)
    assert run(database_url) == PublicationResult(2, 3, 0, 0, 0, 0, 0)
    publish_others(database_url, [{"base_salary": 200_000}], first=9)
    assert run(database_url) is None
    with bulk_connection(database_url) as rows:
        assert current_edition(rows).records == 8  # type: ignore[union-attr]


def test_pay_that_no_record_can_have_waits_and_keeps_nobody_from_being_published(database_url: str) -> None:
    contribute(database_url, [answers()] * 3 + [answers(currency="INR", base=40), answers(currency="ZZZ")])
    assert run(database_url) == PublicationResult(1, 3, 0, 0, 0, 2, 0)


def test_expired_proofs_and_old_rates_are_forgotten(database_url: str) -> None:
    execute(
        database_url,
        "INSERT INTO spent_proof SELECT n::text::bytea, now() - n * interval '1 hour' FROM unnest(ARRAY[90, 25, 23, -1]) n",
    )
    execute(
        database_url,
        "INSERT INTO rate SELECT 'x', now() - n * interval '1 hour', 1 FROM unnest(ARRAY[-90, -25, 1, 23, 25, 90]) n",
    )
    run(database_url)
    with bulk_connection(database_url) as rows:
        assert rows.scalar("SELECT count(*) FROM spent_proof") == 2
        assert rows.scalar("SELECT count(*) FROM rate") == 2


def test_a_change_of_any_submission_is_a_change_of_state(database_url: str) -> None:
    """What a run goes by that would otherwise work everything out anew."""
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
