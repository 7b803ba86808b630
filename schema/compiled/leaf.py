"""Leaves: completions of values that have no fields, which mostly go out as they are or by their name."""

from collections.abc import Callable
from math import isfinite
from typing import Any

from graphql import GraphQLBoolean, GraphQLEnumType, GraphQLFloat, GraphQLID, GraphQLInt, GraphQLString

from schema.compiled.call import Run
from schema.compiled.coercion import Unfit
from schema.compiled.completion import Completion, Tell


def scalar(type_: Any, nullable: bool) -> Completion:
    """A value of a built-in scalar mostly goes out as it is."""
    serialize = type_.coerce_output_value

    def told(value: Any, _: Run) -> Any:
        if value is None and nullable:
            return None
        found = None if value is None else serialize(value)
        if found is None:
            raise Unfit
        return found

    plain = _text if serialize is str else _PLAIN.get(type_)
    return _singly(plain(told) if plain else told)


def enum(type_: GraphQLEnumType, nullable: bool) -> Completion:
    names: dict[Any, str | None] = {type_.coerce_input_value(name): name for name in type_.values}
    if nullable:
        names[None] = None
    return Completion(lambda value, _: names[value], lambda values, _: [names[value] for value in values])


def _singly(complete: Callable[[Any, Run], Any]) -> Completion:
    return Completion(complete, lambda values, run: [complete(value, run) for value in values])


def _text(told: Tell) -> Tell:
    return lambda value, run: value if value.__class__ is str else told(value, run)


def _truth(told: Tell) -> Tell:
    return lambda value, run: value if value.__class__ is bool else told(value, run)


def _whole(told: Tell) -> Tell:
    return lambda value, run: value if value.__class__ is int and -(2**31) <= value < 2**31 else told(value, run)


def _number(told: Tell) -> Tell:
    return lambda value, run: value if value.__class__ is float and isfinite(value) else told(value, run)


_PLAIN = {GraphQLString: _text, GraphQLID: _text, GraphQLBoolean: _truth, GraphQLInt: _whole, GraphQLFloat: _number}
"""What completes a value of a built-in scalar; by `told` where it does not go out as it is."""
