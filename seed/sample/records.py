"""Records of the generated sample, drawn from the model, and loading them into a database."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from seed.sample.draw import DrawnPeople, draw, place_ids, value_id
from seed.sample.model import (
    BONUS,
    EMPLOYERS,
    EQUITY,
    INTERCEPT,
    LOCATIONS,
    MISSING_SHARES,
    PAID_BY_INVOICE,
    RESIDUAL,
    SCORES,
    ScoreModel,
    VariablePay,
)
from service.errors import InputError
from service.store.bulk import BulkConnection, bulk_connection
from service.store.editions import draft, remove_source
from service.store.records import RECORD_SCHEMA
from service.store.reference import Reference, add_terms, load_reference, load_taxonomy
from service.vocabulary.factors import MULTIPLE, PLACES, SINGLE, Factor
from service.vocabulary.measures import REPORTED_COLUMN, REPORTED_COLUMNS, TOTALS, Measure, with_totals
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import Term
from service.vocabulary.units import month_of

SOURCE = "sample"
BATCH_ROWS = 100_000
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Amounts = tuple[npt.NDArray[np.int64], Bools]
"""Whole numbers, and which of them are reported."""


def sample_batches(reference: Reference, records: int, seed: int, *, batch: int = BATCH_ROWS) -> Iterator[pa.RecordBatch]:
    """Records in RECORD_SCHEMA; the same for equal reference codes, number of records, seed and batch size."""
    for number, start in enumerate(range(0, records, batch)):
        rng = np.random.default_rng([seed, number])
        yield _batch(reference, rng, min(batch, records - start))


def _batch(reference: Reference, rng: np.random.Generator, count: int) -> pa.RecordBatch:
    people = draw(rng, count)
    residual = rng.normal(0, RESIDUAL, count)
    base = np.exp(INTERCEPT + people.effect(reference.taxonomy) + residual)
    currency = _Currency.of(reference, people)
    reported = {
        Measure.BASE_SALARY: (_rounded(base / currency.usd), np.ones(count, np.bool_)),
        Measure.BONUS: _variable_pay(rng, BONUS, people, base / currency.usd),
        Measure.EQUITY: _variable_pay(rng, EQUITY, people, base / currency.usd),
    }
    measures = _money(reported, currency.usd)
    measures |= {measure: _score(rng, model, people, residual) for measure, model in SCORES.items()}
    columns = {
        "id": pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), count, [None, pa.py_buffer(rng.bytes(16 * count))]),
        "effective": _effective(people.months),
        "currency": currency.codes,
        **_single_columns(reference, rng, people),
        **_list_columns(reference, rng, people),
        **{REPORTED_COLUMN[measure]: _integer_column(amounts, pa.int64()) for measure, amounts in reported.items()},
        **{measure.value: _integer_column(amounts, pa.int32()) for measure, amounts in measures.items()},
    }
    empty = {name: pa.nulls(count, pa.int64()) for name in REPORTED_COLUMNS if name not in columns}
    return pa.record_batch([(columns | empty)[name] for name in RECORD_SCHEMA.names], schema=RECORD_SCHEMA)


def _rounded(amounts: Floats) -> npt.NDArray[np.int64]:
    """Three significant digits, as people round their pay."""
    unit = 10.0 ** np.maximum(np.floor(np.log10(np.maximum(amounts, 1))) - 2, 0)
    rounded: npt.NDArray[np.int64] = (np.rint(amounts / unit) * unit).astype(np.int64)
    return rounded


@dataclass(frozen=True, slots=True)
class _Currency:
    """The currency of each record, and the value of one unit in US dollars in the record's year."""

    codes: pa.Array
    usd: Floats

    @classmethod
    def of(cls, reference: Reference, people: DrawnPeople) -> "_Currency":
        rates = reference.rates
        known = [location.currency if location.currency in rates else "USD" for location in LOCATIONS]
        years = np.array(people.months) // 12
        first, last = int(years.min()), int(years.max())
        table = np.array([[rates.usd(code, year) for year in range(first, last + 1)] for code in known])
        codes = pa.DictionaryArray.from_arrays(pa.array(people.locations, pa.int32()), pa.array(known)).cast(pa.string())
        return cls(codes, table[people.locations, years - first])


def _variable_pay(rng: np.random.Generator, model: VariablePay, people: DrawnPeople, base: Floats) -> Amounts:
    """A bonus or an annualised grant, in the currency of the base salary; zero for people who get none."""
    probability = people.lookup(Factor.EMPLOYER_TYPE, model.probability, 0.0)
    shares = people.lookup(Factor.EMPLOYER_TYPE, model.share, 0.0) * people.lookup(Factor.LEVEL, model.levels, 1.0)
    invoiced = people.lookup(Factor.EMPLOYMENT_TYPE, dict.fromkeys(PAID_BY_INVOICE, 1.0), 0.0) > 0
    gets_any = (rng.random(len(base)) < probability) & ~invoiced
    amount = base * shares * np.exp(rng.normal(0, model.spread, len(base)))
    return np.where(gets_any, _rounded(amount), 0), rng.random(len(base)) < model.reported


