"""Audit: whether rules 1 to 4 of docs/trust.md hold, checked from the published tables alone.

It shares no code with the publisher, so that it also finds mistakes of the publication, and later changes to the tables.
All editions are checked. The ledger check covers the yearly tables: their epsilons, and that no published cell has too few
contributors; whether their noise is right cannot be seen from them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import groupby, zip_longest
from math import fsum
from uuid import UUID

from service.counts import count_of
from service.intake.protected_tables import BUDGET, BY_NAME, PUBLISHED_FROM, TABLES
from service.intake.release_calendar import LIFETIME_MONTHS
from service.limits import MIN_CLASS_SIZE
from service.stats.pay_steps import COARSE, FINE, MIN_FINE_STEPS
from service.store import audit as store
from service.store.audit import CLASS_FACTORS, AuditedBatch, AuditedRecord, AuditedRelease, AuditedTable
from service.store.bulk import NO_SETTINGS, BulkConnection, LocalSettings, bulk_connection
from service.store.database import READER
from service.store.reference import load_taxonomy
from service.vocabulary.currencies import LOCAL_CURRENCY
from service.vocabulary.factors import Factor
from service.vocabulary.measures import STORED_CURRENCY, Measure
from service.vocabulary.taxonomy import Taxonomy

_KINDS = {
    "employer-family-level-country": "family level country employer",
    "metro-role-level": "role level country metro",
    "role-level-country": "role level country",
    "role-country": "role country",
    "family-level-country": "family level country",
    "family-country": "family country",
    "role-continent": "role continent",
    "family-continent": "family continent",
}
"""The values that the classes of a kind have, in words."""
_MEASURES = (Measure.BASE_SALARY, Measure.TOTAL_COMPENSATION)
_REMEDY = "The next release removes them."
_ROUNDING = 1e-9
"""By how much a sum of epsilons, as binary fractions, may exceed the budget."""


class Guarantee(StrEnum):
    """The rule that contributed records or protected tables break."""

    IN_BATCH = "in-batch"
    CLASS_SIZE = "class-size"
    CLASS = "class"
    STEPS = "steps"
    RATE = "rate"
    RELEASE = "release"
    REMOVAL = "removal"
    LIFETIME = "lifetime"
    UNCHANGED = "unchanged"
    COUNTED = "counted"
    LEDGER = "ledger"


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that an edition breaks; `size` is the number of records, cells or tables it is about."""

    guarantee: Guarantee
    edition: int
    size: int
    message: str


def audit(url: str, k: int, settings: LocalSettings = NO_SETTINGS) -> list[Violation]:
    """The violations in all editions up to the current one, by edition; empty if every rule holds.

    Reads in the role reader, as the API does, and with `settings` of PostgreSQL. Raises DatabaseError if the database cannot
    be used.
    """
    with bulk_connection(url, READER, settings) as rows:
        return violations(rows, k)


def violations(rows: BulkConnection, k: int) -> list[Violation]:
    """The violations that a connection can see."""
    taxonomy = load_taxonomy(rows)
    contributors = taxonomy.lookup(Factor.SOURCE, "contributors")
    batches = store.batches(rows)
    sources = {batch.source for batch in batches.values()} | ({contributors.id} if contributors else set())
    records = store.records(rows, sorted(sources))
    releases = ReleasesMade.of(store.releases(rows), store.last_edition(rows), k)
    own = contributors.id if contributors else None
    found = [
        *_changed(records),
        *_outside_batches(records, own, releases),
        *_batches(_by_batch(records), batches, own, taxonomy, releases),
        *_rates(records),
        *_repeated_classes(batches.values(), taxonomy),
        *_releases(releases),
        *_ledgers(store.protected_tables(rows), releases.last),
    ]
    return sorted(found, key=lambda one: (one.edition, one.guarantee, one.message))


@dataclass(frozen=True, slots=True)
class ReleasesMade:
    """The releases up to the edition `last`, in their order, and the k of today.

    A release that changed nothing has the edition before it: the first one of an edition made it, and its k is in `made`;
    `largest` is that of all of them, which every batch in the edition keeps.
    """

    releases: Sequence[AuditedRelease]
    made: Mapping[int, int]
    largest: Mapping[int, int]
    last: int
    k: int

    @classmethod
    def of(cls, releases: Sequence[AuditedRelease], last: int, k: int) -> "ReleasesMade":
        made: dict[int, int] = {}
        largest: dict[int, int] = {}
        for one in releases:
            made.setdefault(one.edition, max(one.class_size, MIN_CLASS_SIZE))
            largest[one.edition] = max(one.class_size, largest.get(one.edition, MIN_CLASS_SIZE))
        return cls(releases, made, largest, last, k)

    def has_removed(self, record: AuditedRecord, edition: int | None = None) -> bool:
        """Whether a record is no longer in an edition, by default in the current one."""
        return record.removed_in is not None and record.removed_in <= (self.last if edition is None else edition)


