"""Protected imports: the rows of an employer's own payroll, published through the classes of contributed pay.

No row becomes a record of its own. The rows of a class are published together if they are at least k, with their class and
one amount in steps (docs/trust.md), as one release; k counts rows. A new version of the file replaces a class only if the
rows added are none or at least k, and so are those removed, and a year after the previous version at the earliest: the
difference of two versions would otherwise show single rows.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from seed.importer.pay import measures
from seed.importer.translation import Batch
from service.errors import DataError
from service.intake.batches import NewBatches, PlannedBatch, plan_batch
from service.intake.release import WaitingContributions, may_replace, new_batches
from service.stats.pay_steps import MAX_STEP_RATIO, MIN_AMOUNT
from service.store.batches import (
    PublishedSteps,
    Step,
    id_array,
    last_published,
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
from service.vocabulary.units import month_of

MIN_INTERVAL = timedelta(days=365)
"""Between two versions of a protected data set."""
_FACTORS = (Factor.ROLE, Factor.LEVEL, Factor.COUNTRY)


@dataclass(frozen=True, slots=True)
class ProtectedResult:
    """The rows by outcome: `published` in a new batch, `unchanged` in a published one, or `withheld`; and the number of
    published records that were `removed`.
    """

    published: int
    unchanged: int
    withheld: int
    removed: int


def publish_protected(
    edition: Draft, source: int, batch: Batch, currencies: Sequence[str], reference: Reference, k: int, now: datetime
) -> ProtectedResult:
    """Publish the rows of a file as batches of a source, in place of its previous version.

    Raises DataError if that would change although it is less than a year old.
    """
    before = published_steps(edition.rows, source)
    planned = [one for measure in LINKS for one in _planned(_Rows(batch, currencies, reference, now.date()), measure, k)]
    unchanged = [one for one in planned if one.equals(before.get(one.key))]
    new = [one for one in planned if one not in unchanged and one.may_replace(before.get(one.key), k)]
    staying = {one.key for one in planned} - {one.key for one in new}
    leaving = [old for key, old in before.items() if key not in staying]
    if new or leaving:
        _check_interval(last_published(edition.rows, source), now)
    removed = [*records_without_batch(edition.rows, source), *(id_ for old in leaving for id_ in old.records)]
    edition.retire(id_array(removed))
    NewBatches(source, now, [one.batch for one in new], reference.rates).write(edition)
    published, same = _rows_in(new), _rows_in(unchanged)
    return ProtectedResult(
        published=len(published),
        unchanged=len(same - published),
        withheld=len(batch.months) - len(published | same),
        removed=len(removed),
    )


def refuse_unprotected(rows: BulkConnection, source: int, code: str) -> None:
    """Raise DataError if a data set that is about to be published row by row was published as a protected one."""
    if last_published(rows, source):
        raise DataError(
            f"The data set {code} was published as a protected one. Set protected = true in [dataset], or give the file "
            "another code."
        )


def _check_interval(last: datetime | None, now: datetime) -> None:
    if last and now - last < MIN_INTERVAL:
        raise DataError(
            f"This data set is protected and was last published on {last:%Y-%m-%d}. A new version may replace it from "
            f"{last + MIN_INTERVAL:%Y-%m-%d} on, since the difference of two versions would show single rows."
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Planned:
    """A batch that could be published, and the positions of its rows in the file, `int64[m]`."""

    batch: PlannedBatch
    rows: NDArray[np.int64]

    @property
    def key(self) -> tuple[Measure, ContributionClass]:
        return self.batch.measure, self.batch.class_

    def equals(self, old: PublishedSteps | None) -> bool:
        return old is not None and Counter(old.steps) == Counter(self._steps)

    def may_replace(self, old: PublishedSteps | None, k: int) -> bool:
        return old is None or may_replace(old.steps, self._steps, k)

    @property
    def _steps(self) -> list[Step]:
        return [(self.batch.currency, self.batch.coarse, int(step)) for step in self.batch.steps]


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


def _planned(rows: _Rows, measure: Measure, k: int) -> list[_Planned]:
    """The batches of a measure, of the rows of the last year that have it within the bounds of a record."""
    amounts, rates, spec = rows.amounts(measure), rows.rates(), MEASURES[measure]
    dollars, first = amounts * rates, month_of(rows.today.year - 1, rows.today.month)
    usable = np.flatnonzero(
        (rows.batch.months >= first) & (dollars >= spec.low * MAX_STEP_RATIO) & (dollars <= spec.high / MAX_STEP_RATIO)
    )
    classes, taxonomy, fx = rows.classes(), rows.reference.taxonomy, rows.reference.rates
    planned = []
    for found in new_batches(WaitingContributions.imported([classes[row] for row in usable]), k):
        currency, members = found.class_.currency(taxonomy, fx), usable[found.members]
        own = np.array(rows.currencies)[rows.batch.amounts["currency"][members].astype(np.int64)] == currency
        converted = np.where(own, amounts[members], dollars[members] / fx.usd(currency, rows.year))
        if converted.min() >= MIN_AMOUNT:
            planned.append(_Planned(plan_batch(found, measure, currency, converted), members))
    return planned
