"""The audit finds and names each violation in tables that were tampered with, and nothing else."""

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from support.databases import clone
from support.publishing import RULES, release
from support.stored_submissions import answers, contribute, withdraw

from service.intake.audit import Guarantee, audit, violations
from service.intake.yearly_tables import publish_tables
from service.store.bulk import BulkConnection, bulk_connection
from service.vocabulary.factors import FACTORS, MULTIPLE, SINGLE, Factor, Storage
from service.vocabulary.measures import MEASURES, REPORTED_COLUMNS

K = 6
US = "the batch machine-learning-engineer, senior, us (base salary)"
TOTALS = "the batch machine-learning-engineer, senior, us (total compensation)"
GERMANY = "the batch machine-learning-engineer, senior, de (base salary)"
US_BATCH = "(SELECT id FROM batch WHERE currency = 'USD' AND measure = 'base_salary')"
GERMAN_BATCH = "(SELECT id FROM batch WHERE currency = 'EUR')"


def members(batch: str, number: int | None = None) -> str:
    """The current records of a batch in the order of their amounts, all or a number of them."""
    return (
        f"(SELECT record FROM batch_record JOIN salary_record ON id = record WHERE batch = {batch} AND removed_in IS NULL "
        f"ORDER BY base_reported LIMIT {number or 'ALL'})"
    )


ONE, GERMAN = f"id IN {members(US_BATCH, 1)}", f"id IN {members(GERMAN_BATCH, 1)}"


@pytest.fixture(scope="module")
def template(server_url: str, empty_template: str) -> Iterator[str]:
    """Two editions, the second without six of 14 records in the US, and a release that changed nothing.

    The amounts in Germany have coarse steps, the others fine ones.
    """
    rules = replace(RULES, k=K)
    with clone(server_url, empty_template) as url:
        pay = {"bonus": 10_000, "equity": 5_000}
        ids = contribute(url, [answers(base=100_000 + 3_000 * n, **pay) for n in range(14)])
        contribute(url, [answers("metro", "subdivision", country="de", currency="EUR", base=70_000)] * 12)
        release(url, 0, rules)
        for id_ in ids[:6]:
            withdraw(url, id_)
        done = [release(url, number, rules) for number in (1, 2)]
        assert [(one.edition, one.removed) for one in done] == [(2, 12), (None, 0)]
        yield urlsplit(url).path[1:]


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


def found(rows: BulkConnection, *statements: str, k: int = K) -> list[tuple[Guarantee, int, int, str]]:
    """Guarantee, edition, number of records and message of each violation after changes; ids in messages as ID."""
    for statement in statements:
        rows.execute(statement)
    listed = [(one.guarantee, one.edition, one.size, one.message) for one in violations(rows, k)]
    for _, edition, _, message in listed:
        assert message.startswith(f"Edition {edition}: ")
    return [(*one, re.sub("[0-9a-f-]{36}", "ID", text.split(": ", 1)[1])) for *one, text in listed]  # type: ignore[misc]


def change(what: str, which: str = ONE) -> str:
    return f"UPDATE salary_record SET {what} WHERE {which}"


def copied(rows: BulkConnection, what: str) -> None:
    """Insert a changed copy of a record in the US, with another id unless `what` sets it."""
    for statement in (
        f"CREATE TEMPORARY TABLE more ON COMMIT DROP AS SELECT * FROM salary_record WHERE {ONE}",
        "UPDATE more SET id = gen_random_uuid()",
        f"UPDATE more SET {what}",
        "INSERT INTO salary_record SELECT * FROM more",
    ):
        rows.execute(statement)


def code(factor: str, value: str) -> str:
    return f"(SELECT id FROM factor_value WHERE factor = '{factor}' AND code = '{value}')"


def test_releases_have_no_violations(server_url: str, template: str) -> None:
    with clone(server_url, template) as url:
        assert audit(url, K) == audit(url, 8) == audit(url, 5) == []


