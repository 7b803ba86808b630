"""Admission: what an operation costs, and that it is not too much; by HTTP as by socket, before anything is executed."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from graphql import GraphQLError

from schema.document import Document
from schema.execution.operation import Operation
from schema.failure import MOST_TOLD, too_costly


class Refused(Exception):
    """An operation that is not executed, with its errors and what stands beside them."""

    def __init__(self, errors: Sequence[GraphQLError], extensions: Mapping[str, object] | None = None) -> None:
        super().__init__(errors[0].message)
        self.errors, self.extensions = errors, extensions


class Admitted(NamedTuple):
    """What an operation costs, and how its answer tells that."""

    points: int
    extensions: Mapping[str, object]


def admitted(operation: Operation, variables: Mapping[str, Any], most: int) -> Admitted:
    """Raises Refused for an operation that costs more than `most` points."""
    points = operation.cost(variables)
    if points > most:
        raise Refused([too_costly(points, most)], _told(points, most))
    return Admitted(points, _told(points, most))


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
