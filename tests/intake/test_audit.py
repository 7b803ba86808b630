"""The audit finds and names each kind of violation in tables that were tampered with."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from support.databases import clone
from support.stored_submissions import answers, contribute

from service.intake.audit import Guarantee, Violation, audit, violations
from service.intake.publication import publish
from service.store.bulk import BulkConnection, bulk_connection
from service.store.editions import draft
from service.vocabulary.factors import FACTORS, Factor, Storage

K = 3
OURS = "source = (SELECT id FROM factor_value WHERE factor = 'source' AND code = 'contributors')"
ONE = f"ctid = (SELECT max(ctid) FROM salary_record WHERE {OURS})"

AGAIN = f"SELECT id, 0, effective, source, currency FROM salary_record WHERE {ONE}"


@pytest.fixture(scope="module")
def template(server_url: str, empty_template: str) -> Iterator[str]:
    """Two classes of four and five records, in dollars and in euros, with every kind of value."""
    with clone(server_url, empty_template) as url:
        values = {"skill": ["python", "sql"], "education": "master", "bonus": 10_000, "equity": 5_000}
        germans = [answers("metro", "subdivision", country="de", currency="EUR", **values) for _ in range(4)]
        contribute(url, [answers(**values) for _ in range(5)] + germans)
        publish(url, k=K, screen=lambda _: {})
        yield urlsplit(url).path[1:]


@pytest.fixture
def url(server_url: str, template: str) -> Iterator[str]:
    """A clone, for tests that commit."""
    with clone(server_url, template) as found:
        yield found


@pytest.fixture(scope="module")
def opened(server_url: str, template: str) -> Iterator[BulkConnection]:
    with clone(server_url, template) as url, bulk_connection(url) as rows:
        yield rows


@pytest.fixture
def rows(opened: BulkConnection) -> Iterator[BulkConnection]:
    """A connection whose changes are rolled back after the test."""
    opened.connection.rollback()
    yield opened
    opened.connection.rollback()


def code(factor: str, value: str) -> str:
    return f"(SELECT id FROM factor_value WHERE factor = '{factor}' AND code = '{value}')"


def tamper(rows: BulkConnection, *statements: str) -> list[Violation]:
    for statement in statements:
        rows.execute(statement)
    return violations(rows, K)


def change(what: str) -> str:
    return f"UPDATE salary_record SET {what} WHERE {ONE}"


def test_published_records_have_no_violations(url: str) -> None:
    assert audit(url, K) == []
    assert audit(url, 4) == []


def test_a_larger_k_finds_classes_that_are_too_small_for_it(url: str) -> None:
    assert {(found.guarantee, found.size) for found in audit(url, 5)} >= {
        (Guarantee.SMALL_CLASS, 4),
        (Guarantee.RARE_CURRENCY, 4),
    }
    assert {found.guarantee for found in audit(url, 10)} == {
        Guarantee.SMALL_CLASS,
        Guarantee.RARE_VALUE,
        Guarantee.RARE_CURRENCY,
        Guarantee.SMALL_BATCH,
    }


@pytest.mark.parametrize("factor", ["employer", "metro", "subdivision", "country", "role", "level", "experience"])
def test_a_unique_record_is_found(rows: BulkConnection, factor: str) -> None:
    employer = "INSERT INTO factor_value VALUES (999999, 'employer', 'acme', 'Acme', NULL, '{}')"
    values = {
        "employer": "acme",
        "metro": "austin",
        "subdivision": "us-tx",
        "country": "fr",
        "role": "data-engineer",
        "level": "mid",
        "experience": "9",
    }
    found = tamper(rows, employer, change(f"{factor} = {code(factor, values[factor])}"))
    alone = [one for one in found if one.guarantee is Guarantee.SMALL_CLASS]
    assert [one.size for one in alone] == [1]
    assert alone[0].message.startswith("Edition 1: only 1 record, fewer than 3, share employer ")
    assert f"{FACTORS[Factor(factor)].label} {values[factor]}" in alone[0].message


@pytest.mark.parametrize(
    "factor",
    [
        Factor.SPECIALIZATION,
        Factor.EMPLOYMENT_TYPE,
        Factor.WORK_MODE,
        Factor.INDUSTRY,
        Factor.EMPLOYER_SIZE,
        Factor.EMPLOYER_TYPE,
        Factor.EDUCATION,
        Factor.FIELD_OF_STUDY,
        Factor.CERTIFICATION,
        Factor.SKILL,
        Factor.BENEFIT,
    ],
)
def test_a_rare_value_is_found(rows: BulkConnection, factor: Factor) -> None:
    """A value that no other record has; repeated in a list, it still counts as one record."""
    number = rows.scalar("SELECT max(id) FROM factor_value WHERE factor = $1 AND code <> 'remote'", [factor.value])
    value = f"ARRAY[{number}, {number}, {number}]" if FACTORS[factor].storage is Storage.MANY else str(number)
    found = tamper(rows, change(f"{factor.value} = {value}"))
    assert {one.guarantee for one in found} == {Guarantee.RARE_VALUE}
    assert f"have the {FACTORS[factor].label} " in found[0].message
    assert found[0].size == 1


TAMPERED = {
    Guarantee.RARE_CURRENCY: [change("currency = 'GBP'")],
    Guarantee.PAY: [change("base_reported = 123456")],
    Guarantee.MONTH: [change("effective = '2026-02-01'")],
    Guarantee.EXPERIENCE: [change(f"experience = {code('level', 'senior')}")],
    Guarantee.DOLLARS: [change("total_cash = total_cash + 1")],
    Guarantee.RATE: [
        change("base_salary = base_salary + 2, total_cash = total_cash + 2, total_compensation = total_compensation + 2")
    ],
    Guarantee.REPEATED: [f"INSERT INTO salary_record (id, added_in, effective, source, currency) {AGAIN}"],
}
NEVER = {
    "competing_offers": code("competing_offers", "2"),
    "negotiation_uplift": "10",
    "job_satisfaction": "4",
    "career_growth": "4",
    "work_life_balance": "4",
}


@pytest.mark.parametrize("guarantee", TAMPERED)
def test_each_violated_guarantee_is_named(rows: BulkConnection, guarantee: Guarantee) -> None:
    found = tamper(rows, *TAMPERED[guarantee])
    assert guarantee in {one.guarantee for one in found}
    assert all(one.message.startswith(f"Edition {one.edition}: ") and one.message.endswith(".") for one in found)


@pytest.mark.parametrize("column", ["base_reported", "bonus_reported", "equity_reported"])
def test_each_amount_has_three_significant_digits(rows: BulkConnection, column: str) -> None:
    assert Guarantee.PAY not in {one.guarantee for one in tamper(rows, change(f"{column} = 101000"))}
    assert Guarantee.PAY in {one.guarantee for one in tamper(rows, change(f"{column} = 100100"))}


def test_ranges_are_not_contributed(rows: BulkConnection) -> None:
    assert {one.guarantee for one in tamper(rows, change("base_low = 90000, base_high = 110000"))} == {Guarantee.PAY}


@pytest.mark.parametrize("column", NEVER)
def test_a_value_that_is_never_published_is_found(rows: BulkConnection, column: str) -> None:
    found = tamper(rows, change(f"{column} = {NEVER[column]}"))
    assert [(one.guarantee, one.edition, one.size) for one in found] == [(Guarantee.NEVER_PUBLISHED, 1, 1)]


def test_pay_reported_in_dollars_is_not_converted(rows: BulkConnection) -> None:
    in_dollars = (
        "UPDATE salary_record SET base_salary = 100457, bonus = NULL, total_cash = NULL, total_compensation = NULL "
        f"WHERE {OURS} AND currency = 'USD'"
    )
    assert {one.guarantee for one in tamper(rows, in_dollars)} == {Guarantee.DOLLARS, Guarantee.RATE}


def test_a_class_that_shrank_is_found_in_the_edition_where_it_did(url: str) -> None:
    for _ in range(2):
        with draft(url) as edition:
            edition.rows.execute(
                f"UPDATE salary_record SET removed_in = {edition.number} WHERE ctid IN (SELECT max(ctid) FROM salary_record "
                f"WHERE {OURS} AND currency = 'EUR' AND removed_in IS NULL)"
            )
    small = [one for one in audit(url, K) if one.guarantee is Guarantee.SMALL_CLASS]
    assert [(one.edition, one.size) for one in small] == [(3, 2)]


def test_a_violation_in_an_earlier_edition_is_found_after_it_was_corrected(url: str) -> None:
    with draft(url) as edition:
        edition.rows.execute(f"UPDATE salary_record SET removed_in = {edition.number} WHERE {OURS} AND currency = 'USD'")
    with draft(url) as edition:
        edition.rows.execute(f"UPDATE salary_record SET removed_in = {edition.number} WHERE removed_in IS NULL")
    with bulk_connection(url) as rows:
        assert violations(rows, K) == []
        assert tamper(rows, change("level = NULL"))[0].edition == 1


def test_an_edition_that_adds_fewer_than_k_records_is_found(url: str) -> None:
    with draft(url) as edition:
        edition.rows.execute(
            "CREATE TEMPORARY TABLE more ON COMMIT DROP AS SELECT * FROM salary_record WHERE currency = 'USD' LIMIT 2"
        )
        edition.rows.execute(f"UPDATE more SET id = gen_random_uuid(), added_in = {edition.number}")
        edition.rows.execute("INSERT INTO salary_record SELECT * FROM more")
    [found] = audit(url, K)
    assert (found.guarantee, found.edition, found.size) == (Guarantee.SMALL_BATCH, 2, 2)
    assert found.message == "Edition 2: only 2 records, fewer than 3, were added by it."


def test_an_unpublished_edition_is_not_audited(url: str) -> None:
    with bulk_connection(url) as rows:
        rows.execute(f"UPDATE salary_record SET added_in = 7, level = NULL WHERE {ONE}")
        rows.execute(f"UPDATE salary_record SET removed_in = 7 WHERE {OURS} AND added_in = 1")
        rows.commit()
    assert audit(url, K) == []
