"""Releases as entries of the journal: read from the tables when they are published, and made again in a restored backup.

An entry has everything that was published, with the codes of factor values, since a restored database may number them
differently. It has the submissions that were released, but not which record is whose.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import pyarrow as pa

from service.errors import DataError
from service.store.batches import BATCH_RECORD_SCHEMA, BATCH_SCHEMA, CLASS_COLUMNS, CONTRIBUTORS, add_batches, id_array
from service.store.bulk import BulkConnection
from service.store.editions import Draft
from service.store.journal import Entry, Kind
from service.store.publication import LINKS, add_release
from service.store.records import RECORD_SCHEMA
from service.store.reference import add_terms, load_taxonomy
from service.vocabulary.factors import Factor
from service.vocabulary.measures import MEASURES, Measure
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import Term

_COPIED = ("measure", "kind", "currency", "coarse", "size", "counted")
_CHUNK = 5_000
_PUBLISHED = "edition <= (SELECT edition FROM watermark)"


def unwritten_releases(rows: BulkConnection, written: Iterable[datetime]) -> Iterator[Entry]:
    """The entries of the published releases whose dates of the calendar are not written in the journal yet, in order.

    Of contributors' batches only: an import of an employer's payroll is in no release of the calendar, and can be repeated.
    """
    known = set(written)
    releases = rows.query(
        "SELECT due_at, made_at, edition, class_size, edition > coalesce(lag(edition) OVER (ORDER BY due_at), 0) AS is_new "
        f"FROM release WHERE {_PUBLISHED} ORDER BY due_at"
    ).to_pylist()
    for release in releases:
        if release["due_at"] not in known:
            yield _entry(rows, release)


def due_at(entry: Entry) -> datetime:
    """The date of the calendar of a release, which identifies it."""
    return datetime.fromisoformat(entry["due_at"])


def _entry(rows: BulkConnection, release: Mapping[str, Any]) -> Entry:
    """A release that changed nothing has the edition of an earlier one, and none of its batches."""
    edition = int(release["edition"])
    changed = release["is_new"]
    taxonomy = load_taxonomy(rows)
    return {
        "entry": Kind.RELEASE,
        "due_at": release["due_at"].isoformat(),
        "made_at": release["made_at"].isoformat(),
        "edition": edition,
        "class_size": release["class_size"],
        "batches": _batches(rows, edition, taxonomy) if changed else [],
        "removed": _removed(rows, edition) if changed else [],
        "released": _released(rows, edition) if changed else {},
    }


def _batches(rows: BulkConnection, edition: int, taxonomy: Taxonomy) -> list[dict[str, Any]]:
    columns = ", ".join(("id::text", "released_at", "source", *CLASS_COLUMNS, *_COPIED))
    found = rows.query(
        f"SELECT {columns} FROM batch WHERE edition = $1 AND source = {CONTRIBUTORS} ORDER BY id", [edition]
    ).to_pylist()
    records = _records(rows, edition)
    return [
        {name: batch[name] for name in _COPIED}
        | {
            "id": batch["id"],
            "released_at": batch["released_at"].isoformat(),
            "source": taxonomy[batch["source"]].code,
            "values": {name: _value(taxonomy, batch[name]) for name in CLASS_COLUMNS if batch[name] is not None},
            "effective": records[batch["id"]][0]["effective"].isoformat(),
            "records": [[row["record"], row["step"], row["amount"], row["usd"]] for row in records[batch["id"]]],
        }
        for batch in found
    ]


def _value(taxonomy: Taxonomy, number: int) -> list[str]:
    value = taxonomy[number]
    return [value.factor.value, value.code, value.label]


def _records(rows: BulkConnection, edition: int) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """The records of the batches of an edition, by batch, ordered by their random ids."""
    amount = _by_measure({measure: MEASURES[measure].reported_columns[0] for measure in LINKS})
    usd = _by_measure({measure: measure.value for measure in LINKS})
    found = rows.query(
        f"SELECT batch.id::text AS batch, record::text, step, {amount} AS amount, {usd} AS usd, effective "
        "FROM batch JOIN batch_record ON batch_record.batch = batch.id "
        "JOIN salary_record ON salary_record.id = record AND added_in = edition WHERE edition = $1 ORDER BY record",
        [edition],
    )
    by_batch: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in found.to_pylist():
        by_batch[row["batch"]].append(row)
    return by_batch


def _by_measure(columns: Mapping[Measure, str]) -> str:
    """The SQL expression for the column of a batch's measure."""
    return f"CASE measure {' '.join(f'WHEN $${measure.value}$$ THEN {name}' for measure, name in columns.items())} END"


def _removed(rows: BulkConnection, edition: int) -> list[str]:
    """The contributed records that a release removed, with those that an earlier version published in no batch, and those
    of protected imports in batches that a moderator withdrew."""
    found = rows.query(
        f"SELECT id::text FROM salary_record WHERE removed_in = $1 AND (source = {CONTRIBUTORS} OR EXISTS (SELECT "
        "FROM batch_record JOIN batch ON batch.id = batch WHERE record = salary_record.id AND withdrawn_at IS NOT NULL)) "
        "ORDER BY id",
        [edition],
    )
    return [str(id_) for id_ in found.column("id").to_pylist()]


