"""Submissions written straight to the database in the form that intake stores, and contributors' changes to them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import orjson

from service.settings import load_settings
from service.store import submissions as store
from service.store.bulk import BulkConnection, bulk_connection
from service.store.database import Database
from service.store.editions import edition_condition
from service.store.journal import OpenJournal
from service.store.publication import LINKS
from service.vocabulary.answers import SubmissionAnswers
from service.vocabulary.contribution_class import RELEASE_SCHEDULE
from service.vocabulary.factors import MULTIPLE, SINGLE, Factor
from service.vocabulary.units import parse_month

DEFAULTS = {
    "country": "us",
    "subdivision": "us-ca",
    "metro": "san-francisco",
    "role": "machine-learning-engineer",
    "level": "senior",
    "experience": "5",
    "work_mode": "remote",
    "employment_type": "full-time",
}
_PLAIN = ("bonus", "equity", "employer", "initial_offer", "scores")


def answers(*without: str, **other: Any) -> SubmissionAnswers:
    """Default answers without some and with others: codes, lists of codes, amounts and free text by their names."""
    values = {name: value for name, value in {**DEFAULTS, **other}.items() if name not in without}
    return SubmissionAnswers(
        one={factor: values[factor.value] for factor in SINGLE if factor.value in values and factor is not Factor.EMPLOYER},
        many={factor: tuple(values[factor.value]) for factor in MULTIPLE if factor.value in values},
        effective=parse_month(values.get("effective", "2026-01")),
        currency=values.get("currency", "USD"),
        base=values.get("base", 100_000),
        **{name: values[name] for name in _PLAIN if name in values},
    )


COUNTED = dict.fromkeys((kind.value for kind in RELEASE_SCHEDULE), 2026)


def contribute(
    url: str,
    people: Sequence[SubmissionAnswers],
    status: str = "accepted",
    *,
    cleared: bool = False,
    counted: Mapping[str, int] = COUNTED,
    waited: int = 0,
    invited: bool = False,
) -> list[UUID]:
    """Store submissions that are counted, as from networks of their own; their ids in the order of `people`.

    `waited` is the number of releases that they have waited for.
    """
    ids = [uuid4() for _ in people]
    now = datetime.now(UTC)
    given = [
        {"id": str(id_), "after": number, "answers": one.to_json()}
        for number, (id_, one) in enumerate(zip(ids, people, strict=True))
    ]
    with bulk_connection(url) as rows:
        rows.execute(
            "INSERT INTO submission (id, receipt_hash, status, submitted_at, answers, cleared, retries, "
            "earlier_records, counted, invited, releases_before) "
            "SELECT (one ->> 'id')::uuid, decode(replace(one ->> 'id', '-', ''), 'hex'), "
            f"'{status}', $1::timestamptz + (one ->> 'after')::int * interval '1 microsecond', one -> 'answers', {cleared}, "
            f"0, '{{}}', $2::text::jsonb, {invited}, (SELECT count(*) FROM release) - $3::int "
            "FROM jsonb_array_elements($4::text::jsonb) AS one",
            [now, orjson.dumps(counted).decode(), waited, orjson.dumps(given).decode()],
        )
        rows.commit()
    return ids


def withdraw(url: str, *ids: UUID) -> None:
    """As contributors do, with the journal of PAYRANK_JOURNAL_DIR."""

    async def change(database: Database) -> None:
        journal = await OpenJournal(database, load_settings().journal_dir).get()
        for id_ in ids:
            assert await store.withdraw(database, id_.bytes, journal.withdraw)

    _in_service(url, change)


def amend(url: str, id_: UUID, changed: SubmissionAnswers, *, keeps_records: bool = False) -> None:
    """As a contributor does, with answers that have no findings."""
    amend_all(url, {id_: changed}, keeps_records=keeps_records)


def amend_all(url: str, changed: Mapping[UUID, SubmissionAnswers], *, keeps_records: bool = False) -> None:
    async def change(database: Database) -> None:
        for id_, one in changed.items():
            async with database.authorised_transaction(receipt=id_.hex) as connection:
                found = await store.find_by_receipt(database, id_.bytes)
                assert found
                amended = replace(found, status="accepted", answers=one.to_json(), findings=())
                assert await store.amend(connection, amended, keeps_records=keeps_records)

    _in_service(url, change)


def reject(url: str, id_: UUID) -> None:
    """As `store.review.reject` does."""
    with bulk_connection(url) as rows:
        rows.execute(f"UPDATE submission SET status = 'rejected', cleared = false WHERE id = '{id_}'")
        rows.commit()


def _in_service(url: str, action: Callable[[Database], Awaitable[object]]) -> None:
    async def run() -> None:
        async with Database.open(url) as database:
            await action(database)

    asyncio.run(run())


def submissions(url: str) -> dict[UUID, Mapping[str, Any]]:
    """Status, records and edition of each submission."""
    with bulk_connection(url) as rows:
        found = rows.query("SELECT id::text, status, base_record::text, total_record::text, published_in FROM submission")
    return {UUID(row.pop("id")): row | _links(row) for row in found.to_pylist()}


def _links(row: Mapping[str, Any]) -> dict[str, UUID | None]:
    return {column: UUID(row[column]) if row[column] else None for column in LINKS.values()}


def records(url: str) -> dict[UUID, Mapping[str, Any]]:
    """The contributors' records of the current edition; factors by codes."""
    with bulk_connection(url) as rows:
        names = dict(
            zip(*(rows.query("SELECT id, code FROM factor_value").column(n).to_pylist() for n in (0, 1)), strict=True)
        )
        return {UUID(row.pop("id")): _record(row, names) for row in _current(rows)}


def _current(rows: BulkConnection) -> list[dict[str, Any]]:
    columns = ", ".join(factor.value for factor in (*SINGLE, *MULTIPLE) if factor is not Factor.SOURCE)
    return rows.query(  # type: ignore[no-any-return]
        f"SELECT id::text, effective::text, {columns}, currency, base_reported, "
        "total_compensation_reported, base_salary, total_compensation FROM salary_record WHERE source = "
        "(SELECT id FROM factor_value WHERE factor = 'source' AND code = 'contributors') "
        f"AND {edition_condition(rows.scalar('SELECT edition FROM watermark'))}"
    ).to_pylist()


def _record(row: dict[str, Any], names: Mapping[int, str]) -> dict[str, Any]:
    coded = {factor.value: names[row[factor.value]] for factor in SINGLE if row.get(factor.value)}
    listed = {factor.value: [names[n] for n in row[factor.value]] for factor in MULTIPLE if row[factor.value]}
    factors = {factor.value for factor in (*SINGLE, *MULTIPLE)}
    return {name: value for name, value in row.items() if name not in factors and value is not None} | coded | listed