def _by_batch(records: Iterable[AuditedRecord]) -> dict[UUID, list[AuditedRecord]]:
    found: defaultdict[UUID, list[AuditedRecord]] = defaultdict(list)
    for record in records:
        if record.batch:
            found[record.batch].append(record)
    return found


def _violation(guarantee: Guarantee, edition: int, size: int, message: str) -> Violation:
    return Violation(guarantee, edition, size, f"Edition {edition:,}: {message}")


def _changed(records: Sequence[AuditedRecord]) -> Iterator[Violation]:
    """Rule 4: no published record changes, so none has two versions."""
    last: dict[UUID, int] = {}
    for record in records:
        last[record.id] = max(record.added_in, last.get(record.id, 0))
    for id_, versions in Counter(record.id for record in records).items():
        if versions > 1:
            yield _violation(Guarantee.UNCHANGED, last[id_], versions, f"record {id_} was changed after it was published.")


def _outside_batches(
    records: Sequence[AuditedRecord], contributors: int | None, releases: ReleasesMade
) -> Iterator[Violation]:
    """Rule 1: all records are in batches, apart from those of the first design, which the first release removed.

    Those of a data set are, as long as it is protected.
    """
    protected = {record.source for record in records if record.batch and not releases.has_removed(record)}
    outside = [record for record in records if record.batch is None]
    current = Counter(
        (one.added_in, one.source)
        for one in outside
        if not releases.has_removed(one) and one.source in {*protected, contributors}
    )
    for (edition, _), size in current.items():
        message = f"{_few(size)} {'is' if size == 1 else 'are'} in no batch. {_REMEDY}"
        yield _violation(Guarantee.IN_BATCH, edition, size, message)
    first = min(releases.made, default=releases.last + 1)
    earlier = Counter(
        one.added_in for one in outside if releases.has_removed(one) and one.source == contributors and one.added_in >= first
    )
    for edition, size in earlier.items():
        yield _violation(Guarantee.IN_BATCH, edition, size, f"{_few(size)}, removed since, had no batch.")


def _batches(
    by_batch: Mapping[UUID, Sequence[AuditedRecord]],
    batches: Mapping[UUID, AuditedBatch],
    contributors: int | None,
    taxonomy: Taxonomy,
    releases: ReleasesMade,
) -> Iterator[Violation]:
    """Those of protected imports are published and replaced when they are imported; a release only removes them."""
    imports = ReleasesMade.of([], releases.last, releases.k)
    for id_, records in by_batch.items():
        batch, contributed = batches[id_], batches[id_].source == contributors
        own, name = releases if contributed else imports, _name(batch, taxonomy)
        yield from _sizes(records, name, own)
        yield from _removals(records, name, own)
        yield from _class(batch, records, taxonomy, name)
        yield from _steps(batch, records, name)
        yield from _late_records(batch, records, name)
        k = own.made.get(batch.edition, MIN_CLASS_SIZE)
        if not k <= batch.counted <= batch.size:
            message = f"{batch.counted} of the {_few(batch.size)} of {name} were counted in one year, not {k} or more."
            yield _violation(Guarantee.COUNTED, batch.edition, batch.size, message)
        if contributed:
            yield from _release(batch, records, name, releases)
            yield from _departures(records, name, releases)
            yield from _lifetime(batch, records, name, releases)


def _name(batch: AuditedBatch, taxonomy: Taxonomy) -> str:
    named = (taxonomy.get(number) for number in batch.values)
    return f"the batch {', '.join(value.code for value in named if value)} ({batch.measure.value.replace('_', ' ')})"