def test_a_larger_k_names_what_the_next_release_removes(rows: BulkConnection) -> None:
    few = "has only 8 records, fewer than 9. The next release removes them."
    assert found(rows, k=9) == [(Guarantee.CLASS_SIZE, 2, 8, f"{name} {few}") for name in (US, TOTALS)]


def test_unfinished_editions_are_not_audited(rows: BulkConnection) -> None:
    copied(rows, "added_in = 3")
    unfinished = [
        change("removed_in = 3"),
        f"INSERT INTO batch SELECT gen_random_uuid(), 3, {BATCH} FROM batch WHERE id = {US_BATCH}",
        "INSERT INTO release VALUES (now(), '2020-01-01', 3, 1)",
    ]
    assert found(rows, *unfinished) == []


BATCH = "released_at, source, measure, kind, role, country, level, metro, employer, currency, coarse, size, counted"


def test_a_record_outside_of_batches(rows: BulkConnection) -> None:
    copied(rows, "id = gen_random_uuid()")
    assert found(rows) == [(Guarantee.IN_BATCH, 1, 1, "1 record is in no batch. The next release removes them.")]
    assert found(rows, "UPDATE salary_record SET removed_in = 3 WHERE id IN (SELECT id FROM more)")[0][1:3] == (1, 1)
    assert found(rows, "UPDATE salary_record SET removed_in = 2 WHERE id IN (SELECT id FROM more)") == [
        (Guarantee.IN_BATCH, 1, 1, "1 record, removed since, had no batch.")
    ]


def test_records_that_left_with_the_first_release_had_no_batches(rows: BulkConnection) -> None:
    copied(rows, "added_in = 0, removed_in = 1, work_mode = country")
    assert found(rows) == []


def test_a_batch_that_is_not_stored_or_of_an_unfinished_edition(rows: BulkConnection) -> None:
    for statement in ("UPDATE batch SET edition = 3 WHERE currency = 'EUR'", "DELETE FROM batch WHERE currency = 'EUR'"):
        expected = "12 records are in no batch. The next release removes them."
        assert found(rows, statement) == [(Guarantee.IN_BATCH, 1, 12, expected)]


def imported(rows: BulkConnection) -> None:
    """Turn the batch in Germany into one of a protected data set, as it was imported before."""
    for table in (f"salary_record SET source = {code('source', 'aijobs')} WHERE currency = 'EUR'", "batch SET {} {}"):
        rows.execute(f"UPDATE {table.format('source = ' + code('source', 'aijobs'), 'WHERE currency = ' + repr('EUR'))}")


def test_a_protected_import_keeps_to_no_calendar(rows: BulkConnection) -> None:
    imported(rows)
    moved = "UPDATE batch SET released_at = released_at + interval '1 day', edition = 2 WHERE currency = 'EUR'"
    assert found(rows, moved, change("added_in = 2", "currency = 'EUR'")) == []
    later = [released_after("23 months", 2), f"UPDATE release SET class_size = 20 WHERE {LAST}"]
    assert {message.split(" has ")[0] for *_, message in found(rows, *later)} == {US, TOTALS}
    few = "has only 12 records, fewer than 13. The next release removes them."
    assert (Guarantee.CLASS_SIZE, 2, 12, f"{GERMANY} {few}") in found(rows, k=13)


def test_a_protected_import_has_no_records_outside_of_batches(rows: BulkConnection) -> None:
    """But a data set that is not protected any more has."""
    imported(rows)
    copied(rows, f"source = {code('source', 'aijobs')}")
    outside = "1 record is in no batch. The next release removes them."
    assert found(rows) == [(Guarantee.IN_BATCH, 1, 1, outside)]
    assert found(rows, change("removed_in = 3", "currency = 'EUR'"), "UPDATE watermark SET edition = 3") == []


def test_a_batch_that_shrank_below_k_is_found_whatever_k_is_today(rows: BulkConnection) -> None:
    shrunk = change("removed_in = 2", f"id IN {members(GERMAN_BATCH, 7)}")
    expected = [(Guarantee.CLASS_SIZE, 2, 5, f"{GERMANY} has only 5 records, fewer than 6.")]
    assert found(rows, shrunk, k=5) == found(rows, k=6) == expected


