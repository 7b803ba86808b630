"""Protected imports: the rows of an employer's own payroll, published through the classes of contributed pay.

No row becomes a record of its own. The rows of a class are published together if they are at least k, with their class and
one amount in steps (docs/trust.md), as one release; k counts rows. The difference of two versions of the file must not show
single rows. So a version changes something a year after the previous one that did at the earliest, and replaces a class only
in steps of the same currency and width, and if the rows added are none or at least k, and so are those removed. A class that
was removed is not published again: its steps are deleted, so that nothing can be compared with them.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from seed.importer.pay import measures
from seed.importer.translation import Batch
from service.errors import DataError
from service.intake.batches import NewBatches, PlannedBatch, plan_batch
from service.intake.release import WaitingContributions, may_replace, new_batches
from service.stats.pay_steps import MAX_STEP_RATIO, MIN_AMOUNT
from service.store.batches import (
    ClassKey,
    PublishedSteps,
    ever_published,
    id_array,
    last_version,
    mark_replaced,
    published_steps,
    records_without_batch,
)
from service.store.bulk import BulkConnection
from service.store.editions import Draft
from service.store.publication import LINKS
from service.store.reference import Reference
from service.vocabulary.contribution_class import ContributionClass, classes_of
from service.vocabulary.factors import Factor
from service.vocabulary.measures import MEASURES, Measure
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.units import month_of

MIN_INTERVAL = timedelta(days=365)
"""Between two versions of a protected data set."""
_FACTORS = (Factor.ROLE, Factor.LEVEL, Factor.COUNTRY)


@dataclass(frozen=True, slots=True)
class WithheldRows:
    """The numbers of rows of a protected data set that are in no batch: those about pay of more than a year ago (`old`),
    those in no class of at least k rows (`few`), and those in a class that may not be published again (`kept`)."""

    old: int = 0
    few: int = 0
    kept: int = 0

    @property
    def total(self) -> int:
        return self.old + self.few + self.kept


class ClassState(StrEnum):
    """Outcome of a class of a file."""

    NEW = "new"
    UNCHANGED = "unchanged"
    KEPT = "not replaced"


@dataclass(frozen=True, slots=True)
class PlannedClass:
    """A class that a file has at least k rows of, by its codes, with the number of rows in each step of a measure."""

    name: str
    measure: Measure
    currency: str
    steps: Mapping[int, int]
    state: ClassState

    @property
    def rows(self) -> int:
        return sum(self.steps.values())


@dataclass(frozen=True, slots=True)
class ProtectedResult:
    """The rows by outcome: `published` in a new batch, `unchanged` in a published one, or `withheld`; the number of
    published records that were `removed`; and the classes, base salaries first.
    """

    published: int
    unchanged: int
    withheld: WithheldRows
    removed: int
    classes: tuple[PlannedClass, ...]


def publish_protected(
    edition: Draft, source: int, batch: Batch, currencies: Sequence[str], reference: Reference, k: int, now: datetime
) -> ProtectedResult:
    """Publish the rows of a file as batches of a source, in place of its previous version.

    Raises DataError if that would change although it is less than a year old.
    """
    before, file = published_steps(edition.rows, source), _Rows(batch, currencies, reference, now.date())
    earlier = ever_published(edition.rows, source)
    gone = earlier - before.keys()
    planned = [one for measure in LINKS for one in _planned(file, measure, earlier, k)]
    states = [ClassState.KEPT if one.key in gone else one.state(before.get(one.key), k) for one in planned]
    by_state = {state: [one for one, its in zip(planned, states, strict=True) if its is state] for state in ClassState}
    new = by_state[ClassState.NEW]
    staying = {one.key for one in planned} - {one.key for one in new}
    leaving = [old for key, old in before.items() if key not in staying]
    if new or leaving:
        _check_interval(last_version(edition.rows, source), now)
    removed = [*records_without_batch(edition.rows, source), *(id_ for old in leaving for id_ in old.records)]
    edition.retire(id_array(removed))
    mark_replaced(edition.rows, [old.id for old in leaving], edition.number)
    NewBatches(source, now, [one.batch for one in new], reference.rates).write(edition)
    published, unchanged, kept = (_rows_in(by_state[state]) for state in ClassState)
    withheld = np.ones(len(batch.months), bool)
    withheld[list(published | unchanged)] = False
    is_kept = np.zeros(len(withheld), bool)
    is_kept[list(kept)] = True
    is_old = ~is_kept & file.is_old
    return ProtectedResult(
        published=len(published),
        unchanged=len(unchanged - published),
        withheld=WithheldRows(
            old=int((withheld & is_old).sum()),
            few=int((withheld & ~is_kept & ~is_old).sum()),
            kept=int((withheld & is_kept).sum()),
        ),
        removed=len(removed),
        classes=tuple(one.described(reference.taxonomy, state) for one, state in zip(planned, states, strict=True)),
    )


def refuse_unprotected(rows: BulkConnection, source: int, code: str) -> None:
    """Raise DataError if a data set that is about to be published row by row was published as a protected one."""
    if last_version(rows, source):
        raise DataError(
            f"The data set {code} was published as a protected one. Set protected = true in [dataset], or give the file "
            "another code."
        )


def _check_interval(last: datetime | None, now: datetime) -> None:
    if last and now - last < MIN_INTERVAL:
        raise DataError(
            f"This data set is protected and was last changed on {last:%Y-%m-%d}. A new version may replace it from "
            f"{last + MIN_INTERVAL:%Y-%m-%d} on, since the difference of two versions would show single rows."
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Planned:
    """A batch that could be published, and the positions of its rows in the file, `int64[m]`."""

    batch: PlannedBatch
    rows: NDArray[np.int64]

    @property
    def key(self) -> ClassKey:
        return self.batch.measure, self.batch.class_

    def state(self, old: PublishedSteps | None, k: int) -> ClassState:
        """Its outcome, by the published batch of its class and measure."""
        if old is None:
            return ClassState.NEW
        if (old.currency, old.coarse) != (self.batch.currency, self.batch.coarse):
            return ClassState.KEPT  # in other steps, amounts would differ that are the same
        steps = self.batch.steps.tolist()
        if Counter(old.steps) == Counter(steps):
            return ClassState.UNCHANGED
        return ClassState.NEW if may_replace(old.steps, steps, k) else ClassState.KEPT

    def described(self, taxonomy: Taxonomy, state: ClassState) -> PlannedClass:
        batch = self.batch
        name = ", ".join(taxonomy[number].code for number in batch.class_.values().values())
        return PlannedClass(name, batch.measure, batch.currency, dict(sorted(Counter(batch.steps.tolist()).items())), state)


def _rows_in(planned: Iterable[_Planned]) -> set[int]:
    return {int(row) for one in planned for row in one.rows}


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a file, converted at the exchange rates of `today`."""

    batch: Batch
    currencies: Sequence[str]
    reference: Reference
    today: date

    @property
    def year(self) -> int:
        return self.today.year

    @property
    def is_old(self) -> NDArray[np.bool_]:
        """Which rows are about pay of more than a year ago, `bool[n]`."""
        return self.batch.months < month_of(self.today.year - 1, self.today.month)

    def amounts(self, measure: Measure) -> NDArray[np.float64]:
        """The amounts of a measure in the currencies of the rows, `float64[n]`, NaN for null."""
        rows = len(self.batch.months)
        found = measures(self.batch.amounts | {"rate": np.ones(rows)})
        return found.get(measure, np.full(rows, np.nan))

    def rates(self) -> NDArray[np.float64]:
        """US dollars for a unit of each row's currency, `float64[n]`."""
        by_currency = np.array([self.reference.rates.usd(currency, self.year) for currency in self.currencies])
        return by_currency[self.batch.amounts["currency"].astype(np.int64)]

    def classes(self) -> list[list[ContributionClass]]:
        """The classes of each row."""
        zeros = np.zeros(len(self.batch.months), np.int32)
        keys = np.stack([self.batch.ids.get(factor, zeros) for factor in _FACTORS], axis=1)
        different, positions = np.unique(keys, axis=0, return_inverse=True)
        taxonomy = self.reference.taxonomy
        found = [
            classes_of({factor: number for factor, number in zip(_FACTORS, key, strict=True) if number}, taxonomy)
            for key in different.tolist()
        ]
        return [found[position] for position in positions.ravel().tolist()]