def _sizes(records: Sequence[AuditedRecord], name: str, releases: ReleasesMade) -> Iterator[Violation]:
    """Rules 1 and 4: a batch has at least the k of each release, or no records."""
    reported = 0
    for edition, size in _sizes_by_edition(records, releases):
        k = releases.largest.get(edition, MIN_CLASS_SIZE)
        if 0 < size < k and size != reported:
            yield _violation(Guarantee.CLASS_SIZE, edition, size, f"{name} has only {_few(size)}, fewer than {k}.")
            reported = size
    if 0 < size < releases.k and size != reported:
        message = f"{name} has only {_few(size)}, fewer than {releases.k}. {_REMEDY}"
        yield _violation(Guarantee.CLASS_SIZE, releases.last, size, message)


def _sizes_by_edition(records: Sequence[AuditedRecord], releases: ReleasesMade) -> Iterator[tuple[int, int]]:
    """The number of records in the first edition with one of them, in those that change it, and in those of releases."""
    come = Counter(record.added_in for record in records)
    gone = Counter(record.removed_in for record in records if record.removed_in and releases.has_removed(record))
    first, size = min(come), 0
    for edition in sorted(come | gone | {edition: 1 for edition in releases.made if edition > first}):
        size += come[edition] - gone[edition]
        yield edition, size


def _removals(records: Sequence[AuditedRecord], name: str, releases: ReleasesMade) -> Iterator[Violation]:
    """Rule 4: at least k or all records of a batch are removed together."""
    for edition, number, left in _gone(records, releases):
        k = releases.made.get(edition, MIN_CLASS_SIZE)
        if left and number < k:
            message = f"only {_few(number)} of {name} {_was(number)} removed, fewer than {k}."
            yield _violation(Guarantee.REMOVAL, edition, number, message)


def _departures(records: Sequence[AuditedRecord], name: str, releases: ReleasesMade) -> Iterator[Violation]:
    """Rule 4: some records of a batch are removed in releases only; an operator may remove all of them."""
    for edition, number, left in _gone(records, releases):
        if left and edition not in releases.made:
            message = f"{_few(number)} of {name} {_was(number)} removed without a release."
            yield _violation(Guarantee.REMOVAL, edition, number, message)


def _gone(records: Sequence[AuditedRecord], releases: ReleasesMade) -> Iterator[tuple[int, int, int]]:
    """The editions that removed records of a batch, how many, and how many remain."""
    gone = Counter(record.removed_in for record in records if record.removed_in and releases.has_removed(record))
    left = len(records)
    for edition, number in sorted(gone.items()):
        left -= number
        yield edition, number, left


def _was(size: int) -> str:
    return "was" if size == 1 else "were"


def _few(size: int) -> str:
    return count_of(size, "record")


