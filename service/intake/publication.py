"""Publication: releases of contributed pay by the calendar, each as one edition.

One process publishes at a time, the one that holds the publisher lock. A release recomputes everything from the stored
submissions in one draft, so a run that was killed at any point leaves nothing that the next run does not correct.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

import orjson

from service.errors import DatabaseUnavailable
from service.intake.batches import NewBatches, plan_batch
from service.intake.employers import EmployerIds, EmployerNames
from service.intake.release import (
    Removal,
    WaitingContributions,
    new_batches,
    removal,
)
from service.intake.release_calendar import ReleaseCalendar, retires_at
from service.intake.yearly_tables import due_years, publish_tables
from service.stats.pay_steps import MAX_STEP_RATIO, MIN_AMOUNT
from service.store import publication as store
from service.store.batches import PublishedBatch, id_array, published_batches, records_without_batch
from service.store.bulk import BulkConnection, bulk_connection
from service.store.database import PUBLISHER, READER
from service.store.editions import DiscardDraft, Draft, discard_unfinished, draft
from service.store.employer_review import load_latest, load_public_reference
from service.store.publication import LINKS, Link, WaitingSubmission
from service.store.reference import Reference, add_terms, load_reference
from service.vocabulary.answers import SubmissionAnswers
from service.vocabulary.contribution_class import (
    CONTRIBUTORS,
    RELEASE_SCHEDULE,
    ClassKind,
    ContributionClass,
    ReleaseSchedule,
    classes_of,
    value_ids,
)
from service.vocabulary.factors import Factor
from service.vocabulary.measures import MEASURES, Measure
from service.vocabulary.terms import Term

_ATTEMPTS = 3
"""Attempts to publish while contributors make changes, before submissions are locked for the last one."""


@dataclass(frozen=True, slots=True)
class ReleaseRules:
    """How contributed pay is released: in batches of at least `k`, by a calendar, with classes open by a schedule."""

    k: int
    calendar: ReleaseCalendar
    schedule: ReleaseSchedule = field(default_factory=lambda: RELEASE_SCHEDULE)


@dataclass(frozen=True, slots=True)
class ReleaseResult:
    """What a release did: the number of its edition (None if nothing changed), its `batches`, the `records` in them, and the
    records it `removed`; submissions still `waiting` for a batch.
    """

    due: datetime
    edition: int | None
    batches: int
    records: int
    removed: int
    waiting: int


def publish(url: str, rules: ReleaseRules, now: datetime | None = None) -> ReleaseResult | None:
    """Make the release that is due; None if none is, or if another process is publishing.

    An edition that a killed process left unfinished is removed in any case, since nothing else may do so for weeks. The
    time is PostgreSQL's if none is given, so that machines whose clocks differ make the same releases. Raises DatabaseError
    if the database cannot be used.
    """
    with store.publisher_lock(url) as rows:
        if rows is None:
            return None
        store.purge_expired(rows)
        discard_unfinished(rows)
        now = now or store.clock(rows)
        due = _due(rows, rules.calendar, now)
        if due is None:
            return None
        store.separate_arrivals(rows)
        return _release(url, rows, rules, due, now)


def due_release(url: str, calendar: ReleaseCalendar) -> datetime | None:
    """The date of the release that is due and was not made yet; None if there is none."""
    with bulk_connection(url, READER) as rows:
        return _due(rows, calendar, store.clock(rows))


def _due(rows: BulkConnection, calendar: ReleaseCalendar, now: datetime) -> datetime | None:
    number = calendar.number(now)
    return calendar.due(number) if number is not None and calendar.is_due(now, store.last_release(rows)) else None


class _ConcurrentChange(Exception):
    """A contributor or moderator changed a submission while it was being published."""


def _release(url: str, rows: BulkConnection, rules: ReleaseRules, due: datetime, now: datetime) -> ReleaseResult:
    for attempt in range(_ATTEMPTS + 1):
        try:
            return _try_release(url, rows, rules, due, now, lock=attempt == _ATTEMPTS)
        except _ConcurrentChange:
            continue
    raise DatabaseUnavailable("Submissions changed while they were locked. Run `payrank publish` again.")


def _try_release(
    url: str, rows: BulkConnection, rules: ReleaseRules, due: datetime, now: datetime, *, lock: bool
) -> ReleaseResult:
    """Write a release in one transaction.

    A withdrawal that is acknowledged before the commit wins: it changes the submission, so the release starts over.
    """
    with draft(url, PUBLISHER) as edition:
        store.forget_withdrawn(edition.rows)
        if lock:
            store.lock_submissions(edition.rows)
        plan, years = make_plan(edition.rows, rules, now), due_years(edition.rows, now)
        if plan.is_empty and not years:
            raise DiscardDraft
        _write(edition, plan)
        for year in years:
            publish_tables(edition.rows, edition.number, year)
        store.add_release(edition.rows, due, now, rules.k, edition.number)
    discarded = plan.is_empty and not years
    if discarded:
        store.add_release(rows, due, now, rules.k)
        rows.commit()
    return ReleaseResult(
        due=due,
        edition=None if discarded else edition.number,
        batches=len(plan.batches.batches),
        records=len(plan.links),
        removed=len(plan.removed),
        waiting=plan.waiting,
    )


@dataclass(frozen=True, slots=True)
class ReleasePlan:
    """The differences between the current edition and the next one; `waiting` submissions are in no batch.

    `employers` are the ones that the batches are the first records of, by their ids in the plan.
    """

    batches: NewBatches
    links: Sequence[Link]
    removed: Sequence[UUID]
    employers: Mapping[int, Term]
    waiting: int

    @property
    def is_empty(self) -> bool:
        return not (self.batches.batches or self.removed)


def make_plan(rows: BulkConnection, rules: ReleaseRules, now: datetime) -> ReleasePlan:
    """The plan of a release at a time: what is removed, and the new batches of base salaries and of totals."""
    reference = load_reference(rows)
    source = reference.taxonomy.find(Factor.SOURCE, CONTRIBUTORS).id
    employers = _employers(rows, now) if ClassKind.EMPLOYER in rules.schedule else None
    candidates = [Candidate.of(one, reference, rules.schedule, employers) for one in store.waiting_submissions(rows)]
    batches, links = [], []
    for measure in LINKS:
        waiting = [one for one in candidates if one.is_publishable(measure, reference, now.year)]
        for found in new_batches(_waiting_contributions(waiting, rules.schedule), rules.k):
            members = [waiting[member] for member in found.members]
            currency = found.class_.currency(reference.taxonomy, reference.rates)
            amounts = [one.amount(measure, currency, reference, now.year) for one in members]
            batch = plan_batch(found, measure, currency, amounts)
            batches.append(batch)
            links += [Link(one.submission, measure, id_) for one, id_ in zip(members, batch.ids, strict=True)]
    published = {one.submission.id for one in links}
    return ReleasePlan(
        batches=NewBatches(source, now, batches, reference.rates),
        links=links,
        removed=_removed(rows, source, rules.k, now),
        employers=employers.terms(batch.class_.employer for batch in batches) if employers else {},
        waiting=sum(one.submission.id not in published for one in candidates if one.waits),
    )


def _employers(rows: BulkConnection, now: datetime) -> EmployerIds:
    """The employers that names mean by the decisions until now: a later one is not used, so it can be undone."""
    public = load_public_reference(rows)
    return EmployerIds(EmployerNames(public, (one for one in load_latest(rows) if one.decided_at <= now)), public)


def _removed(rows: BulkConnection, contributors: int, k: int, now: datetime) -> list[UUID]:
    """The records that a release removes, of contributors and of protected imports."""
    batches = published_batches(rows)
    sources = sorted({contributors} | {batch.source for batch in batches})
    outside = [id_ for source in sources for id_ in records_without_batch(rows, source)]
    return outside + [id_ for batch in batches for id_ in _removed_of(batch, contributors, k, now)]


def _removed_of(batch: PublishedBatch, contributors: int, k: int, now: datetime) -> Sequence[UUID]:
    """The records of a batch that a release removes; those of an import do not age, since its file may still have them."""
    ages = batch.source == contributors
    retires = batch.is_withdrawn or (ages and now >= retires_at(batch.released_at))
    match removal(len(batch.records), len(batch.withdrawn), k, retires=retires):
        case Removal.ALL:
            return batch.records
        case Removal.WITHDRAWN:
            return batch.withdrawn
        case _:
            return ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A submission that may be published, its answers parsed, and its classes, finest first."""

    submission: WaitingSubmission
    answers: SubmissionAnswers
    classes: Sequence[ContributionClass]

    @classmethod
    def of(
        cls,
        submission: WaitingSubmission,
        reference: Reference,
        schedule: ReleaseSchedule,
        employers: EmployerIds | None = None,
    ) -> "Candidate":
        answers = SubmissionAnswers.from_json(orjson.loads(submission.answers))
        ids = value_ids(answers, reference.taxonomy)
        employer = employers.find(answers.employer) if employers else None
        if employer is not None:
            ids[Factor.EMPLOYER] = employer
        return cls(submission, answers, classes_of(ids, reference.taxonomy, schedule))

    @property
    def waits(self) -> bool:
        """Whether neither of its measures is published."""
        return len(self.submission.measures) == len(LINKS)

    def is_publishable(self, measure: Measure, reference: Reference, year: int) -> bool:
        """Whether the measure was reported, and every step it may be published in is within the bounds of a record."""
        amount, rates, spec = _reported(self.answers, measure), reference.rates, MEASURES[measure]
        if measure not in self.submission.measures or amount is None or self.answers.currency not in rates:
            return False
        dollars = amount * rates.usd(self.answers.currency, year)
        currencies = {class_.currency(reference.taxonomy, rates) for class_ in self.classes}
        least = min((self.amount(measure, currency, reference, year) for currency in currencies), default=0)
        return least >= MIN_AMOUNT and spec.low * MAX_STEP_RATIO <= dollars <= spec.high / MAX_STEP_RATIO

    def amount(self, measure: Measure, currency: str, reference: Reference, year: int) -> float:
        """The measure in a currency, at the rates of a year."""
        rates, amount = reference.rates, _reported(self.answers, measure)
        assert amount is not None
        if currency == self.answers.currency:
            return amount
        return amount * rates.usd(self.answers.currency, year) / rates.usd(currency, year)


