"""Publication: from submissions to an edition with contributors' records that are coarse enough.

One process publishes at a time, elected by a lock. Everything is worked out anew each time from the submissions there are,
so a run that was killed at any point leaves nothing that the next does not put right.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson

from service.intake.burst import bursts
from service.intake.candidates import Told
from service.intake.contribution import findings_json, reason_of
from service.intake.duplicates import duplicates
from service.intake.plan import Plan, plan_of, read
from service.intake.published import rows_of
from service.intake.recent import Recent
from service.intake.screening import Finding
from service.store import publication as store
from service.store.bulk import Bulk, bulk
from service.store.database import PUBLISHER
from service.store.editions import Draft, Unchanged, draft
from service.store.publication import Doubt

_ATTEMPTS = 3
"""How often to begin anew when contributors change what is being published, before they are kept from it meanwhile."""

Screen = Callable[[Sequence[Recent]], Mapping[UUID, Sequence[Finding]]]


@dataclass(frozen=True, slots=True)
class Published:
    """What a run did: the edition's number, None where there was nothing but submissions to hold.

    Records `added`, those that tell less (`coarser`) or only more (`finer`) than before, and those `removed`; accepted
    submissions that are `waiting` to be one of enough; those `held` in this run for a moderator.
    """

    edition: int | None
    added: int
    coarser: int
    finer: int
    removed: int
    waiting: int
    held: int


def likeness(recent: Sequence[Recent]) -> dict[UUID, list[Finding]]:
    """What is doubtful about submissions beside one another."""
    found: defaultdict[UUID, list[Finding]] = defaultdict(list)
    for findings in (duplicates(recent), bursts(recent)) if recent else ():
        for id_, finding in findings.items():
            found[id_].append(finding)
    return found


def publish(url: str, *, k: int, screen: Screen = likeness) -> Published | None:
    """Screen submissions against each other and publish those that are good, at least k together, as the next edition.

    What was withdrawn, amended or rejected goes at once. Returns None when nothing changed, and at once when another process
    publishes. Raises DatabaseError when the database cannot be used.
    """
    with store.elected(url) as rows:
        if rows is None:
            return None
        store.purge(rows)
        submissions = read(rows)
        held = _hold(rows, submissions, screen)
        edition, plan = _publish(url, rows, [one for one in submissions if one.id not in held], k)
        store.unlink(rows, plan.dropped)
        rows.commit()
    if edition is None and not held:
        return None
    finer = len(plan.changed) - plan.coarser
    return Published(edition, len(plan.added), plan.coarser, finer, len(plan.retired), plan.waiting, len(held))


def _hold(rows: Bulk, submissions: Iterable[Told], screen: Screen) -> set[UUID]:
    """Hold accepted submissions with findings; those that a moderator has cleared stay."""
    recent = {one.id: one for one in submissions if one.of.recent}
    findings = screen([Recent(one.id, one.of.submitted_at, one.answers) for one in recent.values()])
    doubts = [
        _doubt(recent[id_], found)
        for id_, found in findings.items()
        if found and recent[id_].of.status == "accepted" and not recent[id_].of.cleared
    ]
    return store.hold(rows, doubts)


def _doubt(one: Told, findings: Sequence[Finding]) -> Doubt:
    return Doubt(one.of, orjson.dumps(findings_json(findings)).decode(), reason_of(findings) or "")


def state(url: str) -> str:
    """The same as before where another run would find nothing else to do, but for what time itself brings."""
    with bulk(url, PUBLISHER) as rows:
        return store.state(rows)


class _Overtaken(Exception):
    """A contributor or moderator changed a submission while it was being published."""


def _publish(url: str, rows: Bulk, submissions: Sequence[Told], k: int) -> tuple[int | None, Plan]:
    """The number of the new edition, None without one, and what was planned for it."""
    for attempt in range(_ATTEMPTS):
        plan = plan_of(rows, read(rows) if attempt else submissions, k)
        rows.commit()
        if plan.empty:
            return None, plan
        try:
            with draft(url, PUBLISHER) as edition:
                _write(edition, plan)
        except _Overtaken:
            continue
        return edition.number, plan
    with draft(url, PUBLISHER) as edition:
        store.hold_off(edition.rows)
        plan = plan_of(edition.rows, read(edition.rows), k)
        if plan.empty:
            raise Unchanged
        _write(edition, plan)
    return None if plan.empty else edition.number, plan


def _write(edition: Draft, plan: Plan) -> None:
    """Rows and links in one transaction. A withdrawal that is acknowledged before it commits wins: it takes a link away, so
    all begins anew. One that comes between this and the watermark, a moment later, is of the next edition."""
    edition.retire(store.as_ids([*plan.retired, *plan.changed]))
    edition.add(rows_of({**plan.changed, **plan.added}, plan.source))
    linked = store.link(edition.rows, edition.number, plan.links)
    if linked < len(plan.links) or not plan.kept <= store.linked(edition.rows):
        raise _Overtaken