def _money(reported: dict[Measure, Amounts], usd: Floats) -> dict[Measure, Amounts]:
    """The money measures in whole US dollars; a total is reported when all its parts are."""
    dollars = {measure: np.rint(amounts * usd).astype(np.int64) for measure, (amounts, _) in reported.items()}
    known = {measure: mask for measure, (_, mask) in reported.items()}
    for total, components in TOTALS.items():
        known[total] = np.logical_and.reduce([known[component] for component in components])
    return {measure: (amounts, known[measure]) for measure, amounts in with_totals(dollars).items()}


def _score(rng: np.random.Generator, model: ScoreModel, people: DrawnPeople, residual: Floats) -> Amounts:
    value = model.mean + model.pay * residual / RESIDUAL + rng.normal(0, model.spread, len(residual))
    for factor, effects in model.effects.items():
        value += people.lookup(factor, effects, 0.0)
    return np.clip(np.rint(value), model.low, model.high).astype(np.int64), rng.random(len(residual)) < model.reported


def _integer_column(amounts: Amounts, kind: pa.DataType) -> pa.Array:
    values, reported = amounts
    return pa.array(values, kind, mask=~reported)


def _effective(months: npt.NDArray[np.int64]) -> pa.Array:
    return pa.array((months - month_of(1970)).astype("datetime64[M]").astype("datetime64[D]"), pa.date32())


def _single_columns(reference: Reference, rng: np.random.Generator, people: DrawnPeople) -> dict[str, pa.Array]:
    taxonomy, count = reference.taxonomy, len(people.locations)
    columns = {Factor.SOURCE: pa.repeat(pa.scalar(taxonomy.find(Factor.SOURCE, SOURCE).id, pa.int32()), count)}
    columns |= _place_columns(taxonomy, rng, people)
    for factor in SINGLE:
        if factor not in columns:
            columns[factor] = _id_column(taxonomy, rng, factor, people)
    return {factor.value: column for factor, column in columns.items()}


def _id_column(taxonomy: Taxonomy, rng: np.random.Generator, factor: Factor, people: DrawnPeople) -> pa.Array:
    if factor not in people.one:  # the model has no weights for it
        return pa.nulls(len(people.locations), pa.int32())
    ids = np.array([value_id(taxonomy, factor, code) for code in people.codes[factor]])[people.one[factor]]
    missing = (ids == 0) | (rng.random(len(ids)) < MISSING_SHARES.get(factor, 0))
    return pa.array(ids, pa.int32(), mask=missing)


def _place_columns(taxonomy: Taxonomy, rng: np.random.Generator, people: DrawnPeople) -> dict[Factor, pa.Array]:
    """The place and all places that contain it, or none of them."""
    missing = rng.random(len(people.locations)) < MISSING_SHARES[Factor.COUNTRY]
    ids = {factor: np.array([place.get(factor, 0) for place in place_ids(taxonomy)])[people.locations] for factor in PLACES}
    return {factor: pa.array(found, pa.int32(), mask=missing | (found == 0)) for factor, found in ids.items()}


def _list_columns(reference: Reference, rng: np.random.Generator, people: DrawnPeople) -> dict[str, pa.Array]:
    return {factor.value: _list_column(reference.taxonomy, rng, factor, people) for factor in MULTIPLE}


def _list_column(taxonomy: Taxonomy, rng: np.random.Generator, factor: Factor, people: DrawnPeople) -> pa.Array:
    if factor not in people.many:  # the model has no weights for it
        return pa.nulls(len(people.locations), pa.list_(pa.int32()))
    carried = people.many[factor]
    ids = np.array([taxonomy.find(factor, code).id for code in people.codes[factor]], np.int32)
    missing = rng.random(len(carried)) < MISSING_SHARES.get(factor, 0)
    offsets = np.concatenate(([0], np.cumsum((carried & ~missing[:, None]).sum(axis=1))))
    values = ids[np.nonzero(carried & ~missing[:, None])[1]]
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pa.array(values, pa.int32()), mask=pa.array(missing))


def load_sample(url: str, records: int, seed: int, progress: Callable[[int], None]) -> int:
    """Publish a sample in place of the current one and return the number of the edition.

    `progress` is called with the number of records loaded so far. Raises InputError for fewer than one record.
    """
    if records < 1:
        raise InputError(f"A sample has at least one record, not {records}. To remove the sample, use --remove.")
    with bulk_connection(url) as rows:
        add_sample_employers(rows)
        rows.commit()
        reference = load_reference(rows)
    done = 0
    with draft(url) as edition:
        edition.retire_source(reference.taxonomy.find(Factor.SOURCE, SOURCE).id)
        for batch in sample_batches(reference, records, seed):
            done += edition.add(batch)
            progress(done)
    return edition.number


def add_sample_employers(rows: BulkConnection) -> Taxonomy:
    """Add the employers of the sample to the reference data; the caller commits."""
    return add_terms(rows, [Term(Factor.EMPLOYER, one.code, f"{one.name} (made up)") for one in EMPLOYERS])


def remove_sample(url: str) -> int:
    """Publish an edition without the sample, if there is one, and return the number of records removed."""
    with bulk_connection(url) as rows:
        source = load_taxonomy(rows).find(Factor.SOURCE, SOURCE).id
    return remove_source(url, source)
