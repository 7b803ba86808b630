"""GraphQL errors with a code and a message for the client. Unexpected errors are masked and logged."""

import re
from uuid import uuid4

import structlog
from graphql import GraphQLError
from strawberry.types.graphql import OperationType

from service.errors import (
    DatabaseTimeout,
    DatabaseUnavailable,
    InputError,
    PayRankError,
    RequestTimeout,
    Unauthenticated,
)

MAX_REPORTED_COST = 2**31 - 1
"""Nested fragments can reach costs that not every JSON parser can represent."""

log = structlog.get_logger()

_CODES: tuple[tuple[type[PayRankError], str], ...] = (
    (Unauthenticated, "UNAUTHENTICATED"),
    (InputError, "BAD_USER_INPUT"),
    (DatabaseTimeout, "TIMEOUT"),
    (RequestTimeout, "TIMEOUT"),
    (DatabaseUnavailable, "OVERLOADED"),
)


def labelled(error: GraphQLError) -> GraphQLError:
    """The error with a code in its extensions.

    An unexpected error gets a generic message with an id; its own is logged under this id.
    """
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error:
        cause = cause.original_error
    if cause is None or isinstance(cause, GraphQLError):
        return _with(error, without_input(error.message), {"code": _code_of_request(error)})
    for kind, code in _CODES:
        if isinstance(cause, kind):
            return _with(error, _message(error, cause), {"code": code})
    id_ = uuid4().hex
    log.error("request.failed", id=id_, path=error.path, exc_info=cause)
    message = f"Internal error, not caused by your request. Report it with the id {id_}."
    return _with(error, message, {"code": "INTERNAL_SERVER_ERROR", "id": id_})


_MISFIT = re.compile(
    r"(Variable '\$\w+' has invalid value[^:]*: )Expected value of type '(\w+)' "
    r"(?:to include required|not to include unknown) field '(\w+)'(?:, found|\. (Did you mean .*?\?) Found): .*",
    re.DOTALL,
)


def without_input(message: str) -> str:
    """A message of graphql-core about a field of an input, without the whole input object, which it repeats.

    >>> without_input("Variable '$v' has invalid value: Expected value of type 'T' to include required field 'x', found: 1.")
    "Variable '$v' has invalid value: T requires the field 'x', which is missing."
    """
    found = _MISFIT.fullmatch(message)
    if found is None:
        return message
    start, type_, field, suggestion = found.groups()
    if " to include required field " in message[: found.end(3)]:
        return f"{start}{type_} requires the field '{field}', which is missing."
    return " ".join(filter(None, (f"{start}{type_} has no field '{field}'.", suggestion)))


def cost_limit_exceeded(points: int, limit: int) -> GraphQLError:
    message = (
        f"The operation costs {min(points, MAX_REPORTED_COST):,} points; the maximum is {limit:,}. Request smaller pages or "
        "fewer groups: the cost of a record or group is that of all its requested fields."
    )
    return GraphQLError(message, extensions={"code": "COST_LIMIT_EXCEEDED"})


def timed_out(kind: OperationType, seconds: float) -> GraphQLError:
    """The error of an operation that was cancelled; what a mutation has already written is not undone."""
    advice = (
        "Repeat the same request; it has no effect twice."
        if kind is OperationType.MUTATION
        else "Narrow the filter, request less, or retry: partial results may be cached by then."
    )
    cause = RequestTimeout(f"The operation took longer than {seconds:g} seconds and was cancelled. {advice}")
    return GraphQLError(str(cause), original_error=cause)


def is_timeout(error: GraphQLError) -> bool:
    return isinstance(error.original_error, RequestTimeout)


def _message(error: GraphQLError, cause: BaseException) -> str:
    """The cause's own message; for a variable, graphql-core's with the name and value of the variable."""
    return error.message if error.message.startswith("Variable ") else str(cause)


def _code_of_request(error: GraphQLError) -> str:
    if error.extensions and "code" in error.extensions:
        return str(error.extensions["code"])
    if error.message.startswith("Syntax Error"):
        return "GRAPHQL_PARSE_FAILED"
    return "BAD_USER_INPUT" if error.message.startswith("Variable ") or error.path else "GRAPHQL_VALIDATION_FAILED"


def _with(error: GraphQLError, message: str, extensions: dict[str, object]) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        original_error=error.original_error,
        extensions={**(error.extensions or {}), **extensions},
    )