def test_a_batch_below_the_k_of_a_later_release(rows: BulkConnection) -> None:
    """Once, in the edition of the first such release, even if it changed nothing."""
    raised = f"UPDATE release SET class_size = 9 WHERE {LAST}"
    later = "INSERT INTO release SELECT due_at + interval '28 days', made_at + interval '28 days', 2, 9 FROM release"
    few = "has only 8 records, fewer than 9."
    expected = [(Guarantee.CLASS_SIZE, 2, 8, f"{name} {few}") for name in (US, TOTALS)]
    assert found(rows, raised) == found(rows, f"{later} WHERE {LAST}") == found(rows, k=9) == expected


LAST = "due_at = (SELECT max(due_at) FROM release)"


def test_earlier_releases_are_judged_by_their_own_k(rows: BulkConnection) -> None:
    """Not by that of later ones, nor of releases of the same edition that changed nothing."""
    assert found(rows, "UPDATE release SET class_size = 5 WHERE edition = 1", "UPDATE batch SET counted = 5") == []
    nothing = "INSERT INTO release SELECT due_at + interval '1 day', made_at + interval '1 day', 1, 9 FROM release"
    assert found(rows, f"{nothing} WHERE edition = 1") == []


def test_a_release_with_a_k_that_no_setting_allows(rows: BulkConnection) -> None:
    assert found(rows, "UPDATE release SET class_size = 1 WHERE edition = 1", "UPDATE batch SET counted = 5") == [
        (
            Guarantee.CLASS_SIZE,
            1,
            0,
            "the release due on 2026-01-19 00:00 UTC used a k of only 1, less than 5.",
        )
    ]


def test_fewer_than_k_that_leave_a_batch(rows: BulkConnection) -> None:
    left = change("removed_in = 2", f"id IN {members(GERMAN_BATCH, 2)}")
    assert found(rows, left) == [(Guarantee.REMOVAL, 2, 2, f"only 2 records of {GERMANY} were removed, fewer than 6.")]


def test_records_that_leave_without_a_release(rows: BulkConnection) -> None:
    left = change("removed_in = 3", f"id IN {members(GERMAN_BATCH, 6)}")
    expected = [(Guarantee.REMOVAL, 3, 6, f"6 records of {GERMANY} were removed without a release.")]
    assert found(rows, "UPDATE watermark SET edition = 3", left) == expected
    assert found(rows, change("removed_in = 3", f"id IN {members(GERMAN_BATCH)}")) == [], "all of them are no difference"


OTHER = [
    factor for factor in (*SINGLE, *MULTIPLE) if factor not in (Factor.SOURCE, Factor.ROLE, Factor.COUNTRY, Factor.LEVEL)
]
AMOUNTS = ("base_reported", "base_salary")


@pytest.mark.parametrize("factor", OTHER)
def test_a_value_that_no_class_has(rows: BulkConnection, factor: Factor) -> None:
    number = f"(SELECT max(id) FROM factor_value WHERE factor = '{factor}')"
    value = f"ARRAY[{number}]" if FACTORS[factor].storage is Storage.MANY else f"coalesce({number}, 1)"
    assert found(rows, change(f"{factor} = {value}")) == OTHER_VALUES


OTHER_VALUES = [(Guarantee.CLASS, 1, 1, f"record ID of {US} has other values than its class.")]


@pytest.mark.parametrize("column", [name for name in (*MEASURES, *REPORTED_COLUMNS) if name not in AMOUNTS])
def test_an_amount_besides_that_of_the_batch(rows: BulkConnection, column: str) -> None:
    measure = MEASURES.get(column)  # type: ignore[call-overload]
    assert found(rows, change(f"{column} = {measure.high if measure else 1}")) == OTHER_VALUES


