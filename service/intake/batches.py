"""Batches: contributed records that are published together, as rows of the tables."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from service.intake.release import NewBatch
from service.intake.release_calendar import release_quarter
from service.stats.pay_steps import batch_steps
from service.store.batches import BATCH_RECORD_SCHEMA, BATCH_SCHEMA, add_batches
from service.store.editions import Draft
from service.store.records import RECORD_SCHEMA
from service.vocabulary.contribution_class import ContributionClass
from service.vocabulary.currencies import Rates
from service.vocabulary.factors import Factor
from service.vocabulary.measures import MEASURES, Measure


@dataclass(frozen=True, slots=True)
class PlannedBatch:
    """A batch to publish: `m` records by their ids, with the step of each, `int64[m]`, and an amount in it, `int64[m]`."""

    id: UUID
    class_: ContributionClass
    measure: Measure
    currency: str
    coarse: bool
    counted: int
    ids: Sequence[UUID]
    steps: npt.NDArray[np.int64]
    amounts: npt.NDArray[np.int64]


def plan_batch(found: NewBatch, measure: Measure, currency: str, amounts: npt.ArrayLike) -> PlannedBatch:
    """A batch of the members of a class with their amounts, `float64[m]`, in a currency."""
    stepped = batch_steps(amounts)
    return PlannedBatch(
        id=uuid4(),
        class_=found.class_,
        measure=measure,
        currency=currency,
        coarse=stepped.coarse,
        counted=found.counted,
        ids=[uuid4() for _ in found.members],  # random, so that they reveal nothing about the members
        steps=stepped.steps,
        amounts=stepped.spread(np.random.default_rng(secrets.randbits(256))),
    )


@dataclass(frozen=True, slots=True)
class NewBatches:
    """The batches of a source that are published at one time, with the exchange rates of that time."""

    source: int
    released: datetime
    batches: Sequence[PlannedBatch]
    rates: Rates

    def write(self, edition: Draft) -> None:
        """Add the records and the batches to an edition.

        Rows are in random order: that of the batches would be the order of their members.
        """
        edition.add(_shuffled([self._record(one, n) for one in self.batches for n in range(len(one.ids))], RECORD_SCHEMA))
        add_batches(
            edition.rows,
            pa.Table.from_pylist([self._batch(one, edition.number) for one in self.batches], BATCH_SCHEMA),
            _shuffled([row for one in self.batches for row in _batch_records(one)], BATCH_RECORD_SCHEMA),
        )

    def _record(self, batch: PlannedBatch, member: int) -> dict[str, Any]:
        month, amount = release_quarter(self.released), int(batch.amounts[member])
        return {
            "id": batch.ids[member].bytes,
            "effective": date(month // 12, month % 12 + 1, 1),
            **{factor.value: number for factor, number in batch.class_.values().items()},
            Factor.SOURCE.value: self.source,
            "currency": batch.currency,
            MEASURES[batch.measure].reported_columns[0]: amount,
            batch.measure.value: round(amount * self.rates.usd(batch.currency, self.released.year)),
        }

    def _batch(self, batch: PlannedBatch, edition: int) -> dict[str, Any]:
        class_ = batch.class_
        return {
            "id": batch.id.bytes,
            "edition": edition,
            "released_at": self.released,
            "source": self.source,
            "measure": batch.measure.value,
            "kind": class_.kind.value,
            "role": class_.role,
            "country": class_.country,
            "level": class_.level,
            "metro": class_.metro,
            "employer": class_.employer,
            "currency": batch.currency,
            "coarse": batch.coarse,
            "size": len(batch.ids),
            "counted": batch.counted,
        }


def _batch_records(batch: PlannedBatch) -> list[dict[str, Any]]:
    return [
        {"record": id_.bytes, "batch": batch.id.bytes, "step": int(step)}
        for id_, step in zip(batch.ids, batch.steps, strict=True)
    ]


def _shuffled(rows: list[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    secrets.SystemRandom().shuffle(rows)
    return pa.Table.from_pylist(rows, schema)
