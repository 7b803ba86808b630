"""The made-up sample: records drawn from the `model`, and their way into and out of a database."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from seed.sample.draw import Drawn, chains, draw, number_of
from seed.sample.model import (
    ANSWERS,
    BONUS,
    EMPLOYERS,
    EQUITY,
    INTERCEPT,
    PAID_BY_INVOICE,
    RESIDUAL,
    UNTOLD,
    WHEREABOUTS,
    Answer,
    Variable,
)
from service.errors import InputError
from service.store.bulk import bulk
from service.store.editions import Unchanged, draft
from service.store.records import RECORD_SCHEMA, REPORTED
from service.store.reference import Reference, add_terms, load_reference
from service.vocabulary.factors import MULTIPLE, PLACES, SINGLE, Factor
from service.vocabulary.measures import Measure
from service.vocabulary.periods import month_of
from service.vocabulary.terms import Term

SOURCE = "sample"
BATCH = 100_000
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Amounts = tuple[npt.NDArray[np.int64], Bools]
"""Whole numbers, and which of them are told."""


def sample_batches(reference: Reference, records: int, seed: int, *, batch: int = BATCH) -> Iterator[pa.RecordBatch]:
    """Records in RECORD_SCHEMA; the same for the same reference codes, number of records, seed and batch size."""
    for number, start in enumerate(range(0, records, batch)):
        rng = np.random.default_rng([seed, number])
        yield _batch(reference, rng, min(batch, records - start))


def _batch(reference: Reference, rng: np.random.Generator, count: int) -> pa.RecordBatch:
    drawn = draw(rng, count)
    residual = rng.normal(0, RESIDUAL, count)
    base = np.exp(INTERCEPT + drawn.effect(reference.taxonomy) + residual)
    paid = _Currency.of(reference, drawn)
    reported = {
        "base": (_rounded(base / paid.usd), np.ones(count, np.bool_)),
        "bonus": _extra(rng, BONUS, drawn, base / paid.usd),
        "equity": _extra(rng, EQUITY, drawn, base / paid.usd),
    }
    measures = _money(reported, paid.usd)
    measures |= {measure: _answer(rng, answer, drawn, residual) for measure, answer in ANSWERS.items()}
    columns = {
        "id": pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), count, [None, pa.py_buffer(rng.bytes(16 * count))]),
        "effective": _effective(drawn.months),
        "currency": paid.codes,
        **_one(reference, rng, drawn),
        **_many(reference, rng, drawn),
        **{f"{name}_reported": _integers(amounts, pa.int64()) for name, amounts in reported.items()},
        **{measure.value: _integers(amounts, pa.int32()) for measure, amounts in measures.items()},
    }
    empty = {name: pa.nulls(count, pa.int64()) for name in REPORTED if name not in columns}
    return pa.record_batch([(columns | empty)[name] for name in RECORD_SCHEMA.names], schema=RECORD_SCHEMA)


def _rounded(amounts: Floats) -> npt.NDArray[np.int64]:
    """To three significant digits, as people tell what they earn."""
    unit = 10.0 ** np.maximum(np.floor(np.log10(np.maximum(amounts, 1))) - 2, 0)
    rounded: npt.NDArray[np.int64] = (np.rint(amounts / unit) * unit).astype(np.int64)
    return rounded


@dataclass(frozen=True, slots=True)
class _Currency:
    """What each record is paid in, and the US dollars that one unit of it was worth in the record's year."""

    codes: pa.Array
    usd: Floats

    @classmethod
    def of(cls, reference: Reference, drawn: Drawn) -> "_Currency":
        rates = reference.rates
        known = [place.currency if place.currency in rates else "USD" for place in WHEREABOUTS]
        years = np.array(drawn.months) // 12
        first, last = int(years.min()), int(years.max())
        table = np.array([[rates.usd(code, year) for year in range(first, last + 1)] for code in known])
        codes = pa.DictionaryArray.from_arrays(pa.array(drawn.places, pa.int32()), pa.array(known)).cast(pa.string())
        return cls(codes, table[drawn.places, years - first])


def _extra(rng: np.random.Generator, variable: Variable, drawn: Drawn, base: Floats) -> Amounts:
    """A bonus or an annualised grant, in the currency of the base salary; zero for those who get none."""
    kinds = drawn.figures(Factor.EMPLOYER_TYPE, variable.chance, 0.0)
    shares = drawn.figures(Factor.EMPLOYER_TYPE, variable.share, 0.0) * drawn.figures(Factor.LEVEL, variable.levels, 1.0)
    invoiced = drawn.figures(Factor.EMPLOYMENT_TYPE, dict.fromkeys(PAID_BY_INVOICE, 1.0), 0.0) > 0
    gets = (rng.random(len(base)) < kinds) & ~invoiced
    amount = base * shares * np.exp(rng.normal(0, variable.spread, len(base)))
    return np.where(gets, _rounded(amount), 0), rng.random(len(base)) < variable.told