@pytest.mark.parametrize(
    "what",
    [
        "level = NULL",
        f"level = {code('level', 'staff')}",
        f"role = {code('role', 'data-engineer')}",
        f"country = {code('country', 'de')}",
        f"source = {code('source', 'aijobs')}",
        "effective = '2026-02-01'",
        "effective = '2025-10-01'",
        "currency = 'GBP'",
    ],
)
def test_other_values_than_those_of_the_class(rows: BulkConnection, what: str) -> None:
    assert found(rows, change(what)) == OTHER_VALUES


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("role-country", {}),
        ("family-level-country", {}),
        ("role-level-country", {"country": code("country", "europe")}),
        ("role-level-country", {"role": code("skill", "python")}),
        ("metro-role-level", {"metro": code("metro", "berlin")}),
        ("metro-role-level", {"metro": code("metro", "san-francisco"), "employer": "999999"}),
    ],
)
def test_a_class_without_the_values_of_its_kind(rows: BulkConnection, kind: str, values: dict[str, str]) -> None:
    employer = "INSERT INTO factor_value VALUES (999999, 'employer', 'acme', 'Acme', NULL, '{}')"
    assigned = [f"{name} = {value}" for name, value in values.items()]
    of_batch = f"id IN (SELECT record FROM batch_record WHERE batch = {US_BATCH})"
    changes = [change(", ".join(assigned), of_batch)] if values else []
    changes.append(f"UPDATE batch SET {', '.join(['kind = ' + repr(kind), *assigned])} WHERE id = {US_BATCH}")
    [(guarantee, edition, size, message)] = found(rows, employer, *changes)
    assert (guarantee, edition, size) == (Guarantee.CLASS, 1, 14)
    assert message.endswith(f"(base salary) does not have the values of {kind}.")


def test_a_class_of_a_metro_area(rows: BulkConnection) -> None:
    metro = f"metro = {code('metro', 'san-francisco')}"
    everywhere = change(metro, f"id IN (SELECT record FROM batch_record WHERE batch = {US_BATCH})")
    assert found(rows, everywhere, f"UPDATE batch SET kind = 'metro-role-level', {metro} WHERE id = {US_BATCH}") == []


def test_a_batch_in_a_currency_of_another_country(rows: BulkConnection) -> None:
    """As its contributors may have reported it."""
    pounds = change("currency = 'GBP'", f"id IN (SELECT record FROM batch_record WHERE batch = {US_BATCH})")
    assert found(rows, pounds, f"UPDATE batch SET currency = 'GBP' WHERE id = {US_BATCH}") == [
        (Guarantee.CLASS, 1, 14, f"{US} is in GBP, not in the main currency of its country.")
    ]


def test_an_amount_that_is_not_where_its_place_in_the_step_is(rows: BulkConnection) -> None:
    moved = change("base_reported = base_reported + 1, base_salary = base_salary + 1")
    [(guarantee, edition, size, message)] = found(rows, moved)
    assert (guarantee, edition, size) == (Guarantee.STEPS, 1, 3)
    assert message == f"the amounts of 3 records of {US} are not spread evenly over the step 110,000."


@pytest.mark.parametrize("step", [105_000, 9, 100_000, 1])
def test_a_step_that_is_none_or_not_that_of_the_amount(rows: BulkConnection, step: int) -> None:
    moved = found(rows, f"UPDATE batch_record SET step = {step} WHERE record IN {members(US_BATCH, 1)}")
    assert {guarantee for guarantee, *_ in moved} == {Guarantee.STEPS}
    assert f"of {US} are not spread evenly over the step {step:,}." in " ".join(message for *_, message in moved)


@pytest.mark.parametrize(("batch", "coarse"), [(US_BATCH, True), (GERMAN_BATCH, False)])
def test_steps_of_the_other_kind(rows: BulkConnection, batch: str, coarse: bool) -> None:
    other = found(rows, f"UPDATE batch SET coarse = {coarse} WHERE id = {batch}")
    assert {guarantee for guarantee, *_ in other} == {Guarantee.STEPS}
    expected = (
        f"{US} has coarse steps although its amounts are on as many as 4 of them."
        if coarse
        else f"{GERMANY} has fine steps although its amounts are on only 1 of them."
    )
    assert expected in [message for *_, message in other]


