"""Costs: what a field takes to answer, stated beside its definition.

A point is about what the figures of one small cohort take. A field costs its own points once, and for each item of its list
`each` and all that is asked of the item. Fields that state nothing cost nothing: they hand out what is there already.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from service.vocabulary.factors import FACTORS, Factor

COST = "cost"


class Arguments(Protocol):
    """What a field was given, by name: enumerations as their names, variables with their values."""

    def get(self, name: str, /) -> Any: ...


class Cost(NamedTuple):
    """`points` once, `each` with what lies below as many `times` as the arguments say, or so often whatever they say."""

    points: int = 0
    each: int = 0
    times: Callable[[Arguments], int] | int = 1


FREE = Cost()


def costs(points: int, *, each: int = 0, times: Callable[[Arguments], int] | int = 1) -> dict[str, Cost]:
    """The metadata of a field that costs something."""
    return {COST: Cost(points, each, times)}


def page(usual: int, most: int) -> Callable[[Arguments], int]:
    """As many as `first` or `last` say, within what is taken at all.

    >>> by_page = page(50, 100)
    >>> by_page({}), by_page({"first": 3}), by_page({"last": 10**30}), by_page({"first": None}), by_page({"first": "x"})
    (50, 3, 100, 50, 50)
    """

    def times(given: Arguments) -> int:
        asked = [value for name in ("first", "last") if (value := given.get(name)).__class__ is int]
        return min(max(0, *asked), most) if asked else usual

    return times


def items(name: str, most: int) -> Callable[[Arguments], int]:
    """As many as an argument lists, up to what is taken at all.

    >>> items("offers", 5)({"offers": [1, 2]}), items("offers", 5)({"offers": "one"}), items("offers", 5)({})
    (2, 1, 0)
    """

    def times(given: Arguments) -> int:
        value = given.get(name)
        return min(len(value), most) if isinstance(value, list) else int(value is not None)

    return times


def groups(usual: int, most: int) -> Callable[[Arguments], int]:
    """As many as `first` says; of a closed factor no more than it has values, and those that tell none.

    >>> of_factor = groups(50, 500)
    >>> of_factor({"factor": "METRO"}), of_factor({"factor": "WORK_MODE"}), of_factor({"factor": "METRO", "first": 3})
    (50, 4, 3)
    """
    by_page = page(usual, most)

    def times(given: Arguments) -> int:
        closed = _CLOSED.get(str(given.get("factor")))
        return min(by_page(given), closed) if closed else by_page(given)

    return times


def periods(given: Arguments) -> int:
    """About as many as ten years have.

    >>> periods({"interval": "YEAR"}), periods({})
    (10, 40)
    """
    return 10 if given.get("interval") == "YEAR" else 40


_CLOSED = {factor.name: len(FACTORS[factor].codes) + 1 for factor in Factor if FACTORS[factor].codes}
