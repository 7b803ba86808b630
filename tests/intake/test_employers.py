"""Employers of contributions: which names mean one, and which are published."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from support.moderators import fetch
from support.publishing import FIRST, PERIOD, RULES, K, release
from support.records import publish as publish_others
from support.stored_submissions import answers, contribute, records

from seed import reference_data
from service.intake.employer_review import current_reference, decide
from service.intake.employers import EmployerNames
from service.intake.publication import ReleaseResult
from service.intake.review import ReviewDecision, terminal_reviewer
from service.store.bulk import bulk_connection
from service.store.employer_review import PastEmployerDecision
from service.store.reference import add_terms, load_reference, load_taxonomy
from service.vocabulary.contribution_class import INVITATION_SCHEDULE
from service.vocabulary.employers import EmployerName
from service.vocabulary.factors import Factor
from service.vocabulary.terms import Term

BY_EMPLOYER = replace(RULES, schedule=INVITATION_SCHEDULE)
COUNTED = dict.fromkeys((kind.value for kind in INVITATION_SCHEDULE), 2026)
NOW = (datetime.now(UTC) - FIRST) // PERIOD + 1
"""The number of the next release by the clock of this machine, which dates decisions."""
REGISTERED = {term.code for term in reference_data.terms() if term.factor is Factor.EMPLOYER}


def invite(url: str, *names: str | None, count: int = K) -> None:
    """Store contributions by invitation, `count` of each name."""
    people = [answers(**({"employer": name} if name else {}), base=100_000 + n) for name in names for n in range(count)]
    contribute(url, people, counted=COUNTED, invited=True)


def decided(url: str, decision: ReviewDecision, *names: str, same_as: str | None = None) -> list[str | None]:
    """The employers that names mean after a decision of the operator, which must be valid."""

    async def decide_all() -> list[str | None]:
        reviewer, reference = terminal_reviewer(url, "ann"), current_reference(url)
        outcomes = [await decide(reviewer, reference, name, decision, "Checked.", same_as) for name in names]
        assert [outcome.problems for outcome in outcomes] == [()] * len(names)
        return [outcome.employer for outcome in outcomes]

    return asyncio.run(decide_all())


def release_by_employer(url: str, number: int = 0) -> ReleaseResult:
    """Make the n-th release from now on, with classes of employers."""
    return release(url, NOW + number, BY_EMPLOYER)


def accept(url: str, *names: str, same_as: str | None = None) -> list[str | None]:
    return decided(url, ReviewDecision.ACCEPT, *names, same_as=same_as)


def published(url: str) -> Mapping[Any, int]:
    """The number of records by employer."""
    return Counter(record.get("employer") for record in records(url).values())


def unregistered(url: str) -> dict[str, str]:
    """The labels of the stored employers that are not in the reference data."""
    with bulk_connection(url) as rows:
        values = load_taxonomy(rows).values(Factor.EMPLOYER)
    return {value.code: value.label for value in values if value.code not in REGISTERED}


def test_a_registered_employer_is_published_by_any_of_its_spellings(database_url: str) -> None:
    invite(database_url, "Facebook Ireland Ltd", count=4)
    invite(database_url, "META", "Meta Platforms, Inc.", count=3)
    assert release_by_employer(database_url).records == K
    assert published(database_url) == {"meta": K}
    assert unregistered(database_url) == {}


def test_without_classes_of_employers_no_record_has_one(database_url: str) -> None:
    invite(database_url, "Meta")
    assert release(database_url).records == K
    assert published(database_url) == {None: K}


def test_an_unknown_name_is_published_only_once_it_is_accepted(database_url: str) -> None:
    invite(database_url, "Acme Labs, Inc.")
    assert release_by_employer(database_url).records == 0
    assert accept(database_url, "ACME Labs") == ["acme-labs"]
    assert unregistered(database_url) == {}, "an employer without records is not stored as a value"
    assert release_by_employer(database_url, 1).records == K
    assert published(database_url) == {"acme-labs": K}
    assert unregistered(database_url) == {"acme-labs": "ACME Labs"}


def test_names_that_are_not_accepted_are_in_coarser_classes_only(database_url: str) -> None:
    invite(database_url, "Acme", "Zeta", None, count=K)
    decided(database_url, ReviewDecision.REJECT, "Zeta")
    made = [release_by_employer(database_url, number).records for number in range(3)]
    assert made == [0, 3 * K, 0], "classes of metro areas open after one release"
    assert published(database_url) == {None: 3 * K}
    assert unregistered(database_url) == {}


def test_a_name_can_be_accepted_as_another_employer(database_url: str) -> None:
    invite(database_url, "Acme Laboratories", "Acme", "Insta", count=4)
    accept(database_url, "Acme")
    accept(database_url, "Acme Laboratories", same_as="acme")
    accept(database_url, "Insta", same_as="meta")
    invite(database_url, "Instagram", "Acme", count=6)
    release_by_employer(database_url)
    assert published(database_url) == {"acme": 14, "meta": 10}
    assert unregistered(database_url) == {"acme": "Acme"}


def test_an_employer_of_another_source_is_known(database_url: str) -> None:
    """As long as a current record of that source has it."""
    with bulk_connection(database_url) as rows:
        add_terms(rows, [Term(Factor.EMPLOYER, name, name.title()) for name in ("acme", "zeta")])
        rows.commit()
    publish_others(database_url, [{"employer": "acme", "base_salary": 100_000}])
    invite(database_url, "Acme Inc", "Zeta Inc")
    assert release_by_employer(database_url).records == K
    assert published(database_url) == {"acme": K}


def test_new_employers_of_one_release_have_values_of_their_own(database_url: str) -> None:
    """And those whose class has fewer than k are not stored."""
    invite(database_url, "Акме", "Acme")
    invite(database_url, "Zeta", count=K - 1)
    accept(database_url, "Zeta", "ООО «Акме»", "Acme")
    assert release_by_employer(database_url).batches == 2
    assert published(database_url) == {"акме": K, "acme": K}
    assert unregistered(database_url) == {"акме": "Акме", "acme": "Acme"}


def test_a_label_is_no_formula_of_a_spreadsheet(database_url: str) -> None:
    names = ('=HYPERLINK("x") Acme', "+Beta", "-Gamma", "@Delta", "@ =Epsilon")
    invite(database_url, *names)
    accept(database_url, *names)
    release_by_employer(database_url)
    labels = unregistered(database_url).values()
    assert sorted(label[-4:] for label in labels) == ["Acme", "Beta", "amma", "elta", "ilon"]
    assert all(label[0].isalpha() for label in labels)


@pytest.mark.slow
def test_an_employer_without_current_records_is_no_longer_public(database_url: str) -> None:
    invite(database_url, "Acme")
    accept(database_url, "Acme")
    release_by_employer(database_url)
    assert current_reference(database_url).taxonomy.lookup(Factor.EMPLOYER, "acme")
    assert release_by_employer(database_url, 30).removed == K
    assert current_reference(database_url).taxonomy.lookup(Factor.EMPLOYER, "acme") is None
    assert unregistered(database_url) == {"acme": "Acme"}


def test_an_acceptance_can_be_undone_until_records_of_the_employer_are_released(database_url: str) -> None:
    invite(database_url, "Acme")
    accept(database_url, "Acme")
    decided(database_url, ReviewDecision.UNDO, "Acme")
    assert release_by_employer(database_url).records == 0
    accept(database_url, "Acme")
    assert release_by_employer(database_url, 1).records == K
    reviewer = terminal_reviewer(database_url, "ann")
    refused = asyncio.run(decide(reviewer, current_reference(database_url), "Acme", ReviewDecision.UNDO, "Too late."))
    assert refused.employer == "acme"
    assert [problem.message for problem in refused.problems] == [
        "Records of this employer were released since the name was accepted, so that cannot be undone."
    ]


def test_of_concurrent_decisions_the_first_counts(database_url: str) -> None:
    """Ten reviewers accept a name at once."""

    async def decide_at_once() -> list[bool]:
        reference = current_reference(database_url)
        reviewers = [terminal_reviewer(database_url, f"reviewer {n}") for n in range(10)]
        decisions = (decide(one, reference, "Acme", ReviewDecision.ACCEPT, "Checked.") for one in reviewers)
        return [not outcome.problems for outcome in await asyncio.gather(*decisions)]

    assert sum(asyncio.run(decide_at_once())) == 1
    assert len(asyncio.run(fetch(database_url, "SELECT * FROM employer_review"))) == 1


KNOWN = ("Müller", "Community Medical Center", "The University of Massachusetts", "AM Infosystems")
SPELLINGS = [
    ("GOOGLE, LLC", "google"),
    ("Facebook Ltd", "meta"),
    ("Яндекс", "yandex"),
    ("MÜLLER GmbH & Co. KG", "müller"),
    ("Mu\u0308ller", "müller"),
    ("Mül\u200bler", "müller"),
    ("University of Massachusetts", "university-of-massachusetts"),
    *(
        (name, None)
        for name in ("Möller GmbH", "Muller", "Goggle Inc", "Apple Bank", "AMS Infosystems", "N/A", "self-employed")
    ),
    *((name, None) for name in ("Community Medical Centers", "Gооgle", "Massachusetts University")),
]
"""Names, the second Google with two Cyrillic letters, and the employers that they mean: similar ones are not the same."""


def test_similar_names_mean_no_employer(database_url: str) -> None:
    with bulk_connection(database_url) as rows:
        add_terms(rows, [Term(Factor.EMPLOYER, EmployerName(name).code, name) for name in KNOWN])
        names = EmployerNames(load_reference(rows), [])
    assert {name: names.find(name) for name, _ in SPELLINGS} == dict(SPELLINGS)


def past(name: str, decision: str, employer: str | None = None, label: str | None = None) -> PastEmployerDecision:
    return PastEmployerDecision(name, decision, employer, label, "Checked.", "ann", datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("decisions", "expected"),
    [
        ([], None),
        ([past("acme", "reject")], None),
        ([past("acme", "undo")], None),
        ([past("acme", "accept", "acme", "Acme")], "acme"),
        ([past("acme", "accept", "google")], "google"),
        ([past("acme", "accept", "zeta"), past("zeta", "accept", "zeta", "Zeta")], "zeta"),
        ([past("acme", "accept", "zeta"), past("zeta", "undo")], None),
    ],
)
def test_what_a_decision_makes_of_a_name(
    database_url: str, decisions: Sequence[PastEmployerDecision], expected: str | None
) -> None:
    with bulk_connection(database_url) as rows:
        names = EmployerNames(load_reference(rows), decisions)
    assert names.find("Acme, Inc.") == expected


def test_rules_without_the_setting_read_no_decision(database_url: str) -> None:
    """The table of decisions is not even read: it may be dropped."""
    invite(database_url, "Acme")
    asyncio.run(fetch(database_url, "DROP TABLE employer_review"))
    assert release(database_url).records == K