def _planned(rows: _Rows, measure: Measure, earlier: Collection[ClassKey], k: int) -> list[_Planned]:
    """The batches of a measure, of the rows of the last year that have it within the bounds of a record.

    Rows of a class that was published earlier are tried in the finest such class alone: they would otherwise move between a
    class and a coarser one, whose difference shows who did not.
    """
    amounts, spec = rows.amounts(measure), MEASURES[measure]
    dollars = amounts * rows.rates()
    usable = np.flatnonzero(~rows.is_old & (dollars >= spec.low * MAX_STEP_RATIO) & (dollars <= spec.high / MAX_STEP_RATIO))
    taxonomy, fx = rows.reference.taxonomy, rows.reference.rates
    classes = [[one for one in own if (measure, one) in earlier][:1] or own for own in rows.classes()]
    planned = []
    for found in new_batches(WaitingContributions.imported([classes[row] for row in usable]), k):
        currency, members = found.class_.currency(taxonomy, fx), usable[found.members]
        own = np.array(rows.currencies)[rows.batch.amounts["currency"][members].astype(np.int64)] == currency
        converted = np.where(own, amounts[members], dollars[members] / fx.usd(currency, rows.year))
        if converted.min() >= MIN_AMOUNT:
            planned.append(_Planned(plan_batch(found, measure, currency, converted), members))
    return planned
