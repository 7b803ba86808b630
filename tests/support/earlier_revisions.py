"""Databases at an earlier revision, with rows in all tables.

There is no tagged release yet: revision 0002 plays the previous release.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import orjson

from seed.reference_data import load_reference_data
from service.intake.access import Secret
from service.intake.receipt import receipt_hash, receipt_of
from service.limits import DEFAULT_CLASS_SIZE
from service.store.bulk import bulk_connection
from service.store.migrate import downgrade, migrate
from support.databases import named, run_autocommit
from support.records import publish, record_id
from support.stored_submissions import answers

PREVIOUS = "0002"
FIRST_DESIGN = "0007"
"""The last revision that published contributed pay by the rules of the first design."""
STATUSES = (*["accepted"] * DEFAULT_CLASS_SIZE, "held", "rejected", "withdrawn")
RECEIPTS = [receipt_of(Secret(b"of a test"), f"contributor {number}").text for number in range(len(STATUSES))]
TABLES = (
    *("factor_value", "source", "fx_rate", "price_level", "edition", "watermark", "salary_record"),
    *("submission", "review", "flag", "api_token"),
)
Rows = dict[str, list[dict[str, Any]]]


@contextmanager
def empty_database(server_url: str) -> Iterator[str]:
    name = f"t_{uuid4().hex[:12]}"
    run_autocommit(server_url, f"CREATE DATABASE {name}")
    yield named(server_url, name)
    run_autocommit(server_url, f"DROP DATABASE {name} WITH (FORCE)")


def _prepare(url: str, revision: str) -> None:
    """Tables of a revision with reference data, which is loaded before the tables that the revision lacks are removed."""
    migrate(url)
    load_reference_data(url)
    downgrade(url, revision)


@contextmanager
def previous_release(server_url: str) -> Iterator[str]:
    """A database of the previous release: eleven records in two editions, and rows in all other tables."""
    with empty_database(server_url) as url:
        _prepare(url, PREVIOUS)
        publish(url, [{"base_salary": 100_000 + n, "skill": ["python"]} for n in range(7)])
        publish(url, [{"base_salary": 120_000 + n, "level": "senior"} for n in range(4)], first=7)
        _contribute(url)
        yield url


def _contribute(url: str) -> None:
    with bulk_connection(url) as rows:
        for number, (status, receipt) in enumerate(zip(STATUSES, RECEIPTS, strict=True)):
            content = None if status == "withdrawn" else orjson.dumps(answers(base=90_000 + number).to_json()).decode()
            hashed = (receipt_hash(receipt) or b"").hex()
            rows.execute(
                "INSERT INTO submission (id, receipt_hash, status, submitted_at, answers) VALUES (gen_random_uuid(), "
                f"'\\x{hashed}', '{status}', now() - interval '{number + 30} days', $1::text::jsonb)",
                [content],
            )
        rows.execute(
            "INSERT INTO api_token (id, role, token_hash, created_at, expires_at) "
            "VALUES (gen_random_uuid(), 'moderator', '\\x00', now(), now() + interval '90 days')"
        )
        rows.execute(
            "INSERT INTO review (id, submission, decision, note, token, decided_at) SELECT gen_random_uuid(), s.id, "
            "'reject', 'Not pay.', t.id, now() FROM submission AS s, api_token AS t WHERE s.status = 'rejected'"
        )
        rows.execute(
            "INSERT INTO flag (id, record, reason, flagged_at) "
            f"VALUES (gen_random_uuid(), '{record_id(3)}', 'Too little.', now())"
        )
        rows.commit()


@contextmanager
def first_design(server_url: str) -> Iterator[str]:
    """A database in which DEFAULT_CLASS_SIZE contributions are published."""
    with empty_database(server_url) as url:
        _prepare(url, FIRST_DESIGN)
        publish(
            url, [{"source": "contributors", "country": "us", "base_salary": 90_000 + n} for n in range(DEFAULT_CLASS_SIZE)]
        )
        with bulk_connection(url) as rows:
            for number in range(DEFAULT_CLASS_SIZE):
                rows.execute(
                    "INSERT INTO submission (id, receipt_hash, status, submitted_at, answers, cleared, retries, record, "
                    f"published_in) VALUES ('{UUID(int=number)}', '\\x{number:02x}', 'published', now(), "
                    f"$1::text::jsonb, false, 0, '{record_id(number)}', 1)",
                    [orjson.dumps(answers(base=90_000 + number).to_json()).decode()],
                )
            rows.commit()
        yield url


def rows_of(url: str) -> Rows:
    """All rows of the tables of the previous release, as dictionaries, sorted."""
    with bulk_connection(url) as rows:
        found = {table: rows.query(f"SELECT to_jsonb(t)::text AS row FROM {table} AS t") for table in TABLES}
    return {
        table: sorted(map(orjson.loads, rows.column("row").to_pylist()), key=orjson.dumps) for table, rows in found.items()
    }


def lost(before: Rows, after: Rows) -> Rows:
    """Rows that are missing or changed afterwards; new columns are ignored."""
    remaining = {table: {orjson.dumps(_like(row, rows)) for row in after[table]} for table, rows in before.items() if rows}
    found = {
        table: [row for row in rows if orjson.dumps(row) not in remaining[table]] for table, rows in before.items() if rows
    }
    return {table: rows for table, rows in found.items() if rows}


def _like(row: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: row.get(name) for name in rows[0]}