def _money(reported: dict[str, Amounts], usd: Floats) -> dict[Measure, Amounts]:
    """The money measures in whole US dollars; a total is known when all its parts are."""
    base, bonus, equity = ((np.rint(amounts * usd).astype(np.int64), told) for amounts, told in reported.values())
    cash = base[0] + bonus[0], base[1] & bonus[1]
    return {
        Measure.BASE_SALARY: base,
        Measure.BONUS: bonus,
        Measure.EQUITY: equity,
        Measure.TOTAL_CASH: cash,
        Measure.TOTAL_COMPENSATION: (cash[0] + equity[0], cash[1] & equity[1]),
    }


def _answer(rng: np.random.Generator, answer: Answer, drawn: Drawn, residual: Floats) -> Amounts:
    value = answer.mean + answer.pay * residual / RESIDUAL + rng.normal(0, answer.spread, len(residual))
    for factor, effects in answer.effects.items():
        value += drawn.figures(factor, effects, 0.0)
    return np.clip(np.rint(value), answer.low, answer.high).astype(np.int64), rng.random(len(residual)) < answer.told


def _integers(amounts: Amounts, kind: pa.DataType) -> pa.Array:
    values, told = amounts
    return pa.array(values, kind, mask=~told)


def _effective(months: npt.NDArray[np.int64]) -> pa.Array:
    return pa.array((months - month_of(1970)).astype("datetime64[M]").astype("datetime64[D]"), pa.date32())


def _one(reference: Reference, rng: np.random.Generator, drawn: Drawn) -> dict[str, pa.Array]:
    taxonomy, count = reference.taxonomy, len(drawn.places)
    columns = {Factor.SOURCE: pa.repeat(pa.scalar(taxonomy.find(Factor.SOURCE, SOURCE).id, pa.int32()), count)}
    columns |= _places(reference, rng, drawn)
    for factor in SINGLE:
        if factor not in columns:
            numbers = np.array([number_of(taxonomy, factor, code) for code in drawn.codes[factor]])[drawn.one[factor]]
            untold = (numbers == 0) | (rng.random(count) < UNTOLD.get(factor, 0))
            columns[factor] = pa.array(numbers, pa.int32(), mask=untold)
    return {factor.value: column for factor, column in columns.items()}


def _places(reference: Reference, rng: np.random.Generator, drawn: Drawn) -> dict[Factor, pa.Array]:
    """A place is told as deep as it goes, or not at all."""
    untold = rng.random(len(drawn.places)) < UNTOLD[Factor.COUNTRY]
    numbers = {
        factor: np.array([chain.get(factor, 0) for chain in chains(reference.taxonomy)])[drawn.places] for factor in PLACES
    }
    return {factor: pa.array(found, pa.int32(), mask=untold | (found == 0)) for factor, found in numbers.items()}


def _many(reference: Reference, rng: np.random.Generator, drawn: Drawn) -> dict[str, pa.Array]:
    return {factor.value: _lists(reference, rng, factor, drawn) for factor in MULTIPLE}


def _lists(reference: Reference, rng: np.random.Generator, factor: Factor, drawn: Drawn) -> pa.Array:
    carried = drawn.many[factor]
    numbers = np.array([reference.taxonomy.find(factor, code).id for code in drawn.codes[factor]], np.int32)
    untold = rng.random(len(carried)) < UNTOLD.get(factor, 0)
    offsets = np.concatenate(([0], np.cumsum((carried & ~untold[:, None]).sum(axis=1))))
    values = numbers[np.nonzero(carried & ~untold[:, None])[1]]
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pa.array(values, pa.int32()), mask=pa.array(untold))


def load_sample(url: str, records: int, seed: int, progress: Callable[[int], None]) -> int:
    """Publish a sample in place of the one that is there; returns the edition's number. Raises InputError for no records."""
    if records < 1:
        raise InputError(f"A sample has at least one record, not {records}; to be without one, remove it.")
    with bulk(url) as rows:
        add_terms(rows, [Term(Factor.EMPLOYER, e.code, f"{e.name} (made up)") for e in EMPLOYERS])
        rows.commit()
        reference = load_reference(rows)
    done = 0
    with draft(url) as edition:
        edition.retire_source(reference.taxonomy.find(Factor.SOURCE, SOURCE).id)
        for batch in sample_batches(reference, records, seed):
            done += edition.add(batch)
            progress(done)
    return edition.number


def remove_sample(url: str) -> int:
    """Publish an edition without the sample, if there is one; returns how many records went."""
    removed = 0
    with bulk(url) as rows:
        source = load_reference(rows).taxonomy.find(Factor.SOURCE, SOURCE).id
    with draft(url) as edition:
        removed = edition.retire_source(source)
        if not removed:
            raise Unchanged
    return removed