def _class(batch: AuditedBatch, records: Sequence[AuditedRecord], taxonomy: Taxonomy, name: str) -> Iterator[Violation]:
    """Rule 1: a record has the values of its class, one amount and the quarter of its release, and nothing else."""
    if _kind_of(batch, taxonomy) != _KINDS[batch.kind]:
        yield _violation(Guarantee.CLASS, batch.edition, len(records), f"{name} does not have the values of {batch.kind}.")
    if batch.currency not in (_currency_of(batch, taxonomy), STORED_CURRENCY):
        message = f"{name} is in {batch.currency}, not in the main currency of its country."
        yield _violation(Guarantee.CLASS, batch.edition, len(records), message)
    released = batch.released_at
    quarter = date(released.year, (released.month - 1) // 3 * 3 + 1, 1)
    expected = batch.source, batch.values, batch.currency, quarter, 0
    for record in records:
        if (
            (record.source, record.values, record.currency, record.effective, record.others) != expected
            or None in record.amount(batch.measure)
            or any(record.amount(other) != (None, None) for other in _MEASURES if other is not batch.measure)
        ):
            message = f"record {record.id} of {name} has other values than its class."
            yield _violation(Guarantee.CLASS, record.added_in, 1, message)


def _kind_of(batch: AuditedBatch, taxonomy: Taxonomy) -> str:
    """The factors of a class's values in words; empty if a value is not one of its factor or lies elsewhere."""
    words = {Factor.ROLE: ("family", "role"), Factor.COUNTRY: ("continent", "country")}
    values = {
        factor: taxonomy.get(number)
        for factor, number in zip(CLASS_FACTORS, batch.values, strict=True)
        if number is not None
    }
    metro, country = values.get(Factor.METRO), values.get(Factor.COUNTRY)
    if any(value is None or value.factor is not factor for factor, value in values.items()):
        return ""
    if metro and country and taxonomy.place_parents(metro).get(Factor.COUNTRY) != country.id:
        return ""
    return " ".join(
        words[factor][bool(value and value.parent)] if factor in words else factor.value for factor, value in values.items()
    )


def _currency_of(batch: AuditedBatch, taxonomy: Taxonomy) -> str | None:
    country = taxonomy.get(batch.values[CLASS_FACTORS.index(Factor.COUNTRY)])
    return LOCAL_CURRENCY.get(country.code) if country else None


def _steps(batch: AuditedBatch, records: Sequence[AuditedRecord], name: str) -> Iterator[Violation]:
    """Rule 2: the amounts of a step are evenly spread over it, and the steps are the fine ones if there are enough of them.

    Some of the removed records may have been deleted; they had the missing places of the spread.
    """
    deleted = batch.size - len(records)
    by_step = defaultdict(list)
    for record in records:
        by_step[record.step].append(record)
    digits = COARSE if batch.coarse else FINE
    for step, alike in by_step.items():
        amounts = Counter(record.amount(batch.measure)[0] for record in alike)
        sizes = range(len(alike), len(alike) + deleted + 1)
        if all(amounts - _spread(step or 0, digits, size) for size in sizes):
            message = f"the amounts of {_few(len(alike))} of {name} are not spread evenly over the step {step or 0:,}."
            yield _violation(Guarantee.STEPS, batch.edition, len(alike), message)
    if not deleted and batch.coarse == (len(by_step) >= MIN_FINE_STEPS):
        kind, opposite = ("coarse", "as many as") if batch.coarse else ("fine", "only")
        message = f"{name} has {kind} steps although its amounts are on {opposite} {len(by_step)} of them."
        yield _violation(Guarantee.STEPS, batch.edition, len(records), message)


def _spread(step: int, digits: Sequence[int], size: int) -> Counter[int | None]:
    """The amounts of a number of records of a step; none if there is no such step."""
    width = _end_of(step, digits) - step
    return Counter(step + (2 * place + 1) * width // (2 * size) for place in range(size) if width > 0)


def _end_of(step: int, digits: Sequence[int]) -> int:
    """The end of a step whose first amount has some of the digits; 0 if there is no such step."""
    power = 10 ** max(len(str(step)) - 2, 0)
    if step < digits[0] or step % power or step // power not in digits:
        return 0
    place = digits.index(step // power) + 1
    return int(power) * (digits[place] if place < len(digits) else 10 * digits[0])


def _rates(records: Sequence[AuditedRecord]) -> Iterator[Violation]:
    """Rule 2: one exchange rate converts all amounts of a currency that were added together."""
    amounts: defaultdict[tuple[int, str], list[tuple[int, int]]] = defaultdict(list)
    for record in records:
        for amount, dollars in (record.base_salary, record.total_compensation):
            if amount and dollars:
                amounts[record.added_in, record.currency].append((amount, dollars))
    for (edition, currency), pairs in amounts.items():
        lowest = max((dollars - 0.5000001) / amount for amount, dollars in pairs)
        highest = min((dollars + 0.5000001) / amount for amount, dollars in pairs)
        if lowest > highest or (currency == "USD" and any(amount != dollars for amount, dollars in pairs)):
            message = (
                f"no single exchange rate converts all {len(pairs):,} amounts in {currency} to their US dollar amounts."
            )
            yield _violation(Guarantee.RATE, edition, len(pairs), message)


def _late_records(batch: AuditedBatch, records: Sequence[AuditedRecord], name: str) -> Iterator[Violation]:
    """Rule 3: a batch is published as a whole."""
    late = [record.added_in for record in records if record.added_in != batch.edition]
    if late:
        message = f"{_few(len(late))} of {name} {_was(len(late))} not published with others of its batch."
        yield _violation(Guarantee.RELEASE, max(late), len(late), message)


def _release(
    batch: AuditedBatch, records: Sequence[AuditedRecord], name: str, releases: ReleasesMade
) -> Iterator[Violation]:
    """Rule 3: a batch is published in a release of the calendar, at the time that it states."""
    if batch.released_at not in {one.made_at for one in releases.releases if one.edition == batch.edition}:
        message = f"no release of {batch.released_at:%Y-%m-%d %H:%M} UTC made {name}."
        yield _violation(Guarantee.RELEASE, batch.edition, len(records), message)


def _lifetime(
    batch: AuditedBatch, records: Sequence[AuditedRecord], name: str, releases: ReleasesMade
) -> Iterator[Violation]:
    """Rule 4: a batch is removed in the first release after its lifetime."""
    late = [one for one in releases.releases if _is_old(batch.released_at, one.made_at)]
    left = sum(not releases.has_removed(record, late[0].edition) for record in records) if late else 0
    if left:
        message = (
            f"{_few(left)} of {name} {_was(left)} not removed {LIFETIME_MONTHS} months after its release on "
            f"{batch.released_at:%Y-%m-%d}."
        )
        yield _violation(Guarantee.LIFETIME, late[0].edition, left, message)


def _is_old(released: datetime, now: datetime) -> bool:
    """Whether a batch has reached its lifetime; one of 29 February on 1 March."""
    months = 12 * (now.year - released.year) + now.month - released.month
    return (months, now.day, now.time()) >= (LIFETIME_MONTHS, released.day, released.time())


def _repeated_classes(batches: Iterable[AuditedBatch], taxonomy: Taxonomy) -> Iterator[Violation]:
    """Rule 3: in a release a class gets none, or all that wait for it, so not two batches."""
    found: defaultdict[tuple[object, ...], list[AuditedBatch]] = defaultdict(list)
    for batch in batches:
        found[batch.edition, batch.source, batch.measure, batch.values].append(batch)
    for first, *others in found.values():
        if others:
            times = "twice" if len(others) == 1 else f"{len(others) + 1} times"
            message = f"{_name(first, taxonomy)} was published {times} in one release."
            yield _violation(Guarantee.RELEASE, first.edition, len(others) + 1, message)


def _releases(releases: ReleasesMade) -> Iterator[Violation]:
    """Rule 3: releases are made when they are due or later, one after the other, with at least the smallest k."""
    for one, following in zip_longest(releases.releases, releases.releases[1:]):
        name = f"the release due on {one.due_at:%Y-%m-%d %H:%M} UTC"
        if one.made_at < one.due_at:
            yield _violation(Guarantee.RELEASE, one.edition, 0, f"{name} was made before that.")
        if following and (following.made_at < one.made_at or following.edition < one.edition):
            yield _violation(Guarantee.RELEASE, one.edition, 0, f"{name} was made after the following one.")
        if one.class_size < MIN_CLASS_SIZE:
            message = f"{name} used a k of only {one.class_size}, less than {MIN_CLASS_SIZE}."
            yield _violation(Guarantee.CLASS_SIZE, one.edition, 0, message)


def _ledgers(tables: Sequence[AuditedTable], last: int) -> Iterator[Violation]:
    """The ledger check: it has each table with its epsilon, within the budget, and no cell has too few contributors."""
    for year, of_year in groupby(tables, key=lambda table: table.year):
        found = list(of_year)
        edition = max((table.edition for table in found if table.edition is not None), default=last)
        for size, message in (*_ledger(year, found), *(problem for table in found for problem in _table(table))):
            yield _violation(Guarantee.LEDGER, edition, size, message)


def _ledger(year: int, tables: Sequence[AuditedTable]) -> Iterator[tuple[int, str]]:
    """The number of tables concerned and a sentence for what is wrong with all of a year together."""
    spent = {table.name: table.epsilon for table in tables if table.epsilon is not None}
    missing = [table.name for table in TABLES if table.name not in spent]
    if missing:
        yield len(missing), f"the ledger of {year} does not have {', '.join(missing)}."
    total = fsum(spent.values())
    if total > BUDGET + _ROUNDING:
        yield len(spent), f"the tables of {year} spent an epsilon of {total:.6g} together, more than {BUDGET}."


def _table(table: AuditedTable) -> Iterator[tuple[int, str]]:
    """The number of cells or tables concerned and a sentence for what is wrong with one."""
    name, cells, expected = f"the table {table.name} of {table.year}", len(table.numbers), BY_NAME.get(table.name)
    if table.epsilon is None:
        yield cells, f"{name} has {_cells(cells)} but is not in the ledger."
    if not expected:
        yield 1, f"{name} is not one that PayRank publishes."
        return
    if table.epsilon not in (None, float(expected.epsilon)):
        yield 1, f"{name} spent an epsilon of {table.epsilon:.6g}, not {float(expected.epsilon):.6g}."
    few = sum(number * expected.epsilon < PUBLISHED_FROM * expected.values for number in table.numbers)
    if few:
        yield few, f"{name} has {_cells(few)} of fewer contributors than it may show."


def _cells(number: int) -> str:
    return count_of(number, "cell")
