"""Submissions written straight to the database in the form that intake stores, and contributors' changes to them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import orjson

from service.store.bulk import BulkConnection, bulk_connection
from service.store.editions import edition_condition
from service.vocabulary.answers import SubmissionAnswers
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


def contribute(
    url: str, people: Sequence[SubmissionAnswers], status: str = "accepted", *, cleared: bool = False
) -> list[UUID]:
    """Store submissions; their ids in the order of `people`."""
    ids = [uuid4() for _ in people]
    with bulk_connection(url) as rows:
        for id_, one in zip(ids, people, strict=True):
            rows.execute(
                "INSERT INTO submission (id, receipt_hash, status, submitted_at, answers, cleared, retries) "
                f"VALUES ('{id_}', '\\x{id_.hex}', '{status}', $1, $2::text::jsonb, {cleared}, 0)",
                [datetime.now(UTC), orjson.dumps(one.to_json()).decode()],
            )
        rows.commit()
    return ids


def withdraw(url: str, id_: UUID) -> None:
    """As `store.submissions.withdraw` does."""
    _execute(
        url,
        "UPDATE submission SET status = 'withdrawn', reason = NULL, answers = NULL, digest = NULL, findings = NULL, "
        f"record = NULL, published_in = NULL WHERE id = '{id_}'",
    )


def amend(url: str, id_: UUID, changed: SubmissionAnswers) -> None:
    """As `store.submissions.amend` does."""
    _execute(
        url,
        "UPDATE submission SET status = 'accepted', reason = NULL, answers = $1::text::jsonb, findings = '[]', "
        f"cleared = false, record = NULL, published_in = NULL WHERE id = '{id_}'",
        [orjson.dumps(changed.to_json()).decode()],
    )


def reject(url: str, id_: UUID) -> None:
    """As `store.review.reject` does."""
    _execute(
        url,
        "UPDATE submission SET status = 'rejected', reason = 'no', record = NULL, published_in = NULL, cleared = false "
        f"WHERE id = '{id_}'",
    )


def _execute(url: str, sql: str, values: Sequence[Any] = ()) -> None:
    with bulk_connection(url) as rows:
        rows.execute(sql, values)
        rows.commit()


def submissions(url: str) -> dict[UUID, Mapping[str, Any]]:
    """Status, record and edition of each submission."""
    with bulk_connection(url) as rows:
        found = rows.query("SELECT id::text, status, record::text, published_in, reason, findings::text FROM submission")
    return {UUID(row.pop("id")): row | {"record": row["record"] and UUID(row["record"])} for row in found.to_pylist()}


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
        f"SELECT id::text, effective::text, {columns}, currency, base_reported, bonus_reported, equity_reported, "
        "base_salary, bonus, equity, total_cash, total_compensation FROM salary_record WHERE source = "
        "(SELECT id FROM factor_value WHERE factor = 'source' AND code = 'contributors') "
        f"AND {edition_condition(rows.scalar('SELECT edition FROM watermark'))}"
    ).to_pylist()


def _record(row: dict[str, Any], names: Mapping[int, str]) -> dict[str, Any]:
    coded = {factor.value: names[row[factor.value]] for factor in SINGLE if row.get(factor.value)}
    listed = {factor.value: [names[n] for n in row[factor.value]] for factor in MULTIPLE if row[factor.value]}
    factors = {factor.value for factor in (*SINGLE, *MULTIPLE)}
    return {name: value for name, value in row.items() if name not in factors and value is not None} | coded | listed