def test_all_amounts_in_one_fine_step(rows: BulkConnection) -> None:
    amounts = (
        "SELECT record, 100000 + (2 * row_number() OVER (ORDER BY record) - 1) * 10000 / 28 AS amount "
        f"FROM batch_record WHERE batch = {US_BATCH}"
    )
    narrow = f"UPDATE salary_record SET base_reported = amount, base_salary = amount FROM ({amounts}) AS a WHERE id = record"
    assert found(rows, narrow, f"UPDATE batch_record SET step = 100000 WHERE batch = {US_BATCH}") == [
        (Guarantee.STEPS, 1, 14, f"{US} has fine steps although its amounts are on only 1 of them.")
    ]


@pytest.mark.parametrize(("which", "currency", "size"), [(ONE, "USD", 28), (GERMAN, "EUR", 12)])
def test_a_converted_amount_that_gives_another_away(rows: BulkConnection, which: str, currency: str, size: int) -> None:
    expected = f"no single exchange rate converts all {size} amounts in {currency} to their US dollar amounts."
    assert found(rows, change("base_salary = base_salary + 3", which)) == [(Guarantee.RATE, 1, size, expected)]


def test_a_record_that_comes_to_a_batch_later(rows: BulkConnection) -> None:
    assert found(rows, change("added_in = 2", GERMAN)) == [
        (Guarantee.RELEASE, 2, 1, f"1 record of {GERMANY} was not published with others of its batch.")
    ]


def test_a_batch_without_a_release(rows: BulkConnection) -> None:
    moved = "UPDATE batch SET released_at = released_at + interval '1 minute' WHERE currency = 'EUR'"
    expected = f"no release of 2026-01-19 12:01 UTC made {GERMANY}."
    assert found(rows, moved) == [(Guarantee.RELEASE, 1, 12, expected)]
    without = found(rows, "UPDATE release SET edition = 2")
    assert [one[:3] for one in without] == [(Guarantee.RELEASE, 1, size) for size in (14, 14, 12)]


def test_two_batches_of_a_class_in_a_release(rows: BulkConnection) -> None:
    again = f"INSERT INTO batch SELECT gen_random_uuid(), edition, {BATCH} FROM batch WHERE id = {US_BATCH}"
    assert found(rows, again) == [(Guarantee.RELEASE, 1, 2, f"{US} was published twice in one release.")]


def test_a_release_that_came_early_or_out_of_order(rows: BulkConnection) -> None:
    early = f"UPDATE release SET due_at = made_at + interval '1 minute' WHERE {LAST}"
    expected = [(Guarantee.RELEASE, 2, 0, "the release due on 2026-03-16 12:01 UTC was made before that.")]
    assert found(rows, early) == expected
    after = [(Guarantee.RELEASE, 2, 0, "the release due on 2026-02-16 00:00 UTC was made after the following one.")]
    assert found(rows, f"UPDATE release SET due_at = made_at, edition = 1 WHERE {LAST}") == after


def released_after(age: str, edition: int) -> str:
    made = f"(SELECT min(made_at) + interval '{age}' FROM release)"
    return f"INSERT INTO release VALUES ({made}, {made}, {edition}, {K})"


def test_batches_that_stay_after_24_months(rows: BulkConnection) -> None:
    assert found(rows, released_after("24 months -1 minute", 2)) == []
    stayed = "were not removed 24 months after its release on 2026-01-19."
    expected = [(GERMANY, 12), (US, 8), (TOTALS, 8)]
    assert found(rows, released_after("24 months", 2), released_after("25 months", 2)) == [
        (Guarantee.LIFETIME, 2, size, f"{size} records of {name} {stayed}") for name, size in expected
    ]


