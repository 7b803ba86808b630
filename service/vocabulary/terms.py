"""Terms: the values that factors take, as reference files declare them and as the database numbers them."""

from dataclasses import dataclass

from service.vocabulary.factors import Factor


@dataclass(frozen=True, slots=True)
class Term:
    """A value of a factor as reference data declares it, before the database has given it a number.

    `parent` names the value that includes this one: of the same factor, or, for places, of a wider one (a metro area
    lies in a subdivision or a country, a subdivision in a country, a quarter in a year). `aliases` are other spellings.
    """

    factor: Factor
    code: str
    label: str
    parent: tuple[Factor, str] | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FactorValue:
    """A term with the number that records carry; `parent` is the number of the value that includes it."""

    id: int
    factor: Factor
    code: str
    label: str
    parent: int | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Where records come from; `code` is also the source's value of Factor.SOURCE, `kind` one of SOURCE_KINDS."""

    code: str
    label: str
    kind: str
    licence: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class FxRate:
    """US dollars for one unit of a currency, mean of a calendar year."""

    currency: str
    year: int
    usd: float


@dataclass(frozen=True, slots=True)
class PriceLevel:
    """Cost of living in a place and year, United States = 100. Not to be taken for the cost of labour."""

    place: tuple[Factor, str]
    year: int
    level: float
