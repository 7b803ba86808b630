"""GraphQL errors with a code and a message for the client. Unexpected errors are masked and logged."""

import re
from uuid import uuid4

import structlog
from graphql import FieldNode, GraphQLError
from strawberry.types.graphql import OperationType
from strawberry.utils.str_converters import to_camel_case

from service.counts import count_of
from service.errors import (
    DatabaseTimeout,
    DatabaseUnavailable,
    InputError,
    InputProblem,
    ModelUnavailable,
    PayRankError,
    ProblemCode,
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
    (ModelUnavailable, "OVERLOADED"),
)


def labelled(error: GraphQLError) -> GraphQLError:
    """The error with a code in its extensions.

    An unexpected error gets a generic message with an id; its own is logged under this id.
    """
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error:
        cause = cause.original_error
    if error.message.startswith("Variable "):
        message = without_input(error.message)
        return _with(error, message, {"code": "BAD_USER_INPUT", "problems": [_variable_problem(message)]})
    if cause is None or isinstance(cause, GraphQLError):
        return _with(error, error.message, {"code": _code_of_request(error)})
    for kind, code in _CODES:
        if isinstance(cause, kind):
            return _with(error, str(cause), {"code": code, **_problems(cause)})
    id_ = uuid4().hex
    log.error("request.failed", id=id_, field=_field(error), exc_info=cause)
    message = f"Internal error, not caused by your request. Report it with the id {id_}."
    return _with(error, message, {"code": "INTERNAL_SERVER_ERROR", "id": id_})


def _field(error: GraphQLError) -> str | None:
    """The field of an error by its name in the schema: aliases are the client's."""
    node = error.nodes[0] if error.nodes else None
    return node.name.value if isinstance(node, FieldNode) else None


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
    cause = RequestTimeout(f"The operation took longer than {count_of(seconds, 'second')} and was cancelled. {advice}")
    return GraphQLError(str(cause), original_error=cause)


def is_timeout(error: GraphQLError) -> bool:
    return isinstance(error.original_error, RequestTimeout)


def _problems(cause: PayRankError) -> dict[str, object]:
    """The problems of the inputs of a field, with paths from its arguments on; empty for other errors."""
    if not isinstance(cause, InputError) or isinstance(cause, Unauthenticated):
        return {}
    return {"problems": [_problem(one) for one in cause.problems]}


def _problem(problem: InputProblem) -> dict[str, object]:
    return {
        "path": [to_camel_case(part) if isinstance(part, str) else part for part in problem.path],
        "code": problem.code.name,
        "message": problem.message,
        "suggestions": list(problem.suggestions),
    }


_VARIABLE = re.compile(r"Variable '\$(\w+)' has invalid value(?: at ((?:\.\w+|\[\d+\])+))?:")


def _variable_problem(message: str) -> dict[str, object]:
    """The problem of a variable's value, with the path from the variable on.

    >>> problem = _variable_problem("Variable '$v' has invalid value at .x[2]: Value 'A' is none. Did you mean 'B' or 'C'?")
    >>> problem["path"], problem["suggestions"]
    (['v', 'x', 2], ['B', 'C'])
    """
    found = _VARIABLE.match(message)
    name, below = found.groups() if found else ("", None)
    parts = re.findall(r"\.(\w+)|\[(\d+)\]", below or "")
    path = (name, *(field or int(position) for field, position in parts)) if found else ()
    _, _, suggestions = message.partition("Did you mean ")
    return {
        "path": list(path),
        "code": ProblemCode.INVALID.name,
        "message": message,
        "suggestions": re.findall("'([^']+)'", suggestions),
    }


def _code_of_request(error: GraphQLError) -> str:
    if error.extensions and "code" in error.extensions:
        return str(error.extensions["code"])
    if error.message.startswith("Syntax Error"):
        return "GRAPHQL_PARSE_FAILED"
    return "BAD_USER_INPUT" if error.path else "GRAPHQL_VALIDATION_FAILED"


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
