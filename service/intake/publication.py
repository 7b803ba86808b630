"""Publication: from submissions to an edition with anonymised records of contributors.

One process publishes at a time, the one that holds the publisher lock. Each run recomputes everything from the stored
submissions, so a run that was killed at any point leaves nothing that the next run does not correct.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import orjson
import pyarrow as pa

from service.intake.anonymisation import AnonymisedRecord, ContributedPay, anonymise, candidate_record
from service.intake.duplicates import RecentSubmission, bursts, duplicates
from service.intake.employers import match_employers
from service.intake.screening import Finding
from service.intake.submission import findings_json, reason_of
from service.store import publication as store
from service.store.bulk import BulkConnection, bulk_connection
from service.store.database import PUBLISHER
from service.store.editions import DiscardDraft, Draft, draft
from service.store.publication import Contribution, Link, ScreeningFlag, current_records
from service.store.records import RECORD_SCHEMA
from service.store.reference import Reference, load_reference
from service.vocabulary.answers import SubmissionAnswers
from service.vocabulary.factors import MULTIPLE, SINGLE, Factor
from service.vocabulary.measures import MEASURES, REPORTED_COLUMN
from service.vocabulary.units import month_of

SOURCE = "contributors"
PUBLISHABLE = ("accepted", "published")
_ATTEMPTS = 3
"""Attempts to publish while contributors make changes, before submissions are locked for the last one."""


@dataclass(frozen=True, slots=True)
class ParsedContribution:
    """A stored submission with its answers parsed from JSON."""

    stored: Contribution
    answers: SubmissionAnswers

    @property
    def id(self) -> UUID:
        return self.stored.id

    @property
    def is_publishable(self) -> bool:
        return self.stored.status in PUBLISHABLE


Screen = Callable[[Sequence[RecentSubmission]], Mapping[UUID, Sequence[Finding]]]


@dataclass(frozen=True, slots=True)
class PublicationResult:
    """What a run did: the number of the new edition, None if submissions were held but nothing was published.

    Counts records `added`, `generalised` (with less detail than before), `refined` (only with more) and `removed`;
    accepted submissions `waiting` for enough others; and submissions `held` in this run for a moderator.
    """

    edition: int | None
    added: int
    generalised: int
    refined: int
    removed: int
    waiting: int
    held: int


def screen_together(recent: Sequence[RecentSubmission]) -> dict[UUID, list[Finding]]:
    """The findings about submissions compared with each other."""
    found: defaultdict[UUID, list[Finding]] = defaultdict(list)
    for findings in (duplicates(recent), bursts(recent)) if recent else ():
        for id_, finding in findings.items():
            found[id_].append(finding)
    return found


def publish(url: str, *, k: int, screen: Screen = screen_together) -> PublicationResult | None:
    """Screen submissions against each other, and publish the accepted ones, at least k together, as the next edition.

    Records of withdrawn, amended and rejected submissions are removed at once. Returns None if nothing changed or
    another process is publishing. Raises DatabaseError if the database cannot be used.
    """
    with store.publisher_lock(url) as rows:
        if rows is None:
            return None
        store.purge_expired(rows)
        submissions = _read(rows)
        held = _hold(rows, submissions, screen)
        edition, plan = _publish(url, rows, [one for one in submissions if one.id not in held], k)
        store.unlink(rows, plan.dropped)
        rows.commit()
    if edition is None and not held:
        return None
    refined = len(plan.changed) - plan.generalised
    return PublicationResult(edition, len(plan.added), plan.generalised, refined, len(plan.retired), plan.waiting, len(held))


def fingerprint(url: str) -> str:
    """A text that is unchanged if another run would do nothing, except for changes that depend on the time only."""
    with bulk_connection(url, PUBLISHER) as rows:
        return store.submissions_fingerprint(rows)


def _read(rows: BulkConnection) -> list[ParsedContribution]:
    """All submissions that have answers."""
    return [
        ParsedContribution(stored, SubmissionAnswers.from_json(orjson.loads(stored.answers)))
        for stored in store.contributions(rows)
    ]


def _hold(rows: BulkConnection, submissions: Iterable[ParsedContribution], screen: Screen) -> set[UUID]:
    """Hold accepted submissions that have findings, unless a moderator has cleared them."""
    recent = {one.id: one for one in submissions if one.stored.recent}
    findings = screen([RecentSubmission(one.id, one.stored.submitted_at, one.answers) for one in recent.values()])
    flags = [
        _flag(recent[id_], found)
        for id_, found in findings.items()
        if found and recent[id_].stored.status == "accepted" and not recent[id_].stored.cleared
    ]
    return store.hold_submissions(rows, flags)


def _flag(one: ParsedContribution, findings: Sequence[Finding]) -> ScreeningFlag:
    return ScreeningFlag(one.stored, orjson.dumps(findings_json(findings)).decode(), reason_of(findings) or "")


class _ConcurrentChange(Exception):
    """A contributor or moderator changed a submission while it was being published."""


def _publish(
    url: str, rows: BulkConnection, submissions: Sequence[ParsedContribution], k: int
) -> tuple[int | None, "PublicationPlan"]:
    """The number of the new edition, None without one, and its plan."""
    for attempt in range(_ATTEMPTS):
        plan = make_plan(rows, _read(rows) if attempt else submissions, k)
        rows.commit()
        if plan.is_empty:
            return None, plan
        try:
            with draft(url, PUBLISHER) as edition:
                _write(edition, plan)
        except _ConcurrentChange:
            continue
        return edition.number, plan
    with draft(url, PUBLISHER) as edition:
        store.lock_submissions(edition.rows)
        plan = make_plan(edition.rows, _read(edition.rows), k)
        if plan.is_empty:
            raise DiscardDraft
        _write(edition, plan)
    return None if plan.is_empty else edition.number, plan


def _write(edition: Draft, plan: "PublicationPlan") -> None:
    """Write records and links in one transaction.

    A withdrawal that is acknowledged before the commit wins: it removes a link, so the run starts over. One that comes
    between the commit and the watermark, a moment later, takes effect with the next edition.
    """
    edition.retire(store.id_array([*plan.retired, *plan.changed]))
    edition.add(_table({**plan.changed, **plan.added}, plan.source))
    linked = store.link(edition.rows, edition.number, plan.links)
    if linked < len(plan.links) or not plan.linked <= store.linked_records(edition.rows):
        raise _ConcurrentChange


@dataclass(frozen=True, slots=True)
class PublicationPlan:
    """The differences between the current edition and the next one; records by their ids.

    Submissions must still point to the `linked` records when the edition is committed; submissions of the `dropped` ones,
    which are among the `retired`, wait again.
    """

    source: int
    before: Mapping[UUID, AnonymisedRecord]
    added: Mapping[UUID, AnonymisedRecord]
    changed: Mapping[UUID, AnonymisedRecord]
    linked: frozenset[UUID]
    retired: Sequence[UUID]
    dropped: Sequence[UUID]
    links: Sequence[Link]
    waiting: int

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.changed or self.retired)

    @property
    def generalised(self) -> int:
        """The number of records with less detail than before."""
        return sum(_has_less_detail(self.before[id_], record) for id_, record in self.changed.items())


def make_plan(rows: BulkConnection, submissions: Sequence[ParsedContribution], k: int) -> PublicationPlan:
    """The plan of the next edition; removes links to records that are not published. Does not commit."""
    reference = load_reference(rows)
    source = reference.taxonomy.find(Factor.SOURCE, SOURCE).id
    before = _load_published(rows, source)
    store.unlink(rows, [one.stored.record for one in submissions if one.stored.record and one.stored.record not in before])
    publishable = {one.id: one for one in submissions if one.is_publishable}
    records = {one.id: one.stored.record for one in publishable.values() if one.stored.record in before}
    wanted = _anonymised(rows, reference, publishable, records, k)
    ids = {id_: records.get(id_) or uuid4() for id_ in wanted}  # random, so that it reveals nothing about the submission
    after = {ids[id_]: record for id_, record in wanted.items()}
    linked = after.keys() & before.keys()
    retired = before.keys() - linked
    return PublicationPlan(
        source=source,
        before=before,
        added={id_: record for id_, record in after.items() if id_ not in before},
        changed={id_: after[id_] for id_ in linked if after[id_] != before[id_]},
        linked=frozenset(linked),
        retired=sorted(retired),
        dropped=[record for record in records.values() if record in retired],
        links=[Link(publishable[id_].stored, record) for id_, record in ids.items() if id_ not in records],
        waiting=len(publishable) - len(after),
    )


def _anonymised(
    rows: BulkConnection,
    reference: Reference,
    publishable: Mapping[UUID, ParsedContribution],
    records: Mapping[UUID, UUID],
    k: int,
) -> dict[UUID, AnonymisedRecord]:
    """The records to publish, by submission. If fewer than k are new, these are left out and do not affect the others."""
    names = (one.answers.employer for one in publishable.values() if one.answers.employer)
    taxonomy, employers = match_employers(rows, names, k, reference.taxonomy)
    found = {id_: candidate_record(one.answers, employers, taxonomy, reference.rates) for id_, one in publishable.items()}
    candidates = {id_: one for id_, one in found.items() if one}
    wanted = anonymise(candidates, k, taxonomy, reference.rates)
    if 0 < len(wanted.keys() - records.keys()) < k:
        candidates = {id_: one for id_, one in candidates.items() if id_ in records}
        wanted = anonymise(candidates, k, taxonomy, reference.rates)
    return wanted


def _has_less_detail(before: AnonymisedRecord, after: AnonymisedRecord) -> bool:
    """Whether a value of the record is no longer published; a converted currency no longer hints at the country."""
    lost = before.one.items() - after.one.items()
    fewer = any(set(numbers) - set(after.many.get(factor, ())) for factor, numbers in before.many.items())
    return bool(lost) or fewer or before.pay.currency != after.pay.currency


_ONE = tuple((factor, factor.value) for factor in SINGLE if factor is not Factor.SOURCE)
_MANY = tuple((factor, factor.value) for factor in MULTIPLE)
_MEASURES = tuple((measure, measure.value) for measure in MEASURES)
_PAY = tuple(REPORTED_COLUMN.values())
_COLUMNS = ("effective", "currency", *_PAY, *(name for _, name in (*_ONE, *_MANY, *_MEASURES)))


def _load_published(rows: BulkConnection, source: int) -> dict[UUID, AnonymisedRecord]:
    """The contributors' records of the current edition by id."""
    table = current_records(rows, source, _COLUMNS)
    return {UUID(bytes=row["id"]): _record_of(row) for row in table.to_pylist()}


