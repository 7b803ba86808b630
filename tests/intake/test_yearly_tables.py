"""Protected tables in a database: whose answers they are made of, what they are compared with, and when they are drawn."""

import random
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime
from math import log
from statistics import median
from typing import Any

import pytest
from support.publishing import execute, release
from support.records import publish
from support.stored_submissions import amend, answers, contribute, reject, withdraw
from support.yearly_tables import publish_year, read

from service.errors import DatabaseError
from service.intake.protected_tables import BUDGET, CONTRIBUTORS, TABLES
from service.intake.yearly_tables import due_years, publish_tables
from service.store import protected_tables as store
from service.store.bulk import bulk_connection
from service.store.database import INTAKE, PUBLISHER, READER
from service.store.editions import draft
from service.store.protected_tables import PublishedCell, Spending
from service.store.reference import load_taxonomy
from service.vocabulary.contribution_class import RELEASE_SCHEDULE, ClassKind
from service.vocabulary.factors import Factor

NEXT_YEAR = datetime(2027, 1, 4, tzinfo=UTC)
MINIMUM = CONTRIBUTORS.minimum
OTHER_COUNTED = {kind.value: 2026 for kind in RELEASE_SCHEDULE if kind is not ClassKind.ROLE_LEVEL_COUNTRY}


def cells(url: str, table: str, year: int = 2026) -> dict[str, PublishedCell]:
    """The cells of a table by the code of their value."""
    with bulk_connection(url) as rows:
        taxonomy = load_taxonomy(rows)
    found = read(url, lambda connection: store.fetch_cells(connection, table, year))
    return {taxonomy[cell.value].code: cell for cell in found}


def contributors(url: str, year: int = 2026) -> int:
    """The published number of contributors in the one cell of the country and family of all tests; 0 if it has none."""
    found = cells(url, CONTRIBUTORS.name, year)
    with bulk_connection(url) as rows:
        listed = rows.query("SELECT id FROM factor_value WHERE factor = 'country' AND parent IS NOT NULL")
    countries = listed["id"].to_pylist()
    return sum(cell.number for cell in found.values() if cell.country in countries)


def ledger(url: str, edition: int) -> list[Spending]:
    return read(url, lambda connection: store.fetch_ledger(connection, edition))


def tabulated(url: str) -> set[int | None]:
    """The years in whose tables submissions took part."""
    with bulk_connection(url) as rows:
        return set(rows.query("SELECT tabulated_in FROM submission").column(0).to_pylist())


# When


def date_of_first_edition(url: str, text: str) -> None:
    publish(url, [])
    execute(url, f"UPDATE edition SET published_at = '{text}'")


def due(url: str, now: datetime = NEXT_YEAR) -> list[int]:
    with bulk_connection(url, PUBLISHER) as rows:
        return due_years(rows, now)


def test_tables_of_a_year_are_due_when_it_has_ended(database_url: str) -> None:
    assert due(database_url) == []
    date_of_first_edition(database_url, "2026-06-01T00:00:00Z")
    assert due(database_url, datetime(2026, 12, 31, 23, 59, tzinfo=UTC)) == []
    assert due(database_url, datetime(2027, 1, 1, tzinfo=UTC)) == [2026]
    assert due(database_url, datetime(2029, 1, 1, tzinfo=UTC)) == [2026, 2027, 2028]


def test_tables_are_due_once_and_with_no_contributions_too(database_url: str) -> None:
    date_of_first_edition(database_url, "2026-06-01T00:00:00Z")
    publish_year(database_url, 2026)
    assert due(database_url) == []
    assert contributors(database_url) == 0


def test_noise_is_not_drawn_again(database_url: str) -> None:
    contribute(database_url, [answers()] * MINIMUM)
    publish_year(database_url, 2026, noise=lambda _: 7)
    with pytest.raises(ValueError, match="2026 are published already"):
        publish_year(database_url, 2026)
    assert contributors(database_url) == MINIMUM + 7
    with pytest.raises(DatabaseError, match="pk_privacy_ledger"), bulk_connection(database_url, PUBLISHER) as rows:
        store.add_tables(rows, 9, 2026, [], {CONTRIBUTORS.name: 0.2})


def test_by_default_noise_is_random(database_url: str) -> None:
    contribute(database_url, [answers()] * (MINIMUM + 200))
    with draft(database_url, PUBLISHER) as edition:
        publish_tables(edition.rows, edition.number, 2026)
    assert abs(contributors(database_url) - MINIMUM - 200) < 100  # twenty times the scale
    assert tabulated(database_url) == {2026}


