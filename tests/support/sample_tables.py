"""The made-up sample as Arrow tables, without a database."""

from collections.abc import Iterator
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from seed.reference_data import fx_rates, sources, terms
from seed.sample.model import EMPLOYERS, MISSING_SHARES
from service.store.reference import Reference
from service.vocabulary.currencies import Rates
from service.vocabulary.factors import MULTIPLE, Factor
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import Term, numbered_values

RECORDS = 100_000
SIGMAS = 4.0
"""The largest deviation from the model, in standard errors."""


@cache
def numbered_reference(first: int) -> Reference:
    """The reference data with ids from `first` on, without a database."""
    listed = [*terms(), *(Term(Factor.EMPLOYER, employer.code, employer.name) for employer in EMPLOYERS)]
    taxonomy = Taxonomy(numbered_values(listed, first))
    known = {taxonomy.find(Factor.SOURCE, source.code).id: source for source in sources()}
    return Reference(taxonomy, known, Rates(fx_rates()), {})


def codes(reference: Reference, column: pa.ChunkedArray) -> list[str | None]:
    """The codes of a single-valued column, None for null."""
    return [None if number is None else reference.taxonomy[number].code for number in column.to_pylist()]


def carrying(reference: Reference, sample: pa.Table, factor: Factor, code: str) -> npt.NDArray[np.bool_]:
    """`bool[n]`: the records with a value of a factor."""
    if factor is Factor.YEAR:
        return np.asarray(pc.equal(pc.year(sample["effective"]), int(code)))
    number, column = reference.taxonomy.find(factor, code).id, sample[factor.value]
    if factor not in MULTIPLE:
        return np.asarray(pc.fill_null(pc.equal(column, number), False))
    carriers = np.zeros(len(sample), np.bool_)
    carriers[np.asarray(pc.list_parent_indices(column))[np.asarray(pc.list_flatten(column)) == number]] = True
    return carriers


def complete(sample: pa.Table) -> pa.Table:
    """The records that report all factors that the sample has missing values of."""
    for factor in MISSING_SHARES:
        sample = sample.filter(sample[factor.value].is_valid())
    return sample.combine_chunks()


def effects(documented: dict[Factor, dict[str, float]]) -> Iterator[tuple[Factor, str, float]]:
    return ((factor, code, effect) for factor, values in documented.items() for code, effect in values.items())