def _record_of(row: Mapping[str, Any]) -> AnonymisedRecord:
    effective: date = row["effective"]
    return AnonymisedRecord(
        one={factor: row[name] for factor, name in _ONE if row[name] is not None},
        many={factor: tuple(sorted(row[name])) for factor, name in _MANY if row[name]},
        effective=month_of(effective.year, effective.month),
        pay=ContributedPay(row["currency"], *(row[name] for name in _PAY)),
        measures={measure: row[name] for measure, name in _MEASURES if row[name] is not None},
    )


def _table(records: Mapping[UUID, AnonymisedRecord], source: int) -> pa.Table:
    """Rows for `Draft.add`."""
    return pa.Table.from_pylist([_row_of(id_, record, source) for id_, record in records.items()], RECORD_SCHEMA)


def _row_of(id_: UUID, record: AnonymisedRecord, source: int) -> dict[str, Any]:
    pay, month = record.pay, record.effective
    return {
        "id": id_.bytes,
        "effective": date(month // 12, month % 12 + 1, 1),
        **{factor.value: number for factor, number in record.one.items()},
        **{factor.value: list(numbers) for factor, numbers in record.many.items()},
        Factor.SOURCE.value: source,
        "currency": pay.currency,
        **dict(zip(_PAY, (pay.base, pay.bonus, pay.equity), strict=True)),
        **{measure.value: amount for measure, amount in record.measures.items()},
    }