def test_the_ledger_has_every_table_and_the_budget(database_url: str) -> None:
    number = publish_year(database_url, 2026)
    found = ledger(database_url, number)
    assert {(one.year, one.table_name): one.epsilon for one in found} == {
        (2026, table.name): float(table.epsilon) for table in TABLES
    }
    assert sum(one.epsilon for one in found) == pytest.approx(float(BUDGET))
    assert {one.edition.number for one in found} == {number}
    assert ledger(database_url, number - 1) == []


def test_what_is_rolled_back_was_not_spent(database_url: str) -> None:
    contribute(database_url, [answers()] * MINIMUM)
    with pytest.raises(ZeroDivisionError), draft(database_url, PUBLISHER) as edition:
        publish_tables(edition.rows, edition.number, 2026)
        _ = 1 / 0
    assert contributors(database_url) == 0
    assert tabulated(database_url) == {None}


def test_tables_of_a_writer_that_died_belong_to_the_next_edition(database_url: str) -> None:
    """The transaction with the noise was committed, but the edition not published."""
    contribute(database_url, [answers()] * MINIMUM)
    number = publish(database_url, []) + 1
    with bulk_connection(database_url) as rows:
        rows.execute(f"INSERT INTO edition (number, started_at) VALUES ({number}, now())")
        publish_tables(rows, number, 2026, noise=lambda _: 5)
        rows.commit()
    assert ledger(database_url, number - 1) == []
    assert publish(database_url, [], first=1) == number
    assert {one.edition.number for one in ledger(database_url, number)} == {number}
    assert contributors(database_url) == MINIMUM + 5
    with bulk_connection(database_url, PUBLISHER) as rows:
        assert store.has_tables(rows, 2026)


def test_readers_read_and_only_the_publisher_writes(database_url: str) -> None:
    publish_year(database_url, 2026)
    for role in (READER, INTAKE):
        with bulk_connection(database_url, role) as rows:
            assert rows.scalar("SELECT count(*) FROM privacy_ledger") == len(TABLES)
        with pytest.raises(DatabaseError, match="lacks a permission"), bulk_connection(database_url, role) as rows:
            rows.execute("INSERT INTO privacy_ledger VALUES (2027, 'x', 1, 1)")
    for statement in ("DELETE FROM privacy_ledger", "UPDATE privacy_ledger SET epsilon = 0", "DELETE FROM protected_cell"):
        with pytest.raises(DatabaseError, match="lacks a permission"), bulk_connection(database_url, PUBLISHER) as rows:
            rows.execute(statement)


def test_the_first_release_of_a_year_publishes_the_tables_of_the_last(database_url: str) -> None:
    """With no batch too: the edition then differs by the tables alone."""
    date_of_first_edition(database_url, "2026-01-02T00:00:00Z")
    contribute(database_url, [answers()] * (MINIMUM + 200))
    first = release(database_url, 0).edition
    assert first is not None
    assert ledger(database_url, first) == []
    with_tables = release(database_url, 13).edition
    assert with_tables == first + 1
    assert {(one.year, one.edition.number) for one in ledger(database_url, with_tables)} == {(2026, with_tables)}
    assert abs(contributors(database_url) - MINIMUM - 200) < 100
    assert release(database_url, 14).edition is None


# Whose answers


@pytest.mark.parametrize(
    ("status", "counted"),
    [
        ("held", None),
        ("rejected", None),
        ("accepted", {}),
        ("accepted", OTHER_COUNTED),
        ("accepted", OTHER_COUNTED | {ClassKind.ROLE_LEVEL_COUNTRY.value: 2025}),
    ],
)
def test_only_what_counts_at_its_finest_class_in_the_year_takes_part(
    database_url: str, status: str, counted: Mapping[str, int] | None
) -> None:
    contribute(database_url, [answers()] * MINIMUM)
    contribute(database_url, [answers()] * 3, status, **({} if counted is None else {"counted": counted}))
    publish_year(database_url, 2026)
    assert contributors(database_url) == MINIMUM


def test_the_finest_class_is_that_of_the_answers(database_url: str) -> None:
    """Without a level, role and country are the finest."""
    contribute(database_url, [answers("level")] * MINIMUM, counted=OTHER_COUNTED)
    publish_year(database_url, 2026)
    assert contributors(database_url) == MINIMUM


