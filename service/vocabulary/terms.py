"""Terms: the values of factors, as reference data declares them and as the database numbers them."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure

NO_VALUE = frozenset(
    {
        *("na", "n/a", "nil", "none", "null", "unknown", "undisclosed", "not disclosed", "confidential", "anonymous"),
        *("not applicable", "not specified", "prefer not to say", "rather not say", "prefer not to answer"),
    }
)
"""Folded texts that people and files write where there is no value, of whatever factor."""
MISSING_MARKS = NO_VALUE | {"#n/a", "nan", "-", "--", "?", "k.a.", "nd", "n.d.", "s/d", "該当なし", "不明"}
"""These, and signs and abbreviations that mean no value in some columns only: ND is also a state."""


@dataclass(frozen=True, slots=True)
class Term:
    """A value of a factor as reference data declares it, before the database assigns its id.

    `parent` is the value that contains this one, of the same or of a wider factor (a metro area lies in a subdivision or a
    country, a subdivision in a country, a quarter in a year). `aliases` are other spellings.
    """

    factor: Factor
    code: str
    label: str
    parent: tuple[Factor, str] | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FactorValue:
    """A term with the id that records store; `parent` is the id of the value that contains it."""

    id: int
    factor: Factor
    code: str
    label: str
    parent: int | None = None
    aliases: tuple[str, ...] = ()


def numbered_values(terms: Sequence[Term], first: int = 1) -> list[FactorValue]:
    """The values of terms with ids from `first` on, as in a database that has only these. Raises KeyError for a parent that
    is not among the terms."""
    ids = {(term.factor, term.code): number for number, term in enumerate(terms, first)}
    return [
        FactorValue(number, term.factor, term.code, term.label, ids[term.parent] if term.parent else None, term.aliases)
        for number, term in enumerate(terms, first)
    ]


@dataclass(frozen=True, slots=True)
class Source:
    """Where records come from; `code` is also the source's value of Factor.SOURCE, `kind` one of SOURCE_KINDS."""

    code: str
    label: str
    kind: str
    licence: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A data set that `payrank data load` can load, with what its records report; `code` is also that of its source."""

    code: str
    rows: int
    megabytes: float
    factors: tuple[Factor, ...]
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class FxRate:
    """US dollars per unit of a currency, mean of a calendar year."""

    currency: str
    year: int
    usd: float


@dataclass(frozen=True, slots=True)
class PriceLevel:
    """Cost of living in a place and year, United States = 100. Not the cost of labour."""

    place: tuple[Factor, str]
    year: int
    level: float
