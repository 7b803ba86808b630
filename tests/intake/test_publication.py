"""Publication against a real database: what an edition holds, what it waits for, and that it survives being killed."""

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from contributed import amend, answers, contribute, records, reject, submissions, withdraw
from databases import clone
from hypothesis import given
from hypothesis import strategies as st
from records import publish as publish_others

from service.intake import publication
from service.intake.audit import audit
from service.intake.employers import label
from service.intake.publication import Published, publish
from service.intake.recent import Recent
from service.intake.screening import Finding, FindingCode
from service.store import editions
from service.store import publication as store
from service.store.bulk import bulk
from service.store.editions import current_edition
from service.store.reference import add_terms, load_reference
from service.vocabulary.employer import slug
from service.vocabulary.factors import Factor
from service.vocabulary.terms import Term

K = 3


def clean(_: Sequence[Recent]) -> Mapping[UUID, Sequence[Finding]]:
    return {}


def run(url: str, k: int = K) -> Published | None:
    """Publish without screening, and audit what came of it."""
    done = publish(url, k=k, screen=clean)
    assert audit(url, k) == []
    assert linked(url) == set(records(url))
    return done


def linked(url: str) -> set[UUID]:
    """The records that submissions point to, once they are published."""
    found = submissions(url).values()
    assert {row["status"] for row in found if row["record"]} <= {"published"}
    assert all((row["published_in"] is None) == (row["record"] is None) for row in found)
    return {row["record"] for row in found if row["record"]}


def editions_of(url: str) -> int:
    with bulk(url) as rows:
        edition = current_edition(rows)
    return edition.number if edition else 0


def execute(url: str, sql: str) -> None:
    with bulk(url) as rows:
        rows.execute(sql)
        rows.commit()


def test_enough_submissions_become_an_edition(database_url: str) -> None:
    ids = contribute(database_url, [answers(base=base, effective="2026-02") for base in (123_456, 150_000, 99_950)])
    assert run(database_url) == Published(edition=1, added=3, coarser=0, finer=0, removed=0, waiting=0, held=0)
    found = submissions(database_url)
    told = [records(database_url)[found[id_]["record"]] for id_ in ids]
    assert [record["base_reported"] for record in told] == [123_000, 150_000, 100_000]
    assert told[0] == {
        "effective": "2026-01-01",
        "currency": "USD",
        "base_reported": 123_000,
        "base_salary": 123_000,
        "country": "us",
        "subdivision": "us-ca",
        "metro": "san-francisco",
        "role": "machine-learning-engineer",
        "level": "senior",
        "experience": "5",
        "work_mode": "remote",
        "employment_type": "full-time",
    }
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
    assert run(database_url) == Published(1, 3, 0, 0, 0, 0, 0)


def test_fewer_than_k_new_ones_stay_out_and_change_nothing(database_url: str) -> None:
    """The third of the other level would let all three tell it; but one new record alone would stand out."""
    contribute(database_url, [answers()] * 3)
    contribute(database_url, [answers(level="mid")] * 2)
    assert run(database_url) == Published(1, 3, 0, 0, 0, 2, 0)
    contribute(database_url, [answers()] * 2)
    assert run(database_url) is None
    contribute(database_url, [answers(level="mid")])
    assert run(database_url) == Published(2, 5, 0, 0, 0, 0, 0)


def test_only_what_was_accepted_is_published(database_url: str) -> None:
    contribute(database_url, [answers()] * 3)
    for status in ("held", "rejected"):
        contribute(database_url, [answers()] * 3, status)
    assert run(database_url) == Published(1, 3, 0, 0, 0, 0, 0)