def _reported(answers: SubmissionAnswers, measure: Measure) -> int | None:
    """The base salary; or the total compensation, if both the bonus and the equity are known."""
    if measure is Measure.BASE_SALARY:
        return answers.base
    return answers.total if answers.has_total else None


def _waiting_contributions(candidates: Sequence[Candidate], schedule: ReleaseSchedule) -> WaitingContributions:
    bits = [{class_: class_.kind.value in one.submission.counted for class_ in one.classes} for one in candidates]
    years = [[one.submission.counted.get(kind.value, 0) for kind in schedule] for one in candidates]
    return WaitingContributions.of(bits, years, [one.submission.releases for one in candidates], schedule)


def _write(edition: Draft, plan: ReleasePlan) -> None:
    edition.retire(id_array(plan.removed))
    _add_employers(edition.rows, plan).write(edition)
    if store.link(edition.rows, edition.number, plan.links) < len(plan.links):
        raise _ConcurrentChange


def _add_employers(rows: BulkConnection, plan: ReleasePlan) -> NewBatches:
    """The batches of a plan with the stored ids of employers, after those that are new were added."""
    if not plan.employers:
        return plan.batches
    taxonomy = add_terms(rows, list(plan.employers.values()))
    ids = {number: taxonomy.find(Factor.EMPLOYER, term.code).id for number, term in plan.employers.items()}
    batches = [
        replace(one, class_=replace(one.class_, employer=ids[one.class_.employer])) if one.class_.employer in ids else one
        for one in plan.batches.batches
    ]
    return replace(plan.batches, batches=batches)
