"""Conditions: a filter after its codes were resolved to ids. A cohort is the records that meet all of them."""

from dataclasses import dataclass

from service.vocabulary.factors import Factor


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The record has at least one of the values."""

    factor: Factor
    values: frozenset[int]


@dataclass(frozen=True, slots=True)
class NoneOf:
    """The record reports the factor, and has none of the values."""

    factor: Factor
    values: frozenset[int]


@dataclass(frozen=True, slots=True)
class IsMissing:
    """The factor is missing from the record; with `besides`, the record has none of these values."""

    factor: Factor
    besides: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Effective:
    """The record's month lies between two months, both included; None leaves an end open."""

    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class NotAll:
    """The record fails at least one of the conditions."""

    conditions: "tuple[Condition, ...]"


Condition = AnyOf | NoneOf | IsMissing | Effective | NotAll
Conditions = tuple[Condition, ...]
