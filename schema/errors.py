"""Failures as GraphQL errors: each with a code for programs and a sentence for people; unexpected ones are masked."""

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
"""Fragments within fragments come to numbers that readers of JSON do not hold."""

log = structlog.get_logger()

_CODES: tuple[tuple[type[PayRankError], str], ...] = (
    (Unauthenticated, "UNAUTHENTICATED"),
    (InputError, "BAD_USER_INPUT"),
    (DatabaseTimeout, "TIMEOUT"),
    (RequestTimeout, "TIMEOUT"),
    (DatabaseUnavailable, "OVERLOADED"),
)


def labelled(error: GraphQLError) -> GraphQLError:
    """The same error with a code; an unexpected one without its text, which is logged under an id that the client gets."""
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error:
        cause = cause.original_error
    if cause is None or isinstance(cause, GraphQLError):
        return _with(error, error.message, {"code": _code_of_request(error)})
    for kind, code in _CODES:
        if isinstance(cause, kind):
            return _with(error, _sentence(error, cause), {"code": code})
    id_ = uuid4().hex
    log.error("request.failed", id=id_, path=error.path, exc_info=cause)
    message = f"Something went wrong here, not in your request. Report it with the id {id_}."
    return _with(error, message, {"code": "INTERNAL_SERVER_ERROR", "id": id_})


def cost_limit_exceeded(points: int, most: int) -> GraphQLError:
    """That an operation costs too much."""
    message = (
        f"The operation costs {min(points, MAX_REPORTED_COST):,} points; at most {most:,} are taken. Ask for smaller pages or fewer "
        "groups: each record or group counts with all that is asked of it."
    )
    return GraphQLError(message, extensions={"code": "COST_LIMIT_EXCEEDED"})


def timed_out(kind: OperationType, seconds: float) -> GraphQLError:
    """That an operation was given up; what a mutation wrote by then is not taken back."""
    way_out = (
        "Repeat the same request, which changes nothing twice."
        if kind is OperationType.MUTATION
        else "Narrow the filter, ask for less, or ask again: what was begun may be done by then."
    )
    cause = RequestTimeout(f"This took longer than {seconds:g} seconds and was given up. {way_out}")
    return GraphQLError(str(cause), original_error=cause)


def is_timeout(error: GraphQLError) -> bool:
    """Whether this is what an operation came to that had no more time."""
    return isinstance(error.original_error, RequestTimeout)


def _sentence(error: GraphQLError, cause: BaseException) -> str:
    """graphql-core puts what it was doing before the cause's own words; callers need just those of a variable."""
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
