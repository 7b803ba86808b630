"""The plan of an edition: what differs between the current one and the submissions there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from service.intake.anonymisation import Protected, protect
from service.intake.candidates import Told, candidate, told
from service.intake.employers import employers
from service.intake.published import load_published
from service.store import publication as store
from service.store.bulk import Bulk
from service.store.publication import Link
from service.store.reference import Reference, load_reference
from service.vocabulary.factors import Factor

SOURCE = "contributors"


def read(rows: Bulk) -> list[Told]:
    """All submissions that tell anything."""
    return [told(contribution) for contribution in store.contributions(rows)]


@dataclass(frozen=True, slots=True)
class Plan:
    """What differs between the current edition and the submissions; records by their ids.

    `kept` are those that submissions must still point to when the edition is committed; of those `retired`, the submissions
    of `dropped` wait again.
    """

    source: int
    before: Mapping[UUID, Protected]
    added: Mapping[UUID, Protected]
    changed: Mapping[UUID, Protected]
    kept: frozenset[UUID]
    retired: Sequence[UUID]
    dropped: Sequence[UUID]
    links: Sequence[Link]
    waiting: int

    @property
    def empty(self) -> bool:
        return not (self.added or self.changed or self.retired)

    @property
    def coarser(self) -> int:
        """How many records tell less than before of anything."""
        return sum(_tells_less(self.before[id_], record) for id_, record in self.changed.items())


def plan_of(rows: Bulk, submissions: Sequence[Told], k: int) -> Plan:
    """Work out the next edition; cuts links to records that are not published. Does not commit."""
    reference = load_reference(rows)
    source = reference.taxonomy.find(Factor.SOURCE, SOURCE).id
    before = load_published(rows, source)
    store.unlink(rows, [one.of.record for one in submissions if one.of.record and one.of.record not in before])
    good = {one.id: one for one in submissions if one.good}
    records = {one.id: one.of.record for one in good.values() if one.of.record in before}
    wanted = _protected(rows, reference, good, records, k)
    ids = {id_: records.get(id_) or uuid4() for id_ in wanted}  # a random id tells nothing of the submission
    after = {ids[id_]: record for id_, record in wanted.items()}
    kept = after.keys() & before.keys()
    retired = before.keys() - kept
    return Plan(
        source=source,
        before=before,
        added={id_: record for id_, record in after.items() if id_ not in before},
        changed={id_: after[id_] for id_ in kept if after[id_] != before[id_]},
        kept=frozenset(kept),
        retired=sorted(retired),
        dropped=[record for record in records.values() if record in retired],
        links=[Link(good[id_].of, record) for id_, record in ids.items() if id_ not in records],
        waiting=len(good) - len(after),
    )


def _protected(
    rows: Bulk, reference: Reference, good: Mapping[UUID, Told], records: Mapping[UUID, UUID], k: int
) -> dict[UUID, Protected]:
    """The records that are to be current, by submission: fewer than k new ones stay out, and change nothing of the rest."""
    names = (one.answers.employer for one in good.values() if one.answers.employer)
    taxonomy, known = employers(rows, names, k, reference.taxonomy)
    found = {id_: candidate(one.answers, known, taxonomy, reference.rates) for id_, one in good.items()}
    candidates = {id_: one for id_, one in found.items() if one}
    wanted = protect(candidates, k, taxonomy, reference.rates)
    if 0 < len(wanted.keys() - records.keys()) < k:
        candidates = {id_: one for id_, one in candidates.items() if id_ in records}
        wanted = protect(candidates, k, taxonomy, reference.rates)
    return wanted


def _tells_less(before: Protected, after: Protected) -> bool:
    """Whether anything that was told of a record no longer is; another currency tells less of where it comes from."""
    lost = before.one.items() - after.one.items()
    less = any(set(numbers) - set(after.many.get(factor, ())) for factor, numbers in before.many.items())
    return bool(lost) or less or before.pay.currency != after.pay.currency
