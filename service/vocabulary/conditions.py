"""Conditions: what a filter comes down to once its codes are numbers. A cohort is the records that meet them all."""

from dataclasses import dataclass

from service.vocabulary.factors import Factor


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The record carries at least one of the values."""

    factor: Factor
    values: frozenset[int]


@dataclass(frozen=True, slots=True)
class NoneOf:
    """The record carries none of the values."""

    factor: Factor
    values: frozenset[int]


@dataclass(frozen=True, slots=True)
class Untold:
    """The record tells nothing of the factor, or none of the values `besides` which it was asked for."""

    factor: Factor
    besides: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Effective:
    """The record is of a month between two, both included; None leaves an end open."""

    first: int | None
    last: int | None


Condition = AnyOf | NoneOf | Untold | Effective
Conditions = tuple[Condition, ...]