def test_a_withdrawn_record_goes_at_once_and_what_is_left_gets_coarser(database_url: str) -> None:
    """Three tell San Francisco, three Los Angeles, three only California: there go two when the sixth is gone."""
    contribute(database_url, [answers()] * 3)
    angelenos = contribute(database_url, [answers(metro="los-angeles")] * 3)
    contribute(database_url, [answers("metro")] * 3)
    run(database_url)
    before = submissions(database_url)
    withdraw(database_url, angelenos[0])
    contribute(database_url, [answers()])
    assert run(database_url) == Published(edition=2, added=0, coarser=2, finer=0, removed=1, waiting=1, held=0)
    after = records(database_url)
    assert before[angelenos[0]]["record"] not in after
    for id_ in angelenos[1:]:
        assert submissions(database_url)[id_] == before[id_]  # the same record, published in the same edition
        assert "metro" not in after[before[id_]["record"]]


def test_records_get_finer_when_more_are_like_them(database_url: str) -> None:
    first = contribute(database_url, [answers(metro="los-angeles")] + [answers("metro")] * 3)
    run(database_url)
    contribute(database_url, [answers(metro="los-angeles")] * 3)
    assert run(database_url) == Published(edition=2, added=3, coarser=0, finer=1, removed=0, waiting=0, held=0)
    assert records(database_url)[submissions(database_url)[first[0]]["record"]]["metro"] == "los-angeles"


def test_whoever_is_left_alone_waits_again(database_url: str) -> None:
    ids = contribute(database_url, [answers()] * 3)
    run(database_url)
    withdraw(database_url, ids[0])
    assert run(database_url) == Published(edition=2, added=0, coarser=0, finer=0, removed=3, waiting=2, held=0)
    left = [submissions(database_url)[id_] for id_ in ids[1:]]
    assert [(row["status"], row["record"], row["published_in"]) for row in left] == [("accepted", None, None)] * 2
    contribute(database_url, [answers()])
    assert run(database_url) == Published(3, 3, 0, 0, 0, 0, 0)


def test_an_amended_record_goes_and_comes_back_under_another_id(database_url: str) -> None:
    ids = contribute(database_url, [answers()] * 5)
    run(database_url)
    before = submissions(database_url)
    amend(database_url, ids[0], answers(base=170_000))
    assert run(database_url) == Published(edition=2, added=0, coarser=0, finer=0, removed=1, waiting=1, held=0)
    contribute(database_url, [answers()] * 2)
    assert run(database_url) == Published(3, 3, 0, 0, 0, 0, 0)
    record = submissions(database_url)[ids[0]]["record"]
    assert record not in {row["record"] for row in before.values()}
    assert records(database_url)[record]["base_salary"] == 170_000


def test_a_rejected_record_goes(database_url: str) -> None:
    ids = contribute(database_url, [answers()] * 4)
    run(database_url)
    reject(database_url, ids[3])
    assert run(database_url) == Published(edition=2, added=0, coarser=0, finer=0, removed=1, waiting=0, held=0)


def test_a_higher_k_makes_records_coarser_at_once(database_url: str) -> None:
    contribute(database_url, [answers(metro="los-angeles")] * 3 + [answers()] * 3)
    run(database_url)
    done = publish(database_url, k=6, screen=clean)
    assert done == Published(edition=2, added=0, coarser=6, finer=0, removed=0, waiting=0, held=0)


def test_what_others_published_is_left_alone(database_url: str) -> None:
    publish_others(database_url, [{"base_salary": 100_000 + n} for n in range(4)])
    contribute(database_url, [answers()] * 3)
    assert run(database_url) == Published(2, 3, 0, 0, 0, 0, 0)
    publish_others(database_url, [{"base_salary": 200_000}], first=9)
    assert run(database_url) is None
    with bulk(database_url) as rows:
        assert current_edition(rows).records == 8  # type: ignore[union-attr]


def test_pay_that_no_record_can_have_waits_and_keeps_nobody_from_being_published(database_url: str) -> None:
    contribute(database_url, [answers()] * 3 + [answers(currency="INR", base=40), answers(currency="ZZZ")])
    assert run(database_url) == Published(1, 3, 0, 0, 0, 2, 0)


