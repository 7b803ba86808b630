"""The design of a regression: which values of which factors have a column, and who carries them. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from service.vocabulary.factors import Factor

Path = tuple[int, ...]
"""The numbers of a value and of all that it lies in, the widest first: of a metro area its continent, country and state."""

LEAST = 10
"""Records from which on a value has a column of its own."""

MOST_COLUMNS, RECORDS_A_COLUMN = 600, 5
"""A design has at most so many columns, and at most one for so many records. With fewer records for each column single
records decide what is found, and the standard errors of HC3 grow: at five a column by up to a tenth."""


@dataclass(frozen=True, slots=True)
class Term:
    """What records tell of one factor, or of several that lie in each other: country, subdivision and metro area.

    `paths[k - 1]` belongs to code k; code 0 tells nothing. Row i of `codes` is of record i, or where `rows` is given, of
    record `rows[i]`, which may have several. Codes are small, so that a term is quickly sent to another process.
    """

    factors: tuple[Factor, ...]
    paths: tuple[Path, ...]
    codes: npt.NDArray[np.integer]
    rows: npt.NDArray[np.integer] | None = None

    def pooled(self, least: int) -> dict[Path, Path]:
        """For each path the one that has a column: itself or what it lies in, up to () for all that remains.

        From the narrowest on, what fewer than `least` records carry counts to what it lies in.
        """
        found = np.bincount(self.codes, minlength=len(self.paths) + 1)[1:]
        counts: Counter[Path] = Counter()
        for path, count in zip(self.paths, found.tolist(), strict=True):
            counts[path] += count
        moved: dict[Path, Path] = {}
        for depth in range(max(map(len, self.paths), default=0), 0, -1):
            for path in [path for path, count in counts.items() if len(path) == depth and count < least]:
                moved[path] = path[:-1]
                counts[path[:-1]] += counts.pop(path)
        return {path: _end(moved, path) for path in self.paths}


def _end(moved: Mapping[Path, Path], path: Path) -> Path:
    while path in moved:
        path = moved[path]
    return path


@dataclass(frozen=True, slots=True)
class Block:
    """The columns of a term: a row a record, a column a path; None stands for records that tell nothing of the factor.

    Of a single-valued term each record has one column, and the design is without the commonest, `reference`.
    """

    factors: tuple[Factor, ...]
    paths: tuple[Path | None, ...]
    carried: sparse.csr_array
    reference: int | None

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """Records of each column."""
        return np.asarray(self.carried.sum(axis=0)).astype(np.int64)

    @property
    def designed(self) -> list[int]:
        """The columns that the design has."""
        return [column for column in range(len(self.paths)) if column != self.reference]

    def carriers(self) -> dict[int, int]:
        """How many records carry each number in a column of it or of what lies in it."""
        numbers = sorted({number for path in self.paths for number in path or ()})
        place = {number: column for column, number in enumerate(numbers)}
        inside = [(row, place[number]) for row, path in enumerate(self.paths) for number in path or ()]
        rows, columns = np.array(inside, np.int64).reshape(-1, 2).T
        lying = _indicators(rows, columns, (len(self.paths), len(numbers)))
        return dict(zip(numbers, np.diff((self.carried @ lying).tocsc().indptr).tolist(), strict=True))


def blocks(terms: Sequence[Term], records: int, least: int = LEAST) -> list[Block]:
    """Code terms for so many records, each value of at least `least` with a column of its own.

    `least` is doubled until the columns are few enough. Terms that tell nothing apart are left out.
    """
    most = min(MOST_COLUMNS, records // RECORDS_A_COLUMN)
    pooled = [term.pooled(least) for term in terms]
    while sum(len(set(paths.values())) for paths in pooled) > most and least < records:
        least *= 2
        pooled = [term.pooled(least) for term in terms]
    coded = (_block(term, paths, records, least) for term, paths in zip(terms, pooled, strict=True))
    return [block for block in coded if block.designed]


def _block(term: Term, pooled: Mapping[Path, Path], records: int, least: int) -> Block:
    paths: list[Path | None] = [None, *sorted(set(pooled.values()))]
    place = {path: column for column, path in enumerate(paths)}
    table = np.array([0, *(place[pooled[path]] for path in term.paths)])
    columns = table[term.codes]
    rows = np.arange(records) if term.rows is None else term.rows
    carried = _indicators(rows, columns, (records, len(paths)))
    if term.rows is None:
        return _single(term, paths, carried, least)
    return _multiple(term, paths, carried, least)


def _indicators(rows: npt.NDArray[np.integer], columns: npt.NDArray[np.integer], shape: tuple[int, int]) -> sparse.csr_array:
    carried = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape)
    carried.sum_duplicates()
    carried.data[:] = 1
    return carried


def _single(term: Term, paths: list[Path | None], carried: sparse.csr_array, least: int) -> Block:
    """A few records whose value is rare count with those that tell none."""
    counts = np.asarray(carried.sum(axis=0))
    if () in paths and counts[paths.index(())] < least:
        rest = paths.index(())
        columns = np.where(carried.indices == rest, 0, carried.indices)
        carried = _indicators(np.arange(carried.shape[0]), columns, carried.shape)
        counts = np.asarray(carried.sum(axis=0))
    kept = np.flatnonzero(counts)
    reference = int(np.argmax(counts[kept])) if len(kept) else None
    return Block(term.factors, tuple(paths[column] for column in kept), carried[:, kept], reference)


def _multiple(term: Term, paths: list[Path | None], carried: sparse.csr_array, least: int) -> Block:
    """Columns of what enough carry and enough of those that tell the factor do not; the first is of those that tell none."""
    untold = np.diff(carried.indptr) == 0
    counts, told = np.asarray(carried.sum(axis=0)), int((~untold).sum())
    kept = [column for column in range(1, len(paths)) if least <= counts[column] <= told - least]
    columns = carried[:, kept]
    silent = sparse.csr_array(untold.astype(float)[:, None])
    if kept and untold.any():
        return Block(term.factors, (None, *(paths[column] for column in kept)), _beside([silent, columns]), None)
    return Block(term.factors, tuple(paths[column] for column in kept), columns, None)


def _beside(parts: Sequence[sparse.csr_array]) -> sparse.csr_array:
    return sparse.hstack(parts, format="csr")  # type: ignore[no-any-return]


def matrix(parts: Sequence[Block], records: int) -> sparse.csr_array:
    """The design: a column of ones, and then the designed columns of each block."""
    ones = sparse.csr_array(np.ones((records, 1)))
    return _beside([ones, *(block.carried[:, block.designed] for block in parts)])


def spans(parts: Sequence[Block]) -> Iterator[tuple[Block, npt.NDArray[np.int64]]]:
    """Each block with the columns of the matrix that its designed columns are."""
    start = 1
    for block in parts:
        end = start + len(block.designed)
        yield block, np.arange(start, end)
        start = end