def test_published_contributions_take_part_and_withdrawn_ones_do_not(database_url: str) -> None:
    ids = contribute(database_url, [answers()] * (MINIMUM + 5))
    execute(database_url, f"UPDATE submission SET status = 'published' WHERE id <> '{ids[0]}'")
    withdraw(database_url, ids[0])
    reject(database_url, ids[1])
    publish_year(database_url, 2026)
    assert contributors(database_url) == MINIMUM + 3


def test_a_contribution_is_in_the_tables_of_one_year(database_url: str) -> None:
    """Amended in the next year to what was not counted before, it is counted then."""
    ids = contribute(database_url, [answers()] * MINIMUM)
    publish_year(database_url, 2026)
    amend(database_url, ids[0], answers(role="data-scientist"))
    execute(database_url, f"""UPDATE submission SET counted = '{{"{ClassKind.ROLE_LEVEL_COUNTRY.value}": 2027}}'""")
    contribute(database_url, [answers()] * (MINIMUM + 1), counted={ClassKind.ROLE_LEVEL_COUNTRY.value: 2027})
    publish_year(database_url, 2027)
    assert (contributors(database_url, 2026), contributors(database_url, 2027)) == (MINIMUM, MINIMUM + 1)


# What they are compared with


def medians(url: str, minimum: int = 1) -> dict[tuple[str, str], float]:
    with bulk_connection(url, PUBLISHER) as rows:
        taxonomy = load_taxonomy(rows)
        families = {role.id: taxonomy.root(role.id) for role in taxonomy.values(Factor.ROLE)}
        found = store.base_medians(rows, families, 2026, minimum)
    return {(taxonomy[role].code, taxonomy[country].code): amount for (role, country), amount in found.items()}


ROLES = {
    "machine-learning": "machine-learning",
    "machine-learning-engineer": "machine-learning",
    "mlops-engineer": "machine-learning",
    "data-scientist": "data-science",
}


def test_medians_are_those_of_published_records(database_url: str) -> None:
    chance = random.Random(5)
    people = [
        {
            "role": chance.choice(list(ROLES)),
            "country": chance.choice(["us", "de", "fr"]),
            "base_salary": chance.randrange(50_000, 200_000),
            "effective": date(chance.choice([2023, 2024, 2025, 2026]), 7, 1),
            "source": chance.choice(["lca", "aijobs", "sample"]),
        }
        for _ in range(200)
    ]
    publish(database_url, people)
    amounts: defaultdict[tuple[Any, Any], list[int]] = defaultdict(list)
    for one in people:
        if one["source"] != "sample" and one["effective"].year >= 2024:
            for role in {one["role"], ROLES[one["role"]]} - ({one["role"]} & set(ROLES.values())) | {ROLES[one["role"]]}:
                amounts[role, one["country"]].append(one["base_salary"])
    assert medians(database_url) == {cohort: median(found) for cohort, found in amounts.items()}
    assert medians(database_url, 9) == {cohort: median(found) for cohort, found in amounts.items() if len(found) >= 9}


def test_retired_and_incomplete_records_have_no_part_in_medians(database_url: str) -> None:
    publish(database_url, [{"role": "mlops-engineer", "base_salary": 1}, {"country": "us", "base_salary": 1}])
    publish(database_url, [{"role": "mlops-engineer", "country": "us", "base_salary": 5}], first=2)
    execute(database_url, "UPDATE salary_record SET removed_in = 2 WHERE base_salary = 1")
    publish(database_url, [{"role": "mlops-engineer", "country": "us", "total_compensation": 5}], first=3)
    assert set(medians(database_url).values()) == {5}


def test_premiums_are_by_the_median_of_the_cohort(database_url: str) -> None:
    """Of the role where that has five records, otherwise of the family; without either, nobody is compared."""
    published = [{"role": "mlops-engineer", "country": "us", "base_salary": 80_000}] * 5
    publish(database_url, [*published, {"role": "nlp-engineer", "country": "us", "base_salary": 125_000}])
    people = [
        *[answers(role="mlops-engineer", base=88_000)] * 200,
        *[answers(role="nlp-engineer", base=100_000)] * 100,
        *[answers("metro", "subdivision", country="de", base=100_000)] * 10,
    ]
    contribute(database_url, people)
    publish_year(database_url, 2026)
    cell = cells(database_url, "premium-by-work-mode")["remote"]
    expected = (200 * round(1e4 * log(1.1)) + 100 * round(1e4 * log(1.25))) / 300 / 1e4
    assert (cell.number, cell.mean) == (300, pytest.approx(expected))
    assert contributors(database_url) == 300  # in the United States
