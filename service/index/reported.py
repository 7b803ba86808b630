"""Reported pay: what sources told, in currencies of their own, for showing records; no statistics rest on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from service.index.arrays import Amounts, Ints, nullable
from service.index.coded import Coded

SHOWN = "base_reported", "base_low", "base_high"


@dataclass(frozen=True, slots=True)
class Reported:
    """Row i of each array is the same record. `amounts` has each of SHOWN, in whole units of the record's currency."""

    currencies: Coded[str]
    amounts: Mapping[str, Amounts]

    @classmethod
    def joined(cls, parts: "Sequence[Reported]") -> "Reported":
        """The records of some, one after the other."""
        amounts = {name: Amounts.joined([part.amounts[name] for part in parts]) for name in SHOWN}
        return cls(Coded.joined([part.currencies for part in parts]), amounts)

    def taken(self, rows: Ints) -> "Reported":
        """Some records, in the order given."""
        amounts = {name: found.taken(rows) for name, found in self.amounts.items()}
        return Reported(self.currencies.taken(rows).present(), amounts)

    def currency(self, row: int) -> str:
        return self.currencies.numbers[self.currencies.codes.item(row) - 1]

    @property
    def nbytes(self) -> int:
        """Bytes that the arrays take."""
        return self.currencies.codes.nbytes + sum(amounts.nbytes for amounts in self.amounts.values())


def reported_of(batch: pa.RecordBatch) -> Reported:
    """What `store.records.load_columns` returned of reported pay."""
    found = batch.column("currency").cast(pa.string()).dictionary_encode()
    names = found.dictionary.to_pylist()
    code = {name: place for place, name in enumerate(sorted(names), 1)}
    table = np.array([code[name] for name in names], np.min_scalar_type(len(names)))
    currencies = Coded(tuple(sorted(names)), table[np.asarray(found.indices)])
    return Reported(currencies, {name: nullable(batch.column(name)) for name in SHOWN})
