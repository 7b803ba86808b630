"""Admission: what an operation costs, and that it is not too much; by HTTP as by socket, before anything is executed."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from graphql import GraphQLError

from schema.compiled.operation import Operation
from schema.errors import MOST_TOLD, too_costly
from schema.limits.document import Document
from schema.types.limits import Limits

_NESTED = (dict, list)


class Refused(Exception):
    """An operation that is not executed, with its errors and what stands beside them."""

    def __init__(self, errors: Sequence[GraphQLError], extensions: Mapping[str, object] | None = None) -> None:
        super().__init__(errors[0].message)
        self.errors, self.extensions = errors, extensions


class Admitted(NamedTuple):
    """What an operation costs, and how its answer tells that."""

    points: int
    extensions: Mapping[str, object]


def admitted(operation: Operation, variables: Mapping[str, Any], limits: Limits) -> Admitted:
    """Raises Refused for an operation with more values than are taken, or that costs more points."""
    if (values := _count(variables, limits.values)) > limits.values:
        raise Refused([_too_many(values, limits.values)])
    most = limits.cost
    points = operation.cost(variables)
    if points > most:
        raise Refused([too_costly(points, most)], _told(points, most))
    return Admitted(points, _told(points, most))


def _count(variables: Mapping[str, Any], enough: int) -> int:
    """Values of lists and objects, also of those within them, as far as they are not enough.

    >>> _count({"where": {"role": ["a", "b"], "level": None}, "first": 3}, 100), _count({"all": [[1] * 50] * 50}, 100)
    (6, 101)
    """
    found, waiting = 0, list[Collection[Any]]([variables.values()])
    while waiting:
        inside = waiting.pop()
        found += len(inside)
        if found > enough:
            break
        waiting += [each.values() if each.__class__ is dict else each for each in inside if each.__class__ in _NESTED]
    return found


def _too_many(values: int, most: int) -> GraphQLError:
    message = f"The variables hold {values:,} values or more; at most {most:,} are taken. Name fewer, or ask several times."
    return GraphQLError(message, extensions={"code": "BAD_USER_INPUT"})


def refused(document: Document, most: int) -> Refused:
    """That nothing of a document is executed, since it is not valid or each of its operations costs too much."""
    return Refused(document.errors, None if document.points is None else _told(document.points, most))


def _told(points: int, most: int) -> Mapping[str, object]:
    return {"cost": {"requested": min(points, MOST_TOLD), "maximum": most}}


def no_operation(document: Document, name: str | None) -> str:
    """Why a document has no operation to execute, in words."""
    if name is not None:
        return f'Unknown operation named "{name[:60]}".'
    if not document.operations:
        return "The document has no operation, only fragments or nothing at all; add a query."
    names = [known for known in document.operations if known][:10]
    return f"The document has several operations; name one as `operationName`: {', '.join(names)}."
