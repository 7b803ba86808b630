"""Reported pay: what sources told, in currencies of their own, for showing records; no statistics rest on it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from service.rank.arrays import Amounts, Ints, narrow, nullable

SHOWN = "base_reported", "base_low", "base_high"


@dataclass(frozen=True, slots=True)
class Reported:
    """Row i of each array is the same record, of `currencies[codes[i]]`. `amounts` has each of SHOWN."""

    currencies: tuple[str, ...]
    codes: Ints
    amounts: Mapping[str, Amounts]

    @property
    def nbytes(self) -> int:
        """Bytes that the arrays take."""
        return self.codes.nbytes + sum(amounts.nbytes for amounts in self.amounts.values())

    def currency(self, row: int) -> str:
        return self.currencies[self.codes.item(row)]


def reported_of(table: pa.Table, order: Ints) -> Reported:
    """Arrange what `store.records.load_columns` returned; record `order[i]` comes to stand in row i."""
    found = table.column("currency").cast(pa.string()).combine_chunks().dictionary_encode()
    codes = np.asarray(found.indices).astype(np.min_scalar_type(len(found.dictionary)))
    amounts = {}
    for name in SHOWN:
        values, told = nullable(table.column(name))
        amounts[name] = Amounts(narrow(values)[order], told[order])
    return Reported(tuple(found.dictionary.to_pylist()), codes[order], amounts)
