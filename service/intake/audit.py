"""Audit: whether the privacy guarantees to contributors hold, judged by the published tables alone.

It shares no code with anonymisation, so that it also finds mistakes of the anonymisation, and later changes to the tables.
All editions are checked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from service.store import audit as store
from service.store.bulk import BulkConnection, bulk_connection
from service.store.database import READER
from service.store.reference import load_reference
from service.vocabulary.factors import FACTORS, Factor, Storage
from service.vocabulary.taxonomy import Taxonomy


class Guarantee(StrEnum):
    """What the records of contributors are checked for."""

    SMALL_CLASS = "small-class"
    RARE_VALUE = "rare-value"
    RARE_CURRENCY = "rare-currency"
    SMALL_BATCH = "small-batch"
    REPEATED = "repeated"
    PAY = "pay"
    DOLLARS = "dollars"
    RATE = "rate"
    MONTH = "month"
    NEVER_PUBLISHED = "never"
    EXPERIENCE = "experience"


@dataclass(frozen=True, slots=True)
class Violation:
    """A guarantee that an edition breaks; `size` is the number of records concerned, `message` a sentence."""

    guarantee: Guarantee
    edition: int
    size: int
    message: str


_QUASI_IDENTIFIERS = (
    Factor.EMPLOYER,
    Factor.METRO,
    Factor.SUBDIVISION,
    Factor.COUNTRY,
    Factor.ROLE,
    Factor.LEVEL,
    Factor.EXPERIENCE,
)
_NOT_SENSITIVE = (*_QUASI_IDENTIFIERS, Factor.SOURCE, Factor.COMPETING_OFFERS)
_INVALID = {
    Guarantee.PAY: "has an amount with more than three significant digits, or a range",
    Guarantee.DOLLARS: "has US dollar amounts that do not follow from its reported pay",
    Guarantee.MONTH: "has a month that is not the first of a quarter",
    Guarantee.NEVER_PUBLISHED: "has competing offers, a negotiation uplift or a score",
    Guarantee.EXPERIENCE: "has an experience that is neither a number of years nor a band",
}


def audit(url: str, k: int) -> list[Violation]:
    """The violations in all editions up to the current one, by edition; empty if every guarantee holds.

    Reads in the role reader, as the API does. Raises DatabaseError if the database cannot be used.
    """
    with bulk_connection(url, READER) as rows:
        return violations(rows, k)


def violations(rows: BulkConnection, k: int) -> list[Violation]:
    """The violations that a connection can see."""
    taxonomy = load_reference(rows).taxonomy
    source = taxonomy.lookup(Factor.SOURCE, "contributors")
    if source is None:
        return []
    found = [
        *_small_classes(rows, source.id, k, taxonomy),
        *_rare_values(rows, source.id, k, taxonomy),
        *_rare_currencies(rows, source.id, k, taxonomy),
        *_small_batches(rows, source.id, k),
        *_records(rows, source.id),
    ]
    return sorted(found, key=lambda one: (one.edition, one.guarantee, one.message))


def _named(taxonomy: Taxonomy, number: int | None) -> str:
    value = taxonomy.get(number)
    return value.code if value else "missing" if number is None else f"unknown value {number}"


def _few(size: int, k: int) -> str:
    return f"only {size} {'record' if size == 1 else 'records'}, fewer than {k},"


def _small_classes(rows: BulkConnection, source: int, k: int, taxonomy: Taxonomy) -> Iterator[Violation]:
    names = [factor.value for factor in _QUASI_IDENTIFIERS]
    for row in store.small_classes(rows, source, names, k):
        shared = ", ".join(f"{FACTORS[factor].label} {_named(taxonomy, row[factor.value])}" for factor in _QUASI_IDENTIFIERS)
        message = f"Edition {row['edition']}: {_few(row['size'], k)} share {shared}."
        yield Violation(Guarantee.SMALL_CLASS, row["edition"], row["size"], message)


def _rare_values(rows: BulkConnection, source: int, k: int, taxonomy: Taxonomy) -> Iterator[Violation]:
    for factor, spec in FACTORS.items():
        if factor in _NOT_SENSITIVE or spec.storage is Storage.DERIVED:
            continue
        for row in store.rare_values(rows, source, factor.value, k, many=spec.storage is Storage.MANY):
            message = (
                f"Edition {row['edition']}: {_few(row['size'], k)} of the country {_named(taxonomy, row['country'])} "
                f"have the {spec.label} {_named(taxonomy, row['value'])}."
            )
            yield Violation(Guarantee.RARE_VALUE, row["edition"], row["size"], message)


def _rare_currencies(rows: BulkConnection, source: int, k: int, taxonomy: Taxonomy) -> Iterator[Violation]:
    for row in store.rare_values(rows, source, "currency", k, exclude="USD"):
        place = _named(taxonomy, row["country"])
        message = f"Edition {row['edition']}: {_few(row['size'], k)} of the country {place} are in {row['value']}."
        yield Violation(Guarantee.RARE_CURRENCY, row["edition"], row["size"], message)


def _small_batches(rows: BulkConnection, source: int, k: int) -> Iterator[Violation]:
    for row in store.small_batches(rows, source, k):
        message = f"Edition {row['edition']}: {_few(row['size'], k)} were added by it."
        yield Violation(Guarantee.SMALL_BATCH, row["edition"], row["size"], message)


def _records(rows: BulkConnection, source: int) -> Iterator[Violation]:
    for row in store.duplicate_records(rows, source):
        message = f"Edition {row['edition']}: record {row['id']} appears {row['size']} times."
        yield Violation(Guarantee.REPEATED, row["edition"], row["size"], message)
    for row in store.invalid_records(rows, source):
        guarantee = Guarantee(row["guarantee"])
        message = f"Edition {row['edition']}: record {row['id']} {_INVALID[guarantee]}."
        yield Violation(guarantee, row["edition"], 1, message)
    for row in store.inconsistent_rates(rows, source):
        amounts = f"{row['size']} amounts in {row['currency']} of {row['year']}"
        message = f"Edition {row['edition']}: no single exchange rate converts all {amounts} to their US dollar amounts."
        yield Violation(Guarantee.RATE, row["edition"], row["size"], message)
