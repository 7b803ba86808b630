"""Fingerprints: whether a cohort has the same records in two editions, without keeping the earlier edition in memory.

Each record is hashed to a 64-bit word of all its columns. A cohort's fingerprint is its size and the sum of these words.
Words are made of values, never of codes, which differ between editions.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from service.index.amounts import compared_amounts
from service.index.bitmaps import to_positions
from service.index.cache import LruCache
from service.index.columns import AmountColumn, Columns, Ints
from service.index.order import Order
from service.store.reference import Reference
from service.vocabulary.conditions import Conditions
from service.vocabulary.measures import PAY, Adjustment, Basis
from service.work import Work, count

Words = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Equal for equal sets of records; different sets have the same one with a probability of 2**-64."""

    size: int
    digest: int


def mix(words: Words) -> Words:
    """A bijection of 64-bit words, `uint64[n]`, in which each changed bit changes about half of all bits.

    The finalizer of SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.

    >>> mix(np.array([0, 1], np.uint64)).tolist()
    [16294208416658607535, 10451216379200822465]
    """
    words = words + np.uint64(0x9E3779B97F4A7C15)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


def record_words(columns: Columns) -> Words:
    """A word for each record, `uint64[n]`, of its id, its month, every factor, every measure, and its pay as reported."""
    pay = columns.reported_pay
    salts = iter(_salts(2 + len(columns.one) + len(columns.many) + len(columns.amounts) + len(pay.amounts)))
    words = mix(mix(columns.ids[0]) + columns.ids[1])
    for column in (columns.months, *columns.one.values()):
        words += _coded_words(column.codes, column.categories, next(salts))
    for lists in columns.many.values():  # a sum, since the order of several values has no meaning
        np.add.at(words, lists.rows, _coded_words(lists.items.codes, lists.items.categories, next(salts)))
    for amounts in (*columns.amounts.values(), *pay.amounts.values()):
        words += _amount_words(amounts, next(salts))
    currencies = [int.from_bytes(code.encode()) for code in pay.currencies.categories]
    words += _coded_words(pay.currencies.codes, currencies, next(salts))
    return mix(words)  # or two records that swap a value would have the same sum


def _salts(count: int) -> Words:
    """A salt per field, so that equal values of different fields have different words."""
    return mix(np.arange(count, dtype=np.uint64))


def _coded_words(codes: Ints, categories: Sequence[int], salt: np.uint64) -> Words:
    """A word for each record; 0 where the value is missing."""
    table = np.zeros(len(categories) + 1, np.uint64)
    table[1:] = mix(np.array(categories, np.uint64) + salt)
    return table[codes]


def _amount_words(amounts: AmountColumn, salt: np.uint64) -> Words:
    words = mix(amounts.values.astype(np.int64).view(np.uint64) + salt)
    return np.where(amounts.reported, words, np.uint64(0))


class Fingerprints:
    """The fingerprints of the cohorts of one edition, cached."""

    def __init__(self, columns: Columns, base: Order, reference: Reference) -> None:
        self._columns, self._base, self._reference = columns, base, reference
        self._words: dict[Adjustment, Words] = {}
        self._fingerprints: LruCache[tuple[Conditions, Adjustment], Fingerprint] = LruCache()
        self._lock = asyncio.Lock()

    async def of(self, conditions: Conditions, adjustment: Adjustment = Adjustment.NONE) -> Fingerprint:
        """The same as `compute`, cached and off the event loop, one at a time."""
        key = conditions, adjustment
        async with self._lock:
            found = self._fingerprints.get(key)
            if found is None:
                found = await asyncio.to_thread(self.compute, conditions, adjustment)
                self._fingerprints.put(key, found)
        return found

    def compute(self, conditions: Conditions, adjustment: Adjustment = Adjustment.NONE) -> Fingerprint:
        """The fingerprint of the records that meet all conditions; with an adjustment, of their adjusted money too.

        The first call takes about half a second per million records of the edition.
        """
        if adjustment not in self._words:
            self._words[adjustment] = self._all_words(adjustment)
        count(Work.RECORDS, len(self._base.select(conditions)))
        rows = self._base.rows[to_positions(self._base.select(conditions))]
        return Fingerprint(len(rows), int(self._words[adjustment][rows].sum(dtype=np.uint64)))

    def _all_words(self, adjustment: Adjustment) -> Words:
        words = record_words(self._columns)
        if adjustment is Adjustment.NONE:
            return words
        basis = Basis(adjustment=adjustment)
        for measure, salt in zip(PAY, _salts(len(PAY)), strict=True):
            words += _amount_words(compared_amounts(self._columns, measure, basis, self._reference), salt)
        return mix(words)
