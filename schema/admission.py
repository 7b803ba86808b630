"""Admission: what an operation costs, and that it is not too much; by HTTP as by socket, before anything is executed."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from graphql import GraphQLError

from schema.document import Document
from schema.execution.operation import Operation


class Refused(Exception):
    """An operation that is not executed, with its errors and what stands beside them."""

    def __init__(self, errors: Sequence[GraphQLError], extensions: Mapping[str, object] | None = None) -> None:
        super().__init__(errors[0].message)
        self.errors, self.extensions = errors, extensions


class Admitted(NamedTuple):
    """What an operation costs, and how its answer tells that."""

    points: int
    extensions: Mapping[str, object]


def admitted(document: Document, operation: Operation, variables: Mapping[str, Any], most: int) -> Admitted:
    """Raises Refused for what is not valid, and for what costs more than `most` points."""
    if document.errors:
        raise Refused(document.errors)
    points = operation.cost(variables)
    extensions = {"cost": {"requested": points, "maximum": most}}
    if points <= most:
        return Admitted(points, extensions)
    message = (
        f"The operation costs {points:,} points; at most {most:,} are taken. Ask for smaller pages or fewer groups: each "
        "record or group counts with all that is asked of it."
    )
    raise Refused([GraphQLError(message, extensions={"code": "COST_LIMIT_EXCEEDED"})], extensions)


def no_operation(document: Document, name: str | None) -> str:
    """Why a document has no operation to execute, in words."""
    if name is not None:
        return f'Unknown operation named "{name[:60]}".'
    if not document.operations:
        return "The document has no operation, only fragments or nothing at all; add a query."
    names = [known for known in document.operations if known][:10]
    return f"The document has several operations; name one as `operationName`: {', '.join(names)}."
