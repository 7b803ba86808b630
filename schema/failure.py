"""Failures as GraphQL errors: each with a code for programs and a sentence for people; unexpected ones are masked."""

from uuid import uuid4

import structlog
from graphql import GraphQLError

from service.errors import DatabaseTimeout, DatabaseUnavailable, InputError, PayRankError, Unauthenticated

log = structlog.get_logger()

_CODES: tuple[tuple[type[PayRankError], str], ...] = (
    (Unauthenticated, "UNAUTHENTICATED"),
    (InputError, "BAD_USER_INPUT"),
    (DatabaseTimeout, "TIMEOUT"),
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


def _sentence(error: GraphQLError, cause: BaseException) -> str:
    """graphql-core puts what it was doing before the cause's own words; callers need just those of a variable."""
    return error.message if error.message.startswith("Variable ") else str(cause)


def _code_of_request(error: GraphQLError) -> str:
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