def test_expired_proofs_and_old_rates_are_forgotten(database_url: str) -> None:
    execute(
        database_url,
        "INSERT INTO spent_proof SELECT n::text::bytea, now() + n * interval '1 minute' FROM unnest(ARRAY[-2, -1, 1, 2]) n",
    )
    execute(
        database_url,
        "INSERT INTO rate SELECT 'x', now() - n * interval '1 hour', 1 FROM unnest(ARRAY[1, 23, 25, 90]) n",
    )
    run(database_url)
    with bulk(database_url) as rows:
        assert rows.one("SELECT count(*) FROM spent_proof") == 2
        assert rows.one("SELECT count(*) FROM rate") == 2


# Screening


def doubts_about(*numbers: int) -> Callable[[Sequence[Recent]], Mapping[UUID, Sequence[Finding]]]:
    finding = Finding(FindingCode.BURST, "Nine came within an hour.", 9)
    return lambda recent: {one.id: [finding] for one in recent if one.answers.base in numbers}


def test_doubtful_submissions_are_held_with_a_reason(database_url: str) -> None:
    ids = contribute(database_url, [answers(base=100_000 + n) for n in range(4)])
    done = publish(database_url, k=K, screen=doubts_about(100_001))
    assert done == Published(1, 3, 0, 0, 0, 0, held=1)
    held = submissions(database_url)[ids[1]]
    assert (held["status"], held["record"]) == ("held", None)
    assert held["reason"] == "A moderator looks at it first: Nine came within an hour."
    assert held["findings"] == '[{"code": "burst", "score": 9, "message": "Nine came within an hour."}]'


def test_a_run_that_only_holds_makes_no_edition(database_url: str) -> None:
    contribute(database_url, [answers(base=1_000)])
    assert publish(database_url, k=K, screen=doubts_about(1_000)) == Published(None, 0, 0, 0, 0, 0, held=1)
    assert publish(database_url, k=K, screen=doubts_about(1_000)) is None


def test_what_a_moderator_cleared_or_is_published_is_not_held(database_url: str) -> None:
    contribute(database_url, [answers(base=1_000)] * 3, cleared=True)
    assert publish(database_url, k=K, screen=doubts_about(1_000)) == Published(1, 3, 0, 0, 0, 0, 0)
    execute(database_url, "UPDATE submission SET cleared = false")
    assert publish(database_url, k=K, screen=doubts_about(1_000)) is None


def test_only_submissions_of_the_last_thirty_days_are_compared(database_url: str) -> None:
    contribute(database_url, [answers(base=1_000)] * 2 + [answers(base=1_001)])
    execute(
        database_url, "UPDATE submission SET submitted_at = now() - interval '31 days' WHERE answers ->> 'base' = '1000'"
    )
    seen: list[int] = []
    publish(database_url, k=K, screen=lambda recent: seen.extend(one.answers.base for one in recent) or {})
    assert seen == [1_001]


def test_a_crowd_of_equals_is_held_by_the_real_screening(database_url: str) -> None:
    contribute(database_url, [answers(employer="Acme Robotics", base=150_000 + n) for n in range(40)])
    done = publish(database_url, k=K)
    assert done
    assert done.held >= 30


# Employers


def employer_of(url: str, ids: Sequence[UUID]) -> list[str | None]:
    found = submissions(url)
    return [records(url)[found[id_]["record"]].get("employer") for id_ in ids]


def known_employers(url: str) -> dict[str, str]:
    with bulk(url) as rows:
        return {value.code: value.label for value in load_reference(rows).taxonomy.values(Factor.EMPLOYER)}


def know(url: str, *names: str) -> None:
    with bulk(url) as rows:
        add_terms(rows, [Term(Factor.EMPLOYER, slug(name), name) for name in names])
        rows.commit()


def named(*names: str) -> list[Any]:
    return [answers(employer=name) for name in names]


