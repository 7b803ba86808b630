"""Releases of contributed pay, in a database: what is published, what waits, and what leaves."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from support.publishing import FIRST, PERIOD, RULES, K, editions_of, execute, linked, release
from support.records import SEVEN
from support.records import publish as publish_others
from support.stored_submissions import amend, answers, contribute, records, reject, submissions, withdraw

from service.intake.publication import ReleaseResult, publish
from service.store.bulk import bulk_connection

BASES = [100_000 + 3_000 * n for n in range(12)]
"""100,000 to 133,000: the steps 100,000 (4 of them), 110,000 (3), 120,000 (3) and 130,000 (2)."""
FULL = {"bonus": 20_000, "equity": 30_000}


def test_a_class_of_k_is_published_with_its_values_and_one_stepped_amount(database_url: str) -> None:
    ids = contribute(database_url, [answers(base=base) for base in BASES])
    due = FIRST.replace(hour=0)
    assert release(database_url) == ReleaseResult(due, 1, batches=1, records=12, removed=0, waiting=0)
    found = records(database_url)
    amounts = sorted(record.pop("base_reported") for record in found.values())
    assert amounts == [
        *(101_250, 103_750, 106_250, 108_750),
        *(111_666, 115_000, 118_333),
        *(121_666, 125_000, 128_333),
        *(135_000, 145_000),
    ]
    assert {record.pop("base_salary") for record in found.values()} == set(amounts)
    assert {tuple(sorted(record.items())) for record in found.values()} == {
        (
            ("country", "us"),
            ("currency", "USD"),
            ("effective", "2026-01-01"),
            ("level", "senior"),
            ("role", "machine-learning-engineer"),
        )
    }
    stored = submissions(database_url)
    assert {stored[id_]["base_record"] for id_ in ids} == set(found)
    assert {(row["status"], row["published_in"], row["total_record"]) for row in stored.values()} == {("published", 1, None)}


def test_base_salary_and_total_compensation_are_separate_records(database_url: str) -> None:
    contribute(database_url, [answers(base=base, **FULL) for base in BASES])
    done = release(database_url)
    assert (done.batches, done.records) == (2, 24)
    assert Counter("base_salary" in record for record in records(database_url).values()) == {True: 12, False: 12}
    assert all(("base_salary" in one) != ("total_compensation" in one) for one in records(database_url).values())
    assert all(row["base_record"] != row["total_record"] for row in submissions(database_url).values())


def test_a_record_is_in_the_step_of_its_submission(database_url: str) -> None:
    ids = contribute(database_url, [answers(base=base) for base in BASES])
    release(database_url)
    found, stored = records(database_url), submissions(database_url)
    steps = [found[stored[id_]["base_record"]]["base_salary"] // 10_000 for id_ in ids]
    assert steps == [base // 10_000 if base < 130_000 else pytest.approx(13.5, abs=1) for base in BASES]


def test_pay_in_another_currency_is_converted_to_that_of_the_class(database_url: str) -> None:
    contribute(database_url, [answers("metro", "subdivision", country="de", currency="EUR", base=base) for base in BASES])
    contribute(database_url, [answers("metro", "subdivision", country="de", currency="USD", base=100_000)])
    release(database_url)
    with bulk_connection(database_url) as rows:
        rate = rows.scalar("SELECT usd FROM fx_rate WHERE currency = 'EUR' ORDER BY abs(year - 2026), year LIMIT 1")
        steps = rows.query("SELECT step, count(*) AS n FROM batch_record GROUP BY step").to_pylist()
    expected = Counter([*(100_000,) * 4, *(110_000,) * 3, *(120_000,) * 3, *(130_000,) * 2])
    expected[next(step for step in (82_000, 75_000, 91_000, 68_000) if step <= 100_000 / rate)] += 1
    assert {row["step"]: row["n"] for row in steps} == expected
    assert {record["currency"] for record in records(database_url).values()} == {"EUR"}
    assert all(one["base_salary"] == round(one["base_reported"] * rate) for one in records(database_url).values())


def test_a_batch_on_few_steps_has_the_coarse_ones(database_url: str) -> None:
    contribute(database_url, [answers(base=100_000)] * 10)
    release(database_url)
    amounts = sorted(record["base_salary"] for record in records(database_url).values())
    assert amounts == [102_500 + 5_000 * n for n in range(10)]


def test_fewer_than_k_wait_and_make_no_edition(database_url: str) -> None:
    contribute(database_url, [answers()] * (K - 1))
    assert release(database_url) == ReleaseResult(FIRST.replace(hour=0), None, 0, 0, 0, waiting=K - 1)
    assert editions_of(database_url) == 0
    assert {row["status"] for row in submissions(database_url).values()} == {"accepted"}


def test_a_release_is_made_once(database_url: str) -> None:
    contribute(database_url, [answers()] * K)
    assert release(database_url)
    contribute(database_url, [answers()] * K)
    later = FIRST + PERIOD - timedelta(hours=13)
    assert publish(database_url, RULES, later) is None
    assert editions_of(database_url) == 1
    assert publish(database_url, RULES, FIRST + PERIOD - timedelta(hours=12))
    assert editions_of(database_url) == 2


def test_a_missed_release_is_not_made_up_for(database_url: str) -> None:
    contribute(database_url, [answers()] * K)
    done = release(database_url, 5)
    assert done.due == FIRST.replace(hour=0) + 5 * PERIOD
    assert publish(database_url, RULES, FIRST + 4 * PERIOD) is None


def test_coarser_classes_open_after_releases_of_waiting(database_url: str) -> None:
    """Five of each level: role and country after two releases, and never with the level."""
    contribute(database_url, [answers(level=level, base=base) for level in ("senior", "staff") for base in BASES[:5]])
    assert [release(database_url, number).records for number in range(3)] == [0, 0, 10]
    published = {"effective", "currency", "base_reported", "base_salary", "country", "role"}
    assert {frozenset(one) for one in records(database_url).values()} == {frozenset(published)}


def test_the_last_classes_are_those_of_a_family_and_continent(database_url: str) -> None:
    elsewhere = [answers("metro", "subdivision", country=country) for country in ("de", "fr", "it", "es", "pl")]
    contribute(database_url, [replace(one, base=base) for base, one in zip(BASES, elsewhere * 2, strict=False)], waited=6)
    release(database_url)
    assert {(one["role"], one["country"], one["currency"]) for one in records(database_url).values()} == {
        ("machine-learning-engineer", "europe", "USD")
    }


def test_only_those_that_count_are_published(database_url: str) -> None:
    """The second of a network does not count in the class, so nine and one more are not ten."""
    contribute(database_url, [answers()] * (K - 1))
    contribute(database_url, [answers()], counted={})
    assert release(database_url) == ReleaseResult(FIRST.replace(hour=0), None, 0, 0, 0, waiting=K)


def test_k_must_have_been_counted_in_the_same_year(database_url: str) -> None:
    for year in (2025, 2026):
        contribute(database_url, [answers()] * (K - 1), counted=dict.fromkeys(["role-level-country"], year))
    done = release(database_url)
    assert done.records == 0
    contribute(database_url, [answers()], counted={"role-level-country": 2026})
    done = release(database_url, 1)
    assert done.records == 2 * K - 1


@pytest.mark.parametrize("status", ["held", "rejected", "withdrawn"])
def test_only_accepted_submissions_are_published(database_url: str, status: str) -> None:
    contribute(database_url, [answers()] * K, status)
    assert release(database_url) == ReleaseResult(FIRST.replace(hour=0), None, 0, 0, 0, 0)


def test_a_withdrawal_deletes_the_link_at_once_and_the_record_with_k_others(database_url: str) -> None:
    ids = contribute(database_url, [answers(base=base) for base in BASES * 2])
    release(database_url)
    before = records(database_url)
    gone = {submissions(database_url)[id_]["base_record"] for id_ in ids[:K]}
    for id_ in ids[: K - 1]:
        withdraw(database_url, id_)
    assert len(linked(database_url)) == 24 - 9
    assert release(database_url, 1) == ReleaseResult(FIRST.replace(hour=0) + PERIOD, None, 0, 0, 0, 0)
    assert records(database_url) == before
    withdraw(database_url, ids[K - 1])
    done = release(database_url, 2)
    assert done.removed == K
    assert set(records(database_url)) == set(before) - gone
    assert all(records(database_url)[id_] == before[id_] for id_ in records(database_url))
    with bulk_connection(database_url) as rows:
        release(database_url, 3)
        assert rows.scalar("SELECT count(*) FROM withdrawn_record") == 0


@pytest.mark.slow
def test_withdrawals_that_would_leave_fewer_than_k_wait_for_the_rest(database_url: str) -> None:
    ids = contribute(database_url, [answers(base=base) for base in BASES])
    release(database_url)
    for number, id_ in enumerate(ids[:-1]):
        withdraw(database_url, id_)
        assert release(database_url, number + 1), "the batch is as it was"
        assert len(records(database_url)) == 12
    withdraw(database_url, ids[-1])
    done = release(database_url, 12)
    assert (done.removed, records(database_url)) == (12, {})


def test_an_amendment_is_published_once_its_earlier_record_has_gone(database_url: str) -> None:
    ids = contribute(database_url, [answers(base=base) for base in BASES * 2])
    release(database_url)
    for id_ in ids[:K]:
        amend(database_url, id_, answers(base=200_000))
    done = release(database_url, 1)
    assert (done.removed, done.records) == (K, 0)
    done = release(database_url, 2)
    assert (done.removed, done.records) == (0, K)
    assert Counter(one["base_salary"] >= 150_000 for one in records(database_url).values()) == {True: K, False: 14}


def test_an_amendment_of_what_is_not_published_keeps_the_record(database_url: str) -> None:
    ids = contribute(database_url, [answers(base=base) for base in BASES])
    release(database_url)
    before = submissions(database_url)
    amend(database_url, ids[0], answers(base=BASES[0], work_mode="on-site"), keeps_records=True)
    assert submissions(database_url) == before


def test_a_rejected_record_leaves_like_a_withdrawn_one(database_url: str) -> None:
    ids = contribute(database_url, [answers(base=base) for base in BASES * 2])
    release(database_url)
    for id_ in ids[:K]:
        reject(database_url, id_)
    done = release(database_url, 1)
    assert done.removed == K


def test_a_batch_retires_as_a_whole_after_24_months(database_url: str) -> None:
    contribute(database_url, [answers(base=base) for base in BASES])
    release(database_url)
    assert release(database_url, 26), "two years of 26 releases are 2 days short of 24 months"
    assert len(records(database_url)) == 12
    done = release(database_url, 27)
    assert (done.removed, records(database_url), done.records) == (12, {}, 0)


def test_a_batch_that_a_moderator_withdrew_leaves_as_a_whole(database_url: str) -> None:
    contribute(database_url, [answers(base=base) for base in BASES])
    release(database_url)
    execute(database_url, "UPDATE batch SET withdrawn_at = now(), withdrawn_by = 'Ann', withdrawal_note = 'A campaign.'")
    done = release(database_url, 1)
    assert (done.removed, done.records, records(database_url)) == (12, 0, {})


def test_a_larger_k_retires_smaller_batches(database_url: str) -> None:
    contribute(database_url, [answers(base=base) for base in BASES])
    release(database_url)
    done = release(database_url, 1, replace(RULES, k=20))
    assert (done.removed, records(database_url)) == (12, {})


def test_records_of_other_sources_are_left_alone(database_url: str) -> None:
    publish_others(database_url, SEVEN)
    contribute(database_url, [answers()] * K)
    release(database_url)
    with bulk_connection(database_url) as rows:
        assert rows.scalar("SELECT count(*) FROM salary_record WHERE removed_in IS NULL") == len(SEVEN) + K


@pytest.mark.parametrize("tables", [["batch_record", "batch", "release"], ["batch", "release"]])
def test_records_without_a_batch_leave_with_the_next_release(database_url: str, tables: list[str]) -> None:
    """Such as those of the first design."""
    contribute(database_url, [answers()] * K)
    release(database_url)
    for table in tables:
        execute(database_url, f"DELETE FROM {table}")
    execute(database_url, "UPDATE submission SET status = 'accepted', base_record = NULL, releases_before = -6")
    before = set(records(database_url))
    done = publish(database_url, RULES, FIRST + PERIOD)
    assert (done.removed, done.records) == (K, K)
    assert not before & set(records(database_url))


def test_unpublishable_pay_waits_and_blocks_no_other(database_url: str) -> None:
    contribute(database_url, [answers()] * K + [answers(base=99_000_000)] * K + [answers(base=5)] * K)
    done = release(database_url)
    assert (done.records, done.waiting) == (K, 2 * K)


def test_expired_proofs_and_old_rate_counts_are_deleted(database_url: str) -> None:
    for age in ("25 hours", "23 hours"):
        execute(database_url, f"INSERT INTO spent_proof VALUES ('{age}', now() - interval '{age}')")
        execute(database_url, f"INSERT INTO rate VALUES ('{age}', now() - interval '{age}', 1)")
    execute(database_url, "INSERT INTO rate VALUES ('ahead', now() + interval '25 hours', 1)")
    publish(database_url, RULES, FIRST)
    with bulk_connection(database_url) as rows:
        left = "SELECT convert_from(id, 'UTF8') AS id FROM {}"
        assert rows.query(left.format("spent_proof")).column("id").to_pylist() == ["23 hours"]
        assert rows.query(left.format("rate")).column("id").to_pylist() == ["23 hours"]