def test_batches_that_retired_too_late(rows: BulkConnection) -> None:
    releases = [released_after("24 months", 3), released_after("25 months", 4), "UPDATE watermark SET edition = 4"]
    assert found(rows, *releases, "UPDATE salary_record SET removed_in = 3 WHERE removed_in IS NULL") == []
    late = found(rows, "UPDATE salary_record SET removed_in = 4 WHERE removed_in = 3")
    assert [one[:3] for one in late] == [(Guarantee.LIFETIME, 3, size) for size in (12, 8, 8)]


def test_a_record_that_was_changed_under_its_id(rows: BulkConnection) -> None:
    copied(rows, f"id = (SELECT id FROM salary_record WHERE {ONE}), added_in = 2")
    changed = found(rows, change("removed_in = 2", f"{ONE} AND added_in = 1"))
    assert (Guarantee.UNCHANGED, 2, 2, "record ID was changed after it was published.") in changed


@pytest.mark.parametrize("counted", [5, 13])
def test_a_batch_of_which_fewer_than_k_counted_or_more_than_there_are(rows: BulkConnection, counted: int) -> None:
    message = f"{counted} of the 12 records of {GERMANY} were counted in one year, not 6 or more."
    assert found(rows, f"UPDATE batch SET counted = {counted} WHERE currency = 'EUR'") == [
        (Guarantee.COUNTED, 1, 12, message)
    ]


# The yearly tables


@pytest.fixture
def with_tables(rows: BulkConnection) -> BulkConnection:
    """With the tables of 2026 in the second edition, two of their cells just as large as they must be."""
    publish_tables(rows, 2, 2026)
    for name, number in ((CONTRIBUTORS, 150), (SKILLS, 1_000)):
        rows.execute(
            f"INSERT INTO protected_cell (year, table_name, value, country, number) VALUES (2026, '{name}', 1, 0, {number})"
        )
    assert found(rows) == []
    return rows


CONTRIBUTORS, SKILLS = "contributors-by-country-and-role-family", "premium-by-skill"


@pytest.mark.parametrize(
    ("statement", "violations"),
    [
        (
            f"DELETE FROM privacy_ledger WHERE table_name = '{CONTRIBUTORS}'",
            [
                (1, f"the ledger of 2026 does not have {CONTRIBUTORS}."),
                (1, f"the table {CONTRIBUTORS} of 2026 has 1 cell but is not in the ledger."),
            ],
        ),
        (
            "INSERT INTO privacy_ledger VALUES (2026, 'pay-by-{employer}', 0.1, 2)",
            [
                (1, "the table pay-by-{employer} of 2026 is not one that PayRank publishes."),
                (19, "the tables of 2026 spent an epsilon of 2.1 together, more than 2."),
            ],
        ),
        (
            f"UPDATE privacy_ledger SET epsilon = 0.25 WHERE table_name = '{SKILLS}'",
            [(1, f"the table {SKILLS} of 2026 spent an epsilon of 0.25, not 0.3.")],
        ),
        (
            "UPDATE protected_cell SET number = number - 1",
            [
                (1, f"the table {CONTRIBUTORS} of 2026 has 1 cell of fewer contributors than it may show."),
                (1, f"the table {SKILLS} of 2026 has 1 cell of fewer contributors than it may show."),
            ],
        ),
    ],
)
def test_a_ledger_or_cells_that_are_not_as_published(
    with_tables: BulkConnection, statement: str, violations: list[tuple[int, str]]
) -> None:
    assert found(with_tables, statement) == sorted(
        ((Guarantee.LEDGER, 2, size, message) for size, message in violations), key=lambda one: one[3]
    )


def test_cells_of_a_year_without_a_ledger(with_tables: BulkConnection) -> None:
    moved = found(with_tables, f"UPDATE protected_cell SET year = 2025 WHERE table_name = '{CONTRIBUTORS}'")
    assert [one[:3] for one in moved] == [(Guarantee.LEDGER, 2, 18), (Guarantee.LEDGER, 2, 1)]
    assert [message for *_, message in moved][1] == f"the table {CONTRIBUTORS} of 2025 has 1 cell but is not in the ledger."