def test_an_employer_becomes_known_once_k_have_named_it(database_url: str) -> None:
    contribute(database_url, [answers()] * 3 + named("Acme, Inc.", "ACME"))
    run(database_url)
    assert known_employers(database_url) == {}
    ids = contribute(database_url, named("Acme", "acme llc", "Acme"))
    assert run(database_url) == Published(edition=2, added=3, coarser=0, finer=2, removed=0, waiting=0, held=0)
    assert known_employers(database_url) == {"acme": "Acme"}
    assert employer_of(database_url, ids) == ["acme"] * 3


def test_held_submissions_do_not_make_an_employer_known(database_url: str) -> None:
    contribute(database_url, named("Acme", "Acme"))
    contribute(database_url, named("Acme", "Acme"), "held")
    run(database_url)
    assert known_employers(database_url) == {}


@pytest.mark.parametrize(
    ("known", "told", "expected"),
    [
        (["Google"], "GOOGLE, LLC", "google"),
        (["The University of Virginia"], "University of Virginia", "the-university-of-virginia"),
        (["Dana Farber Cancer Institute"], "Dana Farber Cancer Institutte", "dana-farber-cancer-institute"),
        (["Apple"], "Apple Bank", None),
        (["Google"], "Goggle Inc", None),
        (["University of Miami"], "Miami University", None),
        (["University of Washington"], "Washington University", None),
        (["Sai Technologies"], "Saim Technologies", None),
        (["Baanyan Software Services", "Baanyan Software Service"], "Baanyan Software Servicess", None),
    ],
)
def test_spellings_of_a_known_employer(database_url: str, known: list[str], told: str, expected: str | None) -> None:
    """Three who name one that is not known make it known."""
    know(database_url, *known)
    ids = contribute(database_url, named(told, told, told))
    run(database_url)
    assert employer_of(database_url, ids) == [expected or slug(told)] * 3


@given(st.lists(st.sampled_from(["Acme Łabs", "Acme Labs", "acme labs", "ACME labs ✨"]), min_size=1), st.integers(2, 5))
def test_a_label_tells_no_more_than_its_code_or_k_contributors(names: list[str], k: int) -> None:
    found = label("acme-labs", Counter(names), k)
    assert found.casefold() == "acme labs" or names.count(found) >= k


# Others who change submissions meanwhile


def test_one_process_publishes_at_a_time_and_others_do_not_wait(database_url: str) -> None:
    contribute(database_url, [answers()] * 3)
    with store.elected(database_url) as rows:
        assert rows
        assert run(database_url) is None
    assert run(database_url) == Published(1, 3, 0, 0, 0, 0, 0)


def test_a_withdrawal_wins_over_a_publication_that_has_begun(database_url: str) -> None:
    """The screening is asked once all is read: whoever withdraws then is not published."""
    ids = contribute(database_url, [answers()] * 4)
    done = publish(database_url, k=K, screen=lambda _: withdraw(database_url, ids[0]) or {})
    assert done == Published(1, 3, 0, 0, 0, 0, 0)
    assert linked(database_url) == set(records(database_url))
    assert ids[0] not in {id_ for id_, row in submissions(database_url).items() if row["record"]}


def test_a_record_withdrawn_meanwhile_is_not_in_an_edition_made_for_others(database_url: str) -> None:
    ids = contribute(database_url, [answers()] * 4)
    run(database_url)
    gone = submissions(database_url)[ids[0]]["record"]
    contribute(database_url, [answers()] * 3)
    done = publish(database_url, k=K, screen=lambda _: withdraw(database_url, ids[0]) or {})
    assert done == Published(2, added=3, coarser=0, finer=0, removed=1, waiting=0, held=0)
    assert gone not in records(database_url)


def test_answers_amended_meanwhile_are_those_that_are_published(database_url: str) -> None:
    ids = contribute(database_url, [answers()] * 3)
    publish(database_url, k=K, screen=lambda _: amend(database_url, ids[0], answers(base=170_000)) or {})
    assert sorted(record["base_salary"] for record in records(database_url).values()) == [100_000, 100_000, 170_000]


