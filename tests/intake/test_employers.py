"""Employer matching: which free-text names become new values, and which match known ones."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.publishing import publish_and_audit
from support.stored_submissions import answers, contribute, records, submissions

from service.intake.employers import best_spelling
from service.intake.publication import PublicationResult
from service.store.bulk import bulk_connection
from service.store.reference import add_terms, load_reference
from service.vocabulary.factors import Factor
from service.vocabulary.terms import Term, employer_slug


def employer_of(url: str, ids: Sequence[UUID]) -> list[str | None]:
    found = submissions(url)
    return [records(url)[found[id_]["record"]].get("employer") for id_ in ids]


def known_employers(url: str) -> dict[str, str]:
    with bulk_connection(url) as rows:
        return {value.code: value.label for value in load_reference(rows).taxonomy.values(Factor.EMPLOYER)}


def add_employers(url: str, *names: str) -> None:
    with bulk_connection(url) as rows:
        add_terms(rows, [Term(Factor.EMPLOYER, employer_slug(name), name) for name in names])
        rows.commit()


def named(*names: str) -> list[Any]:
    return [answers(employer=name) for name in names]


def test_an_employer_is_added_once_k_contributors_name_it(database_url: str) -> None:
    contribute(database_url, [answers()] * 3 + named("Acme, Inc.", "ACME"))
    publish_and_audit(database_url)
    assert known_employers(database_url) == {}
    ids = contribute(database_url, named("Acme", "acme llc", "Acme"))
    assert publish_and_audit(database_url) == PublicationResult(
        edition=2, added=3, generalised=0, refined=2, removed=0, waiting=0, held=0
    )
    assert known_employers(database_url) == {"acme": "Acme"}
    assert employer_of(database_url, ids) == ["acme"] * 3


@pytest.mark.parametrize("name", ['=HYPERLINK("x") Acme', "+Acme", "-Acme", "@Acme", "@ =Acme"])
def test_a_name_that_a_spreadsheet_would_evaluate_is_published_without_its_formula(database_url: str, name: str) -> None:
    contribute(database_url, [answers()] * 3 + named(name, name, name))
    publish_and_audit(database_url)
    [label] = known_employers(database_url).values()
    assert label[0].isalpha()
    assert label.endswith("Acme")


def test_held_submissions_add_no_employer(database_url: str) -> None:
    contribute(database_url, named("Acme", "Acme"))
    contribute(database_url, named("Acme", "Acme"), "held")
    publish_and_audit(database_url)
    assert known_employers(database_url) == {}


@pytest.mark.parametrize(
    ("known", "name", "expected"),
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
def test_spellings_of_a_known_employer(database_url: str, known: list[str], name: str, expected: str | None) -> None:
    """A name without a match is added, since k contributors share it."""
    add_employers(database_url, *known)
    ids = contribute(database_url, named(name, name, name))
    publish_and_audit(database_url)
    assert employer_of(database_url, ids) == [expected or employer_slug(name)] * 3


@given(st.lists(st.sampled_from(["Acme Łabs", "Acme Labs", "acme labs", "ACME labs ✨"]), min_size=1), st.integers(2, 5))
def test_a_label_reveals_no_more_than_its_code_or_k_contributors(names: list[str], k: int) -> None:
    found = best_spelling("acme-labs", Counter(names), k)
    assert found.casefold() == "acme labs" or names.count(found) >= k
