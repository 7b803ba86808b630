"""Sets: who carries what, as Roaring bitmaps of positions in an order."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import TypeVar

import numpy as np
from pyroaring import BitMap

from service.index.bitmaps import Bitmaps
from service.index.coded import Coded
from service.index.columns import Columns
from service.index.moving import Move, Positions, bitmap
from service.vocabulary.factors import Factor
from service.vocabulary.taxonomy import Taxonomy

K = TypeVar("K")
_NOBODY = BitMap()


@dataclass(frozen=True)
class Sets:
    """Bitmaps by factor value (closed over descendants) and by month; `told` has who tells anything of a factor."""

    values: Mapping[int, BitMap]
    told: Mapping[Factor, BitMap]
    months: Mapping[int, BitMap]
    everyone: BitMap

    @property
    def nbytes(self) -> int:
        """The size of all, serialized."""
        return sum(len(found.serialize()) for of in (self.values, self.told, self.months) for found in of.values())


def sets_of(columns: Columns, taxonomy: Taxonomy, rows: Positions, here: Positions) -> Sets:
    """The sets of some records: those of `rows`, which stand at the positions `here`, ascending."""
    values: dict[int, BitMap] = {}
    told: dict[Factor, BitMap] = {}
    for factor, coded in columns.one.items():
        taken = coded.taken(rows)
        values |= _closed(taxonomy, _split(taken, here))
        told[factor] = bitmap(here[taken.codes > 0])
    for factor, listed in columns.many.items():
        some = listed.taken(rows)
        lengths = np.diff(some.starts)
        values |= _closed(taxonomy, _split(some.items, np.repeat(here, lengths)))
        told[factor] = bitmap(here[lengths > 0])
    months = _split(columns.months.taken(rows), here)
    return Sets(Bitmaps(values), Bitmaps(told), Bitmaps(months), bitmap(here))


def moved(sets: Sets, move: Move, fresh: Sets) -> Sets:
    """The sets of a later edition, in which those who stayed have moved; `fresh` are the sets of those who have come."""

    def later(of: Mapping[K, BitMap], come: Mapping[K, BitMap]) -> dict[K, BitMap]:
        return {key: _moved(of.get(key, _NOBODY), move, come.get(key, _NOBODY)) for key in {*of, *come}}

    def occurring(of: Mapping[int, BitMap]) -> Bitmaps[int]:
        return Bitmaps({key: found for key, found in of.items() if found})

    return Sets(
        occurring(later(sets.values, fresh.values)),
        Bitmaps(later(sets.told, fresh.told)),
        occurring(later(sets.months, fresh.months)),
        _moved(sets.everyone, move, fresh.everyone),
    )


def _moved(stayed: BitMap, move: Move, come: BitMap) -> BitMap:
    found = move.of(stayed) | come
    if stayed.get_statistics()["n_run_containers"]:
        found.run_optimize()  # bits have come of its runs
    return found


def _split(coded: Coded[int], where: Positions) -> dict[int, BitMap]:
    """For each number that occurs, the positions that carry it; `where[i]` is the position of code i, and they ascend."""
    by_code = np.argsort(coded.codes, kind="stable")
    ends = np.cumsum(np.bincount(coded.codes, minlength=len(coded.numbers) + 1)).tolist()
    spans = zip(coded.numbers, ends, ends[1:], strict=False)
    return {number: bitmap(where[by_code[start:end]]) for number, start, end in spans if end > start}


def _closed(taxonomy: Taxonomy, own: dict[int, BitMap]) -> dict[int, BitMap]:
    """Add to each value the records of its descendants within the same factor."""

    def add(sets: dict[int, BitMap], number: int) -> dict[int, BitMap]:
        value = taxonomy[number]
        parent = taxonomy.parent(value)
        while parent and parent.factor is value.factor:
            sets[parent.id] = sets.get(parent.id, BitMap()) | own[number]
            parent = taxonomy.parent(parent)
        return sets

    return reduce(add, own, dict(own))