def _released(rows: BulkConnection, edition: int) -> dict[str, list[str]]:
    """The submissions that were released in an edition, by measure, even if they were amended since."""
    found = rows.query(
        "SELECT DISTINCT measure, submission.id::text FROM submission "
        "CROSS JOIN unnest(ARRAY[base_record, total_record] || earlier_records) AS published "
        "JOIN batch_record ON record = published JOIN batch ON batch.id = batch "
        "WHERE batch.edition = $1 ORDER BY 1, 2",
        [edition],
    )
    released: defaultdict[str, list[str]] = defaultdict(list)
    for row in found.to_pylist():
        released[row["measure"]].append(row["id"])
    return dict(released)


# In a restored database


def remake(edition: Draft, entry: Entry) -> None:
    """Make a release of the journal again in an edition: with the same records, which nothing links to the submissions that
    were released with them. Raises DataError if a factor value is unknown."""
    due, made = due_at(entry), datetime.fromisoformat(entry["made_at"])
    taxonomy = _complete(edition.rows, entry["batches"])
    edition.retire(id_array(map(UUID, entry["removed"])))
    records = [row for batch in entry["batches"] for row in _record_rows(batch, taxonomy)]
    edition.add(pa.Table.from_pylist(records, RECORD_SCHEMA))
    add_batches(edition.rows, _batch_rows(entry["batches"], edition.number, taxonomy), _batch_records(entry["batches"]))
    for measure, column in LINKS.items():
        _publish(edition, column, entry["released"].get(measure.value, ()))
    add_release(edition.rows, due, made, entry["class_size"], edition.number)


def remake_unchanged(rows: BulkConnection, entry: Entry) -> None:
    """Store a release that changed nothing; commits."""
    add_release(rows, due_at(entry), datetime.fromisoformat(entry["made_at"]), entry["class_size"])
    rows.commit()


def is_unchanged(entry: Entry) -> bool:
    return not (entry["batches"] or entry["removed"])


def _complete(rows: BulkConnection, batches: Iterable[Mapping[str, Any]]) -> Taxonomy:
    """The taxonomy with the employers of batches, which may have been added since the backup."""
    taxonomy = load_taxonomy(rows)
    named = {tuple(value) for batch in batches for value in batch["values"].values() if value[0] == Factor.EMPLOYER.value}
    new = [Term(Factor.EMPLOYER, code, label) for _, code, label in sorted(named)]
    new = [term for term in new if not taxonomy.lookup(term.factor, term.code)]
    return add_terms(rows, new) if new else taxonomy


def value_number(taxonomy: Taxonomy, factor: str, code: str) -> int:
    """The id of a factor value that the journal names; raises DataError if it is unknown."""
    value = taxonomy.lookup(Factor(factor), code)
    if value is None:
        raise DataError(
            f"The journal names the {factor} {code!r}, which this version of PayRank does not know. Finish the restore "
            "with the version that wrote the journal: run `payrank restore` without a file."
        )
    return value.id


def _values(batch: Mapping[str, Any], taxonomy: Taxonomy) -> dict[str, int]:
    source = value_number(taxonomy, Factor.SOURCE.value, batch["source"])
    return {"source": source} | {
        name: value_number(taxonomy, factor, code) for name, (factor, code, _) in batch["values"].items()
    }


def _record_rows(batch: Mapping[str, Any], taxonomy: Taxonomy) -> Iterator[dict[str, Any]]:
    measure = Measure(batch["measure"])
    common = _values(batch, taxonomy) | {
        "effective": date.fromisoformat(batch["effective"]),
        "currency": batch["currency"],
    }
    for record, _, amount, usd in batch["records"]:
        yield common | {
            "id": UUID(record).bytes,
            MEASURES[measure].reported_columns[0]: amount,
            measure.value: usd,
        }


def _batch_rows(batches: Iterable[Mapping[str, Any]], edition: int, taxonomy: Taxonomy) -> pa.Table:
    rows = [
        {name: batch[name] for name in _COPIED}
        | _values(batch, taxonomy)
        | {
            "id": UUID(batch["id"]).bytes,
            "edition": edition,
            "released_at": datetime.fromisoformat(batch["released_at"]),
        }
        for batch in batches
    ]
    return pa.Table.from_pylist(rows, BATCH_SCHEMA)


def _batch_records(batches: Iterable[Mapping[str, Any]]) -> pa.Table:
    rows = [
        {"record": UUID(record).bytes, "batch": UUID(batch["id"]).bytes, "step": step}
        for batch in batches
        for record, step, _, _ in batch["records"]
    ]
    return pa.Table.from_pylist(rows, BATCH_RECORD_SCHEMA)


def _publish(edition: Draft, column: str, submissions: Sequence[str]) -> None:
    """Mark submissions as published, with a record that does not exist: they do not wait again, and are linked to none."""
    for start in range(0, len(submissions), _CHUNK):
        listed = ",".join(str(UUID(id_)) for id_ in submissions[start : start + _CHUNK])
        edition.rows.execute(
            f"UPDATE submission SET status = 'published', {column} = gen_random_uuid(), earlier_records = '{{}}', "
            "published_in = coalesce(published_in, $1) "
            f"WHERE status <> 'withdrawn' AND id = ANY('{{{listed}}}'::uuid[])",
            [edition.number],
        )
