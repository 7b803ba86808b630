"""Audit: whether the promise to contributors holds, by the published tables alone.

It has nothing in common with protection but the promise, so that it finds protection's mistakes, and what was changed in the
tables since. The editions of all time are looked at.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from service.store import audit as store
from service.store.bulk import Bulk, bulk
from service.store.database import READER
from service.store.reference import load_reference
from service.vocabulary.factors import FACTORS, Factor, Storage
from service.vocabulary.taxonomy import Taxonomy


class Promise(StrEnum):
    """What can be broken."""

    SMALL_CLASS = "small-class"
    RARE_VALUE = "rare-value"
    RARE_CURRENCY = "rare-currency"
    SMALL_BATCH = "small-batch"
    REPEATED = "repeated"
    PAY = "pay"
    DOLLARS = "dollars"
    RATE = "rate"
    MONTH = "month"
    NEVER = "never"
    EXPERIENCE = "experience"


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that an edition breaks; `size` is the number of records that share it, `message` a sentence."""

    promise: Promise
    edition: int
    size: int
    message: str


_CLASS = (
    Factor.EMPLOYER,
    Factor.METRO,
    Factor.SUBDIVISION,
    Factor.COUNTRY,
    Factor.ROLE,
    Factor.LEVEL,
    Factor.EXPERIENCE,
)
_APART = (*_CLASS, Factor.SOURCE, Factor.COMPETING_OFFERS)
_ODD = {
    Promise.PAY: "tells an amount with more than three significant digits, or a range",
    Promise.DOLLARS: "tells US dollars that do not follow from its reported pay",
    Promise.MONTH: "tells a month that does not begin a quarter",
    Promise.NEVER: "tells competing offers, a negotiation or a score",
    Promise.EXPERIENCE: "tells an experience that is neither single years nor a band",
}


def audit(url: str, k: int) -> list[Violation]:
    """What breaks the promise in any edition up to the current one, by edition; empty when all is kept.

    Reads as the API does, in the role reader. Raises DatabaseError when the database cannot be used.
    """
    with bulk(url, READER) as rows:
        return violations(rows, k)


def violations(rows: Bulk, k: int) -> list[Violation]:
    """What `audit` finds, as a connection sees the tables."""
    taxonomy = load_reference(rows).taxonomy
    source = taxonomy.known(Factor.SOURCE, "contributors")
    if source is None:
        return []
    found = [
        *_small_classes(rows, source.id, k, taxonomy),
        *_rare_values(rows, source.id, k, taxonomy),
        *_rare_currencies(rows, source.id, k, taxonomy),
        *_small_batches(rows, source.id, k),
        *_records(rows, source.id),
    ]
    return sorted(found, key=lambda one: (one.edition, one.promise, one.message))


def _named(taxonomy: Taxonomy, number: int | None) -> str:
    value = taxonomy.get(number)
    return value.code if value else "untold" if number is None else f"value {number}, which is unknown"


def _few(size: int, k: int) -> str:
    return f"only {size} of at least {k} records"


def _small_classes(rows: Bulk, source: int, k: int, taxonomy: Taxonomy) -> Iterator[Violation]:
    names = [factor.value for factor in _CLASS]
    for row in store.small_classes(rows, source, names, k):
        shared = ", ".join(f"{FACTORS[factor].label} {_named(taxonomy, row[factor.value])}" for factor in _CLASS)
        message = f"Edition {row['edition']}: {_few(row['size'], k)} share the identity {shared}."
        yield Violation(Promise.SMALL_CLASS, row["edition"], row["size"], message)


def _rare_values(rows: Bulk, source: int, k: int, taxonomy: Taxonomy) -> Iterator[Violation]:
    for factor, spec in FACTORS.items():
        if factor in _APART or spec.storage is Storage.DERIVED:
            continue
        for row in store.rare_values(rows, source, factor.value, k, many=spec.storage is Storage.MANY):
            message = (
                f"Edition {row['edition']}: {_few(row['size'], k)} of the country {_named(taxonomy, row['country'])} "
                f"carry the {spec.label} {_named(taxonomy, row['value'])}."
            )
            yield Violation(Promise.RARE_VALUE, row["edition"], row["size"], message)


def _rare_currencies(rows: Bulk, source: int, k: int, taxonomy: Taxonomy) -> Iterator[Violation]:
    for row in store.rare_values(rows, source, "currency", k, but="USD"):
        place = _named(taxonomy, row["country"])
        message = f"Edition {row['edition']}: {_few(row['size'], k)} of the country {place} are told in {row['value']}."
        yield Violation(Promise.RARE_CURRENCY, row["edition"], row["size"], message)


def _small_batches(rows: Bulk, source: int, k: int) -> Iterator[Violation]:
    for row in store.small_batches(rows, source, k):
        message = f"Edition {row['edition']}: {_few(row['size'], k)} came with it."
        yield Violation(Promise.SMALL_BATCH, row["edition"], row["size"], message)


def _records(rows: Bulk, source: int) -> Iterator[Violation]:
    for row in store.repeated(rows, source):
        message = f"Edition {row['edition']}: the record {row['id']} stands in it {row['size']} times."
        yield Violation(Promise.REPEATED, row["edition"], row["size"], message)
    for row in store.odd_records(rows, source):
        promise = Promise(row["what"])
        message = f"Edition {row['edition']}: the record {row['id']} {_ODD[promise]}."
        yield Violation(promise, row["edition"], 1, message)
    for row in store.uneven_rates(rows, source):
        told = f"{row['size']} amounts in {row['currency']} of {row['year']}"
        message = f"Edition {row['edition']}: no one rate leads from all {told} to the US dollars told of them."
        yield Violation(Promise.RATE, row["edition"], row["size"], message)