def test_who_is_overtaken_again_and_again_keeps_others_off(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publication, "_ATTEMPTS", 0)
    ids = contribute(database_url, [answers()] * 4)
    assert run(database_url) == Published(1, 4, 0, 0, 0, 0, 0)
    withdraw(database_url, ids[0])
    assert run(database_url) == Published(2, 0, 0, 0, 1, 0, 0)
    assert run(database_url) is None
    assert editions_of(database_url) == 2


# Being killed

WORKER = """
import os, signal, sys
from service.intake.publication import publish
from service.store.bulk import Bulk

STATEMENTS = {call.__code__ for call in (Bulk.rows, Bulk.execute, Bulk.append, Bulk.commit)}

def die_at(number):
    left = [number]
    def count(frame, event, _):
        if event == "call" and frame.f_code in STATEMENTS:
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.setprofile(count)

for line in sys.stdin:
    url, number = line.split()
    if not (child := os.fork()):
        die_at(int(number))
        publish(url, k=3, screen=lambda _: {})
        os._exit(0)
    print(os.WTERMSIG(os.waitpid(child, 0)[1]), flush=True)
"""
Killer = Callable[[str, int], bool]


@contextmanager
def killer() -> Iterator[Killer]:
    """Publishes in another process, which is killed (-9) before it sends its n-th statement; whether it had so many."""
    with subprocess.Popen(
        [sys.executable, "-c", WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdin
        assert worker.stdout

        def kill(url: str, number: int) -> bool:
            worker.stdin.write(f"{url} {number}\n")  # type: ignore[union-attr]
            worker.stdin.flush()  # type: ignore[union-attr]
            killed = int(worker.stdout.readline()) == signal.SIGKILL  # type: ignore[union-attr]
            _after_the_dead(url)
            return killed

        yield kill
        worker.stdin.close()


def _after_the_dead(url: str) -> None:
    """PostgreSQL has noticed that the process is gone once its locks can be had."""
    with bulk(url) as rows:
        for lock in (store._LOCK, editions._LOCK):
            rows.execute("SELECT pg_advisory_lock($1)", [lock])


def told(url: str) -> list[str]:
    """What is told of all contributors' records together, whatever their ids."""
    return sorted(str(sorted(record.items())) for record in records(url).values())


@pytest.fixture
def much_to_do(server_url: str, empty_template: str) -> Iterator[str]:
    """A template where an edition is due that adds, changes and removes records and lets some wait again."""
    with clone(server_url, empty_template) as url:
        contribute(url, [answers()] * 3 + [answers("metro")] * 3)
        angelenos = contribute(url, [answers(metro="los-angeles")] * 3)
        germans = contribute(url, [answers("metro", "subdivision", country="de")] * 3)
        run(url)
        withdraw(url, angelenos[0])
        withdraw(url, germans[0])
        contribute(url, [answers(employer="Acme")] * 3)
        yield urlsplit(url).path[1:]


@pytest.mark.slow
def test_a_publisher_killed_before_any_statement_leaves_nothing_wrong(server_url: str, much_to_do: str) -> None:
    """The next run ends where the first would have, whether or not an import clears up before it."""
    with clone(server_url, much_to_do) as url:
        before = told(url)
        assert run(url) == Published(2, added=3, coarser=2, finer=0, removed=4, waiting=2, held=0)
        after = told(url)
    with killer() as kill:
        for statement in count(1):
            with clone(server_url, much_to_do) as url:
                killed = kill(url, statement)
                assert told(url) in (before, after)
                if statement % 2:
                    publish_others(url, [{"base_salary": 100_000}])
                    editions_told = [row["published_in"] or 0 for row in submissions(url).values()]
                    assert max(editions_told) <= editions_of(url)
                publish(url, k=K, screen=clean)
                assert told(url) == after
                assert linked(url) == set(records(url))
                statuses = Counter(row["status"] for row in submissions(url).values())
                assert statuses == {"accepted": 2, "published": 11, "withdrawn": 2}
            if not killed:
                break
    assert statement > 25
